// `oro:util`: printing, promises, tests of values.

import test from 'oro:test';
import util, { inspect, format, promisify, callbackify, types } from 'oro:util';
import { Buffer } from 'oro:buffer';

test('inspect', (t) => {
  /** @type {any} */
  const circle = { name: 'c' };
  circle.self = circle;
  class Point {
    x = 1;
  }
  /** @type {Array<[value: unknown, text: string]>} */
  const cases = [
    [{ a: 1, b: 'x' }, "{ a: 1, b: 'x' }"],
    [[1, [2, [3, [4]]]], '[ 1, [ 2, [ 3, [Array] ] ] ]'],
    [new Map([['k', { v: 1 }]]), "Map(1) { 'k' => { v: 1 } }"],
    [new Set([1]), 'Set(1) { 1 }'],
    [circle, "<ref *1> { name: 'c', self: [Circular *1] }"],
    [new Point(), 'Point { x: 1 }'],
    [Object.create(null), '[Object: null prototype] {}'],
    [123n, '123n'],
    [-0, '-0'],
    ["it's", '"it\'s"'],
    [Symbol('s'), 'Symbol(s)'],
    [/a/g, '/a/g'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [null, 'null'],
    [{ [inspect.custom]: () => 'own' }, 'own'],
  ];
  for (const [value, text] of cases) t.equal(inspect(value), text);
  t.equal(inspect({ a: { b: { c: {} } } }, { depth: 0 }), '{ a: [Object] }');
  t.match(inspect(new TypeError('bad')), /TypeError: bad/);
});

test('format', (t) => {
  /** @type {Array<[args: unknown[], text: string]>} */
  const cases = [
    [['%s=%d', 'a', 1], 'a=1'],
    [['%i %f', 1.9, '1.5'], '1 1.5'],
    [['%j', { a: [1] }], '{"a":[1]}'],
    [['%o', 'x'], "'x'"],
    [['100%'], '100%'],
    [['%%', 1], '% 1'],
    [['a', { b: 1 }, 'c'], 'a { b: 1 } c'],
    [['%s'], '%s'],
  ];
  for (const [args, text] of cases) t.equal(format(...args), text);
});

test('promisify and callbackify', async (t) => {
  const add = (/** @type {number} */ a, /** @type {number} */ b, /** @type {any} */ done) =>
    a < 0 ? done(new RangeError('negative')) : done(null, a + b);
  t.equal(await promisify(add)(1, 2), 3);
  await t.rejects(promisify(add)(-1, 2), RangeError);
  const custom = Object.assign(() => {}, {
    [promisify.custom]: async () => 'custom',
  });
  t.equal(await promisify(custom)(), 'custom');
  t.throws(() => promisify(/** @type {any} */ (5)), TypeError);
  const back = callbackify(async (/** @type {number} */ x) => {
    if (x < 0) throw new RangeError('negative');
    return x * 2;
  });
  t.equal(await promisify(back)(2), 4);
  await t.rejects(promisify(back)(-2), RangeError);
});

test('kinds of values', (t) => {
  /** @type {Array<[name: string, value: unknown]>} */
  const cases = [
    ['isMap', new Map()],
    ['isSet', new Set()],
    ['isWeakMap', new WeakMap()],
    ['isDate', new Date()],
    ['isRegExp', /x/],
    ['isPromise', Promise.resolve()],
    ['isNativeError', new TypeError()],
    ['isUint8Array', new Uint8Array()],
    ['isTypedArray', new Float64Array()],
    ['isArrayBuffer', new ArrayBuffer(1)],
    ['isArrayBufferView', new DataView(new ArrayBuffer(1))],
    ['isAsyncFunction', async () => {}],
    ['isGeneratorFunction', function* () {}],
    ['isBigInt64Array', new BigInt64Array()],
    ['isNumberObject', Object(1)],
    ['isBoxedPrimitive', Object('x')],
  ];
  for (const [name, value] of cases) {
    const is = /** @type {any} */ (types)[name];
    t.equal(is(value), true, name);
    t.equal(is({}), false, `${name} of an object`);
  }
});

test('isDeepStrictEqual', (t) => {
  /** @type {Array<[a: unknown, b: unknown, same: boolean]>} */
  const cases = [
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, true],
    [{ a: 1 }, { a: '1' }, false],
    [new Map([[{ k: 1 }, 2]]), new Map([[{ k: 1 }, 2]]), true],
    [new Set([1, [2]]), new Set([1, [3]]), false],
    [NaN, NaN, true],
    [0, -0, false],
    [new Date(1), new Date(1), true],
    [[1, , 3], [1, undefined, 3], false],
    [Buffer.from('a'), Buffer.from('a'), true],
    [Buffer.from('a'), new Uint8Array([97]), false],
  ];
  for (const [a, b, same] of cases) t.equal(util.isDeepStrictEqual(a, b), same, inspect([a, b]));
});

test('smaller things', (t) => {
  function Old() {}
  function Older() {}
  util.inherits(Old, Older);
  t.ok(new /** @type {any} */ (Old)() instanceof Older);
  t.equal(util.toProperCase('content-type'), 'Content-Type');
  t.deepEqual(util.splitBuffer(Buffer.from('abcde'), 2).map(String), ['ab', 'cd', 'e']);
  t.deepEqual([util.clamp(5, 0, 3), util.clamp(-1, 0, 3), util.clamp(2, 0, 3)], [3, 0, 2]);
  t.equal(util.isValidPercentageValue('50%'), true);
  t.equal(util.isValidPercentageValue('101%'), false);
  t.equal(util.parseJSON('{'), null);
  t.deepEqual(util.parseHeaders('A: 1\r\nb: 2'), [
    ['a', '1'],
    ['b', '2'],
  ]);
  t.equal(util.stripVTControlCharacters('\u001b[31mred\u001b[0m'), 'red');
  t.equal(util.toUSVString('a\ud800'), 'a\ufffd');
  t.throws(() => new /** @type {any} */ (util.IllegalConstructor)().x.y, TypeError);
});

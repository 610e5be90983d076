// `oro:assert`: what holds passes, what does not throws an AssertionError.

import test from 'oro:test';
import assert, { AssertionError } from 'oro:assert';

const boom = () => {
  throw new TypeError('boom');
};

/** @type {Array<[name: string, holds: unknown[], fails: unknown[]]>} */
const CASES = [
  ['ok', [1], [0]],
  ['equal', [1, '1'], [1, 2]],
  ['notEqual', [1, 2], [1, '1']],
  ['strictEqual', [NaN, NaN], [1, '1']],
  ['notStrictEqual', [1, '1'], [1, 1]],
  ['deepEqual', [{ a: 1 }, { a: '1' }], [{ a: 1 }, { a: 2 }]],
  ['notDeepEqual', [{ a: 1 }, { a: 2 }], [{ a: 1 }, { a: 1 }]],
  ['deepStrictEqual', [{ a: [1] }, { a: [1] }], [{ a: 1 }, { a: '1' }]],
  ['notDeepStrictEqual', [{ a: 1 }, { a: '1' }], [[1], [1]]],
  ['throws', [boom, TypeError], [() => {}]],
  ['throws', [boom, /boom/], [() => {}, /x/]],
  ['throws', [boom, { message: 'boom' }], [() => {}]],
  ['doesNotThrow', [() => {}], [boom]],
  ['match', ['abc', /b/], ['abc', /x/]],
  ['doesNotMatch', ['abc', /x/], ['abc', /b/]],
  ['ifError', [null], [new Error('x')]],
];

test('assertions', (t) => {
  for (const [name, holds, fails] of CASES) {
    const check = /** @type {any} */ (assert)[name];
    t.doesNotThrow(() => check(...holds), `${name} holds`);
    t.throws(() => check(...fails), AssertionError, `${name} fails`);
  }
  t.throws(() => assert(false), AssertionError);
  t.throws(() => assert.fail('why'), /why/);
});

test('assertions that wait', async (t) => {
  await assert.rejects(Promise.reject(new TypeError('x')), TypeError);
  await assert.doesNotReject(Promise.resolve());
  await t.rejects(assert.rejects(Promise.resolve()), AssertionError);
  await t.rejects(assert.doesNotReject(Promise.reject(new Error('x'))), AssertionError);
});

test('an error says what was compared', (t) => {
  const error = /** @type {any} */ (t.throws(() => assert.strictEqual(1, 2)));
  t.equal(error.code, 'ERR_ASSERTION');
  t.deepEqual([error.actual, error.expected, error.operator], [1, 2, 'strictEqual']);
  const map = /** @type {any} */ (
    t.throws(() => assert.deepStrictEqual(new Map([[1, 2]]), new Map([[1, 3]])))
  );
  t.match(map.message, /1 => 3/);
  t.equal(/** @type {any} */ (t.throws(() => assert.equal(1, 2, 'mine'))).message, 'mine');
  t.throws(() => assert.strict.equal(1, '1'), AssertionError, 'strict');
});

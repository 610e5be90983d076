// `oro:buffer`: bytes as in Node.

import test from 'oro:test';
import { Buffer, atob, btoa, constants, isAscii, isUtf8, kMaxLength } from 'oro:buffer';

test('texts become bytes and bytes become texts', (t) => {
  /** @type {Array<[text: string, encoding: any, hex: string]>} */
  const cases = [
    ['héllo', 'utf8', '68c3a96c6c6f'],
    ['00ff10', 'hex', '00ff10'],
    ['aGk=', 'base64', '6869'],
    ['_-8', 'base64url', 'ffef'],
    ['ÿ', 'latin1', 'ff'],
    ['ab', 'utf16le', '61006200'],
    ['ab', 'ascii', '6162'],
    ['💥', 'utf8', 'f09f92a5'],
    ['', 'utf8', ''],
  ];
  for (const [text, encoding, hex] of cases) {
    const buffer = Buffer.from(text, encoding);
    t.equal(buffer.toString('hex'), hex, `${encoding} ${text}`);
    if (encoding !== 'base64url') t.equal(buffer.toString(encoding), text, `${text} comes back`);
  }
});

test('a buffer is a Uint8Array', (t) => {
  const buffer = Buffer.from([1, 2, 300]);
  t.ok(buffer instanceof Uint8Array);
  t.ok(Buffer.isBuffer(buffer) && !Buffer.isBuffer(new Uint8Array(1)));
  t.deepEqual([...buffer], [1, 2, 44]);
  const memory = new ArrayBuffer(4);
  const view = Buffer.from(memory, 1, 2);
  view[0] = 9;
  t.deepEqual([...new Uint8Array(memory)], [0, 9, 0, 0], 'it shares memory');
  buffer.subarray(1).fill(0);
  t.deepEqual([...buffer], [1, 0, 0], 'a part of it too');
});

test('numbers are written and read', (t) => {
  /** @type {Array<[name: string, value: number | bigint, hex: string]>} */
  const cases = [
    ['UInt8', 255, 'ff'],
    ['Int8', -2, 'fe'],
    ['UInt16LE', 0x1234, '3412'],
    ['UInt16BE', 0x1234, '1234'],
    ['Int32LE', -1, 'ffffffff'],
    ['UInt32BE', 0xdeadbeef, 'deadbeef'],
    ['FloatBE', 1.5, '3fc00000'],
    ['DoubleLE', -2, '00000000000000c0'],
    ['BigUInt64BE', 2n ** 53n + 1n, '0020000000000001'],
    ['BigInt64LE', -1n, 'ffffffffffffffff'],
  ];
  for (const [name, value, hex] of cases) {
    const buffer = /** @type {any} */ (Buffer.alloc(hex.length / 2));
    buffer[`write${name}`](value, 0);
    t.equal(buffer.toString('hex'), hex, `write${name}`);
    t.equal(buffer[`read${name}`](0), value, `read${name}`);
  }
  t.throws(() => Buffer.alloc(1).readUInt16LE(0), RangeError);
});

test('buffers are compared, joined, searched and copied', (t) => {
  const [a, b] = [Buffer.from('abc'), Buffer.from('abd')];
  t.equal(Buffer.compare(a, b), -1);
  t.ok(a.equals(Buffer.from('abc')) && !a.equals(b));
  t.equal(Buffer.concat([a, b]).toString(), 'abcabd');
  t.equal(Buffer.concat([a, b], 4).toString(), 'abca');
  t.equal(Buffer.concat([a, b]).indexOf('abd'), 3);
  t.equal(a.includes('z'), false);
  t.equal(a.copy(b, 1, 0, 2), 2);
  t.equal(b.toString(), 'aab');
  t.deepEqual(a.toJSON(), { type: 'Buffer', data: [97, 98, 99] });
  t.equal(Buffer.byteLength('é'), 2);
});

test('text helpers and limits', (t) => {
  t.equal(atob('aGk='), 'hi');
  t.equal(btoa('hi'), 'aGk=');
  t.equal(isUtf8(Uint8Array.of(0xc3, 0xa9)), true);
  t.equal(isUtf8(Uint8Array.of(0xc3)), false);
  t.equal(isAscii(Uint8Array.of(0x7f)), true);
  t.equal(isAscii(Uint8Array.of(0x80)), false);
  t.equal(constants.MAX_LENGTH, kMaxLength);
  t.equal(/** @type {any} */ (globalThis).Buffer, Buffer, 'the global is the same');
});

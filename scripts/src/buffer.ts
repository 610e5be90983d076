/** Buffers, blobs and base64: `oro:buffer`. */

import * as npm from 'buffer/';
import { Buffer as NpmBuffer } from 'buffer/';

const untyped = npm as unknown as {
  SlowBuffer: (size: number) => NpmBuffer;
  INSPECT_MAX_BYTES: number;
  kMaxLength: number;
};

addBase64url();

/** Bytes with Node's methods to read, write and convert them; a `Uint8Array`. */
export const Buffer = NpmBuffer;
export type Buffer = NpmBuffer;

/** The old name for buffers that are not pooled. */
export const SlowBuffer = untyped.SlowBuffer;
/** How many bytes of a buffer are shown when it is printed. */
export const INSPECT_MAX_BYTES = untyped.INSPECT_MAX_BYTES;
/** The greatest length of a buffer. */
export const kMaxLength = untyped.kMaxLength;

/** Limits of buffers and strings. */
export const constants = Object.freeze({
  MAX_LENGTH: kMaxLength,
  MAX_STRING_LENGTH: 0x1fffffe8,
});

export const Blob = globalThis.Blob;
export const File = globalThis.File;

/** Decodes base64 into a string of bytes. */
export function atob(data: string): string {
  return globalThis.atob(data);
}

/** Encodes a string of bytes as base64. */
export function btoa(data: string): string {
  return globalThis.btoa(data);
}

/** Whether bytes are well-formed UTF-8. */
export function isUtf8(input: ArrayBufferView | ArrayBuffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(input as Uint8Array<ArrayBuffer>);
    return true;
  } catch {
    return false;
  }
}

/** Whether all bytes are ASCII. */
export function isAscii(input: ArrayBufferView | ArrayBuffer): boolean {
  return bytesOf(input).every((byte) => byte < 0x80);
}

/** The same bytes as a buffer, without copying. */
export function toBuffer(input: ArrayBufferView | ArrayBuffer): Buffer {
  const { buffer, byteOffset, byteLength } = bytesOf(input);
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Teaches the package the one encoding of Node that it lacks. */
function addBase64url(): void {
  const isUrl = (encoding: unknown): boolean => /^base64url$/i.test(String(encoding));
  const plain = (encoding: unknown): unknown => (isUrl(encoding) ? 'base64' : encoding);
  const type = NpmBuffer as any;
  const { from, alloc, byteLength, isEncoding } = type;
  // Its decoder of base64 reads both alphabets.
  type.from = (value: unknown, encoding: unknown, length: unknown) =>
    from(value, typeof value === 'string' ? plain(encoding) : encoding, length);
  type.alloc = (size: unknown, fill: unknown, encoding: unknown) =>
    alloc(size, fill, plain(encoding));
  type.byteLength = (value: unknown, encoding: unknown) => byteLength(value, plain(encoding));
  type.isEncoding = (encoding: unknown) => isUrl(encoding) || isEncoding(encoding);
  const { toString, write } = type.prototype;
  type.prototype.toString = function (encoding?: unknown, ...range: unknown[]) {
    if (!isUrl(encoding)) return toString.call(this, encoding, ...range);
    const text: string = toString.call(this, 'base64', ...range);
    return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  };
  type.prototype.write = function (text: string, ...rest: unknown[]) {
    return write.call(this, text, ...rest.map(plain));
  };
}

function bytesOf(input: ArrayBufferView | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
}

// A global in Node; it is one here once something uses it.
if (!('Buffer' in globalThis)) {
  Object.defineProperty(globalThis, 'Buffer', {
    value: Buffer,
    writable: true,
    configurable: true,
  });
}

export default {
  Blob,
  Buffer,
  File,
  INSPECT_MAX_BYTES,
  SlowBuffer,
  atob,
  btoa,
  constants,
  isAscii,
  isUtf8,
  kMaxLength,
};

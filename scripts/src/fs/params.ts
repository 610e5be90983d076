/** Arguments of file system functions, checked and brought into one form. */

import { Buffer, toBuffer } from '../buffer.js';
import { InvalidArgTypeError, InvalidArgValueError, OutOfRangeError } from '../errors.js';
import { fileURLToPath } from '../internal/file-url.js';

/** What names a file. */
export type PathLike = string | Uint8Array | URL;
/** A mode in digits or as a number: `'755'`, `0o755`. */
export type Mode = number | string;
/** A point in time: seconds, their text, or a date. */
export type TimeLike = number | string | Date;
/** What can be written to a file at once. */
export type Data = string | ArrayBufferView | ArrayBuffer;
/** The name of a text encoding; `buffer` for none. */
export type Encoding = string;
/** Options that may be the name of an encoding alone. */
export type EncodingOptions<T = object> = (T & { encoding?: Encoding | null }) | Encoding | null;

/** The text of a path. */
export function toPath(path: PathLike, name = 'path'): string {
  let text: string;
  if (typeof path === 'string') text = path;
  else if (path instanceof URL) text = fileURLToPath(path);
  else if (path instanceof Uint8Array) text = new TextDecoder().decode(path);
  else throw new InvalidArgTypeError(name, 'of type string or an instance of Buffer or URL', path);
  if (text.includes('\0')) {
    throw new InvalidArgValueError(
      name,
      text,
      'must be a string, Uint8Array, or URL without null bytes',
    );
  }
  return text;
}

/** The number of a mode. */
export function toMode(mode: Mode | null | undefined, otherwise: number, name = 'mode'): number {
  if (mode === undefined || mode === null) return otherwise;
  if (typeof mode === 'string') {
    if (!/^[0-7]+$/.test(mode)) {
      throw new InvalidArgValueError(
        name,
        mode,
        'must be a 32-bit unsigned integer or an octal string',
      );
    }
    return Number.parseInt(mode, 8);
  }
  return toInteger(mode, name, 0, 0xffffffff);
}

/** A whole number within limits. */
export function toInteger(
  value: unknown,
  name: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number') throw new InvalidArgTypeError(name, 'of type number', value);
  if (!Number.isInteger(value)) throw new OutOfRangeError(name, 'an integer', value);
  if (value < min || value > max) throw new OutOfRangeError(name, `>= ${min} && <= ${max}`, value);
  return value;
}

/** A user and a group; -1 keeps what is. */
export function toOwner(uid: number, gid: number): { uid: number; gid: number } {
  const id = (value: number, name: string): number => toInteger(value, name, -1, 0xffffffff);
  return { uid: id(uid, 'uid'), gid: id(gid, 'gid') };
}

/** Seconds since 1970. */
export function toSeconds(time: TimeLike, name: string): number {
  const seconds = time instanceof Date ? time.getTime() / 1000 : Number(time);
  if (Number.isFinite(seconds) && time !== '') return seconds;
  throw new InvalidArgTypeError(name, 'of type number or string or an instance of Date', time);
}

/** Where in a file; undefined is where the file stands. */
export function toPosition(
  position: number | bigint | null | undefined,
): number | string | undefined {
  if (position === null || position === undefined || position === -1 || position === -1n) {
    return undefined;
  }
  if (typeof position === 'bigint') return position.toString();
  return toInteger(position, 'position', 0);
}

/** Options, of which the encoding may be given alone. */
export function toOptions<T extends object>(
  options: EncodingOptions<T> | undefined,
): T & { encoding?: Encoding | null } {
  const object = typeof options === 'string' ? { encoding: options } : (options ?? {});
  if (typeof object !== 'object') {
    throw new InvalidArgTypeError('options', 'of type string or an instance of Object', options);
  }
  const { encoding } = object as { encoding?: Encoding | null };
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
    throw new InvalidArgValueError('encoding', encoding, 'is invalid encoding');
  }
  return object as T & { encoding?: Encoding | null };
}

/** The bytes of data. */
export function toBytes(data: Data, encoding?: Encoding | null, name = 'data'): Uint8Array {
  if (typeof data === 'string') {
    const utf8 = !encoding || /^utf-?8$/i.test(encoding);
    return utf8 ? new TextEncoder().encode(data) : Buffer.from(data, encoding as 'hex');
  }
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return toBuffer(data);
  throw new InvalidArgTypeError(
    name,
    'of type string or an instance of Buffer, TypedArray, or DataView',
    data,
  );
}

/** Bytes as a buffer, or as text if there is an encoding. */
export function decode(bytes: Uint8Array, encoding?: Encoding | null): Buffer | string {
  if (!encoding || encoding === 'buffer') return toBuffer(bytes);
  if (/^utf-?8$/i.test(encoding)) {
    // Faster than the buffer's own; Node too keeps the mark at the beginning.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes as Uint8Array<ArrayBuffer>);
  }
  return toBuffer(bytes).toString(encoding as 'hex');
}

/** The text of a path, as a buffer if the caller wants that. */
export function decodePath(path: string, encoding?: Encoding | null): string {
  if (!encoding || /^utf-?8$/i.test(encoding)) return path;
  const bytes = Buffer.from(path);
  return (encoding === 'buffer' ? bytes : bytes.toString(encoding as 'hex')) as string;
}

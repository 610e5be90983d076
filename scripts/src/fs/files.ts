/** Operations on the contents of files. */

import { Buffer } from '../buffer.js';
import { InvalidArgTypeError } from '../errors.js';
import constants from './constants.js';
import * as fds from './fds.js';
import { normalizeFlags } from './flags.js';
import { invoke, type Operation } from './operation.js';
import {
  decode,
  toBytes,
  toInteger,
  toMode,
  toOptions,
  toOwner,
  toPath,
  toPosition,
  toSeconds,
  type Data,
  type EncodingOptions,
  type Mode,
  type PathLike,
  type TimeLike,
} from './params.js';
import { Stats } from './stats.js';
import type { StatOptions } from './entries.js';

/** The most bytes that one call carries. */
export const TRANSFER_SIZE_MAX = 16 * 1024 * 1024;
const READ_SIZE = 512 * 1024;

/** Where in a file to read or write. */
export type Position = number | bigint | null;

/** Options of `read`. */
export interface ReadOptions {
  buffer?: ArrayBufferView;
  /** Where in the buffer the bytes go. */
  offset?: number | null;
  length?: number | null;
  /** Where in the file they come from; null is where the file stands. */
  position?: Position;
}

/** Options of `write`. */
export interface WriteOptions {
  offset?: number | null;
  length?: number | null;
  position?: Position;
}

/** Options of `readFile`. */
export interface ReadFileOptions {
  flag?: string | number;
  signal?: AbortSignal | null | undefined;
}

/** Options of `writeFile` and `appendFile`. */
export interface WriteFileOptions {
  mode?: Mode;
  flag?: string | number;
  /** Waits until the bytes are on the disk. */
  flush?: boolean;
  signal?: AbortSignal | null | undefined;
}

/** Opens a file and returns its number. */
export function* open(
  path: PathLike,
  flags?: string | number | null,
  mode?: Mode | null,
): Operation<number> {
  const params = { path: toPath(path), flags: normalizeFlags(flags), mode: toMode(mode, 0o666) };
  const { id, fd } = yield* invoke('fs.open', params, { syscall: 'open', path: params.path });
  fds.add(fd, id);
  return fd;
}

/** Closes a file. */
export function* close(fd: number): Operation<void> {
  const id = fds.idOf(fd, 'close');
  // Forgotten first: the number may belong to another file before the answer is here.
  fds.remove(fd);
  yield* invoke('fs.close', { id }, { syscall: 'close' });
}

/** Reads into a buffer; fewer bytes than asked for is no error, none at all is the end. */
export function* read<T extends ArrayBufferView = Buffer>(
  fd: number,
  target?: T | ReadOptions | null,
  offsetOrOptions?: number | ReadOptions | null,
  length?: number | null,
  position?: Position,
): Operation<{ bytesRead: number; buffer: T }> {
  const isView = ArrayBuffer.isView(target);
  let options: ReadOptions = isView ? {} : (target ?? {});
  if (typeof offsetOrOptions === 'object' && offsetOrOptions !== null) options = offsetOrOptions;
  else if (isView)
    options = { offset: offsetOrOptions ?? 0, length: length ?? null, position: position ?? null };
  const buffer = (isView ? target : (options.buffer ?? Buffer.alloc(16 * 1024))) as T;
  const [at, size] = range(buffer, options, 'buffer');
  const where = toPosition(options.position);
  const id = fds.idOf(fd, 'read');
  if (size === 0) return { bytesRead: 0, buffer };
  const bytes = yield* readSome(id, Math.min(size, TRANSFER_SIZE_MAX), where);
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(bytes, at);
  return { bytesRead: bytes.length, buffer };
}

function readSome(id: string, size: number, offset?: number | string): Operation<Uint8Array> {
  return invoke(
    'fs.read',
    { id, size, ...(offset === undefined ? {} : { offset }) },
    { syscall: 'read' },
  );
}

/** Writes bytes or a text; returns how many bytes were written. */
export function* write<T extends ArrayBufferView | string = ArrayBufferView>(
  fd: number,
  data: T,
  offsetOrPosition?: number | bigint | WriteOptions | null,
  lengthOrEncoding?: number | string | null,
  position?: Position,
): Operation<{ bytesWritten: number; buffer: T }> {
  let bytes: Uint8Array;
  let where: Position | undefined;
  if (typeof data === 'string') {
    bytes = toBytes(data, lengthOrEncoding as string | null | undefined);
    where = offsetOrPosition as Position | undefined;
  } else {
    const view = toBytes(data, null, 'buffer');
    const options: WriteOptions =
      typeof offsetOrPosition === 'object' && offsetOrPosition !== null
        ? offsetOrPosition
        : {
            offset: offsetOrPosition as number | null,
            length: lengthOrEncoding as number | null,
            position: position ?? null,
          };
    const [at, size] = range(view, options, 'buffer');
    bytes = view.subarray(at, at + size);
    where = options.position;
  }
  const bytesWritten = yield* writeSome(fds.idOf(fd, 'write'), bytes, toPosition(where));
  return { bytesWritten, buffer: data };
}

/** One call; it may write less than everything. */
function* writeSome(id: string, bytes: Uint8Array, offset?: number | string): Operation<number> {
  if (bytes.length === 0) return 0;
  const params = { id, ...(offset === undefined ? {} : { offset }) };
  const part = bytes.subarray(0, TRANSFER_SIZE_MAX);
  return (yield* invoke('fs.write', params, { syscall: 'write' }, part)).result;
}

/** Writes all bytes from where the file stands. */
export function* writeAll(fd: number, bytes: Uint8Array): Operation<void> {
  const id = fds.idOf(fd, 'write');
  for (let at = 0; at < bytes.length;) at += yield* writeSome(id, bytes.subarray(at));
}

/** Reads into several buffers, one after the other. */
export function* readv<T extends readonly ArrayBufferView[]>(
  fd: number,
  buffers: T,
  position?: Position,
): Operation<{ bytesRead: number; buffers: T }> {
  const views = buffers.map((buffer) => toBytes(buffer, null, 'buffers'));
  const wanted = views.reduce((sum, view) => sum + view.length, 0);
  const id = fds.idOf(fd, 'read');
  if (wanted === 0) return { bytesRead: 0, buffers };
  const bytes = yield* readSome(id, Math.min(wanted, TRANSFER_SIZE_MAX), toPosition(position));
  let at = 0;
  for (const view of views) {
    const part = bytes.subarray(at, at + view.length);
    view.set(part);
    at += part.length;
  }
  return { bytesRead: at, buffers };
}

/** Writes several buffers, one after the other. */
export function* writev<T extends readonly ArrayBufferView[]>(
  fd: number,
  buffers: T,
  position?: Position,
): Operation<{ bytesWritten: number; buffers: T }> {
  let bytesWritten = 0;
  const joined = Buffer.concat(buffers.map((buffer) => toBytes(buffer)));
  const id = fds.idOf(fd, 'write');
  while (bytesWritten < joined.length) {
    const at = position == null ? null : BigInt(position) + BigInt(bytesWritten);
    bytesWritten += yield* writeSome(id, joined.subarray(bytesWritten), toPosition(at));
  }
  return { bytesWritten, buffers };
}

/** What the file system knows of an open file. */
export function* fstat(fd: number, options?: StatOptions | null): Operation<Stats> {
  const raw = yield* invoke('fs.fstat', { id: fds.idOf(fd, 'fstat') }, { syscall: 'fstat' });
  return Stats.from(raw, options?.bigint) as Stats;
}

/** Waits until what was written is on the disk. */
export function* fsync(fd: number): Operation<void> {
  yield* invoke('fs.fsync', { id: fds.idOf(fd, 'fsync') }, { syscall: 'fsync' });
}

/** Waits until the bytes that were written are on the disk. */
export function* fdatasync(fd: number): Operation<void> {
  const params = { id: fds.idOf(fd, 'fdatasync'), dataOnly: true };
  yield* invoke('fs.fsync', params, { syscall: 'fdatasync' });
}

/** Sets the permissions of an open file. */
export function* fchmod(fd: number, mode: Mode): Operation<void> {
  const params = { id: fds.idOf(fd, 'fchmod'), mode: toMode(mode, Number.NaN) };
  toInteger(params.mode, 'mode', 0);
  yield* invoke('fs.fchmod', params, { syscall: 'fchmod' });
}

/** Sets the owner of an open file. */
export function* fchown(fd: number, uid: number, gid: number): Operation<void> {
  const params = { id: fds.idOf(fd, 'fchown'), ...toOwner(uid, gid) };
  yield* invoke('fs.fchown', params, { syscall: 'fchown' });
}

/** Sets when an open file was read and changed. */
export function* futimes(fd: number, atime: TimeLike, mtime: TimeLike): Operation<void> {
  const times = { atime: toSeconds(atime, 'atime'), mtime: toSeconds(mtime, 'mtime') };
  const params = { id: fds.idOf(fd, 'futimes'), ...times };
  yield* invoke('fs.futimes', params, { syscall: 'futime' });
}

/** Makes an open file as long as `length`. */
export function* ftruncate(fd: number, length: number | null = 0): Operation<void> {
  const offset = Math.max(0, toInteger(length ?? 0, 'len'));
  const id = fds.idOf(fd, 'ftruncate');
  yield* invoke('fs.ftruncate', { id, offset }, { syscall: 'ftruncate' });
}

/** Reads a whole file; text if there is an encoding. */
export function* readFile(
  path: PathLike | number,
  options?: EncodingOptions<ReadFileOptions>,
): Operation<Buffer | string> {
  const { encoding, flag } = toOptions(options);
  if (typeof path === 'number') return decode(yield* readToEnd(path), encoding);
  const text = toPath(path);
  const flags = normalizeFlags(flag);
  if (flags === constants.O_RDONLY) {
    const bytes = yield* invoke('fs.readFile', { path: text }, { syscall: 'open', path: text });
    return decode(bytes, encoding);
  }
  const fd = yield* open(text, flags);
  try {
    return decode(yield* readToEnd(fd), encoding);
  } finally {
    yield* close(fd);
  }
}

function* readToEnd(fd: number): Operation<Uint8Array> {
  const id = fds.idOf(fd, 'read');
  const parts: Uint8Array[] = [];
  for (let size = READ_SIZE; ; size = Math.min(size * 2, TRANSFER_SIZE_MAX)) {
    const part = yield* readSome(id, size);
    if (part.length === 0) break;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Writes a whole file, in place of what it held. */
export function* writeFile(
  path: PathLike | number,
  data: Data,
  options?: EncodingOptions<WriteFileOptions>,
): Operation<void> {
  const { encoding, flag = 'w', mode, flush = false } = toOptions(options);
  const bytes = toBytes(data, encoding);
  if (typeof path === 'number') {
    yield* writeAll(path, bytes);
    if (flush) yield* fsync(path);
    return;
  }
  const params = { path: toPath(path), flags: normalizeFlags(flag), mode: toMode(mode, 0o666) };
  if (bytes.length <= TRANSFER_SIZE_MAX && !flush) {
    yield* invoke('fs.writeFile', params, { syscall: 'open', path: params.path }, bytes);
    return;
  }
  const fd = yield* open(params.path, params.flags, params.mode);
  try {
    yield* writeAll(fd, bytes);
    if (flush) yield* fsync(fd);
  } finally {
    yield* close(fd);
  }
}

/** Writes at the end of a file. */
export function* appendFile(
  path: PathLike | number,
  data: Data,
  options?: EncodingOptions<WriteFileOptions>,
): Operation<void> {
  yield* writeFile(path, data, { flag: 'a', ...toOptions(options) });
}

function range(
  buffer: ArrayBufferView,
  { offset, length }: { offset?: number | null; length?: number | null },
  name: string,
): [offset: number, length: number] {
  if (!ArrayBuffer.isView(buffer)) {
    throw new InvalidArgTypeError(name, 'an instance of Buffer, TypedArray, or DataView', buffer);
  }
  const at = toInteger(offset ?? 0, 'offset', 0, buffer.byteLength);
  const size = toInteger(length ?? buffer.byteLength - at, 'length', 0, buffer.byteLength - at);
  return [at, size];
}

/** The file system with callbacks, and blocking: `oro:fs`. */

import type { Buffer } from './buffer.js';
import constants from './fs/constants.js';
import { cp as cpOperation } from './fs/copy.js';
import * as dir from './fs/dir.js';
import { Dir, Dirent } from './fs/dir.js';
import * as entries from './fs/entries.js';
import * as fds from './fs/fds.js';
import * as files from './fs/files.js';
import { FileHandle } from './fs/handle.js';
import { blocking, callbacked } from './fs/operation.js';
import type { EncodingOptions, PathLike } from './fs/params.js';
import promises from './fs/promises.js';
import { unwatchFile, watchFile } from './fs/stat-watcher.js';
import { BigIntStats, StatFs, Stats } from './fs/stats.js';
import { ReadStream, WriteStream } from './fs/stream.js';
import type { ReadStreamOptions, WriteStreamOptions } from './fs/stream.js';
import { Watcher, watch } from './fs/watcher.js';

type StatOptions = entries.StatOptions;
type Done<R> = (error: Error | null, result: R) => void;

export interface StatCallback<T> {
  (target: T, callback: Done<Stats>): void;
  (target: T, options: (StatOptions & { bigint?: false }) | undefined, callback: Done<Stats>): void;
  (target: T, options: StatOptions & { bigint: true }, callback: Done<BigIntStats>): void;
}
export interface StatSync<T> {
  (target: T, options?: StatOptions & { bigint?: false; throwIfNoEntry?: true }): Stats;
  (target: T, options: StatOptions & { bigint: true }): BigIntStats;
  (target: T, options: StatOptions & { throwIfNoEntry: false }): Stats | undefined;
}
export interface StatfsCallback {
  (path: PathLike, callback: Done<StatFs>): void;
  (path: PathLike, options: { bigint?: false } | undefined, callback: Done<StatFs>): void;
  (path: PathLike, options: { bigint: true }, callback: Done<StatFs<bigint>>): void;
}
export interface StatfsSync {
  (path: PathLike, options?: { bigint?: false }): StatFs;
  (path: PathLike, options: { bigint: true }): StatFs<bigint>;
}
export interface ReadFileSync {
  (
    path: PathLike | number,
    options: string | (files.ReadFileOptions & { encoding: string }),
  ): string;
  (path: PathLike | number, options?: (files.ReadFileOptions & { encoding?: null }) | null): Buffer;
}
export interface ReaddirSync {
  (path: PathLike, options: dir.ReaddirOptions & { withFileTypes: true }): Dirent[];
  (
    path: PathLike,
    options?: EncodingOptions<dir.ReaddirOptions & { withFileTypes?: false }>,
  ): string[];
}

export const access = callbacked(entries.access);
export const appendFile = callbacked(files.appendFile);
export const chmod = callbacked(entries.chmod);
export const chown = callbacked(entries.chown);
export const close = callbacked(files.close);
export const copyFile = callbacked(entries.copyFile);
export const cp = callbacked(cpOperation);
export const fchmod = callbacked(files.fchmod);
export const fchown = callbacked(files.fchown);
export const fdatasync = callbacked(files.fdatasync);
export const fstat = callbacked(files.fstat) as StatCallback<number>;
export const fsync = callbacked(files.fsync);
export const ftruncate = callbacked(files.ftruncate);
export const futimes = callbacked(files.futimes);
export const lchown = callbacked(entries.lchown);
export const link = callbacked(entries.link);
export const lstat = callbacked(entries.lstat) as StatCallback<PathLike>;
export const lutimes = callbacked(entries.lutimes);
export const mkdir = callbacked(entries.mkdir);
export const mkdtemp = callbacked(entries.mkdtemp);
export const open = callbacked(files.open);
export const opendir = callbacked(dir.opendir);
export const readFile = callbacked(files.readFile);
export const readdir = callbacked(dir.readdir);
export const readlink = callbacked(entries.readlink);
export const realpath = Object.assign(callbacked(entries.realpath), {
  native: callbacked(entries.realpath),
});
export const rename = callbacked(entries.rename);
export const rm = callbacked(entries.rm);
export const rmdir = callbacked(entries.rmdir);
export const stat = callbacked(entries.stat) as StatCallback<PathLike>;
export const statfs = callbacked(entries.statfs) as StatfsCallback;
export const symlink = callbacked(entries.symlink);
export const truncate = callbacked(entries.truncate);
export const unlink = callbacked(entries.unlink);
export const utimes = callbacked(entries.utimes);
export const writeFile = callbacked(files.writeFile);

type Rest = any[];
type Many<T> = (error: Error | null, count: number, data: T) => void;

/** Reads from a file; the callback takes the number of bytes and the buffer. */
export const read = callbacked(files.read, ({ bytesRead, buffer }) => [
  bytesRead,
  buffer,
]) as unknown as (fd: number, ...rest: [...Rest, Many<ArrayBufferView>]) => void;
/** Reads from a file into several buffers. */
export const readv = callbacked(files.readv, ({ bytesRead, buffers }) => [
  bytesRead,
  buffers,
]) as unknown as (fd: number, ...rest: [...Rest, Many<ArrayBufferView[]>]) => void;
/** Writes to a file; the callback takes the number of bytes and what was given. */
export const write = callbacked(files.write, ({ bytesWritten, buffer }) => [
  bytesWritten,
  buffer,
]) as unknown as (fd: number, ...rest: [...Rest, Many<ArrayBufferView | string>]) => void;
/** Writes several buffers to a file. */
export const writev = callbacked(files.writev, ({ bytesWritten, buffers }) => [
  bytesWritten,
  buffers,
]) as unknown as (fd: number, ...rest: [...Rest, Many<ArrayBufferView[]>]) => void;

const existsOperation = callbacked(entries.exists);

/** Tells the callback whether a path leads to something. It takes no error. */
export function exists(path: PathLike, callback: (exists: boolean) => void): void {
  existsOperation(path, (_error: Error | null, found: boolean) => callback(found));
}

export const accessSync = blocking(entries.access);
export const appendFileSync = blocking(files.appendFile);
export const chmodSync = blocking(entries.chmod);
export const chownSync = blocking(entries.chown);
export const closeSync = blocking(files.close);
export const copyFileSync = blocking(entries.copyFile);
export const cpSync = blocking(cpOperation);
export const existsSync = blocking(entries.exists);
export const fchmodSync = blocking(files.fchmod);
export const fchownSync = blocking(files.fchown);
export const fdatasyncSync = blocking(files.fdatasync);
export const fstatSync = blocking(files.fstat) as StatSync<number>;
export const fsyncSync = blocking(files.fsync);
export const ftruncateSync = blocking(files.ftruncate);
export const futimesSync = blocking(files.futimes);
export const lchownSync = blocking(entries.lchown);
export const linkSync = blocking(entries.link);
export const lstatSync = blocking(entries.lstat) as StatSync<PathLike>;
export const lutimesSync = blocking(entries.lutimes);
export const mkdirSync = blocking(entries.mkdir);
export const mkdtempSync = blocking(entries.mkdtemp);
export const openSync = blocking(files.open);
export const opendirSync = blocking(dir.opendir);
export const readFileSync = blocking(files.readFile) as ReadFileSync;
export const readdirSync = blocking(dir.readdir) as ReaddirSync;
export const readlinkSync = blocking(entries.readlink);
export const realpathSync = Object.assign(blocking(entries.realpath), {
  native: blocking(entries.realpath),
});
export const renameSync = blocking(entries.rename);
export const rmSync = blocking(entries.rm);
export const rmdirSync = blocking(entries.rmdir);
export const statSync = blocking(entries.stat) as StatSync<PathLike>;
export const statfsSync = blocking(entries.statfs) as StatfsSync;
export const symlinkSync = blocking(entries.symlink);
export const truncateSync = blocking(entries.truncate);
export const unlinkSync = blocking(entries.unlink);
export const utimesSync = blocking(entries.utimes);
export const writeFileSync = blocking(files.writeFile);

const readBlocking = blocking(files.read);
const readvBlocking = blocking(files.readv);
const writeBlocking = blocking(files.write);
const writevBlocking = blocking(files.writev);

/** Reads from a file into a buffer; returns how many bytes. */
export const readSync = (
  fd: number,
  buffer: ArrayBufferView,
  offset?: number | files.ReadOptions | null,
  length?: number | null,
  position?: files.Position,
): number => readBlocking(fd, buffer as Buffer, offset, length, position).bytesRead;
/** Reads from a file into several buffers; returns how many bytes. */
export const readvSync = (...args: Parameters<typeof readvBlocking>): number =>
  readvBlocking(...args).bytesRead;
/** Writes bytes or a text to a file; returns how many bytes. */
export const writeSync = (
  fd: number,
  data: ArrayBufferView | string,
  offsetOrPosition?: number | bigint | files.WriteOptions | null,
  lengthOrEncoding?: number | string | null,
  position?: files.Position,
): number =>
  writeBlocking(fd, data as ArrayBufferView, offsetOrPosition, lengthOrEncoding, position)
    .bytesWritten;
/** Writes several buffers to a file; returns how many bytes. */
export const writevSync = (...args: Parameters<typeof writevBlocking>): number =>
  writevBlocking(...args).bytesWritten;

type EncodingOr<T> = T | string;

/** A file as a source of data. */
export function createReadStream(
  path: PathLike,
  options?: EncodingOr<ReadStreamOptions>,
): ReadStream {
  return new ReadStream(path, typeof options === 'string' ? { encoding: options } : options);
}

/** A file as a sink of data. */
export function createWriteStream(
  path: PathLike,
  options?: EncodingOr<WriteStreamOptions>,
): WriteStream {
  return new WriteStream(path, typeof options === 'string' ? { encoding: options } : options);
}

const custom = Symbol.for('nodejs.util.promisify.custom');
for (const [form, operation] of [
  [
    exists,
    (path: PathLike) =>
      promises.access(path).then(
        () => true,
        () => false,
      ),
  ],
  [read, (fd: number, ...args: any[]) => new Promise(settler(read, fd, args, 'bytesRead'))],
  [write, (fd: number, ...args: any[]) => new Promise(settler(write, fd, args, 'bytesWritten'))],
] as const) {
  Object.defineProperty(form, custom, { value: operation });
}

function settler(form: typeof read | typeof write, fd: number, args: any[], count: string) {
  return (resolve: (value: object) => void, reject: (error: Error) => void): void => {
    form(fd, ...args, (error: Error | null, number: number, buffer: unknown) => {
      if (error) reject(error);
      else resolve({ [count]: number, buffer });
    });
  };
}

export const { F_OK, R_OK, W_OK, X_OK } = constants;
export {
  BigIntStats,
  Dir,
  Dirent,
  FileHandle,
  ReadStream,
  StatFs,
  Stats,
  Watcher,
  WriteStream,
  constants,
  fds,
  promises,
  unwatchFile,
  watch,
  watchFile,
};
/** The name that Node gives it. */
export { Watcher as FSWatcher };
/** The old name of `Dir`. */
export { Dir as DirectoryHandle };
/**
 * A blob with what a file holds. It is read at once, so that later changes of the file do not show;
 * Node's refuses to be read after them.
 */
export async function openAsBlob(path: PathLike, options: { type?: string } = {}): Promise<Blob> {
  return new Blob([(await promises.readFile(path)) as BlobPart], options);
}

export default {
  BigIntStats,
  Dir,
  Dirent,
  F_OK,
  FileHandle,
  R_OK,
  ReadStream,
  StatFs,
  Stats,
  W_OK,
  Watcher,
  WriteStream,
  X_OK,
  access,
  accessSync,
  appendFile,
  appendFileSync,
  chmod,
  chmodSync,
  chown,
  chownSync,
  close,
  closeSync,
  constants,
  copyFile,
  copyFileSync,
  cp,
  cpSync,
  createReadStream,
  createWriteStream,
  exists,
  existsSync,
  fchmod,
  fchmodSync,
  fchown,
  fchownSync,
  fdatasync,
  fdatasyncSync,
  fds,
  fstat,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncate,
  ftruncateSync,
  futimes,
  futimesSync,
  lchown,
  lchownSync,
  link,
  linkSync,
  lstat,
  lstatSync,
  lutimes,
  lutimesSync,
  mkdir,
  mkdirSync,
  mkdtemp,
  mkdtempSync,
  open,
  openAsBlob,
  openSync,
  opendir,
  opendirSync,
  promises,
  read,
  readFile,
  readFileSync,
  readSync,
  readdir,
  readdirSync,
  readlink,
  readlinkSync,
  readv,
  readvSync,
  realpath,
  realpathSync,
  rename,
  renameSync,
  rm,
  rmSync,
  rmdir,
  rmdirSync,
  stat,
  statSync,
  statfs,
  statfsSync,
  symlink,
  symlinkSync,
  truncate,
  truncateSync,
  unlink,
  unlinkSync,
  unwatchFile,
  utimes,
  utimesSync,
  watch,
  watchFile,
  write,
  writeFile,
  writeFileSync,
  writeSync,
  writev,
  writevSync,
};

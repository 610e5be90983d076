/** The file system with promises: `oro:fs/promises`. */

import type { Buffer } from '../buffer.js';
import constants from './constants.js';
import { cp as cpOperation } from './copy.js';
import { Dir, Dirent, opendir as opendirOperation, readdir as readdirOperation } from './dir.js';
import type { OpendirOptions, ReaddirOptions } from './dir.js';
import * as entries from './entries.js';
import * as files from './files.js';
import { FileHandle } from './handle.js';
import { perform, promised } from './operation.js';
import type { Data, EncodingOptions, Mode, PathLike } from './params.js';
import type { BigIntStats, StatFs, Stats } from './stats.js';
import { watchChanges as watch } from './watcher.js';

type StatOptions = entries.StatOptions;
export interface StatForm {
  (path: PathLike, options?: StatOptions & { bigint?: false }): Promise<Stats>;
  (path: PathLike, options: StatOptions & { bigint: true }): Promise<BigIntStats>;
}

export interface StatfsForm {
  (path: PathLike, options?: { bigint?: false }): Promise<StatFs>;
  (path: PathLike, options: { bigint: true }): Promise<StatFs<bigint>>;
}

export const access = promised(entries.access);
export const chmod = promised(entries.chmod);
export const chown = promised(entries.chown);
export const copyFile = promised(entries.copyFile);
export const cp = promised(cpOperation);
export const lchown = promised(entries.lchown);
export const link = promised(entries.link);
export const lstat = promised(entries.lstat) as StatForm;
export const lutimes = promised(entries.lutimes);
export const mkdir = promised(entries.mkdir);
export const mkdtemp = promised(entries.mkdtemp);
export const readlink = promised(entries.readlink);
export const realpath = promised(entries.realpath);
export const rename = promised(entries.rename);
export const rm = promised(entries.rm);
export const rmdir = promised(entries.rmdir);
export const stat = promised(entries.stat) as StatForm;
export const statfs = promised(entries.statfs) as StatfsForm;
export const symlink = promised(entries.symlink);
export const truncate = promised(entries.truncate);
export const unlink = promised(entries.unlink);
export const utimes = promised(entries.utimes);

/** Opens a directory. */
export const opendir = promised(opendirOperation) as (
  path: PathLike,
  options?: EncodingOptions<OpendirOptions>,
) => Promise<Dir>;

/** The names of the entries of a directory, or the entries. */
export const readdir = promised(readdirOperation) as {
  (path: PathLike, options: ReaddirOptions & { withFileTypes: true }): Promise<Dirent[]>;
  (
    path: PathLike,
    options?: EncodingOptions<ReaddirOptions & { withFileTypes?: false }>,
  ): Promise<string[]>;
};

/** Opens a file. */
export async function open(
  path: PathLike,
  flags?: string | number,
  mode?: Mode,
): Promise<FileHandle> {
  return FileHandle.open(path, flags, mode);
}

/** Reads a whole file; text if there is an encoding. */
export async function readFile(
  path: PathLike | FileHandle,
  options: string | (files.ReadFileOptions & { encoding: string }),
): Promise<string>;
export async function readFile(
  path: PathLike | FileHandle,
  options?: (files.ReadFileOptions & { encoding?: null }) | null,
): Promise<Buffer>;
export async function readFile(
  path: PathLike | FileHandle,
  options?: EncodingOptions<files.ReadFileOptions>,
): Promise<Buffer | string> {
  const file = path instanceof FileHandle ? path.fd : path;
  return perform(files.readFile(file, options), signalOf(options));
}

type Chunks = Iterable<Data> | AsyncIterable<Data>;

/** Writes a whole file, in place of what it held. */
export async function writeFile(
  path: PathLike | FileHandle,
  data: Data | Chunks,
  options?: EncodingOptions<files.WriteFileOptions>,
): Promise<void> {
  const file = path instanceof FileHandle ? path.fd : path;
  if (!isChunks(data)) return perform(files.writeFile(file, data, options), signalOf(options));
  const { flag = 'w', mode, signal } = typeof options === 'object' ? (options ?? {}) : {};
  const handle = path instanceof FileHandle ? path : await open(path, flag, mode);
  try {
    for await (const chunk of data) {
      signal?.throwIfAborted();
      await handle.writeFile(chunk, options);
    }
  } finally {
    if (handle !== path) await handle.close();
  }
}

/** Writes at the end of a file. */
export async function appendFile(
  path: PathLike | FileHandle,
  data: Data,
  options?: EncodingOptions<files.WriteFileOptions>,
): Promise<void> {
  const file = path instanceof FileHandle ? path.fd : path;
  return perform(files.appendFile(file, data, options), signalOf(options));
}

function isChunks(data: Data | Chunks): data is Chunks {
  if (typeof data !== 'object' || ArrayBuffer.isView(data) || data === null) return false;
  return Symbol.iterator in data || Symbol.asyncIterator in data;
}

function signalOf(options: { signal?: AbortSignal | null } | string | null | undefined) {
  return typeof options === 'object' ? options?.signal : undefined;
}

export { Dir, Dirent, FileHandle, constants, watch };
export default {
  FileHandle,
  access,
  appendFile,
  chmod,
  chown,
  constants,
  copyFile,
  cp,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  open,
  opendir,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  symlink,
  truncate,
  unlink,
  utimes,
  watch,
  writeFile,
};

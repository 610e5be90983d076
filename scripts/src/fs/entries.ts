/** Operations on the entries of the file system, by their paths. */

import { SystemError } from '../errors.js';
import constants from './constants.js';
import { invoke, type Operation } from './operation.js';
import {
  decodePath,
  toInteger,
  toMode,
  toOptions,
  toOwner,
  toPath,
  toSeconds,
  type EncodingOptions,
  type Mode,
  type PathLike,
  type TimeLike,
} from './params.js';
import { StatFs, Stats, type BigIntStats } from './stats.js';

/** Options of `stat` and `lstat`. */
export interface StatOptions {
  /** Big integers instead of numbers. */
  bigint?: boolean;
  /** Whether an entry that is not there is an error; only blocking calls take it. */
  throwIfNoEntry?: boolean;
  signal?: AbortSignal | null | undefined;
}

/** Options of `mkdir`. */
export interface MkdirOptions {
  /** Makes the missing parents too. */
  recursive?: boolean;
  mode?: Mode;
}

/** Options of `rm`. */
export interface RmOptions {
  /** Removes what is inside a directory too. */
  recursive?: boolean;
  /** Passes over what is not there. */
  force?: boolean;
  maxRetries?: number;
  retryDelay?: number;
}

/** Whether this process may access a path. */
export function* access(path: PathLike, mode: number = constants.F_OK): Operation<void> {
  const params = { path: toPath(path), mode: toInteger(mode, 'mode', 0, 7) };
  yield* invoke('fs.access', params, { syscall: 'access', path: params.path });
}

/** Whether a path leads to something. */
export function* exists(path: PathLike): Operation<boolean> {
  try {
    yield* access(path);
    return true;
  } catch {
    return false;
  }
}

/** What the file system knows of an entry. */
export function* stat(path: PathLike, options?: StatOptions): Operation<Stats> {
  return (yield* statOf('stat', path, options)) as Stats;
}

/** What the file system knows of an entry; a link is not followed. */
export function* lstat(path: PathLike, options?: StatOptions): Operation<Stats> {
  return (yield* statOf('lstat', path, options)) as Stats;
}

function* statOf(
  syscall: 'stat' | 'lstat',
  path: PathLike,
  options?: StatOptions,
): Operation<Stats | BigIntStats | undefined> {
  const params = { path: toPath(path) };
  try {
    const raw = yield* invoke(`fs.${syscall}`, params, { syscall, ...params });
    return Stats.from(raw, options?.bigint);
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes((error as SystemError).code);
    if (options?.throwIfNoEntry === false && missing) return undefined;
    throw error;
  }
}

/** What is known of the file system that holds an entry. */
export function* statfs(path: PathLike, options?: { bigint?: boolean }): Operation<StatFs> {
  const params = { path: toPath(path) };
  const raw = yield* invoke('fs.statfs', params, { syscall: 'statfs', ...params });
  return StatFs.from(raw, options?.bigint) as StatFs;
}

/** Sets the permissions of an entry. */
export function* chmod(path: PathLike, mode: Mode): Operation<void> {
  const params = { path: toPath(path), mode: toMode(mode, Number.NaN) };
  toInteger(params.mode, 'mode', 0);
  yield* invoke('fs.chmod', params, { syscall: 'chmod', path: params.path });
}

/** Sets the owner of an entry. */
export function* chown(path: PathLike, uid: number, gid: number): Operation<void> {
  yield* invoke('fs.chown', ownership(path, uid, gid), { syscall: 'chown', path: toPath(path) });
}

/** Sets the owner of an entry; a link is not followed. */
export function* lchown(path: PathLike, uid: number, gid: number): Operation<void> {
  yield* invoke('fs.lchown', ownership(path, uid, gid), { syscall: 'lchown', path: toPath(path) });
}

function ownership(
  path: PathLike,
  uid: number,
  gid: number,
): { path: string; uid: number; gid: number } {
  return { path: toPath(path), ...toOwner(uid, gid) };
}

/** Copies a file. */
export function* copyFile(src: PathLike, dest: PathLike, mode = 0): Operation<void> {
  const params = { ...two(src, dest), flags: toInteger(mode, 'mode', 0, 7) };
  yield* invoke('fs.copyFile', params, call('copyfile', params));
}

/** Makes a second name of a file. */
export function* link(existingPath: PathLike, newPath: PathLike): Operation<void> {
  const params = two(existingPath, newPath, 'existingPath', 'newPath');
  yield* invoke('fs.link', params, call('link', params));
}

/** Makes a link that leads to `target`. */
export function* symlink(
  target: PathLike,
  path: PathLike,
  type?: 'dir' | 'file' | 'junction' | null,
): Operation<void> {
  const flags = type === 'dir' ? constants.UV_FS_SYMLINK_DIR : 0;
  const params = { ...two(target, path, 'target', 'path'), flags };
  yield* invoke('fs.symlink', params, call('symlink', params));
}

/** Gives an entry another name or place. */
export function* rename(oldPath: PathLike, newPath: PathLike): Operation<void> {
  const params = two(oldPath, newPath, 'oldPath', 'newPath');
  yield* invoke('fs.rename', params, call('rename', params));
}

/** Where a link leads to. */
export function* readlink(path: PathLike, options?: EncodingOptions): Operation<string> {
  const { encoding } = toOptions(options);
  const params = { path: toPath(path) };
  const result = yield* invoke('fs.readlink', params, { syscall: 'readlink', ...params });
  return decodePath(result.path, encoding);
}

/** The absolute path of an entry, with all links followed. */
export function* realpath(path: PathLike, options?: EncodingOptions): Operation<string> {
  const { encoding } = toOptions(options);
  const params = { path: toPath(path) };
  const result = yield* invoke('fs.realpath', params, { syscall: 'realpath', ...params });
  return decodePath(result.path, encoding);
}

/** Makes a directory; if `recursive`, returns the first one that had to be made. */
export function* mkdir(
  path: PathLike,
  options?: Mode | MkdirOptions | null,
): Operation<string | undefined> {
  const given = typeof options === 'object' && options !== null ? options : { mode: options };
  const recursive = (given as MkdirOptions).recursive ?? false;
  const params = { path: toPath(path), mode: toMode(given.mode, 0o777), recursive };
  const made = yield* invoke('fs.mkdir', params, { syscall: 'mkdir', path: params.path });
  return made.path ?? undefined;
}

/** Makes a directory whose name begins with `prefix` and is new. */
export function* mkdtemp(prefix: PathLike, options?: EncodingOptions): Operation<string> {
  const { encoding } = toOptions(options);
  const params = { prefix: toPath(prefix, 'prefix') };
  const where = { syscall: 'mkdtemp', path: `${params.prefix}XXXXXX` };
  const { path } = yield* invoke('fs.mkdtemp', params, where);
  return decodePath(path, encoding);
}

/** Removes a file, or a directory with all that is in it. */
export function* rm(path: PathLike, options?: RmOptions | null): Operation<void> {
  const { recursive = false, force = false } = options ?? {};
  const params = { path: toPath(path), recursive, force };
  try {
    yield* invoke('fs.rm', params, { syscall: 'rm', path: params.path });
  } catch (error) {
    if (recursive || !/EISDIR/.test(String((error as SystemError).code))) throw error;
    const text = `Path is a directory: rm returned EISDIR (is a directory) ${params.path}`;
    const refusal = Object.assign(new SystemError('EISDIR', { syscall: 'rm', path: params.path }), {
      code: 'ERR_FS_EISDIR',
      message: text,
    });
    throw Object.defineProperty(refusal, 'name', { value: 'SystemError', configurable: true });
  }
}

/** Removes an empty directory. */
export function* rmdir(path: PathLike, options?: { recursive?: boolean } | null): Operation<void> {
  if (options?.recursive) return yield* rm(path, { recursive: true });
  const params = { path: toPath(path) };
  yield* invoke('fs.rmdir', params, { syscall: 'rmdir', ...params });
}

/** Removes a file or a link. */
export function* unlink(path: PathLike): Operation<void> {
  const params = { path: toPath(path) };
  yield* invoke('fs.unlink', params, { syscall: 'unlink', ...params });
}

/** Makes a file as long as `length`; what is added is zero. */
export function* truncate(path: PathLike, length: number | null = 0): Operation<void> {
  const params = { path: toPath(path), length: Math.max(0, toInteger(length ?? 0, 'len')) };
  yield* invoke('fs.truncate', params, { syscall: 'open', path: params.path });
}

/** Sets when an entry was read and changed. */
export function* utimes(path: PathLike, atime: TimeLike, mtime: TimeLike): Operation<void> {
  const times = { atime: toSeconds(atime, 'atime'), mtime: toSeconds(mtime, 'mtime') };
  const params = { path: toPath(path), ...times };
  yield* invoke('fs.utimes', params, { syscall: 'utime', path: params.path });
}

/** Sets when an entry was read and changed; a link is not followed. */
export function* lutimes(path: PathLike, atime: TimeLike, mtime: TimeLike): Operation<void> {
  const times = { atime: toSeconds(atime, 'atime'), mtime: toSeconds(mtime, 'mtime') };
  const params = { path: toPath(path), ...times };
  yield* invoke('fs.lutimes', params, { syscall: 'lutime', path: params.path });
}

interface Two {
  src: string;
  dest: string;
}

function two(src: PathLike, dest: PathLike, srcName = 'src', destName = 'dest'): Two {
  return { src: toPath(src, srcName), dest: toPath(dest, destName) };
}

function call(
  syscall: string,
  { src, dest }: Two,
): { syscall: string; path: string; dest: string } {
  return { syscall, path: src, dest };
}

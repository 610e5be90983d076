declare module 'oro:internal/fs/entries' {
/** Operations on the entries of the file system, by their paths. */
import { type Operation } from 'oro:internal/fs/operation';
import { type EncodingOptions, type Mode, type PathLike, type TimeLike } from 'oro:internal/fs/params';
import { StatFs, Stats } from 'oro:fs/stats';
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
export function access(path: PathLike, mode?: number): Operation<void>;
/** Whether a path leads to something. */
export function exists(path: PathLike): Operation<boolean>;
/** What the file system knows of an entry. */
export function stat(path: PathLike, options?: StatOptions): Operation<Stats>;
/** What the file system knows of an entry; a link is not followed. */
export function lstat(path: PathLike, options?: StatOptions): Operation<Stats>;
/** What is known of the file system that holds an entry. */
export function statfs(path: PathLike, options?: {
    bigint?: boolean;
}): Operation<StatFs>;
/** Sets the permissions of an entry. */
export function chmod(path: PathLike, mode: Mode): Operation<void>;
/** Sets the owner of an entry. */
export function chown(path: PathLike, uid: number, gid: number): Operation<void>;
/** Sets the owner of an entry; a link is not followed. */
export function lchown(path: PathLike, uid: number, gid: number): Operation<void>;
/** Copies a file. */
export function copyFile(src: PathLike, dest: PathLike, mode?: number): Operation<void>;
/** Makes a second name of a file. */
export function link(existingPath: PathLike, newPath: PathLike): Operation<void>;
/** Makes a link that leads to `target`. */
export function symlink(target: PathLike, path: PathLike, type?: 'dir' | 'file' | 'junction' | null): Operation<void>;
/** Gives an entry another name or place. */
export function rename(oldPath: PathLike, newPath: PathLike): Operation<void>;
/** Where a link leads to. */
export function readlink(path: PathLike, options?: EncodingOptions): Operation<string>;
/** The absolute path of an entry, with all links followed. */
export function realpath(path: PathLike, options?: EncodingOptions): Operation<string>;
/** Makes a directory; if `recursive`, returns the first one that had to be made. */
export function mkdir(path: PathLike, options?: Mode | MkdirOptions | null): Operation<string | undefined>;
/** Makes a directory whose name begins with `prefix` and is new. */
export function mkdtemp(prefix: PathLike, options?: EncodingOptions): Operation<string>;
/** Removes a file, or a directory with all that is in it. */
export function rm(path: PathLike, options?: RmOptions | null): Operation<void>;
/** Removes an empty directory. */
export function rmdir(path: PathLike, options?: {
    recursive?: boolean;
} | null): Operation<void>;
/** Removes a file or a link. */
export function unlink(path: PathLike): Operation<void>;
/** Makes a file as long as `length`; what is added is zero. */
export function truncate(path: PathLike, length?: number | null): Operation<void>;
/** Sets when an entry was read and changed. */
export function utimes(path: PathLike, atime: TimeLike, mtime: TimeLike): Operation<void>;
/** Sets when an entry was read and changed; a link is not followed. */
export function lutimes(path: PathLike, atime: TimeLike, mtime: TimeLike): Operation<void>;
}

declare module 'oro:fs/promises' {
/** The file system with promises: `oro:fs/promises`. */
import type { Buffer } from 'oro:buffer';
import constants from 'oro:fs/constants';
import { cp as cpOperation } from 'oro:internal/fs/copy';
import { Dir, Dirent } from 'oro:fs/dir';
import type { OpendirOptions, ReaddirOptions } from 'oro:fs/dir';
import * as entries from 'oro:internal/fs/entries';
import * as files from 'oro:internal/fs/files';
import { FileHandle } from 'oro:fs/handle';
import type { Data, EncodingOptions, Mode, PathLike } from 'oro:internal/fs/params';
import type { BigIntStats, StatFs, Stats } from 'oro:fs/stats';
import { watchChanges as watch } from 'oro:fs/watcher';
type StatOptions = entries.StatOptions;
export interface StatForm {
    (path: PathLike, options?: StatOptions & {
        bigint?: false;
    }): Promise<Stats>;
    (path: PathLike, options: StatOptions & {
        bigint: true;
    }): Promise<BigIntStats>;
}
export interface StatfsForm {
    (path: PathLike, options?: {
        bigint?: false;
    }): Promise<StatFs>;
    (path: PathLike, options: {
        bigint: true;
    }): Promise<StatFs<bigint>>;
}
export const access: import("oro:internal/fs/operation").PromiseForm<typeof entries.access>;
export const chmod: import("oro:internal/fs/operation").PromiseForm<typeof entries.chmod>;
export const chown: import("oro:internal/fs/operation").PromiseForm<typeof entries.chown>;
export const copyFile: import("oro:internal/fs/operation").PromiseForm<typeof entries.copyFile>;
export const cp: import("oro:internal/fs/operation").PromiseForm<typeof cpOperation>;
export const lchown: import("oro:internal/fs/operation").PromiseForm<typeof entries.lchown>;
export const link: import("oro:internal/fs/operation").PromiseForm<typeof entries.link>;
export const lstat: StatForm;
export const lutimes: import("oro:internal/fs/operation").PromiseForm<typeof entries.lutimes>;
export const mkdir: import("oro:internal/fs/operation").PromiseForm<typeof entries.mkdir>;
export const mkdtemp: import("oro:internal/fs/operation").PromiseForm<typeof entries.mkdtemp>;
export const readlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.readlink>;
export const realpath: import("oro:internal/fs/operation").PromiseForm<typeof entries.realpath>;
export const rename: import("oro:internal/fs/operation").PromiseForm<typeof entries.rename>;
export const rm: import("oro:internal/fs/operation").PromiseForm<typeof entries.rm>;
export const rmdir: import("oro:internal/fs/operation").PromiseForm<typeof entries.rmdir>;
export const stat: StatForm;
export const statfs: StatfsForm;
export const symlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.symlink>;
export const truncate: import("oro:internal/fs/operation").PromiseForm<typeof entries.truncate>;
export const unlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.unlink>;
export const utimes: import("oro:internal/fs/operation").PromiseForm<typeof entries.utimes>;
/** Opens a directory. */
export const opendir: (path: PathLike, options?: EncodingOptions<OpendirOptions>) => Promise<Dir>;
/** The names of the entries of a directory, or the entries. */
export const readdir: {
    (path: PathLike, options: ReaddirOptions & {
        withFileTypes: true;
    }): Promise<Dirent[]>;
    (path: PathLike, options?: EncodingOptions<ReaddirOptions & {
        withFileTypes?: false;
    }>): Promise<string[]>;
};
/** Opens a file. */
export function open(path: PathLike, flags?: string | number, mode?: Mode): Promise<FileHandle>;
/** Reads a whole file; text if there is an encoding. */
export function readFile(path: PathLike | FileHandle, options: string | (files.ReadFileOptions & {
    encoding: string;
})): Promise<string>;
export function readFile(path: PathLike | FileHandle, options?: (files.ReadFileOptions & {
    encoding?: null;
}) | null): Promise<Buffer>;
type Chunks = Iterable<Data> | AsyncIterable<Data>;
/** Writes a whole file, in place of what it held. */
export function writeFile(path: PathLike | FileHandle, data: Data | Chunks, options?: EncodingOptions<files.WriteFileOptions>): Promise<void>;
/** Writes at the end of a file. */
export function appendFile(path: PathLike | FileHandle, data: Data, options?: EncodingOptions<files.WriteFileOptions>): Promise<void>;
export { Dir, Dirent, FileHandle, constants, watch };
const _default: {
    FileHandle: typeof FileHandle;
    access: import("oro:internal/fs/operation").PromiseForm<typeof entries.access>;
    appendFile: typeof appendFile;
    chmod: import("oro:internal/fs/operation").PromiseForm<typeof entries.chmod>;
    chown: import("oro:internal/fs/operation").PromiseForm<typeof entries.chown>;
    constants: Readonly<{
        F_OK: number;
        X_OK: number;
        W_OK: number;
        R_OK: number;
        O_RDONLY: number;
        O_WRONLY: number;
        O_RDWR: number;
        COPYFILE_EXCL: number;
        COPYFILE_FICLONE: number;
        COPYFILE_FICLONE_FORCE: number;
        UV_FS_COPYFILE_EXCL: number;
        UV_FS_COPYFILE_FICLONE: number;
        UV_FS_COPYFILE_FICLONE_FORCE: number;
        UV_FS_SYMLINK_DIR: number;
        UV_FS_SYMLINK_JUNCTION: number;
        UV_DIRENT_UNKNOWN: number;
        UV_DIRENT_FILE: number;
        UV_DIRENT_DIR: number;
        UV_DIRENT_LINK: number;
        UV_DIRENT_FIFO: number;
        UV_DIRENT_SOCKET: number;
        UV_DIRENT_CHAR: number;
        UV_DIRENT_BLOCK: number;
        S_IFMT: number;
        S_IFREG: number;
        S_IFDIR: number;
        S_IFCHR: number;
        S_IFBLK: number;
        S_IFIFO: number;
        S_IFLNK: number;
        S_IFSOCK: number;
        S_IRWXU: number;
        S_IRUSR: number;
        S_IWUSR: number;
        S_IXUSR: number;
        S_IRWXG: number;
        S_IRGRP: number;
        S_IWGRP: number;
        S_IXGRP: number;
        S_IRWXO: number;
        S_IROTH: number;
        S_IWOTH: number;
        S_IXOTH: number;
    } & {
        O_APPEND: number;
        O_CREAT: number;
        O_EXCL: number;
        O_TRUNC: number;
        O_DIRECT?: number;
        O_DIRECTORY?: number;
        O_DSYNC?: number;
        O_NOATIME?: number;
        O_NOCTTY?: number;
        O_NOFOLLOW?: number;
        O_NONBLOCK?: number;
        O_SYMLINK?: number;
        O_SYNC?: number;
    }>;
    copyFile: import("oro:internal/fs/operation").PromiseForm<typeof entries.copyFile>;
    cp: import("oro:internal/fs/operation").PromiseForm<typeof cpOperation>;
    lchown: import("oro:internal/fs/operation").PromiseForm<typeof entries.lchown>;
    link: import("oro:internal/fs/operation").PromiseForm<typeof entries.link>;
    lstat: StatForm;
    lutimes: import("oro:internal/fs/operation").PromiseForm<typeof entries.lutimes>;
    mkdir: import("oro:internal/fs/operation").PromiseForm<typeof entries.mkdir>;
    mkdtemp: import("oro:internal/fs/operation").PromiseForm<typeof entries.mkdtemp>;
    open: typeof open;
    opendir: (path: PathLike, options?: EncodingOptions<OpendirOptions>) => Promise<Dir>;
    readFile: typeof readFile;
    readdir: {
        (path: PathLike, options: ReaddirOptions & {
            withFileTypes: true;
        }): Promise<Dirent[]>;
        (path: PathLike, options?: EncodingOptions<ReaddirOptions & {
            withFileTypes?: false;
        }>): Promise<string[]>;
    };
    readlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.readlink>;
    realpath: import("oro:internal/fs/operation").PromiseForm<typeof entries.realpath>;
    rename: import("oro:internal/fs/operation").PromiseForm<typeof entries.rename>;
    rm: import("oro:internal/fs/operation").PromiseForm<typeof entries.rm>;
    rmdir: import("oro:internal/fs/operation").PromiseForm<typeof entries.rmdir>;
    stat: StatForm;
    statfs: StatfsForm;
    symlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.symlink>;
    truncate: import("oro:internal/fs/operation").PromiseForm<typeof entries.truncate>;
    unlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.unlink>;
    utimes: import("oro:internal/fs/operation").PromiseForm<typeof entries.utimes>;
    watch: typeof watch;
    writeFile: typeof writeFile;
};
export default _default;
}

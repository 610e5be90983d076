declare module 'oro:fs' {
/** The file system with callbacks, and blocking: `oro:fs`. */
import type { Buffer } from 'oro:buffer';
import constants from 'oro:fs/constants';
import { cp as cpOperation } from 'oro:internal/fs/copy';
import * as dir from 'oro:fs/dir';
import { Dir, Dirent } from 'oro:fs/dir';
import * as entries from 'oro:internal/fs/entries';
import * as fds from 'oro:fs/fds';
import * as files from 'oro:internal/fs/files';
import { FileHandle } from 'oro:fs/handle';
import type { EncodingOptions, PathLike } from 'oro:internal/fs/params';
import promises from 'oro:fs/promises';
import { unwatchFile, watchFile } from 'oro:internal/fs/stat-watcher';
import { BigIntStats, StatFs, Stats } from 'oro:fs/stats';
import { ReadStream, WriteStream } from 'oro:fs/stream';
import type { ReadStreamOptions, WriteStreamOptions } from 'oro:fs/stream';
import { Watcher, watch } from 'oro:fs/watcher';
type StatOptions = entries.StatOptions;
type Done<R> = (error: Error | null, result: R) => void;
export interface StatCallback<T> {
    (target: T, callback: Done<Stats>): void;
    (target: T, options: (StatOptions & {
        bigint?: false;
    }) | undefined, callback: Done<Stats>): void;
    (target: T, options: StatOptions & {
        bigint: true;
    }, callback: Done<BigIntStats>): void;
}
export interface StatSync<T> {
    (target: T, options?: StatOptions & {
        bigint?: false;
        throwIfNoEntry?: true;
    }): Stats;
    (target: T, options: StatOptions & {
        bigint: true;
    }): BigIntStats;
    (target: T, options: StatOptions & {
        throwIfNoEntry: false;
    }): Stats | undefined;
}
export interface StatfsCallback {
    (path: PathLike, callback: Done<StatFs>): void;
    (path: PathLike, options: {
        bigint?: false;
    } | undefined, callback: Done<StatFs>): void;
    (path: PathLike, options: {
        bigint: true;
    }, callback: Done<StatFs<bigint>>): void;
}
export interface StatfsSync {
    (path: PathLike, options?: {
        bigint?: false;
    }): StatFs;
    (path: PathLike, options: {
        bigint: true;
    }): StatFs<bigint>;
}
export interface ReadFileSync {
    (path: PathLike | number, options: string | (files.ReadFileOptions & {
        encoding: string;
    })): string;
    (path: PathLike | number, options?: (files.ReadFileOptions & {
        encoding?: null;
    }) | null): Buffer;
}
export interface ReaddirSync {
    (path: PathLike, options: dir.ReaddirOptions & {
        withFileTypes: true;
    }): Dirent[];
    (path: PathLike, options?: EncodingOptions<dir.ReaddirOptions & {
        withFileTypes?: false;
    }>): string[];
}
export const access: import("oro:internal/fs/operation").CallbackForm<typeof entries.access>;
export const appendFile: import("oro:internal/fs/operation").CallbackForm<typeof files.appendFile>;
export const chmod: import("oro:internal/fs/operation").CallbackForm<typeof entries.chmod>;
export const chown: import("oro:internal/fs/operation").CallbackForm<typeof entries.chown>;
export const close: import("oro:internal/fs/operation").CallbackForm<typeof files.close>;
export const copyFile: import("oro:internal/fs/operation").CallbackForm<typeof entries.copyFile>;
export const cp: import("oro:internal/fs/operation").CallbackForm<typeof cpOperation>;
export const fchmod: import("oro:internal/fs/operation").CallbackForm<typeof files.fchmod>;
export const fchown: import("oro:internal/fs/operation").CallbackForm<typeof files.fchown>;
export const fdatasync: import("oro:internal/fs/operation").CallbackForm<typeof files.fdatasync>;
export const fstat: StatCallback<number>;
export const fsync: import("oro:internal/fs/operation").CallbackForm<typeof files.fsync>;
export const ftruncate: import("oro:internal/fs/operation").CallbackForm<typeof files.ftruncate>;
export const futimes: import("oro:internal/fs/operation").CallbackForm<typeof files.futimes>;
export const lchown: import("oro:internal/fs/operation").CallbackForm<typeof entries.lchown>;
export const link: import("oro:internal/fs/operation").CallbackForm<typeof entries.link>;
export const lstat: StatCallback<PathLike>;
export const lutimes: import("oro:internal/fs/operation").CallbackForm<typeof entries.lutimes>;
export const mkdir: import("oro:internal/fs/operation").CallbackForm<typeof entries.mkdir>;
export const mkdtemp: import("oro:internal/fs/operation").CallbackForm<typeof entries.mkdtemp>;
export const open: import("oro:internal/fs/operation").CallbackForm<typeof files.open>;
export const opendir: import("oro:internal/fs/operation").CallbackForm<typeof dir.opendir>;
export const readFile: import("oro:internal/fs/operation").CallbackForm<typeof files.readFile>;
export const readdir: import("oro:internal/fs/operation").CallbackForm<typeof dir.readdir>;
export const readlink: import("oro:internal/fs/operation").CallbackForm<typeof entries.readlink>;
export const realpath: import("oro:internal/fs/operation").CallbackForm<typeof entries.realpath> & {
    native: import("oro:internal/fs/operation").CallbackForm<typeof entries.realpath>;
};
export const rename: import("oro:internal/fs/operation").CallbackForm<typeof entries.rename>;
export const rm: import("oro:internal/fs/operation").CallbackForm<typeof entries.rm>;
export const rmdir: import("oro:internal/fs/operation").CallbackForm<typeof entries.rmdir>;
export const stat: StatCallback<PathLike>;
export const statfs: StatfsCallback;
export const symlink: import("oro:internal/fs/operation").CallbackForm<typeof entries.symlink>;
export const truncate: import("oro:internal/fs/operation").CallbackForm<typeof entries.truncate>;
export const unlink: import("oro:internal/fs/operation").CallbackForm<typeof entries.unlink>;
export const utimes: import("oro:internal/fs/operation").CallbackForm<typeof entries.utimes>;
export const writeFile: import("oro:internal/fs/operation").CallbackForm<typeof files.writeFile>;
type Rest = any[];
type Many<T> = (error: Error | null, count: number, data: T) => void;
/** Reads from a file; the callback takes the number of bytes and the buffer. */
export const read: (fd: number, ...rest: [...Rest, Many<ArrayBufferView>]) => void;
/** Reads from a file into several buffers. */
export const readv: (fd: number, ...rest: [...Rest, Many<ArrayBufferView[]>]) => void;
/** Writes to a file; the callback takes the number of bytes and what was given. */
export const write: (fd: number, ...rest: [...Rest, Many<ArrayBufferView | string>]) => void;
/** Writes several buffers to a file. */
export const writev: (fd: number, ...rest: [...Rest, Many<ArrayBufferView[]>]) => void;
/** Tells the callback whether a path leads to something. It takes no error. */
export function exists(path: PathLike, callback: (exists: boolean) => void): void;
export const accessSync: import("oro:internal/fs/operation").SyncForm<typeof entries.access>;
export const appendFileSync: import("oro:internal/fs/operation").SyncForm<typeof files.appendFile>;
export const chmodSync: import("oro:internal/fs/operation").SyncForm<typeof entries.chmod>;
export const chownSync: import("oro:internal/fs/operation").SyncForm<typeof entries.chown>;
export const closeSync: import("oro:internal/fs/operation").SyncForm<typeof files.close>;
export const copyFileSync: import("oro:internal/fs/operation").SyncForm<typeof entries.copyFile>;
export const cpSync: import("oro:internal/fs/operation").SyncForm<typeof cpOperation>;
export const existsSync: import("oro:internal/fs/operation").SyncForm<typeof entries.exists>;
export const fchmodSync: import("oro:internal/fs/operation").SyncForm<typeof files.fchmod>;
export const fchownSync: import("oro:internal/fs/operation").SyncForm<typeof files.fchown>;
export const fdatasyncSync: import("oro:internal/fs/operation").SyncForm<typeof files.fdatasync>;
export const fstatSync: StatSync<number>;
export const fsyncSync: import("oro:internal/fs/operation").SyncForm<typeof files.fsync>;
export const ftruncateSync: import("oro:internal/fs/operation").SyncForm<typeof files.ftruncate>;
export const futimesSync: import("oro:internal/fs/operation").SyncForm<typeof files.futimes>;
export const lchownSync: import("oro:internal/fs/operation").SyncForm<typeof entries.lchown>;
export const linkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.link>;
export const lstatSync: StatSync<PathLike>;
export const lutimesSync: import("oro:internal/fs/operation").SyncForm<typeof entries.lutimes>;
export const mkdirSync: import("oro:internal/fs/operation").SyncForm<typeof entries.mkdir>;
export const mkdtempSync: import("oro:internal/fs/operation").SyncForm<typeof entries.mkdtemp>;
export const openSync: import("oro:internal/fs/operation").SyncForm<typeof files.open>;
export const opendirSync: import("oro:internal/fs/operation").SyncForm<typeof dir.opendir>;
export const readFileSync: ReadFileSync;
export const readdirSync: ReaddirSync;
export const readlinkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.readlink>;
export const realpathSync: import("oro:internal/fs/operation").SyncForm<typeof entries.realpath> & {
    native: import("oro:internal/fs/operation").SyncForm<typeof entries.realpath>;
};
export const renameSync: import("oro:internal/fs/operation").SyncForm<typeof entries.rename>;
export const rmSync: import("oro:internal/fs/operation").SyncForm<typeof entries.rm>;
export const rmdirSync: import("oro:internal/fs/operation").SyncForm<typeof entries.rmdir>;
export const statSync: StatSync<PathLike>;
export const statfsSync: StatfsSync;
export const symlinkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.symlink>;
export const truncateSync: import("oro:internal/fs/operation").SyncForm<typeof entries.truncate>;
export const unlinkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.unlink>;
export const utimesSync: import("oro:internal/fs/operation").SyncForm<typeof entries.utimes>;
export const writeFileSync: import("oro:internal/fs/operation").SyncForm<typeof files.writeFile>;
const readvBlocking: import("oro:internal/fs/operation").SyncForm<typeof files.readv>;
const writevBlocking: import("oro:internal/fs/operation").SyncForm<typeof files.writev>;
/** Reads from a file into a buffer; returns how many bytes. */
export const readSync: (fd: number, buffer: ArrayBufferView, offset?: number | files.ReadOptions | null, length?: number | null, position?: files.Position) => number;
/** Reads from a file into several buffers; returns how many bytes. */
export const readvSync: (...args: Parameters<typeof readvBlocking>) => number;
/** Writes bytes or a text to a file; returns how many bytes. */
export const writeSync: (fd: number, data: ArrayBufferView | string, offsetOrPosition?: number | bigint | files.WriteOptions | null, lengthOrEncoding?: number | string | null, position?: files.Position) => number;
/** Writes several buffers to a file; returns how many bytes. */
export const writevSync: (...args: Parameters<typeof writevBlocking>) => number;
type EncodingOr<T> = T | string;
/** A file as a source of data. */
export function createReadStream(path: PathLike, options?: EncodingOr<ReadStreamOptions>): ReadStream;
/** A file as a sink of data. */
export function createWriteStream(path: PathLike, options?: EncodingOr<WriteStreamOptions>): WriteStream;
export const F_OK: number, R_OK: number, W_OK: number, X_OK: number;
export { BigIntStats, Dir, Dirent, FileHandle, ReadStream, StatFs, Stats, Watcher, WriteStream, constants, fds, promises, unwatchFile, watch, watchFile, };
/** The name that Node gives it. */
export { Watcher as FSWatcher };
/** The old name of `Dir`. */
export { Dir as DirectoryHandle };
/**
 * A blob with what a file holds. It is read at once, so that later changes of the file do not show;
 * Node's refuses to be read after them.
 */
export function openAsBlob(path: PathLike, options?: {
    type?: string;
}): Promise<Blob>;
const _default: {
    BigIntStats: typeof BigIntStats;
    Dir: typeof Dir;
    Dirent: typeof Dirent;
    F_OK: number;
    FileHandle: typeof FileHandle;
    R_OK: number;
    ReadStream: typeof ReadStream;
    StatFs: typeof StatFs;
    Stats: typeof Stats;
    W_OK: number;
    Watcher: typeof Watcher;
    WriteStream: typeof WriteStream;
    X_OK: number;
    access: import("oro:internal/fs/operation").CallbackForm<typeof entries.access>;
    accessSync: import("oro:internal/fs/operation").SyncForm<typeof entries.access>;
    appendFile: import("oro:internal/fs/operation").CallbackForm<typeof files.appendFile>;
    appendFileSync: import("oro:internal/fs/operation").SyncForm<typeof files.appendFile>;
    chmod: import("oro:internal/fs/operation").CallbackForm<typeof entries.chmod>;
    chmodSync: import("oro:internal/fs/operation").SyncForm<typeof entries.chmod>;
    chown: import("oro:internal/fs/operation").CallbackForm<typeof entries.chown>;
    chownSync: import("oro:internal/fs/operation").SyncForm<typeof entries.chown>;
    close: import("oro:internal/fs/operation").CallbackForm<typeof files.close>;
    closeSync: import("oro:internal/fs/operation").SyncForm<typeof files.close>;
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
    copyFile: import("oro:internal/fs/operation").CallbackForm<typeof entries.copyFile>;
    copyFileSync: import("oro:internal/fs/operation").SyncForm<typeof entries.copyFile>;
    cp: import("oro:internal/fs/operation").CallbackForm<typeof cpOperation>;
    cpSync: import("oro:internal/fs/operation").SyncForm<typeof cpOperation>;
    createReadStream: typeof createReadStream;
    createWriteStream: typeof createWriteStream;
    exists: typeof exists;
    existsSync: import("oro:internal/fs/operation").SyncForm<typeof entries.exists>;
    fchmod: import("oro:internal/fs/operation").CallbackForm<typeof files.fchmod>;
    fchmodSync: import("oro:internal/fs/operation").SyncForm<typeof files.fchmod>;
    fchown: import("oro:internal/fs/operation").CallbackForm<typeof files.fchown>;
    fchownSync: import("oro:internal/fs/operation").SyncForm<typeof files.fchown>;
    fdatasync: import("oro:internal/fs/operation").CallbackForm<typeof files.fdatasync>;
    fdatasyncSync: import("oro:internal/fs/operation").SyncForm<typeof files.fdatasync>;
    fds: typeof fds;
    fstat: StatCallback<number>;
    fstatSync: StatSync<number>;
    fsync: import("oro:internal/fs/operation").CallbackForm<typeof files.fsync>;
    fsyncSync: import("oro:internal/fs/operation").SyncForm<typeof files.fsync>;
    ftruncate: import("oro:internal/fs/operation").CallbackForm<typeof files.ftruncate>;
    ftruncateSync: import("oro:internal/fs/operation").SyncForm<typeof files.ftruncate>;
    futimes: import("oro:internal/fs/operation").CallbackForm<typeof files.futimes>;
    futimesSync: import("oro:internal/fs/operation").SyncForm<typeof files.futimes>;
    lchown: import("oro:internal/fs/operation").CallbackForm<typeof entries.lchown>;
    lchownSync: import("oro:internal/fs/operation").SyncForm<typeof entries.lchown>;
    link: import("oro:internal/fs/operation").CallbackForm<typeof entries.link>;
    linkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.link>;
    lstat: StatCallback<PathLike>;
    lstatSync: StatSync<PathLike>;
    lutimes: import("oro:internal/fs/operation").CallbackForm<typeof entries.lutimes>;
    lutimesSync: import("oro:internal/fs/operation").SyncForm<typeof entries.lutimes>;
    mkdir: import("oro:internal/fs/operation").CallbackForm<typeof entries.mkdir>;
    mkdirSync: import("oro:internal/fs/operation").SyncForm<typeof entries.mkdir>;
    mkdtemp: import("oro:internal/fs/operation").CallbackForm<typeof entries.mkdtemp>;
    mkdtempSync: import("oro:internal/fs/operation").SyncForm<typeof entries.mkdtemp>;
    open: import("oro:internal/fs/operation").CallbackForm<typeof files.open>;
    openAsBlob: typeof openAsBlob;
    openSync: import("oro:internal/fs/operation").SyncForm<typeof files.open>;
    opendir: import("oro:internal/fs/operation").CallbackForm<typeof dir.opendir>;
    opendirSync: import("oro:internal/fs/operation").SyncForm<typeof dir.opendir>;
    promises: {
        FileHandle: typeof FileHandle;
        access: import("oro:internal/fs/operation").PromiseForm<typeof entries.access>;
        appendFile: typeof import("oro:fs/promises").appendFile;
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
        lstat: import("oro:fs/promises").StatForm;
        lutimes: import("oro:internal/fs/operation").PromiseForm<typeof entries.lutimes>;
        mkdir: import("oro:internal/fs/operation").PromiseForm<typeof entries.mkdir>;
        mkdtemp: import("oro:internal/fs/operation").PromiseForm<typeof entries.mkdtemp>;
        open: typeof import("oro:fs/promises").open;
        opendir: (path: PathLike, options?: EncodingOptions<dir.OpendirOptions>) => Promise<Dir>;
        readFile: typeof import("oro:fs/promises").readFile;
        readdir: {
            (path: PathLike, options: dir.ReaddirOptions & {
                withFileTypes: true;
            }): Promise<Dirent[]>;
            (path: PathLike, options?: EncodingOptions<dir.ReaddirOptions & {
                withFileTypes?: false;
            }>): Promise<string[]>;
        };
        readlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.readlink>;
        realpath: import("oro:internal/fs/operation").PromiseForm<typeof entries.realpath>;
        rename: import("oro:internal/fs/operation").PromiseForm<typeof entries.rename>;
        rm: import("oro:internal/fs/operation").PromiseForm<typeof entries.rm>;
        rmdir: import("oro:internal/fs/operation").PromiseForm<typeof entries.rmdir>;
        stat: import("oro:fs/promises").StatForm;
        statfs: import("oro:fs/promises").StatfsForm;
        symlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.symlink>;
        truncate: import("oro:internal/fs/operation").PromiseForm<typeof entries.truncate>;
        unlink: import("oro:internal/fs/operation").PromiseForm<typeof entries.unlink>;
        utimes: import("oro:internal/fs/operation").PromiseForm<typeof entries.utimes>;
        watch: typeof import("oro:fs/watcher").watchChanges;
        writeFile: typeof import("oro:fs/promises").writeFile;
    };
    read: (fd: number, ...rest: [...Rest, Many<ArrayBufferView>]) => void;
    readFile: import("oro:internal/fs/operation").CallbackForm<typeof files.readFile>;
    readFileSync: ReadFileSync;
    readSync: typeof readSync;
    readdir: import("oro:internal/fs/operation").CallbackForm<typeof dir.readdir>;
    readdirSync: ReaddirSync;
    readlink: import("oro:internal/fs/operation").CallbackForm<typeof entries.readlink>;
    readlinkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.readlink>;
    readv: (fd: number, ...rest: [...Rest, Many<ArrayBufferView[]>]) => void;
    readvSync: typeof readvSync;
    realpath: import("oro:internal/fs/operation").CallbackForm<typeof entries.realpath> & {
        native: import("oro:internal/fs/operation").CallbackForm<typeof entries.realpath>;
    };
    realpathSync: import("oro:internal/fs/operation").SyncForm<typeof entries.realpath> & {
        native: import("oro:internal/fs/operation").SyncForm<typeof entries.realpath>;
    };
    rename: import("oro:internal/fs/operation").CallbackForm<typeof entries.rename>;
    renameSync: import("oro:internal/fs/operation").SyncForm<typeof entries.rename>;
    rm: import("oro:internal/fs/operation").CallbackForm<typeof entries.rm>;
    rmSync: import("oro:internal/fs/operation").SyncForm<typeof entries.rm>;
    rmdir: import("oro:internal/fs/operation").CallbackForm<typeof entries.rmdir>;
    rmdirSync: import("oro:internal/fs/operation").SyncForm<typeof entries.rmdir>;
    stat: StatCallback<PathLike>;
    statSync: StatSync<PathLike>;
    statfs: StatfsCallback;
    statfsSync: StatfsSync;
    symlink: import("oro:internal/fs/operation").CallbackForm<typeof entries.symlink>;
    symlinkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.symlink>;
    truncate: import("oro:internal/fs/operation").CallbackForm<typeof entries.truncate>;
    truncateSync: import("oro:internal/fs/operation").SyncForm<typeof entries.truncate>;
    unlink: import("oro:internal/fs/operation").CallbackForm<typeof entries.unlink>;
    unlinkSync: import("oro:internal/fs/operation").SyncForm<typeof entries.unlink>;
    unwatchFile: typeof unwatchFile;
    utimes: import("oro:internal/fs/operation").CallbackForm<typeof entries.utimes>;
    utimesSync: import("oro:internal/fs/operation").SyncForm<typeof entries.utimes>;
    watch: typeof watch;
    watchFile: typeof watchFile;
    write: (fd: number, ...rest: [...Rest, Many<ArrayBufferView | string>]) => void;
    writeFile: import("oro:internal/fs/operation").CallbackForm<typeof files.writeFile>;
    writeFileSync: import("oro:internal/fs/operation").SyncForm<typeof files.writeFile>;
    writeSync: typeof writeSync;
    writev: (fd: number, ...rest: [...Rest, Many<ArrayBufferView[]>]) => void;
    writevSync: typeof writevSync;
};
export default _default;
}

declare module 'oro:fs/dir' {
/** Directories and their entries: `oro:fs/dir`. */
import type { Routes } from 'oro:internal/generated/routes';
import { type Operation } from 'oro:internal/fs/operation';
import { type Encoding, type EncodingOptions, type PathLike } from 'oro:internal/fs/params';
type FsEntry = Routes['fs.readdir']['result'][number];
/** An entry of a directory. */
export class Dirent {
    readonly name: string;
    /** The directory that holds it. */
    readonly parentPath: string;
    /** Its kind: one of `constants.UV_DIRENT_*`. */
    readonly type: number;
    /** Its size in bytes, if the directory was opened with `stats`. */
    readonly size?: number;
    /** When it was changed, in milliseconds, if the directory was opened with `stats`. */
    readonly mtimeMs?: number;
    /** Its mode, if the directory was opened with `stats`. */
    readonly mode?: number;
    /**
     * The code of what went wrong with it, such as `EACCES`, in a recursive walk or with `stats`: a
     * walk passes over what it may not read. An extension of Oro.
     */
    readonly error?: string;
    constructor(name: string, type: number, parentPath: string, more?: Partial<FsEntry>);
    /** The old name of `parentPath`. */
    get path(): string;
    isBlockDevice(): boolean;
    isCharacterDevice(): boolean;
    isDirectory(): boolean;
    isFIFO(): boolean;
    isFile(): boolean;
    isSocket(): boolean;
    isSymbolicLink(): boolean;
}
/** Options of `opendir`. */
export interface OpendirOptions {
    /** How many entries one call brings; 1,024 by default. */
    bufferSize?: number;
    /** The entries of all directories below too. */
    recursive?: boolean;
    /** Entries with size, time of change and mode. An extension of Oro. */
    stats?: boolean;
    signal?: AbortSignal | null | undefined;
}
/** Options of `readdir`. */
export interface ReaddirOptions {
    /** Entries instead of names. */
    withFileTypes?: boolean;
    recursive?: boolean;
    /** With `withFileTypes`: entries with size, time of change and mode. An extension of Oro. */
    stats?: boolean;
    signal?: AbortSignal | null | undefined;
}
/** An open directory, which is read entry by entry. */
export class Dir {
    #private;
    readonly path: string;
    constructor(id: string, path: string, bufferSize: number, encoding?: Encoding | null);
    /** The next entry; null at the end. */
    read(): Promise<Dirent | null>;
    read(callback: (error: Error | null, entry: Dirent | null) => void): void;
    /** The next entry, blocking; null at the end. */
    readSync(): Dirent | null;
    /** All entries that one call brings; none at the end. An extension of Oro. */
    readMany(): Promise<Dirent[]>;
    /** Closes the directory. */
    close(): Promise<void>;
    close(callback: (error: Error | null) => void): void;
    closeSync(): void;
    /** All entries; the directory is closed after them. */
    entries(): AsyncGenerator<Dirent, void, void>;
    [Symbol.asyncIterator](): AsyncGenerator<Dirent, void, void>;
    [Symbol.asyncDispose](): Promise<void>;
}
/** Opens a directory. */
export function opendir(path: PathLike, options?: EncodingOptions<OpendirOptions>): Operation<Dir>;
/** The names of the entries of a directory, or the entries. */
export function readdir(path: PathLike, options?: EncodingOptions<ReaddirOptions>): Operation<any[]>;
export default Dir;
}

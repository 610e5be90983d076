declare module 'oro:fs/web' {
/**
 * Files and directories of the disk as the File System standard of the web has them:
 * `oro:fs/web`.
 */
import { createFile } from 'oro:internal/fs/file';
import { type PathLike } from 'oro:internal/fs/params';
import { type WriteChunk } from 'oro:internal/fs/swap';
/** Options of `queryPermission` and `requestPermission`. */
export interface PermissionDescriptor {
    mode?: 'read' | 'readwrite';
}
/** Options of `getFileHandle` and `getDirectoryHandle`. */
export interface GetOptions {
    /** Makes the entry if it is not there. */
    create?: boolean;
}
/** Options of `createWritable`. */
export interface CreateWritableOptions {
    /** Begins with what the file holds, not with an empty one. */
    keepExistingData?: boolean;
}
/** A file or a directory. */
export abstract class FileSystemHandle {
    abstract readonly kind: 'file' | 'directory';
    protected constructor(key: symbol, path: string);
    get name(): string;
    /** Whether both stand for the same entry. */
    isSameEntry(other: FileSystemHandle): Promise<boolean>;
    /** Whether this program may read the entry, or write it too. */
    queryPermission({ mode }?: PermissionDescriptor): Promise<PermissionState>;
    /** As `queryPermission`: what may be reached is decided by the application and its user before. */
    requestPermission(descriptor?: PermissionDescriptor): Promise<PermissionState>;
}
/** A file. */
export class FileSystemFileHandle extends FileSystemHandle {
    readonly kind = "file";
    /** The file as it is now. */
    getFile(): Promise<File>;
    /** A stream whose bytes take the place of the file's when it is closed. */
    createWritable(options?: CreateWritableOptions): Promise<FileSystemWritableFileStream>;
}
/** A directory. */
export class FileSystemDirectoryHandle extends FileSystemHandle {
    #private;
    readonly kind = "directory";
    /** A file of the directory. */
    getFileHandle(name: string, options?: GetOptions): Promise<FileSystemFileHandle>;
    /** A directory in the directory. */
    getDirectoryHandle(name: string, options?: GetOptions): Promise<FileSystemDirectoryHandle>;
    /** Removes an entry of the directory. */
    removeEntry(name: string, { recursive }?: {
        recursive?: boolean | undefined;
    }): Promise<void>;
    /** The names that lead from here to an entry; null if none do. */
    resolve(possibleDescendant: FileSystemHandle): Promise<string[] | null>;
    /** The files and directories in it. What is neither, or leads nowhere, is passed over. */
    values(): AsyncGenerator<FileSystemFileHandle | FileSystemDirectoryHandle, void, void>;
    keys(): AsyncGenerator<string, void, void>;
    entries(): AsyncGenerator<[
        string,
        FileSystemFileHandle | FileSystemDirectoryHandle
    ], void, void>;
    [Symbol.asyncIterator](): ReturnType<FileSystemDirectoryHandle['entries']>;
}
/** A file that is written beside the one whose place it takes when it is closed. */
export class FileSystemWritableFileStream extends WritableStream<WriteChunk> {
    /** Writes at the cursor, or does what the chunk says. */
    write(chunk: WriteChunk): Promise<void>;
    /** Moves the cursor. */
    seek(position: number): Promise<void>;
    /** Makes the file as long as `size`. */
    truncate(size: number): Promise<void>;
}
/** A handle of a file that is there. */
export function createFileSystemFileHandle(path: PathLike): Promise<FileSystemFileHandle>;
/** A handle of a directory that is there. */
export function createFileSystemDirectoryHandle(path: PathLike): Promise<FileSystemDirectoryHandle>;
/** What the `createWritable` of a file is. */
export function createFileSystemWritableFileStream(handle: FileSystemFileHandle, { keepExistingData }?: CreateWritableOptions): Promise<FileSystemWritableFileStream>;
const File: {
    new (fileBits: BlobPart[], fileName: string, options?: FilePropertyBag): File;
    prototype: File;
};
export { File, createFile };
const _default: {
    FileSystemDirectoryHandle: typeof FileSystemDirectoryHandle;
    FileSystemFileHandle: typeof FileSystemFileHandle;
    FileSystemHandle: typeof FileSystemHandle;
    FileSystemWritableFileStream: typeof FileSystemWritableFileStream;
    File: {
        new (fileBits: BlobPart[], fileName: string, options?: FilePropertyBag): File;
        prototype: File;
    };
    createFile: typeof createFile;
    createFileSystemDirectoryHandle: typeof createFileSystemDirectoryHandle;
    createFileSystemFileHandle: typeof createFileSystemFileHandle;
    createFileSystemWritableFileStream: typeof createFileSystemWritableFileStream;
};
export default _default;
}

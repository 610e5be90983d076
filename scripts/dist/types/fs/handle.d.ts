declare module 'oro:fs/handle' {
/** Open files as objects: `oro:fs/handle`. */
import { EventEmitter } from 'oro:events';
import * as files from 'oro:internal/fs/files';
import type { StatOptions } from 'oro:internal/fs/entries';
import type { Data, EncodingOptions, Mode, PathLike, TimeLike } from 'oro:internal/fs/params';
import type { BigIntStats, Stats } from 'oro:fs/stats';
import { ReadStream, WriteStream, type ReadStreamOptions, type WriteStreamOptions } from 'oro:fs/stream';
import type { Buffer } from 'oro:buffer';
/** Options of `readLines`, and the encoding of `readableWebStream`. */
export interface LinesOptions extends ReadStreamOptions {
}
/** An open file. */
export class FileHandle extends EventEmitter {
    #private;
    constructor(fd: number);
    /** Opens a file. */
    static open(path: PathLike, flags?: string | number, mode?: Mode): Promise<FileHandle>;
    /** The number of the file; -1 once it is closed. */
    get fd(): number;
    appendFile(data: Data, options?: EncodingOptions<files.WriteFileOptions>): Promise<void>;
    /** Sets the permissions of the file. */
    chmod(mode: Mode): Promise<void>;
    /** Sets the owner of the file. */
    chown(uid: number, gid: number): Promise<void>;
    /** Closes the file. A second call waits for the first. */
    close(): Promise<void>;
    createReadStream(options?: ReadStreamOptions): ReadStream;
    createWriteStream(options?: WriteStreamOptions): WriteStream;
    /** Waits until the bytes that were written are on the disk. */
    datasync(): Promise<void>;
    /** Reads into a buffer. */
    read<T extends ArrayBufferView = Buffer>(buffer?: T | files.ReadOptions | null, offset?: number | files.ReadOptions | null, length?: number | null, position?: files.Position): Promise<{
        bytesRead: number;
        buffer: T;
    }>;
    /** Reads the rest of the file. */
    readFile(options?: null | {
        encoding?: null;
        signal?: AbortSignal | null;
    }): Promise<Buffer>;
    readFile(options: string | {
        encoding: string;
        signal?: AbortSignal | null;
    }): Promise<string>;
    /** The lines of the file, without their ends. */
    readLines(options?: LinesOptions): AsyncGenerator<string, void, void>;
    /** Reads into several buffers, one after the other. */
    readv<T extends readonly ArrayBufferView[]>(buffers: T, position?: files.Position): Promise<{
        bytesRead: number;
        buffers: T;
    }>;
    /** The file as a stream of the web. */
    readableWebStream(): ReadableStream<Uint8Array>;
    stat(options?: StatOptions & {
        bigint?: false;
    }): Promise<Stats>;
    stat(options: StatOptions & {
        bigint: true;
    }): Promise<BigIntStats>;
    /** Waits until what was written is on the disk. */
    sync(): Promise<void>;
    truncate(length?: number | null): Promise<void>;
    /** Sets when the file was read and changed. */
    utimes(atime: TimeLike, mtime: TimeLike): Promise<void>;
    /** Writes bytes or a text. */
    write<T extends ArrayBufferView | string>(data: T, offsetOrPosition?: number | bigint | files.WriteOptions | null, lengthOrEncoding?: number | string | null, position?: files.Position): Promise<{
        bytesWritten: number;
        buffer: T;
    }>;
    /** Writes data from where the file stands. */
    writeFile(data: Data, options?: EncodingOptions<files.WriteFileOptions>): Promise<void>;
    /** Writes several buffers, one after the other. */
    writev<T extends readonly ArrayBufferView[]>(buffers: T, position?: files.Position): Promise<{
        bytesWritten: number;
        buffers: T;
    }>;
    [Symbol.asyncDispose](): Promise<void>;
}
export default FileHandle;
}

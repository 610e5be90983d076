declare module 'oro:fs/stream' {
/** Files as streams: `oro:fs/stream`. */
import { Readable, Writable } from 'oro:stream';
import { type Data, type Encoding, type Mode, type PathLike } from 'oro:internal/fs/params';
import type { FileHandle } from 'oro:fs/handle';
/** Options that both directions share. */
interface StreamOptions {
    flags?: string | number;
    encoding?: Encoding | null;
    /** A file that is open already. */
    fd?: number | FileHandle | null;
    mode?: Mode;
    /** Closes the file when the stream ends; the default. */
    autoClose?: boolean;
    emitClose?: boolean;
    /** The first byte; where the file stands by default. */
    start?: number;
    /** How many bytes wait in the stream before its source is stopped. */
    highWaterMark?: number;
    signal?: AbortSignal | null | undefined;
}
/** Options of `createReadStream`. */
export interface ReadStreamOptions extends StreamOptions {
    /** The last byte, which is read too. */
    end?: number;
}
/** Options of `createWriteStream`. */
export interface WriteStreamOptions extends StreamOptions {
    /** Waits until the bytes are on the disk before it closes. */
    flush?: boolean;
}
type Done = (error?: Error | null) => void;
/** A file as a source of data. */
export class ReadStream extends Readable {
    #private;
    readonly path: PathLike | null | undefined;
    readonly flags: string | number;
    readonly start: number | undefined;
    readonly end: number;
    bytesRead: number;
    constructor(path: PathLike | null | undefined, options?: ReadStreamOptions);
    /** The number of the open file. */
    get fd(): number | null;
    /** Whether the file is not open yet. */
    get pending(): boolean;
    /** Ends the stream and closes the file. */
    close(callback?: Done): void;
}
/** A file as a sink of data. */
export class WriteStream extends Writable {
    #private;
    readonly path: PathLike | null | undefined;
    readonly flags: string | number;
    readonly start: number | undefined;
    bytesWritten: number;
    constructor(path: PathLike | null | undefined, options?: WriteStreamOptions);
    /** The number of the open file. */
    get fd(): number | null;
    /** Whether the file is not open yet. */
    get pending(): boolean;
    /** Writes data; false asks to wait for `drain`. */
    write(data: Data, encoding?: Encoding | Done | null, callback?: Done): boolean;
    /** Writes the last data, and closes the file when everything is written. */
    end(data?: Data | Done, encoding?: Encoding | Done | null, callback?: Done): this;
    /** Ends the stream, writes what is left and closes the file. */
    close(callback?: Done): void;
}
/** The old names of the streams of files. */
export { ReadStream as FileReadStream, WriteStream as FileWriteStream };
const _default: {
    ReadStream: typeof ReadStream;
    WriteStream: typeof WriteStream;
};
export default _default;
}

declare module 'oro:internal/fs/files' {
/** Operations on the contents of files. */
import { Buffer } from 'oro:buffer';
import { type Operation } from 'oro:internal/fs/operation';
import { type Data, type EncodingOptions, type Mode, type PathLike, type TimeLike } from 'oro:internal/fs/params';
import { Stats } from 'oro:fs/stats';
import type { StatOptions } from 'oro:internal/fs/entries';
/** The most bytes that one call carries. */
export const TRANSFER_SIZE_MAX: number;
/** Where in a file to read or write. */
export type Position = number | bigint | null;
/** Options of `read`. */
export interface ReadOptions {
    buffer?: ArrayBufferView;
    /** Where in the buffer the bytes go. */
    offset?: number | null;
    length?: number | null;
    /** Where in the file they come from; null is where the file stands. */
    position?: Position;
}
/** Options of `write`. */
export interface WriteOptions {
    offset?: number | null;
    length?: number | null;
    position?: Position;
}
/** Options of `readFile`. */
export interface ReadFileOptions {
    flag?: string | number;
    signal?: AbortSignal | null | undefined;
}
/** Options of `writeFile` and `appendFile`. */
export interface WriteFileOptions {
    mode?: Mode;
    flag?: string | number;
    /** Waits until the bytes are on the disk. */
    flush?: boolean;
    signal?: AbortSignal | null | undefined;
}
/** Opens a file and returns its number. */
export function open(path: PathLike, flags?: string | number | null, mode?: Mode | null): Operation<number>;
/** Closes a file. */
export function close(fd: number): Operation<void>;
/** Reads into a buffer; fewer bytes than asked for is no error, none at all is the end. */
export function read<T extends ArrayBufferView = Buffer>(fd: number, target?: T | ReadOptions | null, offsetOrOptions?: number | ReadOptions | null, length?: number | null, position?: Position): Operation<{
    bytesRead: number;
    buffer: T;
}>;
/** Writes bytes or a text; returns how many bytes were written. */
export function write<T extends ArrayBufferView | string = ArrayBufferView>(fd: number, data: T, offsetOrPosition?: number | bigint | WriteOptions | null, lengthOrEncoding?: number | string | null, position?: Position): Operation<{
    bytesWritten: number;
    buffer: T;
}>;
/** Writes all bytes from where the file stands. */
export function writeAll(fd: number, bytes: Uint8Array): Operation<void>;
/** Reads into several buffers, one after the other. */
export function readv<T extends readonly ArrayBufferView[]>(fd: number, buffers: T, position?: Position): Operation<{
    bytesRead: number;
    buffers: T;
}>;
/** Writes several buffers, one after the other. */
export function writev<T extends readonly ArrayBufferView[]>(fd: number, buffers: T, position?: Position): Operation<{
    bytesWritten: number;
    buffers: T;
}>;
/** What the file system knows of an open file. */
export function fstat(fd: number, options?: StatOptions | null): Operation<Stats>;
/** Waits until what was written is on the disk. */
export function fsync(fd: number): Operation<void>;
/** Waits until the bytes that were written are on the disk. */
export function fdatasync(fd: number): Operation<void>;
/** Sets the permissions of an open file. */
export function fchmod(fd: number, mode: Mode): Operation<void>;
/** Sets the owner of an open file. */
export function fchown(fd: number, uid: number, gid: number): Operation<void>;
/** Sets when an open file was read and changed. */
export function futimes(fd: number, atime: TimeLike, mtime: TimeLike): Operation<void>;
/** Makes an open file as long as `length`. */
export function ftruncate(fd: number, length?: number | null): Operation<void>;
/** Reads a whole file; text if there is an encoding. */
export function readFile(path: PathLike | number, options?: EncodingOptions<ReadFileOptions>): Operation<Buffer | string>;
/** Writes a whole file, in place of what it held. */
export function writeFile(path: PathLike | number, data: Data, options?: EncodingOptions<WriteFileOptions>): Operation<void>;
/** Writes at the end of a file. */
export function appendFile(path: PathLike | number, data: Data, options?: EncodingOptions<WriteFileOptions>): Operation<void>;
}

declare module 'oro:internal/fs/params' {
/** Arguments of file system functions, checked and brought into one form. */
import { Buffer } from 'oro:buffer';
/** What names a file. */
export type PathLike = string | Uint8Array | URL;
/** A mode in digits or as a number: `'755'`, `0o755`. */
export type Mode = number | string;
/** A point in time: seconds, their text, or a date. */
export type TimeLike = number | string | Date;
/** What can be written to a file at once. */
export type Data = string | ArrayBufferView | ArrayBuffer;
/** The name of a text encoding; `buffer` for none. */
export type Encoding = string;
/** Options that may be the name of an encoding alone. */
export type EncodingOptions<T = object> = (T & {
    encoding?: Encoding | null;
}) | Encoding | null;
/** The text of a path. */
export function toPath(path: PathLike, name?: string): string;
/** The number of a mode. */
export function toMode(mode: Mode | null | undefined, otherwise: number, name?: string): number;
/** A whole number within limits. */
export function toInteger(value: unknown, name: string, min?: number, max?: number): number;
/** A user and a group; -1 keeps what is. */
export function toOwner(uid: number, gid: number): {
    uid: number;
    gid: number;
};
/** Seconds since 1970. */
export function toSeconds(time: TimeLike, name: string): number;
/** Where in a file; undefined is where the file stands. */
export function toPosition(position: number | bigint | null | undefined): number | string | undefined;
/** Options, of which the encoding may be given alone. */
export function toOptions<T extends object>(options: EncodingOptions<T> | undefined): T & {
    encoding?: Encoding | null;
};
/** The bytes of data. */
export function toBytes(data: Data, encoding?: Encoding | null, name?: string): Uint8Array;
/** Bytes as a buffer, or as text if there is an encoding. */
export function decode(bytes: Uint8Array, encoding?: Encoding | null): Buffer | string;
/** The text of a path, as a buffer if the caller wants that. */
export function decodePath(path: string, encoding?: Encoding | null): string;
}

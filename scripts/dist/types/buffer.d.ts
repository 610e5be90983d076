declare module 'oro:buffer' {
/** Buffers, blobs and base64: `oro:buffer`. */
import { Buffer as NpmBuffer } from 'oro:internal/packages/buffer';
/** Bytes with Node's methods to read, write and convert them; a `Uint8Array`. */
export const Buffer: typeof NpmBuffer;
export type Buffer = NpmBuffer;
/** The old name for buffers that are not pooled. */
export const SlowBuffer: (size: number) => NpmBuffer;
/** How many bytes of a buffer are shown when it is printed. */
export const INSPECT_MAX_BYTES: number;
/** The greatest length of a buffer. */
export const kMaxLength: number;
/** Limits of buffers and strings. */
export const constants: Readonly<{
    MAX_LENGTH: number;
    MAX_STRING_LENGTH: 536870888;
}>;
export const Blob: {
    new (blobParts?: BlobPart[], options?: BlobPropertyBag): Blob;
    prototype: Blob;
};
export const File: {
    new (fileBits: BlobPart[], fileName: string, options?: FilePropertyBag): File;
    prototype: File;
};
/** Decodes base64 into a string of bytes. */
export function atob(data: string): string;
/** Encodes a string of bytes as base64. */
export function btoa(data: string): string;
/** Whether bytes are well-formed UTF-8. */
export function isUtf8(input: ArrayBufferView | ArrayBuffer): boolean;
/** Whether all bytes are ASCII. */
export function isAscii(input: ArrayBufferView | ArrayBuffer): boolean;
/** The same bytes as a buffer, without copying. */
export function toBuffer(input: ArrayBufferView | ArrayBuffer): Buffer;
const _default: {
    Blob: {
        new (blobParts?: BlobPart[], options?: BlobPropertyBag): Blob;
        prototype: Blob;
    };
    Buffer: typeof NpmBuffer;
    File: {
        new (fileBits: BlobPart[], fileName: string, options?: FilePropertyBag): File;
        prototype: File;
    };
    INSPECT_MAX_BYTES: number;
    SlowBuffer: (size: number) => NpmBuffer;
    atob: typeof atob;
    btoa: typeof btoa;
    constants: Readonly<{
        MAX_LENGTH: number;
        MAX_STRING_LENGTH: 536870888;
    }>;
    isAscii: typeof isAscii;
    isUtf8: typeof isUtf8;
    kMaxLength: number;
};
export default _default;
}

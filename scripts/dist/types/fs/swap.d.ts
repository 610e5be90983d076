declare module 'oro:internal/fs/swap' {
/** A file that is written apart, and takes the place of another when it is done. */
type Content = BufferSource | Blob | string;
/** What a writable stream takes: content, or what is to be done. */
export type WriteChunk = Content | {
    type: 'write';
    data?: Content | null;
    position?: number | null;
} | {
    type: 'seek';
    position?: number | null;
} | {
    type: 'truncate';
    size?: number | null;
};
export class SwapFile {
    #private;
    private constructor();
    /** Begins, empty or with what the other file holds. */
    static open(path: string, keep: boolean): Promise<SwapFile>;
    /** Does what a chunk says. */
    write(chunk: WriteChunk): Promise<void>;
    /** Takes the other's place. */
    commit(): Promise<void>;
    /** Leaves the other as it is. */
    discard(): Promise<void>;
}
export {};
}

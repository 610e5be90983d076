declare module 'oro:stream' {
/** Streams with backpressure: `oro:stream`. */
import { EventEmitter } from 'oro:events';
type Done = (error?: Error | null) => void;
/** What all streams have. */
export interface Stream extends EventEmitter {
    readonly destroyed: boolean;
    readonly destroying: boolean;
    destroy(error?: Error | null): void;
}
/** A source of data. */
export interface Readable extends Stream, AsyncIterable<any> {
    readonly readable: boolean;
    read(): any;
    push(data: any): boolean;
    unshift(data: any): void;
    pause(): this;
    resume(): this;
    setEncoding(encoding: string): this;
    pipe<T extends Writable>(destination: T, done?: Done): T;
}
/** A sink of data. */
export interface Writable extends Stream {
    readonly writable: boolean;
    write(data: any): boolean;
    end(data?: any): this;
}
/** A source and a sink. */
export interface Duplex extends Readable, Writable {
}
/** What makes a stream. */
export interface StreamOptions {
    highWaterMark?: number;
    byteLength?: (data: any) => number;
    map?: (data: any) => any;
    signal?: AbortSignal;
    open?: (done: Done) => void;
    destroy?: (done: Done) => void;
    predestroy?: () => void;
    read?: (done: Done) => void;
    write?: (data: any, done: Done) => void;
    writev?: (batch: any[], done: Done) => void;
    final?: (done: Done) => void;
    transform?: (data: any, done: (error?: Error | null, data?: any) => void) => void;
    flush?: (done: Done) => void;
}
interface StreamConstructor<T> {
    new (options?: StreamOptions & ThisType<T>): T;
    readonly prototype: T;
}
/** Makes sources. */
export interface ReadableConstructor extends StreamConstructor<Readable> {
    from(source: Iterable<any> | AsyncIterable<any>, options?: StreamOptions): Readable;
    isBackpressured(stream: Readable): boolean;
}
/** Makes sinks. */
export interface WritableConstructor extends StreamConstructor<Writable> {
    isBackpressured(stream: Writable): boolean;
    drained(stream: Writable): Promise<boolean>;
}
export const Stream: StreamConstructor<Stream>;
export const Readable: ReadableConstructor;
export const Writable: WritableConstructor;
export const Duplex: StreamConstructor<Duplex>;
export const Transform: StreamConstructor<Duplex>;
export const PassThrough: StreamConstructor<Duplex>;
/** Joins streams, and destroys them all when one fails. */
export const pipeline: (...streamsAndDone: any[]) => Stream;
/** `pipeline` that resolves when everything went through. */
export const pipelinePromise: (...streams: any[]) => Promise<void>;
export const isStream: (value: unknown) => value is Stream;
/** What a stream failed with. */
export const getStreamError: (stream: Stream) => Error | null;
/** Calls back when a stream is done, or has failed. */
export function finished(stream: Stream, callback: Done): () => void;
/** `pipeline` and `finished` as promises. */
export const promises: Readonly<{
    pipeline: (...streams: any[]) => Promise<void>;
    finished: (stream: Stream) => Promise<void>;
}>;
const _default: StreamConstructor<Stream> & {
    Duplex: StreamConstructor<Duplex>;
    PassThrough: StreamConstructor<Duplex>;
    Readable: ReadableConstructor;
    Stream: StreamConstructor<Stream>;
    Transform: StreamConstructor<Duplex>;
    Writable: WritableConstructor;
    finished: typeof finished;
    getStreamError: (stream: Stream) => Error | null;
    isStream: (value: unknown) => value is Stream;
    pipeline: (...streamsAndDone: any[]) => Stream;
    pipelinePromise: (...streams: any[]) => Promise<void>;
    promises: Readonly<{
        pipeline: (...streams: any[]) => Promise<void>;
        finished: (stream: Stream) => Promise<void>;
    }>;
};
export default _default;
}

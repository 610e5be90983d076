declare module 'oro:internal/ipc/transport' {
/**
 * The way from JavaScript to native code; the only file that knows what a call looks like.
 *
 * A call takes the direct bridge where this document has one. Else it takes the script-message
 * channel when it is all JSON and this document has a session, and the `ipc:` scheme otherwise:
 * for bytes and streams, and in workers.
 *
 * What is called is a route by its name with parameters, or an address that has both in itself:
 * `ipc://fs.stat?path=%2Ftmp&seq=R1`.
 */
import type { Envelope } from 'oro:internal/preload/message';
import { type Routes, type Topics } from 'oro:internal/generated/routes';
/** Bytes that can be the body of a call. */
export type Body = ArrayBuffer | ArrayBufferView | string;
/** How a call travels. */
export type Transport = 'auto' | 'direct' | 'message' | 'scheme';
/** What a call may be given besides its parameters. */
export interface CallOptions {
    /** Ends the call, and cancels the native work. */
    signal?: AbortSignal | null | undefined;
    /** Raw bytes for the route. */
    body?: Body | null | undefined;
    /** How to travel; the transport chooses by itself. */
    transport?: Transport;
    /** Where a binary result goes if it has exactly this length, which saves a new array. */
    into?: Uint8Array | null | undefined;
    /** How long to wait for the answer, in milliseconds; forever by default. */
    timeout?: number | undefined;
}
/** The parameters and the result of any call. */
export type Params = Readonly<Record<string, unknown>>;
/** An answer as it came over the wire. */
export interface Answer {
    /** The result: JSON data, or bytes. */
    data: unknown;
    source: string;
    token: string | null;
    id: string;
    headers: Headers | null;
}
/**
 * Calls a route.
 *
 * @returns the route's result; a `Uint8Array` where the route gives bytes
 * @throws {OroError} what the route failed with
 * @throws {AbortError} if `signal` ended it
 * @throws {TimeoutError} if it was not answered in `timeout`
 */
export function call<K extends keyof Routes>(name: K, params?: Routes[K]['params'], options?: CallOptions): Promise<Routes[K]['result']>;
/**
 * Calls a route and blocks this thread until it is answered.
 *
 * @throws {OroError} what the route failed with
 */
export function callSync<K extends keyof Routes>(name: K, params?: Routes[K]['params'], options?: {
    body?: Body | null | undefined;
}): Routes[K]['result'];
/** The bytes of a stream, to be read by a reader or in a loop. */
export type Chunks = ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;
/**
 * Calls a route whose result is a stream; the bytes arrive as native code writes them. Cancelling
 * the stream, leaving the loop that reads it, or aborting `signal`, stops the writer.
 */
export function callStream<K extends keyof Routes>(name: K, params?: Routes[K]['params'], options?: CallOptions): Promise<Chunks>;
/**
 * Listens to a topic.
 *
 * @returns a function that ends the listening
 */
export function on<K extends keyof Topics>(name: K, listener: (detail: Topics[K]) => void): () => void;
/** Calls a route by any name and gives the whole answer. */
export function exchange(name: string, params: Params | undefined, options: CallOptions): Promise<Answer>;
/** Calls a route by any name, blocks, and gives the whole answer. */
export function exchangeSync(name: string, params: Params | undefined, { body }: {
    body?: Body | null | undefined;
}): Answer;
/** Sends over the script-message channel; null where this document has none, or none yet. */
export function postMessage(name: string, params: Params | undefined, options: CallOptions): Promise<Envelope | null>;
}

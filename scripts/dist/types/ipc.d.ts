declare module 'oro:ipc' {
/**
 * Calls to native code: `oro:ipc`.
 *
 * `call`, `callSync`, `callStream` and `on` are typed by the runtime's own routes and topics. The
 * functions beside them take any name and answer with a `Result` instead of throwing.
 */
import { call, callStream, callSync, on, type Body } from 'oro:internal/ipc/transport';
import { Headers, IPCSearchParams, Message, PROTOCOL, Result, maybeMakeError, parseSeq, type ParamsInit } from 'oro:internal/ipc/message';
import type { Routes } from 'oro:internal/generated/routes';
export { call, callStream, callSync, on };
export type { Body, CallOptions, Chunks, Params, Transport } from 'oro:internal/ipc/transport';
export { Headers, IPCSearchParams, Message, PROTOCOL, Result, maybeMakeError, parseSeq };
export type { Routes, Topics } from 'oro:internal/generated/routes';
/** The status of a call that succeeded. */
export const OK = 0;
/** The status of a call that failed. */
export const ERROR = 1;
/** How long `send`, `request` and `write` wait for an answer, in milliseconds. */
export const TIMEOUT = 32000;
/** The key under which debug output is switched on. */
export const kDebugEnabled: unique symbol;
/** What `send`, `request` and `write` may be given. */
export interface RequestOptions {
    signal?: AbortSignal | null;
    /** How long to wait, in milliseconds; `TIMEOUT` by default, forever with 0. */
    timeout?: number;
    /** Bytes that go with the call. */
    bytes?: Body | null;
}
/**
 * Calls a route by any name, or by an address such as `ipc://fs.stat?path=%2Ftmp&seq=R1`, and waits
 * for its outcome. Never throws.
 */
export function request<T = unknown>(command: string, params?: ParamsInit, options?: RequestOptions): Promise<Result<T>>;
/** Calls a route by any name. The same as `request`. */
export const send: typeof request;
/** Calls a route by any name with bytes as its body. Never throws. */
export function write<T = unknown>(command: string, params: ParamsInit, buffer: Body, options?: RequestOptions): Promise<Result<T>>;
/** Calls a route by any name and blocks this thread until it is answered. Never throws. */
export function sendSync<T = unknown>(command: string, params?: ParamsInit, options?: {
    bytes?: Body | null;
}): Result<T>;
/** Sends a call that is an address; resolves to the text of its answer. */
export function postMessage(message: string | URL | Message): Promise<string>;
/** Options of `emit`. */
export interface EmitOptions {
    bubbles?: boolean;
    cancelable?: boolean;
}
/** Dispatches an event with `value` as its detail; a text that is JSON is parsed first. */
export function emit(name: string, value?: unknown, target?: EventTarget, options?: EmitOptions): boolean;
/** Ends a call that another part of the page waits for under its sequence. */
export function resolve(seq: string | number, value?: unknown): boolean;
/** Runs a function once the document is interactive; at once where there is no document. */
export function ready(callback: () => void): void;
/** Facts about the process and its host. They are asked for when they are first read. */
export const primordials: import("oro:internal/generated/routes").Primordials;
/** A route by its path: `binding.fs.stat({ path })`. */
export type Binding = {
    (params?: ParamsInit, options?: RequestOptions): Promise<Result>;
} & {
    readonly [name: string]: Binding;
};
/** Makes an object whose members are the routes of a domain: `createBinding('fs').stat({...})`. */
export function createBinding(domain?: string, context?: {
    default?: 'request' | 'send';
}): Binding;
/** Collects what a message can hand over instead of copying. */
export function findMessageTransfers(transfers: Transferable[], object: unknown, seen?: Set<unknown>): Transferable[];
interface Debug {
    /** Switches debug output on or off, and tells whether it is on. */
    (enable?: boolean): boolean;
    readonly enabled: boolean;
    log(...values: unknown[]): void;
}
/** Debug output of calls. */
export const debug: Debug;
/** The names of all routes. */
export type RouteName = keyof Routes;
const _default: {
    ERROR: number;
    Headers: typeof Headers;
    IPCSearchParams: typeof IPCSearchParams;
    Message: typeof Message;
    OK: number;
    PROTOCOL: string;
    Result: typeof Result;
    TIMEOUT: number;
    call: typeof call;
    callStream: typeof callStream;
    callSync: typeof callSync;
    createBinding: typeof createBinding;
    debug: Debug;
    emit: typeof emit;
    findMessageTransfers: typeof findMessageTransfers;
    kDebugEnabled: symbol;
    maybeMakeError: typeof maybeMakeError;
    on: typeof on;
    parseSeq: typeof parseSeq;
    postMessage: typeof postMessage;
    primordials: import("oro:internal/generated/routes").Primordials;
    ready: typeof ready;
    request: typeof request;
    resolve: typeof resolve;
    send: typeof request;
    sendSync: typeof sendSync;
    write: typeof write;
};
export default _default;
}

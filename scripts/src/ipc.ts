/**
 * Calls to native code: `oro:ipc`.
 *
 * `call`, `callSync`, `callStream` and `on` are typed by the runtime's own routes and topics. The
 * functions beside them take any name and answer with a `Result` instead of throwing.
 */

import {
  call,
  callStream,
  callSync,
  exchange,
  exchangeSync,
  on,
  type Answer,
  type Body,
  type CallOptions,
  type Params,
} from './ipc/transport.js';
import {
  Headers,
  IPCSearchParams,
  Message,
  PROTOCOL,
  Result,
  maybeMakeError,
  parseSeq,
  type ParamsInit,
} from './ipc/message.js';
import { args } from './internal/runtime.js';
import type { Routes } from './generated/routes.js';

export { call, callStream, callSync, on };
export type { Body, CallOptions, Chunks, Params, Transport } from './ipc/transport.js';
export { Headers, IPCSearchParams, Message, PROTOCOL, Result, maybeMakeError, parseSeq };
export type { Routes, Topics } from './generated/routes.js';

/** The status of a call that succeeded. */
export const OK = 0;
/** The status of a call that failed. */
export const ERROR = 1;
/** How long `send`, `request` and `write` wait for an answer, in milliseconds. */
export const TIMEOUT = 32000;
/** The key under which debug output is switched on. */
export const kDebugEnabled: unique symbol = Symbol.for('oro.ipc.debug.enabled') as never;

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
export async function request<T = unknown>(
  command: string,
  params?: ParamsInit,
  options: RequestOptions = {},
): Promise<Result<T>> {
  const { signal, timeout = TIMEOUT, bytes } = options;
  return outcome<T>(command, params, { signal, timeout, body: bytes });
}

/** Calls a route by any name. The same as `request`. */
export const send = request;

/** Calls a route by any name with bytes as its body. Never throws. */
export function write<T = unknown>(
  command: string,
  params: ParamsInit,
  buffer: Body,
  options: RequestOptions = {},
): Promise<Result<T>> {
  return request<T>(command, params, { ...options, bytes: buffer });
}

/** Calls a route by any name and blocks this thread until it is answered. Never throws. */
export function sendSync<T = unknown>(
  command: string,
  params?: ParamsInit,
  options: { bytes?: Body | null } = {},
): Result<T> {
  debug.log('sendSync', command, params);
  try {
    const [name, rest] = called(command, params);
    return resulting<T>(exchangeSync(name, rest, { body: options.bytes }));
  } catch (error) {
    return Result.from<T>(error, null, command);
  }
}

/** Sends a call that is an address; resolves to the text of its answer. */
export async function postMessage(message: string | URL | Message): Promise<string> {
  return JSON.stringify(await request(String(Message.from(message))));
}

/** Options of `emit`. */
export interface EmitOptions {
  bubbles?: boolean;
  cancelable?: boolean;
}

/** Dispatches an event with `value` as its detail; a text that is JSON is parsed first. */
export function emit(
  name: string,
  value?: unknown,
  target: EventTarget = globalThis,
  options: EmitOptions = {},
): boolean {
  return target.dispatchEvent(new CustomEvent(name, { ...options, detail: decoded(value) }));
}

/** Ends a call that another part of the page waits for under its sequence. */
export function resolve(seq: string | number, value?: unknown): boolean {
  return emit(`resolve-${args().index ?? 0}-${String(seq)}`, value);
}

/** Runs a function once the document is interactive; at once where there is no document. */
export function ready(callback: () => void): void {
  const { document } = globalThis as { document?: Document };
  if (document?.readyState !== 'loading') queueMicrotask(callback);
  else document.addEventListener('DOMContentLoaded', () => callback(), { once: true });
}

/** Facts about the process and its host. They are asked for when they are first read. */
export const primordials = lazily(() => callSync('platform.primordials'));

/** A route by its path: `binding.fs.stat({ path })`. */
export type Binding = {
  (params?: ParamsInit, options?: RequestOptions): Promise<Result>;
} & { readonly [name: string]: Binding };

/** Makes an object whose members are the routes of a domain: `createBinding('fs').stat({...})`. */
export function createBinding(
  domain = '',
  context: { default?: 'request' | 'send' } = {},
): Binding {
  const children = new Map<string, Binding>();
  const invoke = (params?: ParamsInit, options?: RequestOptions): Promise<Result> =>
    request(domain, params, options);
  return new Proxy(invoke as unknown as Binding, {
    get(_target, key) {
      // A promise would be taken for a thenable.
      if (typeof key !== 'string' || key === 'then') return undefined;
      const name = domain ? `${domain}.${key}` : key;
      const child = children.get(name) ?? createBinding(name, context);
      children.set(name, child);
      return child;
    },
  });
}

/** Collects what a message can hand over instead of copying. */
export function findMessageTransfers(
  transfers: Transferable[],
  object: unknown,
  seen: Set<unknown> = new Set(),
): Transferable[] {
  if (typeof object !== 'object' || object === null || seen.has(object)) return transfers;
  seen.add(object);
  if (ArrayBuffer.isView(object)) {
    if (object.buffer instanceof ArrayBuffer) findMessageTransfers(transfers, object.buffer, seen);
  } else if (object instanceof ArrayBuffer || isTransferable(object)) {
    if (!transfers.includes(object)) transfers.push(object);
  } else {
    for (const value of Object.values(object)) findMessageTransfers(transfers, value, seen);
  }
  return transfers;
}

interface Debug {
  /** Switches debug output on or off, and tells whether it is on. */
  (enable?: boolean): boolean;
  readonly enabled: boolean;
  log(...values: unknown[]): void;
}

/** Debug output of calls. */
export const debug: Debug = Object.defineProperties(
  (enable?: boolean): boolean => {
    if (enable !== undefined) debugEnabled = enable;
    return debugEnabled;
  },
  {
    enabled: { get: () => debugEnabled },
    log: {
      value: (...values: unknown[]) => {
        if (debugEnabled) console.debug('ipc', ...values);
      },
    },
  },
) as unknown as Debug;
let debugEnabled = false;

async function outcome<T>(
  command: string,
  params: ParamsInit,
  options: CallOptions,
): Promise<Result<T>> {
  debug.log('request', command, params);
  try {
    const [name, rest] = called(command, params);
    return resulting<T>(await exchange(name, rest, options));
  } catch (error) {
    return Result.from<T>(error, null, command);
  }
}

/** What is called: a name with parameters, or an address that has them in itself. */
function called(command: string, params: ParamsInit): [string, Params] {
  if (!Message.isValidInput(command)) return [command, plain(params)];
  return [String(Message.from(command, params)), {}];
}

function resulting<T>({ id, data, source, token, headers }: Answer): Result<T> {
  return new Result<T>(id, null, data as T, source, token, headers);
}

/** Parameters as an object; a plain object keeps the types of its values. */
function plain(params: ParamsInit): Params {
  if (params === null || params === undefined) return {};
  if (typeof params === 'string') {
    return /[=&]/.test(params)
      ? Object.fromEntries(new URLSearchParams(params))
      : { value: params };
  }
  if (typeof (params as Iterable<unknown>)[Symbol.iterator] === 'function') {
    return Object.fromEntries(params as Iterable<readonly [string, string]>);
  }
  return params as Params;
}

function decoded(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function isTransferable(object: object): object is Transferable {
  const names = [
    'MessagePort',
    'ReadableStream',
    'WritableStream',
    'TransformStream',
    'ImageBitmap',
  ];
  return names.some((name) => {
    const type = (globalThis as Record<string, unknown>)[name];
    return typeof type === 'function' && object instanceof type;
  });
}

function lazily<T extends object>(load: () => T): T {
  let value: T | undefined;
  const target = (): T => (value ??= Object.freeze(load()));
  return new Proxy({} as T, {
    get: (_empty, key) => Reflect.get(target(), key),
    has: (_empty, key) => Reflect.has(target(), key),
    ownKeys: () => Reflect.ownKeys(target()),
    getOwnPropertyDescriptor: (_empty, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target(), key);
      return descriptor && { ...descriptor, configurable: true };
    },
    set: () => {
      throw new TypeError('primordials cannot be changed');
    },
  });
}

/** The names of all routes. */
export type RouteName = keyof Routes;

export default {
  ERROR,
  Headers,
  IPCSearchParams,
  Message,
  OK,
  PROTOCOL,
  Result,
  TIMEOUT,
  call,
  callStream,
  callSync,
  createBinding,
  debug,
  emit,
  findMessageTransfers,
  kDebugEnabled,
  maybeMakeError,
  on,
  parseSeq,
  postMessage,
  primordials,
  ready,
  request,
  resolve,
  send,
  sendSync,
  write,
};

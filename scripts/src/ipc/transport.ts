/**
 * The way from JavaScript to native code; the only file that knows what a call looks like.
 *
 * A call takes the direct bridge where this document has one. Else it takes the script-message
 * channel when it is all JSON and this document has a session, and the `ipc:` scheme otherwise:
 * for bytes and streams, in workers, and where it can be cancelled.
 */

import { AbortError, OroError, TimeoutError, type ErrorData } from '../errors.js';
import type { Direct, DirectError } from '../preload/direct.js';
import { binaryRoutes, type Routes, type Topics } from '../generated/routes.js';
import { args, windowIndex } from '../internal/runtime.js';

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

interface Envelope {
  source?: string;
  token?: string | null;
  id?: string;
  data?: unknown;
  err?: ErrorData;
}

/** The channel that the preload script keeps the secret of. */
type Post = (uri: string, json: string, must: boolean) => Promise<string | null> | null;

const POST = Symbol.for('oro.post');
const DIRECT = Symbol.for('oro.direct');
const HEAR = Symbol.for('oro.hear');
const QUERY_LENGTH_MAX = 2048;
let sequence = 0;

/**
 * Calls a route.
 *
 * @returns the route's result; a `Uint8Array` where the route gives bytes
 * @throws {OroError} what the route failed with
 * @throws {AbortError} if `signal` ended it
 * @throws {TimeoutError} if it was not answered in `timeout`
 */
export function call<K extends keyof Routes>(
  name: K,
  params?: Routes[K]['params'],
  options: CallOptions = {},
): Promise<Routes[K]['result']> {
  const direct = options.timeout === undefined ? usableNow(name, options) : null;
  if (direct) {
    return dial(direct, name, params as Params | undefined, options) as Promise<
      Routes[K]['result']
    >;
  }
  return exchange(name, params as Params | undefined, options).then(
    ({ data }) => data as Routes[K]['result'],
  );
}

/**
 * Calls a route and blocks this thread until it is answered.
 *
 * @throws {OroError} what the route failed with
 */
export function callSync<K extends keyof Routes>(
  name: K,
  params?: Routes[K]['params'],
  options: { body?: Body | null | undefined } = {},
): Routes[K]['result'] {
  return exchangeSync(name, params as Params | undefined, options).data as Routes[K]['result'];
}

/**
 * Calls a route whose result is a stream; the bytes arrive as native code writes them. Cancelling
 * the stream, or aborting `signal`, stops the writer.
 */
export async function callStream<K extends keyof Routes>(
  name: K,
  params?: Routes[K]['params'],
  options: CallOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const { signal } = options;
  if (signal?.aborted) throw failure(signal, null);
  try {
    const direct = await usable(name, options);
    if (direct) {
      const { data } = await directly(direct, name, params as Params | undefined, options);
      if (data instanceof ReadableStream)
        return abortable(data as ReadableStream<Uint8Array>, signal);
      return new Response(data instanceof Uint8Array ? (data as BodyInit) : JSON.stringify(data))
        .body as ReadableStream<Uint8Array>;
    }
    const response = await fetchRoute(name, params as Params | undefined, options);
    if (isJson(response.headers.get('content-type')) || !response.ok) {
      const { data } = open(parse(await response.text(), name), name, response.headers);
      return new Response(JSON.stringify(data)).body as ReadableStream<Uint8Array>;
    }
    const body = response.body ?? new Response(new Uint8Array()).body;
    return abortable(body as ReadableStream<Uint8Array>, signal);
  } catch (error) {
    throw failure(signal, error, name);
  }
}

/** WebKit ends the stream of an aborted request with a `TypeError`. */
function abortable(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | null | undefined,
): ReadableStream<Uint8Array> {
  if (!signal) return body;
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        throw failure(signal, error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/**
 * Listens to a topic.
 *
 * @returns a function that ends the listening
 */
export function on<K extends keyof Topics>(
  name: K,
  listener: (detail: Topics[K]) => void,
): () => void {
  const receive = (event: Event): void => listener((event as CustomEvent<Topics[K]>).detail);
  globalThis.addEventListener(name, receive);
  // Native code speaks to pages only; a worker gets the events of its page that it asks for.
  (globalThis as { [HEAR]?: (name: string) => void })[HEAR]?.(name);
  return () => globalThis.removeEventListener(name, receive);
}

/** Calls a route by any name and gives the whole answer. */
export async function exchange(
  name: string,
  params: Params | undefined,
  options: CallOptions,
): Promise<Answer> {
  const limited = limit(options);
  if (limited.signal?.aborted) throw failure(limited.signal, null);
  try {
    const direct = await usable(name, limited);
    if (direct) return await directly(direct, name, params, limited);
    if (takesMessage(name, limited)) {
      const text = await postMessage(name, params, limited.transport === 'message');
      if (text !== null) return open(parse(text, name), name, null);
    }
    const response = await fetchRoute(name, params, limited);
    if (isJson(response.headers.get('content-type'))) {
      return open(parse(await response.text(), name), name, response.headers);
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    const fits = limited.into?.length === bytes.length;
    if (fits) limited.into?.set(bytes);
    const data = fits ? (limited.into as Uint8Array) : bytes;
    return rawAnswer(name, response.status, data, response.headers);
  } catch (error) {
    throw failure(limited.signal, error, name);
  }
}

/** Calls a route by any name, blocks, and gives the whole answer. */
export function exchangeSync(
  name: string,
  params: Params | undefined,
  { body }: { body?: Body | null | undefined },
): Answer {
  const direct = usableNow(name, {});
  if (direct?.callSync) {
    try {
      const json = hasOwn(params) ? encode(params) : '';
      const options = { body: body == null ? null : bytesOf(body) };
      return plainAnswer(name, direct.callSync(name, json, options));
    } catch (error) {
      throw directFailure(error, name);
    }
  }
  const request = compose(name, params, body, true);
  if (request.body !== undefined && !isPrepared()) {
    const session = new XMLHttpRequest();
    session.open('GET', SESSION, false);
    session.send();
    request.headers[MARKER] = markOf(parse(session.responseText, name));
  }
  const xhr = new XMLHttpRequest();
  xhr.open(request.method, request.url, false);
  for (const [key, value] of Object.entries(request.headers)) xhr.setRequestHeader(key, value);
  const binary = binaryRoutes.has(name);
  if (binary) xhr.responseType = 'arraybuffer';
  try {
    xhr.send((request.body as XMLHttpRequestBodyInit | undefined) ?? null);
  } catch (error) {
    throw failure(undefined, error, name);
  }
  const text = (): string =>
    binary ? new TextDecoder().decode(xhr.response as ArrayBuffer) : xhr.responseText;
  const type = xhr.getResponseHeader('content-type');
  if (isJson(type)) return open(parse(text(), name), name, null);
  const bytes = binary
    ? new Uint8Array(xhr.response as ArrayBuffer)
    : new TextEncoder().encode(xhr.responseText);
  return rawAnswer(name, xhr.status, bytes, null);
}

/** How calls of this document travel, unless a call says otherwise. */
function chosen({ transport = 'auto' }: CallOptions): Transport {
  if (transport !== 'auto') return transport;
  return (args().config?.['ipc_transport'] as Transport | undefined) ?? 'auto';
}

function directOf(options: CallOptions): Direct | null {
  const transport = chosen(options);
  if (transport !== 'auto' && transport !== 'direct') return null;
  return (globalThis as { [DIRECT]?: Direct | null })[DIRECT] ?? null;
}

/** The direct bridge, if this document has one that is open and knows the route. */
function usableNow(name: string, options: CallOptions): Direct | null {
  const direct = directOf(options);
  return direct?.open && direct.has(name) ? direct : null;
}

/** As `usableNow`, once it is known whether the bridge opens. */
async function usable(name: string, options: CallOptions): Promise<Direct | null> {
  const direct = directOf(options);
  if (direct?.awaited) await direct.opened;
  if (direct?.open && direct.has(name)) return direct;
  if (options.transport !== 'direct') return null;
  throw new OroError('There is no direct bridge', { name: 'NotFoundError' });
}

async function directly(
  direct: Direct,
  name: string,
  params: Params | undefined,
  options: CallOptions,
): Promise<Answer> {
  return plainAnswer(name, await dial(direct, name, params, options));
}

/** Calls over the direct bridge. */
function dial(
  direct: Direct,
  name: string,
  params: Params | undefined,
  { body, into, signal }: CallOptions,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const json = hasOwn(params) ? encode(params) : '';
    const bytes = body == null ? null : bytesOf(body);
    direct.call(
      name,
      json,
      { body: bytes, into, signal },
      {
        resolve,
        reject: (error) => reject(failure(signal, directFailure(error, name), name)),
      },
    );
  });
}

function directFailure(error: unknown, name: string): unknown {
  const data = (error as DirectError | undefined)?.data as ErrorData | undefined;
  return data ? OroError.from(data, name) : error;
}

function plainAnswer(name: string, data: unknown): Answer {
  return { data, source: name, token: null, id: '0', headers: null };
}

function bytesOf(body: Body): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  return ArrayBuffer.isView(body)
    ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    : new Uint8Array(body);
}

/** Sends over the script-message channel; null where this document has none, or none yet. */
export async function postMessage(
  name: string,
  params: Params | undefined,
  must = false,
): Promise<string | null> {
  const post = (globalThis as { [POST]?: Post })[POST];
  const uri = address(name, '');
  const json = hasOwn(params) ? encode(params) : '';
  try {
    const reply = post?.(uri, json, must);
    const text = reply ? await reply : null;
    if (text !== null) return text;
  } catch (error) {
    // The channel refuses only what it has not run, so the scheme may still be asked.
    if (must) throw error;
  }
  if (must)
    throw new OroError('There is no script-message channel', {
      name: 'NotFoundError',
    });
  return null;
}

function takesMessage(name: string, options: CallOptions): boolean {
  const { transport, signal, body } = options;
  if (chosen(options) === 'scheme' || body != null) return false;
  return transport === 'message' || (!signal && !binaryRoutes.has(name));
}

/** Where the preload does not run, as in shared workers, bodies are marked here. */
const MARKER = 'Runtime-Body';
const SESSION = 'ipc://internal.session';
let session: Promise<unknown> | undefined;

function isPrepared(): boolean {
  return Boolean((globalThis as { isOroRuntime?: true }).isOroRuntime);
}

function markOf(session: unknown): string {
  return (session as { data?: { mark?: string } }).data?.mark ?? '';
}

async function fetchRoute(
  name: string,
  params: Params | undefined,
  { body, signal }: CallOptions,
): Promise<Response> {
  const request = compose(name, params, body, false);
  if (request.body !== undefined && !isPrepared()) {
    session ??= fetch(SESSION).then((response) => response.json());
    request.headers[MARKER] = markOf(await session);
  }
  return fetch(request.url, {
    method: request.method,
    headers: request.headers,
    ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
    ...(signal ? { signal } : {}),
  });
}

interface Composed {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: Body;
}

/** Parameters go into the address if they fit and are plain, else into a JSON body. */
function compose(
  name: string,
  params: Params | undefined,
  body: Body | null | undefined,
  sync: boolean,
): Composed {
  const query = hasOwn(params) ? encodeQuery(params, body != null) : '';
  const extra = sync ? '&__sync__=true' : '';
  if (body != null) {
    if (query === null) throw new OroError(`'${name}' takes plain parameters beside its body`);
    const headers = { 'content-type': 'application/octet-stream' };
    return { method: 'POST', url: address(name, query) + extra, headers, body };
  }
  if (query !== null && query.length <= QUERY_LENGTH_MAX) {
    return { method: 'GET', url: address(name, query) + extra, headers: {} };
  }
  return {
    method: 'POST',
    url: address(name, '') + extra,
    headers: { 'content-type': 'application/json' },
    body: encode(params ?? {}),
  };
}

function address(name: string, query: string): string {
  sequence += 1;
  return `ipc://${name}?${query ? `${query}&` : ''}index=${windowIndex()}&seq=R${sequence}`;
}

/** `key=value` pairs; null if a value is not plain. */
function encodeQuery(params: Params, allowEmpty: boolean): string | null {
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined || value === null) continue;
    if (typeof value === 'object' || typeof value === 'function') return null;
    // An empty value cannot be told from a missing one in an address.
    if (value === '' && !allowEmpty) return null;
    pairs.push(`${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  }
  return pairs.join('&');
}

function encode(params: Params): string {
  try {
    return JSON.stringify(params);
  } catch {
    // Most likely an id of 64 bits, which travels as a text; a replacer is slow.
    return JSON.stringify(params, (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
  }
}

function hasOwn(params: Params | undefined): params is Params {
  if (params) for (const key in params) if (params[key] !== undefined) return true;
  return false;
}

function isJson(type: string | null): boolean {
  return type !== null && /^application\/json\b/i.test(type);
}

function parse(text: string, name: string): Envelope {
  try {
    return JSON.parse(text) as Envelope;
  } catch (cause) {
    throw new OroError(`'${name}' was not answered with an envelope`, {
      cause,
    });
  }
}

function open(envelope: Envelope, name: string, headers: Headers | null): Answer {
  if (envelope.err !== undefined && envelope.err !== null) throw OroError.from(envelope.err, name);
  return {
    data: envelope.data,
    source: envelope.source ?? name,
    token: envelope.token ?? null,
    id: envelope.id ?? '0',
    headers,
  };
}

function rawAnswer(
  name: string,
  status: number,
  data: Uint8Array,
  headers: Headers | null,
): Answer {
  if (status >= 400) throw new OroError(`'${name}' failed with status ${status}`);
  return { data, source: name, token: null, id: '0', headers };
}

/** Folds the time limit into the signal. */
function limit(options: CallOptions): CallOptions {
  const { timeout, signal } = options;
  if (timeout === undefined || !(timeout > 0) || timeout === Infinity) return options;
  const timer = AbortSignal.timeout(timeout);
  return {
    ...options,
    signal: signal ? AbortSignal.any([signal, timer]) : timer,
  };
}

function failure(signal: AbortSignal | null | undefined, error: unknown, name?: string): unknown {
  if (signal?.aborted) {
    const reason = signal.reason as { name?: string } | undefined;
    return reason?.name === 'TimeoutError' ? new TimeoutError() : AbortError.of(signal);
  }
  if (error instanceof OroError || !(error instanceof Error)) return error;
  const cannot = error.name === 'TypeError' || error.name === 'NetworkError';
  if (!cannot) return error;
  return new OroError(`'${name}' could not be sent: ${error.message}`, {
    name: 'NetworkError',
    cause: error,
  });
}

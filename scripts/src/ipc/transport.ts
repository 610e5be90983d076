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

import { AbortError, OroError, TimeoutError, type ErrorData } from '../errors.js';
import { NAME, giveUpWith, nextName } from '../preload/cancel.js';
import type { Direct, DirectError } from '../preload/direct.js';
import type { Envelope } from '../preload/message.js';
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

/** The channel that the preload script keeps the secret of. */
type Post = (
  uri: string,
  json: string,
  must: boolean,
  signal: AbortSignal | null | undefined,
) => Promise<Envelope | null> | null;

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

/** The bytes of a stream, to be read by a reader or in a loop. */
export type Chunks = ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;

/**
 * Calls a route whose result is a stream; the bytes arrive as native code writes them. Cancelling
 * the stream, leaving the loop that reads it, or aborting `signal`, stops the writer.
 */
export async function callStream<K extends keyof Routes>(
  name: K,
  params?: Routes[K]['params'],
  options: CallOptions = {},
): Promise<Chunks> {
  const { signal } = options;
  if (signal?.aborted) throw failure(signal, null);
  try {
    if (!isKnown(options)) options = await known(options);
    const direct = usable(name, options);
    if (direct) {
      const { data } = await directly(direct, name, params as Params | undefined, options);
      return iterable(data instanceof ReadableStream ? abortable(data, signal) : whole(data));
    }
    const response = await streamed(name, params as Params | undefined, options);
    if (isJson(response.headers.get('content-type')) || !response.ok) {
      const { data } = open(parse(await response.text(), name), name, response.headers);
      return iterable(whole(data));
    }
    return iterable(response.body ? abortable(response.body, signal) : whole(new Uint8Array()));
  } catch (error) {
    throw failure(signal, error, name);
  }
}

/** A stream of what is all there. */
function whole(data: unknown): ReadableStream<Uint8Array> {
  const body = data instanceof Uint8Array ? (data as BodyInit) : JSON.stringify(data);
  return new Response(body).body as ReadableStream<Uint8Array>;
}

/** Lets loops read a stream where the WebView does not. */
function iterable(stream: ReadableStream<Uint8Array>): Chunks {
  if (!(Symbol.asyncIterator in stream)) {
    const value = (): AsyncGenerator<Uint8Array, void, void> => chunks(stream);
    Object.defineProperty(stream, Symbol.asyncIterator, { value });
  }
  return stream as Chunks;
}

async function* chunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    // The loop was left before the end.
    if (!ended) await reader.cancel();
    reader.releaseLock();
  }
}

/** The answer as it comes: by the scheme, whichever way it was asked for. */
async function streamed(
  name: string,
  params: Params | undefined,
  options: CallOptions,
): Promise<Response> {
  if (takesMessage(name, options)) {
    const envelope = await postMessage(name, params, options);
    if (envelope !== null) {
      const { data } = open(envelope, name, null);
      if (envelope.queuedResponse) return fetchQueued(envelope.queuedResponse, options);
      return new Response(JSON.stringify({ data }), { headers: { 'content-type': JSON_TYPE } });
    }
  }
  return fetchRoute(name, params, options);
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
  let limited = limit(options);
  if (limited.signal?.aborted) throw failure(limited.signal, null);
  try {
    if (!isKnown(limited)) limited = await known(limited);
    const direct = usable(name, limited);
    if (direct) return await directly(direct, name, params, limited);
    if (takesMessage(name, limited)) {
      const envelope = await postMessage(name, params, limited);
      if (envelope !== null) {
        const answer = open(envelope, name, null);
        if (!envelope.queuedResponse) return answer;
        const response = await fetchQueued(envelope.queuedResponse, limited);
        return { ...answer, data: await bytesFrom(response, limited.into) };
      }
    }
    const response = await fetchRoute(name, params, limited);
    if (isJson(response.headers.get('content-type'))) {
      return open(parse(await response.text(), name), name, response.headers);
    }
    const data = await bytesFrom(response, limited.into);
    return rawAnswer(name, response.status, data, response.headers);
  } catch (error) {
    throw failure(limited.signal, error, name);
  }
}

async function bytesFrom(
  response: Response,
  into: Uint8Array | null | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (into?.length !== bytes.length) return bytes;
  into.set(bytes);
  return into;
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
  const binary = isBinary(name);
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

/** Whether it is known which way calls take. */
function isKnown(options: CallOptions): boolean {
  return !directOf(options)?.awaited;
}

/** Waits until it is known. The body is sent as it was when the call was made. */
async function known(options: CallOptions): Promise<CallOptions> {
  const { body } = options;
  const kept = body == null ? options : { ...options, body: bytesOf(body).slice() };
  await directOf(options)?.opened;
  return kept;
}

/** As `usableNow`; a call that asks for the bridge alone fails without it. */
function usable(name: string, options: CallOptions): Direct | null {
  const direct = usableNow(name, options);
  if (direct) return direct;
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

/** An answer without an envelope: what that repeats is what was called. */
function plainAnswer(name: string, data: unknown, headers: Headers | null = null): Answer {
  const query = isAddress(name) ? new URLSearchParams(name.slice(name.indexOf('?') + 1)) : null;
  const [id, token] = [query?.get('seq') || '0', query?.get('token') || null];
  return { data, source: routeOf(name), token, id, headers };
}

function isAddress(name: string): boolean {
  return name.startsWith('ipc:');
}

/** The name of the route that is called. */
function routeOf(name: string): string {
  return isAddress(name) ? (/^ipc:\/*([^/?#]*)/.exec(name)?.[1] ?? '') : name;
}

function isBinary(name: string): boolean {
  return binaryRoutes.has(routeOf(name));
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
  options: CallOptions,
): Promise<Envelope | null> {
  const post = (globalThis as { [POST]?: Post })[POST];
  const must = options.transport === 'message';
  const json = hasOwn(params) ? encode(params) : '';
  const envelope = await post?.(address(name, ''), json, must, options.signal);
  if (envelope) return envelope;
  if (must)
    throw new OroError('There is no script-message channel', {
      name: 'NotFoundError',
    });
  // The channel refuses only what it has not run, so the scheme may still be asked.
  return null;
}

/** Bytes take a second request there, so that they go by the scheme at once. */
function takesMessage(name: string, options: CallOptions): boolean {
  const way = chosen(options);
  if (way === 'scheme' || options.body != null) return false;
  return way === 'message' || !isBinary(name);
}

/** Fetches the bytes of an answer that has its envelope already. */
function fetchQueued(id: string, { signal }: CallOptions): Promise<Response> {
  return fetch(`ipc://queuedResponse?id=${id}`, signal ? { signal } : {});
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
  let unwatch: (() => void) | undefined;
  if (request.body !== undefined && !isPrepared()) {
    session ??= fetch(SESSION).then((response) => response.json());
    request.headers[MARKER] = markOf(await session);
  }
  if (signal && !isPrepared()) {
    request.headers[NAME] = nextName();
    unwatch = giveUpWith(signal, request.headers[NAME]);
  }
  try {
    return await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
      ...(signal ? { signal } : {}),
    });
  } finally {
    unwatch?.();
  }
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
  const extra = sync ? `${name.includes('?') || !isAddress(name) ? '&' : '?'}__sync__=true` : '';
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
  if (isAddress(name)) return name;
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

const JSON_TYPE = 'application/json';

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
    source: envelope.source ?? routeOf(name),
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
  return plainAnswer(name, data, headers);
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

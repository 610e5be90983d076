/** Calls and answers as objects, for code that handles them by hand. */

import { OroError, type ErrorData } from '../errors.js';
import { windowIndex } from '../internal/runtime.js';

/** The scheme of calls. */
export const PROTOCOL = 'ipc:';

/** What parameters may be made of. */
export type ParamsInit =
  | string
  | URLSearchParams
  | Readonly<Record<string, unknown>>
  | Iterable<readonly [string, string]>
  | null
  | undefined;

/** The parameters of a call, with the window's index among them. */
export class IPCSearchParams extends URLSearchParams {
  constructor(params?: ParamsInit, nonce?: string | null) {
    super(searchParams(params));
    if (!this.has('index')) this.set('index', String(windowIndex()));
    if (nonce) this.set('nonce', nonce);
  }

  /** The parameters as a query; a space is `%20`, which native code reads on every platform. */
  override toString(): string {
    return super.toString().replace(/\+/g, '%20');
  }
}

/** The address of a call: `ipc://fs.stat?path=%2Ftmp&index=0&seq=R1`. */
export class Message {
  static readonly PROTOCOL = PROTOCOL;

  /** The name of the route. */
  readonly command: string;
  /** The parameters. */
  readonly searchParams: IPCSearchParams;
  /** Bytes that go with the call. */
  readonly bytes: Uint8Array | null;

  constructor(input: string | URL | Message, bytes: Uint8Array | null = null) {
    const text = String(input);
    if (!Message.isValidInput(text)) throw new TypeError(`Invalid URL: '${text}'`);
    const rest = text.slice(PROTOCOL.length).replace(/^\/+/, '');
    const cut = rest.indexOf('?');
    this.command = (cut < 0 ? rest : rest.slice(0, cut)).replace(/\/+$/, '');
    this.searchParams = new IPCSearchParams(cut < 0 ? '' : rest.slice(cut + 1));
    this.bytes = bytes ?? (input instanceof Message ? input.bytes : null);
  }

  /** Makes a message of an address, a message, or a route's name with its parameters. */
  static from(
    input: string | URL | Message,
    params?: ParamsInit,
    bytes: Uint8Array | null = null,
  ): Message {
    const text = String(input);
    const message = new Message(Message.isValidInput(text) ? text : `${PROTOCOL}//${text}`, bytes);
    for (const [key, value] of searchParams(params)) message.searchParams.set(key, value);
    return message;
  }

  /** Whether an address is one of a call. */
  static isValidInput(input: unknown): boolean {
    return String(input).startsWith(PROTOCOL);
  }

  get protocol(): string {
    return PROTOCOL;
  }

  get name(): string {
    return this.command;
  }

  /** The sequence of the call. */
  get id(): string {
    return this.searchParams.get('seq') ?? '';
  }

  get seq(): string {
    return this.id;
  }

  /** The index of the window. */
  get index(): number {
    return Number(this.searchParams.get('index') ?? -1);
  }

  /** The parameter `value`, which many routes take. */
  get value(): string | null {
    return this.searchParams.get('value');
  }

  /** All parameters as an object. */
  get params(): Record<string, string> {
    return Object.fromEntries(this.searchParams);
  }

  get(key: string): string | undefined {
    return this.searchParams.get(key) ?? undefined;
  }

  has(key: string): boolean {
    return this.searchParams.has(key);
  }

  set(key: string, value: unknown): void {
    this.searchParams.set(key, String(value));
  }

  delete(key: string): boolean {
    const had = this.has(key);
    this.searchParams.delete(key);
    return had;
  }

  entries(): IterableIterator<[string, string]> {
    return this.searchParams.entries();
  }

  keys(): IterableIterator<string> {
    return this.searchParams.keys();
  }

  get href(): string {
    return this.toString();
  }

  toString(): string {
    return `${PROTOCOL}//${this.command}?${this.searchParams.toString()}`;
  }

  toJSON(): { protocol: string; command: string; params: Record<string, string> } {
    return { protocol: PROTOCOL, command: this.command, params: this.params };
  }
}

/** Headers of an answer; also made of the text form of HTTP. */
export class Headers extends globalThis.Headers {
  /** Makes headers of lines, an object, pairs, or another set of headers. */
  static from(input: unknown): Headers {
    const source = (input as { headers?: unknown } | null | undefined)?.headers ?? input;
    if (typeof source === 'string') {
      const headers = new Headers();
      for (const line of source.split(/\r?\n/)) {
        const at = line.indexOf(':');
        if (at > 0) headers.append(line.slice(0, at).trim(), line.slice(at + 1).trim());
      }
      return headers;
    }
    return new Headers((source as HeadersInit | null | undefined) ?? undefined);
  }

  get length(): number {
    return [...this.keys()].length;
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this);
  }
}

/** The outcome of a call: `{ err, data, headers }`, which also unpacks as `[err, data]`. */
export class Result<T = unknown> {
  id: string;
  source: string | null;
  token: string | null;
  err: Error | null;
  data: T | null;
  headers: Headers;

  constructor(
    id: string | null,
    err: Error | null,
    data: T | null,
    source?: string | null,
    token?: string | null,
    headers?: unknown,
  ) {
    this.id = id ?? '0';
    this.err = err ?? null;
    this.data = data ?? null;
    this.source = source ?? null;
    this.token = token ?? null;
    this.headers = Headers.from(headers);
  }

  /** Makes a result of an envelope, an error, or plain data. */
  static from<T = unknown>(
    result: unknown,
    error?: unknown,
    source?: string | null,
    headers?: unknown,
  ): Result<T> {
    if (result instanceof Result) {
      if (error) result.err = maybeMakeError(error) as Error;
      if (source) result.source = source;
      return result as Result<T>;
    }
    if (result instanceof Error) return new Result<T>(null, result, null, source, null, headers);
    const envelope = result as
      | { id?: string; source?: string; token?: string; err?: ErrorData; data?: T }
      | null
      | undefined;
    const wrapped =
      typeof envelope === 'object' &&
      envelope !== null &&
      ('data' in envelope || 'err' in envelope);
    const err = maybeMakeError(error ?? (wrapped ? envelope.err : null), source ?? undefined);
    return new Result<T>(
      wrapped ? (envelope.id ?? null) : null,
      (err as Error | null) ?? null,
      err ? null : ((wrapped ? envelope.data : result) as T),
      source ?? (wrapped ? envelope.source : null),
      wrapped ? envelope.token : null,
      headers,
    );
  }

  toJSON(): Record<string, unknown> {
    const { id, source, token, data, err } = this;
    const head = { source, token, id };
    if (!err) return { ...head, data };
    const { name, message, code } = err as OroError;
    return { ...head, err: { type: name, message, ...(code === undefined ? {} : { code }) } };
  }

  *[Symbol.iterator](): IterableIterator<Error | T | Headers | null> {
    yield this.err;
    yield this.data;
    yield this.headers;
  }
}

/** Turns the `err` of an answer into an error; anything that is one already stays as it is. */
export function maybeMakeError(error: unknown, source?: string): Error | null {
  if (error === null || error === undefined) return null;
  if (error instanceof Error) return error;
  if (typeof error === 'string' || typeof error === 'object') {
    return OroError.from(error as ErrorData | string, source);
  }
  return new OroError(String(error));
}

/** The number of a sequence such as `R12`, as text. */
export function parseSeq(seq: unknown): string {
  return String(seq ?? '').replace(/^R/i, '');
}

function searchParams(params: ParamsInit): URLSearchParams {
  if (params === null || params === undefined) return new URLSearchParams();
  if (typeof params === 'string' || params instanceof URLSearchParams) {
    return new URLSearchParams(params);
  }
  const pairs = Symbol.iterator in params ? [...params] : Object.entries(params);
  const kept = pairs.filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(kept.map(([key, value]) => [key, String(value)]));
}

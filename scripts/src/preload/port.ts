/**
 * Workers have no binding of their own: each gets a port to whoever made it, which calls for it
 * over its own connection and hands on the events that it asks for. The answers are told apart by
 * the port; what a worker waits for ends with it.
 */

import {
  aborted,
  isAddress,
  type Batch,
  type Direct,
  type DirectError,
  type DirectOptions,
  type Waiter,
} from './direct.js';

/** What a worker says to its maker. */
type Up =
  | ['call', id: number, name: string, json: string, body: Uint8Array | null]
  | ['cancel' | 'pull', id: number]
  | ['hear', name: string]
  | ['end'];

/** What the maker says to its worker. */
type Down =
  | ['open', names: readonly string[]]
  | ['data', id: number, value: unknown]
  | ['fail', id: number, error: unknown]
  | ['stream', id: number]
  | ['chunk', id: number, bytes: Uint8Array | null]
  | ['emit', batch: Batch];

/** By which a worker knows the first message that it gets. */
const GREETING = 'oro.port';

/** The workers of this document or worker. */
export class Workers {
  private readonly seats = new Set<Seat>();

  constructor(
    private readonly direct: Direct | null,
    private readonly hear: (name: string) => void,
  ) {}

  /** Gives a new worker its port; returns what ends it. */
  add(worker: Worker): () => void {
    const { port1, port2 } = new MessageChannel();
    const seat = new Seat(port1, this.direct, this.hear, () => this.seats.delete(seat));
    this.seats.add(seat);
    worker.postMessage(GREETING, [port2]);
    return () => seat.end();
  }

  /** Hands on events. */
  send(batch: Batch): void {
    for (const seat of this.seats) seat.send(batch);
  }
}

/** One worker, from its maker's side. */
class Seat {
  private readonly names = new Set<string>();
  private readonly calls = new Map<number, AbortController>();
  private readonly readers = new Map<number, ReadableStreamDefaultReader<Uint8Array>>();

  constructor(
    private readonly port: MessagePort,
    private readonly direct: Direct | null,
    private readonly hear: (name: string) => void,
    private readonly gone: () => void,
  ) {
    port.onmessage = ({ data }) => this.take(data as Up);
    void direct?.opened.then((open) => {
      if (open) this.say(['open', direct.names]);
    });
  }

  send(batch: Batch): void {
    const asked = batch.filter(([name]) => this.names.has(name));
    if (asked.length > 0) this.say(['emit', asked]);
  }

  end(): void {
    this.gone();
    this.port.close();
    for (const call of this.calls.values()) call.abort();
    for (const reader of this.readers.values()) void reader.cancel();
  }

  private say(message: Down, bytes?: Uint8Array | null): void {
    try {
      this.port.postMessage(message, bytes ? [bytes.buffer] : []);
    } catch (error) {
      // WebKit has pinned the memory of arrays that native code has filled: they are copied.
      if (!bytes) throw error;
      this.port.postMessage(message);
    }
  }

  private take(message: Up): void {
    if (message[0] === 'call') return this.call(message[1], message[2], message[3], message[4]);
    if (message[0] === 'end') return this.end();
    if (message[0] === 'hear') {
      this.names.add(message[1]);
      return this.hear(message[1]);
    }
    const [what, id] = message;
    if (what === 'pull') return void this.pull(id);
    this.calls.get(id)?.abort();
    void this.readers.get(id)?.cancel();
    this.readers.delete(id);
  }

  private call(id: number, name: string, json: string, body: Uint8Array | null): void {
    const abort = new AbortController();
    this.calls.set(id, abort);
    const waiter: Waiter = {
      resolve: (value) => {
        this.calls.delete(id);
        if (value instanceof ReadableStream) {
          this.readers.set(id, (value as ReadableStream<Uint8Array>).getReader());
          this.say(['stream', id]);
        } else {
          this.say(['data', id, value], value instanceof Uint8Array ? value : null);
        }
      },
      reject: (error) => {
        this.calls.delete(id);
        this.say(['fail', id, (error as DirectError).data]);
      },
    };
    this.direct?.call(name, json, { body, signal: abort.signal }, waiter);
  }

  private async pull(id: number): Promise<void> {
    try {
      const { value } = (await this.readers.get(id)?.read()) ?? {};
      if (!value) this.readers.delete(id);
      this.say(['chunk', id, value ?? null], value);
    } catch (error) {
      this.readers.delete(id);
      const { name, message } = error as Error;
      this.say(['fail', id, { type: name, message }]);
    }
  }
}

/** The port of this worker to its maker. Calls that are made before it is open go another way. */
export class Port implements Direct {
  readonly opened: Promise<boolean>;
  readonly awaited = false;
  open = false;
  names: readonly string[] = [];
  private port: MessagePort | undefined;
  private readonly known = new Set<string>();
  private readonly asked: string[] = [];
  private readonly calls = new Map<number, Waiter>();
  private readonly streams = new Map<number, ReadableStreamDefaultController<Uint8Array>>();
  private last = 0;
  private settle!: (open: boolean) => void;

  constructor(private readonly emit: (batch: Batch) => void) {
    this.opened = new Promise((resolve) => (this.settle = resolve));
    const greet = (event: MessageEvent): void => {
      globalThis.removeEventListener('message', greet);
      if (event.data !== GREETING || !event.ports[0]) return;
      event.stopImmediatePropagation();
      this.port = event.ports[0];
      this.port.onmessage = ({ data }) => this.take(data as Down);
      for (const name of this.asked.splice(0)) this.hear(name);
    };
    globalThis.addEventListener('message', greet);
    const scope = globalThis as { close?: () => void };
    const { close } = scope;
    scope.close = () => {
      this.say(['end']);
      close?.call(globalThis);
    };
  }

  /** Asks for the events of a topic. */
  hear(name: string): void {
    if (this.port) this.say(['hear', name]);
    else this.asked.push(name);
  }

  has(name: string): boolean {
    return isAddress(name) || this.known.has(name) || this.known.has(name.toLowerCase());
  }

  call(name: string, json: string, options: DirectOptions, { resolve, reject }: Waiter): void {
    const { body, into, signal } = options;
    if (signal?.aborted) return reject(aborted());
    const id = (this.last += 1);
    // An answer may be on its way: the caller is told here, and what comes after is dropped.
    const abort = (): void => {
      this.say(['cancel', id]);
      const call = this.calls.get(id);
      this.calls.delete(id);
      call?.reject(aborted());
      this.streams.get(id)?.error(new DOMException('aborted', 'AbortError'));
      this.streams.delete(id);
    };
    signal?.addEventListener('abort', abort);
    this.calls.set(id, {
      resolve: (value) => {
        if (!(value instanceof ReadableStream)) signal?.removeEventListener('abort', abort);
        const fits = value instanceof Uint8Array && into?.length === value.length;
        if (fits) into.set(value);
        resolve(fits ? into : value);
      },
      reject: (error) => {
        signal?.removeEventListener('abort', abort);
        reject(error);
      },
    });
    this.say(['call', id, name, json, body ?? null]);
  }

  private say(message: Up): void {
    this.port?.postMessage(message);
  }

  private take(message: Down): void {
    if (message[0] === 'open') {
      this.names = message[1];
      for (const name of this.names) this.known.add(name).add(name.toLowerCase());
      this.open = true;
      return this.settle(true);
    }
    if (message[0] === 'emit') return this.emit(message[1]);
    const [what, id] = message;
    if (what === 'chunk') return this.chunk(id, message[2]);
    const call = this.calls.get(id);
    this.calls.delete(id);
    if (what === 'data') call?.resolve(message[2]);
    else if (what === 'stream') call?.resolve(this.stream(id));
    else if (call) call.reject({ data: message[2] });
    else this.streams.get(id)?.error(new DOMException('the stream has failed', 'NetworkError'));
  }

  private stream(id: number): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => void this.streams.set(id, controller),
      pull: () => this.say(['pull', id]),
      cancel: () => {
        this.streams.delete(id);
        this.say(['cancel', id]);
      },
    });
  }

  private chunk(id: number, bytes: Uint8Array | null): void {
    const controller = this.streams.get(id);
    if (bytes) return controller?.enqueue(bytes);
    this.streams.delete(id);
    controller?.close();
  }
}

/**
 * The direct bridge, from the page's side: makes and reads the frames that a socket of our own
 * carries between this document and the runtime. The layout of a frame is told in the engine's
 * `frame.rs`.
 *
 * Calls of one microtask leave in one write, and the answers of one tick arrive in one batch.
 */

/** What native code put on the global object of this document, before any script. */
interface Binding {
  /** Queues whole frames; false when too many wait. */
  send(frames: Uint8Array): boolean;
  /** Queues a frame whose body travels beside it. */
  attach(frame: Uint8Array, body: Uint8Array): boolean;
  /** Has the body of answer `seq` read into an array of exactly its length. */
  into(seq: number, array: Uint8Array): void;
  /** Who gets frames and bodies; nulls tell of the end. */
  listen(listener: (frames: Uint8Array | null, bodies: Uint8Array[] | null) => void): void;
  /** Blocks until something came and was handed out; false when the connection has ended. */
  wait(ms: number): boolean;
  /** The system's monotonic clock, in microseconds. */
  now(): number;
  close(): void;
}

/** What a call may carry besides its JSON. */
export interface DirectOptions {
  body?: Uint8Array | null | undefined;
  /** Where a binary result goes, if it has exactly this length. */
  into?: Uint8Array | null | undefined;
  signal?: AbortSignal | null | undefined;
}

/** Who waits for an answer. Failures come as a `DirectError`. */
export interface Waiter {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** An error as it came, for the library to make one of its own of. */
export class DirectError {
  constructor(readonly data: unknown) {}
}

/** The connection of this document. */
export interface Direct {
  /** Settles when it is known whether there is a connection. */
  readonly opened: Promise<boolean>;
  /** Whether calls can be made. */
  readonly open: boolean;
  /** Whether it is known to open soon, so that calls should wait for it. */
  readonly awaited: boolean;
  /** The names of the runtime's routes, once it is open. */
  readonly names: readonly string[];
  /** Calls a route: JSON data, bytes, or a stream. */
  call(name: string, json: string, options: DirectOptions, waiter: Waiter): void;
  /** Calls a route and blocks this thread until it is answered. Workers cannot. */
  callSync?(name: string, json: string, options: DirectOptions): unknown;
  /** Whether the runtime has such a route. */
  has(name: string): boolean;
  /** The system's monotonic clock, in microseconds. Workers have none. */
  now?(): number;
}

const HEADER = 12;
const REQUEST = 3;
const RESPONSE = 4;
const ERROR = 5;
const PUSH = 6;
const CHUNK = 7;
const CANCEL = 8;
const CREDIT = 9;
const WELCOME = 2;
const SYNC = 1;
const ATTACHED = 2;
const BYTES = 4;
const STREAM = 8;
const LAST = 16;
const INLINE_MAX = 64 << 10;
/** Bytes of small frames that are collected before they leave without waiting for the microtask. */
const BATCH_MAX = 256 << 10;
/** Bytes of a stream that may wait for its reader. */
const STREAM_MAX = 512 << 10;
const WAIT_MS = 1000;

/** A call that is not answered yet. */
interface Call extends Waiter {
  into?: Uint8Array | null | undefined;
}

interface Reader {
  controller: ReadableStreamDefaultController<Uint8Array>;
  received: number;
}

type Emit = (batch: ReadonlyArray<readonly [string, unknown]>) => void;

/** Takes the binding of this document, or gives null where it has none. */
export function connect(emit: Emit): Direct | null {
  const scope = globalThis as { __oro_direct?: Binding };
  const binding = scope.__oro_direct;
  delete scope.__oro_direct;
  return binding ? new Connection(binding, emit) : null;
}

class Connection implements Direct {
  readonly opened: Promise<boolean>;
  open = false;
  awaited = true;
  names: readonly string[] = [];
  private routes = new Map<string, number>();
  private calls = new Map<number, Call>();
  private streams = new Map<number, Reader>();
  private seq = 0;
  /** How to stop hearing of the end of a call's signal. */
  private signals = new Map<number, () => void>();
  private batch = new Uint8Array(16 << 10);
  private view = new DataView(this.batch.buffer);
  private length = 0;
  private scheduled = false;
  private ended = false;
  private waiting = 0;
  private held: Array<readonly [string, unknown]> = [];
  private settle!: (open: boolean) => void;
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();

  constructor(
    private readonly binding: Binding,
    private readonly emit: Emit,
  ) {
    this.opened = new Promise((resolve) => (this.settle = resolve));
    // The connection is held by the binding's owner; native code holds the listener weakly.
    this.receive = this.receive.bind(this);
    this.flush = this.flush.bind(this);
    binding.listen(this.receive);
    globalThis.addEventListener?.('pagehide', (event) => {
      if (!event.persisted) binding.close();
    });
  }

  has(name: string): boolean {
    return this.routes.has(name) || this.routes.has(name.toLowerCase());
  }

  now(): number {
    return this.binding.now();
  }

  call(name: string, json: string, options: DirectOptions, { resolve, reject }: Waiter): void {
    const { signal, into } = options;
    if (signal?.aborted) return reject(aborted());
    const seq = this.request(name, json, options, 0, { resolve, reject, into });
    if (seq === 0) return;
    if (signal) {
      const abort = (): void => this.cancel(seq);
      signal.addEventListener('abort', abort);
      this.signals.set(seq, () => signal.removeEventListener('abort', abort));
    }
    if (!this.scheduled) {
      this.scheduled = true;
      queueMicrotask(this.flush);
    }
  }

  callSync(name: string, json: string, options: DirectOptions): unknown {
    let done = false;
    let failed = false;
    let result: unknown;
    const end = (failure: boolean) => (value: unknown) => {
      done = true;
      failed = failure;
      result = value;
    };
    const { into } = options;
    this.request(name, json, options, SYNC, { resolve: end(false), reject: end(true), into });
    this.flush();
    this.waiting += 1;
    while (!done && this.binding.wait(WAIT_MS));
    this.waiting -= 1;
    if (this.waiting === 0 && this.held.length > 0) {
      const held = this.held.splice(0);
      queueMicrotask(() => this.emit(held));
    }
    if (failed || !done) throw done ? result : gone();
    return result;
  }

  /** Queues a request; 0 when it was refused at once. */
  private request(
    name: string,
    json: string,
    { body, into }: DirectOptions,
    flags: number,
    call: Call,
  ): number {
    const route = this.routes.get(name) ?? this.routes.get(name.toLowerCase());
    if (this.ended || route === undefined) {
      call.reject(gone());
      return 0;
    }
    // After 2^32 calls the numbers begin again, and one of the first may still be open.
    do this.seq = (this.seq % 0xffffffff) + 1;
    while (this.calls.has(this.seq) || this.streams.has(this.seq));
    const { seq } = this;
    this.calls.set(seq, call);
    if (into) this.binding.into(seq, into);
    const attached = body && body.length > INLINE_MAX ? body : null;
    const tail = attached ? 8 : (body?.length ?? 0);
    const start = this.reserve(HEADER + 4 + json.length * 3 + tail);
    let at = start + HEADER + 4;
    // A string of n units is at most 3 n bytes long.
    at += this.encoder.encodeInto(json, this.batch.subarray(at)).written;
    const params = at - start - HEADER - 4;
    if (body && !attached) this.batch.set(body, at);
    at += tail;
    const { view } = this;
    view.setUint32(start + HEADER, params, true);
    if (attached) view.setBigUint64(at - 8, BigInt(attached.length), true);
    this.header(start, at, REQUEST, flags | (attached ? ATTACHED : 0), route, seq);
    if (attached) {
      // Frames before this one must leave before it.
      const frame = this.batch.slice(start, at);
      this.length = start;
      this.flush();
      if (!this.binding.attach(frame, attached)) this.refuse(seq);
    } else if (this.length > BATCH_MAX) {
      this.flush();
    }
    return seq;
  }

  private refuse(seq: number): void {
    this.take(seq)?.reject(
      failure('QuotaExceededError', 'EAGAIN', 'too many bytes wait for the runtime'),
    );
  }

  /** Ends the waiting for an answer. */
  private take(seq: number): Call | undefined {
    const call = this.calls.get(seq);
    this.calls.delete(seq);
    this.unwatch(seq);
    return call;
  }

  private unwatch(seq: number): void {
    if (this.signals.size === 0) return;
    this.signals.get(seq)?.();
    this.signals.delete(seq);
  }

  /** Room for `size` more bytes in the batch, and where they begin. */
  private reserve(size: number): number {
    const need = this.length + size;
    if (need > this.batch.length) {
      const grown = new Uint8Array(Math.max(need, 2 * this.batch.length));
      grown.set(this.batch.subarray(0, this.length));
      this.rebatch(grown);
    }
    return this.length;
  }

  private rebatch(batch: Uint8Array<ArrayBuffer>): void {
    this.batch = batch;
    this.view = new DataView(batch.buffer);
  }

  private header(
    start: number,
    end: number,
    kind: number,
    flags: number,
    route: number,
    seq: number,
  ): void {
    const { view } = this;
    view.setUint32(start, end - start - HEADER, true);
    view.setUint8(start + 4, kind);
    view.setUint8(start + 5, flags);
    view.setUint16(start + 6, route, true);
    view.setUint32(start + 8, seq, true);
    this.length = end;
  }

  private flush(): void {
    this.scheduled = false;
    if (this.length === 0 || this.ended) return;
    const frames = this.batch.subarray(0, this.length);
    this.length = 0;
    if (!this.binding.send(frames)) {
      // Nothing of it has left: the calls inside are refused, by number.
      const view = new DataView(frames.buffer);
      for (let at = 0; at < frames.length;) {
        if (frames[at + 4] === REQUEST) this.refuse(view.getUint32(at + 8, true));
        at += HEADER + view.getUint32(at, true);
      }
    }
    if (this.batch.length > 4 * BATCH_MAX) this.rebatch(new Uint8Array(16 << 10));
  }

  private cancel(seq: number): void {
    this.streams.get(seq)?.controller.error(new DOMException('aborted', 'AbortError'));
    this.streams.delete(seq);
    const call = this.take(seq);
    if (!this.ended) {
      const start = this.reserve(HEADER);
      this.header(start, start + HEADER, CANCEL, 0, 0, seq);
      this.flush();
    }
    call?.reject(aborted());
  }

  private credit(seq: number, bytes: number): void {
    if (this.ended) return;
    const start = this.reserve(HEADER + 4);
    this.view.setUint32(start + HEADER, bytes, true);
    this.header(start, start + HEADER + 4, CREDIT, 0, 0, seq);
    this.flush();
  }

  private receive(frames: Uint8Array | null, bodies: Uint8Array[] | null): void {
    if (!frames) return this.end();
    const view = new DataView(frames.buffer, frames.byteOffset);
    let body = 0;
    for (let at = 0; at < frames.length;) {
      const size = view.getUint32(at, true);
      const kind = frames[at + 4] as number;
      const flags = frames[at + 5] as number;
      const seq = view.getUint32(at + 8, true);
      const start = at + HEADER;
      at = start + size;
      const payload =
        flags & ATTACHED ? (bodies?.[body++] ?? new Uint8Array()) : frames.subarray(start, at);
      try {
        this.frame(kind, flags, seq, payload);
      } catch (error) {
        // One bad frame must not lose those behind it.
        globalThis.reportError(error);
      }
    }
  }

  private frame(kind: number, flags: number, seq: number, payload: Uint8Array): void {
    if (kind === PUSH) {
      const batch = this.json(payload) as Array<[string, unknown]>;
      if (this.waiting > 0) this.held.push(...batch);
      else this.emit(batch);
    } else if (kind === CHUNK) {
      this.chunk(seq, flags, payload);
    } else if (kind === WELCOME) {
      const { routes } = this.json(payload) as { routes: string[] };
      this.names = routes;
      for (const [index, name] of routes.entries()) {
        this.routes.set(name, index).set(name.toLowerCase(), index);
      }
      this.open = true;
      this.awaited = false;
      this.settle(true);
    } else {
      const call = this.calls.get(seq);
      if (!call) return;
      if (flags & STREAM) this.calls.delete(seq);
      else this.take(seq);
      if (kind === ERROR) call.reject(new DirectError(this.json(payload)));
      else if (kind !== RESPONSE) throw new Error(`unexpected frame ${kind}`);
      else if (flags & STREAM) call.resolve(this.stream(seq));
      else if (!(flags & BYTES)) call.resolve(this.json(payload));
      // An attached body is an array of its own; an inline one must not keep the whole batch.
      else call.resolve(flags & ATTACHED ? payload : copied(payload, call.into));
    }
  }

  private json(payload: Uint8Array): unknown {
    return JSON.parse(this.decoder.decode(payload));
  }

  private stream(seq: number): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => void this.streams.set(seq, { controller, received: 0 }),
        pull: () => {
          const reader = this.streams.get(seq);
          if (!reader || reader.received === 0) return;
          this.credit(seq, reader.received);
          reader.received = 0;
        },
        cancel: () => this.cancel(seq),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: STREAM_MAX }),
    );
  }

  private chunk(seq: number, flags: number, payload: Uint8Array): void {
    const reader = this.streams.get(seq);
    if (!reader) return;
    if (payload.length > 0) {
      reader.received += payload.length;
      reader.controller.enqueue(payload.slice());
    }
    if (flags & LAST) {
      this.unwatch(seq);
      this.streams.delete(seq);
      reader.controller.close();
    }
  }

  private end(): void {
    this.ended = true;
    this.open = false;
    this.awaited = false;
    this.settle(false);
    const calls = [...this.calls.values()];
    this.calls.clear();
    for (const call of calls) call.reject(gone());
    const lost = new DOMException('the connection to the runtime has ended', 'NetworkError');
    for (const { controller } of this.streams.values()) controller.error(lost);
    this.streams.clear();
  }
}

function copied(bytes: Uint8Array, into: Uint8Array | null | undefined): Uint8Array {
  if (into?.length !== bytes.length) return bytes.slice();
  into.set(bytes);
  return into;
}

function gone(): DirectError {
  return failure('NetworkError', 'ECONNRESET', 'the connection to the runtime has ended');
}

function aborted(): DirectError {
  return failure('AbortError', 'ABORT_ERR', 'aborted');
}

function failure(type: string, code: string, message: string): DirectError {
  return new DirectError({ type, code, message });
}

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
  close(): void;
}

/** What a call may carry besides its JSON. */
export interface DirectOptions {
  body?: Uint8Array | null;
  /** Where a binary result goes, if it has exactly this length. */
  into?: Uint8Array | null;
  signal?: AbortSignal | null;
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
  /** Calls a route: JSON data, bytes, or a stream. Rejects with a `DirectError`. */
  call(name: string, json: string, options: DirectOptions): Promise<unknown>;
  /** Calls a route and blocks this thread until it is answered. */
  callSync(name: string, json: string, options: DirectOptions): unknown;
  /** Whether the runtime has such a route. */
  has(name: string): boolean;
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

interface Call {
  resolve(value: unknown): void;
  reject(error: unknown): void;
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
  private routes = new Map<string, number>();
  private calls = new Map<number, Call>();
  private streams = new Map<number, Reader>();
  private seq = 0;
  private batch = new Uint8Array(16 << 10);
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
    binding.listen(this.receive);
    globalThis.addEventListener?.('pagehide', (event) => {
      if (!event.persisted) binding.close();
    });
  }

  has(name: string): boolean {
    return this.routes.has(name) || this.routes.has(name.toLowerCase());
  }

  call(name: string, json: string, options: DirectOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const seq = this.request(name, json, options, 0, { resolve, reject });
      if (seq === 0) return;
      const { signal } = options;
      if (signal?.aborted) return this.cancel(seq);
      signal?.addEventListener('abort', () => this.cancel(seq), { once: true });
      if (!this.scheduled) {
        this.scheduled = true;
        queueMicrotask(() => this.flush());
      }
    });
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
    this.request(name, json, options, SYNC, {
      resolve: end(false),
      reject: end(true),
    });
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
    this.seq = (this.seq % 0xffffffff) + 1;
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
    const view = new DataView(this.batch.buffer);
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
    const call = this.calls.get(seq);
    this.calls.delete(seq);
    call?.reject(
      new DirectError({
        type: 'QuotaExceededError',
        code: 'EAGAIN',
        message: 'too many bytes wait for the runtime',
      }),
    );
  }

  /** Room for `size` more bytes in the batch, and where they begin. */
  private reserve(size: number): number {
    const need = this.length + size;
    if (need > this.batch.length) {
      const grown = new Uint8Array(Math.max(need, 2 * this.batch.length));
      grown.set(this.batch.subarray(0, this.length));
      this.batch = grown;
    }
    return this.length;
  }

  private header(
    start: number,
    end: number,
    kind: number,
    flags: number,
    route: number,
    seq: number,
  ): void {
    const view = new DataView(this.batch.buffer, start);
    view.setUint32(0, end - start - HEADER, true);
    view.setUint8(4, kind);
    view.setUint8(5, flags);
    view.setUint16(6, route, true);
    view.setUint32(8, seq, true);
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
    if (this.batch.length > 4 * BATCH_MAX) this.batch = new Uint8Array(16 << 10);
  }

  private cancel(seq: number): void {
    this.streams.get(seq)?.controller.error(gone());
    this.streams.delete(seq);
    const call = this.calls.get(seq);
    this.calls.delete(seq);
    if (this.ended) return;
    const start = this.reserve(HEADER);
    this.header(start, start + HEADER, CANCEL, 0, 0, seq);
    this.flush();
    call?.reject(
      new DirectError({
        type: 'AbortError',
        code: 'ABORT_ERR',
        message: 'aborted',
      }),
    );
  }

  private credit(seq: number, bytes: number): void {
    if (this.ended) return;
    const start = this.reserve(HEADER + 4);
    new DataView(this.batch.buffer).setUint32(start + HEADER, bytes, true);
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
      for (const [index, name] of routes.entries()) {
        this.routes.set(name, index).set(name.toLowerCase(), index);
      }
      this.open = true;
      this.settle(true);
    } else {
      const call = this.calls.get(seq);
      this.calls.delete(seq);
      if (kind === ERROR) call?.reject(new DirectError(this.json(payload)));
      else if (kind !== RESPONSE) throw new Error(`unexpected frame ${kind}`);
      else if (flags & STREAM) call?.resolve(this.stream(seq));
      else if (!(flags & BYTES)) call?.resolve(this.json(payload));
      // An attached body is an array of its own; an inline one must not keep the whole batch.
      else call?.resolve(flags & ATTACHED ? payload : payload.slice());
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
      this.streams.delete(seq);
      reader.controller.close();
    }
  }

  private end(): void {
    this.ended = true;
    this.open = false;
    this.settle(false);
    const calls = [...this.calls.values()];
    this.calls.clear();
    for (const call of calls) call.reject(gone());
    for (const { controller } of this.streams.values()) controller.error(gone());
    this.streams.clear();
  }
}

function gone(): DirectError {
  return new DirectError({
    type: 'NetworkError',
    code: 'ECONNRESET',
    message: 'the connection to the runtime has ended',
  });
}

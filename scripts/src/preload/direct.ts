/**
 * The direct bridge, from the page's side: makes and reads the frames that a socket of our own
 * carries between this document and the runtime. The layout of a frame is told in the engine's
 * `frame.rs`.
 *
 * Calls of one microtask leave in one write, and the answers of one tick arrive in one batch.
 */

/** What native code put on the global object of this document, before any script. */
interface Binding {
  /** Queues whole frames; false when too many wait. An empty batch tells when none do any more. */
  send(frames: Uint8Array): boolean;
  /** Queues a frame whose body travels beside it; false when too much waits. */
  attach(frame: Uint8Array, body: Uint8Array): boolean;
  /** Has the body of answer `seq` read into an array of exactly its length; null: no longer. */
  into(seq: number, array: Uint8Array | null): void;
  /** Who gets frames and bodies; nulls tell of the end. */
  listen(listener: Listener): void;
  /** Blocks until something came and was handed out; false when the connection has ended. */
  wait(ms: number): boolean;
  /** Gives the runtime a moment to answer, and hands that out; false if it was in vain. */
  linger(): boolean;
  /** The system's monotonic clock, in microseconds. */
  now(): number;
  close(): void;
}

type Listener = (frames: Uint8Array | null, bodies: Uint8Array[] | null) => void;

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
  /** Calls a route by its name, or by an `ipc:` address: JSON data, bytes, or a stream. */
  call(name: string, json: string, options: DirectOptions, waiter: Waiter): void;
  /** Calls a route and blocks this thread until it is answered. Workers cannot. */
  callSync?(name: string, json: string, options: DirectOptions): unknown;
  /** Whether the runtime has such a route. */
  has(name: string): boolean;
  /** The system's monotonic clock, in microseconds. Workers have none. */
  now?(): number;
}

const HEADER = 12;
const PLACE = 16;
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
const ADDRESS = 32;
const INLINE_MAX = 64 << 10;
/** Bytes of small frames that are collected before they leave without waiting for the microtask. */
const BATCH_MAX = 256 << 10;
/** Bytes of a stream that may wait for its reader. */
const STREAM_MAX = 512 << 10;
const WAIT_MS = 1000;
const NOTHING = new Uint8Array();
/** With so many calls open, the answers are not waited for: others keep the runtime busy. */
const LINGER_CALLS_MAX = 4;
/** How often calls leave without such waiting after it was in vain, at most. */
const PATIENCE_MAX = 64;
/** How long the runtime may take to accept the document; then calls go another way. */
const WELCOME_MS = 10_000;
/** Calls that may wait for their turn, and bytes of their bodies. */
const HELD_MAX = 1 << 20;
const HELD_BYTES_MAX = 256 << 20;

/** A call that is not answered yet. */
interface Call extends Waiter {
  name: string;
  json: string;
  options: DirectOptions;
  flags: number;
  /** Its number, once it was sent. */
  seq: number;
  /** Stops hearing of the end of its signal. */
  unwatch?: () => void;
}

interface Reader {
  controller: ReadableStreamDefaultController<Uint8Array>;
  received: number;
  /** Stops hearing of the end of the call's signal. */
  unwatch: (() => void) | undefined;
}

/** Events: names and details. */
export type Batch = ReadonlyArray<readonly [name: string, detail: unknown]>;

type Emit = (batch: Batch) => void;

/** What native code handed out at once, and how far it was handled. Without frames it is the end. */
interface Delivery {
  readonly frames: Uint8Array | null;
  readonly view: DataView | null;
  readonly bodies: Uint8Array[];
  at: number;
  body: number;
}

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
  /** How many calls may be open; the others wait. */
  private callsMax = 0;
  private held: Call[] = [];
  private heldBytes = 0;
  /** Too many bytes wait for the runtime. */
  private blocked = false;
  private batch = new Uint8Array(16 << 10);
  private view = new DataView(this.batch.buffer);
  private length = 0;
  private scheduled = false;
  /** How often the next answers are not waited for, and how often the last ones were not. */
  private passes = 0;
  private missed = 1;
  private ended = false;
  /** What came and was not handled yet, the oldest first. */
  private readonly inbox: Delivery[] = [];
  /** How many scripts wait for their answers, each inside of the one before. */
  private waiting = 0;
  /** Events that came and were not handed on yet: not while a script waits for its answer. */
  private events: Array<Batch[number]> = [];
  private emitting = false;
  private later = false;
  private readonly task = new MessageChannel();
  private settle!: (open: boolean) => void;
  private readonly listener: Listener;
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();

  constructor(
    private readonly binding: Binding,
    private readonly emit: Emit,
  ) {
    this.opened = new Promise((resolve) => (this.settle = resolve));
    this.turn = this.turn.bind(this);
    // The connection is held by the binding's owner; native code holds the listener weakly.
    this.listener = inTask((frames, bodies) => this.receive(frames, bodies));
    binding.listen(this.listener);
    const late = setTimeout(() => this.end(), WELCOME_MS);
    void this.opened.then(() => clearTimeout(late));
    globalThis.addEventListener?.('pagehide', (event) => {
      if (!event.persisted) binding.close();
    });
  }

  has(name: string): boolean {
    return isAddress(name) || this.routes.has(name) || this.routes.has(name.toLowerCase());
  }

  now(): number {
    return this.binding.now();
  }

  call(name: string, json: string, options: DirectOptions, { resolve, reject }: Waiter): void {
    const { signal } = options;
    if (signal?.aborted) return reject(aborted());
    const call: Call = { name, json, options, flags: 0, seq: 0, resolve, reject };
    if (signal) {
      const abort = (): void => this.abort(call);
      signal.addEventListener('abort', abort);
      call.unwatch = () => signal.removeEventListener('abort', abort);
    }
    this.submit(call);
    if (!this.scheduled) {
      this.scheduled = true;
      queueMicrotask(this.turn);
    }
  }

  /** Sends the calls of a microtask. Those that are answered at once are waited for. */
  private turn(): void {
    this.flush();
    if (this.calls.size > LINGER_CALLS_MAX || this.calls.size === 0 || this.ended) return;
    if (this.passes > 0) {
      this.passes -= 1;
      return;
    }
    if (this.binding.linger()) this.missed = 1;
    else this.passes = this.missed = Math.min(2 * this.missed, PATIENCE_MAX);
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
    const waiter = { resolve: end(false), reject: end(true) };
    this.submit({ name, json, options, flags: SYNC, seq: 0, ...waiter });
    this.flush();
    this.waiting += 1;
    // What came before is handled first: the call may have to wait for that to be sent at all.
    this.drain();
    while (!done && this.binding.wait(WAIT_MS));
    this.waiting -= 1;
    if (this.waiting === 0 && this.events.length > 0) this.handOnLater();
    if (failed || !done) throw done ? result : gone();
    return result;
  }

  /** Sends a call, or has it wait until the runtime has room for it. */
  private submit(call: Call): void {
    if (this.ended) return this.reject(call, gone());
    if (!this.blocked && this.held.length === 0 && this.calls.size < this.callsMax) {
      return this.request(call);
    }
    const { body } = call.options;
    const bytes = body?.length ?? 0;
    if (this.held.length >= HELD_MAX || (bytes && this.heldBytes + bytes > HELD_BYTES_MAX)) {
      return this.reject(
        call,
        failure('QuotaExceededError', 'EAGAIN', 'too many calls wait for the runtime'),
      );
    }
    // The array may be another's by the time that it is sent.
    if (body) call.options = { ...call.options, body: body.slice() };
    this.heldBytes += bytes;
    this.held.push(call);
  }

  /** Sends calls that have waited, as far as there is room. */
  private release(): void {
    if (this.held.length === 0) return;
    let sent = 0;
    while (sent < this.held.length && !this.blocked && this.calls.size < this.callsMax) {
      const call = this.held[sent] as Call;
      this.heldBytes -= call.options.body?.length ?? 0;
      sent += 1;
      this.request(call);
    }
    this.held.splice(0, sent);
    this.flush();
  }

  private request(call: Call): void {
    const { name, json, flags } = call;
    const { body, into } = call.options;
    const found = this.routes.get(name) ?? this.routes.get(name.toLowerCase());
    const route = found ?? (isAddress(name) ? 0 : undefined);
    if (route === undefined) return this.reject(call, gone());
    // An address has its parameters in itself.
    const text = found === undefined ? name : json;
    // After 2^32 calls the numbers begin again, and one of the first may still be open.
    do this.seq = (this.seq % 0xffffffff) + 1;
    while (this.calls.has(this.seq) || this.streams.has(this.seq));
    const { seq } = this;
    const attached = body && body.length > INLINE_MAX ? body : null;
    // Native code fills in where the body lies, if it is in shared memory.
    const tail = attached ? PLACE : (body?.length ?? 0);
    const start = this.reserve(HEADER + 4 + text.length * 3 + tail);
    let at = start + HEADER + 4;
    // A string of n units is at most 3 n bytes long.
    at += this.encoder.encodeInto(text, this.batch.subarray(at)).written;
    const params = at - start - HEADER - 4;
    if (body && !attached) this.batch.set(body, at);
    at += tail;
    const { view } = this;
    view.setUint32(start + HEADER, params, true);
    if (attached) view.setBigUint64(at - 8, BigInt(attached.length), true);
    const more = (attached ? ATTACHED : 0) | (found === undefined ? ADDRESS : 0);
    this.header(start, at, REQUEST, flags | more, route, seq);
    if (attached && !this.attach(start, at, attached)) {
      this.heldBytes += attached.length;
      call.options = { ...call.options, body: attached.slice() };
      this.held.unshift(call);
      return;
    }
    call.seq = seq;
    this.calls.set(seq, call);
    if (into) this.binding.into(seq, into);
    if (this.length > BATCH_MAX) this.flush();
  }

  /** Sends a frame whose body travels beside it, after those before it. */
  private attach(start: number, end: number, body: Uint8Array): boolean {
    const frame = this.batch.slice(start, end);
    this.length = start;
    this.flush();
    this.blocked ||= !this.binding.attach(frame, body);
    return !this.blocked;
  }

  /** Ends the waiting for an answer. */
  private take(seq: number): Call | undefined {
    const call = this.calls.get(seq);
    this.calls.delete(seq);
    call?.unwatch?.();
    return call;
  }

  private reject(call: Call, error: DirectError): void {
    call.unwatch?.();
    call.reject(error);
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
    if (this.length === 0 || this.ended || this.blocked) return;
    const frames = this.batch.subarray(0, this.length);
    if (!this.binding.send(frames)) {
      // They stay where they are, until the runtime has taken what is before them.
      this.blocked = true;
      return;
    }
    this.length = 0;
    if (this.batch.length > 4 * BATCH_MAX) this.rebatch(new Uint8Array(16 << 10));
  }

  /** The caller's signal has ended. */
  private abort(call: Call): void {
    if (call.seq > 0) return this.cancel(call.seq);
    const at = this.held.indexOf(call);
    if (at < 0) return;
    this.held.splice(at, 1);
    this.heldBytes -= call.options.body?.length ?? 0;
    this.reject(call, aborted());
  }

  private cancel(seq: number): void {
    const reader = this.streams.get(seq);
    reader?.controller.error(new DOMException('aborted', 'AbortError'));
    reader?.unwatch?.();
    this.streams.delete(seq);
    const call = this.take(seq);
    if (call?.options.into) this.binding.into(seq, null);
    if (!this.ended) {
      const start = this.reserve(HEADER);
      this.header(start, start + HEADER, CANCEL, 0, 0, seq);
      this.flush();
    }
    call?.reject(aborted());
    this.release();
  }

  private credit(seq: number, bytes: number): void {
    if (this.ended) return;
    const start = this.reserve(HEADER + 4);
    this.view.setUint32(start + HEADER, bytes, true);
    this.header(start, start + HEADER + 4, CREDIT, 0, 0, seq);
    this.flush();
  }

  private receive(frames: Uint8Array | null, bodies: Uint8Array[] | null): void {
    const view = frames && new DataView(frames.buffer, frames.byteOffset);
    this.inbox.push({ frames, view, bodies: bodies ?? [], at: 0, body: 0 });
    this.drain();
  }

  /**
   * Handles what came, in its order. A listener may call and wait for its answer, which comes here
   * again: that goes on behind the frame that is being handled.
   */
  private drain(): void {
    for (let first; (first = this.inbox[0]);) {
      const { frames, view } = first;
      if (!frames || !view) {
        this.inbox.length = 0;
        return this.end();
      }
      if (first.at < frames.length) {
        this.next(first, frames, view);
        continue;
      }
      this.inbox.shift();
      if (frames.length > 0) continue;
      this.blocked = false;
      this.flush();
    }
    this.release();
  }

  /** Handles the next frame of what came. */
  private next(delivery: Delivery, frames: Uint8Array, view: DataView): void {
    const { at, bodies } = delivery;
    const start = at + HEADER;
    const end = start + view.getUint32(at, true);
    const flags = frames[at + 5] as number;
    const body = flags & ATTACHED ? bodies[delivery.body++] : frames.subarray(start, end);
    delivery.at = end;
    try {
      this.frame(frames[at + 4] as number, flags, view.getUint32(at + 8, true), body ?? NOTHING);
    } catch (error) {
      // One bad frame must not lose those behind it.
      globalThis.reportError(error);
    }
  }

  private frame(kind: number, flags: number, seq: number, payload: Uint8Array): void {
    if (kind === PUSH) {
      const batch = this.json(payload) as Batch;
      const follows = this.waiting > 0 || this.emitting || this.events.length > 0;
      // One by one: there may be more than a call can have arguments.
      if (follows) for (const event of batch) this.events.push(event);
      else this.handOn(batch);
    } else if (kind === CHUNK) {
      this.chunk(seq, flags, payload);
    } else if (kind === WELCOME) {
      const { routes, calls } = this.json(payload) as { routes: string[]; calls: number };
      this.callsMax = calls;
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
      // A signal still ends the stream.
      if (flags & STREAM) this.calls.delete(seq);
      else this.take(seq);
      if (kind === ERROR) call.reject(new DirectError(this.json(payload)));
      else if (kind !== RESPONSE) throw new Error(`unexpected frame ${kind}`);
      else if (flags & STREAM) call.resolve(this.stream(seq, call));
      else if (!(flags & BYTES)) call.resolve(this.json(payload));
      // An attached body is an array of its own; an inline one must not keep the whole batch.
      else call.resolve(flags & ATTACHED ? payload : copied(payload, call.options.into));
    }
  }

  /** Hands events on. Those that come meanwhile follow. */
  private handOn(batch: Batch): void {
    this.emitting = true;
    try {
      this.emit(batch);
    } finally {
      this.emitting = false;
      if (this.events.length > 0) this.handOnLater();
    }
  }

  /** In a task: a page whose listeners block all the time is not to be kept from all else. */
  private handOnLater(): void {
    if (this.emitting || this.later) return;
    this.later = true;
    this.task.port1.onmessage = () => {
      this.later = false;
      this.handOn(this.events.splice(0));
    };
    this.task.port2.postMessage(null);
  }

  private json(payload: Uint8Array): unknown {
    return JSON.parse(this.decoder.decode(payload));
  }

  private stream(seq: number, call: Call): ReadableStream<Uint8Array> {
    const { unwatch } = call;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => void this.streams.set(seq, { controller, received: 0, unwatch }),
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
      reader.unwatch?.();
      this.streams.delete(seq);
      reader.controller.close();
    }
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.open = false;
    this.awaited = false;
    this.binding.close();
    this.settle(false);
    const calls = [...this.calls.values(), ...this.held.splice(0)];
    this.calls.clear();
    for (const call of calls) this.reject(call, gone());
    const lost = new DOMException('the connection to the runtime has ended', 'NetworkError');
    for (const { controller } of this.streams.values()) controller.error(lost);
    this.streams.clear();
  }
}

/**
 * Runs a function as the listener of an event. WebKit runs the microtasks of a listener when it
 * ends, and those of a function that native code calls in a later turn of the loop: the answer to
 * a call would make the next one wait for it.
 */
function inTask(listener: Listener): Listener {
  const target = new EventTarget();
  const event = new Event('frames');
  const dispatch = target.dispatchEvent.bind(target, event);
  let given: Parameters<Listener> | null = null;
  target.addEventListener(event.type, () => listener(...(given as Parameters<Listener>)));
  return (...frames) => {
    // One that waits for its answer is called inside of the one that waits.
    if (given) return listener(...frames);
    given = frames;
    dispatch();
    given = null;
  };
}

/** Whether what is called is the address of a call, instead of the name of a route. */
export function isAddress(name: string): boolean {
  return name.startsWith('ipc:');
}

function copied(bytes: Uint8Array, into: Uint8Array | null | undefined): Uint8Array {
  if (into?.length !== bytes.length) return bytes.slice();
  into.set(bytes);
  return into;
}

function gone(): DirectError {
  return failure('NetworkError', 'ECONNRESET', 'the connection to the runtime has ended');
}

/** How a call fails whose signal has ended. */
export function aborted(): DirectError {
  return failure('AbortError', 'ABORT_ERR', 'aborted');
}

function failure(type: string, code: string, message: string): DirectError {
  return new DirectError({ type, code, message });
}

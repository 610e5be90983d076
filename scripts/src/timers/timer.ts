/** Timers as objects, over those of the WebView: `oro:timers/timer`. */

type Callback = (...args: any[]) => void;

const immediates = new Map<number, Immediate>();
let channel: MessageChannel | undefined;
let nextImmediate = 0;

abstract class Timer {
  #referenced = true;

  /** Does nothing here but remember: a page does not end by itself. */
  ref(): this {
    this.#referenced = true;
    return this;
  }

  unref(): this {
    this.#referenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#referenced;
  }
}

/** What `setTimeout` and `setInterval` return; as a number it is the WebView's own. */
export class Timeout extends Timer {
  #id = 0;
  readonly #callback: Callback;
  readonly #delay: number;
  readonly #repeat: boolean;
  readonly #args: unknown[];

  constructor(callback: Callback, delay: number, args: unknown[], repeat: boolean) {
    super();
    if (typeof callback !== 'function') throw invalidCallback(callback);
    this.#callback = callback;
    this.#delay = delay >= 1 && delay <= 0x7fffffff ? delay : 1;
    this.#args = args;
    this.#repeat = repeat;
    this.refresh();
  }

  /** The WebView's number of this timer. */
  get id(): number {
    return this.#id;
  }

  /** Starts the time over. */
  refresh(): this {
    this.close();
    const start = this.#repeat ? globalThis.setInterval : globalThis.setTimeout;
    this.#id = start(this.#callback, this.#delay, ...this.#args) as unknown as number;
    return this;
  }

  /** Cancels the timer. */
  close(): this {
    // One list of numbers serves both kinds in the standard of the web.
    globalThis.clearTimeout(this.#id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What `setInterval` returns. */
export const Interval = Timeout;

/** What `setImmediate` returns. */
export class Immediate extends Timer {
  readonly #id: number;
  readonly #run: () => void;

  constructor(callback: Callback, args: unknown[]) {
    super();
    if (typeof callback !== 'function') throw invalidCallback(callback);
    this.#run = () => callback(...args);
    this.#id = ++nextImmediate;
    immediates.set(this.#id, this);
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = (event) => immediates.get(event.data as number)?.run();
    }
    channel.port2.postMessage(this.#id);
  }

  /** @internal Runs the callback, unless it was cancelled. */
  run(): void {
    immediates.delete(this.#id);
    this.#run();
  }

  /** Cancels the callback. */
  close(): void {
    immediates.delete(this.#id);
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The immediate of a number. */
export function immediateOf(id: number): Immediate | undefined {
  return immediates.get(id);
}

function invalidCallback(callback: unknown): TypeError {
  const text = `The "callback" argument must be of type function. Received ${String(callback)}`;
  return Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_TYPE' });
}

export default { Immediate, Interval, Timeout };

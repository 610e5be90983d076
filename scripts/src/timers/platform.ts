/**
 * Timers of the runtime: `oro:timers/platform`.
 *
 * They go on while the WebView slows the timers of a hidden page down, they may be longer than
 * 2^31 ms, and they stand still while the application is paused.
 */

import { call, on } from '../ipc.js';

type Callback = (...args: any[]) => void;
type Kind = 'Timeout' | 'Interval' | 'Immediate';

const running = new Map<string, PlatformTimer>();
/** Ids that fired before the call that started them was answered. */
const early = new Set<string>();
const EARLY_MAX = 1024;
let starting = 0;
let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  on('timers.fire', ({ ids }) => {
    for (const id of ids) {
      const timer = running.get(id);
      if (timer) timer.fire();
      else if (starting > 0 && early.size < EARLY_MAX) early.add(id);
    }
  });
}

/** A timer of the runtime. */
export class PlatformTimer {
  readonly #kind: Kind;
  readonly #run: () => void;
  #id: string | null = null;
  #closed = false;

  constructor(kind: Kind, callback: Callback, timeout: number, args: unknown[]) {
    if (typeof callback !== 'function') {
      const text = `The "callback" argument must be of type function. Received ${String(callback)}`;
      throw Object.assign(new TypeError(text), {
        code: 'ERR_INVALID_ARG_TYPE',
      });
    }
    this.#kind = kind;
    this.#run = () => callback(...args);
    listen();
    void this.#start(timeout >= 0 ? Number(timeout) : 1);
  }

  async #start(timeout: number): Promise<void> {
    starting += 1;
    try {
      const { id } = await (this.#kind === 'Immediate'
        ? call('timers.setImmediate')
        : call(this.#kind === 'Interval' ? 'timers.setInterval' : 'timers.setTimeout', {
            timeout,
          }));
      this.#id = id;
      const fired = early.delete(id);
      if (this.#closed) return void this.#clear(id);
      running.set(id, this);
      if (fired) this.fire();
    } finally {
      starting -= 1;
      if (starting === 0) early.clear();
    }
  }

  /** @internal Runs the callback. */
  fire(): void {
    if (this.#kind !== 'Interval') this.#forget();
    if (!this.#closed) queueMicrotask(this.#run);
  }

  #forget(): void {
    if (this.#id !== null) running.delete(this.#id);
    this.#id = null;
  }

  async #clear(id: string): Promise<void> {
    // It may have fired in the meantime.
    await call(`timers.clear${this.#kind}`, { id }).catch(() => {});
  }

  /** Cancels the timer. */
  close(): this {
    const id = this.#id;
    this.#closed = true;
    this.#forget();
    if (id !== null) void this.#clear(id);
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Calls a function once, after `timeout` milliseconds. */
export function setTimeout(callback: Callback, timeout = 1, ...args: unknown[]): PlatformTimer {
  return new PlatformTimer('Timeout', callback, timeout, args);
}

/** Calls a function again and again, every `timeout` milliseconds. */
export function setInterval(callback: Callback, timeout = 1, ...args: unknown[]): PlatformTimer {
  return new PlatformTimer('Interval', callback, timeout, args);
}

/** Calls a function in the next tick of the runtime. */
export function setImmediate(callback: Callback, ...args: unknown[]): PlatformTimer {
  return new PlatformTimer('Immediate', callback, 0, args);
}

/** Cancels a timer of any kind. */
export function clearTimeout(timer?: PlatformTimer | null): void {
  timer?.close();
}

/** Cancels a timer of any kind. */
export const clearInterval = clearTimeout;

/** Cancels a timer of any kind. */
export const clearImmediate = clearTimeout;

export default {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout,
};

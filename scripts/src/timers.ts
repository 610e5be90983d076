/** Timers: `oro:timers`. */

import { Immediate, Interval, Timeout, immediateOf } from './timers/timer.js';
import platform from './timers/platform.js';
import promises, { scheduler, type TimerOptions } from './timers/promises.js';

type Callback = (...args: any[]) => void;

/** Calls a function once, after `delay` milliseconds. */
export function setTimeout(callback: Callback, delay = 1, ...args: unknown[]): Timeout {
  return new Timeout(callback, delay, args, false);
}

/** Calls a function again and again, every `delay` milliseconds. */
export function setInterval(callback: Callback, delay = 1, ...args: unknown[]): Timeout {
  return new Timeout(callback, delay, args, true);
}

/** Calls a function once, after what is already waiting. */
export function setImmediate(callback: Callback, ...args: unknown[]): Immediate {
  return new Immediate(callback, args);
}

/** Cancels a timer. Anything that is no timer is passed over. */
export function clearTimeout(timer?: Timeout | number | string | null): void {
  if (timer instanceof Timeout) timer.close();
  else if (timer != null) globalThis.clearTimeout(Number(timer));
}

/** Cancels an interval. */
export const clearInterval = clearTimeout;

/** Cancels an immediate. */
export function clearImmediate(immediate?: Immediate | number | null): void {
  if (immediate instanceof Immediate) immediate.close();
  else if (immediate != null) immediateOf(Number(immediate))?.close();
}

/** Resolves after `delay` milliseconds. */
export function sleep(delay?: number, options?: TimerOptions): Promise<void> {
  return promises.setTimeout(delay, undefined, options);
}

const custom = Symbol.for('nodejs.util.promisify.custom');
for (const [callbackForm, promiseForm] of [
  [setTimeout, promises.setTimeout],
  [setImmediate, promises.setImmediate],
] as const) {
  Object.defineProperty(callbackForm, custom, { value: promiseForm });
}

export { Immediate, Interval, Timeout, platform, promises, scheduler };
export default {
  Immediate,
  Interval,
  Timeout,
  clearImmediate,
  clearInterval,
  clearTimeout,
  platform,
  promises,
  scheduler,
  setImmediate,
  setInterval,
  setTimeout,
  sleep,
};

/** Timers: `oro:timers`. */

import { Immediate, Timeout, immediateOf } from './timers/timer.js';
import platform from './timers/platform.js';
import promises from './timers/promises.js';

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

const custom = Symbol.for('nodejs.util.promisify.custom');
for (const [callbackForm, promiseForm] of [
  [setTimeout, promises.setTimeout],
  [setImmediate, promises.setImmediate],
] as const) {
  Object.defineProperty(callbackForm, custom, { value: promiseForm });
}

export { Immediate, Timeout, platform, promises };
export default {
  clearImmediate,
  clearInterval,
  clearTimeout,
  platform,
  promises,
  setImmediate,
  setInterval,
  setTimeout,
};

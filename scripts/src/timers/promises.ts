/** Timers as promises: `oro:timers/promises`. */

import { AbortError } from '../errors.js';
import { Immediate, Timeout } from './timer.js';

/** What ends the waiting early. */
export interface TimerOptions {
  signal?: AbortSignal | null | undefined;
  ref?: boolean;
}

/** Resolves to `value` after `delay` milliseconds. */
export function setTimeout<T = void>(delay = 1, value?: T, options: TimerOptions = {}): Promise<T> {
  return wait(value, options, (done) => new Timeout(done, delay, [], false));
}

/** Resolves to `value` after what is already waiting. */
export function setImmediate<T = void>(value?: T, options: TimerOptions = {}): Promise<T> {
  return wait(value, options, (done) => new Immediate(done, []));
}

/** Yields `value` every `delay` milliseconds. Ticks that nobody waited for are not lost. */
export async function* setInterval<T = void>(
  delay = 1,
  value?: T,
  options: TimerOptions = {},
): AsyncGenerator<T, void, void> {
  const { signal } = options;
  if (signal?.aborted) throw AbortError.of(signal);
  let due = 0;
  let wake = (): void => {};
  const tick = (): void => {
    due += 1;
    wake();
  };
  const timer = new Timeout(tick, delay, [], true);
  const abort = (): void => wake();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (due === 0 && !signal?.aborted) await new Promise<void>((resolve) => (wake = resolve));
      if (signal?.aborted) throw AbortError.of(signal);
      for (; due > 0; due -= 1) yield value as T;
    }
  } finally {
    timer.close();
    signal?.removeEventListener('abort', abort);
  }
}

/** Waiting, by the names of the scheduling interface of the web. */
export const scheduler = Object.freeze({
  wait: (delay: number, options?: TimerOptions): Promise<void> =>
    setTimeout(delay, undefined, options),
  yield: (): Promise<void> => setImmediate(),
});

function wait<T>(
  value: T | undefined,
  { signal }: TimerOptions,
  start: (done: () => void) => { close(): unknown },
): Promise<T> {
  if (signal?.aborted) return Promise.reject(AbortError.of(signal));
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      timer.close();
      reject(AbortError.of(signal as AbortSignal));
    };
    const timer = start(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value as T);
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

export default { scheduler, setImmediate, setInterval, setTimeout };

/** Events of Node and of the web: `oro:events`. */

import events from 'events/';
import { AbortError } from './errors.js';

/** A function that receives events. */
export type Listener = (...args: any[]) => void;

/** Sends events to the listeners of their names. */
export interface EventEmitter {
  addListener(name: string | symbol, listener: Listener): this;
  on(name: string | symbol, listener: Listener): this;
  once(name: string | symbol, listener: Listener): this;
  prependListener(name: string | symbol, listener: Listener): this;
  prependOnceListener(name: string | symbol, listener: Listener): this;
  off(name: string | symbol, listener: Listener): this;
  removeListener(name: string | symbol, listener: Listener): this;
  removeAllListeners(name?: string | symbol): this;
  emit(name: string | symbol, ...args: any[]): boolean;
  eventNames(): Array<string | symbol>;
  listenerCount(name: string | symbol): number;
  listeners(name: string | symbol): Listener[];
  rawListeners(name: string | symbol): Listener[];
  getMaxListeners(): number;
  setMaxListeners(count: number): this;
}

/** Makes emitters; also called without `new` by old code. */
export interface EventEmitterConstructor {
  new (): EventEmitter;
  readonly prototype: EventEmitter;
  defaultMaxListeners: number;
  listenerCount(emitter: EventEmitter, name: string | symbol): number;
  EventEmitter: EventEmitterConstructor;
}

interface Abortable {
  signal?: AbortSignal | null;
}

export const EventEmitter = events['EventEmitter'] as EventEmitterConstructor;

const waitForOne = events['once'] as (
  emitter: EventEmitter | EventTarget,
  name: string | symbol,
) => Promise<any[]>;

/** The number of listeners of a name that is still taken for intended. */
export const defaultMaxListeners: number = EventEmitter.defaultMaxListeners;

/** Waits for one event and resolves to what it carried; an `error` event rejects. */
export function once(
  emitter: EventEmitter | EventTarget,
  name: string | symbol,
  options: Abortable = {},
): Promise<any[]> {
  const { signal } = options;
  if (!signal) return waitForOne(emitter, name);
  if (signal.aborted) return Promise.reject(AbortError.of(signal));
  return new Promise((resolve, reject) => {
    const stop = listen(emitter, name, (...args) => settle(() => resolve(args)));
    const fail = (error: unknown): void => settle(() => reject(error));
    const stopError = name === 'error' || isTarget(emitter) ? null : listen(emitter, 'error', fail);
    const abort = (): void => fail(AbortError.of(signal));
    signal.addEventListener('abort', abort, { once: true });
    const settle = (finish: () => void): void => {
      stop();
      stopError?.();
      signal.removeEventListener('abort', abort);
      finish();
    };
  });
}

/** All events of a name, one after the other, until `signal` ends them. */
export async function* on(
  emitter: EventEmitter | EventTarget,
  name: string | symbol,
  options: Abortable = {},
): AsyncGenerator<any[], void, void> {
  const { signal } = options;
  if (signal?.aborted) throw AbortError.of(signal);
  const queue: any[][] = [];
  let failure: { error: unknown } | null = null;
  let wake = (): void => {};
  const fail = (error: unknown): void => {
    failure = { error };
    wake();
  };
  const stop = listen(emitter, name, (...args) => {
    queue.push(args);
    wake();
  });
  const stopError = name === 'error' || isTarget(emitter) ? null : listen(emitter, 'error', fail);
  const abort = (): void => fail(AbortError.of(signal as AbortSignal));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const next = queue.shift();
      if (next) yield next;
      else if (failure) throw (failure as { error: unknown }).error;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stop();
    stopError?.();
    signal?.removeEventListener('abort', abort);
  }
}

/** The number of listeners of a name. */
export function listenerCount(emitter: EventEmitter, name: string | symbol): number {
  return emitter.listenerCount(name);
}

/** The listeners of a name, as functions. */
export function getEventListeners(emitter: EventEmitter, name: string | symbol): Listener[] {
  return emitter.listeners(name);
}

/** Sets how many listeners of a name are taken for intended. */
export function setMaxListeners(count: number, ...emitters: EventEmitter[]): void {
  if (emitters.length === 0) EventEmitter.defaultMaxListeners = count;
  for (const emitter of emitters) emitter.setMaxListeners(count);
}

function isTarget(emitter: EventEmitter | EventTarget): emitter is EventTarget {
  return typeof (emitter as EventTarget).addEventListener === 'function' && !('emit' in emitter);
}

function listen(
  emitter: EventEmitter | EventTarget,
  name: string | symbol,
  listener: Listener,
): () => void {
  if (isTarget(emitter)) {
    emitter.addEventListener(String(name), listener);
    return () => emitter.removeEventListener(String(name), listener);
  }
  emitter.on(name, listener);
  return () => emitter.off(name, listener);
}

export const Event = globalThis.Event;
export const EventTarget = globalThis.EventTarget;
export const CustomEvent = globalThis.CustomEvent;
export const MessageEvent = globalThis.MessageEvent;
export const ErrorEvent = globalThis.ErrorEvent;

// Node's module is the class itself, with the functions on it.
export default Object.assign(EventEmitter, {
  CustomEvent,
  ErrorEvent,
  Event,
  EventTarget,
  MessageEvent,
  getEventListeners,
  on,
  once,
  setMaxListeners,
});

/**
 * File system operations, written once for promises, callbacks and blocking calls.
 *
 * An operation is a generator that yields the calls it needs. `perform` answers them as they come
 * in, `performSync` blocks for each of them.
 */

import { AbortError, OroError, SystemError, isSystemCode, type SystemCall } from '../errors.js';
import type { Routes } from '../generated/routes.js';
import { exchange, exchangeSync, type Params } from '../ipc/transport.js';

interface Call {
  route: keyof Routes;
  params: Params;
  where: SystemCall;
  body: Uint8Array | undefined;
}

interface Wait {
  wait: unknown;
}

/** A file system operation that has not begun. */
export type Operation<R> = Generator<Call | Wait, R, any>;

/** Calls a route; its failure is told as one of the system call `where`. */
export function* invoke<K extends keyof Routes>(
  route: K,
  params: Routes[K]['params'],
  where: SystemCall,
  body?: Uint8Array,
): Operation<Routes[K]['result']> {
  return (yield { route, params: params as Params, where, body }) as Routes[K]['result'];
}

/** Waits for a promise, in an operation that is not blocking. */
export function* settled<T>(value: T | PromiseLike<T>): Operation<T> {
  if (typeof (value as PromiseLike<T> | null)?.then !== 'function') return value as T;
  return (yield { wait: value }) as T;
}

/** Runs an operation. */
export async function perform<R>(operation: Operation<R>, signal?: AbortSignal | null): Promise<R> {
  // Once it is aborted, what is left of the operation is only its cleaning up.
  let live = signal;
  let step = operation.next();
  while (!step.done) {
    const request = step.value;
    let resume: () => IteratorResult<Call | Wait, R>;
    try {
      if (live?.aborted) throw AbortError.of(live);
      const value = 'wait' in request ? await request.wait : await answer(request, live);
      resume = () => operation.next(value);
    } catch (error) {
      if (live?.aborted) live = null;
      const cause = 'wait' in request ? error : systemError(error, request.where);
      resume = () => operation.throw(cause);
    }
    step = resume();
  }
  return step.value;
}

/** Runs an operation and blocks until it is done. */
export function performSync<R>(operation: Operation<R>): R {
  let step = operation.next();
  while (!step.done) {
    const request = step.value;
    let resume: () => IteratorResult<Call | Wait, R>;
    try {
      if ('wait' in request) throw new TypeError('A blocking call cannot wait for a promise');
      const { data } = exchangeSync(request.route, request.params, { body: request.body });
      resume = () => operation.next(data);
    } catch (error) {
      const cause = 'wait' in request ? error : systemError(error, request.where);
      resume = () => operation.throw(cause);
    }
    step = resume();
  }
  return step.value;
}

async function answer(request: Call, signal?: AbortSignal | null): Promise<unknown> {
  const { route, params, body } = request;
  return (await exchange(route, params, { body, signal })).data;
}

/** An error of the system as Node tells it; any other error as it is. */
export function systemError(error: unknown, where: SystemCall): unknown {
  if (!(error instanceof OroError)) return error;
  if (error.code === 'ENOTOPEN') return new SystemError('EBADF', { syscall: where.syscall });
  // Native code takes an empty path for a missing one.
  if (error.code === 'ERR_INVALID_ARG' && where.path === '')
    return new SystemError('ENOENT', where);
  // Of two paths it names the one that is refused.
  if (error.name === 'SecurityError') {
    const { path } = error as OroError & Partial<SystemCall>;
    return Object.assign(error, where, { path });
  }
  if (!isSystemCode(error.code)) return Object.assign(error, where);
  // A route that does several things knows best which of them failed.
  const told = error as OroError & Partial<SystemCall>;
  if ((where.syscall === 'open' || where.syscall === 'rm') && told.syscall) {
    const { syscall, path, dest } = told;
    // Node reads by number, and then no longer knows the path.
    const paths =
      syscall === 'read' ? {} : { ...(path ? { path } : {}), ...(dest ? { dest } : {}) };
    return new SystemError(error.code, { syscall, ...paths });
  }
  return new SystemError(error.code, where, error.message);
}

/** The arguments of an operation. */
type Arguments<F> = F extends (...args: infer A) => Operation<any> ? A : never;
/** The result of an operation. */
type Outcome<F> = F extends (...args: any[]) => Operation<infer R> ? R : never;

/** The promise form of an operation. */
export type PromiseForm<F> = (...args: Arguments<F>) => Promise<Outcome<F>>;
/** The blocking form of an operation. */
export type SyncForm<F> = (...args: Arguments<F>) => Outcome<F>;
/** Receives the error, or null and the result. */
export type Callback<R> = [R] extends [void]
  ? (error: Error | null) => void
  : (error: Error | null, result: R) => void;
/** The callback form of an operation: its arguments, of which the optional ones may be left out. */
export type CallbackForm<F> = (
  ...args: [...Leading<Arguments<F>>, callback: Callback<Outcome<F>>]
) => void;

type Leading<A extends readonly unknown[]> = number extends A['length']
  ? A
  : A extends readonly []
    ? []
    : A extends readonly [infer First, ...infer Rest]
      ? [First, ...Leading<Rest>]
      : A extends readonly [(infer First)?, ...infer Rest]
        ? [] | [First | undefined, ...Leading<Rest>]
        : [];

interface Signalled {
  signal?: AbortSignal | null | undefined;
}

/** The promise form of an operation. An argument with a `signal` can end it. */
export function promised<F extends (...args: any[]) => Operation<any>>(form: F): PromiseForm<F> {
  // Async, so that a bad argument rejects instead of throwing.
  const run = async (...args: unknown[]): Promise<unknown> =>
    perform(form(...args), signalOf(args));
  return named(run, form) as unknown as PromiseForm<F>;
}

/** The blocking form of an operation. */
export function blocking<F extends (...args: any[]) => Operation<any>>(form: F): SyncForm<F> {
  const run = (...args: unknown[]): unknown => performSync(form(...args));
  return named(run, form, 'Sync') as unknown as SyncForm<F>;
}

/** The callback form of an operation; `spread` gives the callback more than one result. */
export function callbacked<F extends (...args: any[]) => Operation<any>>(
  form: F,
  spread?: (result: Outcome<F>) => unknown[],
): CallbackForm<F> {
  const run = (...all: unknown[]): void => {
    const at = all.findLastIndex((argument) => typeof argument === 'function');
    const callback = all[at] as ((error: unknown, ...results: unknown[]) => void) | undefined;
    if (!callback) throw invalidCallback(all[all.length - 1]);
    const args = all.slice(0, at);
    const operation = form(...args);
    // The first step checks the arguments: a bad one throws here, as in Node.
    const begun = begin(operation);
    perform(begun, signalOf(args)).then(
      (result) => {
        const results = spread
          ? spread(result as Outcome<F>)
          : result === undefined
            ? []
            : [result];
        // Out of the promise, so that what the callback throws is an uncaught error.
        queueMicrotask(() => callback(null, ...results));
      },
      (error: unknown) => queueMicrotask(() => callback(error)),
    );
  };
  return named(run, form) as unknown as CallbackForm<F>;
}

/** Runs an operation up to its first call; the rest of it is the result. */
function begin<R>(operation: Operation<R>): Operation<R> {
  const first = operation.next();
  return (function* rest(): Operation<R> {
    let step = first;
    while (!step.done) {
      let value: unknown;
      try {
        value = yield step.value;
      } catch (error) {
        step = operation.throw(error);
        continue;
      }
      step = operation.next(value);
    }
    return step.value;
  })();
}

function signalOf(args: readonly unknown[]): AbortSignal | null | undefined {
  for (const argument of args) {
    if (typeof argument !== 'object' || argument === null || ArrayBuffer.isView(argument)) continue;
    const { signal } = argument as Signalled;
    if (signal instanceof AbortSignal) return signal;
  }
  return undefined;
}

function named(run: object, form: { name: string }, suffix = ''): object {
  return Object.defineProperty(run, 'name', { value: form.name + suffix });
}

function invalidCallback(value: unknown): TypeError {
  const text = `The "cb" argument must be of type function. Received ${String(value)}`;
  return Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_TYPE' });
}

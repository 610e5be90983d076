declare module 'oro:internal/fs/operation' {
/**
 * File system operations, written once for promises, callbacks and blocking calls.
 *
 * An operation is a generator that yields the calls it needs. `perform` answers them as they come
 * in, `performSync` blocks for each of them.
 */
import { type SystemCall } from 'oro:errors';
import type { Routes } from 'oro:internal/generated/routes';
import { type Params } from 'oro:internal/ipc/transport';
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
export function invoke<K extends keyof Routes>(route: K, params: Routes[K]['params'], where: SystemCall, body?: Uint8Array): Operation<Routes[K]['result']>;
/** Waits for a promise, in an operation that is not blocking. */
export function settled<T>(value: T | PromiseLike<T>): Operation<T>;
/** Runs an operation. */
export function perform<R>(operation: Operation<R>, signal?: AbortSignal | null): Promise<R>;
/** Runs an operation and blocks until it is done. */
export function performSync<R>(operation: Operation<R>): R;
/** An error of the system as Node tells it; any other error as it is. */
export function systemError(error: unknown, where: SystemCall): unknown;
/** The arguments of an operation. */
type Arguments<F> = F extends (...args: infer A) => Operation<any> ? A : never;
/** The result of an operation. */
type Outcome<F> = F extends (...args: any[]) => Operation<infer R> ? R : never;
/** The promise form of an operation. */
export type PromiseForm<F> = (...args: Arguments<F>) => Promise<Outcome<F>>;
/** The blocking form of an operation. */
export type SyncForm<F> = (...args: Arguments<F>) => Outcome<F>;
/** Receives the error, or null and the result. */
export type Callback<R> = [R] extends [void] ? (error: Error | null) => void : (error: Error | null, result: R) => void;
/** The callback form of an operation: its arguments, of which the optional ones may be left out. */
export type CallbackForm<F> = (...args: [...Leading<Arguments<F>>, callback: Callback<Outcome<F>>]) => void;
type Leading<A extends readonly unknown[]> = number extends A['length'] ? A : A extends readonly [] ? [] : A extends readonly [infer First, ...infer Rest] ? [First, ...Leading<Rest>] : A extends readonly [(infer First)?, ...infer Rest] ? [] | [First | undefined, ...Leading<Rest>] : [];
/** The promise form of an operation. An argument with a `signal` can end it. */
export function promised<F extends (...args: any[]) => Operation<any>>(form: F): PromiseForm<F>;
/** The blocking form of an operation. */
export function blocking<F extends (...args: any[]) => Operation<any>>(form: F): SyncForm<F>;
/** The callback form of an operation; `spread` gives the callback more than one result. */
export function callbacked<F extends (...args: any[]) => Operation<any>>(form: F, spread?: (result: Outcome<F>) => unknown[]): CallbackForm<F>;
export {};
}

declare module 'oro:timers/platform' {
/**
 * Timers of the runtime: `oro:timers/platform`.
 *
 * They go on while the WebView slows the timers of a hidden page down, they may be longer than
 * 2^31 ms, and they stand still while the application is paused.
 */
type Callback = (...args: any[]) => void;
type Kind = 'Timeout' | 'Interval' | 'Immediate';
/** A timer of the runtime. */
export class PlatformTimer {
    #private;
    constructor(kind: Kind, callback: Callback, timeout: number, args: unknown[]);
    /** Cancels the timer. */
    close(): this;
    [Symbol.dispose](): void;
}
/** Calls a function once, after `timeout` milliseconds. */
export function setTimeout(callback: Callback, timeout?: number, ...args: unknown[]): PlatformTimer;
/** Calls a function again and again, every `timeout` milliseconds. */
export function setInterval(callback: Callback, timeout?: number, ...args: unknown[]): PlatformTimer;
/** Calls a function in the next tick of the runtime. */
export function setImmediate(callback: Callback, ...args: unknown[]): PlatformTimer;
/** Cancels a timer of any kind. */
export function clearTimeout(timer?: PlatformTimer | null): void;
/** Cancels a timer of any kind. */
export const clearInterval: typeof clearTimeout;
/** Cancels a timer of any kind. */
export const clearImmediate: typeof clearTimeout;
const _default: {
    clearImmediate: typeof clearTimeout;
    clearInterval: typeof clearTimeout;
    clearTimeout: typeof clearTimeout;
    setImmediate: typeof setImmediate;
    setInterval: typeof setInterval;
    setTimeout: typeof setTimeout;
};
export default _default;
}

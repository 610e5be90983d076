declare module 'oro:timers' {
/** Timers: `oro:timers`. */
import { Immediate, Interval, Timeout } from 'oro:timers/timer';
import platform from 'oro:timers/platform';
import promises, { scheduler, type TimerOptions } from 'oro:timers/promises';
type Callback = (...args: any[]) => void;
/** Calls a function once, after `delay` milliseconds. */
export function setTimeout(callback: Callback, delay?: number, ...args: unknown[]): Timeout;
/** Calls a function again and again, every `delay` milliseconds. */
export function setInterval(callback: Callback, delay?: number, ...args: unknown[]): Timeout;
/** Calls a function once, after what is already waiting. */
export function setImmediate(callback: Callback, ...args: unknown[]): Immediate;
/** Cancels a timer. Anything that is no timer is passed over. */
export function clearTimeout(timer?: Timeout | number | string | null): void;
/** Cancels an interval. */
export const clearInterval: typeof clearTimeout;
/** Cancels an immediate. */
export function clearImmediate(immediate?: Immediate | number | null): void;
/** Resolves after `delay` milliseconds. */
export function sleep(delay?: number, options?: TimerOptions): Promise<void>;
export { Immediate, Interval, Timeout, platform, promises, scheduler };
const _default: {
    Immediate: typeof Immediate;
    Interval: typeof Timeout;
    Timeout: typeof Timeout;
    clearImmediate: typeof clearImmediate;
    clearInterval: typeof clearTimeout;
    clearTimeout: typeof clearTimeout;
    platform: {
        clearImmediate: typeof import("oro:timers/platform").clearTimeout;
        clearInterval: typeof import("oro:timers/platform").clearTimeout;
        clearTimeout: typeof import("oro:timers/platform").clearTimeout;
        setImmediate: typeof import("oro:timers/platform").setImmediate;
        setInterval: typeof import("oro:timers/platform").setInterval;
        setTimeout: typeof import("oro:timers/platform").setTimeout;
    };
    promises: {
        scheduler: Readonly<{
            wait: (delay: number, options?: TimerOptions) => Promise<void>;
            yield: () => Promise<void>;
        }>;
        setImmediate: typeof import("oro:timers/promises").setImmediate;
        setInterval: typeof import("oro:timers/promises").setInterval;
        setTimeout: typeof import("oro:timers/promises").setTimeout;
    };
    scheduler: Readonly<{
        wait: (delay: number, options?: TimerOptions) => Promise<void>;
        yield: () => Promise<void>;
    }>;
    setImmediate: typeof setImmediate;
    setInterval: typeof setInterval;
    setTimeout: typeof setTimeout;
    sleep: typeof sleep;
};
export default _default;
}

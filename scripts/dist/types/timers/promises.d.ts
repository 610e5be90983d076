declare module 'oro:timers/promises' {
/** Timers as promises: `oro:timers/promises`. */
/** What ends the waiting early. */
export interface TimerOptions {
    signal?: AbortSignal | null | undefined;
    ref?: boolean;
}
/** Resolves to `value` after `delay` milliseconds. */
export function setTimeout<T = void>(delay?: number, value?: T, options?: TimerOptions): Promise<T>;
/** Resolves to `value` after what is already waiting. */
export function setImmediate<T = void>(value?: T, options?: TimerOptions): Promise<T>;
/** Yields `value` every `delay` milliseconds. Ticks that nobody waited for are not lost. */
export function setInterval<T = void>(delay?: number, value?: T, options?: TimerOptions): AsyncGenerator<T, void, void>;
/** Waiting, by the names of the scheduling interface of the web. */
export const scheduler: Readonly<{
    wait: (delay: number, options?: TimerOptions) => Promise<void>;
    yield: () => Promise<void>;
}>;
const _default: {
    scheduler: Readonly<{
        wait: (delay: number, options?: TimerOptions) => Promise<void>;
        yield: () => Promise<void>;
    }>;
    setImmediate: typeof setImmediate;
    setInterval: typeof setInterval;
    setTimeout: typeof setTimeout;
};
export default _default;
}

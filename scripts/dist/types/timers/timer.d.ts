declare module 'oro:timers/timer' {
/** Timers as objects, over those of the WebView: `oro:timers/timer`. */
type Callback = (...args: any[]) => void;
abstract class Timer {
    #private;
    /** Does nothing here but remember: a page does not end by itself. */
    ref(): this;
    unref(): this;
    hasRef(): boolean;
}
/** What `setTimeout` and `setInterval` return; as a number it is the WebView's own. */
export class Timeout extends Timer {
    #private;
    constructor(callback: Callback, delay: number, args: unknown[], repeat: boolean);
    /** The WebView's number of this timer. */
    get id(): number;
    /** Starts the time over. */
    refresh(): this;
    /** Cancels the timer. */
    close(): this;
    [Symbol.toPrimitive](): number;
    [Symbol.dispose](): void;
}
/** What `setInterval` returns. */
export const Interval: typeof Timeout;
/** What `setImmediate` returns. */
export class Immediate extends Timer {
    #private;
    constructor(callback: Callback, args: unknown[]);
    /** Cancels the callback. */
    close(): void;
    [Symbol.toPrimitive](): number;
    [Symbol.dispose](): void;
}
/** The immediate of a number. */
export function immediateOf(id: number): Immediate | undefined;
const _default: {
    Immediate: typeof Immediate;
    Interval: typeof Timeout;
    Timeout: typeof Timeout;
};
export default _default;
}

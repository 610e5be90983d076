declare module 'oro:events' {
/** Events of Node and of the web: `oro:events`. */
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
export const EventEmitter: EventEmitterConstructor;
/** The number of listeners of a name that is still taken for intended. */
export const defaultMaxListeners: number;
/** Waits for one event and resolves to what it carried; an `error` event rejects. */
export function once(emitter: EventEmitter | EventTarget, name: string | symbol, options?: Abortable): Promise<any[]>;
/** All events of a name, one after the other, until `signal` ends them. */
export function on(emitter: EventEmitter | EventTarget, name: string | symbol, options?: Abortable): AsyncGenerator<any[], void, void>;
/** The number of listeners of a name. */
export function listenerCount(emitter: EventEmitter, name: string | symbol): number;
/** The listeners of a name, as functions. */
export function getEventListeners(emitter: EventEmitter, name: string | symbol): Listener[];
/** Sets how many listeners of a name are taken for intended. */
export function setMaxListeners(count: number, ...emitters: EventEmitter[]): void;
export const Event: {
    new (type: string, eventInitDict?: EventInit): Event;
    prototype: Event;
    readonly NONE: 0;
    readonly CAPTURING_PHASE: 1;
    readonly AT_TARGET: 2;
    readonly BUBBLING_PHASE: 3;
};
export const EventTarget: {
    new (): EventTarget;
    prototype: EventTarget;
};
export const CustomEvent: {
    new <T>(type: string, eventInitDict?: CustomEventInit<T>): CustomEvent<T>;
    prototype: CustomEvent;
};
export const MessageEvent: {
    new <T>(type: string, eventInitDict?: MessageEventInit<T>): MessageEvent<T>;
    prototype: MessageEvent;
};
export const ErrorEvent: {
    new (type: string, eventInitDict?: ErrorEventInit): ErrorEvent;
    prototype: ErrorEvent;
};
const _default: EventEmitterConstructor & {
    CustomEvent: {
        new <T>(type: string, eventInitDict?: CustomEventInit<T>): CustomEvent<T>;
        prototype: CustomEvent;
    };
    ErrorEvent: {
        new (type: string, eventInitDict?: ErrorEventInit): ErrorEvent;
        prototype: ErrorEvent;
    };
    Event: {
        new (type: string, eventInitDict?: EventInit): Event;
        prototype: Event;
        readonly NONE: 0;
        readonly CAPTURING_PHASE: 1;
        readonly AT_TARGET: 2;
        readonly BUBBLING_PHASE: 3;
    };
    EventTarget: {
        new (): EventTarget;
        prototype: EventTarget;
    };
    MessageEvent: {
        new <T>(type: string, eventInitDict?: MessageEventInit<T>): MessageEvent<T>;
        prototype: MessageEvent;
    };
    getEventListeners: typeof getEventListeners;
    on: typeof on;
    once: typeof once;
    setMaxListeners: typeof setMaxListeners;
};
export default _default;
}

declare module 'oro:hooks' {
/**
 * Moments in the life of the application: `oro:hooks`. Each `on…` function takes a callback and
 * returns a function that takes it back.
 */
type Callback<E = Event> = (event: E) => void;
/** Ends the listening. */
export type Stop = () => void;
/** Events of the application, on one target. */
export class Hooks extends EventTarget {
    /** Whether the document is loaded. */
    get isDocumentReady(): boolean;
    /** Whether the runtime is there. */
    get isRuntimeReady(): boolean;
    /** Whether the document and the runtime are there. */
    get isReady(): boolean;
    /** Waits for one event of the application. */
    wait<E extends Event = Event>(name: string, callback?: Callback<E>): Promise<E>;
    onReady: typeof onReady;
    onLoad: typeof onLoad;
    onInit: typeof onInit;
    onError: typeof onError;
    onData: typeof onData;
    onMessage: typeof onMessage;
    onOnline: typeof onOnline;
    onOffline: typeof onOffline;
    onLanguageChange: typeof onLanguageChange;
    onPermissionChange: typeof onPermissionChange;
    onNotificationResponse: typeof onNotificationResponse;
    onNotificationPresented: typeof onNotificationPresented;
    onApplicationURL: typeof onApplicationURL;
    onApplicationPause: typeof onApplicationPause;
    onApplicationResume: typeof onApplicationResume;
    onApplicationStop: typeof onApplicationStop;
}
/** The runtime and the document are there, and everything that the page asked for is loaded. */
export class InitEvent extends Event {
    constructor();
}
/** The document is loaded. */
export class LoadEvent extends Event {
    constructor();
}
/** The runtime and the document are there. */
export class ReadyEvent extends Event {
    constructor();
}
/** Waits for one event. */
export function wait<E extends Event = Event>(name: string, callback?: Callback<E>): Promise<E>;
/** Once the document can be worked on; at once if it already can. */
export function onReady(callback: Callback<ReadyEvent>): Stop;
/** Once the document is loaded with everything in it; at once if it already is. */
export function onLoad(callback: Callback<LoadEvent>): Stop;
/** Once the runtime is there, which it is before any script of a page. */
export function onInit(callback: Callback<InitEvent>): Stop;
/** Errors that nothing caught, and promises whose rejection nothing handled. */
export function onError(callback: Callback<ErrorEvent | PromiseRejectionEvent>): Stop;
/** Bytes that the runtime sends unasked. */
export function onData(callback: Callback<CustomEvent>): Stop;
/** Messages to this window. */
export function onMessage(callback: Callback<MessageEvent>): Stop;
/** The network is there again. */
export function onOnline(callback: Callback): Stop;
/** The network is gone. */
export function onOffline(callback: Callback): Stop;
/** The user chose other languages. */
export function onLanguageChange(callback: Callback): Stop;
/** A permission was given or taken. */
export function onPermissionChange(callback: Callback<CustomEvent>): Stop;
/** The user answered a notification. */
export function onNotificationResponse(callback: Callback<CustomEvent>): Stop;
/** A notification is shown. */
export function onNotificationPresented(callback: Callback<CustomEvent>): Stop;
/** An address of the application was opened from outside. */
export function onApplicationURL(callback: Callback<CustomEvent<{
    url: string;
}>>): Stop;
/** The application goes to the background. */
export function onApplicationPause(callback: Callback<CustomEvent>): Stop;
/** The application comes to the foreground. */
export function onApplicationResume(callback: Callback<CustomEvent>): Stop;
/** The application is about to end. */
export function onApplicationStop(callback: Callback<CustomEvent>): Stop;
const hooks: Hooks;
export default hooks;
}

/**
 * Moments in the life of the application: `oro:hooks`. Each `on…` function takes a callback and
 * returns a function that takes it back.
 */

type Callback<E = Event> = (event: E) => void;
/** Ends the listening. */
export type Stop = () => void;

const target: EventTarget = globalThis;

/** Events of the application, on one target. */
export class Hooks extends EventTarget {
  /** Whether the document is loaded. */
  get isDocumentReady(): boolean {
    return !('document' in globalThis) || document.readyState === 'complete';
  }

  /** Whether the runtime is there. */
  get isRuntimeReady(): boolean {
    return (globalThis as { isOroRuntime?: boolean }).isOroRuntime === true;
  }

  /** Whether the document and the runtime are there. */
  get isReady(): boolean {
    return this.isDocumentReady && this.isRuntimeReady;
  }

  /** Waits for one event of the application. */
  wait<E extends Event = Event>(name: string, callback?: Callback<E>): Promise<E> {
    return wait(name, callback);
  }

  onReady = onReady;
  onLoad = onLoad;
  onInit = onInit;
  onError = onError;
  onData = onData;
  onMessage = onMessage;
  onOnline = onOnline;
  onOffline = onOffline;
  onLanguageChange = onLanguageChange;
  onPermissionChange = onPermissionChange;
  onNotificationResponse = onNotificationResponse;
  onNotificationPresented = onNotificationPresented;
  onApplicationURL = onApplicationURL;
  onApplicationPause = onApplicationPause;
  onApplicationResume = onApplicationResume;
  onApplicationStop = onApplicationStop;
}

/** The runtime and the document are there, and everything that the page asked for is loaded. */
export class InitEvent extends Event {
  constructor() {
    super('init');
  }
}
/** The document is loaded. */
export class LoadEvent extends Event {
  constructor() {
    super('load');
  }
}
/** The runtime and the document are there. */
export class ReadyEvent extends Event {
  constructor() {
    super('ready');
  }
}

/** Waits for one event. */
export function wait<E extends Event = Event>(name: string, callback?: Callback<E>): Promise<E> {
  return new Promise((resolve) => {
    const receive = (event: Event): void => {
      callback?.(event as E);
      resolve(event as E);
    };
    target.addEventListener(name, receive, { once: true });
  });
}

/** Once the document can be worked on; at once if it already can. */
export function onReady(callback: Callback<ReadyEvent>): Stop {
  return once(
    'DOMContentLoaded',
    () => document.readyState !== 'loading',
    () => callback(new ReadyEvent()),
  );
}

/** Once the document is loaded with everything in it; at once if it already is. */
export function onLoad(callback: Callback<LoadEvent>): Stop {
  return once(
    'load',
    () => document.readyState === 'complete',
    () => callback(new LoadEvent()),
  );
}

/** Once the runtime is there, which it is before any script of a page. */
export function onInit(callback: Callback<InitEvent>): Stop {
  return once(
    null,
    () => true,
    () => callback(new InitEvent()),
  );
}

/** Errors that nothing caught, and promises whose rejection nothing handled. */
export function onError(callback: Callback<ErrorEvent | PromiseRejectionEvent>): Stop {
  const stops = ['error', 'unhandledrejection', 'messageerror'].map((name) =>
    listen(name, callback),
  );
  return () => stops.forEach((stop) => stop());
}

/** Bytes that the runtime sends unasked. */
export function onData(callback: Callback<CustomEvent>): Stop {
  return listen('data', callback);
}

/** Messages to this window. */
export function onMessage(callback: Callback<MessageEvent>): Stop {
  return listen('message', callback);
}

/** The network is there again. */
export function onOnline(callback: Callback): Stop {
  return listen('online', callback);
}

/** The network is gone. */
export function onOffline(callback: Callback): Stop {
  return listen('offline', callback);
}

/** The user chose other languages. */
export function onLanguageChange(callback: Callback): Stop {
  return listen('languagechange', callback);
}

/** A permission was given or taken. */
export function onPermissionChange(callback: Callback<CustomEvent>): Stop {
  return listen('permissionchange', callback);
}

/** The user answered a notification. */
export function onNotificationResponse(callback: Callback<CustomEvent>): Stop {
  return listen('notificationresponse', callback);
}

/** A notification is shown. */
export function onNotificationPresented(callback: Callback<CustomEvent>): Stop {
  return listen('notificationpresented', callback);
}

/** An address of the application was opened from outside. */
export function onApplicationURL(callback: Callback<CustomEvent<{ url: string }>>): Stop {
  return listen('applicationurl', callback);
}

/** The application goes to the background. */
export function onApplicationPause(callback: Callback<CustomEvent>): Stop {
  return listen('applicationpause', callback);
}

/** The application comes to the foreground. */
export function onApplicationResume(callback: Callback<CustomEvent>): Stop {
  return listen('applicationresume', callback);
}

/** The application is about to end. */
export function onApplicationStop(callback: Callback<CustomEvent>): Stop {
  return listen('applicationstop', callback);
}

function listen<E extends Event>(name: string, callback: Callback<E>): Stop {
  const receive = callback as EventListener;
  target.addEventListener(name, receive);
  return () => target.removeEventListener(name, receive);
}

function once(name: string | null, isPast: () => boolean, callback: () => void): Stop {
  let live = true;
  const run = (): void => {
    if (!live) return;
    live = false;
    callback();
  };
  if (name === null || !('document' in globalThis) || isPast()) queueMicrotask(run);
  else target.addEventListener(name, run, { once: true });
  return () => {
    live = false;
  };
}

const hooks = new Hooks();
export default hooks;

/** The application and its windows: `oro:application`. */

import { backend } from './application/backend.js';
import type { Routes } from './generated/routes.js';
import { flush } from './internal/output.js';
import { args, runtimeVersion as version, windowIndex } from './internal/runtime.js';
import { call, on } from './ipc/transport.js';
import { ApplicationWindow, formatURL } from './window.js';

/** The most windows that an application has at once. */
export const MAX_WINDOWS = 64;

/** Options of `createWindow`. */
export type CreateWindowOptions = Omit<
  Routes['window.create']['params'],
  'targetWindowIndex' | 'url'
> & {
  /** The page to show, relative to this one. */
  path?: string;
  url?: string;
  /** The place in the list of windows; the first free one by default. */
  index?: number;
};

/** Windows by their places. */
export class ApplicationWindowList implements Iterable<ApplicationWindow> {
  readonly #windows: Map<number, ApplicationWindow>;

  constructor(windows: Iterable<ApplicationWindow> = []) {
    this.#windows = new Map([...windows].map((window) => [window.index, window]));
  }

  static from(...windows: ApplicationWindow[]): ApplicationWindowList {
    return new ApplicationWindowList(windows);
  }

  get length(): number {
    return this.#windows.size;
  }

  /** The window at a place. */
  item(index: number): ApplicationWindow | undefined {
    return this.#windows.get(index);
  }

  add(window: ApplicationWindow): this {
    this.#windows.set(window.index, window);
    return this;
  }

  remove(window: ApplicationWindow | number): boolean {
    return this.#windows.delete(typeof window === 'number' ? window : window.index);
  }

  contains(window: ApplicationWindow | number): boolean {
    return this.#windows.has(typeof window === 'number' ? window : window.index);
  }

  clear(): this {
    this.#windows.clear();
    return this;
  }

  forEach(callback: (window: ApplicationWindow, index: number, list: this) => void): void {
    for (const window of this) callback(window, window.index, this);
  }

  entries(): IterableIterator<[number, ApplicationWindow]> {
    return this.#windows.entries();
  }

  keys(): IterableIterator<number> {
    return this.#windows.keys();
  }

  values(): IterableIterator<ApplicationWindow> {
    return this.#windows.values();
  }

  [Symbol.iterator](): IterableIterator<ApplicationWindow> {
    return this.values();
  }
}

/** Opens a window. */
export async function createWindow(options: CreateWindowOptions = {}): Promise<ApplicationWindow> {
  const { path, url = path, index, ...rest } = options;
  const target = index === undefined ? {} : { targetWindowIndex: index };
  const address = url === undefined ? {} : { url: formatURL(url) };
  return new ApplicationWindow(await call('window.create', { ...rest, ...target, ...address }));
}

/** The windows at the given places, or all of them. */
export async function getWindows(indices?: readonly number[]): Promise<ApplicationWindowList> {
  const value = indices ? { value: indices.join(',') } : {};
  const states = await call('application.getWindows', value);
  return new ApplicationWindowList(states.map((state) => new ApplicationWindow(state)));
}

/** The window at a place. */
export async function getWindow(index: number): Promise<ApplicationWindow | null> {
  return (await getWindows([index])).item(index) ?? null;
}

/** The window that this code runs in. */
export async function getCurrentWindow(): Promise<ApplicationWindow> {
  const index = getCurrentWindowIndex();
  return (await getWindow(index)) ?? new ApplicationWindow({ index });
}

/** The place of the window that this code runs in. */
export function getCurrentWindowIndex(): number {
  return windowIndex();
}

/** The size of the screen in pixels. */
export function getScreenSize(): Promise<{ width: number; height: number }> {
  return call('application.getScreenSize');
}

/** Ends the application. */
export async function exit(code = 0): Promise<void> {
  await flush();
  await call('application.exit', { value: code });
}

let paused = false;
on('applicationpause', () => (paused = true));
on('applicationresume', () => (paused = false));

/** Whether the application is in the background. */
export function isPaused(): boolean {
  return paused;
}

/** The version of the runtime. */
export const runtimeVersion = Object.freeze({
  full: version(),
  short: version().replace(/[-+].*$/, ''),
  hash: /\+(.*)$/.exec(version())?.[1] ?? '',
});
/** Whether the runtime was started for debugging. */
export const debug: boolean = args().debug ?? false;
/** The public part of the configuration; keys are flattened with `_`. */
export const config: Readonly<Record<string, unknown>> = args().config ?? Object.freeze({});
/** The document that this code runs in. */
export const client = Object.freeze({
  id: args().client?.id ?? null,
  location: globalThis.location?.href ?? null,
  type: 'document' in globalThis ? 'window' : 'worker',
  frameType: frameType(),
});

function frameType(): string {
  if (!('document' in globalThis)) return 'none';
  return globalThis.parent === globalThis.self ? 'top-level' : 'nested';
}

export { backend };

export default {
  ApplicationWindowList,
  MAX_WINDOWS,
  backend,
  client,
  config,
  createWindow,
  debug,
  exit,
  getCurrentWindow,
  getCurrentWindowIndex,
  getScreenSize,
  getWindow,
  getWindows,
  isPaused,
  runtimeVersion,
};

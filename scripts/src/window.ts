/** Windows of the application: `oro:window`. */

import type { Routes } from './generated/routes.js';
import { windowIndex } from './internal/runtime.js';
import { call } from './ipc/transport.js';
import constants from './window/constants.js';

/** What the runtime says of a window. */
export type WindowState = Routes['window']['result'];

/** Width and height in pixels, or in percent of the screen as a text: `'50%'`. */
export interface Size {
  width: number | string;
  height: number | string;
}

/** Distance from the upper left corner of the screen. */
export interface Position {
  x: number | string;
  y: number | string;
}

/** A colour; each part but `alpha` goes from 0 to 255, `alpha` from 0 to 1. */
export interface Color {
  red: number;
  green: number;
  blue: number;
  alpha?: number;
}

/** Options of `send` and `postMessage`. */
export interface SendOptions {
  /** The window that gets the event; this one by default. */
  window?: number | ApplicationWindow;
  event: string;
  value?: unknown;
}

type Act = 'close' | 'hide' | 'maximize' | 'minimize' | 'restore' | 'show' | 'showInspector';

/**
 * A window of the application. It keeps what the runtime said of it last; every method that changes
 * the window brings that up to date.
 */
export class ApplicationWindow {
  static readonly constants = constants;

  #state: Partial<WindowState> & { readonly index: number };

  constructor(state: Partial<WindowState> & { readonly index: number }) {
    this.#state = state;
  }

  /** The place of the window in the list of the application. */
  get index(): number {
    return this.#state.index;
  }

  /** The identifier of the window's document. */
  get id(): string | null {
    return this.#state.id ?? null;
  }

  /** Whether this code runs in the window. */
  get isCurrent(): boolean {
    return this.index === windowIndex();
  }

  /** The address that the window shows. */
  get location(): string | null {
    return this.#state.location ?? this.#state.url ?? null;
  }

  /** What the runtime said of the window last. */
  get state(): Readonly<Partial<WindowState>> {
    return this.#state;
  }

  getSize(): { width: number; height: number } {
    const { size, width = 0, height = 0 } = this.#state;
    return size ? { ...size } : { width, height };
  }

  getPosition(): { x: number; y: number } {
    return { x: 0, y: 0, ...this.#state.position };
  }

  getTitle(): string {
    return this.#state.title ?? '';
  }

  /** One of the states of `oro:window/constants`. */
  getStatus(): number {
    return this.#state.status ?? constants.WINDOW_NONE;
  }

  /** Asks the runtime for the state of the window. */
  async refresh(): Promise<this> {
    const [state] = await call('application.getWindows', { value: String(this.index) });
    return this.#update(state);
  }

  close(): Promise<this> {
    return this.#act('close');
  }

  show(): Promise<this> {
    return this.#act('show');
  }

  hide(): Promise<this> {
    return this.#act('hide');
  }

  maximize(): Promise<this> {
    return this.#act('maximize');
  }

  minimize(): Promise<this> {
    return this.#act('minimize');
  }

  restore(): Promise<this> {
    return this.#act('restore');
  }

  showInspector(): Promise<this> {
    return this.#act('showInspector');
  }

  async setTitle(title: string): Promise<this> {
    return this.#update(await call('window.setTitle', { ...this.#target, value: title }));
  }

  async setSize(size: Size): Promise<this> {
    const { width, height } = size;
    return this.#update(await call('window.setSize', { ...this.#target, width, height }));
  }

  async setPosition(position: Position): Promise<this> {
    const { x, y } = position;
    return this.#update(await call('window.setPosition', { ...this.#target, x, y }));
  }

  async setBackgroundColor(color: Color): Promise<this> {
    const { red, green, blue, alpha = 1 } = color;
    const params = { ...this.#target, red, green, blue, alpha };
    return this.#update(await call('window.setBackgroundColor', params));
  }

  getBackgroundColor(): Promise<string> {
    return call('window.getBackgroundColor', this.#target);
  }

  /** Loads another page of the application. */
  async navigate(path: string | URL): Promise<this> {
    return this.#update(await call('window.navigate', { ...this.#target, url: formatURL(path) }));
  }

  /** Runs JavaScript in the window and returns its value. */
  eval(source: string): Promise<unknown> {
    return call('window.eval', { ...this.#target, value: source });
  }

  /** Dispatches an event in this window. */
  async send(options: SendOptions): Promise<void> {
    const { window = this, event, value } = options;
    const targetWindowIndex = typeof window === 'number' ? window : window.index;
    await call('window.send', { event, value, targetWindowIndex });
  }

  /** Sends a `message` event with `data` to this window. */
  postMessage(message: SendOptions | unknown): Promise<void> {
    const { event } = (message ?? {}) as Partial<SendOptions>;
    return this.send(event ? (message as SendOptions) : { event: 'message', value: message });
  }

  toJSON(): Partial<WindowState> {
    return { ...this.#state };
  }

  get #target(): { targetWindowIndex: number } {
    return { targetWindowIndex: this.index };
  }

  async #act(name: Act): Promise<this> {
    return this.#update(
      (await call(`window.${name}`, this.#target)) as Routes['window.close']['result'],
    );
  }

  #update(state: Partial<WindowState> | null | undefined): this {
    this.#state = { ...this.#state, ...state };
    return this;
  }
}

/** The absolute address of a page of the application. */
export function formatURL(path: string | URL): string {
  const base = globalThis.location?.href;
  return base?.startsWith('oro:') ? new URL(path, base).href : String(path);
}

export { constants };
export default ApplicationWindow;

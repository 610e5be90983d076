declare module 'oro:application' {
/** The application and its windows: `oro:application`. */
import { backend } from 'oro:internal/application/backend';
import type { Routes } from 'oro:internal/generated/routes';
import { ApplicationWindow } from 'oro:window';
/** The most windows that an application has at once. */
export const MAX_WINDOWS = 64;
/** Options of `createWindow`. */
export type CreateWindowOptions = Omit<Routes['window.create']['params'], 'targetWindowIndex' | 'url'> & {
    /** The page to show, relative to this one. */
    path?: string;
    url?: string;
    /** The place in the list of windows; the first free one by default. */
    index?: number;
};
/** Windows by their places. */
export class ApplicationWindowList implements Iterable<ApplicationWindow> {
    #private;
    constructor(windows?: Iterable<ApplicationWindow>);
    static from(...windows: ApplicationWindow[]): ApplicationWindowList;
    get length(): number;
    /** The window at a place. */
    item(index: number): ApplicationWindow | undefined;
    add(window: ApplicationWindow): this;
    remove(window: ApplicationWindow | number): boolean;
    contains(window: ApplicationWindow | number): boolean;
    clear(): this;
    forEach(callback: (window: ApplicationWindow, index: number, list: this) => void): void;
    entries(): IterableIterator<[number, ApplicationWindow]>;
    keys(): IterableIterator<number>;
    values(): IterableIterator<ApplicationWindow>;
    [Symbol.iterator](): IterableIterator<ApplicationWindow>;
}
/** Opens a window. */
export function createWindow(options?: CreateWindowOptions): Promise<ApplicationWindow>;
/** The windows at the given places, or all of them. */
export function getWindows(indices?: readonly number[]): Promise<ApplicationWindowList>;
/** The window at a place. */
export function getWindow(index: number): Promise<ApplicationWindow | null>;
/** The window that this code runs in. */
export function getCurrentWindow(): Promise<ApplicationWindow>;
/** The place of the window that this code runs in. */
export function getCurrentWindowIndex(): number;
/** The size of the screen in pixels. */
export function getScreenSize(): Promise<{
    width: number;
    height: number;
}>;
/** Ends the application. */
export function exit(code?: number): Promise<void>;
/** Whether the application is in the background. */
export function isPaused(): boolean;
/** The version of the runtime. */
export const runtimeVersion: Readonly<{
    full: string;
    short: string;
    hash: string;
}>;
/** Whether the runtime was started for debugging. */
export const debug: boolean;
/** The public part of the configuration; keys are flattened with `_`. */
export const config: Readonly<Record<string, unknown>>;
/** The document that this code runs in. */
export const client: Readonly<{
    id: string | null;
    location: string;
    type: "window" | "worker";
    frameType: string;
}>;
export { backend };
const _default: {
    ApplicationWindowList: typeof ApplicationWindowList;
    MAX_WINDOWS: number;
    backend: Readonly<{
        open: (options?: {
            force?: boolean;
        }) => Promise<import("oro:internal/application/backend").Backend>;
        write: (line: string) => Promise<void>;
        send: (event: string, value?: unknown) => Promise<void>;
        close: () => Promise<void>;
    }>;
    client: Readonly<{
        id: string | null;
        location: string;
        type: "window" | "worker";
        frameType: string;
    }>;
    config: Readonly<Record<string, unknown>>;
    createWindow: typeof createWindow;
    debug: boolean;
    exit: typeof exit;
    getCurrentWindow: typeof getCurrentWindow;
    getCurrentWindowIndex: typeof getCurrentWindowIndex;
    getScreenSize: typeof getScreenSize;
    getWindow: typeof getWindow;
    getWindows: typeof getWindows;
    isPaused: typeof isPaused;
    runtimeVersion: Readonly<{
        full: string;
        short: string;
        hash: string;
    }>;
};
export default _default;
}

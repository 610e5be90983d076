declare module 'oro:window' {
/** Windows of the application: `oro:window`. */
import type { Routes } from 'oro:internal/generated/routes';
import constants from 'oro:window/constants';
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
/**
 * A window of the application. It keeps what the runtime said of it last; every method that changes
 * the window brings that up to date.
 */
export class ApplicationWindow {
    #private;
    static readonly constants: Readonly<{
        WINDOW_CLOSED: 41;
        WINDOW_CLOSING: 40;
        WINDOW_CREATED: 11;
        WINDOW_CREATING: 10;
        WINDOW_ERROR: -1;
        WINDOW_EXITED: 51;
        WINDOW_EXITING: 50;
        WINDOW_HIDDEN: 21;
        WINDOW_HIDING: 20;
        WINDOW_KILLED: 61;
        WINDOW_KILLING: 60;
        WINDOW_NONE: 0;
        WINDOW_SHOWING: 30;
        WINDOW_SHOWN: 31;
    }>;
    constructor(state: Partial<WindowState> & {
        readonly index: number;
    });
    /** The place of the window in the list of the application. */
    get index(): number;
    /** The identifier of the window's document. */
    get id(): string | null;
    /** Whether this code runs in the window. */
    get isCurrent(): boolean;
    /** The address that the window shows. */
    get location(): string | null;
    /** What the runtime said of the window last. */
    get state(): Readonly<Partial<WindowState>>;
    getSize(): {
        width: number;
        height: number;
    };
    getPosition(): {
        x: number;
        y: number;
    };
    getTitle(): string;
    /** One of the states of `oro:window/constants`. */
    getStatus(): number;
    /** Asks the runtime for the state of the window. */
    refresh(): Promise<this>;
    close(): Promise<this>;
    show(): Promise<this>;
    hide(): Promise<this>;
    maximize(): Promise<this>;
    minimize(): Promise<this>;
    restore(): Promise<this>;
    showInspector(): Promise<this>;
    setTitle(title: string): Promise<this>;
    setSize(size: Size): Promise<this>;
    setPosition(position: Position): Promise<this>;
    setBackgroundColor(color: Color): Promise<this>;
    getBackgroundColor(): Promise<string>;
    /** Loads another page of the application. */
    navigate(path: string | URL): Promise<this>;
    /** Runs JavaScript in the window and returns its value. */
    eval(source: string): Promise<unknown>;
    /** Dispatches an event in this window. */
    send(options: SendOptions): Promise<void>;
    /** Sends a `message` event with `data` to this window. */
    postMessage(message: SendOptions | unknown): Promise<void>;
    toJSON(): Partial<WindowState>;
}
/** The absolute address of a page of the application. */
export function formatURL(path: string | URL): string;
export { constants };
export default ApplicationWindow;
}

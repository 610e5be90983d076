declare module 'oro:internal/internal/inspect' {
/** Node's `inspect`, for the errors of this WebView too. */
/** How values are printed. */
export interface InspectOptions {
    showHidden?: boolean;
    /** How deep to go; endless with `null`. */
    depth?: number | null;
    colors?: boolean;
    customInspect?: boolean;
    showProxy?: boolean;
    maxArrayLength?: number | null;
    maxStringLength?: number | null;
    breakLength?: number;
    compact?: boolean | number;
    sorted?: boolean | ((a: string, b: string) => number);
    getters?: boolean | 'get' | 'set';
    numericSeparator?: boolean;
}
/** Prints a value, as Node does. */
export interface Inspect {
    (value: unknown, options?: InspectOptions): string;
    (value: unknown, showHidden?: boolean, depth?: number | null, colors?: boolean): string;
    /** The key of the method by which an object prints itself. */
    readonly custom: unique symbol;
    defaultOptions: InspectOptions;
    colors: Record<string, [number, number]>;
    styles: Record<string, string>;
}
export const inspect: Inspect;
/** The stack of an error as V8 writes it, and so Node: with the error itself in the first line. */
export function stackOf(error: Error): string;
}

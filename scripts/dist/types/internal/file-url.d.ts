declare module 'oro:internal/internal/file-url' {
/** Conversion between paths and `file:` addresses, worded as Node does. */
/** The path that a `file:` address names. */
export function fileURLToPath(url: string | URL): string;
/** The `file:` address of a path. */
export function pathToFileURL(path: string): URL;
}

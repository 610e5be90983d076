declare module 'oro:url' {
/** Addresses of the web and Node's functions on them: `oro:url`. */
import { fileURLToPath, pathToFileURL } from 'oro:internal/internal/file-url';
/** An address taken apart by Node's old parser. */
export interface UrlObject {
    protocol?: string | null;
    slashes?: boolean | null;
    auth?: string | null;
    host?: string | null;
    hostname?: string | null;
    port?: string | number | null;
    pathname?: string | null;
    search?: string | null;
    query?: string | Record<string, unknown> | null;
    hash?: string | null;
    href?: string;
    path?: string | null;
}
/** What parts `format` writes of a `URL`. */
export interface FormatOptions {
    auth?: boolean;
    fragment?: boolean;
    search?: boolean;
    unicode?: boolean;
}
/** Matches addresses against a pattern. */
export interface URLPattern {
    readonly protocol: string;
    readonly hostname: string;
    readonly port: string;
    readonly pathname: string;
    readonly search: string;
    readonly hash: string;
    test(input?: string | Record<string, string>, baseURL?: string): boolean;
    exec(input?: string | Record<string, string>, baseURL?: string): Record<string, any> | null;
}
export const URL: {
    new (url: string | globalThis.URL, base?: string | globalThis.URL): globalThis.URL;
    prototype: globalThis.URL;
    canParse(url: string | globalThis.URL, base?: string | globalThis.URL): boolean;
    createObjectURL(obj: Blob | MediaSource): string;
    parse(url: string | globalThis.URL, base?: string | globalThis.URL): globalThis.URL | null;
    revokeObjectURL(url: string): void;
};
export type URL = globalThis.URL;
export const URLSearchParams: {
    new (init?: string[][] | Record<string, string> | string | globalThis.URLSearchParams): globalThis.URLSearchParams;
    prototype: globalThis.URLSearchParams;
};
export type URLSearchParams = globalThis.URLSearchParams;
/** Undefined in a WebView that has no patterns. */
export const URLPattern: new (input?: string | Record<string, string>, baseURL?: string) => URLPattern;
/** The schemes of addresses that have a host. */
export const protocols: ReadonlySet<string>;
/** Takes an address apart with Node's old parser, which also takes relative ones. */
export const parse: (url: string, parseQuery?: boolean, slashesDenoteHost?: boolean) => UrlObject;
/** Resolves an address as a browser resolves the target of a link. */
export const resolve: (from: string, to: string) => string;
/** Writes an address. */
export function format(url: UrlObject | URL | string, options?: FormatOptions): string;
/** Parses an address against the application's own; null if it is none. */
export function parseURL(input: string | URL, base?: string | URL): URL | null;
/** The options that Node's HTTP functions take for an address. */
export function urlToHttpOptions(url: URL): Record<string, unknown>;
/** The ASCII form of a domain; empty if it is invalid. */
export function domainToASCII(domain: string): string;
export { fileURLToPath, pathToFileURL };
const _default: {
    URL: {
        new (url: string | globalThis.URL, base?: string | globalThis.URL): globalThis.URL;
        prototype: globalThis.URL;
        canParse(url: string | globalThis.URL, base?: string | globalThis.URL): boolean;
        createObjectURL(obj: Blob | MediaSource): string;
        parse(url: string | globalThis.URL, base?: string | globalThis.URL): globalThis.URL | null;
        revokeObjectURL(url: string): void;
    };
    URLPattern: new (input?: string | Record<string, string>, baseURL?: string) => URLPattern;
    URLSearchParams: {
        new (init?: string[][] | Record<string, string> | string | globalThis.URLSearchParams): globalThis.URLSearchParams;
        prototype: globalThis.URLSearchParams;
    };
    domainToASCII: typeof domainToASCII;
    fileURLToPath: typeof fileURLToPath;
    format: typeof format;
    parse: (url: string, parseQuery?: boolean, slashesDenoteHost?: boolean) => UrlObject;
    parseURL: typeof parseURL;
    pathToFileURL: typeof pathToFileURL;
    protocols: ReadonlySet<string>;
    resolve: (from: string, to: string) => string;
    urlToHttpOptions: typeof urlToHttpOptions;
};
export default _default;
}

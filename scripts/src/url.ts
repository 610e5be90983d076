/** Addresses of the web and Node's functions on them: `oro:url`. */

import npm from 'url/';
import { fileURLToPath, pathToFileURL } from './internal/file-url.js';
import { args } from './internal/runtime.js';

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

export const URL = globalThis.URL;
export type URL = globalThis.URL;
export const URLSearchParams = globalThis.URLSearchParams;
export type URLSearchParams = globalThis.URLSearchParams;
/** Undefined in a WebView that has no patterns. */
export const URLPattern = (globalThis as Record<string, unknown>)['URLPattern'] as new (
  input?: string | Record<string, string>,
  baseURL?: string,
) => URLPattern;

/** The schemes of addresses that have a host. */
export const protocols: ReadonlySet<string> = new Set([
  'file',
  'ftp',
  'http',
  'https',
  'ipc',
  'node',
  'oro',
  'ws',
  'wss',
]);

/** Takes an address apart with Node's old parser, which also takes relative ones. */
export const parse = npm['parse'] as (
  url: string,
  parseQuery?: boolean,
  slashesDenoteHost?: boolean,
) => UrlObject;

/** Resolves an address as a browser resolves the target of a link. */
export const resolve = npm['resolve'] as (from: string, to: string) => string;

const formatParts = npm['format'] as (url: UrlObject | string) => string;

/** Writes an address. */
export function format(url: UrlObject | URL | string, options: FormatOptions = {}): string {
  if (!(url instanceof URL)) return formatParts(url as UrlObject | string);
  const copy = new URL(url.href);
  if (options.auth === false) copy.username = copy.password = '';
  if (options.fragment === false) copy.hash = '';
  if (options.search === false) copy.search = '';
  return copy.href;
}

/** Parses an address against the application's own; null if it is none. */
export function parseURL(input: string | URL, base?: string | URL): URL | null {
  const home = globalThis.location?.href ?? `oro://${args().bundle ?? ''}/`;
  try {
    return new URL(input, base ?? home);
  } catch {
    return null;
  }
}

/** The options that Node's HTTP functions take for an address. */
export function urlToHttpOptions(url: URL): Record<string, unknown> {
  const { hash, hostname, href, pathname, protocol, search, username, password, port } = url;
  return {
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    hash,
    search,
    pathname,
    path: `${pathname}${search}`,
    href,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username || password
      ? { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }
      : {}),
  };
}

/** The ASCII form of a domain; empty if it is invalid. */
export function domainToASCII(domain: string): string {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return '';
  }
}

export { fileURLToPath, pathToFileURL };
export default {
  URL,
  URLPattern,
  URLSearchParams,
  domainToASCII,
  fileURLToPath,
  format,
  parse,
  parseURL,
  pathToFileURL,
  protocols,
  resolve,
  urlToHttpOptions,
};

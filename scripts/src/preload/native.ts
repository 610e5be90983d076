/** What the WebView itself offers, before anything of it is replaced. */

/** The WebView's own `fetch`. */
export const nativeFetch = globalThis.fetch.bind(globalThis);

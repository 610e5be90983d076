/** Requests that a page gives up before they are answered, which no WebView tells native code. */

import { nativeFetch } from './native.js';

/** The header by which a request is named, so that it can be given up. */
export const NAME = 'Runtime-Request';

const own = globalThis.crypto.getRandomValues(new Uint32Array(2)).join('.');
let count = 0;

/** A name that no other request of this window has. */
export function nextName(): string {
  count += 1;
  return `${own}-${count}`;
}

/** Tells native code that nobody waits for a request any more. */
export function giveUp(name: string): void {
  nativeFetch(`ipc://internal.cancel?request=${name}`).catch(() => {});
}

/** Gives a request up when a signal ends; returns what stops hearing of that. */
export function giveUpWith(signal: AbortSignal, name: string): () => void {
  const abort = (): void => giveUp(name);
  signal.addEventListener('abort', abort);
  return () => signal.removeEventListener('abort', abort);
}

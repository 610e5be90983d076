/**
 * Endpoints at the application's own addresses, such as its model server. They answer only to who
 * proves to be a page of it: by the mark of bodies, also where there is no body, or by a key in
 * the address where no header can be set.
 */

import type { RuntimeArgs } from '../internal/runtime.js';
import { nativeFetch } from './native.js';
import { resolve } from './body.js';

/** The key; not the mark, because addresses are seen by more than the runtime. */
export let key = '';
let prefix: string | null = null;
let count = 0;
const own = Math.random().toString(36).slice(2);

/** Sets where endpoints are. */
export function setEndpoints({ bundle, config }: RuntimeArgs, value: string): void {
  const path = config?.['ai_llm_server_prefix'] ?? '/ai/llama';
  key = value;
  prefix = `oro://${bundle}${String(path).replace(/\/+$/, '')}/`;
}

/** Whether an address is one of an endpoint. */
export function isEndpoint(url: string | URL): boolean {
  return prefix !== null && resolve(url).startsWith(prefix);
}

/** The header by which a request is named, so that it can be given up before it is answered. */
export const NAME = 'Runtime-Request';

/** A name that no other request of this window has. */
export function nextName(): string {
  count += 1;
  return `${own}-${count}`;
}

/** Tells native code that nobody waits for a request any more. WebKit does not. */
export function giveUp(name: string): void {
  nativeFetch(`ipc://internal.cancel?request=${name}`).catch(() => {});
}

/** Lets `EventSource` read endpoints. */
export function patchEventSource(): void {
  const { EventSource } = globalThis;
  if (!EventSource) return;
  const Patched = class extends EventSource {
    readonly #url: string | null;

    constructor(url: string | URL, init?: EventSourceInit) {
      const full = isEndpoint(url) ? new URL(resolve(url)) : null;
      const shown = full?.href ?? null;
      full?.searchParams.set('runtime-key', key);
      super(full ?? url, init);
      this.#url = shown;
    }

    override get url(): string {
      return this.#url ?? super.url;
    }
  };
  Object.defineProperty(Patched, 'name', { value: 'EventSource' });
  globalThis.EventSource = Patched;
}

/**
 * Endpoints at the application's own addresses, such as its model server. They answer only to who
 * proves to be a page of it: by the mark of bodies, also where there is no body, or by a key in
 * the address where no header can be set.
 */

import type { RuntimeArgs } from '../internal/runtime.js';
import { resolve } from './body.js';

/** The key; not the mark, because addresses are seen by more than the runtime. */
export let key = '';
let prefix: string | null = null;

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

/**
 * Workers get this script too: before the worker's own, by a small script that loads both. Its
 * address is not that of the worker's script, so relative addresses are resolved here.
 *
 * Shared workers are left alone, since their address is what makes them shared.
 */

import type { RuntimeArgs } from '../internal/runtime.js';
import { base, isRuntimeURL, mark } from './body.js';
import { key } from './endpoint.js';

/** What a worker is told beside the facts of its document. */
export interface WorkerArgs extends RuntimeArgs {
  readonly worker?: { readonly url: string };
}

/** Makes `Worker` start workers that are prepared. `started` returns what is to be done at their
 * end. */
export function patchWorker(
  args: WorkerArgs,
  boot: string,
  started: (worker: Worker) => () => void,
): void {
  const { Worker } = globalThis;
  if (!Worker || !allowsBlobs(args)) return;
  const blobOf = (source: string): string =>
    URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  let count = 0;
  globalThis.Worker = class extends Worker {
    readonly #end: (() => void) | null;

    constructor(url: string | URL, options?: WorkerOptions) {
      const own = prepared(url, options);
      super(own, options);
      this.#end = own === url ? null : started(this);
    }

    override terminate(): void {
      this.#end?.();
      super.terminate();
    }
  };
  Object.defineProperty(globalThis.Worker, 'name', { value: 'Worker' });

  function prepared(url: string | URL, options?: WorkerOptions): string | URL {
    let href: string;
    try {
      href = new URL(url, base()).href;
    } catch {
      return url;
    }
    if (!isRuntimeURL(href) && !href.startsWith(`blob:${origin()}`)) return url;
    count += 1;
    const client = { ...args.client, id: `${args.client?.id ?? args.index ?? 0}.${count}` };
    const facts = JSON.stringify({ ...args, client, worker: { url: href } });
    const first = JSON.stringify(
      blobOf(`(${boot})(${facts},${JSON.stringify(mark)},${JSON.stringify(key)})`),
    );
    const own = JSON.stringify(href);
    const isModule = options?.type === 'module';
    return blobOf(isModule ? `import ${first};import ${own}` : `importScripts(${first},${own})`);
  }
}

/** Resolves what a worker loads against its own script. */
export function patchImportScripts(): void {
  const scope = globalThis as { importScripts?: (...urls: string[]) => void };
  const native = scope.importScripts;
  if (!native) return;
  scope.importScripts = (...urls) =>
    native.apply(
      globalThis,
      urls.map((url) => new URL(url, base()).href),
    );
}

function origin(): string {
  return globalThis.location.origin === 'null'
    ? globalThis.location.href.split('/').slice(0, 3).join('/')
    : globalThis.location.origin;
}

/** Whether the policy lets blobs be workers, and scripts in them: ours are both. */
function allowsBlobs(args: RuntimeArgs): boolean {
  const policy = args.config?.['webview_csp'];
  if (typeof policy !== 'string') return true;
  const directives = new Map(
    policy.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().toLowerCase().split(/\s+/);
      return [name, sources];
    }),
  );
  const allows = (...names: string[]): boolean => {
    const name = [...names, 'script-src', 'default-src'].find((each) => directives.has(each));
    return name === undefined || directives.get(name)!.includes('blob:');
  };
  return allows('worker-src', 'child-src') && allows();
}

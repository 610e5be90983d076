/**
 * Runs in each document of the application, and in its workers, before any other script. Native
 * code calls it with the public facts of the document. It asks native code for nothing by itself.
 */

import { setBase, setMark } from './preload/body.js';
import { connect, type Batch } from './preload/direct.js';
import { patchEventSource, setEndpoints } from './preload/endpoint.js';
import { patchFetch } from './preload/fetch.js';
import { openChannel } from './preload/message.js';
import { flushed, forwardConsole, forwardErrors } from './preload/output.js';
import { Port, Workers } from './preload/port.js';
import { Queued } from './preload/queued.js';
import { patchImportScripts, patchWorker, type WorkerArgs } from './preload/worker.js';
import { patchXHR } from './preload/xhr.js';

/** The facts that native code puts before this script. */
declare const __oro_args: WorkerArgs;
/** What marks a body as being in memory; it is in nothing that a page can read. */
declare const __oro_mark: string;
/** What proves in an address that a page of the application asks. */
declare const __oro_key: string;
/** The whole of this script: the build wraps it into a function of this name. */
declare const __oro_boot: () => void;

const scope = globalThis as typeof globalThis & {
  isOroRuntime?: true;
  document?: Document;
};

if (!scope.isOroRuntime && !isSkipped(__oro_args)) prepare(freeze(__oro_args));

/** Whether this document was served with the header by which it goes without us. */
function isSkipped({ config, worker }: WorkerArgs): boolean {
  if (worker || !config?.['webview_preload_skip_allowed']) return false;
  try {
    const head = new XMLHttpRequest();
    head.open('HEAD', location.href, false);
    head.send();
    return head.getResponseHeader('runtime-preload-injection') === 'disabled';
  } catch {
    return false;
  }
}

function prepare(args: WorkerArgs): void {
  const isWorker = !scope.document;
  fixed('isOroRuntime', true, true);
  fixed('__args', args, true);
  setMark(__oro_mark);
  // Sandboxed documents have no part in the application, though they come from its folder.
  if (globalThis.origin !== 'null') {
    setEndpoints(args, __oro_key);
    patchEventSource();
  }
  if (args.worker) setBase(args.worker.url);
  patchFetch(isWorker);
  patchXHR();
  if (isWorker) patchImportScripts();
  const queued = new Queued((batch) => emit(batch, workers));
  const spread = (batch: Batch | string): void => queued.emit(batch);
  const port = isWorker ? new Port(spread) : null;
  const direct = port ?? connect(spread);
  const workers = new Workers(direct, (name) => port?.hear(name));
  patchWorker(args, String(__oro_boot), (worker) => workers.add(worker));
  fixed(Symbol.for('oro.emit'), spread);
  const channel = openChannel();
  fixed(Symbol.for('oro.post'), channel ? channel.post.bind(channel) : () => null);
  fixed(Symbol.for('oro.flush'), flushed);
  fixed(Symbol.for('oro.direct'), direct);
  if (port) fixed(Symbol.for('oro.hear'), (name: string) => port.hear(name));
  if (!isWorker && args.config?.['webview_watch'] && scope.top === scope.window) {
    addEventListener('filedidchange', reload);
  }
  forwardErrors();
  if (args.debug || args.headless || args.test) forwardConsole();
}

/** Loads the page again, unless one of its own listeners, which come later, prevents it. */
function reload(event: Event): void {
  queueMicrotask(() => event.defaultPrevented || location.reload());
}

/** Dispatches events in this document, and hands them on to its workers and to the frames of the
 * application inside it. */
function emit(batch: Batch, workers: Workers): void {
  for (const [name, detail] of batch) {
    globalThis.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));
  }
  workers.send(batch);
  for (let at = 0; at < (globalThis.length ?? 0); at += 1) {
    try {
      const frame = globalThis.frames[at] as unknown as Record<symbol, (batch: Batch) => void>;
      frame[Symbol.for('oro.emit')]?.(batch);
    } catch {
      // A frame of another origin.
    }
  }
}

function fixed(key: PropertyKey, value: unknown, enumerable = false): void {
  Object.defineProperty(globalThis, key, {
    value,
    enumerable,
    writable: false,
    configurable: false,
  });
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

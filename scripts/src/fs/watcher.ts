/** Watching files and directories: `oro:fs/watcher`. */

import { AbortError, InvalidArgValueError } from '../errors.js';
import { EventEmitter } from '../events.js';
import type { Topics } from '../generated/routes.js';
import { on } from '../ipc.js';
import posix from '../path/posix.js';
import { invoke, perform, performSync, type Operation } from './operation.js';
import {
  decodePath,
  toInteger,
  toOptions,
  toPath,
  type Encoding,
  type EncodingOptions,
  type PathLike,
} from './params.js';

type WatchEvent = Topics['fs.watch'];

/** What has become of a path. */
export type WatchEventType = 'rename' | 'change';

/** Options of `watch`. */
export interface WatchOptions {
  /** The directories below too. */
  recursive?: boolean;
  /** Without a meaning here: a page lives until it is closed. */
  persistent?: boolean;
  signal?: AbortSignal | null | undefined;
  /** Looks at intervals instead of waiting for the system to tell. An extension of Oro. */
  poll?: boolean;
}

/** Options of the `watch` of `oro:fs/promises`. */
export interface WatchIteratorOptions extends WatchOptions {
  /** Changes that wait until somebody asks for them; 2,048 by default. */
  maxQueue?: number;
  /** What happens to a change that finds no room: it is dropped, or the iteration fails. */
  overflow?: 'ignore' | 'throw';
}

/** A change, as the iterator gives it. */
export interface WatchChange {
  eventType: WatchEventType;
  /** The path below the watched directory; null if so much has changed that it is not known. */
  filename: string | null;
}

export type WatchListener = (eventType: WatchEventType, filename: string | null) => void;

const QUEUE_MAX = 2048;

const watchers = new Map<string, Watcher>();
let listening = false;

/** Hears of changes, once for all watchers of the page. */
function listen(): void {
  if (listening) return;
  listening = true;
  on('fs.watch', (event) => watchers.get(event.id)?.[kHear](event));
}

const kHear = Symbol('hear');

/** A file or directory that is watched. Emits `change`, `error` and `close`. */
export class Watcher extends EventEmitter {
  readonly #id = String(crypto.getRandomValues(new BigUint64Array(1))[0]);
  readonly #name: string;
  readonly #encoding: Encoding | null;
  readonly #signal: AbortSignal | null;
  readonly #abort = (): void => this.close();
  #open = false;

  private constructor(path: string, encoding: Encoding | null, signal: AbortSignal | null) {
    super();
    this.#name = posix.basename(path);
    this.#encoding = encoding;
    this.#signal = signal;
  }

  /** @internal Makes a watcher, which is not watching yet. */
  static make(
    path: PathLike,
    options: EncodingOptions<WatchOptions> | undefined,
  ): [Watcher, Operation<void>] {
    const { encoding, recursive = false, poll = false, signal } = toOptions(options);
    const text = toPath(path);
    const watcher = new Watcher(text, encoding ?? null, signal ?? null);
    return [watcher, watcher.#begin({ path: text, recursive, poll })];
  }

  *#begin(params: { path: string; recursive: boolean; poll: boolean }): Operation<void> {
    listen();
    // Events may come before the answer.
    watchers.set(this.#id, this);
    this.#open = true;
    try {
      yield* invoke(
        'fs.watch',
        { ...params, id: this.#id },
        { syscall: 'watch', path: params.path },
      );
    } catch (error) {
      this.#forget();
      throw error;
    }
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** @internal */
  [kHear]({ events, path }: WatchEvent): void {
    for (const kind of events) {
      if (!this.#open) return;
      if (kind === 'close') {
        this.#forget();
        this.emit('close');
        return;
      }
      // The watched path itself goes by its own name.
      const name = path === null ? null : decodePath(path || this.#name, this.#encoding);
      this.emit('change', kind, name);
    }
  }

  /** Ends the watcher. */
  close(): void {
    if (!this.#open) return;
    this.#forget();
    perform(invoke('fs.stopWatch', { id: this.#id }, { syscall: 'watch' })).then(
      () => this.emit('close'),
      // A pause has been faster.
      () => this.emit('close'),
    );
  }

  #forget(): void {
    this.#open = false;
    watchers.delete(this.#id);
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  /** Without a meaning here: a page lives until it is closed. */
  ref(): this {
    return this;
  }

  /** Without a meaning here: a page lives until it is closed. */
  unref(): this {
    return this;
  }
}

/**
 * Watches a file or directory. Like Node's it is watching when it returns, so what is changed after
 * that is told. A pause of the application ends it.
 */
export function watch(
  path: PathLike,
  options?: EncodingOptions<WatchOptions> | WatchListener,
  listener?: WatchListener,
): Watcher {
  const hear = typeof options === 'function' ? options : listener;
  const given = typeof options === 'function' ? undefined : options;
  const [watcher, begin] = Watcher.make(path, given);
  const { signal } = toOptions(given);
  if (signal?.aborted) {
    queueMicrotask(() => watcher.emit('close'));
    return watcher;
  }
  performSync(begin);
  if (hear) watcher.on('change', hear);
  return watcher;
}

/** The changes of a file or directory, one after the other, until `signal` or a pause ends them. */
export async function* watchChanges(
  path: PathLike,
  options?: EncodingOptions<WatchIteratorOptions>,
): AsyncGenerator<WatchChange, void, void> {
  const { signal, maxQueue = QUEUE_MAX, overflow = 'ignore' } = toOptions(options);
  toInteger(maxQueue, 'options.maxQueue', 1);
  if (overflow !== 'ignore' && overflow !== 'throw') {
    throw new InvalidArgValueError('options.overflow', overflow, "must be 'ignore' or 'throw'");
  }
  if (signal?.aborted) throw AbortError.of(signal);
  const [watcher, begin] = Watcher.make(path, options);
  const queue: WatchChange[] = [];
  let failure: Error | null = null;
  let ended = false;
  let wake = (): void => {};
  watcher.on('change', (eventType: WatchEventType, filename: string | null) => {
    if (queue.length < maxQueue) queue.push({ eventType, filename });
    else if (overflow === 'throw') failure ??= overflowed(maxQueue);
    wake();
  });
  watcher.on('close', () => {
    ended = true;
    wake();
  });
  try {
    await perform(begin, signal);
    for (;;) {
      if (signal?.aborted) throw AbortError.of(signal);
      if (failure) throw failure as Error;
      const next = queue.shift();
      if (next) yield next;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    watcher.close();
  }
}

function overflowed(max: number): Error {
  const error = new Error(`More than ${max} changes wait`);
  return Object.assign(error, { code: 'ERR_FS_WATCH_QUEUE_OVERFLOW' });
}

/** The name that Node gives it. */
export { Watcher as FSWatcher };
export default Watcher;

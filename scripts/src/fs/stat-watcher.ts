/** Files that are looked at from time to time: `watchFile` of `oro:fs`. */

import { InvalidArgTypeError } from '../errors.js';
import { EventEmitter } from '../events.js';
import { stat } from './entries.js';
import posix from '../path/posix.js';
import { perform } from './operation.js';
import { toInteger, toPath, type PathLike } from './params.js';
import { Stats, type BigIntStats } from './stats.js';

type AnyStats = Stats | BigIntStats;

/** Options of `watchFile`. */
export interface WatchFileOptions {
  /** Big integers instead of numbers. */
  bigint?: boolean;
  /** Milliseconds between two looks; 5,007 by default. */
  interval?: number;
  /** Without a meaning here: a page lives until it is closed. */
  persistent?: boolean;
}

/** Hears what a file is now, and what it was before; what is not there is all zeros. */
export type StatsListener = (current: any, previous: any) => void;

const INTERVAL_MS = 5007;
/** What tells two states of a file apart. When it was read does not. */
const TELLING = ['ctimeMs', 'mtimeMs', 'size', 'ino', 'dev', 'mode', 'uid', 'gid'] as const;

const watchers = new Map<string, StatWatcher>();

/** A file that is looked at from time to time. Emits `change` and `stop`. */
export class StatWatcher extends EventEmitter {
  readonly #path: string;
  readonly #bigint: boolean;
  readonly #interval: number;
  #last: AnyStats | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** @internal */
  constructor(path: string, { bigint = false, interval = INTERVAL_MS }: WatchFileOptions) {
    super();
    this.#path = path;
    this.#bigint = bigint;
    this.#interval = toInteger(interval, 'interval', 0, 0x7fffffff);
    void this.#look();
  }

  async #look(): Promise<void> {
    const bigint = this.#bigint;
    const found = perform(stat(this.#path, { bigint })) as Promise<AnyStats>;
    const now = await found.catch(() => Stats.nothing(bigint));
    if (this.#stopped) return;
    const before = this.#last;
    this.#last = now;
    // That a file is not there is told at once, as Node tells it.
    const tells = before ? TELLING.some((key) => before[key] !== now[key]) : !now.nlink;
    this.#timer = setTimeout(() => void this.#look(), this.#interval);
    if (tells) this.emit('change', now, before ?? now);
  }

  /** Looks no more. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    queueMicrotask(() => this.emit('stop'));
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

/** Tells of the changes of a file, be it there or not. `watch` tells them at once, and costs less. */
export function watchFile(
  path: PathLike,
  options: WatchFileOptions | StatsListener,
  listener?: StatsListener,
): StatWatcher {
  const hear = typeof options === 'function' ? options : listener;
  const given = typeof options === 'function' ? {} : options;
  if (typeof hear !== 'function')
    throw new InvalidArgTypeError('listener', 'of type function', hear);
  const text = posix.resolve(toPath(path));
  const watcher = watchers.get(text) ?? new StatWatcher(text, given);
  watchers.set(text, watcher);
  watcher.on('change', hear);
  return watcher;
}

/** Ends what `watchFile` has begun: for one listener, or for all of them. */
export function unwatchFile(path: PathLike, listener?: StatsListener): void {
  const text = posix.resolve(toPath(path));
  const watcher = watchers.get(text);
  if (!watcher) return;
  if (listener) watcher.off('change', listener);
  else watcher.removeAllListeners('change');
  if (watcher.listenerCount('change') > 0) return;
  watchers.delete(text);
  watcher.stop();
}

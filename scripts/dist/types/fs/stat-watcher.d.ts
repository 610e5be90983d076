declare module 'oro:internal/fs/stat-watcher' {
/** Files that are looked at from time to time: `watchFile` of `oro:fs`. */
import { EventEmitter } from 'oro:events';
import { type PathLike } from 'oro:internal/fs/params';
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
/** A file that is looked at from time to time. Emits `change` and `stop`. */
export class StatWatcher extends EventEmitter {
    #private;
    /** Looks no more. */
    stop(): void;
    /** Without a meaning here: a page lives until it is closed. */
    ref(): this;
    /** Without a meaning here: a page lives until it is closed. */
    unref(): this;
}
/** Tells of the changes of a file, be it there or not. `watch` tells them at once, and costs less. */
export function watchFile(path: PathLike, options: WatchFileOptions | StatsListener, listener?: StatsListener): StatWatcher;
/** Ends what `watchFile` has begun: for one listener, or for all of them. */
export function unwatchFile(path: PathLike, listener?: StatsListener): void;
}

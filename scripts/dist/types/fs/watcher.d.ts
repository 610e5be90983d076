declare module 'oro:fs/watcher' {
/** Watching files and directories: `oro:fs/watcher`. */
import { EventEmitter } from 'oro:events';
import { type EncodingOptions, type PathLike } from 'oro:internal/fs/params';
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
/** A file or directory that is watched. Emits `change`, `error` and `close`. */
export class Watcher extends EventEmitter {
    #private;
    private constructor();
    /** Ends the watcher. */
    close(): void;
    /** Without a meaning here: a page lives until it is closed. */
    ref(): this;
    /** Without a meaning here: a page lives until it is closed. */
    unref(): this;
}
/**
 * Watches a file or directory. Like Node's it is watching when it returns, so what is changed after
 * that is told. A pause of the application ends it.
 */
export function watch(path: PathLike, options?: EncodingOptions<WatchOptions> | WatchListener, listener?: WatchListener): Watcher;
/** The changes of a file or directory, one after the other, until `signal` or a pause ends them. */
export function watchChanges(path: PathLike, options?: EncodingOptions<WatchIteratorOptions>): AsyncGenerator<WatchChange, void, void>;
/** The name that Node gives it. */
export { Watcher as FSWatcher };
export default Watcher;
}

/** Directories and their entries: `oro:fs/dir`. */

import type { Routes } from '../generated/routes.js';
import posix from '../path/posix.js';
import constants from './constants.js';
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

type FsEntry = Routes['fs.readdir']['result'][number];

const ENTRIES_PER_CALL = 1024;

/** An entry of a directory. */
export class Dirent {
  readonly name: string;
  /** The directory that holds it. */
  readonly parentPath: string;
  /** Its kind: one of `constants.UV_DIRENT_*`. */
  readonly type: number;
  /** Its size in bytes, if the directory was opened with `stats`. */
  declare readonly size?: number;
  /** When it was changed, in milliseconds, if the directory was opened with `stats`. */
  declare readonly mtimeMs?: number;
  /** Its mode, if the directory was opened with `stats`. */
  declare readonly mode?: number;
  /**
   * The code of what went wrong with it, such as `EACCES`, in a recursive walk or with `stats`: a
   * walk passes over what it may not read. An extension of Oro.
   */
  declare readonly error?: string;

  constructor(name: string, type: number, parentPath: string, more: Partial<FsEntry> = {}) {
    this.name = name;
    this.parentPath = parentPath;
    this.type = type;
    if (more.size != null) this.size = more.size;
    if (more.mtimeMs != null) this.mtimeMs = more.mtimeMs;
    if (more.mode != null) this.mode = more.mode;
    if (more.error != null) this.error = more.error;
  }

  /** The old name of `parentPath`. */
  get path(): string {
    return this.parentPath;
  }

  isBlockDevice(): boolean {
    return this.type === constants.UV_DIRENT_BLOCK;
  }

  isCharacterDevice(): boolean {
    return this.type === constants.UV_DIRENT_CHAR;
  }

  isDirectory(): boolean {
    return this.type === constants.UV_DIRENT_DIR;
  }

  isFIFO(): boolean {
    return this.type === constants.UV_DIRENT_FIFO;
  }

  isFile(): boolean {
    return this.type === constants.UV_DIRENT_FILE;
  }

  isSocket(): boolean {
    return this.type === constants.UV_DIRENT_SOCKET;
  }

  isSymbolicLink(): boolean {
    return this.type === constants.UV_DIRENT_LINK;
  }
}

/** Options of `opendir`. */
export interface OpendirOptions {
  /** How many entries one call brings; 1,024 by default. */
  bufferSize?: number;
  /** The entries of all directories below too. */
  recursive?: boolean;
  /** Entries with size, time of change and mode. An extension of Oro. */
  stats?: boolean;
  signal?: AbortSignal | null | undefined;
}

/** Options of `readdir`. */
export interface ReaddirOptions {
  /** Entries instead of names. */
  withFileTypes?: boolean;
  recursive?: boolean;
  /** With `withFileTypes`: entries with size, time of change and mode. An extension of Oro. */
  stats?: boolean;
  signal?: AbortSignal | null | undefined;
}

/** An open directory, which is read entry by entry. */
export class Dir {
  readonly path: string;
  readonly #id: string;
  readonly #bufferSize: number;
  readonly #encoding: Encoding | null;
  #entries: Dirent[] = [];
  #ended = false;
  #closed = false;
  /** Reads follow each other, so that entries come in order and none comes twice. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(id: string, path: string, bufferSize: number, encoding?: Encoding | null) {
    this.#id = id;
    this.path = path;
    this.#bufferSize = bufferSize;
    this.#encoding = encoding ?? null;
  }

  /** The next entry; null at the end. */
  read(): Promise<Dirent | null>;
  read(callback: (error: Error | null, entry: Dirent | null) => void): void;
  read(
    callback?: (error: Error | null, entry: Dirent | null) => void,
  ): Promise<Dirent | null> | void {
    const next = this.#last.then(() => perform(this.#next()));
    this.#last = next.catch(() => {});
    if (!callback) return next;
    next.then(
      (entry) => queueMicrotask(() => callback(null, entry)),
      (error: Error) => queueMicrotask(() => callback(error, null)),
    );
  }

  /** The next entry, blocking; null at the end. */
  readSync(): Dirent | null {
    return performSync(this.#next());
  }

  /** All entries that one call brings; none at the end. An extension of Oro. */
  readMany(): Promise<Dirent[]> {
    const next = this.#last.then(async () => {
      if (this.#entries.length === 0) await perform(this.#fill());
      const entries = this.#entries.reverse();
      this.#entries = [];
      return entries;
    });
    this.#last = next.catch(() => {});
    return next;
  }

  /** Closes the directory. */
  close(): Promise<void>;
  close(callback: (error: Error | null) => void): void;
  close(callback?: (error: Error | null) => void): Promise<void> | void {
    const closed = this.#last.then(() => perform(this.#close()));
    if (!callback) return closed;
    closed.then(
      () => queueMicrotask(() => callback(null)),
      (error: Error) => queueMicrotask(() => callback(error)),
    );
  }

  closeSync(): void {
    performSync(this.#close());
  }

  /** All entries; the directory is closed after them. */
  async *entries(): AsyncGenerator<Dirent, void, void> {
    try {
      for (let entry = await this.read(); entry; entry = await this.read()) yield entry;
    } finally {
      if (!this.#closed) await this.close();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Dirent, void, void> {
    return this.entries();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.close();
  }

  *#next(): Operation<Dirent | null> {
    if (this.#closed) throw closedError();
    if (this.#entries.length === 0) yield* this.#fill();
    return this.#entries.pop() ?? null;
  }

  /** Entries are kept in reverse, because the end of an array is the cheap side. */
  *#fill(): Operation<void> {
    if (this.#closed) throw closedError();
    if (this.#ended) return;
    const entries = yield* readSome(this.#id, this.path, this.#bufferSize);
    this.#ended = entries.length === 0;
    this.#entries = entries.map((entry) => dirent(entry, this.path, this.#encoding)).reverse();
  }

  *#close(): Operation<void> {
    if (this.#closed) throw closedError();
    this.#closed = true;
    yield* invoke('fs.closedir', { id: this.#id }, { syscall: 'closedir' });
  }
}

/** Opens a directory. */
export function* opendir(
  path: PathLike,
  options?: EncodingOptions<OpendirOptions>,
): Operation<Dir> {
  const { encoding, bufferSize = ENTRIES_PER_CALL, recursive, stats } = toOptions(options);
  toInteger(bufferSize, 'options.bufferSize', 1, 0xffffffff);
  const params = {
    path: toPath(path),
    ...(recursive ? { recursive } : {}),
    ...(stats ? { stats } : {}),
  };
  const { id } = yield* invoke('fs.opendir', params, { syscall: 'opendir', path: params.path });
  return new Dir(id, params.path, bufferSize, encoding);
}

/** The names of the entries of a directory, or the entries. */
export function* readdir(
  path: PathLike,
  options?: EncodingOptions<ReaddirOptions>,
): Operation<any[]> {
  const { encoding, withFileTypes, recursive, stats } = toOptions(options);
  const directory = toPath(path);
  const params = {
    path: directory,
    ...(recursive ? { recursive } : {}),
    ...(withFileTypes && stats ? { stats } : {}),
  };
  const where = { syscall: 'scandir', path: directory };
  const { id } = yield* invoke('fs.opendir', params, where);
  const all: Array<Dirent | string> = [];
  try {
    for (;;) {
      const entries = yield* readSome(id, directory, ENTRIES_PER_CALL);
      if (entries.length === 0) break;
      for (const entry of entries) {
        const name = entry.parent ? `${entry.parent}/${entry.name}` : entry.name;
        all.push(withFileTypes ? dirent(entry, directory, encoding) : decodePath(name, encoding));
      }
    }
  } finally {
    yield* invoke('fs.closedir', { id }, { syscall: 'closedir' });
  }
  return all;
}

function readSome(id: string, path: string, entries: number): Operation<FsEntry[]> {
  return invoke('fs.readdir', { id, entries }, { syscall: 'scandir', path });
}

function dirent(entry: FsEntry, directory: string, encoding?: Encoding | null): Dirent {
  const parent = entry.parent ? posix.join(directory, entry.parent) : directory;
  return new Dirent(decodePath(entry.name, encoding), entry.type, parent, entry);
}

function closedError(): Error {
  return Object.assign(new Error('Directory handle was closed'), { code: 'ERR_DIR_CLOSED' });
}

export default Dir;

/**
 * Files and directories of the disk as the File System standard of the web has them:
 * `oro:fs/web`.
 */

import { IllegalConstructorError, OroError } from '../errors.js';
import posix from '../path/posix.js';
import constants from './constants.js';
import { createFile } from './file.js';
import { toPath, type PathLike } from './params.js';
import promises from './promises.js';
import { SwapFile, type WriteChunk } from './swap.js';

/** Options of `queryPermission` and `requestPermission`. */
export interface PermissionDescriptor {
  mode?: 'read' | 'readwrite';
}

/** Options of `getFileHandle` and `getDirectoryHandle`. */
export interface GetOptions {
  /** Makes the entry if it is not there. */
  create?: boolean;
}

/** Options of `createWritable`. */
export interface CreateWritableOptions {
  /** Begins with what the file holds, not with an empty one. */
  keepExistingData?: boolean;
}

/** What only this module can show. */
const MAKE = Symbol('make');
const pathOf = Symbol('path');

/** A file or a directory. */
export abstract class FileSystemHandle {
  abstract readonly kind: 'file' | 'directory';
  /** @internal */
  readonly [pathOf]!: string;

  protected constructor(key: symbol, path: string) {
    if (key !== MAKE) throw new IllegalConstructorError();
    Object.defineProperty(this, pathOf, { value: path });
  }

  get name(): string {
    return posix.basename(this[pathOf]);
  }

  /** Whether both stand for the same entry. */
  async isSameEntry(other: FileSystemHandle): Promise<boolean> {
    return this.kind === other.kind && this[pathOf] === other[pathOf];
  }

  /** Whether this program may read the entry, or write it too. */
  async queryPermission({ mode = 'read' }: PermissionDescriptor = {}): Promise<PermissionState> {
    const { R_OK, W_OK } = constants;
    const wanted = { read: R_OK, readwrite: R_OK | W_OK }[mode];
    if (wanted === undefined) throw new TypeError(`'${mode}' is not 'read' or 'readwrite'`);
    try {
      await promises.access(this[pathOf], wanted);
      return 'granted';
    } catch (error) {
      const { code } = error as { code?: string };
      if (['EACCES', 'EPERM', 'EROFS'].includes(code ?? '')) return 'denied';
      throw toDOMException(error);
    }
  }

  /** As `queryPermission`: what may be reached is decided by the application and its user before. */
  requestPermission(descriptor?: PermissionDescriptor): Promise<PermissionState> {
    return this.queryPermission(descriptor);
  }
}

/** A file. */
export class FileSystemFileHandle extends FileSystemHandle {
  readonly kind = 'file';

  /** The file as it is now. */
  getFile(): Promise<File> {
    return told(createFile(this[pathOf]));
  }

  /** A stream whose bytes take the place of the file's when it is closed. */
  async createWritable(options?: CreateWritableOptions): Promise<FileSystemWritableFileStream> {
    return createFileSystemWritableFileStream(this, options);
  }
}

/** A directory. */
export class FileSystemDirectoryHandle extends FileSystemHandle {
  readonly kind = 'directory';

  /** A file of the directory. */
  async getFileHandle(name: string, options: GetOptions = {}): Promise<FileSystemFileHandle> {
    const path = this.#below(name);
    if (options.create) await told(make(() => promises.writeFile(path, '', { flag: 'ax' })));
    return createFileSystemFileHandle(path);
  }

  /** A directory in the directory. */
  async getDirectoryHandle(
    name: string,
    options: GetOptions = {},
  ): Promise<FileSystemDirectoryHandle> {
    const path = this.#below(name);
    if (options.create) await told(make(() => promises.mkdir(path)));
    return createFileSystemDirectoryHandle(path);
  }

  /** Removes an entry of the directory. */
  async removeEntry(name: string, { recursive = false } = {}): Promise<void> {
    const path = this.#below(name);
    const remove = async (): Promise<void> => {
      const isDirectory = (await promises.lstat(path)).isDirectory();
      if (!isDirectory) return promises.unlink(path);
      return recursive ? promises.rm(path, { recursive }) : promises.rmdir(path);
    };
    return told(remove());
  }

  /** The names that lead from here to an entry; null if none do. */
  async resolve(possibleDescendant: FileSystemHandle): Promise<string[] | null> {
    const way = posix.relative(this[pathOf], possibleDescendant[pathOf]);
    if (way === '') return this.kind === possibleDescendant.kind ? [] : null;
    return way === '..' || way.startsWith('../') ? null : way.split('/');
  }

  /** The files and directories in it. What is neither, or leads nowhere, is passed over. */
  async *values(): AsyncGenerator<FileSystemFileHandle | FileSystemDirectoryHandle, void, void> {
    const entries = await told(promises.opendir(this[pathOf]));
    for await (const entry of entries) {
      const path = posix.join(this[pathOf], entry.name);
      const kind = entry.isSymbolicLink() ? await promises.stat(path).catch(() => entry) : entry;
      if (kind.isFile()) yield new (FileSystemFileHandle as Make)(MAKE, path);
      else if (kind.isDirectory()) yield new (FileSystemDirectoryHandle as Make)(MAKE, path);
    }
  }

  async *keys(): AsyncGenerator<string, void, void> {
    for await (const { name } of this.values()) yield name;
  }

  async *entries(): AsyncGenerator<
    [string, FileSystemFileHandle | FileSystemDirectoryHandle],
    void,
    void
  > {
    for await (const handle of this.values()) yield [handle.name, handle];
  }

  [Symbol.asyncIterator](): ReturnType<FileSystemDirectoryHandle['entries']> {
    return this.entries();
  }

  #below(name: string): string {
    if (typeof name !== 'string' || ['', '.', '..'].includes(name) || /[/\0]/.test(name)) {
      throw new TypeError(`Name is not allowed: ${JSON.stringify(name)}`);
    }
    return posix.join(this[pathOf], name);
  }
}

type Make = new (key: symbol, path: string) => any;

/** A file that is written beside the one whose place it takes when it is closed. */
export class FileSystemWritableFileStream extends WritableStream<WriteChunk> {
  /** @internal */
  constructor(key: symbol, file: SwapFile) {
    if (key !== MAKE) throw new IllegalConstructorError();
    super({
      write: (chunk) => told(file.write(chunk)),
      close: () => told(file.commit()),
      abort: () => told(file.discard()),
    });
  }

  /** Writes at the cursor, or does what the chunk says. */
  async write(chunk: WriteChunk): Promise<void> {
    const writer = this.getWriter();
    const written = writer.write(chunk);
    writer.releaseLock();
    return written;
  }

  /** Moves the cursor. */
  seek(position: number): Promise<void> {
    return this.write({ type: 'seek', position });
  }

  /** Makes the file as long as `size`. */
  truncate(size: number): Promise<void> {
    return this.write({ type: 'truncate', size });
  }
}

/** A handle of a file that is there. */
export async function createFileSystemFileHandle(path: PathLike): Promise<FileSystemFileHandle> {
  return new (FileSystemFileHandle as Make)(MAKE, await find(path, 'file'));
}

/** A handle of a directory that is there. */
export async function createFileSystemDirectoryHandle(
  path: PathLike,
): Promise<FileSystemDirectoryHandle> {
  return new (FileSystemDirectoryHandle as Make)(MAKE, await find(path, 'directory'));
}

/** What the `createWritable` of a file is. */
export async function createFileSystemWritableFileStream(
  handle: FileSystemFileHandle,
  { keepExistingData = false }: CreateWritableOptions = {},
): Promise<FileSystemWritableFileStream> {
  const file = await told(SwapFile.open(handle[pathOf], keepExistingData));
  return new FileSystemWritableFileStream(MAKE, file);
}

async function find(path: PathLike, kind: 'file' | 'directory'): Promise<string> {
  const text = posix.resolve(toPath(path));
  const stats = await told(promises.stat(text));
  if (kind === 'file' ? stats.isFile() : stats.isDirectory()) return text;
  throw new DOMException(`'${text}' is not a ${kind}`, 'TypeMismatchError');
}

/** Makes something that may be there already. */
async function make(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
}

const NAMES: Record<string, string> = {
  EACCES: 'NotAllowedError',
  EISDIR: 'TypeMismatchError',
  ENOENT: 'NotFoundError',
  ENOSPC: 'QuotaExceededError',
  ENOTDIR: 'TypeMismatchError',
  ENOTEMPTY: 'InvalidModificationError',
  EPERM: 'NotAllowedError',
  EROFS: 'NoModificationAllowedError',
};

/** An error of the file system as the web tells it; its cause is the error itself. */
function toDOMException(error: unknown): unknown {
  const { code = '', message, name } = error as OroError;
  const told = name === 'SecurityError' ? name : NAMES[code];
  if (!told) return error;
  return Object.defineProperty(new DOMException(message, told), 'cause', { value: error });
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toDOMException(error);
  }
}

const classes = {
  FileSystemDirectoryHandle,
  FileSystemFileHandle,
  FileSystemHandle,
  FileSystemWritableFileStream,
};
for (const [name, value] of Object.entries(classes)) {
  Object.defineProperty(value.prototype, Symbol.toStringTag, { value: name, configurable: true });
  // Where the platform has none of its own.
  if (!(name in globalThis)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}

const File = globalThis.File;
export { File, createFile };
export default {
  ...classes,
  File,
  createFile,
  createFileSystemDirectoryHandle,
  createFileSystemFileHandle,
  createFileSystemWritableFileStream,
};

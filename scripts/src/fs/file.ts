/** Files as the web knows them, with their content on the disk. */

import { call } from '../ipc.js';
import posix from '../path/posix.js';
import { FileHandle } from './handle.js';
import { toPath, type PathLike } from './params.js';
import promises from './promises.js';

/** Larger files stay on the disk until they are read. */
const MEMORY_MAX = 64 * 1024 * 1024;
const CHUNK_SIZE = 256 * 1024;

/** Options of `createFile`. */
export interface CreateFileOptions {
  /** Its type; that of its name by default. */
  type?: string;
}

/**
 * A file of the disk, as it is now, as a `File`. One of more than 64 MiB is read when it is asked
 * for, which fails once the file has changed; the platform does not know its content, so it cannot
 * be put into a form, an address or a message.
 */
export async function createFile(path: PathLike, options: CreateFileOptions = {}): Promise<File> {
  const text = toPath(path);
  const { size, mtimeMs } = await promises.stat(text);
  const facts = {
    name: posix.basename(text),
    type: options.type ?? (await call('mime.lookup', { value: text })).type,
    lastModified: Math.floor(mtimeMs),
  };
  if (size > MEMORY_MAX) return new DiskFile(text, mtimeMs, [0, size], size, facts) as File;
  const bytes = await promises.readFile(text);
  return new File([bytes as Uint8Array<ArrayBuffer>], facts.name, facts);
}

/**
 * What is not read before it is needed. It is no `Blob` to the platform, which refuses it where an
 * empty one would be taken for its content.
 */
class DiskFile {
  readonly name: string;
  readonly type: string;
  readonly lastModified: number;
  readonly size: number;
  readonly webkitRelativePath = '';
  readonly #path: string;
  readonly #mtimeMs: number;
  readonly #range: readonly [start: number, end: number];
  readonly #whole: number;

  constructor(
    path: string,
    mtimeMs: number,
    range: readonly [start: number, end: number],
    whole: number,
    { name, type, lastModified }: { name: string; type: string; lastModified: number },
  ) {
    this.#path = path;
    this.#mtimeMs = mtimeMs;
    this.#range = range;
    this.#whole = whole;
    this.name = name;
    this.type = type;
    this.lastModified = lastModified;
    this.size = range[1] - range[0];
  }

  slice(start = 0, end = this.size, type = ''): Blob {
    const [first] = this.#range;
    const place = (at: number): number =>
      Math.trunc(at < 0 ? Math.max(this.size + at, 0) : Math.min(at, this.size)) || 0;
    const from = first + place(start);
    const range = [from, Math.max(from, first + place(end))] as const;
    const facts = { name: this.name, type, lastModified: this.lastModified };
    return new DiskFile(this.#path, this.#mtimeMs, range, this.#whole, facts) as File;
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let handle: FileHandle | undefined;
    let [at, end] = this.#range;
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      handle ??= await this.#open();
      const buffer = new Uint8Array(Math.min(CHUNK_SIZE, end - at));
      const bytesRead = at < end ? (await handle.read(buffer, { position: at })).bytesRead : 0;
      at += bytesRead;
      if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
      if (bytesRead > 0 && at < end) return;
      await handle.close();
      if (at < end) controller.error(changed(this.name));
      else controller.close();
    };
    // Nothing is opened before somebody reads.
    return new ReadableStream({ pull, cancel: () => handle?.close() }, { highWaterMark: 0 });
  }

  async #open(): Promise<FileHandle> {
    const handle = await FileHandle.open(this.#path);
    const { size, mtimeMs } = await handle.stat();
    if (size === this.#whole && mtimeMs === this.#mtimeMs) return handle;
    await handle.close();
    throw changed(this.name);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  /** Not by a `Response`, which hides what went wrong. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.size);
    const reader = this.stream().getReader();
    for (let at = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return bytes;
      bytes.set(value, at);
      at += value.length;
    }
  }
}

Object.setPrototypeOf(DiskFile.prototype, File.prototype);

function changed(name: string): DOMException {
  return new DOMException(`'${name}' has changed since it was looked at`, 'NotReadableError');
}

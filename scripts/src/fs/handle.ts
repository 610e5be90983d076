/** Open files as objects: `oro:fs/handle`. */

import { EventEmitter } from '../events.js';
import * as files from './files.js';
import type { StatOptions } from './entries.js';
import { perform } from './operation.js';
import type { Data, EncodingOptions, Mode, PathLike, TimeLike } from './params.js';
import type { BigIntStats, Stats } from './stats.js';
import {
  ReadStream,
  WriteStream,
  type ReadStreamOptions,
  type WriteStreamOptions,
} from './stream.js';
import type { Buffer } from '../buffer.js';

/** Options of `readLines`, and the encoding of `readableWebStream`. */
export interface LinesOptions extends ReadStreamOptions {}

/** An open file. */
export class FileHandle extends EventEmitter {
  #fd: number;
  #closing: Promise<void> | null = null;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  /** Opens a file. */
  static async open(path: PathLike, flags?: string | number, mode?: Mode): Promise<FileHandle> {
    return new FileHandle(await perform(files.open(path, flags, mode)));
  }

  /** The number of the file; -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  appendFile(data: Data, options?: EncodingOptions<files.WriteFileOptions>): Promise<void> {
    return this.writeFile(data, options);
  }

  /** Sets the permissions of the file. */
  async chmod(mode: Mode): Promise<void> {
    return perform(files.fchmod(this.#fd, mode));
  }

  /** Sets the owner of the file. */
  async chown(uid: number, gid: number): Promise<void> {
    return perform(files.fchown(this.#fd, uid, gid));
  }

  /** Closes the file. A second call waits for the first. */
  close(): Promise<void> {
    if (this.#closing) return this.#closing;
    if (this.#fd === -1) return Promise.resolve();
    const fd = this.#fd;
    this.#fd = -1;
    this.#closing = perform(files.close(fd)).then(() => {
      this.emit('close');
    });
    return this.#closing;
  }

  createReadStream(options: ReadStreamOptions = {}): ReadStream {
    return new ReadStream(null, { ...options, fd: this });
  }

  createWriteStream(options: WriteStreamOptions = {}): WriteStream {
    return new WriteStream(null, { ...options, fd: this });
  }

  /** Waits until the bytes that were written are on the disk. */
  datasync(): Promise<void> {
    return perform(files.fdatasync(this.#fd));
  }

  /** Reads into a buffer. */
  read<T extends ArrayBufferView = Buffer>(
    buffer?: T | files.ReadOptions | null,
    offset?: number | files.ReadOptions | null,
    length?: number | null,
    position?: files.Position,
  ): Promise<{ bytesRead: number; buffer: T }> {
    return perform(files.read<T>(this.#fd, buffer, offset, length, position));
  }

  /** Reads the rest of the file. */
  readFile(options?: null | { encoding?: null; signal?: AbortSignal | null }): Promise<Buffer>;
  readFile(options: string | { encoding: string; signal?: AbortSignal | null }): Promise<string>;
  async readFile(options?: EncodingOptions<files.ReadFileOptions>): Promise<Buffer | string> {
    const signal = typeof options === 'object' ? options?.signal : undefined;
    return perform(files.readFile(this.#fd, options), signal);
  }

  /** The lines of the file, without their ends. */
  async *readLines(options: LinesOptions = {}): AsyncGenerator<string, void, void> {
    let rest = '';
    for await (const chunk of this.createReadStream({ encoding: 'utf8', ...options })) {
      const lines = (rest + String(chunk)).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest) yield rest.replace(/\r$/, '');
  }

  /** Reads into several buffers, one after the other. */
  readv<T extends readonly ArrayBufferView[]>(
    buffers: T,
    position?: files.Position,
  ): Promise<{ bytesRead: number; buffers: T }> {
    return perform(files.readv(this.#fd, buffers, position));
  }

  /** The file as a stream of the web. */
  readableWebStream(): ReadableStream<Uint8Array> {
    const size = 256 * 1024;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { bytesRead, buffer } = await this.read(new Uint8Array(size));
        if (bytesRead === 0) controller.close();
        else controller.enqueue(buffer.subarray(0, bytesRead));
      },
    });
  }

  stat(options?: StatOptions & { bigint?: false }): Promise<Stats>;
  stat(options: StatOptions & { bigint: true }): Promise<BigIntStats>;
  async stat(options?: StatOptions): Promise<Stats | BigIntStats> {
    return perform(files.fstat(this.#fd, options));
  }

  /** Waits until what was written is on the disk. */
  async sync(): Promise<void> {
    return perform(files.fsync(this.#fd));
  }

  async truncate(length?: number | null): Promise<void> {
    return perform(files.ftruncate(this.#fd, length));
  }

  /** Sets when the file was read and changed. */
  async utimes(atime: TimeLike, mtime: TimeLike): Promise<void> {
    return perform(files.futimes(this.#fd, atime, mtime));
  }

  /** Writes bytes or a text. */
  async write<T extends ArrayBufferView | string>(
    data: T,
    offsetOrPosition?: number | bigint | files.WriteOptions | null,
    lengthOrEncoding?: number | string | null,
    position?: files.Position,
  ): Promise<{ bytesWritten: number; buffer: T }> {
    return perform(files.write(this.#fd, data, offsetOrPosition, lengthOrEncoding, position));
  }

  /** Writes data from where the file stands. */
  async writeFile(data: Data, options?: EncodingOptions<files.WriteFileOptions>): Promise<void> {
    const signal = typeof options === 'object' ? options?.signal : undefined;
    return perform(files.writeFile(this.#fd, data, options), signal);
  }

  /** Writes several buffers, one after the other. */
  async writev<T extends readonly ArrayBufferView[]>(
    buffers: T,
    position?: files.Position,
  ): Promise<{ bytesWritten: number; buffers: T }> {
    return perform(files.writev(this.#fd, buffers, position));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export default FileHandle;

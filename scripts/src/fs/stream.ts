/** Files as streams: `oro:fs/stream`. */

import { Buffer } from '../buffer.js';
import { AbortError, InvalidArgTypeError, OutOfRangeError } from '../errors.js';
import { Readable, Writable } from '../stream.js';
import { close, open, read, writev } from './files.js';
import { perform } from './operation.js';
import { toInteger, toPath, type Data, type Encoding, type Mode, type PathLike } from './params.js';
import { toBytes } from './params.js';
import type { FileHandle } from './handle.js';

const READ_SIZE = 256 * 1024;
const WRITE_SIZE = 256 * 1024;

/** Options that both directions share. */
interface StreamOptions {
  flags?: string | number;
  encoding?: Encoding | null;
  /** A file that is open already. */
  fd?: number | FileHandle | null;
  mode?: Mode;
  /** Closes the file when the stream ends; the default. */
  autoClose?: boolean;
  emitClose?: boolean;
  /** The first byte; where the file stands by default. */
  start?: number;
  /** How many bytes wait in the stream before its source is stopped. */
  highWaterMark?: number;
  signal?: AbortSignal | null | undefined;
}

/** Options of `createReadStream`. */
export interface ReadStreamOptions extends StreamOptions {
  /** The last byte, which is read too. */
  end?: number;
}

/** Options of `createWriteStream`. */
export interface WriteStreamOptions extends StreamOptions {
  /** Waits until the bytes are on the disk before it closes. */
  flush?: boolean;
}

type Done = (error?: Error | null) => void;

/** The file below a stream. */
class Source {
  fd: number | null = null;
  readonly handle: FileHandle | null;
  readonly autoClose: boolean;
  #path: string | undefined;
  #flags: string | number;
  #mode: Mode | undefined;

  constructor(path: PathLike | null | undefined, flags: string, options: StreamOptions) {
    const { fd } = options;
    this.handle = typeof fd === 'object' && fd !== null ? fd : null;
    if (typeof fd === 'number') this.fd = fd;
    else if (this.handle) this.fd = this.handle.fd;
    else this.#path = toPath(path as PathLike);
    this.#flags = options.flags ?? flags;
    this.#mode = options.mode;
    this.autoClose = options.autoClose ?? true;
  }

  async open(): Promise<void> {
    if (this.fd === null)
      this.fd = await perform(open(this.#path as string, this.#flags, this.#mode));
  }

  async close(): Promise<void> {
    const { fd, handle } = this;
    this.fd = null;
    if (fd === null || !this.autoClose) return;
    if (handle) await handle.close();
    else await perform(close(fd));
  }
}

/** A file as a source of data. */
export class ReadStream extends Readable {
  readonly path: PathLike | null | undefined;
  readonly flags: string | number;
  readonly start: number | undefined;
  readonly end: number;
  bytesRead = 0;
  #source: Source;
  #left: number;

  constructor(path: PathLike | null | undefined, options: ReadStreamOptions = {}) {
    super({ highWaterMark: options.highWaterMark ?? READ_SIZE });
    const { start, end = Infinity, highWaterMark = READ_SIZE, encoding, signal } = options;
    if (start !== undefined) toInteger(start, 'start', 0);
    if (end !== Infinity) toInteger(end, 'end', 0);
    if ((start ?? 0) > end) throw new OutOfRangeError('start', `<= "end" (here: ${end})`, start);
    this.path = path;
    this.flags = options.flags ?? 'r';
    this.start = start;
    this.end = end;
    this.#left = end === Infinity ? Infinity : end - (start ?? 0) + 1;
    this.#source = new Source(path, 'r', options);
    this.#size = Math.max(1, highWaterMark);
    if (encoding) this.setEncoding(encoding);
    abortWith(this, signal);
  }

  readonly #size: number;

  /** The number of the open file. */
  get fd(): number | null {
    return this.#source.fd;
  }

  /** Whether the file is not open yet. */
  get pending(): boolean {
    return this.#source.fd === null;
  }

  /** @internal */
  _open(done: Done): void {
    settle(this.#source.open(), done, () => {
      this.emit('open', this.fd);
      this.emit('ready');
    });
  }

  /** @internal */
  _read(done: Done): void {
    const size = Math.min(this.#size, this.#left);
    if (size <= 0) {
      this.push(null);
      done(null);
      return;
    }
    const at = this.start === undefined ? null : this.start + this.bytesRead;
    const buffer = Buffer.alloc(size);
    const chunk = perform(read(this.#source.fd as number, buffer, 0, size, at));
    chunk.then(
      ({ bytesRead }) => {
        this.bytesRead += bytesRead;
        this.#left -= bytesRead;
        this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead));
        done(null);
      },
      (error: Error) => done(error),
    );
  }

  /** @internal */
  _destroy(done: Done): void {
    settle(this.#source.close(), done);
  }

  /** Ends the stream and closes the file. */
  close(callback?: Done): void {
    end(this, callback);
  }
}

/** A file as a sink of data. */
export class WriteStream extends Writable {
  readonly path: PathLike | null | undefined;
  readonly flags: string | number;
  readonly start: number | undefined;
  bytesWritten = 0;
  #source: Source;
  #encoding: Encoding | null;

  constructor(path: PathLike | null | undefined, options: WriteStreamOptions = {}) {
    super({
      highWaterMark: options.highWaterMark ?? WRITE_SIZE,
      // streamx counts what it does not know as 1,024 bytes.
      byteLength: (data: Data) => (typeof data === 'string' ? data.length : data.byteLength),
    });
    const { start, signal } = options;
    if (start !== undefined) toInteger(start, 'start', 0);
    this.path = path;
    this.flags = options.flags ?? (start === undefined ? 'w' : 'r+');
    this.start = start;
    this.#encoding = options.encoding ?? null;
    this.#source = new Source(path, this.flags as string, options);
    abortWith(this, signal);
  }

  /** The number of the open file. */
  get fd(): number | null {
    return this.#source.fd;
  }

  /** Whether the file is not open yet. */
  get pending(): boolean {
    return this.#source.fd === null;
  }

  /** Writes data; false asks to wait for `drain`. */
  override write(data: Data, encoding?: Encoding | Done | null, callback?: Done): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    const valid =
      typeof data === 'string' || ArrayBuffer.isView(data) || data instanceof ArrayBuffer;
    if (!valid) {
      throw new InvalidArgTypeError('chunk', 'of type string or an instance of Buffer', data);
    }
    const name = typeof encoding === 'string' ? encoding : this.#encoding;
    const more = super.write(toBytes(data, name));
    if (done)
      Writable.drained(this).then((ok) => done(ok ? null : new Error('The stream is destroyed')));
    return more;
  }

  /** Writes the last data, and closes the file when everything is written. */
  override end(data?: Data | Done, encoding?: Encoding | Done | null, callback?: Done): this {
    const done = [data, encoding, callback].find((value) => typeof value === 'function') as Done;
    if (data !== undefined && data !== null && typeof data !== 'function') {
      this.write(data, typeof encoding === 'string' ? encoding : null);
    }
    if (done) this.once('finish', () => done(null));
    return super.end();
  }

  /** @internal */
  _open(done: Done): void {
    settle(this.#source.open(), done, () => {
      this.emit('open', this.fd);
      this.emit('ready');
    });
  }

  /** @internal */
  _writev(batch: Uint8Array[], done: Done): void {
    const at = this.start === undefined ? null : this.start + this.bytesWritten;
    perform(writev(this.#source.fd as number, batch, at)).then(
      ({ bytesWritten }) => {
        this.bytesWritten += bytesWritten;
        done(null);
      },
      (error: Error) => done(error),
    );
  }

  /** @internal */
  _destroy(done: Done): void {
    settle(this.#source.close(), done);
  }

  /** Ends the stream, writes what is left and closes the file. */
  close(callback?: Done): void {
    if (callback) this.once('close', () => callback(null));
    this.end();
  }
}

function end(stream: ReadStream, callback?: Done): void {
  if (callback) stream.once('close', () => callback(null));
  stream.destroy();
}

function settle(work: Promise<void>, done: Done, before?: () => void): void {
  work.then(
    () => {
      before?.();
      done(null);
    },
    (error: Error) => done(error),
  );
}

function abortWith(stream: ReadStream | WriteStream, signal?: AbortSignal | null): void {
  if (!signal) return;
  const abort = (): void => stream.destroy(AbortError.of(signal));
  if (signal.aborted) queueMicrotask(abort);
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', abort));
}

/** The old names of the streams of files. */
export { ReadStream as FileReadStream, WriteStream as FileWriteStream };
export default { ReadStream, WriteStream };

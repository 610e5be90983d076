/** The pipes of a child: its outputs as sources, its input as a sink. */

import { Buffer } from '../buffer.js';
import { InvalidArgTypeError, OroError } from '../errors.js';
import { toBytes, type Data, type Encoding } from '../fs/params.js';
import { call } from '../ipc/transport.js';
import { Readable, Writable } from '../stream.js';

type Done = (error?: Error | null) => void;

const READ_BYTES = 256 * 1024;
const WRITE_BYTES = 64 * 1024;

/** An output of a child. What nobody reads stays in the pipe, and stops the child. */
export class Output extends Readable {
  readonly #id: string;
  readonly #fd: 1 | 2;
  readonly #started: Promise<unknown>;
  #next: Promise<Uint8Array<ArrayBuffer>> | null = null;
  #ended = false;
  #used = false;

  constructor(id: string, fd: 1 | 2, started: Promise<unknown>) {
    // Text, once there is an encoding, is as long as it is.
    const byteLength = (data?: Uint8Array | string): number => data?.length ?? 0;
    super({ highWaterMark: READ_BYTES, byteLength });
    this.#id = id;
    this.#fd = fd;
    this.#started = started;
  }

  override pipe<T extends Writable>(destination: T, done?: Done): T {
    this.#used = true;
    return super.pipe(destination, done);
  }

  /** @internal The child has ended: what nobody wants is read and forgotten. */
  flush(): void {
    const wanted = this.listenerCount('data') + this.listenerCount('readable') > 0;
    if (!wanted && !this.#used && !this.destroying) this.resume();
  }

  #take(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = call('child_process.read', {
      id: this.#id,
      fd: this.#fd,
      max: READ_BYTES,
    });
    // Whoever takes it hears of its failure.
    bytes.catch(() => {});
    return bytes as Promise<Uint8Array<ArrayBuffer>>;
  }

  /** @internal */
  _open(done: Done): void {
    this.#started.then(
      () => done(null),
      () => {
        // The child itself tells that it was not started.
        this.#ended = true;
        done(null);
      },
    );
  }

  /** @internal */
  _read(done: Done): void {
    if (this.#ended) {
      this.push(null);
      done(null);
      return;
    }
    (this.#next ?? this.#take()).then(
      (bytes) => {
        this.#ended = bytes.byteLength === 0;
        // The next bytes are on their way while these are handled.
        this.#next = this.#ended || this.destroying ? null : this.#take();
        this.push(
          this.#ended ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        );
        done(null);
      },
      (error: Error) => done(this.destroying ? null : error),
    );
  }

  /** @internal */
  _destroy(done: Done): void {
    if (!this.#ended) {
      this.#ended = true;
      const close = (): Promise<unknown> =>
        call('child_process.close', { id: this.#id, fd: this.#fd });
      this.#started.then(close).catch(() => {});
    }
    done(null);
  }
}

/** The input of a child. */
export class Input extends Writable {
  readonly #id: string;
  readonly #started: Promise<unknown>;
  #ended = false;

  constructor(id: string, started: Promise<unknown>) {
    super({
      highWaterMark: WRITE_BYTES,
      byteLength: (data: Uint8Array) => data.byteLength,
    });
    this.#id = id;
    this.#started = started;
  }

  /** Writes data; false asks to wait for `drain`. */
  override write(data: Data, encoding?: Encoding | Done | null, callback?: Done): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    const valid =
      typeof data === 'string' || ArrayBuffer.isView(data) || data instanceof ArrayBuffer;
    if (!valid) {
      throw new InvalidArgTypeError('chunk', 'of type string or an instance of Buffer', data);
    }
    const more = super.write(toBytes(data, typeof encoding === 'string' ? encoding : null));
    if (done)
      Writable.drained(this).then((ok) => done(ok ? null : new Error('The stream is destroyed')));
    return more;
  }

  /** Writes the last data; then the child finds the end of its input. */
  override end(data?: Data | Done, encoding?: Encoding | Done | null, callback?: Done): this {
    const done = [data, encoding, callback].find((value) => typeof value === 'function') as Done;
    if (data !== undefined && data !== null && typeof data !== 'function') {
      this.write(data, typeof encoding === 'string' ? encoding : null);
    }
    if (done) this.once('finish', () => done(null));
    return super.end();
  }

  /** @internal */
  _writev(batch: Uint8Array[], done: Done): void {
    this.#send(batch.length === 1 ? (batch[0] as Uint8Array) : Buffer.concat(batch), false, done);
  }

  /** @internal */
  _final(done: Done): void {
    this.#ended = true;
    this.#send(new Uint8Array(), true, (error) => done(isGone(error) ? null : error));
  }

  #send(body: Uint8Array, end: boolean, done: Done): void {
    const send = (): Promise<unknown> =>
      call('child_process.write', { id: this.#id, end }, { body });
    // A child that was not started tells so itself.
    this.#started
      .then(send, () => {})
      .then(
        () => done(null),
        (error: Error) => done(isGone(error) ? broken() : error),
      );
  }

  /** @internal */
  _destroy(done: Done): void {
    if (!this.#ended) {
      this.#ended = true;
      const close = (): Promise<unknown> => call('child_process.close', { id: this.#id, fd: 0 });
      this.#started.then(close).catch(() => {});
    }
    done(null);
  }
}

/** Whether a child has ended, or has closed its input. */
function isGone(error: unknown): boolean {
  const code = (error as { code?: string } | null | undefined)?.code;
  return code === 'NOT_FOUND_ERR' || code === 'EPIPE';
}

function broken(): Error {
  const error = new OroError('write EPIPE', { name: 'Error', code: 'EPIPE' });
  return Object.assign(error, { errno: -32, syscall: 'write' });
}

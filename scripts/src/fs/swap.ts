/** A file that is written apart, and takes the place of another when it is done. */

import { tmpdir } from '../os.js';
import posix from '../path/posix.js';
import constants from './constants.js';
import type { FileHandle } from './handle.js';
import promises from './promises.js';

type Content = BufferSource | Blob | string;

/** What a writable stream takes: content, or what is to be done. */
export type WriteChunk =
  | Content
  | { type: 'write'; data?: Content | null; position?: number | null }
  | { type: 'seek'; position?: number | null }
  | { type: 'truncate'; size?: number | null };

/** Content of which no more is in memory than this at once. */
const PART_SIZE = 4 * 1024 * 1024;

export class SwapFile {
  readonly #target: string;
  readonly #path: string;
  readonly #mode: number;
  readonly #handle: FileHandle;
  #cursor = 0;

  private constructor(target: string, path: string, mode: number, handle: FileHandle) {
    this.#target = target;
    this.#path = path;
    this.#mode = mode;
    this.#handle = handle;
  }

  /** Begins, empty or with what the other file holds. */
  static async open(path: string, keep: boolean): Promise<SwapFile> {
    // A link goes on leading to the file.
    const target = await promises.realpath(path);
    await promises.access(target, constants.W_OK);
    const mode = (await promises.stat(target)).mode & 0o7777;
    const name = `.${crypto.randomUUID()}.swap`;
    const begin = async (swap: string): Promise<SwapFile> => {
      // Until it takes the other's place it is nobody else's to read.
      const handle = await promises.open(swap, 'wx', 0o600);
      const file = new SwapFile(target, swap, mode, handle);
      if (keep) await file.#do(() => promises.copyFile(target, swap));
      return file;
    };
    try {
      return await begin(posix.join(posix.dirname(target), name));
    } catch (error) {
      // Who may write the file need not be one who may write beside it.
      if (!['EACCES', 'EPERM', 'EROFS'].includes((error as { code: string }).code)) throw error;
      return begin(posix.join(tmpdir(), name));
    }
  }

  /** Does what a chunk says. */
  write(chunk: WriteChunk): Promise<void> {
    return this.#do(() => this.#perform(chunk));
  }

  /** If it fails the file is discarded: its stream takes no more. */
  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  async #perform(chunk: WriteChunk): Promise<void> {
    const step = isStep(chunk) ? chunk : { type: 'write' as const, data: chunk };
    if (step.type === 'truncate') {
      const size = toSize(step.size, 'size');
      await this.#handle.truncate(size);
      this.#cursor = Math.min(this.#cursor, size);
      return;
    }
    if (step.type === 'seek' || (step.position ?? null) !== null) {
      this.#cursor = toSize(step.position, 'position');
    }
    if (step.type === 'write') await this.#append(step.data);
    else if (step.type !== 'seek')
      throw new TypeError(`'${String((step as any).type)}' is no command`);
  }

  async #append(data: Content | null | undefined): Promise<void> {
    if (data === null || data === undefined) throw new TypeError("'data' is missing");
    const blob = data instanceof Blob ? data : new Blob([data as BlobPart]);
    for (let at = 0; at < blob.size; at += PART_SIZE) {
      const part = new Uint8Array(await blob.slice(at, at + PART_SIZE).arrayBuffer());
      const { bytesWritten } = await this.#handle.write(part, { position: this.#cursor });
      this.#cursor += bytesWritten;
    }
  }

  /** Takes the other's place. */
  commit(): Promise<void> {
    return this.#do(() => this.#replace());
  }

  async #replace(): Promise<void> {
    await this.#handle.chmod(this.#mode);
    await this.#handle.close();
    if (posix.dirname(this.#path) === posix.dirname(this.#target)) {
      return promises.rename(this.#path, this.#target);
    }
    await promises.copyFile(this.#path, this.#target);
    await promises.unlink(this.#path);
  }

  /** Leaves the other as it is. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await promises.rm(this.#path, { force: true });
  }
}

function isStep(chunk: WriteChunk): chunk is Exclude<WriteChunk, Content> {
  return typeof chunk === 'object' && chunk !== null && 'type' in chunk && !(chunk instanceof Blob);
}

function toSize(value: number | null | undefined, name: string): number {
  const size = Number(value ?? Number.NaN);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new TypeError(`'${name}' must be a whole number from 0, not ${String(value)}`);
}

/**
 * Child processes as in Node: `oro:child_process`.
 *
 * A child belongs to the window that started it, and ends with it. It starts while the page goes
 * on: `pid` is known from the event `spawn` on.
 */

import { Input, Output } from './child_process/pipe.js';
import { bufferMax, program, type ProcessOptions, type Program } from './child_process/options.js';
import { execFileSync, execSync, given, spawnSync } from './child_process/sync.js';
import { AbortError, InvalidArgTypeError, OroError } from './errors.js';
import { EventEmitter } from './events.js';
import { Buffer } from './buffer.js';
import { call, callSync, on } from './ipc/transport.js';
import { promisify } from './util.js';

export type { ProcessOptions, StdioKind, StdioOptions } from './child_process/options.js';
export type { SyncOptions, SyncResult } from './child_process/sync.js';
/** The pipes of a child. */
export { Input as Pipe, Input, Output } from './child_process/pipe.js';
export { execFileSync, execSync, spawnSync };

/** What `spawn` may be given. */
export interface SpawnOptions extends ProcessOptions {
  /** In a session of its own, to outlive the window and the application. */
  detached?: boolean | undefined;
  /** Ends the child. */
  signal?: AbortSignal | null | undefined;
}

/** What `exec` and `execFile` may be given. */
export interface ExecOptions extends SpawnOptions {
  /** What outputs are given as: text by default, or bytes for `'buffer'`. */
  encoding?: string | null | undefined;
  /** Most bytes of output, and of errors. */
  maxBuffer?: number | undefined;
}

/** Hears how a program ended. */
export type ExecCallback = (error: Error | null, stdout: any, stderr: any) => void;

const children = new Map<string, ChildProcess>();
const kStart = Symbol('start');
const kExit = Symbol('exit');
let listening = false;

/** Hears of ends, once for all children of the page. */
function listen(): void {
  if (listening) return;
  listening = true;
  on('child_process.exit', ({ id, code, signal }) =>
    children.get(id)?.[kExit](code ?? null, signal ?? null),
  );
}

/** A child process. Emits `spawn`, `exit`, `close` and `error`. */
export class ChildProcess extends EventEmitter {
  /** The number of the process, once it runs. */
  pid: number | undefined = undefined;
  /** What it ended with; null while it runs, or if a signal ended it. */
  exitCode: number | null = null;
  /** The signal that ended it. */
  signalCode: string | null = null;
  /** Whether `kill` was called with success. */
  killed = false;
  /** There is no channel for messages. */
  readonly connected: boolean = false;
  spawnfile = '';
  spawnargs: string[] = [];
  stdin: Input | null = null;
  stdout: Output | null = null;
  stderr: Output | null = null;
  stdio: [Input | null, Output | null, Output | null] = [null, null, null];
  readonly #id = String(crypto.getRandomValues(new BigUint64Array(1))[0]);
  #started: Promise<unknown> | null = null;
  #open = 0;

  /** @internal */
  [kStart](run: Program, { detached, signal }: SpawnOptions): this {
    listen();
    children.set(this.#id, this);
    const { file, spawnargs, stdio, words, ...rest } = run;
    this.spawnfile = file;
    this.spawnargs = spawnargs;
    const [stdin, stdout, stderr] = stdio;
    const params = {
      id: this.#id,
      args: words,
      stdin,
      stdout,
      stderr,
      ...rest,
    };
    const given = Object.fromEntries(
      Object.entries({ ...params, detached }).filter(([, value]) => value !== undefined),
    ) as typeof params;
    const started = call('child_process.spawn', given as never);
    this.#started = started;
    if (stdin === 'pipe') this.stdin = new Input(this.#id, started);
    if (stdout === 'pipe') this.stdout = new Output(this.#id, 1, started);
    if (stderr === 'pipe') this.stderr = new Output(this.#id, 2, started);
    this.stdio = [this.stdin, this.stdout, this.stderr];
    this.#open = 1;
    for (const output of [this.stdout, this.stderr]) {
      if (!output) continue;
      this.#open += 1;
      output.once('close', () => this.#close());
    }
    started.then(
      ({ pid }) => {
        this.pid = pid;
        this.emit('spawn');
      },
      (error: Error) => this.#fail(error),
    );
    if (signal) this.#abortWith(signal, run.killSignal);
    return this;
  }

  #fail(error: Error): void {
    children.delete(this.#id);
    const { errno } = error as { errno?: number };
    this.exitCode = errno ?? -1;
    this.stdin?.destroy();
    this.emit('error', plain(error));
    for (const output of [this.stdout, this.stderr]) output?.destroy();
    this.#close();
  }

  #abortWith(signal: AbortSignal, killSignal: string | number | undefined): void {
    const abort = (): void => {
      if (this.exitCode !== null || this.signalCode !== null) return;
      this.kill(killSignal);
      this.emit('error', AbortError.of(signal));
    };
    if (signal.aborted) {
      queueMicrotask(abort);
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    this.once('exit', () => signal.removeEventListener('abort', abort));
  }

  /** @internal */
  [kExit](code: number | null, signal: string | null): void {
    children.delete(this.#id);
    const tell = (): void => {
      this.exitCode = code;
      this.signalCode = signal;
      this.stdin?.destroy();
      this.emit('exit', code, signal);
      this.stdout?.flush();
      this.stderr?.flush();
      this.#close();
    };
    // The event may overtake the answer that it was started.
    if (this.pid === undefined) this.#started?.then(() => queueMicrotask(tell), tell);
    else tell();
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open === 0) this.emit('close', this.exitCode, this.signalCode);
  }

  /**
   * Sends a signal to the child and all that is in its process group.
   *
   * @returns whether there was somebody to send it to
   */
  kill(signal?: string | number): boolean {
    if (!this.#started || this.exitCode !== null || this.signalCode !== null) return false;
    const params = {
      id: this.#id,
      ...(signal === undefined ? {} : { signal }),
    };
    if (this.pid === undefined) {
      const later = this.#started.then(() => call('child_process.kill', params));
      later.catch(() => {});
      this.killed = true;
      return true;
    }
    try {
      callSync('child_process.kill', params);
    } catch (error) {
      const { name, param } = error as { name?: string; param?: string };
      if (name === 'NotFoundError') return false;
      if (param !== 'signal') throw error;
      throw Object.assign(new TypeError(`Unknown signal: ${String(signal)}`), {
        code: 'ERR_UNKNOWN_SIGNAL',
      });
    }
    if (signal !== 0) this.killed = true;
    return true;
  }

  /** Does nothing: a page does not end by itself. */
  ref(): void {}

  unref(): void {}

  /** There is no channel for messages. */
  send(): boolean {
    throw new OroError('A child process has no channel for messages', {
      name: 'NotSupportedError',
      code: 'ERR_IPC_CHANNEL_CLOSED',
    });
  }

  disconnect(): void {}

  [Symbol.dispose](): void {
    this.kill();
  }
}

/** An error that looks as Node's do. */
function plain(error: Error): Error {
  if (!(error instanceof OroError) || error.name !== 'Error') return error;
  const { route: _, ...rest } = error;
  return Object.assign(new Error(error.message), rest);
}

type Args<T> = readonly string[] | T | null;

/** Starts a program, without a shell unless `shell` asks for one. */
export function spawn(
  file: string,
  args?: Args<SpawnOptions>,
  options?: SpawnOptions,
): ChildProcess {
  const [words, settings] = given<SpawnOptions>(args, options);
  return new ChildProcess()[kStart](program(file, words, settings), settings);
}

/** Runs a program and collects what it writes. */
export function execFile(
  file: string,
  ...rest: Array<Args<ExecOptions> | ExecCallback | undefined>
): ChildProcess {
  const callback = rest.find((each) => typeof each === 'function') as ExecCallback | undefined;
  const [args, second] = rest.filter((each) => typeof each !== 'function');
  const [words, options] = given<ExecOptions>(
    args as Args<ExecOptions>,
    second as ExecOptions | undefined,
  );
  const { timeout, ...settings } = options;
  const run = program(file, words, { ...options, stdio: 'pipe' });
  const child = new ChildProcess()[kStart]({ ...run, timeout: undefined }, settings);
  collect(child, run, [file, ...words].join(' '), options, callback);
  return child;
}

function collect(
  child: ChildProcess,
  run: Program,
  command: string,
  { encoding = 'utf8', maxBuffer, killSignal }: ExecOptions,
  callback: ExecCallback | undefined,
): void {
  const max = bufferMax(maxBuffer);
  const parts: [Uint8Array[], Uint8Array[]] = [[], []];
  let failure: Error | null = null;
  const end = (error: Error | null): void => {
    failure ??= error;
    child.stdout?.destroy();
    child.stderr?.destroy();
    if (!child.kill(killSignal)) child.killed ||= false;
  };
  for (const [at, name] of [
    [0, 'stdout'],
    [1, 'stderr'],
  ] as const) {
    let size = 0;
    child[name]?.on('data', (bytes: Uint8Array) => {
      const room = max - size;
      size += bytes.byteLength;
      parts[at].push(bytes.byteLength > room ? bytes.subarray(0, room) : bytes);
      if (size > max) end(tooLong(name));
    });
  }
  const timer = run.timeout && setTimeout(() => end(null), run.timeout);
  let over = false;
  const settle = (error: Error | null): void => {
    if (over) return;
    over = true;
    if (timer) clearTimeout(timer);
    const text = (at: 0 | 1): any => {
      const bytes = Buffer.concat(parts[at]);
      return encoding && encoding !== 'buffer' ? bytes.toString(encoding as 'utf8') : bytes;
    };
    const [stdout, stderr] = [text(0), text(1)];
    const { exitCode, signalCode, killed } = child;
    if (!error && (exitCode !== 0 || signalCode !== null)) {
      const why = `Command failed: ${command}\n${String(stderr)}`;
      const details = { code: exitCode, killed, signal: signalCode };
      error = Object.assign(new Error(why), details);
    }
    if (error) Object.assign(error, { cmd: command, stdout, stderr });
    callback?.(error, stdout, stderr);
  };
  // Without it the error of a child that nobody listens to would be one of the page.
  child.on('error', (error: Error) => {
    failure ??= error;
    if (child.pid === undefined || error.name === 'AbortError') settle(failure);
  });
  child.on('close', () => settle(failure));
}

function tooLong(name: 'stdout' | 'stderr'): Error {
  const error = new RangeError(`${name} maxBuffer length exceeded`);
  return Object.assign(error, { code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' });
}

/** Runs a command in a shell and collects what it writes. */
export function exec(
  command: string,
  options?: ExecOptions | ExecCallback | null,
  callback?: ExecCallback,
): ChildProcess {
  if (typeof command !== 'string')
    throw new InvalidArgTypeError('command', 'of type string', command);
  const done = typeof options === 'function' ? options : callback;
  const settings = typeof options === 'function' ? {} : (options ?? {});
  const { shell } = settings;
  return execFile(command, [], { ...settings, shell: shell || true }, done);
}

/** Both outputs; the error has them as well. */
function promised(run: (...args: any[]) => ChildProcess) {
  return (...args: unknown[]): Promise<{ stdout: any; stderr: any }> & { child: ChildProcess } => {
    let child: ChildProcess | undefined;
    const promise = new Promise<{ stdout: any; stderr: any }>((resolve, reject) => {
      child = run(...args, (error: Error | null, stdout: any, stderr: any) =>
        error ? reject(error) : resolve({ stdout, stderr }),
      );
    });
    return Object.assign(promise, { child: child as ChildProcess });
  };
}

for (const run of [exec, execFile]) {
  Object.defineProperty(run, promisify.custom, {
    value: promised(run as never),
  });
}

/** Not supported: a page has no program that could run beside it as another one of itself. */
export function fork(): never {
  throw new OroError('`fork` is not supported: use a Worker, or `spawn` with a program', {
    name: 'NotSupportedError',
    code: 'ERR_NOT_SUPPORTED',
  });
}

export default {
  ChildProcess,
  exec,
  execFile,
  execFileSync,
  execSync,
  fork,
  spawn,
  spawnSync,
};

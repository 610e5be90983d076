/** The process that runs the application: `oro:process`. */

import { EventEmitter } from './events.js';
import { chdir, cwd } from './internal/cwd.js';
import { flush, write, type Channel } from './internal/output.js';
import * as runtime from './internal/runtime.js';
import { call, callSync } from './ipc/transport.js';

/** A way out of the process. */
export interface Output {
  readonly fd: number;
  readonly isTTY: boolean;
  readonly writable: boolean;
  /** Writes a text; the callback runs when the process has it. */
  write(text: string | Uint8Array, encoding?: string | (() => void), done?: () => void): boolean;
}

/** Memory that the process uses, in bytes. */
export interface MemoryUsage {
  /** What is resident now. */
  rss: number;
  heapTotal: number;
  heapUsed: number;
  external: number;
  arrayBuffers: number;
}

/** The versions of the runtime and its parts. */
export type Versions = Readonly<Record<string, string>>;

interface HighResolutionTime {
  (previous?: [seconds: number, nanoseconds: number]): [seconds: number, nanoseconds: number];
  bigint(): bigint;
}

const begun = performance.timeOrigin;

/** Variables of the environment. Setting one sets it for the process and its children. */
export class ProcessEnvironment {
  readonly [name: string]: string;
}

const variables: Record<string, string> = Object.assign(
  new ProcessEnvironment(),
  runtime.args().env,
);

export const env: Record<string, string | undefined> = new Proxy(variables, {
  set(target, key, value: unknown) {
    if (typeof key !== 'string') return false;
    target[key] = String(value);
    // The process follows; this document sees the value at once.
    call('process.env.set', { key, value: String(value) }).catch(() => {});
    return true;
  },
  defineProperty(target, key, descriptor) {
    return Reflect.defineProperty(target, key, descriptor);
  },
});

export const argv: string[] = [...(runtime.args().argv ?? [])];
export const argv0: string = argv[0] ?? '';
export const execArgv: string[] = [];
export const execPath: string = argv0;
export const arch: string = runtime.arch();
export const platform: string = runtime.platform();
/** The number of the process; 0 where it is not told. */
export const pid: number = runtime.args().pid ?? 0;
/** The version of the runtime: `v0.1.0`. */
export const version: string = `v${runtime.runtimeVersion()}`;
export const versions: Versions = Object.freeze({
  oro: runtime.runtimeVersion(),
  webkit: /AppleWebKit\/([\d.]+)/.exec(globalThis.navigator?.userAgent ?? '')?.[1] ?? '',
});
export const release = Object.freeze({ name: 'oro' });
export const title: string = argv0;

/** Calls a function after the running code, before promises of later code. */
export function nextTick(callback: (...args: any[]) => void, ...args: unknown[]): void {
  queueMicrotask(() => callback(...args));
}

/** A time that never goes back, from an arbitrary beginning. */
export const hrtime: HighResolutionTime = Object.assign(
  (previous?: [number, number]): [number, number] => {
    const now = hrtime.bigint();
    const since = previous
      ? now - (BigInt(previous[0]) * 1_000_000_000n + BigInt(previous[1]))
      : now;
    return [Number(since / 1_000_000_000n), Number(since % 1_000_000_000n)];
  },
  { bigint: (): bigint => BigInt(Math.round((begun + performance.now()) * 1e6)) },
);

/** How long this document has been running, in seconds. */
export function uptime(): number {
  return performance.now() / 1000;
}

/** The memory that the process uses. WebKit does not tell the sizes of its heap. */
export function memoryUsage(): MemoryUsage {
  const { rss } = callSync('os.rusage');
  return { rss, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };
}

/** Ends the application. */
export function exit(code?: number): void {
  const value = code ?? exitCode() ?? 0;
  if (exiting) return;
  exiting = true;
  emitter.emit('exit', value);
  // What was printed before must not be lost.
  const leave = flush().then(() => call('application.exit', { value }));
  leave.catch(() => (exiting = false));
}
let exiting = false;

function exitCode(): number | undefined {
  return process.exitCode;
}

/** Prints a warning and tells it to listeners of `warning`. */
export function emitWarning(warning: string | Error, type = 'Warning'): void {
  const error =
    typeof warning === 'string' ? Object.assign(new Error(warning), { name: type }) : warning;
  emitter.emit('warning', error);
  console.warn(`${error.name}: ${error.message}`);
}

export const stdout: Output = output('stdout', 1);
export const stderr: Output = output('stderr', 2);

function output(channel: Channel, fd: number): Output {
  return {
    fd,
    isTTY: false,
    writable: true,
    write(text, encoding, done) {
      const callback = typeof encoding === 'function' ? encoding : done;
      const value =
        typeof text === 'string' ? text : new TextDecoder().decode(text as Uint8Array<ArrayBuffer>);
      write(channel, value).then(callback, callback);
      return true;
    },
  };
}

const emitter = new EventEmitter();

/** The module as an object; it is an emitter of `exit` and `warning`. */
const process = Object.assign(emitter, {
  EventEmitter,
  arch,
  argv,
  argv0,
  chdir,
  cwd,
  emitWarning,
  env,
  execArgv,
  execPath,
  exit,
  exitCode: undefined as number | undefined,
  hrtime,
  memoryUsage,
  nextTick,
  pid,
  platform,
  release,
  stderr,
  stdout,
  title,
  uptime,
  version,
  versions,
});

export { EventEmitter, chdir, cwd };
export default process;

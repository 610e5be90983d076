/** What callers may give, brought into the form that native code takes. */

import { InvalidArgTypeError, InvalidArgValueError, OutOfRangeError } from '../errors.js';
import { fileURLToPath } from '../url.js';
import { platform } from '../internal/runtime.js';

/** Where an input or output leads. */
export type StdioKind = 'pipe' | 'ignore' | 'inherit';

/** Where all three lead: one word for all, or one for each. */
export type StdioOptions =
  StdioKind | 'overlapped' | ReadonlyArray<StdioKind | 'overlapped' | 0 | 1 | 2 | null | undefined>;

/** What all ways to run a program may be given. */
export interface ProcessOptions {
  /** The working directory; the application's by default. */
  cwd?: string | URL | undefined;
  /** The whole environment; the application's by default. */
  env?: Readonly<Record<string, string | number | boolean | null | undefined>> | undefined;
  /** What the program sees as its own name. */
  argv0?: string | undefined;
  /** The user that it runs as. */
  uid?: number | undefined;
  /** The group that it runs as. */
  gid?: number | undefined;
  /** Runs the words in a shell: `/bin/sh`, or the one that is named. */
  shell?: boolean | string | undefined;
  /** Milliseconds that it may run; then it gets `killSignal`. */
  timeout?: number | undefined;
  /** The signal that ends it early; `SIGTERM` by default. */
  killSignal?: string | number | undefined;
  stdio?: StdioOptions | undefined;
  /** For Windows; nothing here. */
  windowsHide?: boolean | undefined;
}

/** What is run, and how. */
export interface Program {
  file: string;
  /** All words, the first of which is what the program sees as its name. */
  spawnargs: string[];
  /** The words as native code takes them: the program, then its arguments. */
  words: string[];
  argv0: string | undefined;
  cwd: string | undefined;
  env: Record<string, string> | undefined;
  stdio: [StdioKind, StdioKind, StdioKind];
  uid: number | undefined;
  gid: number | undefined;
  timeout: number | undefined;
  killSignal: string | number | undefined;
}

/** Reads `(file[, args][, options])`. */
export function program(file: unknown, args: unknown, options: ProcessOptions = {}): Program {
  if (typeof file !== 'string') throw new InvalidArgTypeError('file', 'of type string', file);
  if (file === '') throw new InvalidArgValueError('file', file, 'cannot be empty');
  let given = words(args);
  let name = file;
  const { shell, argv0 } = options;
  if (shell) {
    // Joined as they are, as in Node: who asks for a shell quotes for it.
    const command = [file, ...given].join(' ');
    name =
      typeof shell === 'string' ? shell : platform() === 'android' ? '/system/bin/sh' : '/bin/sh';
    given = ['-c', command];
  }
  for (const [key, word] of [['file', name], ...given.map((word) => ['args', word])] as const) {
    if (word?.includes('\0'))
      throw new InvalidArgValueError(key as string, word, 'must be a string without null bytes');
  }
  return {
    file: name,
    spawnargs: [argv0 ?? name, ...given],
    words: [name, ...given],
    argv0,
    cwd: directory(options.cwd),
    env: environment(options.env),
    stdio: stdio(options.stdio),
    uid: id('uid', options.uid),
    gid: id('gid', options.gid),
    timeout: time(options.timeout),
    killSignal: options.killSignal ?? undefined,
  };
}

function words(args: unknown): string[] {
  if (args === undefined || args === null) return [];
  if (!Array.isArray(args)) throw new InvalidArgTypeError('args', 'an instance of Array', args);
  return args.map(String);
}

function directory(cwd: string | URL | undefined): string | undefined {
  if (cwd === undefined || cwd === null) return undefined;
  if (cwd instanceof URL) return fileURLToPath(cwd);
  if (typeof cwd !== 'string')
    throw new InvalidArgTypeError('options.cwd', 'of type string or an instance of URL', cwd);
  return cwd;
}

function environment(env: ProcessOptions['env']): Record<string, string> | undefined {
  if (env === undefined || env === null) return undefined;
  const all: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) {
    if (value !== undefined) all[key] = String(value);
  }
  return all;
}

const KINDS: readonly unknown[] = ['pipe', 'ignore', 'inherit'];

function stdio(given: StdioOptions | undefined): [StdioKind, StdioKind, StdioKind] {
  if (typeof given === 'string') given = [given, given, given];
  if (given !== undefined && given !== null && !Array.isArray(given))
    throw new InvalidArgValueError('stdio', given);
  if ((given?.length ?? 0) > 3)
    throw new InvalidArgValueError('stdio', given, 'has more than input, output and errors');
  const kind = (at: number): StdioKind => {
    const one = given?.[at] ?? 'pipe';
    if (one === 'overlapped') return 'pipe';
    if (one === at) return 'inherit';
    if (!KINDS.includes(one)) throw new InvalidArgValueError('stdio', one);
    return one as StdioKind;
  };
  return [kind(0), kind(1), kind(2)];
}

function id(name: string, value: number | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgTypeError(`options.${name}`, 'int32', value);
  return value;
}

function time(timeout: number | undefined): number | undefined {
  if (timeout === undefined || timeout === null) return undefined;
  if (!Number.isInteger(timeout) || timeout < 0)
    throw new OutOfRangeError('timeout', 'an unsigned integer', timeout);
  return timeout || undefined;
}

/** The most bytes that may be collected; nothing for no limit. */
export function bufferMax(value: number | undefined): number {
  if (value === undefined) return 1024 * 1024;
  if (typeof value !== 'number' || !(value >= 0))
    throw new OutOfRangeError('options.maxBuffer', 'a positive number', value);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

/** Programs that are run to their end while this thread waits. */

import { Buffer } from '../buffer.js';
import { InvalidArgValueError, OroError } from '../errors.js';
import { toBytes, type Data } from '../fs/params.js';
import { write } from '../internal/output.js';
import { callSync } from '../ipc/transport.js';
import { bufferMax, program, type ProcessOptions, type Program } from './options.js';

/** What programs that are waited for may be given. */
export interface SyncOptions extends ProcessOptions {
  /** The input. */
  input?: Data | undefined;
  /** Most bytes of output, and of errors. */
  maxBuffer?: number | undefined;
  /** What outputs are given as: text, or bytes by default. */
  encoding?: string | null | undefined;
}

/** How a program ended. */
export interface SyncResult<T> {
  pid: number;
  output: [null, T | null, T | null];
  stdout: T | null;
  stderr: T | null;
  /** What it ended with; null if a signal ended it. */
  status: number | null;
  /** The signal that ended it. */
  signal: string | null;
  /** Why it was not run, or not to its end. */
  error?: Error;
}

interface Head {
  pid: number;
  code: number | null;
  signal: string | null;
  stdout: number;
  stderr: number;
  timedOut: boolean;
  overflow: string | null;
}

const SEPARATOR = '\u0001';

type Given = [args?: readonly string[] | SyncOptions | null, options?: SyncOptions];

/** Takes `([args][, options])` apart. */
export function given<T extends ProcessOptions>(
  args: readonly string[] | T | null | undefined,
  options: T | undefined,
): [readonly string[], T] {
  if (Array.isArray(args)) return [args as readonly string[], options ?? ({} as T)];
  if (args !== null && typeof args === 'object') return [[], args as T];
  return [[], options ?? ({} as T)];
}

/** Runs a program to its end. */
export function spawnSync(file: string, ...rest: Given): SyncResult<any> {
  const [args, options] = given<SyncOptions>(...rest);
  const run = program(file, args, options);
  try {
    return outcome(run, options, execute(run, options));
  } catch (error) {
    if (!(error instanceof OroError) || error.name === 'NotAllowedError') throw error;
    // Node names its own call.
    const syscall = `spawnSync ${run.file}`;
    const failed = Object.assign(new Error(error.message.replace(/^spawn /, 'spawnSync ')), {
      ...error,
      syscall,
    });
    return {
      pid: 0,
      output: null as never,
      stdout: null,
      stderr: null,
      status: null,
      signal: null,
      error: failed,
    };
  }
}

function execute(run: Program, options: SyncOptions): Uint8Array {
  const { argv0, cwd, uid, gid, timeout, killSignal, stdio, env, words } = run;
  const plain = {
    argv0,
    cwd,
    uid,
    gid,
    timeout,
    killSignal,
    stdout: stdio[1],
    stderr: stdio[2],
    maxBuffer: bufferMax(options.maxBuffer),
  };
  const present = Object.fromEntries(
    Object.entries(plain).filter(([, value]) => value !== undefined),
  ) as { stdout: 'pipe' };
  if (options.input === undefined || options.input === null) {
    return callSync('child_process.exec', {
      ...present,
      args: words,
      ...(env ? { env } : {}),
    });
  }
  // Beside a body parameters are texts.
  const pairs = env && Object.entries(env).map(([key, value]) => `${key}=${value}`);
  for (const word of [...words, ...(pairs ?? [])]) {
    if (word.includes(SEPARATOR))
      throw new InvalidArgValueError('args', word, 'cannot have U+0001 beside an input');
  }
  const texts = {
    args: words.join(SEPARATOR),
    ...(pairs ? { env: pairs.join(SEPARATOR) } : {}),
  };
  const body = toBytes(options.input, null);
  return callSync('child_process.exec', { ...present, ...texts }, { body });
}

function outcome(run: Program, options: SyncOptions, frame: Uint8Array): SyncResult<any> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const begin = 4 + view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(frame.subarray(4, begin))) as Head;
  const middle = begin + head.stdout;
  const part = (at: number, from: number, to: number): any => {
    if (run.stdio[at] !== 'pipe') return null;
    // Its own memory, which the caller may keep or change.
    const bytes = Buffer.from(frame.slice(from, to).buffer);
    const { encoding } = options;
    return encoding && encoding !== 'buffer' ? bytes.toString(encoding as 'utf8') : bytes;
  };
  const stdout = part(1, begin, middle);
  const stderr = part(2, middle, middle + head.stderr);
  const result: SyncResult<any> = {
    pid: head.pid,
    output: [null, stdout, stderr],
    stdout,
    stderr,
    status: head.code,
    signal: head.signal,
  };
  const code = head.timedOut ? 'ETIMEDOUT' : head.overflow ? 'ENOBUFS' : null;
  if (code) {
    const error = new Error(`spawnSync ${run.file} ${code}`);
    const errno = code === 'ETIMEDOUT' ? -110 : -105;
    const { file, spawnargs } = run;
    result.error = Object.assign(error, {
      errno,
      code,
      syscall: `spawnSync ${file}`,
      path: file,
      spawnargs: spawnargs.slice(1),
    });
  }
  return result;
}

/** Gives the output, or throws as Node does. */
function checked(result: SyncResult<any>, options: SyncOptions, command: string): any {
  // Errors of the program are not lost, unless the caller takes them.
  if (options.stdio === undefined && result.stderr?.length) {
    void write('stderr', String(result.stderr));
  }
  const { error: failed, status, stderr } = result;
  if (failed) throw Object.assign(failed, { ...result, error: undefined });
  if (status === 0) return result.stdout;
  let message = `Command failed: ${command}`;
  if (stderr?.length) message += `\n${String(stderr)}`;
  throw Object.assign(new Error(message), result);
}

/** Runs a program to its end and gives its output. */
export function execFileSync(file: string, ...rest: Given): any {
  const [args, options] = given<SyncOptions>(...rest);
  const result = spawnSync(file, args, options);
  return checked(result, options, [file, ...args].join(' '));
}

/** Runs a command in a shell to its end and gives its output. */
export function execSync(command: string, options: SyncOptions = {}): any {
  const result = spawnSync(command, [], {
    ...options,
    shell: options.shell || true,
  });
  return checked(result, options, command);
}

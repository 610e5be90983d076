declare module 'oro:child_process' {
/**
 * Child processes as in Node: `oro:child_process`.
 *
 * A child belongs to the window that started it, and ends with it. It starts while the page goes
 * on: `pid` is known from the event `spawn` on.
 */
import { Input, Output } from 'oro:internal/child_process/pipe';
import { type ProcessOptions } from 'oro:internal/child_process/options';
import { execFileSync, execSync, spawnSync } from 'oro:internal/child_process/sync';
import { EventEmitter } from 'oro:events';
export type { ProcessOptions, StdioKind, StdioOptions } from 'oro:internal/child_process/options';
export type { SyncOptions, SyncResult } from 'oro:internal/child_process/sync';
/** The pipes of a child. */
export { Input as Pipe, Input, Output } from 'oro:internal/child_process/pipe';
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
/** A child process. Emits `spawn`, `exit`, `close` and `error`. */
export class ChildProcess extends EventEmitter {
    #private;
    /** The number of the process, once it runs. */
    pid: number | undefined;
    /** What it ended with; null while it runs, or if a signal ended it. */
    exitCode: number | null;
    /** The signal that ended it. */
    signalCode: string | null;
    /** Whether `kill` was called with success. */
    killed: boolean;
    /** There is no channel for messages. */
    readonly connected: boolean;
    spawnfile: string;
    spawnargs: string[];
    stdin: Input | null;
    stdout: Output | null;
    stderr: Output | null;
    stdio: [Input | null, Output | null, Output | null];
    /**
     * Sends a signal to the child and all that is in its process group.
     *
     * @returns whether there was somebody to send it to
     */
    kill(signal?: string | number): boolean;
    /** Does nothing: a page does not end by itself. */
    ref(): void;
    unref(): void;
    /** There is no channel for messages. */
    send(): boolean;
    disconnect(): void;
    [Symbol.dispose](): void;
}
type Args<T> = readonly string[] | T | null;
/** Starts a program, without a shell unless `shell` asks for one. */
export function spawn(file: string, args?: Args<SpawnOptions>, options?: SpawnOptions): ChildProcess;
/** Runs a program and collects what it writes. */
export function execFile(file: string, ...rest: Array<Args<ExecOptions> | ExecCallback | undefined>): ChildProcess;
/** Runs a command in a shell and collects what it writes. */
export function exec(command: string, options?: ExecOptions | ExecCallback | null, callback?: ExecCallback): ChildProcess;
/** Not supported: a page has no program that could run beside it as another one of itself. */
export function fork(): never;
const _default: {
    ChildProcess: typeof ChildProcess;
    exec: typeof exec;
    execFile: typeof execFile;
    execFileSync: typeof execFileSync;
    execSync: typeof execSync;
    fork: typeof fork;
    spawn: typeof spawn;
    spawnSync: typeof spawnSync;
};
export default _default;
}

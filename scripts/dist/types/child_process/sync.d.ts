declare module 'oro:internal/child_process/sync' {
/** Programs that are run to their end while this thread waits. */
import { type Data } from 'oro:internal/fs/params';
import { type ProcessOptions } from 'oro:internal/child_process/options';
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
type Given = [args?: readonly string[] | SyncOptions | null, options?: SyncOptions];
/** Takes `([args][, options])` apart. */
export function given<T extends ProcessOptions>(args: readonly string[] | T | null | undefined, options: T | undefined): [readonly string[], T];
/** Runs a program to its end. */
export function spawnSync(file: string, ...rest: Given): SyncResult<any>;
/** Runs a program to its end and gives its output. */
export function execFileSync(file: string, ...rest: Given): any;
/** Runs a command in a shell to its end and gives its output. */
export function execSync(command: string, options?: SyncOptions): any;
export {};
}

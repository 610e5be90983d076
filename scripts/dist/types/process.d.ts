declare module 'oro:process' {
/** The process that runs the application: `oro:process`. */
import { EventEmitter } from 'oro:events';
import { chdir, cwd } from 'oro:internal/internal/cwd';
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
/** Variables of the environment. Setting one sets it for the process and its children. */
export class ProcessEnvironment {
    readonly [name: string]: string;
}
export const env: Record<string, string | undefined>;
export const argv: string[];
export const argv0: string;
export const execArgv: string[];
export const execPath: string;
export const arch: string;
export const platform: string;
/** The number of the process; 0 where it is not told. */
export const pid: number;
/** The version of the runtime: `v0.1.0`. */
export const version: string;
export const versions: Versions;
export const release: Readonly<{
    name: "oro";
}>;
export const title: string;
/** Calls a function after the running code, before promises of later code. */
export function nextTick(callback: (...args: any[]) => void, ...args: unknown[]): void;
/** A time that never goes back, from an arbitrary beginning. */
export const hrtime: HighResolutionTime;
/** How long this document has been running, in seconds. */
export function uptime(): number;
/** The memory that the process uses. WebKit does not tell the sizes of its heap. */
export function memoryUsage(): MemoryUsage;
/** Ends the application. */
export function exit(code?: number): void;
/** Prints a warning and tells it to listeners of `warning`. */
export function emitWarning(warning: string | Error, type?: string): void;
export const stdout: Output;
export const stderr: Output;
/** The module as an object; it is an emitter of `exit` and `warning`. */
const process: EventEmitter & {
    EventEmitter: import("oro:events").EventEmitterConstructor;
    arch: string;
    argv: string[];
    argv0: string;
    chdir: typeof chdir;
    cwd: typeof cwd;
    emitWarning: typeof emitWarning;
    env: Record<string, string | undefined>;
    execArgv: string[];
    execPath: string;
    exit: typeof exit;
    exitCode: number | undefined;
    hrtime: HighResolutionTime;
    memoryUsage: typeof memoryUsage;
    nextTick: typeof nextTick;
    pid: number;
    platform: string;
    release: Readonly<{
        name: "oro";
    }>;
    stderr: Output;
    stdout: Output;
    title: string;
    uptime: typeof uptime;
    version: string;
    versions: Readonly<Record<string, string>>;
};
export { EventEmitter, chdir, cwd };
export default process;
}

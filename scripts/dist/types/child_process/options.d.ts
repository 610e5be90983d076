declare module 'oro:internal/child_process/options' {
/** What callers may give, brought into the form that native code takes. */
/** Where an input or output leads. */
export type StdioKind = 'pipe' | 'ignore' | 'inherit';
/** Where all three lead: one word for all, or one for each. */
export type StdioOptions = StdioKind | 'overlapped' | ReadonlyArray<StdioKind | 'overlapped' | 0 | 1 | 2 | null | undefined>;
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
export function program(file: unknown, args: unknown, options?: ProcessOptions): Program;
/** The most bytes that may be collected; nothing for no limit. */
export function bufferMax(value: number | undefined): number;
}

declare module 'oro:internal/internal/runtime' {
/** Facts that native code gives each document before its first script. */
/** The public facts of this document and its application: `globalThis.__args`. */
export interface RuntimeArgs {
    readonly argv?: readonly string[];
    readonly arch?: string;
    /** The bundle identifier of the application: the host of its `oro:` addresses. */
    readonly bundle?: string;
    readonly capabilities?: {
        readonly streaming?: {
            readonly sseIncremental?: boolean;
            readonly chunkedIncremental?: boolean;
        };
    };
    readonly client?: {
        readonly id?: string;
    };
    readonly config?: Readonly<Record<string, unknown>>;
    readonly cwd?: string;
    readonly debug?: boolean;
    readonly env?: Readonly<Record<string, string>>;
    readonly headless?: boolean;
    /** The index of the window. */
    readonly index?: number;
    readonly os?: string;
    readonly pid?: number;
    readonly platform?: string;
    /** The test suite that this run is for, if it is for one. */
    readonly test?: string;
    readonly version?: string | {
        readonly full?: string;
        readonly short?: string;
    };
}
/** `globalThis.__args`, or nothing in a document that native code did not prepare. */
export function args(): RuntimeArgs;
/** The version of the runtime. */
export function runtimeVersion(): string;
/** The index of the window that this code runs in, or for. */
export function windowIndex(): number;
/** The operating system, as Node names it. */
export function platform(): string;
/** The processor architecture, as Node names it. */
export function arch(): string;
}

declare module 'oro:console' {
/** Printing to the standard output of the process: `oro:console`. */
import { type InspectOptions } from 'oro:util';
/** Something that takes texts. */
export interface TextSink {
    write(text: string): unknown;
}
/** What makes a console. */
export interface ConsoleOptions {
    stdout?: TextSink;
    stderr?: TextSink;
    inspectOptions?: InspectOptions;
    /** How many spaces a group moves its lines to the right. */
    groupIndentation?: number;
}
/** Prints values as Node does. */
export class Console {
    #private;
    constructor(options?: ConsoleOptions | TextSink, stderr?: TextSink);
    log(...values: unknown[]): void;
    info(...values: unknown[]): void;
    debug(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
    trace(...values: unknown[]): void;
    assert(condition?: unknown, ...values: unknown[]): void;
    dir(value: unknown, options?: InspectOptions): void;
    dirxml(...values: unknown[]): void;
    count(label?: string): void;
    countReset(label?: string): void;
    group(...values: unknown[]): void;
    groupCollapsed(...values: unknown[]): void;
    groupEnd(): void;
    time(label?: string): void;
    timeLog(label?: string, ...values: unknown[]): void;
    timeEnd(label?: string): void;
    table(data: unknown, columns?: readonly string[]): void;
}
/** Makes a console of the page print to the process too. */
export function patchGlobalConsole(target?: object): object;
export const assert: (condition?: unknown, ...values: unknown[]) => void, count: (label?: string) => void, countReset: (label?: string) => void, debug: (...values: unknown[]) => void, dir: (value: unknown, options?: InspectOptions) => void, dirxml: (...values: unknown[]) => void, error: (...values: unknown[]) => void, group: (...values: unknown[]) => void, groupCollapsed: (...values: unknown[]) => void;
export const groupEnd: () => void, info: (...values: unknown[]) => void, log: (...values: unknown[]) => void, printTable: (data: unknown, columns?: readonly string[]) => void, time: (label?: string) => void, timeEnd: (label?: string) => void, timeLog: (label?: string, ...values: unknown[]) => void, trace: (...values: unknown[]) => void, warn: (...values: unknown[]) => void;
export { printTable as table };
const _default: Console & {
    Console: typeof Console;
    patchGlobalConsole: typeof patchGlobalConsole;
};
export default _default;
}

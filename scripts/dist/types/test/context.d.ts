declare module 'oro:internal/test/context' {
/** What a test is given: its assertions. */
import type { Report } from 'oro:internal/test/tap';
/** What an error must be like: a pattern of its message, a class, properties, or a test of it. */
export type Expected = RegExp | Function | Record<string, unknown>;
/** The body of a test. */
export type TestBody = (t: Test) => unknown;
/** One test while it runs. */
export class Test {
    #private;
    readonly name: string;
    constructor(name: string, report: Report, runSubtest: (name: string, body: TestBody) => Promise<void>, directive?: string);
    /** How many assertions were made. */
    get count(): number;
    /** Says how many assertions the test will make. A body that returns earlier is waited for. */
    plan(count: number): void;
    /** Prints a line. */
    comment(text: string): void;
    /** Runs a function after the test, however it ends; the last one first. */
    teardown(action: () => unknown): void;
    /** Runs a test inside this one. */
    test(name: string, body: TestBody): Promise<void>;
    pass(message?: string): void;
    fail(message?: string | Error): void;
    skip(message?: string): void;
    ok(value: unknown, message?: string): void;
    notOk(value: unknown, message?: string): void;
    ifError(error: unknown, message?: string): void;
    /** The same value, as `Object.is` has it. */
    equal<T>(actual: T, expected: T, message?: string): void;
    notEqual(actual: unknown, expected: unknown, message?: string): void;
    /** The same contents and the same kinds. */
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    notDeepEqual(actual: unknown, expected: unknown, message?: string): void;
    match(text: string, pattern: RegExp, message?: string): void;
    doesNotMatch(text: string, pattern: RegExp, message?: string): void;
    /** The function throws; returns what it threw. */
    throws(body: () => unknown, expected?: Expected | string, message?: string): unknown;
    doesNotThrow(body: () => unknown, message?: string): void;
    /** The promise rejects; resolves to what it rejected with. */
    rejects(work: Promise<unknown> | (() => Promise<unknown>), expected?: Expected | string, message?: string): Promise<unknown>;
}
}

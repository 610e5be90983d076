declare module 'oro:assert' {
/** Assertions: `oro:assert`. */
/** What makes an assertion error. */
export interface AssertionErrorOptions {
    message?: string;
    actual?: unknown;
    expected?: unknown;
    operator?: string;
}
/** An assertion that does not hold. */
export interface AssertionError extends Error {
    actual: unknown;
    expected: unknown;
    operator: string;
    generatedMessage: boolean;
    code: 'ERR_ASSERTION';
}
type Message = string | Error;
type Expected = RegExp | Function | Error | Record<string, unknown>;
type Compare = (actual: unknown, expected: unknown, message?: Message) => void;
/** The assertions, as in Node. */
export interface Assert {
    (value: unknown, message?: Message): asserts value;
    readonly AssertionError: new (options: AssertionErrorOptions) => AssertionError;
    readonly ok: (value: unknown, message?: Message) => asserts value;
    readonly equal: Compare;
    readonly notEqual: Compare;
    readonly deepEqual: Compare;
    readonly notDeepEqual: Compare;
    readonly strictEqual: Compare;
    readonly notStrictEqual: Compare;
    readonly deepStrictEqual: Compare;
    readonly notDeepStrictEqual: Compare;
    readonly fail: (message?: Message) => never;
    readonly throws: (fn: () => unknown, expected?: Expected | string, message?: Message) => void;
    readonly doesNotThrow: (fn: () => unknown, expected?: Expected | string, message?: Message) => void;
    readonly rejects: (fn: (() => Promise<unknown>) | Promise<unknown>, expected?: Expected | string, message?: Message) => Promise<void>;
    readonly doesNotReject: (fn: (() => Promise<unknown>) | Promise<unknown>, expected?: Expected | string, message?: Message) => Promise<void>;
    readonly ifError: (value: unknown) => void;
    readonly match: (text: string, pattern: RegExp, message?: Message) => void;
    readonly doesNotMatch: (text: string, pattern: RegExp, message?: Message) => void;
    readonly strict: Assert;
}
const assert: Assert;
export const AssertionError: new (options: AssertionErrorOptions) => AssertionError;
export const ok: Assert['ok'];
export const equal: Compare;
export const notEqual: Compare;
export const deepEqual: Compare;
export const notDeepEqual: Compare;
export const strictEqual: Compare;
export const notStrictEqual: Compare;
export const deepStrictEqual: Compare;
export const notDeepStrictEqual: Compare;
export const fail: Assert['fail'];
export const throws: Assert['throws'];
export const doesNotThrow: Assert['doesNotThrow'];
export const rejects: Assert['rejects'];
export const doesNotReject: Assert['doesNotReject'];
export const ifError: Assert['ifError'];
export const match: Assert['match'];
export const doesNotMatch: Assert['doesNotMatch'];
export const strict: Assert;
export default assert;
}

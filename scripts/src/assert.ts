/** Assertions: `oro:assert`. */

import npm from 'assert/';

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
  readonly doesNotThrow: (
    fn: () => unknown,
    expected?: Expected | string,
    message?: Message,
  ) => void;
  readonly rejects: (
    fn: (() => Promise<unknown>) | Promise<unknown>,
    expected?: Expected | string,
    message?: Message,
  ) => Promise<void>;
  readonly doesNotReject: (
    fn: (() => Promise<unknown>) | Promise<unknown>,
    expected?: Expected | string,
    message?: Message,
  ) => Promise<void>;
  readonly ifError: (value: unknown) => void;
  readonly match: (text: string, pattern: RegExp, message?: Message) => void;
  readonly doesNotMatch: (text: string, pattern: RegExp, message?: Message) => void;
  readonly strict: Assert;
}

const assert: Assert = npm as Assert;

export const AssertionError = assert.AssertionError;
export const ok: Assert['ok'] = assert.ok;
export const equal: Compare = assert.equal;
export const notEqual: Compare = assert.notEqual;
export const deepEqual: Compare = assert.deepEqual;
export const notDeepEqual: Compare = assert.notDeepEqual;
export const strictEqual: Compare = assert.strictEqual;
export const notStrictEqual: Compare = assert.notStrictEqual;
export const deepStrictEqual: Compare = assert.deepStrictEqual;
export const notDeepStrictEqual: Compare = assert.notDeepStrictEqual;
export const fail: Assert['fail'] = assert.fail;
export const throws: Assert['throws'] = assert.throws;
export const doesNotThrow: Assert['doesNotThrow'] = assert.doesNotThrow;
export const rejects: Assert['rejects'] = assert.rejects;
export const doesNotReject: Assert['doesNotReject'] = assert.doesNotReject;
export const ifError: Assert['ifError'] = assert.ifError;
export const match: Assert['match'] = assert.match;
export const doesNotMatch: Assert['doesNotMatch'] = assert.doesNotMatch;
export const strict: Assert = assert.strict;

export default assert;

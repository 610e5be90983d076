declare module 'oro:test' {
/**
 * Tests in the WebView: `oro:test`. Results go to standard output as TAP 13, in order; when the
 * last test is done the application ends, with 0 if all of them passed and 1 otherwise.
 */
import { Test, type TestBody } from 'oro:internal/test/context';
import { TestRunner, type TestOptions } from 'oro:internal/test/runner';
export type { Expected, TestBody } from 'oro:internal/test/context';
export type { TestOptions } from 'oro:internal/test/runner';
/** Adds a test. */
export interface TestFunction {
    (name: string, body: TestBody): void;
    (name: string, options: TestOptions, body: TestBody): void;
}
/** The run of this document. */
export const GLOBAL_TEST_RUNNER: TestRunner;
/** Adds a test, which runs alone if there are any of its kind. */
export const only: TestFunction;
/** Adds a test that does not run. */
export const skip: TestFunction;
/** Adds a test that may fail. */
export const todo: TestFunction;
/** Adds a test. */
export const test: TestFunction & {
    only: TestFunction;
    skip: TestFunction;
    todo: TestFunction;
    desktop: TestFunction;
    mobile: TestFunction;
    linux: TestFunction;
    darwin: TestFunction;
    mac: TestFunction;
    win32: TestFunction;
    windows: TestFunction;
    android: TestFunction;
    ios: TestFunction;
};
/** Makes a test without assertions fail, or not. */
export function setStrict(strict: boolean): void;
/** Imports files of tests and runs what they add; a file that cannot be imported is a failure. */
export function run(...files: Array<string | URL>): Promise<void>;
export { Test, TestRunner };
export default test;
}

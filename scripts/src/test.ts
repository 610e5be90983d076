/**
 * Tests in the WebView: `oro:test`. Results go to standard output as TAP 13, in order; when the
 * last test is done the application ends, with 0 if all of them passed and 1 otherwise.
 */

import { flush, write } from './internal/output.js';
import { platform } from './internal/runtime.js';
import { call } from './ipc/transport.js';
import { Test, type TestBody } from './test/context.js';
import { TestRunner, type TestOptions } from './test/runner.js';

export type { Expected, TestBody } from './test/context.js';
export type { TestOptions } from './test/runner.js';

/** Adds a test. */
export interface TestFunction {
  (name: string, body: TestBody): void;
  (name: string, options: TestOptions, body: TestBody): void;
}

/** The run of this document. */
export const GLOBAL_TEST_RUNNER = new TestRunner(
  (text) => void write('stdout', text),
  async (code) => {
    await flush();
    await call('application.exit', { value: code });
  },
);

globalThis.addEventListener('error', (event) => {
  const { error, message } = event as ErrorEvent;
  GLOBAL_TEST_RUNNER.uncaught(error ?? new Error(message));
});
globalThis.addEventListener('unhandledrejection', (event) => {
  GLOBAL_TEST_RUNNER.uncaught((event as PromiseRejectionEvent).reason);
});

function variant(fixed: TestOptions): TestFunction {
  return (name: string, options: TestOptions | TestBody, body?: TestBody): void => {
    const given = typeof options === 'function' ? {} : options;
    const work = typeof options === 'function' ? options : (body ?? null);
    GLOBAL_TEST_RUNNER.add(name, work, { ...given, ...fixed });
  };
}

/** Adds a test, which runs alone if there are any of its kind. */
export const only = variant({ only: true });
/** Adds a test that does not run. */
export const skip = variant({ skip: true });
/** Adds a test that may fail. */
export const todo = variant({ todo: true });

const DESKTOP = ['linux', 'darwin', 'win32'];
const onPlatforms = (names: readonly string[]): TestFunction =>
  variant(names.includes(platform()) ? {} : { skip: `not on ${platform()}` });

/** Adds a test. */
export const test = Object.assign(variant({}), {
  only,
  skip,
  todo,
  desktop: onPlatforms(DESKTOP),
  mobile: onPlatforms(['android', 'ios']),
  linux: onPlatforms(['linux']),
  darwin: onPlatforms(['darwin']),
  mac: onPlatforms(['darwin']),
  win32: onPlatforms(['win32']),
  windows: onPlatforms(['win32']),
  android: onPlatforms(['android']),
  ios: onPlatforms(['ios']),
});

/** Makes a test without assertions fail, or not. */
export function setStrict(strict: boolean): void {
  GLOBAL_TEST_RUNNER.setStrict(strict);
}

/** Imports files of tests and runs what they add; a file that cannot be imported is a failure. */
export function run(...files: Array<string | URL>): Promise<void> {
  const load = async (): Promise<void> => {
    for (const file of files) await import(new URL(file, globalThis.location.href).href);
  };
  return GLOBAL_TEST_RUNNER.after(load());
}

export { Test, TestRunner };
export default test;

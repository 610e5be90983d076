/** What a test is given: its assertions. */

import comparisons from 'assert/build/internal/util/comparisons.js';
import type { Report } from './tap.js';

/** What an error must be like: a pattern of its message, a class, properties, or a test of it. */
export type Expected = RegExp | Function | Record<string, unknown>;

/** The body of a test. */
export type TestBody = (t: Test) => unknown;

/** One test while it runs. */
export class Test {
  readonly name: string;
  readonly #report: Report;
  readonly #directive: string | undefined;
  readonly #teardowns: Array<() => unknown> = [];
  readonly #runSubtest: (name: string, body: TestBody) => Promise<void>;
  #count = 0;
  #planned: number | null = null;
  #reached = (): void => {};
  #ended = false;

  constructor(
    name: string,
    report: Report,
    runSubtest: (name: string, body: TestBody) => Promise<void>,
    directive?: string,
  ) {
    this.name = name;
    this.#report = report;
    this.#runSubtest = runSubtest;
    this.#directive = directive;
  }

  /** How many assertions were made. */
  get count(): number {
    return this.#count;
  }

  /** Says how many assertions the test will make. A body that returns earlier is waited for. */
  plan(count: number): void {
    this.#planned = count;
  }

  /** Prints a line. */
  comment(text: string): void {
    this.#report.comment(String(text));
  }

  /** Runs a function after the test, however it ends; the last one first. */
  teardown(action: () => unknown): void {
    this.#teardowns.push(action);
  }

  /** Runs a test inside this one. */
  test(name: string, body: TestBody): Promise<void> {
    return this.#runSubtest(`${this.name} > ${name}`, body);
  }

  pass(message = 'passes'): void {
    this.#assert(true, message, 'pass');
  }

  fail(message: string | Error = 'fails'): void {
    if (message instanceof Error) this.#assert(false, message.message, 'fail', { error: message });
    else this.#assert(false, message, 'fail');
  }

  skip(message = 'skipped'): void {
    this.#assert(true, message, 'skip', { directive: 'SKIP' });
  }

  ok(value: unknown, message = 'should be truthy'): void {
    this.#assert(Boolean(value), message, 'ok', { actual: value, expected: 'truthy value' });
  }

  notOk(value: unknown, message = 'should be falsy'): void {
    this.#assert(!value, message, 'notOk', { actual: value, expected: 'falsy value' });
  }

  ifError(error: unknown, message?: string): void {
    this.#assert(!error, message ?? String(error ?? 'no error'), 'ifError', error ? { error } : {});
  }

  /** The same value, as `Object.is` has it. */
  equal<T>(actual: T, expected: T, message = 'should be equal'): void {
    this.#assert(Object.is(actual, expected), message, 'equal', { actual, expected });
  }

  notEqual(actual: unknown, expected: unknown, message = 'should not be equal'): void {
    this.#assert(!Object.is(actual, expected), message, 'notEqual', { actual, expected });
  }

  /** The same contents and the same kinds. */
  deepEqual(actual: unknown, expected: unknown, message = 'should be equivalent'): void {
    const same = comparisons.isDeepStrictEqual(actual, expected);
    this.#assert(same, message, 'deepEqual', { actual, expected });
  }

  notDeepEqual(actual: unknown, expected: unknown, message = 'should not be equivalent'): void {
    const same = comparisons.isDeepStrictEqual(actual, expected);
    this.#assert(!same, message, 'notDeepEqual', { actual, expected });
  }

  match(text: string, pattern: RegExp, message = 'should match'): void {
    const actual = String(text);
    this.#assert(pattern.test(actual), message, 'match', { actual, expected: pattern });
  }

  doesNotMatch(text: string, pattern: RegExp, message = 'should not match'): void {
    const actual = String(text);
    this.#assert(!pattern.test(actual), message, 'doesNotMatch', { actual, expected: pattern });
  }

  /** The function throws; returns what it threw. */
  throws(body: () => unknown, expected?: Expected | string, message?: string): unknown {
    try {
      body();
    } catch (error) {
      this.#thrown(error, expected, message, 'throws');
      return error;
    }
    this.#assert(false, textOf(expected, message, 'should throw'), 'throws');
    return undefined;
  }

  doesNotThrow(body: () => unknown, message = 'should not throw'): void {
    try {
      body();
      this.#assert(true, message, 'doesNotThrow');
    } catch (error) {
      this.#assert(false, message, 'doesNotThrow', { error });
    }
  }

  /** The promise rejects; resolves to what it rejected with. */
  async rejects(
    work: Promise<unknown> | (() => Promise<unknown>),
    expected?: Expected | string,
    message?: string,
  ): Promise<unknown> {
    try {
      await (typeof work === 'function' ? work() : work);
    } catch (error) {
      this.#thrown(error, expected, message, 'rejects');
      return error;
    }
    this.#assert(false, textOf(expected, message, 'should reject'), 'rejects');
    return undefined;
  }

  /** @internal Waits for the planned number of assertions. */
  async waitForPlan(): Promise<void> {
    if (this.#planned === null || this.#count >= this.#planned) return;
    await new Promise<void>((resolve) => (this.#reached = resolve));
  }

  /** @internal Ends the test: what was undone is undone, and the plan is checked. */
  async finish(strict: boolean): Promise<void> {
    for (const action of this.#teardowns.reverse()) await action();
    if (this.#planned !== null && this.#planned !== this.#count) {
      const [actual, expected] = [this.#count, this.#planned];
      this.#assert(false, 'the number of assertions is the planned one', 'plan', {
        actual,
        expected,
      });
    }
    if (strict && this.#count === 0) this.#assert(false, 'makes an assertion', 'strict');
    this.#ended = true;
  }

  /** @internal Notes an error that ended the test. */
  crashed(error: unknown): void {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#assert(false, `${this.name}: ${message}`, 'error', { error });
  }

  #thrown(
    error: unknown,
    expected: Expected | string | undefined,
    message: string | undefined,
    operator: string,
  ): void {
    const text = textOf(
      expected,
      message,
      operator === 'throws' ? 'should throw' : 'should reject',
    );
    const fits = expected === undefined || typeof expected === 'string' || isLike(error, expected);
    this.#assert(fits, text, operator, fits ? {} : { actual: error, expected, error });
  }

  #assert(ok: boolean, message: string, operator: string, more: object = {}): void {
    const late = this.#ended;
    this.#count += 1;
    this.#report.outcome({
      ok: ok && !late,
      message: late ? `'${this.name}' asserted after its end: ${message}` : message,
      operator,
      directive: this.#directive,
      ...(ok || 'error' in more ? {} : { error: new Error(message) }),
      ...more,
    });
    if (this.#count === this.#planned) this.#reached();
  }
}

function textOf(expected: unknown, message: string | undefined, otherwise: string): string {
  return message ?? (typeof expected === 'string' ? expected : otherwise);
}

function isLike(error: unknown, expected: Expected): boolean {
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && error instanceof expected) return true;
    if (/^class\b/.test(Function.prototype.toString.call(expected))) return false;
    if (expected === Error || Error.isPrototypeOf(expected)) return false;
    return (expected as (error: unknown) => unknown)(error) === true;
  }
  return Object.entries(expected).every(([key, value]) => {
    const actual = (error as Record<string, unknown> | null)?.[key];
    if (value instanceof RegExp && typeof actual === 'string') return value.test(actual);
    return comparisons.isDeepStrictEqual(actual, value);
  });
}

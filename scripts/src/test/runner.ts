/** Runs tests one after the other. */

import { Report } from './tap.js';
import { Test, type TestBody } from './context.js';

/** Options of one test. */
export interface TestOptions {
  /** How long it may take, in milliseconds; 30 seconds by default. */
  timeout?: number;
  only?: boolean;
  skip?: boolean | string;
  todo?: boolean | string;
}

interface Entry {
  name: string;
  body: TestBody | null;
  options: TestOptions;
}

const TIMEOUT = 30_000;

/** A run of tests; it begins by itself once the code that adds them is done. */
export class TestRunner {
  readonly report: Report;
  readonly #finish: (code: number) => unknown;
  readonly #entries: Entry[] = [];
  #current: Test | null = null;
  #interrupt: ((error: unknown) => void) | null = null;
  #hold = 0;
  #scheduled = false;
  #ended = false;
  #strict = false;

  constructor(write: (text: string) => void, finish: (code: number) => unknown) {
    this.report = new Report(write);
    this.#finish = finish;
  }

  /** Whether a test without assertions fails. */
  setStrict(strict: boolean): void {
    this.#strict = strict;
  }

  add(name: string, body: TestBody | null, options: TestOptions = {}): void {
    if (this.#ended) throw new Error(`The test '${name}' was added after the run had ended`);
    this.#entries.push({ name, body, options });
    this.#schedule();
  }

  /** Begins only after `work`, such as the import of the files that add the tests. */
  async after(work: Promise<unknown>): Promise<void> {
    this.#hold += 1;
    try {
      await work;
    } catch (error) {
      this.add('the tests can be loaded', () => {
        throw error;
      });
    } finally {
      this.#hold -= 1;
      this.#schedule();
    }
  }

  /** An error that nothing caught: the test that runs has failed, or the run. */
  uncaught(error: unknown): void {
    if (this.#interrupt) this.#interrupt(error);
    else if (this.#current) this.#current.crashed(error);
    else this.add('no error is uncaught', (t) => t.crashed(error));
  }

  #schedule(): void {
    if (this.#scheduled || this.#hold > 0) return;
    this.#scheduled = true;
    const start = (): void => {
      setTimeout(() => void this.#run(), 0);
    };
    const { document } = globalThis as { document?: Document };
    if (!document || document.readyState === 'complete') start();
    else globalThis.addEventListener('load', start, { once: true });
  }

  async #run(): Promise<void> {
    const only = this.#entries.some(({ options }) => options.only);
    for (let entry = this.#entries.shift(); entry; entry = this.#entries.shift()) {
      if (!only || entry.options.only) await this.#runEntry(entry);
    }
    if (this.#hold > 0) {
      this.#scheduled = false;
      return;
    }
    this.#ended = true;
    this.report.end();
    await this.#finish(this.report.failed === 0 ? 0 : 1);
  }

  async #runEntry({ name, body, options }: Entry): Promise<void> {
    const { skip, todo } = options;
    if (skip || !body) {
      const reason = typeof skip === 'string' ? ` ${skip}` : '';
      const directive = body === null && todo ? 'TODO' : `SKIP${reason}`;
      this.report.outcome({ ok: true, message: name, operator: 'skip', directive });
      return;
    }
    const directive = todo ? `TODO${typeof todo === 'string' ? ` ${todo}` : ''}` : undefined;
    await this.#runBody(name, body, options.timeout ?? TIMEOUT, directive);
  }

  async #runBody(name: string, body: TestBody, timeout: number, directive?: string): Promise<void> {
    this.report.comment(name);
    const outer = { current: this.#current, interrupt: this.#interrupt };
    const inner = (title: string, work: TestBody): Promise<void> =>
      this.#runBody(title, work, timeout, directive);
    const t = new Test(name, this.report, inner, directive);
    this.#current = t;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopped = new Promise<never>((_resolve, reject) => {
      this.#interrupt = reject;
      const late = (): void => reject(new Error(`took longer than ${timeout} ms`));
      if (Number.isFinite(timeout)) timer = setTimeout(late, timeout);
    });
    try {
      const work = (async () => {
        await body(t);
        await t.waitForPlan();
      })();
      await Promise.race([work, stopped]);
    } catch (error) {
      t.crashed(error);
    }
    clearTimeout(timer);
    this.#interrupt = outer.interrupt;
    try {
      await t.finish(this.#strict);
    } catch (error) {
      t.crashed(error);
    }
    this.#current = outer.current;
  }
}

/** The Test Anything Protocol, version 13. */

import { inspect } from '../internal/inspect.js';

/** How an assertion came out. */
export interface Outcome {
  ok: boolean;
  message: string;
  operator: string;
  actual?: unknown;
  expected?: unknown;
  /** What was thrown, where something was. */
  error?: unknown;
  /** `SKIP` or `TODO`, with a reason. */
  directive?: string | undefined;
}

/** Writes a run as TAP, and counts. */
export class Report {
  count = 0;
  passed = 0;
  failed = 0;
  readonly #write: (text: string) => void;
  #begun = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  comment(text: string): void {
    this.#lines(text.replace(/^/gm, '# '));
  }

  outcome(outcome: Outcome): void {
    const { ok, directive } = outcome;
    this.count += 1;
    // What is still to do may fail.
    if (ok || directive) this.passed += 1;
    else this.failed += 1;
    const suffix = directive ? ` # ${directive}` : '';
    const message = outcome.message.replace(/#/g, '\\#').replace(/\s*\n\s*/g, ' ');
    this.#lines(`${ok ? 'ok' : 'not ok'} ${this.count} ${message}${suffix}`);
    if (!ok && !directive) this.#lines(details(outcome));
  }

  /** The plan and the summary. */
  end(): void {
    this.#lines(
      [
        '',
        `1..${this.count}`,
        `# tests ${this.count}`,
        `# pass  ${this.passed}`,
        this.failed === 0 ? '\n# ok' : `# fail  ${this.failed}`,
      ].join('\n'),
    );
  }

  #lines(text: string): void {
    if (!this.#begun) this.#write('TAP version 13\n');
    this.#begun = true;
    this.#write(`${text}\n`);
  }
}

function details({ operator, actual, expected, error }: Outcome): string {
  const lines = ['  ---', `    operator: ${operator}`];
  const compared = actual !== undefined || expected !== undefined;
  if (compared)
    lines.push(...block('expected', print(expected)), ...block('actual', print(actual)));
  const cause = error ?? new Error(operator);
  const stack = String((cause as Error | null)?.stack ?? '');
  if (error !== undefined) {
    const head = cause instanceof Error ? `${cause.name}: ${cause.message}` : print(cause);
    lines.push(...block('error', head));
  }
  const frames = stack.split('\n').filter((line) => !/\/oro\/|^Error|^$/.test(line.trim()));
  if (frames[0]) lines.push(`    at: ${frames[0].trim()}`);
  if (stack) lines.push(...block('stack', stack.trimEnd()));
  return [...lines, '  ...'].join('\n');
}

function block(name: string, text: string): string[] {
  if (!text.includes('\n')) return [`    ${name}: ${text}`];
  return [`    ${name}: |-`, text.replace(/^/gm, '      ')];
}

function print(value: unknown): string {
  return inspect(value, { depth: 8, sorted: true });
}

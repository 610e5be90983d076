/** Printing to the standard output of the process: `oro:console`. */

import { format, formatWithOptions, inspect, type InspectOptions } from './util.js';
import { write } from './internal/output.js';

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

const standard = {
  stdout: { write: (text: string) => write('stdout', text) },
  stderr: { write: (text: string) => write('stderr', text) },
};

/** Prints values as Node does. */
export class Console {
  readonly #out: TextSink;
  readonly #err: TextSink;
  readonly #options: InspectOptions;
  readonly #step: number;
  readonly #counts = new Map<string, number>();
  readonly #timers = new Map<string, number>();
  #indent = '';

  constructor(options: ConsoleOptions | TextSink = {}, stderr?: TextSink) {
    const given = 'write' in options ? { stdout: options, stderr: stderr ?? options } : options;
    this.#out = given.stdout ?? standard.stdout;
    this.#err = given.stderr ?? given.stdout ?? standard.stderr;
    this.#options = (given as ConsoleOptions).inspectOptions ?? {};
    this.#step = (given as ConsoleOptions).groupIndentation ?? 2;
    // Methods work when they are taken off the console, as those of the web do.
    for (const name of Object.getOwnPropertyNames(Console.prototype)) {
      const method = (this as unknown as Record<string, unknown>)[name];
      if (name !== 'constructor' && typeof method === 'function') {
        Object.defineProperty(this, name, {
          value: method.bind(this),
          writable: true,
          configurable: true,
        });
      }
    }
  }

  log(...values: unknown[]): void {
    this.#print(this.#out, values);
  }

  info(...values: unknown[]): void {
    this.#print(this.#out, values);
  }

  debug(...values: unknown[]): void {
    this.#print(this.#out, values);
  }

  warn(...values: unknown[]): void {
    this.#print(this.#err, values);
  }

  error(...values: unknown[]): void {
    this.#print(this.#err, values);
  }

  trace(...values: unknown[]): void {
    const stack = String(new Error().stack).split('\n').slice(1).join('\n');
    this.#print(this.#err, [`Trace: ${format(...values)}\n${stack}`]);
  }

  assert(condition?: unknown, ...values: unknown[]): void {
    if (condition) return;
    const [first, ...rest] = values;
    if (values.length === 0) this.error('Assertion failed');
    else if (typeof first === 'string') this.error(`Assertion failed: ${first}`, ...rest);
    else this.error('Assertion failed:', ...values);
  }

  dir(value: unknown, options?: InspectOptions): void {
    this.#line(this.#out, inspect(value, { customInspect: false, ...this.#options, ...options }));
  }

  dirxml(...values: unknown[]): void {
    this.log(...values);
  }

  count(label = 'default'): void {
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    this.log(`${label}: ${count}`);
  }

  countReset(label = 'default'): void {
    this.#counts.delete(label);
  }

  group(...values: unknown[]): void {
    if (values.length > 0) this.log(...values);
    this.#indent += ' '.repeat(this.#step);
  }

  groupCollapsed(...values: unknown[]): void {
    this.group(...values);
  }

  groupEnd(): void {
    this.#indent = this.#indent.slice(0, Math.max(0, this.#indent.length - this.#step));
  }

  time(label = 'default'): void {
    this.#timers.set(label, performance.now());
  }

  timeLog(label = 'default', ...values: unknown[]): void {
    const start = this.#timers.get(label);
    if (start === undefined) return this.warn(`No such label '${label}' for console.timeLog()`);
    this.log(`${label}: ${(performance.now() - start).toFixed(3)}ms`, ...values);
  }

  timeEnd(label = 'default'): void {
    this.timeLog(label);
    this.#timers.delete(label);
  }

  table(data: unknown, columns?: readonly string[]): void {
    if (typeof data !== 'object' || data === null) return this.log(data);
    this.#line(this.#out, table(data, columns));
  }

  #print(sink: TextSink, values: unknown[]): void {
    this.#line(sink, formatWithOptions(this.#options, ...values));
  }

  #line(sink: TextSink, text: string): void {
    const indented = this.#indent ? text.replace(/^/gm, this.#indent) : text;
    sink.write(`${indented}\n`);
  }
}

/** Rows as a drawn table. */
function table(data: object, columns?: readonly string[]): string {
  const rows = Object.entries(data);
  const isRecord = (row: unknown): row is Record<string, unknown> =>
    typeof row === 'object' && row !== null;
  const keys = columns ?? [
    ...new Set(rows.flatMap(([, row]) => (isRecord(row) ? Object.keys(row) : []))),
  ];
  const hasValues = rows.some(([, row]) => !isRecord(row));
  const head = ['(index)', ...keys, ...(hasValues ? ['Values'] : [])];
  const lines = rows.map(([index, row]) => [
    index,
    ...keys.map((key) => (isRecord(row) && key in row ? inspect(row[key], { depth: 0 }) : '')),
    ...(hasValues ? [isRecord(row) ? '' : inspect(row)] : []),
  ]);
  const widths = head.map(
    (name, at) => Math.max(name.length, ...lines.map((line) => line[at]?.length ?? 0)) + 2,
  );
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  const draw = (cells: string[]): string =>
    `│${cells.map((cell, at) => ` ${cell.padEnd((widths[at] ?? 0) - 1)}`).join('│')}│`;
  return [
    rule('┌', '┬', '┐'),
    draw(head),
    rule('├', '┼', '┤'),
    ...lines.map(draw),
    rule('└', '┴', '┘'),
  ].join('\n');
}

/** Makes a console of the page print to the process too. */
export function patchGlobalConsole(target: object = globalThis.console): object {
  const methods = target as Record<string, (...values: unknown[]) => void>;
  for (const name of ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const) {
    const original = methods[name];
    methods[name] = (...values) => {
      original?.apply(target, values);
      console[name](...values);
    };
  }
  return target;
}

const console = new Console();

export const { assert, count, countReset, debug, dir, dirxml, error, group, groupCollapsed } =
  console;
export const {
  groupEnd,
  info,
  log,
  table: printTable,
  time,
  timeEnd,
  timeLog,
  trace,
  warn,
} = console;
export { printTable as table };
export default Object.assign(console, { Console, patchGlobalConsole });

/** What a document prints and what goes wrong in it, forwarded to the process. */

import { MARKER, mark } from './body.js';
import { nativeFetch } from './native.js';

let last: Promise<unknown> = Promise.resolve();

function write(route: 'stdout' | 'stderr', value: string): void {
  const body = JSON.stringify({ value: `${value}\n` });
  const headers = { 'content-type': 'application/json', [MARKER]: mark };
  // One after the other, so that lines keep their order.
  last = last.then(() =>
    nativeFetch(`ipc://${route}`, { method: 'POST', headers, body }).catch(() => {}),
  );
}

/** Resolves when everything that was forwarded so far has arrived. */
export const flushed = (): Promise<unknown> => last;

/** Forwards errors that nothing caught. */
export function forwardErrors(): void {
  const listen = (name: string, tell: (event: any) => string): void => {
    globalThis.addEventListener(name, (event) => write('stderr', tell(event)), true);
  };
  listen('error', (event: ErrorEvent) => {
    const target = event.target as { src?: string; href?: string; tagName?: string } | null;
    if (target?.tagName) return `Failed to load ${target.src || target.href || target.tagName}`;
    const { error, message, filename, lineno, colno } = event;
    const where = filename ? `\n    at ${filename}:${lineno}:${colno}` : '';
    return `Uncaught ${error instanceof Error ? show(error) : message}${where}`;
  });
  listen('unhandledrejection', (event: PromiseRejectionEvent) => {
    return `Uncaught (in promise) ${show(event.reason)}`;
  });
}

/** Forwards what is printed to the console. */
export function forwardConsole(): void {
  const methods = console as unknown as Record<string, (...values: unknown[]) => void>;
  for (const name of ['log', 'info', 'debug', 'warn', 'error']) {
    const native = methods[name];
    const route = name === 'warn' || name === 'error' ? 'stderr' : 'stdout';
    methods[name] = (...values) => {
      native?.apply(console, values);
      write(route, values.map(show).join(' '));
    };
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) {
    const head = `${value.name}: ${value.message}`;
    // WebKit's stacks do not repeat the message.
    return value.stack ? `${head}\n${value.stack.replace(/^(?!\s)/gm, '    at ').trimEnd()}` : head;
  }
  try {
    if (typeof value === 'object') return JSON.stringify(value) ?? String(value);
  } catch {
    // Circular, or with big integers.
  }
  return String(value);
}

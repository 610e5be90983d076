/** Node's `inspect`, for the errors of this WebView too. */

import * as printing from 'node-inspect-extracted';

/** How values are printed. */
export interface InspectOptions {
  showHidden?: boolean;
  /** How deep to go; endless with `null`. */
  depth?: number | null;
  colors?: boolean;
  customInspect?: boolean;
  showProxy?: boolean;
  maxArrayLength?: number | null;
  maxStringLength?: number | null;
  breakLength?: number;
  compact?: boolean | number;
  sorted?: boolean | ((a: string, b: string) => number);
  getters?: boolean | 'get' | 'set';
  numericSeparator?: boolean;
}

/** Prints a value, as Node does. */
export interface Inspect {
  (value: unknown, options?: InspectOptions): string;
  (value: unknown, showHidden?: boolean, depth?: number | null, colors?: boolean): string;
  /** The key of the method by which an object prints itself. */
  readonly custom: unique symbol;
  defaultOptions: InspectOptions;
  colors: Record<string, [number, number]>;
  styles: Record<string, string>;
}

export const { inspect } = printing as unknown as { inspect: Inspect };

/** The stack of an error as V8 writes it, and so Node: with the error itself in the first line. */
export function stackOf(error: Error): string {
  const stack = String(error.stack ?? '');
  const head = String(error);
  if (stack.startsWith(head) || /^\s*at /m.test(stack)) return stack || head;
  const frames = stack.split('\n').filter((line) => line !== '');
  return [head, ...frames.map((frame) => `    at ${frame}`)].join('\n');
}

if (!new Error('x').stack?.startsWith('Error: x')) {
  Object.defineProperty(Error.prototype, inspect.custom, {
    configurable: true,
    writable: true,
    value(this: Error, _depth: number, options: InspectOptions): string {
      const properties = Object.getOwnPropertyDescriptors(this) as PropertyDescriptorMap;
      // What WebKit notes of the place is part of the stack.
      for (const name of ['line', 'column', 'sourceURL']) delete properties[name];
      properties['stack'] = { value: stackOf(this), configurable: true, writable: true };
      const copy: unknown = Object.create(Object.getPrototypeOf(this) as object, properties);
      return inspect(copy, { ...options, customInspect: false });
    },
  });
}

/** Printing, promises and tests of values: `oro:util`. */

import comparisons from 'assert/build/internal/util/comparisons.js';
import npm from 'util/util.js';
import * as printing from 'node-inspect-extracted';
import { Buffer } from './buffer.js';
import { AbortError, IllegalConstructorError as IllegalConstructor } from './errors.js';
import { inspect, type InspectOptions } from './internal/inspect.js';
import types, { type TypeTest } from './util/types.js';

type Function = (...args: any[]) => any;
type Constructor = abstract new (...args: any[]) => any;

/** Formats values by a pattern such as `'%s is %d'`. */
export const format = printing.format as (...args: unknown[]) => string;
/** `format` with options of `inspect`. */
export const formatWithOptions = printing.formatWithOptions as unknown as (
  options: InspectOptions,
  ...args: unknown[]
) => string;
/** Removes the control sequences of terminals. */
export const stripVTControlCharacters = printing.stripVTControlCharacters as (
  text: string,
) => string;

const custom = Symbol.for('nodejs.util.promisify.custom');
const promisifyPlain = npm['promisify'] as (original: Function) => Function;

/** Makes a function that returns a promise of one that takes a callback last. */
export const promisify = Object.assign(
  (original: Function): ((...args: any[]) => Promise<any>) => {
    // The package keeps its own symbol; libraries name Node's.
    const own = (original as { [custom]?: (...args: any[]) => Promise<any> } | null)?.[custom];
    return typeof own === 'function' ? own : promisifyPlain(original);
  },
  { custom: custom as symbol },
);
/** Makes a function that takes a callback last of one that returns a promise. */
export const callbackify = npm['callbackify'] as (
  original: (...args: any[]) => Promise<any>,
) => (...args: any[]) => void;
/** Makes a function that warns when it is first called. */
export const deprecate = npm['deprecate'] as <T extends Function>(
  original: T,
  message: string,
  code?: string,
) => T;
/** Lets a constructor inherit from another, as before there were classes. */
export const inherits = npm['inherits'] as (constructor: Function, parent: Function) => void;
/** Makes a function that prints if `NODE_DEBUG` names its section. */
export const debuglog = npm['debuglog'] as (section: string) => (...args: unknown[]) => void;

/** Whether two values have the same contents and the same kinds. */
export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return comparisons.isDeepStrictEqual(a, b);
}

/** Rejects when the signal aborts; a resource that dies first is not kept alive. */
export async function aborted(signal: AbortSignal, _resource: object): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** A string without lone surrogates. */
export function toUSVString(text: string): string {
  return String(text).replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd',
  );
}

export const TextEncoder = globalThis.TextEncoder;
export const TextDecoder = globalThis.TextDecoder;

const test = (name: string): TypeTest => npm[name] as TypeTest;
export const isArray = Array.isArray;
export const isBoolean = test('isBoolean');
export const isDate = test('isDate');
export const isError = test('isError');
export const isFunction = test('isFunction');
export const isNull = test('isNull');
export const isNullOrUndefined = test('isNullOrUndefined');
export const isNumber = test('isNumber');
export const isObject = test('isObject');
export const isPrimitive = test('isPrimitive');
export const isRegExp = test('isRegExp');
export const isString = test('isString');
export const isSymbol = test('isSymbol');
export const isUndefined = test('isUndefined');
/** Whether a value is a buffer. */
export const isBuffer = (value: unknown): value is Buffer => Buffer.isBuffer(value);
/** Whether a function is a class. */
export const isClass = (value: unknown): value is Constructor =>
  typeof value === 'function' && /^class\b/.test(sourceOf(value));
/** Whether a value can be waited for. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null)?.then === 'function';
/** Whether a value is a number from 0 to 100 with a percent sign. */
export const isValidPercentageValue = (value: unknown): boolean => {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(String(value));
  return match !== null && Number(match[1]) <= 100;
};

/** A number within its limits. */
export function clamp(value: number, min: number, max: number): number {
  return Number.isNaN(value) ? min : Math.min(max, Math.max(min, value));
}

/** `content-type` as `Content-Type`, `hello` as `Hello`. */
export function toProperCase(text: string): string {
  return text.replace(/(^|[^a-z0-9])([a-z])/gi, (_all, before: string, letter: string) => {
    return before + letter.toUpperCase();
  });
}

/** Parts of a buffer, each as long as `size` but the last. */
export function splitBuffer<T extends Uint8Array>(buffer: T, size: number): T[] {
  const parts: T[] = [];
  for (let at = 0; at < buffer.length; at += size) parts.push(buffer.subarray(at, at + size) as T);
  return parts;
}

/** A value from JSON; null if the text is not JSON. */
export function parseJSON(text: unknown): any {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}

/** Pairs of the lines of an HTTP header. */
export function parseHeaders(text: unknown): Array<[string, string]> {
  if (typeof text !== 'string') return [];
  return text
    .split(/\r?\n/)
    .map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    })
    .filter(([key]) => key !== '');
}

function sourceOf(value: object): string {
  return globalThis.Function.prototype.toString.call(value);
}

export type { Inspect, InspectOptions } from './internal/inspect.js';
export { AbortError, IllegalConstructor, inspect, types };
export default {
  AbortError,
  IllegalConstructor,
  TextDecoder,
  TextEncoder,
  aborted,
  callbackify,
  clamp,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  inherits,
  inspect,
  isArray,
  isBoolean,
  isBuffer,
  isClass,
  isDate,
  isDeepStrictEqual,
  isError,
  isFunction,
  isNull,
  isNullOrUndefined,
  isNumber,
  isObject,
  isPrimitive,
  isPromiseLike,
  isRegExp,
  isString,
  isSymbol,
  isUndefined,
  isValidPercentageValue,
  parseHeaders,
  parseJSON,
  promisify,
  splitBuffer,
  stripVTControlCharacters,
  toProperCase,
  toUSVString,
  types,
};

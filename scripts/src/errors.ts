/**
 * Errors of the runtime: `oro:errors`.
 *
 * A failed native call rejects with an `OroError`; a failed system call with a `SystemError` that
 * is spelled exactly as Node spells it.
 */

import { errnoOf, messageOf } from './internal/errno.js';

/** The `err` of an answer, as it comes over the wire. */
export interface ErrorData {
  message?: string;
  /** The name of the class of error: `NotFoundError`, `SecurityError`, ... */
  type?: string;
  /** A stable code: `ENOENT`, `ERR_INVALID_ARG`, ... */
  code?: string | number;
  /** The address of the request, where the route is unknown. */
  url?: string;
  [key: string]: unknown;
}

/** A native call that failed. */
export class OroError extends Error {
  /** A stable code, where the runtime gave one. */
  declare code?: string;
  /** The address of the request, where the route is unknown. */
  declare url?: string;
  /** The route that failed. */
  declare route?: string;

  constructor(message: string, options: { name?: string; code?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    define(this, 'name', options.name ?? 'OroError');
    if (options.code !== undefined) this.code = options.code;
  }

  /** Makes the error that an answer's `err` describes. */
  static from(data: ErrorData | string | null | undefined, route?: string): OroError {
    const err: ErrorData = typeof data === 'string' ? { message: data } : (data ?? {});
    const { message, type, code, ...rest } = err;
    const error = new OroError(message || 'The call failed', {
      name: type || 'OroError',
      ...(code === undefined ? {} : { code: String(code) }),
    });
    if (route !== undefined) error.route = route;
    for (const [key, value] of Object.entries(rest)) {
      if (!(key in error)) Object.assign(error, { [key]: value });
    }
    return error;
  }
}

/** Where a system call failed. */
export interface SystemCall {
  syscall: string;
  path?: string;
  dest?: string;
}

/** A failed system call: `ENOENT: no such file or directory, open '/x'`. */
export class SystemError extends Error {
  /** The negative error number. */
  declare errno?: number;
  /** The name of the error: `ENOENT`. */
  code: string;
  /** The system call that failed: `open`. */
  syscall: string;
  /** The path that it failed for. */
  declare path?: string;
  /** The second path of a call that has two. */
  declare dest?: string;

  constructor(code: string, call: SystemCall, message?: string) {
    let text = `${code}: ${messageOf(code) ?? message ?? 'unknown error'}, ${call.syscall}`;
    if (call.path !== undefined) text += ` '${call.path}'`;
    if (call.dest !== undefined) text += ` -> '${call.dest}'`;
    super(text);
    const number = errnoOf(code);
    if (number !== undefined) this.errno = -number;
    this.code = code;
    this.syscall = call.syscall;
    if (call.path !== undefined) this.path = call.path;
    if (call.dest !== undefined) this.dest = call.dest;
  }
}

/** Whether a code names an error of the operating system. */
export function isSystemCode(code: unknown): code is string {
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
}

/** An operation that its `AbortSignal` ended. */
export class AbortError extends Error {
  code = 'ABORT_ERR';

  constructor(message = 'The operation was aborted', options?: { cause?: unknown }) {
    super(message, options);
    define(this, 'name', 'AbortError');
  }

  /** The error for an aborted signal; its reason is the cause. */
  static of(signal: AbortSignal): AbortError {
    return new AbortError(undefined, { cause: signal.reason });
  }
}

/** A call that was not answered in time. */
export class TimeoutError extends Error {
  code = 'ETIMEDOUT';

  constructor(message = 'The operation timed out') {
    super(message);
    define(this, 'name', 'TimeoutError');
  }
}

/** An argument of the wrong type, worded as Node does. */
export class InvalidArgTypeError extends TypeError {
  code = 'ERR_INVALID_ARG_TYPE';

  constructor(name: string, expected: string, actual: unknown) {
    const kind = name.includes('.') ? 'property' : 'argument';
    super(`The "${name}" ${kind} must be ${expected}. Received ${describe(actual)}`);
  }
}

/** An argument that is of the right type and still makes no sense. */
export class InvalidArgValueError extends TypeError {
  code = 'ERR_INVALID_ARG_VALUE';

  constructor(name: string, value: unknown, reason = 'is invalid') {
    const kind = name.includes('.') ? 'property' : 'argument';
    super(`The ${kind} '${name}' ${reason}. Received ${describe(value)}`);
  }
}

/** A number outside its range. */
export class OutOfRangeError extends RangeError {
  code = 'ERR_OUT_OF_RANGE';

  constructor(name: string, range: string, actual: unknown) {
    super(
      `The value of "${name}" is out of range. It must be ${range}. Received ${String(actual)}`,
    );
  }
}

/** A constructor that pages may not call. */
export class IllegalConstructorError extends TypeError {
  code = 'ERR_ILLEGAL_CONSTRUCTOR';

  constructor() {
    super('Illegal constructor');
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') {
    const name = (value as object).constructor?.name;
    return name ? `an instance of ${name}` : 'an object';
  }
  let text = typeof value === 'string' ? `'${value}'` : String(value);
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  return `type ${typeof value} (${text})`;
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
}

export default {
  AbortError,
  IllegalConstructorError,
  InvalidArgTypeError,
  InvalidArgValueError,
  OroError,
  OutOfRangeError,
  SystemError,
  TimeoutError,
  isSystemCode,
};

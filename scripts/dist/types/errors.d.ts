declare module 'oro:errors' {
/**
 * Errors of the runtime: `oro:errors`.
 *
 * A failed native call rejects with an `OroError`; a failed system call with a `SystemError` that
 * is spelled exactly as Node spells it.
 */
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
    code?: string;
    /** The address of the request, where the route is unknown. */
    url?: string;
    /** The route that failed. */
    route?: string;
    constructor(message: string, options?: {
        name?: string;
        code?: string;
        cause?: unknown;
    });
    /** Makes the error that an answer's `err` describes. */
    static from(data: ErrorData | string | null | undefined, route?: string): OroError;
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
    errno?: number;
    /** The name of the error: `ENOENT`. */
    code: string;
    /** The system call that failed: `open`. */
    syscall: string;
    /** The path that it failed for. */
    path?: string;
    /** The second path of a call that has two. */
    dest?: string;
    constructor(code: string, call: SystemCall, message?: string);
}
/** Whether a code names an error of the operating system. */
export function isSystemCode(code: unknown): code is string;
/** An operation that its `AbortSignal` ended. */
export class AbortError extends Error {
    code: string;
    constructor(message?: string, options?: {
        cause?: unknown;
    });
    /** The error for an aborted signal; its reason is the cause. */
    static of(signal: AbortSignal): AbortError;
}
/** A call that was not answered in time. */
export class TimeoutError extends Error {
    code: string;
    constructor(message?: string);
}
/** An argument of the wrong type, worded as Node does. */
export class InvalidArgTypeError extends TypeError {
    code: string;
    constructor(name: string, expected: string, actual: unknown);
}
/** An argument that is of the right type and still makes no sense. */
export class InvalidArgValueError extends TypeError {
    code: string;
    constructor(name: string, value: unknown, reason?: string);
}
/** A number outside its range. */
export class OutOfRangeError extends RangeError {
    code: string;
    constructor(name: string, range: string, actual: unknown);
}
/** A constructor that pages may not call. */
export class IllegalConstructorError extends TypeError {
    code: string;
    constructor();
}
const _default: {
    AbortError: typeof AbortError;
    IllegalConstructorError: typeof IllegalConstructorError;
    InvalidArgTypeError: typeof InvalidArgTypeError;
    InvalidArgValueError: typeof InvalidArgValueError;
    OroError: typeof OroError;
    OutOfRangeError: typeof OutOfRangeError;
    SystemError: typeof SystemError;
    TimeoutError: typeof TimeoutError;
    isSystemCode: typeof isSystemCode;
};
export default _default;
}

declare module 'oro:util' {
/** Printing, promises and tests of values: `oro:util`. */
import { Buffer } from 'oro:buffer';
import { AbortError, IllegalConstructorError as IllegalConstructor } from 'oro:errors';
import { inspect, type InspectOptions } from 'oro:internal/internal/inspect';
import types, { type TypeTest } from 'oro:util/types';
type Function = (...args: any[]) => any;
type Constructor = abstract new (...args: any[]) => any;
/** Formats values by a pattern such as `'%s is %d'`. */
export const format: (...args: unknown[]) => string;
/** `format` with options of `inspect`. */
export const formatWithOptions: (options: InspectOptions, ...args: unknown[]) => string;
/** Removes the control sequences of terminals. */
export const stripVTControlCharacters: (text: string) => string;
/** Makes a function that returns a promise of one that takes a callback last. */
export const promisify: ((original: Function) => ((...args: any[]) => Promise<any>)) & {
    custom: symbol;
};
/** Makes a function that takes a callback last of one that returns a promise. */
export const callbackify: (original: (...args: any[]) => Promise<any>) => (...args: any[]) => void;
/** Makes a function that warns when it is first called. */
export const deprecate: <T extends Function>(original: T, message: string, code?: string) => T;
/** Lets a constructor inherit from another, as before there were classes. */
export const inherits: (constructor: Function, parent: Function) => void;
/** Makes a function that prints if `NODE_DEBUG` names its section. */
export const debuglog: (section: string) => (...args: unknown[]) => void;
/** Whether two values have the same contents and the same kinds. */
export function isDeepStrictEqual(a: unknown, b: unknown): boolean;
/** Rejects when the signal aborts; a resource that dies first is not kept alive. */
export function aborted(signal: AbortSignal, _resource: object): Promise<void>;
/** A string without lone surrogates. */
export function toUSVString(text: string): string;
export const TextEncoder: {
    new (): TextEncoder;
    prototype: TextEncoder;
};
export const TextDecoder: {
    new (label?: string, options?: TextDecoderOptions): TextDecoder;
    prototype: TextDecoder;
};
export const isArray: (arg: any) => arg is any[];
export const isBoolean: TypeTest;
export const isDate: TypeTest;
export const isError: TypeTest;
export const isFunction: TypeTest;
export const isNull: TypeTest;
export const isNullOrUndefined: TypeTest;
export const isNumber: TypeTest;
export const isObject: TypeTest;
export const isPrimitive: TypeTest;
export const isRegExp: TypeTest;
export const isString: TypeTest;
export const isSymbol: TypeTest;
export const isUndefined: TypeTest;
/** Whether a value is a buffer. */
export const isBuffer: (value: unknown) => value is Buffer;
/** Whether a function is a class. */
export const isClass: (value: unknown) => value is Constructor;
/** Whether a value can be waited for. */
export const isPromiseLike: (value: unknown) => value is PromiseLike<unknown>;
/** Whether a value is a number from 0 to 100 with a percent sign. */
export const isValidPercentageValue: (value: unknown) => boolean;
/** A number within its limits. */
export function clamp(value: number, min: number, max: number): number;
/** `content-type` as `Content-Type`, `hello` as `Hello`. */
export function toProperCase(text: string): string;
/** Parts of a buffer, each as long as `size` but the last. */
export function splitBuffer<T extends Uint8Array>(buffer: T, size: number): T[];
/** A value from JSON; null if the text is not JSON. */
export function parseJSON(text: unknown): any;
/** Pairs of the lines of an HTTP header. */
export function parseHeaders(text: unknown): Array<[string, string]>;
export type { Inspect, InspectOptions } from 'oro:internal/internal/inspect';
export { AbortError, IllegalConstructor, inspect, types };
const _default: {
    AbortError: typeof AbortError;
    IllegalConstructor: typeof IllegalConstructor;
    TextDecoder: {
        new (label?: string, options?: TextDecoderOptions): TextDecoder;
        prototype: TextDecoder;
    };
    TextEncoder: {
        new (): TextEncoder;
        prototype: TextEncoder;
    };
    aborted: typeof aborted;
    callbackify: (original: (...args: any[]) => Promise<any>) => (...args: any[]) => void;
    clamp: typeof clamp;
    debuglog: (section: string) => (...args: unknown[]) => void;
    deprecate: <T extends Function>(original: T, message: string, code?: string) => T;
    format: (...args: unknown[]) => string;
    formatWithOptions: (options: InspectOptions, ...args: unknown[]) => string;
    inherits: (constructor: Function, parent: Function) => void;
    inspect: import("oro:util").Inspect;
    isArray: (arg: any) => arg is any[];
    isBoolean: TypeTest;
    isBuffer: typeof isBuffer;
    isClass: typeof isClass;
    isDate: TypeTest;
    isDeepStrictEqual: typeof isDeepStrictEqual;
    isError: TypeTest;
    isFunction: TypeTest;
    isNull: TypeTest;
    isNullOrUndefined: TypeTest;
    isNumber: TypeTest;
    isObject: TypeTest;
    isPrimitive: TypeTest;
    isPromiseLike: typeof isPromiseLike;
    isRegExp: TypeTest;
    isString: TypeTest;
    isSymbol: TypeTest;
    isUndefined: TypeTest;
    isValidPercentageValue: typeof isValidPercentageValue;
    parseHeaders: typeof parseHeaders;
    parseJSON: typeof parseJSON;
    promisify: ((original: Function) => ((...args: any[]) => Promise<any>)) & {
        custom: symbol;
    };
    splitBuffer: typeof splitBuffer;
    stripVTControlCharacters: (text: string) => string;
    toProperCase: typeof toProperCase;
    toUSVString: typeof toUSVString;
    types: Readonly<Record<"isAnyArrayBuffer" | "isArgumentsObject" | "isArrayBuffer" | "isArrayBufferView" | "isAsyncFunction" | "isBigInt64Array" | "isBigIntObject" | "isBigUint64Array" | "isBooleanObject" | "isBoxedPrimitive" | "isDataView" | "isDate" | "isFloat32Array" | "isFloat64Array" | "isGeneratorFunction" | "isGeneratorObject" | "isInt16Array" | "isInt32Array" | "isInt8Array" | "isMap" | "isMapIterator" | "isNativeError" | "isNumberObject" | "isPromise" | "isRegExp" | "isSet" | "isSetIterator" | "isSharedArrayBuffer" | "isStringObject" | "isSymbolObject" | "isTypedArray" | "isUint16Array" | "isUint32Array" | "isUint8Array" | "isUint8ClampedArray" | "isWeakMap" | "isWeakSet", TypeTest>>;
};
export default _default;
}

/** Tests for the kind of a value: `oro:util/types`. */

import npm from 'util/util.js';

/** Tells whether a value is of one kind. */
export type TypeTest = (value: unknown) => boolean;

/** The names of the tests, as in Node. */
export type TypeTests = Readonly<
  Record<
    | 'isAnyArrayBuffer'
    | 'isArgumentsObject'
    | 'isArrayBuffer'
    | 'isArrayBufferView'
    | 'isAsyncFunction'
    | 'isBigInt64Array'
    | 'isBigIntObject'
    | 'isBigUint64Array'
    | 'isBooleanObject'
    | 'isBoxedPrimitive'
    | 'isDataView'
    | 'isDate'
    | 'isFloat32Array'
    | 'isFloat64Array'
    | 'isGeneratorFunction'
    | 'isGeneratorObject'
    | 'isInt16Array'
    | 'isInt32Array'
    | 'isInt8Array'
    | 'isMap'
    | 'isMapIterator'
    | 'isNativeError'
    | 'isNumberObject'
    | 'isPromise'
    | 'isRegExp'
    | 'isSet'
    | 'isSetIterator'
    | 'isSharedArrayBuffer'
    | 'isStringObject'
    | 'isSymbolObject'
    | 'isTypedArray'
    | 'isUint16Array'
    | 'isUint32Array'
    | 'isUint8Array'
    | 'isUint8ClampedArray'
    | 'isWeakMap'
    | 'isWeakSet',
    TypeTest
  >
>;

const types = {
  ...(npm['types'] as TypeTests),
  isAsyncFunction: (value: unknown): boolean =>
    /^\[object Async(Generator)?Function\]$/.test(Object.prototype.toString.call(value)),
} as TypeTests;

export const {
  isAnyArrayBuffer,
  isArgumentsObject,
  isArrayBuffer,
  isArrayBufferView,
  isAsyncFunction,
  isBigInt64Array,
  isBigIntObject,
  isBigUint64Array,
  isBooleanObject,
  isBoxedPrimitive,
  isDataView,
  isDate,
  isFloat32Array,
  isFloat64Array,
  isGeneratorFunction,
  isGeneratorObject,
  isInt16Array,
  isInt32Array,
  isInt8Array,
  isMap,
  isMapIterator,
  isNativeError,
  isNumberObject,
  isPromise,
  isRegExp,
  isSet,
  isSetIterator,
  isSharedArrayBuffer,
  isStringObject,
  isSymbolObject,
  isTypedArray,
  isUint16Array,
  isUint32Array,
  isUint8Array,
  isUint8ClampedArray,
  isWeakMap,
  isWeakSet,
} = types;

export default types;

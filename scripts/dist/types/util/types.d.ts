declare module 'oro:util/types' {
/** Tests for the kind of a value: `oro:util/types`. */
/** Tells whether a value is of one kind. */
export type TypeTest = (value: unknown) => boolean;
/** The names of the tests, as in Node. */
export type TypeTests = Readonly<Record<'isAnyArrayBuffer' | 'isArgumentsObject' | 'isArrayBuffer' | 'isArrayBufferView' | 'isAsyncFunction' | 'isBigInt64Array' | 'isBigIntObject' | 'isBigUint64Array' | 'isBooleanObject' | 'isBoxedPrimitive' | 'isDataView' | 'isDate' | 'isFloat32Array' | 'isFloat64Array' | 'isGeneratorFunction' | 'isGeneratorObject' | 'isInt16Array' | 'isInt32Array' | 'isInt8Array' | 'isMap' | 'isMapIterator' | 'isNativeError' | 'isNumberObject' | 'isPromise' | 'isRegExp' | 'isSet' | 'isSetIterator' | 'isSharedArrayBuffer' | 'isStringObject' | 'isSymbolObject' | 'isTypedArray' | 'isUint16Array' | 'isUint32Array' | 'isUint8Array' | 'isUint8ClampedArray' | 'isWeakMap' | 'isWeakSet', TypeTest>>;
const types: TypeTests;
export const isAnyArrayBuffer: TypeTest, isArgumentsObject: TypeTest, isArrayBuffer: TypeTest, isArrayBufferView: TypeTest, isAsyncFunction: TypeTest, isBigInt64Array: TypeTest, isBigIntObject: TypeTest, isBigUint64Array: TypeTest, isBooleanObject: TypeTest, isBoxedPrimitive: TypeTest, isDataView: TypeTest, isDate: TypeTest, isFloat32Array: TypeTest, isFloat64Array: TypeTest, isGeneratorFunction: TypeTest, isGeneratorObject: TypeTest, isInt16Array: TypeTest, isInt32Array: TypeTest, isInt8Array: TypeTest, isMap: TypeTest, isMapIterator: TypeTest, isNativeError: TypeTest, isNumberObject: TypeTest, isPromise: TypeTest, isRegExp: TypeTest, isSet: TypeTest, isSetIterator: TypeTest, isSharedArrayBuffer: TypeTest, isStringObject: TypeTest, isSymbolObject: TypeTest, isTypedArray: TypeTest, isUint16Array: TypeTest, isUint32Array: TypeTest, isUint8Array: TypeTest, isUint8ClampedArray: TypeTest, isWeakMap: TypeTest, isWeakSet: TypeTest;
export default types;
}

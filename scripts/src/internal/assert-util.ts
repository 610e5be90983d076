/** The `util/` of the npm package `assert`: the npm package, with Node's own `inspect`. */

import npm from 'util/util.js';

export { format, inspect } from 'node-inspect-extracted';
export const { inherits, isArray, isError, isFunction, promisify, types } = npm;

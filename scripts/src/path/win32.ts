/** Paths of Windows: `oro:path/win32`. */

import { win32 as path } from './both.js';
import type { PathModule } from './types.js';

export type { ParsedPath, PathModule } from './types.js';

export const {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  posix,
  relative,
  resolve,
  sep,
  toNamespacedPath,
  win32,
} = path as PathModule;

export default path as PathModule;

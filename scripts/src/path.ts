/** Paths of the system that the application runs on: `oro:path`. */

import { platform } from './internal/runtime.js';
import { posix as posixPath, win32 as win32Path } from './path/both.js';
import type { PathModule } from './path/types.js';

export type { ParsedPath, PathModule } from './path/types.js';
export { cwd } from './internal/cwd.js';

const path: PathModule = platform() === 'win32' ? win32Path : posixPath;

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
} = path;

export default path;

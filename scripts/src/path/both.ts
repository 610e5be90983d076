/** Both kinds of paths, each reachable from the other. */

import bareposix from 'bare-path/posix';
import barewin32 from 'bare-path/win32';
import { cwd } from '../internal/cwd.js';
import binding from '../internal/path-binding.cjs';
import type { ParsedPath, PathModule } from './types.js';

binding.cwd = cwd;

type Writable = { -readonly [K in keyof PathModule]: PathModule[K] };

export const posix = complete(bareposix, /^\//);
export const win32 = complete(
  barewin32,
  /^(?:[a-z]:[\\/]?|[\\/]{2}[^\\/]+[\\/]+[^\\/]+[\\/]?|[\\/])/i,
);

for (const module of [posix, win32]) {
  module.posix = posix;
  module.win32 = win32;
}

/** Adds what the package lacks. */
function complete(bare: unknown, root: RegExp): Writable {
  const path = { ...(bare as PathModule) } as Writable;
  path.parse = (text) => parse(path, root, text);
  path.format = (parts) => format(path.sep, parts);
  return path;
}

function parse(path: PathModule, rootPattern: RegExp, text: string): ParsedPath {
  const root = rootPattern.exec(text)?.[0] ?? '';
  const base = text.length > root.length ? path.basename(text) : '';
  const ext = path.extname(base);
  const parent = path.dirname(text);
  // A bare name is in the directory '.', which its text does not name.
  const dir = parent === '.' && !/^\.[\\/]/.test(text) ? '' : parent;
  return { root, dir, base, ext, name: ext ? base.slice(0, -ext.length) : base };
}

function format(sep: string, parts: Partial<ParsedPath>): string {
  if (typeof parts !== 'object' || parts === null) {
    const text = `The "pathObject" argument must be of type object. Received ${String(parts)}`;
    throw Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const { root, name = '', ext = '' } = parts;
  const dir = parts.dir || root;
  const base = parts.base || `${name}${ext && !ext.startsWith('.') ? '.' : ''}${ext}`;
  if (!dir) return base;
  return dir === root ? `${dir}${base}` : `${dir}${sep}${base}`;
}

/** Conversion between paths and `file:` addresses, worded as Node does. */

import { InvalidArgTypeError } from '../errors.js';
import posix from '../path/posix.js';

/** The path that a `file:` address names. */
export function fileURLToPath(url: string | URL): string {
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw new InvalidArgTypeError('path', 'of type string or an instance of URL', url);
  }
  const address = new URL(url);
  if (address.protocol !== 'file:') {
    throw coded('ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  }
  if (address.hostname !== '' && address.hostname !== 'localhost') {
    throw coded('ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty');
  }
  if (/%2f/i.test(address.pathname)) {
    throw coded('ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters');
  }
  return decodeURIComponent(address.pathname);
}

/** The `file:` address of a path. */
export function pathToFileURL(path: string): URL {
  let resolved = posix.resolve(path);
  if (path.endsWith('/') && !resolved.endsWith('/')) resolved += '/';
  const escapes: Record<string, string> = {
    '%': '%25',
    '\\': '%5C',
    '\n': '%0A',
    '\r': '%0D',
    '\t': '%09',
    '?': '%3F',
    '#': '%23',
  };
  const url = new URL('file:///');
  url.pathname = resolved.replace(/[%\\\n\r\t?#]/g, (char) => escapes[char] ?? char);
  return url;
}

function coded(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}

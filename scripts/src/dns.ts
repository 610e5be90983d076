/** Names of hosts and their addresses: `oro:dns`. */

import promises, {
  getDefaultResultOrder,
  prepare,
  setDefaultResultOrder,
  type LookupAddress,
  type LookupOptions,
} from './dns/promises.js';
import { InvalidArgTypeError } from './errors.js';
import { promisify } from './util.js';

export type { LookupAddress, LookupOptions, Order } from './dns/promises.js';
export { getDefaultResultOrder, promises, setDefaultResultOrder };

/** Hint: only families that the machine has addresses of. */
export const ADDRCONFIG = 32;
/** Hint: addresses of IPv4 as such of IPv6, if there are no others. */
export const V4MAPPED = 8;
/** Hint: with `V4MAPPED`, also if there are others. */
export const ALL = 16;

export const NOTFOUND = 'ENOTFOUND';
export const TIMEOUT = 'ETIMEOUT';

/** Hears the address and its family, or all addresses. */
export type LookupCallback = (error: Error | null, address?: any, family?: number) => void;

/** Calls back with the first address of a name, or with all of them. */
export function lookup(
  hostname: string,
  options: LookupOptions | number | LookupCallback | null | undefined,
  callback?: LookupCallback,
): object {
  const done = typeof options === 'function' ? options : callback;
  if (typeof done !== 'function')
    throw new InvalidArgTypeError('callback', 'of type function', done);
  const given = typeof options === 'function' ? undefined : options;
  const run = prepare(hostname, given);
  const all = typeof given === 'object' && given?.all;
  // Out of the promise, so that what the callback throws is an error of the page.
  const tell = (...result: Parameters<LookupCallback>): void =>
    queueMicrotask(() => done(...result));
  run().then(
    ({ address, family, addresses }) => (all ? tell(null, addresses) : tell(null, address, family)),
    (error: Error) => tell(error),
  );
  return {};
}

Object.defineProperty(lookup, promisify.custom, {
  value: (hostname: string, options?: LookupOptions | number): Promise<LookupAddress> =>
    promises.lookup(hostname, options),
});

export default {
  ADDRCONFIG,
  ALL,
  NOTFOUND,
  TIMEOUT,
  V4MAPPED,
  getDefaultResultOrder,
  lookup,
  promises,
  setDefaultResultOrder,
};

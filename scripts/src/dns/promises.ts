/** Names of hosts with promises: `oro:dns/promises`. */

import { InvalidArgTypeError, InvalidArgValueError, OroError } from '../errors.js';
import { call } from '../ipc/transport.js';

/** An address of a name. */
export interface LookupAddress {
  address: string;
  /** 4 or 6. */
  family: number;
}

/** The order of addresses. */
export type Order = 'verbatim' | 'ipv4first' | 'ipv6first';

/** What `lookup` may be given. */
export interface LookupOptions {
  /** Addresses of this family only; 0 for both. */
  family?: 0 | 4 | 6 | 'IPv4' | 'IPv6' | undefined;
  /** The sum of `ADDRCONFIG`, `V4MAPPED` and `ALL`. */
  hints?: number | undefined;
  /** Gives all addresses. */
  all?: boolean | undefined;
  order?: Order | undefined;
  /** As the resolver has them; the default. Without it those of IPv4 come first. */
  verbatim?: boolean | undefined;
  /** Milliseconds to wait; `dns_timeout_ms` of the configuration by default. */
  timeout?: number | undefined;
  /** Ends the waiting. */
  signal?: AbortSignal | null | undefined;
}

const ORDERS: readonly unknown[] = ['verbatim', 'ipv4first', 'ipv6first'];
let defaultOrder: Order = 'verbatim';

/** Sets the order of addresses where `lookup` is given none. */
export function setDefaultResultOrder(order: Order): void {
  if (!ORDERS.includes(order)) throw new InvalidArgValueError('dnsOrder', order);
  defaultOrder = order;
}

/** The order of addresses where `lookup` is given none. */
export function getDefaultResultOrder(): Order {
  return defaultOrder;
}

/** @internal Checks what was given at once, as Node does. */
export function prepare(
  hostname: unknown,
  given: LookupOptions | number | null | undefined,
): () => Promise<LookupAddress & { addresses: LookupAddress[] }> {
  if (hostname !== undefined && hostname !== null && typeof hostname !== 'string')
    throw new InvalidArgTypeError('hostname', 'of type string', hostname);
  if (given !== undefined && given !== null && !['object', 'number'].includes(typeof given))
    throw new InvalidArgTypeError('options', 'of type integer or object', given);
  const options: LookupOptions = typeof given === 'number' ? { family: given as 0 } : (given ?? {});
  const families: Record<string, number> = {
    '0': 0,
    '4': 4,
    '6': 6,
    IPv4: 4,
    IPv6: 6,
  };
  const family = families[String(options.family ?? 0)];
  if (family === undefined)
    throw new InvalidArgValueError('family', options.family, 'must be one of: 0, 4, 6');
  const { hints = 0, all = false, timeout, signal } = options;
  if (!Number.isInteger(hints) || (hints & ~56) !== 0)
    throw new InvalidArgValueError('hints', hints);
  const { verbatim } = options;
  const order =
    options.order ?? (verbatim === undefined ? defaultOrder : verbatim ? 'verbatim' : 'ipv4first');
  if (!ORDERS.includes(order)) throw new InvalidArgValueError('options.order', order);
  return async () => {
    // Node's answer to no name.
    if (!hostname) {
      const none = { address: null as never, family: family === 6 ? 6 : 4 };
      return { ...none, addresses: [] };
    }
    const params = { hostname: ascii(hostname), family, hints, all, order };
    try {
      const found = await call(
        'dns.lookup',
        timeout === undefined ? params : { ...params, timeout },
        {
          signal,
        },
      );
      return { ...found, addresses: found.addresses ?? [] };
    } catch (error) {
      throw plain(error as Error);
    }
  };
}

/** Names that are not ASCII go the way of addresses of the web. */
function ascii(hostname: string): string {
  if (!/[^\0-\x7f]/.test(hostname)) return hostname;
  try {
    return new URL(`http://${hostname}`).hostname;
  } catch {
    return hostname;
  }
}

/** An error that looks as Node's do. */
function plain(error: Error): Error {
  if (!(error instanceof OroError) || error.name !== 'Error') return error;
  const { route: _, ...rest } = error;
  return Object.assign(new Error(error.message), rest);
}

/** The first address of a name, or all of them. */
export async function lookup(
  hostname: string,
  options?: LookupOptions | number | null,
): Promise<any> {
  const run = prepare(hostname, options);
  const { addresses, address, family } = await run();
  const all = typeof options === 'object' && options?.all;
  return all ? addresses : { address, family };
}

export default { getDefaultResultOrder, lookup, setDefaultResultOrder };

declare module 'oro:dns' {
/** Names of hosts and their addresses: `oro:dns`. */
import promises, { getDefaultResultOrder, setDefaultResultOrder, type LookupOptions } from 'oro:dns/promises';
export type { LookupAddress, LookupOptions, Order } from 'oro:dns/promises';
export { getDefaultResultOrder, promises, setDefaultResultOrder };
/** Hint: only families that the machine has addresses of. */
export const ADDRCONFIG = 32;
/** Hint: addresses of IPv4 as such of IPv6, if there are no others. */
export const V4MAPPED = 8;
/** Hint: with `V4MAPPED`, also if there are others. */
export const ALL = 16;
export const NOTFOUND = "ENOTFOUND";
export const TIMEOUT = "ETIMEOUT";
/** Hears the address and its family, or all addresses. */
export type LookupCallback = (error: Error | null, address?: any, family?: number) => void;
/** Calls back with the first address of a name, or with all of them. */
export function lookup(hostname: string, options: LookupOptions | number | LookupCallback | null | undefined, callback?: LookupCallback): object;
const _default: {
    ADDRCONFIG: number;
    ALL: number;
    NOTFOUND: string;
    TIMEOUT: string;
    V4MAPPED: number;
    getDefaultResultOrder: typeof getDefaultResultOrder;
    lookup: typeof lookup;
    promises: {
        getDefaultResultOrder: typeof getDefaultResultOrder;
        lookup: typeof import("oro:dns/promises").lookup;
        setDefaultResultOrder: typeof setDefaultResultOrder;
    };
    setDefaultResultOrder: typeof setDefaultResultOrder;
};
export default _default;
}

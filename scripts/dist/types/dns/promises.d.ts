declare module 'oro:dns/promises' {
/** Names of hosts with promises: `oro:dns/promises`. */
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
/** Sets the order of addresses where `lookup` is given none. */
export function setDefaultResultOrder(order: Order): void;
/** The order of addresses where `lookup` is given none. */
export function getDefaultResultOrder(): Order;
/** The first address of a name, or all of them. */
export function lookup(hostname: string, options?: LookupOptions | number | null): Promise<any>;
const _default: {
    getDefaultResultOrder: typeof getDefaultResultOrder;
    lookup: typeof lookup;
    setDefaultResultOrder: typeof setDefaultResultOrder;
};
export default _default;
}

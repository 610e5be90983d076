declare module 'oro:dgram' {
/**
 * UDP sockets as in Node: `oro:dgram`.
 *
 * Datagrams travel in batches in both directions: what is sent while a batch is under way goes
 * with the next, and what arrived since the last look comes in one answer.
 */
import { Buffer } from 'oro:buffer';
import { EventEmitter } from 'oro:events';
import type { Routes } from 'oro:internal/generated/routes';
export * from 'oro:internal/dgram/errors';
/** A family of addresses, as sockets are made of. */
export type SocketType = 'udp4' | 'udp6';
/** What can be sent. */
export type Payload = string | ArrayBufferView | ArrayBuffer;
/** An address of a socket. */
export interface AddressInfo {
    address: string;
    family: 'IPv4' | 'IPv6';
    port: number;
}
/** Where a datagram came from. */
export interface RemoteInfo extends AddressInfo {
    /** The bytes of the datagram. */
    size: number;
}
/** What `createSocket` may be given. */
export interface SocketOptions {
    type: SocketType;
    /** Several sockets may bind the same port. */
    reuseAddr?: boolean;
    /** Several sockets share the port. */
    reusePort?: boolean;
    /** A socket of IPv6 does not speak IPv4. */
    ipv6Only?: boolean;
    /** The kernel's receive buffer in bytes. */
    recvBufferSize?: number;
    /** The kernel's send buffer in bytes. */
    sendBufferSize?: number;
    /** Closes the socket. */
    signal?: AbortSignal | null;
}
/** What `bind` may be given. */
export interface BindOptions {
    port?: number;
    address?: string;
    exclusive?: boolean;
}
/** A UDP socket. Emits `listening`, `connect`, `message`, `error` and `close`. */
export class Socket extends EventEmitter {
    #private;
    /** The family. */
    readonly type: SocketType;
    constructor(options: SocketType | SocketOptions, listener?: (...args: any[]) => void);
    /** Receives on a local port; without one, on a port that the system chooses. */
    bind(...given: Array<number | string | BindOptions | (() => void) | null | undefined>): this;
    /** Only hears one peer, and sends to it by default. */
    connect(port: number, ...given: Array<string | (() => void) | null | undefined>): void;
    /** Hears everybody again. */
    disconnect(): void;
    /**
     * Sends a datagram: `send(msg[, offset, length][, port][, address][, callback])`. `msg` may be
     * a list, whose parts become one datagram.
     */
    send(message: Payload | readonly Payload[], ...given: any[]): void;
    /** Closes the socket, after what was sent before. */
    close(callback?: () => void): this;
    /** The local address. */
    address(): AddressInfo;
    /** The peer's address. */
    remoteAddress(): AddressInfo;
    /** Joins a multicast group; binds the socket if nobody has. */
    addMembership(group: string, ifc?: string): void;
    /** Leaves a multicast group. */
    dropMembership(group: string, ifc?: string): void;
    /** Joins a multicast group, and hears one of its senders only. */
    addSourceSpecificMembership(source: string, group: string, ifc?: string): void;
    /** Hears this sender of a group no more. */
    dropSourceSpecificMembership(source: string, group: string, ifc?: string): void;
    /** Allows or forbids sending to broadcast addresses. */
    setBroadcast(flag: boolean): void;
    /** Sets how many hops datagrams live. */
    setTTL(ttl: number): number;
    /** Sets how many hops multicast datagrams live. */
    setMulticastTTL(ttl: number): number;
    /** Sets whether own multicast datagrams come back. */
    setMulticastLoopback(flag: boolean): boolean;
    /** Sets the interface that multicast leaves by. */
    setMulticastInterface(ifc: string): void;
    getRecvBufferSize(): number;
    getSendBufferSize(): number;
    setRecvBufferSize(size: number): void;
    setSendBufferSize(size: number): void;
    /** Bytes that wait to be sent. */
    getSendQueueSize(): number;
    /** Datagrams that wait to be sent. */
    getSendQueueCount(): number;
    /** Does nothing: a page does not end by itself. */
    ref(): this;
    unref(): this;
    [Symbol.asyncDispose](): Promise<void>;
}
/** Makes a socket. `listener` hears `message`. */
export function createSocket(options: SocketType | SocketOptions, listener?: (message: Buffer, from: RemoteInfo) => void): Socket;
/** What sockets can do on this system. */
export function getCapabilities(): Promise<Routes['udp.capabilities']['result']>;
const _default: {
    Socket: typeof Socket;
    createSocket: typeof createSocket;
    getCapabilities: typeof getCapabilities;
};
export default _default;
}

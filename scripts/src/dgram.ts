/**
 * UDP sockets as in Node: `oro:dgram`.
 *
 * Datagrams travel in batches in both directions: what is sent while a batch is under way goes
 * with the next, and what arrived since the last look comes in one answer.
 */

import { Buffer } from './buffer.js';
import { encode, decode, resolve, type Destination } from './dgram/frame.js';
import {
  ERR_BUFFER_OUT_OF_BOUNDS,
  ERR_INVALID_ARG_TYPE,
  ERR_SOCKET_ALREADY_BOUND,
  ERR_SOCKET_BAD_PORT,
  ERR_SOCKET_BAD_TYPE,
  ERR_SOCKET_BUFFER_SIZE,
  ERR_SOCKET_DGRAM_IS_CONNECTED,
  ERR_SOCKET_DGRAM_NOT_CONNECTED,
  ERR_SOCKET_DGRAM_NOT_RUNNING,
} from './dgram/errors.js';
import { OroError } from './errors.js';
import { EventEmitter } from './events.js';
import type { Routes } from './generated/routes.js';
import { call, callSync, on } from './ipc.js';

export * from './dgram/errors.js';

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

type Done = (error: Error | null, bytes?: number) => void;

interface Waiting {
  payload: Uint8Array;
  to: Destination | null;
  done: Done | undefined;
}

/** Bytes that go to native code at once. */
const BATCH_BYTES = 1 << 20;
/** Bytes that come from native code at once. */
const FRAME_BYTES = 1 << 20;

const sockets = new Map<string, Socket>();
let listening = false;

/** Hears of datagrams and failures, once for all sockets of the page. */
function listen(): void {
  if (listening) return;
  listening = true;
  on('udp.message', ({ id }) => void sockets.get(id)?.[kPull]());
  on('udp.error', ({ id, message, code, syscall, closed }) => {
    const error = Object.assign(new OroError(message, { name: 'Error', code }), { syscall });
    sockets.get(id)?.[kFail](error, closed);
  });
}

const kPull = Symbol('pull');
const kFail = Symbol('fail');

/** A UDP socket. Emits `listening`, `connect`, `message`, `error` and `close`. */
export class Socket extends EventEmitter {
  /** The family. */
  readonly type: SocketType;
  readonly #id = String(crypto.getRandomValues(new BigUint64Array(1))[0]);
  readonly #options: SocketOptions;
  #state: 'new' | 'binding' | 'bound' | 'closed' = 'new';
  #local: AddressInfo | null = null;
  #peer: AddressInfo | null = null;
  #connecting = false;
  #ready: Promise<void> | null = null;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #sending: Promise<void> | null = null;
  #pulling = false;
  #told = false;

  constructor(options: SocketType | SocketOptions, listener?: (...args: any[]) => void) {
    super();
    const given = typeof options === 'string' ? { type: options } : options;
    if (given?.type !== 'udp4' && given?.type !== 'udp6') throw new ERR_SOCKET_BAD_TYPE();
    this.type = given.type;
    this.#options = given;
    if (typeof listener === 'function') this.on('message', listener);
    const { signal } = given;
    if (signal?.aborted) this.close();
    else signal?.addEventListener('abort', () => this.#state === 'closed' || this.close());
  }

  /** Receives on a local port; without one, on a port that the system chooses. */
  bind(...given: Array<number | string | BindOptions | (() => void) | null | undefined>): this {
    this.#assertOpen();
    if (this.#state !== 'new') throw new ERR_SOCKET_ALREADY_BOUND();
    const callback = given.find((each) => typeof each === 'function') as (() => void) | undefined;
    const [first, second] = given;
    const options: BindOptions =
      first !== null && typeof first === 'object'
        ? first
        : {
            ...(typeof first === 'number' || typeof first === 'string' ? { port: +first } : {}),
            ...(typeof second === 'string' ? { address: second } : {}),
          };
    if (callback) this.once('listening', callback);
    this.#bind(options).catch((error: Error) => this.#report(error));
    return this;
  }

  /** Binds; resolves when the socket receives. */
  #bind({ port = 0, address }: BindOptions = {}): Promise<void> {
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new ERR_SOCKET_BAD_PORT(port, true);
    }
    this.#state = 'binding';
    listen();
    sockets.set(this.#id, this);
    const bind = async (): Promise<void> => {
      try {
        const local = address ? (await resolve(address, this.type)).address : undefined;
        this.#bound(await call('udp.bind', this.#bindParams(port, local)));
        this.#applyOptions();
        await call('udp.readStart', { id: this.#id });
      } catch (error) {
        if (this.#state === 'binding') this.#state = 'new';
        this.#ready = null;
        throw error;
      }
      if ((this.#state as string) !== 'closed') this.emit('listening');
    };
    this.#ready = bind();
    return this.#ready;
  }

  #bindParams(port: number, local: string | undefined) {
    const { reuseAddr = false, reusePort = false, ipv6Only = false } = this.#options;
    const family = this.type === 'udp6' ? ('IPv6' as const) : ('IPv4' as const);
    return {
      id: this.#id,
      port,
      family,
      reuseAddr,
      reusePort,
      ipv6Only,
      ...(local ? { address: local } : {}),
    };
  }

  #bound({ address, family, port }: AddressInfo): void {
    this.#local = { address, family, port };
    if (this.#state === 'binding') this.#state = 'bound';
  }

  #applyOptions(): void {
    const { recvBufferSize, sendBufferSize } = this.#options;
    if (recvBufferSize) this.setRecvBufferSize(recvBufferSize);
    if (sendBufferSize) this.setSendBufferSize(sendBufferSize);
  }

  /** Only hears one peer, and sends to it by default. */
  connect(port: number, ...given: Array<string | (() => void) | null | undefined>): void {
    this.#assertOpen();
    const to = checkPort(port);
    if (this.#peer || this.#connecting) throw new ERR_SOCKET_DGRAM_IS_CONNECTED();
    const address = given.find((each) => typeof each === 'string') as string | undefined;
    const callback = given.find((each) => typeof each === 'function') as Done | undefined;
    this.#connecting = true;
    const connect = async (): Promise<void> => {
      await this.#open();
      const peer = (await resolve(address, this.type)).address;
      const { family, ...rest } = await call('udp.connect', {
        id: this.#id,
        port: to,
        address: peer,
      });
      this.#peer = { address: rest.address, family, port: rest.port };
      // The kernel has chosen a local address for this peer.
      const local = await call('udp.getSockName', { id: this.#id });
      this.#local = {
        address: local.address,
        family: local.family,
        port: local.port,
      };
    };
    this.#ready = connect().finally(() => (this.#connecting = false));
    this.#ready.then(
      () => {
        this.emit('connect');
        callback?.(null);
      },
      (error: Error) => (callback ? callback(error) : this.#report(error)),
    );
  }

  /** Hears everybody again. */
  disconnect(): void {
    this.#assertOpen();
    if (!this.#peer) throw new ERR_SOCKET_DGRAM_NOT_CONNECTED();
    callSync('udp.disconnect', { id: this.#id });
    this.#peer = null;
  }

  /** Waits until the socket is bound, binding it if nobody has. */
  async #open(): Promise<void> {
    if (this.#state === 'new') await this.#bind();
    else if (this.#ready && this.#state === 'binding') await this.#ready;
  }

  /**
   * Sends a datagram: `send(msg[, offset, length][, port][, address][, callback])`. `msg` may be
   * a list, whose parts become one datagram.
   */
  send(message: Payload | readonly Payload[], ...given: any[]): void {
    this.#assertOpen();
    const rest = [...given];
    const done = typeof rest.at(-1) === 'function' ? (rest.pop() as Done) : undefined;
    while (rest.length > 0 && rest.at(-1) == null) rest.pop();
    let payload = bytes(message);
    // `send(msg, offset, length, port, address)`: a second number tells.
    const sliced = this.#peer
      ? rest.length >= 2 && typeof rest[1] === 'number'
      : rest.length >= 3 && typeof rest[1] === 'number';
    if (sliced) {
      const [offset, length] = rest.splice(0, 2) as [number, number];
      if (!(offset >= 0 && offset <= payload.byteLength)) {
        throw new ERR_BUFFER_OUT_OF_BOUNDS('offset');
      }
      if (!(length >= 0 && offset + length <= payload.byteLength)) {
        throw new ERR_BUFFER_OUT_OF_BOUNDS('length');
      }
      payload = payload.subarray(offset, offset + length);
    }
    const [port, address] = rest as [number?, string?];
    if (this.#peer && port !== undefined) throw new ERR_SOCKET_DGRAM_IS_CONNECTED();
    // What is sent is what the memory holds now.
    payload = payload.slice();
    if (this.#peer || (this.#connecting && port === undefined)) {
      this.#enqueue({ payload, to: null, done });
      return;
    }
    const to = checkPort(port);
    const found = resolve(address, this.type);
    if (!(found instanceof Promise)) {
      this.#enqueue({ payload, to: { ...found, port: to }, done });
      return;
    }
    // As in Node, what needs no lookup may overtake it.
    const lookup = found.then(
      (found) => this.#enqueue({ payload, to: { ...found, port: to }, done }),
      (error: Error) => guard(() => (done ? done(error) : this.#report(error))),
    );
    this.#lookups.add(lookup);
    void lookup.then(() => this.#lookups.delete(lookup));
  }

  readonly #lookups = new Set<Promise<void>>();

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += waiting.payload.byteLength;
    this.#sending ??= this.#drain();
  }

  /** Sends what waits, batch after batch, in order. */
  async #drain(): Promise<void> {
    // What the caller sends in this turn goes together.
    await null;
    try {
      await this.#open();
      if (this.#connecting) await this.#ready;
    } catch (error) {
      this.#sending = null;
      return this.#abandon(error as Error);
    }
    while (this.#waiting.length > 0) {
      let size = 0;
      let count = 0;
      while (count < this.#waiting.length && size < BATCH_BYTES) {
        size += (this.#waiting[count] as Waiting).payload.byteLength;
        count += 1;
      }
      const batch = this.#waiting.splice(0, count);
      try {
        const body = encode(batch);
        const { failed } = await call('udp.sendBatch', { id: this.#id }, { body });
        const errors = new Map<number, Error>();
        for (const { index, count: many, code, message } of failed) {
          const error = Object.assign(new OroError(message, { name: 'Error', code }), {
            syscall: 'send',
          });
          for (let n = index; n < index + many; n += 1) errors.set(n, error);
        }
        batch.forEach((each, n) => this.#finish(each, errors.get(n) ?? null));
      } catch (error) {
        for (const each of batch) this.#finish(each, error as Error);
      }
    }
    this.#sending = null;
  }

  #finish({ payload, done }: Waiting, error: Error | null): void {
    this.#waitingBytes -= payload.byteLength;
    if (done) guard(() => (error ? done(error) : done(null, payload.byteLength)));
    else if (error) this.#report(error);
  }

  #abandon(error: Error): void {
    for (const each of this.#waiting.splice(0)) this.#finish(each, error);
  }

  /** @internal Takes what has arrived until nothing is left. */
  async [kPull](): Promise<void> {
    // The event may overtake the empty answer before it.
    this.#told = true;
    if (this.#pulling) return;
    this.#pulling = true;
    const take = () => call('udp.recv', { id: this.#id, max: FRAME_BYTES });
    try {
      while (this.#told) {
        this.#told = false;
        let frame = await take();
        while (frame.byteLength > 0) {
          // The next is on its way while this one is handled.
          const next = take();
          next.catch(() => {});
          decode(frame, (payload, from) => {
            if (this.#state === 'closed') return;
            guard(() =>
              this.emit('message', payload, {
                ...from,
                size: payload.byteLength,
              }),
            );
          });
          frame = await next;
        }
      }
    } catch (error) {
      if (this.#state !== 'closed') this.#report(error as Error);
    } finally {
      this.#pulling = false;
    }
  }

  /** @internal Hears that something went wrong in native code. */
  [kFail](error: Error, closed: boolean): void {
    if (closed) this.#closed();
    this.#report(error);
    if (closed) this.emit('close');
  }

  #report(error: Error): void {
    guard(() => this.emit('error', error));
  }

  #closed(): void {
    this.#state = 'closed';
    sockets.delete(this.#id);
    this.#local = null;
    this.#peer = null;
  }

  /** Closes the socket, after what was sent before. */
  close(callback?: () => void): this {
    this.#assertOpen();
    if (callback) this.on('close', callback);
    const [ready, lookups] = [this.#ready, [...this.#lookups]];
    let sending = this.#sending;
    const opened = this.#state !== 'new';
    const finish = async (): Promise<void> => {
      await ready?.catch(() => {});
      if (lookups.length > 0) {
        await Promise.all(lookups);
        sending = this.#sending;
      }
      await sending?.catch(() => {});
      if (opened || sending) await call('udp.close', { id: this.#id }).catch(() => {});
      guard(() => this.emit('close'));
    };
    // Sends that are under way still go out; nothing else happens from now on.
    const running = finish();
    if (!sending && lookups.length === 0) this.#closed();
    else void running.then(() => this.#closed());
    this.#closing = true;
    return this;
  }

  #closing = false;

  /** The local address. */
  address(): AddressInfo {
    this.#assertOpen();
    if (!this.#local) throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
    return { ...this.#local };
  }

  /** The peer's address. */
  remoteAddress(): AddressInfo {
    this.#assertOpen();
    if (!this.#peer) throw new ERR_SOCKET_DGRAM_NOT_CONNECTED();
    return { ...this.#peer };
  }

  /** Joins a multicast group; binds the socket if nobody has. */
  addMembership(group: string, ifc?: string): void {
    this.#group('udp.addMembership', group, undefined, ifc);
  }

  /** Leaves a multicast group. */
  dropMembership(group: string, ifc?: string): void {
    this.#group('udp.dropMembership', group, undefined, ifc);
  }

  /** Joins a multicast group, and hears one of its senders only. */
  addSourceSpecificMembership(source: string, group: string, ifc?: string): void {
    this.#group('udp.addMembership', group, checkText('sourceAddress', source), ifc);
  }

  /** Hears this sender of a group no more. */
  dropSourceSpecificMembership(source: string, group: string, ifc?: string): void {
    this.#group('udp.dropMembership', group, checkText('sourceAddress', source), ifc);
  }

  #group(
    route: 'udp.addMembership' | 'udp.dropMembership',
    group: string,
    source: string | undefined,
    ifc: string | undefined,
  ): void {
    this.#assertOpen();
    if (this.#state === 'new') this.#bindNow();
    callSync(route, {
      id: this.#id,
      address: checkText('groupAddress', group),
      ...(source === undefined ? {} : { source }),
      ...(ifc === undefined ? {} : { interface: ifc }),
    });
  }

  /** Binds at once, for what has to be synchronous. */
  #bindNow(): void {
    this.#state = 'binding';
    listen();
    sockets.set(this.#id, this);
    this.#bound(callSync('udp.bind', this.#bindParams(0, undefined)));
    callSync('udp.readStart', { id: this.#id });
    queueMicrotask(() => this.emit('listening'));
  }

  /** Allows or forbids sending to broadcast addresses. */
  setBroadcast(flag: boolean): void {
    callSync('udp.setBroadcast', { id: this.#running(), flag: Boolean(flag) });
  }

  /** Sets how many hops datagrams live. */
  setTTL(ttl: number): number {
    callSync('udp.setTTL', {
      id: this.#running(),
      ttl: checkNumber('ttl', ttl),
    });
    return ttl;
  }

  /** Sets how many hops multicast datagrams live. */
  setMulticastTTL(ttl: number): number {
    callSync('udp.setMulticastTTL', {
      id: this.#running(),
      ttl: checkNumber('ttl', ttl),
    });
    return ttl;
  }

  /** Sets whether own multicast datagrams come back. */
  setMulticastLoopback(flag: boolean): boolean {
    callSync('udp.setMulticastLoopback', {
      id: this.#running(),
      flag: Boolean(flag),
    });
    return flag;
  }

  /** Sets the interface that multicast leaves by. */
  setMulticastInterface(ifc: string): void {
    if (typeof ifc !== 'string')
      throw new ERR_INVALID_ARG_TYPE('multicastInterface', 'string', ifc);
    callSync('udp.setMulticastInterface', {
      id: this.#running(),
      interface: ifc,
    });
  }

  getRecvBufferSize(): number {
    return this.#bufferSize(1, 0);
  }

  getSendBufferSize(): number {
    return this.#bufferSize(0, 0);
  }

  setRecvBufferSize(size: number): void {
    this.#bufferSize(1, checkSize(size));
  }

  setSendBufferSize(size: number): void {
    this.#bufferSize(0, checkSize(size));
  }

  #bufferSize(buffer: number, size: number): number {
    if (this.#state !== 'bound') throw new ERR_SOCKET_BUFFER_SIZE();
    return callSync('os.bufferSize', { id: this.#id, buffer, size }).size;
  }

  /** Bytes that wait to be sent. */
  getSendQueueSize(): number {
    return this.#waitingBytes;
  }

  /** Datagrams that wait to be sent. */
  getSendQueueCount(): number {
    return this.#waiting.length;
  }

  /** Does nothing: a page does not end by itself. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed' || this.#closing) return;
    await new Promise<void>((done) => this.close(done));
  }

  #assertOpen(): void {
    if (this.#state === 'closed' || this.#closing) throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
  }

  #running(): string {
    this.#assertOpen();
    if (this.#state !== 'bound') throw new ERR_SOCKET_DGRAM_NOT_RUNNING();
    return this.#id;
  }
}

/** Makes a socket. `listener` hears `message`. */
export function createSocket(
  options: SocketType | SocketOptions,
  listener?: (message: Buffer, from: RemoteInfo) => void,
): Socket {
  return new Socket(options, listener);
}

/** What sockets can do on this system. */
export function getCapabilities(): Promise<Routes['udp.capabilities']['result']> {
  return call('udp.capabilities');
}

/** Runs what the page gave; its failure is the page's, and does not end our loop. */
function guard(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function bytes(message: Payload | readonly Payload[]): Uint8Array {
  if (typeof message === 'string') return new TextEncoder().encode(message);
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (ArrayBuffer.isView(message)) {
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  }
  if (!Array.isArray(message)) {
    throw new ERR_INVALID_ARG_TYPE('buffer', 'string, Buffer, TypedArray or DataView', message);
  }
  const parts = message.map((part: Payload) => {
    if (Array.isArray(part))
      throw new ERR_INVALID_ARG_TYPE('buffer list arguments', 'Buffer', part);
    return bytes(part);
  });
  return Buffer.concat(parts);
}

function checkPort(port: unknown): number {
  const number = typeof port === 'string' && port.trim() !== '' ? Number(port) : port;
  if (typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 65536) {
    return number;
  }
  throw new ERR_SOCKET_BAD_PORT(port, false);
}

function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new ERR_INVALID_ARG_TYPE(name, 'string', value);
  return value;
}

function checkNumber(name: string, value: unknown): number {
  if (typeof value !== 'number') throw new ERR_INVALID_ARG_TYPE(name, 'number', value);
  return value;
}

function checkSize(size: unknown): number {
  if (typeof size === 'number' && Number.isInteger(size) && size > 0 && size < 2 ** 31) return size;
  throw Object.assign(new TypeError(`Buffer size must be a positive integer`), {
    code: 'ERR_SOCKET_BAD_BUFFER_SIZE',
  });
}

export default { Socket, createSocket, getCapabilities };

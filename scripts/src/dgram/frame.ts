/**
 * Datagrams on their way between the page and native code.
 *
 * A frame is a sequence of runs: datagrams of one address which, but for the last, have the same
 * size. Each run follows a header of 32 bytes, little-endian: family (4, 6, or 0 for the connected
 * peer), 0, port (u16), scope (u32), address (16 bytes), bytes of the run (u32), size of each
 * datagram but the last (u32).
 */

import { Buffer } from '../buffer.js';
import type { AddressInfo, SocketType } from '../dgram.js';
import { prepare } from '../dns/promises.js';

const HEADER = 32;
const RUN_BYTES_MAX = 1 << 16;

/** An address in text and in bytes. */
export interface Resolved {
  address: string;
  family: 4 | 6;
  bytes: Uint8Array;
  scope: number;
}

/** Where a datagram goes. */
export interface Destination extends Resolved {
  port: number;
}

const known = new Map<string, Resolved>();
const KNOWN_MAX = 4096;

/**
 * Understands an address of IPv4 or IPv6, or `localhost`; nothing is this machine. Other names are
 * looked up.
 */
export function resolve(
  address: string | undefined | null,
  type: SocketType,
): Resolved | Promise<Resolved> {
  const v6 = type === 'udp6';
  const name = !address || address === 'localhost' ? (v6 ? '::1' : '127.0.0.1') : address;
  const key = `${type} ${name}`;
  let found = known.get(key);
  if (!found) {
    const parsed = parse(v6 && isV4(name) ? `::ffff:${name}` : name);
    if (!parsed) return look(name, v6);
    found = parsed;
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, found);
  }
  return found;
}

function isV4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
}

async function look(name: string, v6: boolean): Promise<Resolved> {
  const { address } = await prepare(name, { family: v6 ? 6 : 4 })();
  // What the resolver gives is an address.
  return parse(address) as Resolved;
}

function parse(text: string): Resolved | null {
  const bytes = new Uint8Array(16);
  if (isV4(text)) {
    bytes.set(text.split('.').map(Number));
    return { address: text, family: 4, bytes, scope: 0 };
  }
  const [ip = '', zone = '0'] = text.split('%');
  try {
    if (!ip.includes(':') || !/^\d+$/.test(zone)) throw new TypeError();
    const [left = '', right] = new URL(`http://[${ip}]/`).hostname.slice(1, -1).split('::');
    const groups = (half: string): number[] =>
      half ? half.split(':').map((group) => parseInt(group, 16)) : [];
    const [head, tail] = [groups(left), groups(right ?? '')];
    const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
    all.forEach((group, n) => bytes.set([group >> 8, group & 255], n * 2));
    return { address: text, family: 6, bytes, scope: Number(zone) };
  } catch {
    return null;
  }
}

/** Makes a frame; datagrams of one receiver and size become runs. */
export function encode(
  batch: ReadonlyArray<{ payload: Uint8Array; to: Destination | null }>,
): Uint8Array<ArrayBuffer> {
  const runs: Array<{
    begin: number;
    end: number;
    length: number;
    stride: number;
  }> = [];
  for (let n = 0; n < batch.length; n += 1) {
    const { payload, to } = batch[n] as (typeof batch)[number];
    const size = payload.byteLength;
    const last = runs.at(-1);
    const before = last && batch[last.begin];
    if (
      last &&
      before &&
      size === last.stride &&
      size > 0 &&
      same(before.to, to) &&
      last.length + size <= RUN_BYTES_MAX
    ) {
      last.end = n + 1;
      last.length += size;
    } else {
      runs.push({ begin: n, end: n + 1, length: size, stride: size });
    }
  }
  const total = runs.reduce((sum, run) => sum + HEADER + run.length, 0);
  const frame = new Uint8Array(total);
  const view = new DataView(frame.buffer);
  let at = 0;
  for (const { begin, end, length, stride } of runs) {
    const to = batch[begin]?.to;
    if (to) {
      view.setUint8(at, to.family);
      view.setUint16(at + 2, to.port, true);
      view.setUint32(at + 4, to.scope, true);
      frame.set(to.bytes, at + 8);
    }
    view.setUint32(at + 24, length, true);
    view.setUint32(at + 28, stride, true);
    at += HEADER;
    for (let n = begin; n < end; n += 1) {
      const payload = (batch[n] as (typeof batch)[number]).payload;
      frame.set(payload, at);
      at += payload.byteLength;
    }
  }
  return frame;
}

function same(a: Destination | null, b: Destination | null): boolean {
  return a === b || (a !== null && b !== null && a.port === b.port && a.address === b.address);
}

/** Takes a frame apart. The datagrams share its memory. */
export function decode(
  frame: Uint8Array,
  each: (payload: Buffer, from: AddressInfo) => void,
): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const memory = frame.buffer as ArrayBuffer;
  let at = 0;
  while (at < frame.byteLength) {
    const from: AddressInfo = {
      address: format(frame, view, at),
      family: frame[at] === 6 ? 'IPv6' : 'IPv4',
      port: view.getUint16(at + 2, true),
    };
    const length = view.getUint32(at + 24, true);
    const stride = view.getUint32(at + 28, true);
    at += HEADER;
    const end = at + length;
    do {
      const size = Math.min(stride, end - at);
      each(Buffer.from(memory, frame.byteOffset + at, size), from);
      at += size;
    } while (at < end);
  }
}

function format(frame: Uint8Array, view: DataView, at: number): string {
  if (frame[at] === 4) return frame.subarray(at + 8, at + 12).join('.');
  const groups = Array.from({ length: 8 }, (_, n) => view.getUint16(at + 8 + n * 2));
  const scope = view.getUint32(at + 4, true);
  const text =
    groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
      ? `::ffff:${frame.subarray(at + 20, at + 24).join('.')}`
      : new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]/`).hostname.slice(
          1,
          -1,
        );
  return scope ? `${text}%${scope}` : text;
}

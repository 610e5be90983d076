/** The bytes of a file of any size, read page by page as they come into view. */

import { make } from './elements.js';
import { Rows } from './rows.js';

const ROW_HEIGHT = 19;
const BYTES_PER_ROW = 16;
const PAGE_BYTES = 64 * 1024;
const PAGES_MAX = 32;

export class HexView {
  element = make('div', { className: 'hex', tabIndex: 0, role: 'region', 'aria-label': 'Bytes' });
  #handle;
  #size;
  #rows;
  /** @type {Map<number, Uint8Array | 'coming'>} */
  #pages = new Map();
  #digits;

  /**
   * @param {any} handle an open file
   * @param {number} size in bytes
   */
  constructor(handle, size) {
    this.#handle = handle;
    this.#size = size;
    this.#digits = Math.max(8, size.toString(16).length);
    this.#rows = new Rows(this.element, {
      rowHeight: ROW_HEIGHT,
      create: () =>
        make('div', { className: 'hex-row' }, ...['at', 'bytes', 'ascii'].map((className) =>
          make('span', { className }),
        )),
      update: (element, index) => this.#update(element, index),
    });
    this.#rows.setTotal(Math.ceil(size / BYTES_PER_ROW));
  }

  #update(element, index) {
    const start = index * BYTES_PER_ROW;
    const page = this.#page(Math.floor(start / PAGE_BYTES));
    const within = start % PAGE_BYTES;
    const bytes = page?.subarray(within, Math.min(within + BYTES_PER_ROW, page.length));
    const [at, hex, ascii] = element.children;
    at.textContent = start.toString(16).padStart(this.#digits, '0');
    hex.textContent = bytes ? toHex(bytes) : '';
    ascii.textContent = bytes ? toAscii(bytes) : '';
  }

  #page(number) {
    const page = this.#pages.get(number);
    if (page === 'coming') return undefined;
    if (!page) this.#read(number);
    return page;
  }

  async #read(number) {
    this.#pages.set(number, 'coming');
    // The oldest goes; what is in view was asked for last.
    if (this.#pages.size > PAGES_MAX) this.#pages.delete(this.#pages.keys().next().value);
    try {
      const bytes = await readAt(this.#handle, number * PAGE_BYTES, PAGE_BYTES);
      this.#pages.set(number, bytes);
    } catch {
      // The file was closed or cut short while it was read: there is nothing more to show.
      this.#pages.set(number, new Uint8Array(0));
    }
    this.#rows.draw();
  }
}

/**
 * Reads some bytes of a file; fewer only at its end.
 *
 * @param {any} handle
 * @param {number} position
 * @param {number} length
 * @returns {Promise<Uint8Array>}
 */
export async function readAt(handle, position, length) {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function toHex(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) {
    if (at > 0) text += at === BYTES_PER_ROW / 2 ? '  ' : ' ';
    text += bytes[at].toString(16).padStart(2, '0');
  }
  return text;
}

function toAscii(bytes) {
  let text = '';
  for (const byte of bytes) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·';
  return text;
}

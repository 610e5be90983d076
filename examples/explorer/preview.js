/** What is in the selected file: a picture, text or bytes. */

import { open, readFile, stat } from 'oro:fs/promises';
import { byId, make } from './elements.js';
import { formatBytes, formatCount, formatFullTime, formatItems, formatShare } from './format.js';
import { HexView, readAt } from './hex.js';
import { KINDS } from './kinds.js';
import { decodeText } from './text.js';
import { reasonOf } from './walk.js';

const TEXT_BYTES_MAX = 64 * 1024;
const IMAGE_BYTES_MAX = 64 * 1024 * 1024;

/** Types by the first bytes: names lie. */
const SIGNATURES = [
  { type: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47] },
  { type: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: 'image/bmp', bytes: [0x42, 0x4d] },
  { type: 'image/x-icon', bytes: [0, 0, 1, 0] },
  { type: 'image/webp', bytes: [0x57, 0x45, 0x42, 0x50], at: 8 },
  { type: 'image/avif', bytes: [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66], at: 4 },
];

export class Preview {
  #pane = byId('preview');
  #name = byId('preview-name');
  #facts = byId('preview-facts');
  #modes = byId('preview-modes');
  #body = byId('preview-body');
  #path = '';
  /** Counts selections, so that a late answer to an old one is dropped. */
  #turn = 0;
  #handle = null;
  #image = '';
  #actions;

  /**
   * @param {object} actions
   * @param {(row: any) => void} actions.enter
   * @param {(row: any) => void} actions.select
   * @param {(row: any) => Promise<any>} actions.summarize
   */
  constructor(actions) {
    this.#actions = actions;
  }

  /**
   * Shows an entry, or nothing.
   *
   * @param {any} row
   */
  async show(row) {
    if (row && row.path === this.#path) return;
    this.#path = row?.path ?? '';
    const turn = ++this.#turn;
    this.#forget();
    this.#pane.hidden = !row;
    if (!row) return;
    this.#name.textContent = row.name;
    this.#name.title = row.path;
    this.#modes.replaceChildren();
    if (row.folder) {
      this.#showFolder(row);
      return;
    }
    this.#setFacts(formatBytes(row.size), `changed ${formatFullTime(row.mtimeMs)}`);
    try {
      await this.#load(row, () => turn === this.#turn);
    } catch (error) {
      if (turn === this.#turn) this.#say(reasonOf(error));
    }
  }

  async #load(row, isCurrent) {
    const { path } = row;
    // A link is shown as what it leads to. Opening a pipe would wait for its writer.
    const stats = await stat(path);
    if (!isCurrent()) return;
    if (stats.isDirectory()) {
      this.#showFolder(row);
      return;
    }
    if (!stats.isFile()) {
      this.#say('This is a socket, a pipe or a device; it has no content of its own');
      return;
    }
    const handle = await open(path, 'r');
    if (!isCurrent()) {
      await handle.close();
      return;
    }
    this.#handle = handle;
    const head = await readAt(handle, 0, TEXT_BYTES_MAX);
    if (isCurrent()) this.#choose(row, head, Math.max(stats.size, head.length));
  }

  /** Offers the ways in which a file can be shown, and takes the best. */
  #choose(row, head, size) {
    const handle = this.#handle;
    const turn = this.#turn;
    const modes = [];
    const type = imageType(row.name, head);
    if (type && size <= IMAGE_BYTES_MAX) {
      modes.push(['Image', () => this.#showImage(row, type, turn)]);
    }
    const complete = head.length >= size;
    const decoded = size > 0 ? decodeText(head, complete) : null;
    if (decoded) modes.push(['Text', () => this.#showText(row, decoded, head.length, size)]);
    if (size > 0) modes.push(['Hex', () => this.#showHex(row, handle, size)]);
    if (modes.length === 0) {
      this.#say('This file is empty');
      return;
    }
    const tabs = modes.map(([label, show], index) => {
      const tab = make('button', { type: 'button', textContent: label, role: 'tab' });
      tab.addEventListener('click', () => {
        for (const each of tabs) each.setAttribute('aria-selected', String(each === tab));
        show();
      });
      tab.setAttribute('aria-selected', String(index === 0));
      return tab;
    });
    this.#modes.replaceChildren(...tabs);
    modes[0][1]();
  }

  async #showFolder(row) {
    this.#setFacts(formatBytes(row.size), formatItems(row.count));
    if (row.unreadable) {
      this.#say('You may not read this folder');
      return;
    }
    const button = make('button', { type: 'button', className: 'quiet', textContent: 'Open' });
    button.addEventListener('click', () => this.#actions.enter(row));
    this.#modes.replaceChildren(button);
    const turn = this.#turn;
    // A link has no entries of its own: what it leads to is somewhere else.
    const summary = row.folder ? await this.#actions.summarize(row) : null;
    if (turn !== this.#turn || !summary) return;
    const parts = [kindBars(summary.kinds, row.size), this.#largest(summary, row)];
    this.#body.replaceChildren(make('div', { className: 'folder' }, ...parts));
  }

  /** The largest files below a folder, as a list to pick from. */
  #largest({ largest }, folder) {
    const items = largest.map((row) => {
      const place = row.path.slice(folder.path.length + 1, -row.name.length - 1);
      const item = make(
        'button',
        { type: 'button', title: row.path },
        make('span', {}, row.name, place ? make('small', { textContent: place }) : ''),
        make('small', { textContent: formatBytes(row.size) }),
      );
      item.addEventListener('click', () => this.#actions.select(row));
      return make('li', {}, item);
    });
    const title = make('h3', { textContent: 'Largest files' });
    return make('section', {}, title, make('ol', {}, ...items));
  }

  #showText(row, { text, encoding }, shown, size) {
    const lines = text.split('\n');
    if (lines.length > 1 && lines.at(-1) === '') lines.pop();
    const numbers = Array.from(lines, (_, index) => index + 1).join('\n');
    const part = shown < size ? `first ${formatBytes(shown)}` : formatItems(lines.length, 'line');
    this.#setFacts(formatBytes(size), encoding, part, `changed ${formatFullTime(row.mtimeMs)}`);
    this.#body.replaceChildren(
      make(
        'div',
        { className: 'text', tabIndex: 0, role: 'region', 'aria-label': 'Text' },
        make('pre', { className: 'numbers', textContent: numbers, 'aria-hidden': 'true' }),
        make('pre', { textContent: lines.join('\n') }),
      ),
    );
  }

  async #showImage(row, type, turn) {
    const bytes = await readFile(row.path);
    if (turn !== this.#turn) return;
    URL.revokeObjectURL(this.#image);
    this.#image = URL.createObjectURL(new Blob([bytes], { type }));
    const image = make('img', { alt: row.name, src: this.#image, decoding: 'async' });
    image.addEventListener('load', () => {
      if (turn !== this.#turn) return;
      const { naturalWidth: width, naturalHeight: height } = image;
      const pixels = width > 0 ? `${formatCount(width)} × ${formatCount(height)}` : 'scalable';
      const format = type.replace('image/', '').replace(/^x-|\+xml$/g, '').toUpperCase();
      const changed = `changed ${formatFullTime(row.mtimeMs)}`;
      this.#setFacts(formatBytes(row.size), format, pixels, changed);
    });
    image.addEventListener('error', () => {
      if (turn === this.#turn) this.#say('This picture could not be decoded');
    });
    this.#body.replaceChildren(make('div', { className: 'image' }, image));
  }

  #showHex(row, handle, size) {
    const count = `${formatCount(size)} bytes`;
    this.#setFacts(formatBytes(size), count, `changed ${formatFullTime(row.mtimeMs)}`);
    this.#body.replaceChildren(new HexView(handle, size).element);
  }

  #setFacts(...facts) {
    this.#facts.replaceChildren(...facts.map((fact) => make('span', { textContent: fact })));
  }

  #say(text) {
    this.#body.replaceChildren(make('p', { className: 'note', textContent: text }));
  }

  /** Lets go of the last file. */
  #forget() {
    this.#handle?.close().catch(() => {});
    this.#handle = null;
    URL.revokeObjectURL(this.#image);
    this.#image = '';
    this.#body.replaceChildren();
  }
}

/** How much of a folder each kind of file takes, as bars. */
function kindBars(kinds, whole) {
  const present = KINDS.map((kind, index) => ({ ...kind, size: kinds[index] }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size);
  const items = present.map(({ name, label, size }) => {
    const bar = make('i');
    bar.style.width = `${(size / Math.max(1, present[0].size)) * 100}%`;
    return make(
      'li',
      {},
      make('span', { textContent: label }),
      make('span', { className: 'track', 'data-kind': name }, bar),
      make('small', { textContent: formatShare(size, whole) }),
    );
  });
  return make('section', {}, make('h3', { textContent: 'Kinds' }), make('ul', {}, ...items));
}

function imageType(name, head) {
  const found = SIGNATURES.find(({ bytes, at = 0 }) =>
    bytes.every((byte, index) => head[at + index] === byte),
  );
  if (found) return found.type;
  return /\.svg$/i.test(name) ? 'image/svg+xml' : null;
}

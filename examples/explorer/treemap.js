/** The treemap: a picture of what takes the space, drawn on a canvas. */

import { byId } from './elements.js';
import { formatBytes } from './format.js';
import { KINDS } from './kinds.js';
import { FRAME, HIT, REST, TITLE_HEIGHT, TITLED } from './layout.js';

const ZOOM_MS = 260;
const LABEL_PADDING = 5;
const OUTLINE_MIN = 12;
const still = matchMedia('(prefers-reduced-motion: reduce)');
const dark = matchMedia('(prefers-color-scheme: dark)');

export class Treemap {
  #host = byId('map');
  #canvas = byId('map-cells');
  #overlay = byId('map-marks');
  #actions;
  #palette;
  /** @type {any} */
  #view = null;
  #dimmed = false;
  #kind = -1;
  #hovered = -1;
  #selected = null;
  #width = 0;
  #height = 0;
  #scale = 1;
  #zoom = 0;

  /**
   * @param {object} actions
   * @param {(width: number, height: number) => void} actions.resize
   * @param {(entry: number) => void} actions.pick a click on a cell
   * @param {(entry: number) => void} actions.enter a click on a folder
   * @param {(entry: number | null, rest: number | null, event: PointerEvent) => void}
   *   actions.hover
   */
  constructor(actions) {
    this.#actions = actions;
    this.#palette = readPalette();
    dark.addEventListener('change', () => {
      this.#palette = readPalette();
      this.#paint();
    });
    new ResizeObserver(() => this.#resize()).observe(this.#host);
    this.#overlay.addEventListener('pointermove', (event) => this.#moved(event));
    this.#overlay.addEventListener('pointerleave', (event) => this.#hover(-1, event));
    this.#overlay.addEventListener('click', (event) => this.#clicked(event));
    this.#overlay.addEventListener('dblclick', (event) => this.#doubleClicked(event));
  }

  /**
   * Shows a view; if it is of another folder, by zooming there.
   *
   * @param {any} view
   */
  show(view) {
    const before = this.#view;
    this.#view = view;
    this.#dimmed = view.query !== '';
    const moved = before && before.folder.path !== view.folder.path;
    const picture = moved && before.generation === view.generation ? this.#snapshot() : null;
    // The pointer stays on what it was on while entries stream in around it.
    const under = this.#hovered < 0 || moved ? null : before.layout.entries[this.#hovered];
    this.#hovered = under === null ? -1 : cellOf(view.layout, under);
    this.#paint();
    this.#mark();
    this.#canvas.setAttribute(
      'aria-label',
      `Treemap of ${view.folder.name}: ${formatBytes(view.folder.size)}`,
    );
    if (picture && !still.matches) this.#animate(picture, before, view);
  }

  /** Marks an entry as selected. */
  select(selected) {
    this.#selected = selected?.entry ?? null;
    this.#mark();
  }

  /** Shows one kind of file and dims all others; −1 for all. */
  highlight(kind) {
    if (this.#kind === kind) return;
    this.#kind = kind;
    this.#paint();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#host;
    const scale = devicePixelRatio;
    if (width === this.#width && height === this.#height && scale === this.#scale) return;
    this.#width = width;
    this.#height = height;
    this.#scale = scale;
    for (const canvas of [this.#canvas, this.#overlay]) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    this.#paint();
    this.#actions.resize(width, height);
  }

  #snapshot() {
    const picture = document.createElement('canvas');
    picture.width = Math.max(1, this.#canvas.width);
    picture.height = Math.max(1, this.#canvas.height);
    picture.getContext('2d').drawImage(this.#canvas, 0, 0);
    return picture;
  }

  /** Zooms between two views: into a cell of the old one, or out to a cell of the new one. */
  #animate(old, before, after) {
    const inward = boxOf(before.layout, after.folder.entry);
    const outward = inward ? null : boxOf(after.layout, before.folder.entry);
    const cell = inward ?? outward;
    if (!cell) return;
    const fresh = this.#snapshot();
    const whole = [0, 0, this.#width, this.#height];
    const context = this.#canvas.getContext('2d');
    const run = ++this.#zoom;
    const began = performance.now();
    const frame = () => {
      if (run !== this.#zoom) return;
      const time = Math.min(1, (performance.now() - began) / ZOOM_MS);
      const eased = 1 - (1 - time) ** 3;
      const box = inward ? mix(cell, whole, eased) : mix(whole, cell, eased);
      context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
      // The outer picture is where the cell's part of it fills `box`; the inner one fills `box`.
      const [outer, inner] = inward ? [old, fresh] : [fresh, old];
      const innerAlpha = inward ? eased : 1 - eased;
      context.globalAlpha = 1;
      this.#drawScaled(context, outer, surround(cell, box, whole));
      context.globalAlpha = innerAlpha;
      this.#drawScaled(context, inner, box);
      context.globalAlpha = 1;
      if (time < 1) requestAnimationFrame(frame);
      else this.#paint();
    };
    frame();
  }

  #drawScaled(context, picture, [x, y, width, height]) {
    const s = this.#scale;
    context.drawImage(picture, x * s, y * s, width * s, height * s);
  }

  #paint() {
    const context = this.#canvas.getContext('2d');
    this.#zoom += 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.#view) return;
    const { layout } = this.#view;
    const painter = new Painter(context, this.#scale, this.#palette);
    for (let at = 0; at < layout.length; at += 1) {
      const shape = layout.shapes[at];
      const isFrame = (shape & FRAME) !== 0;
      const dimmed =
        (this.#dimmed && (shape & HIT) === 0) ||
        (this.#kind >= 0 && !isFrame && (layout.kinds[at] !== this.#kind || (shape & REST) !== 0));
      painter.cell(layout, at, dimmed);
    }
  }

  /** Draws what follows the pointer and the selection, without touching the cells. */
  #mark() {
    const context = this.#overlay.getContext('2d');
    context.clearRect(0, 0, this.#overlay.width, this.#overlay.height);
    const layout = this.#view?.layout;
    if (!layout) return;
    const selected = this.#selected === null ? -1 : cellOf(layout, this.#selected);
    if (selected >= 0) this.#outline(context, layout, selected, this.#palette.selected, 3);
    if (this.#hovered >= 0) this.#outline(context, layout, this.#hovered, this.#palette.hovered, 2);
  }

  #outline(context, layout, at, colour, width) {
    const s = this.#scale;
    const [left, top, w, h] = layout.boxes.subarray(at * 4, at * 4 + 4);
    // Around a cell that is too small to be seen, there is room.
    const grow = Math.max(0, (OUTLINE_MIN - Math.min(w, h)) / 2);
    const inset = width / 2 - grow;
    const box = [left + inset, top + inset, w - 2 * inset - 1, h - 2 * inset - 1];
    context.strokeStyle = colour;
    context.lineWidth = width * s;
    context.beginPath();
    context.roundRect(...box.map((value) => value * s), 3 * s);
    context.stroke();
  }

  /** The innermost cell at a point. */
  #cellAt(event) {
    const layout = this.#view?.layout;
    if (!layout) return -1;
    const { boxes } = layout;
    const { offsetX: x, offsetY: y } = event;
    for (let at = layout.length - 1; at >= 0; at -= 1) {
      const left = boxes[at * 4];
      const top = boxes[at * 4 + 1];
      const inside =
        x >= left && y >= top && x < left + boxes[at * 4 + 2] && y < top + boxes[at * 4 + 3];
      if (inside) return at;
    }
    return -1;
  }

  #moved(event) {
    this.#hover(this.#cellAt(event), event);
  }

  #hover(at, event) {
    const layout = this.#view?.layout;
    const entry = at < 0 ? null : layout.entries[at];
    const isRest = at >= 0 && (layout.shapes[at] & REST) !== 0;
    this.#actions.hover(entry, isRest ? layout.sizes[at] : null, event);
    if (at === this.#hovered) return;
    this.#hovered = at;
    const enters = at >= 0 && (layout.shapes[at] & FRAME) !== 0;
    this.#overlay.style.cursor = at < 0 ? 'default' : enters ? 'zoom-in' : 'pointer';
    this.#mark();
  }

  #clicked(event) {
    const at = this.#cellAt(event);
    if (at < 0) return;
    const { layout } = this.#view;
    const shape = layout.shapes[at];
    if ((shape & (FRAME | REST)) !== 0) this.#actions.enter(layout.entries[at]);
    else this.#actions.pick(layout.entries[at]);
  }

  /** On a file: one step towards it, into the outermost folder that has it. */
  #doubleClicked(event) {
    const { layout } = this.#view;
    const { offsetX: x, offsetY: y } = event;
    for (let at = 0; at < layout.length; at += 1) {
      if (layout.depths[at] > 0) return;
      const [left, top, width, height] = layout.boxes.subarray(at * 4, at * 4 + 4);
      const inside = x >= left && y >= top && x < left + width && y < top + height;
      if (inside && (layout.shapes[at] & FRAME) !== 0) {
        this.#actions.enter(layout.entries[at]);
        return;
      }
    }
  }
}

/** Draws single cells. */
class Painter {
  #context;
  #scale;
  #palette;
  #hatch;

  constructor(context, scale, palette) {
    this.#context = context;
    this.#scale = scale;
    this.#palette = palette;
    this.#hatch = hatch(context, scale, palette);
    context.textBaseline = 'middle';
  }

  cell(layout, at, dimmed) {
    const s = this.#scale;
    const { boxes } = layout;
    const left = Math.round(boxes[at * 4] * s);
    const top = Math.round(boxes[at * 4 + 1] * s);
    // Edges are snapped, not sizes, so that gaps are one pixel everywhere.
    const gap = Math.max(1, Math.round(s));
    const width = Math.round((boxes[at * 4] + boxes[at * 4 + 2]) * s) - left - gap;
    const height = Math.round((boxes[at * 4 + 1] + boxes[at * 4 + 3]) * s) - top - gap;
    if (width <= 0 || height <= 0) return;
    const box = { left, top, width, height };
    if ((layout.shapes[at] & FRAME) !== 0) this.#frame(layout, at, box, dimmed);
    else this.#file(layout, at, box, dimmed);
  }

  #frame(layout, at, box, dimmed) {
    const { frames, title, titleDim } = this.#palette;
    this.#fill(box, frames[layout.depths[at] % frames.length], 5);
    if ((layout.shapes[at] & TITLED) === 0) return;
    const s = this.#scale;
    const context = this.#context;
    const y = box.top + (TITLE_HEIGHT / 2) * s;
    const room = box.width - 2 * LABEL_PADDING * s;
    context.globalAlpha = dimmed ? 0.45 : 1;
    context.font = `600 ${11 * s}px ${this.#palette.font}`;
    context.fillStyle = title;
    const name = this.#fitted(layout.labels[at], room);
    context.fillText(name, box.left + LABEL_PADDING * s, y);
    const used = context.measureText(name).width + 10 * s;
    context.font = `${10.5 * s}px ${this.#palette.font}`;
    const size = formatBytes(layout.sizes[at]);
    const width = context.measureText(size).width;
    if (used + width <= room) {
      context.fillStyle = titleDim;
      context.fillText(size, box.left + box.width - LABEL_PADDING * s - width, y);
    }
    context.globalAlpha = 1;
  }

  #file(layout, at, box, dimmed) {
    const context = this.#context;
    const isRest = (layout.shapes[at] & REST) !== 0;
    context.globalAlpha = dimmed ? 0.16 : 1;
    this.#fill(box, isRest ? this.#hatch : this.#palette.kinds[layout.kinds[at]], 3);
    if (!isRest) this.#shade(box);
    if (!isRest && layout.labels[at]) this.#label(layout, at, box);
    context.globalAlpha = 1;
  }

  #fill({ left, top, width, height }, style, radius) {
    const context = this.#context;
    context.fillStyle = style;
    const round = Math.min(radius * this.#scale, width / 8, height / 8);
    if (round < 1) {
      context.fillRect(left, top, width, height);
      return;
    }
    context.beginPath();
    context.roundRect(left, top, width, height, round);
    context.fill();
  }

  /** Light from above, so that cells of one colour stand apart. */
  #shade(box) {
    const s = this.#scale;
    if (box.width < 14 * s || box.height < 14 * s) return;
    const gradient = this.#context.createLinearGradient(0, box.top, 0, box.top + box.height);
    gradient.addColorStop(0, this.#palette.light);
    gradient.addColorStop(1, this.#palette.shade);
    this.#fill(box, gradient, 3);
  }

  #label(layout, at, { left, top, width, height }) {
    const s = this.#scale;
    const context = this.#context;
    const room = width - 2 * LABEL_PADDING * s;
    context.fillStyle = this.#palette.label;
    context.font = `${11 * s}px ${this.#palette.font}`;
    const name = this.#fitted(layout.labels[at], room);
    if (name.length < 3) return;
    const two = height >= 34 * s;
    const y = top + (two ? 12 * s : Math.min(12 * s, height / 2));
    context.fillText(name, left + LABEL_PADDING * s, y);
    if (!two) return;
    context.fillStyle = this.#palette.labelDim;
    context.font = `${10 * s}px ${this.#palette.font}`;
    const size = formatBytes(layout.sizes[at]);
    if (context.measureText(size).width <= room) {
      context.fillText(size, left + LABEL_PADDING * s, y + 14 * s);
    }
  }

  /** A text cut to a width, with an ellipsis. */
  #fitted(text, room) {
    const context = this.#context;
    const width = context.measureText(text).width;
    if (width <= room) return text;
    let length = Math.floor((text.length * room) / width);
    const cut = () => `${text.slice(0, length)}…`;
    while (length > 0 && context.measureText(cut()).width > room) length -= 1;
    return length > 0 ? cut() : '';
  }
}

/** Stripes, for what is too small for cells. */
function hatch(context, scale, { rest, restLine }) {
  const side = Math.round(6 * scale);
  const tile = document.createElement('canvas');
  tile.width = side;
  tile.height = side;
  const ink = tile.getContext('2d');
  ink.fillStyle = rest;
  ink.fillRect(0, 0, side, side);
  ink.strokeStyle = restLine;
  ink.lineWidth = scale;
  ink.beginPath();
  for (const shift of [-side, 0, side]) {
    ink.moveTo(shift, side);
    ink.lineTo(shift + side, 0);
  }
  ink.stroke();
  return context.createPattern(tile, 'repeat');
}

/** The colours of the page's theme. */
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    kinds: KINDS.map(({ name }) => colour(`kind-${name}`)),
    frames: [colour('frame-0'), colour('frame-1')],
    title: colour('text'),
    titleDim: colour('muted'),
    label: colour('cell-text'),
    labelDim: colour('cell-muted'),
    light: colour('cell-light'),
    shade: colour('cell-shade'),
    rest: colour('rest'),
    restLine: colour('rest-line'),
    selected: colour('text'),
    hovered: colour('accent'),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** The cell of an entry; −1 if it has none. */
function cellOf(layout, entry) {
  for (let at = 0; at < layout.length; at += 1) {
    if (layout.entries[at] === entry && (layout.shapes[at] & REST) === 0) return at;
  }
  return -1;
}

function boxOf(layout, entry) {
  const at = cellOf(layout, entry);
  return at < 0 ? null : [...layout.boxes.subarray(at * 4, at * 4 + 4)];
}

function mix(from, to, part) {
  return from.map((value, index) => value + (to[index] - value) * part);
}

/** Where the whole is when its cell is at a box. */
function surround(cell, box, whole) {
  const across = box[2] / cell[2];
  const down = box[3] / cell[3];
  return [box[0] - cell[0] * across, box[1] - cell[1] * down, whole[2] * across, whole[3] * down];
}

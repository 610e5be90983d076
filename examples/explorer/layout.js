/**
 * Where the entries of a folder lie in a treemap.
 *
 * Squarified: each row of cells is filled as long as that makes its cells more like squares. What
 * would be too small to see is one cell for all, so the work follows the area and not the files.
 */

import { FOLDER, NONE } from './tree.js';

/** Bits of a cell's `shape`. */
export const FRAME = 1;
/** A frame with a strip for its name. */
export const TITLED = 2;
/** All that was too small for cells of their own; its entry is their folder. */
export const REST = 4;
/** The cell, or something in it, is a hit of the search. */
export const HIT = 8;

/** Height of the strip with a folder's name, in pixels of the page. */
export const TITLE_HEIGHT = 19;
const FRAME_WIDTH = 2;
const FRAME_SIDE_MIN = 10;
const TITLED_WIDTH_MIN = 44;
const TITLED_HEIGHT_MIN = 40;
const AREA_MIN = 28;
const DEPTH_MAX = 24;
const CELLS_MAX = 16_384;

/**
 * @typedef {object} Layout
 * @property {number} length
 * @property {Float32Array} boxes left, top, width and height of each cell
 * @property {Uint32Array} entries
 * @property {Float64Array} sizes bytes
 * @property {Uint8Array} kinds
 * @property {Uint8Array} depths
 * @property {Uint8Array} shapes
 */

class Cells {
  length = 0;
  boxes = new Float32Array(CELLS_MAX * 4);
  entries = new Uint32Array(CELLS_MAX);
  sizes = new Float64Array(CELLS_MAX);
  kinds = new Uint8Array(CELLS_MAX);
  depths = new Uint8Array(CELLS_MAX);
  shapes = new Uint8Array(CELLS_MAX);

  push(entry, size, box, kind, depth, shape) {
    const at = this.length++;
    this.boxes.set([box.x, box.y, box.width, box.height], at * 4);
    this.entries[at] = entry;
    this.sizes[at] = size;
    this.kinds[at] = kind;
    this.depths[at] = depth;
    this.shapes[at] = shape;
  }

  /** @returns {Layout} */
  trimmed() {
    const { length } = this;
    return {
      length,
      boxes: this.boxes.slice(0, length * 4),
      entries: this.entries.slice(0, length),
      sizes: this.sizes.slice(0, length),
      kinds: this.kinds.slice(0, length),
      depths: this.depths.slice(0, length),
      shapes: this.shapes.slice(0, length),
    };
  }
}

/**
 * Lays out what is in a folder. A folder's cell comes before the cells in it.
 *
 * @param {import('./tree.js').Tree} tree
 * @param {number} folder
 * @param {number} width in pixels of the page
 * @param {number} height
 * @param {(entry: number) => boolean} [isHit]
 * @returns {Layout}
 */
export function layOut(tree, folder, width, height, isHit = () => false) {
  const cells = new Cells();
  const pending = [{ folder, box: { x: 0, y: 0, width, height }, depth: 0 }];
  // The outermost first, so that a limit costs detail and not whole folders.
  for (let next = 0; next < pending.length && cells.length < CELLS_MAX; next += 1) {
    fill(tree, pending[next], cells, pending, isHit);
  }
  return cells.trimmed();
}

function fill(tree, { folder, box, depth }, cells, pending, isHit) {
  const { children, rest } = visibleChildren(tree, folder, box);
  if (children.length === 0 && depth > 0 && rest > 0) {
    // Nothing in it is large enough to see: then it looks like what it has most of.
    cells.push(folder, rest, box, kindInside(tree, folder), depth, isHit(folder) ? HIT : 0);
    return;
  }
  const sizes = children.map((entry) => tree.size[entry]);
  if (rest > 0) sizes.push(rest);
  squarify(sizes, box, (index, cell) => {
    if (cells.length >= CELLS_MAX) return;
    if (index === children.length) {
      cells.push(folder, rest, cell, tree.kind[folder], depth, REST);
      return;
    }
    const entry = children[index];
    const hit = isHit(entry) ? HIT : 0;
    const inner = (tree.flags[entry] & FOLDER) !== 0 && depth < DEPTH_MAX ? within(cell) : null;
    if (!inner) {
      cells.push(entry, sizes[index], cell, kindInside(tree, entry), depth, hit);
      return;
    }
    cells.push(entry, sizes[index], cell, tree.kind[entry], depth, FRAME | inner.shape | hit);
    pending.push({ folder: entry, box: inner.box, depth: depth + 1 });
  });
}

/** The children that are large enough to see, the largest first, and the size of all others. */
function visibleChildren(tree, folder, box) {
  const total = tree.size[folder];
  const sizeMin = (total * AREA_MIN) / Math.max(1, box.width * box.height);
  const children = [];
  let rest = total;
  for (let at = tree.firstChild[folder]; at !== NONE; at = tree.nextSibling[at]) {
    const size = tree.size[at];
    if (size === 0 || size < sizeMin) continue;
    children.push(at);
    rest -= size;
  }
  children.sort((a, b) => tree.size[b] - tree.size[a] || a - b);
  // Sums of large numbers are not exact to the byte.
  return { children, rest: rest >= Math.max(1, sizeMin / 4) ? rest : 0 };
}

/** The room in a folder's cell for what is in it; null if there is none. */
function within({ x, y, width, height }) {
  if (width < FRAME_SIDE_MIN || height < FRAME_SIDE_MIN) return null;
  const titled = width >= TITLED_WIDTH_MIN && height >= TITLED_HEIGHT_MIN;
  const top = titled ? TITLE_HEIGHT : FRAME_WIDTH;
  const box = {
    x: x + FRAME_WIDTH,
    y: y + top,
    width: width - 2 * FRAME_WIDTH,
    height: height - top - FRAME_WIDTH,
  };
  return { box, shape: titled ? TITLED : 0 };
}

/** The kind of the largest file below: what a folder without room for cells looks like. */
function kindInside(tree, entry) {
  let at = entry;
  for (let depth = 0; depth < DEPTH_MAX && (tree.flags[at] & FOLDER) !== 0; depth += 1) {
    let largest = NONE;
    let looked = 0;
    for (let c = tree.firstChild[at]; c !== NONE && looked < 64; c = tree.nextSibling[c]) {
      if (largest === NONE || tree.size[c] > tree.size[largest]) largest = c;
      looked += 1;
    }
    if (largest === NONE) break;
    at = largest;
  }
  return tree.kind[at];
}

/**
 * Divides a box by sizes, which come largest first.
 *
 * @param {number[]} sizes
 * @param {{ x: number, y: number, width: number, height: number }} box
 * @param {(index: number, cell: { x: number, y: number, width: number, height: number }) => void}
 *   place
 */
export function squarify(sizes, box, place) {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (!(total > 0) || box.width <= 0 || box.height <= 0) return;
  const scale = (box.width * box.height) / total;
  const left = { ...box };
  let start = 0;
  while (start < sizes.length) {
    const side = Math.min(left.width, left.height);
    const { end, area } = nextRow(sizes, start, side, scale);
    placeRow(sizes, start, end, area, scale, left, place);
    start = end;
  }
}

/** How many of the next sizes make the squarest row along a side. */
function nextRow(sizes, start, side, scale) {
  let end = start;
  let area = 0;
  let worst = Number.POSITIVE_INFINITY;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  while (end < sizes.length) {
    const next = sizes[end] * scale;
    smallest = Math.min(smallest, next);
    largest = Math.max(largest, next);
    const sum = area + next;
    const square = side * side;
    const ratio = Math.max((square * largest) / (sum * sum), (sum * sum) / (square * smallest));
    if (ratio > worst) break;
    worst = ratio;
    area = sum;
    end += 1;
  }
  return { end: Math.max(end, start + 1), area };
}

function placeRow(sizes, start, end, area, scale, left, place) {
  const across = left.width >= left.height;
  const side = across ? left.height : left.width;
  const thickness = side > 0 ? area / side : 0;
  let offset = 0;
  for (let index = start; index < end; index += 1) {
    const length = thickness > 0 ? (sizes[index] * scale) / thickness : 0;
    place(
      index,
      across
        ? { x: left.x, y: left.y + offset, width: thickness, height: length }
        : { x: left.x + offset, y: left.y, width: length, height: thickness },
    );
    offset += length;
  }
  if (across) {
    left.x += thickness;
    left.width = Math.max(0, left.width - thickness);
  } else {
    left.y += thickness;
    left.height = Math.max(0, left.height - thickness);
  }
}

/** Search by name over all entries of a tree, also over those that come while it runs. */

import { NONE, ROOT } from './tree.js';

const RUN = 4096;

/**
 * The words of a query: lower case, each once.
 *
 * @param {string} query
 * @returns {string[]}
 */
export function wordsOf(query) {
  return [...new Set(query.toLowerCase().split(/\s+/).filter(Boolean))];
}

/**
 * Where words are in a name, as `[start, end]` pairs in order and not overlapping.
 *
 * @param {string} name
 * @param {string[]} words
 * @returns {[number, number][]}
 */
export function matchesIn(name, words) {
  const lower = name.toLowerCase();
  // Some letters have a lower case of another length; then no place is better than a wrong one.
  if (lower.length !== name.length) return [];
  const found = [];
  for (const word of words) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
      found.push([at, at + word.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  const merged = [];
  for (const [start, end] of found) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

export class Search {
  /** Entries whose names have all words. */
  hits = new Uint32Array(256);
  hitsLength = 0;
  #tree;
  #words;
  #cursor = ROOT + 1;
  /** 1 for entries that are hits, or have hits below. */
  #marks = new Uint8Array(1024);

  /**
   * @param {import('./tree.js').Tree} tree
   * @param {string} query
   */
  constructor(tree, query) {
    this.#tree = tree;
    this.#words = wordsOf(query);
  }

  /** Whether all entries that the tree has now were looked at. */
  get done() {
    return this.#cursor >= this.#tree.length;
  }

  /**
   * Whether an entry is a hit or has hits below.
   *
   * @param {number} entry
   */
  marks(entry) {
    return this.#marks[entry] === 1;
  }

  /**
   * Looks on for a while.
   *
   * @param {number} budget_ms
   * @returns {boolean} whether it is done
   */
  advance(budget_ms) {
    const end = performance.now() + budget_ms;
    do this.#scan(Math.min(this.#cursor + RUN, this.#tree.length));
    while (!this.done && performance.now() < end);
    return this.done;
  }

  #scan(to) {
    const from = this.#cursor;
    if (from >= to) return;
    this.#cursor = to;
    const names = this.#tree.namesOf(from, to).toLowerCase().split('\0');
    const words = this.#words;
    for (let index = 0; index < to - from; index += 1) {
      const name = names[index];
      if (words.every((word) => name.includes(word))) this.#hit(from + index);
    }
  }

  #hit(entry) {
    if (this.hitsLength === this.hits.length) {
      const hits = new Uint32Array(this.hits.length * 2);
      hits.set(this.hits);
      this.hits = hits;
    }
    this.hits[this.hitsLength++] = entry;
    if (this.#marks.length < this.#tree.length) {
      const marks = new Uint8Array(this.#tree.parent.length);
      marks.set(this.#marks);
      this.#marks = marks;
    }
    const { parent } = this.#tree;
    for (let at = entry; at !== NONE && this.#marks[at] === 0; at = parent[at]) this.#marks[at] = 1;
  }
}

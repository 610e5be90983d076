/**
 * The worker that owns the tree: it walks, adds up, sorts, searches and lays out, so that the page
 * has nothing to do but draw. It answers the page's questions and tells of progress.
 */

import { KINDS } from './kinds.js';
import { layOut } from './layout.js';
import { order } from './order.js';
import { Search } from './search.js';
import { FOLDER, LINK, ROOT, SPECIAL, Tree, UNREADABLE } from './tree.js';
import { reasonOf, walk } from './walk.js';

const PROGRESS_INTERVAL_MS = 100;
const SEARCH_BUDGET_MS = 12;
/** How many files a folder's summary names. */
const LARGEST_MAX = 12;
const LABEL_WIDTH_MIN = 34;
const LABEL_HEIGHT_MIN = 14;

/** One walk and all that is known from it. */
class Session {
  /** @param {string} path @param {number} generation */
  constructor(path, generation) {
    this.tree = new Tree(path);
    this.generation = generation;
    this.stop = new AbortController();
    this.begun_ms = performance.now();
    this.walking = true;
    this.stopped = false;
    this.unreadable = [];
    this.failure = null;
    /** @type {Search | null} */
    this.search = null;
    this.query = '';
    /** The rows of the list, in order. */
    this.rows = new Uint32Array(0);
    this.version = 0;
    this.told_ms = 0;
  }
}

/** @type {Session | null} */
let session = null;
let generations = 0;

const tell = (event, detail) => postMessage({ event, detail });

function tellProgress(of, force = false) {
  const now = performance.now();
  if (of !== session || (!force && now - of.told_ms < PROGRESS_INTERVAL_MS)) return;
  of.told_ms = now;
  tell('progress', {
    generation: of.generation,
    entries: of.tree.count[ROOT],
    bytes: of.tree.size[ROOT],
    elapsed_ms: (of.ended_ms ?? now) - of.begun_ms,
    walking: of.walking,
    stopped: of.stopped,
    unreadable: of.unreadable.length,
    failure: of.failure,
  });
}

async function run(of) {
  try {
    await walk(of.tree, {
      signal: of.stop.signal,
      onBatch: () => tellProgress(of),
      onUnreadable: (path, reason) => of.unreadable.push({ path, reason }),
    });
    of.stopped = of.stop.signal.aborted;
  } catch (error) {
    of.failure = reasonOf(error);
  }
  of.walking = false;
  of.ended_ms = performance.now();
  tellProgress(of, true);
  runSearch(of);
}

/** Looks on in slices, so that questions are answered in between. */
function runSearch(of) {
  const { search } = of;
  if (!search || search.running || search.done) return;
  search.running = true;
  const slice = () => {
    if (of !== session || of.search !== search) return;
    const done = search.advance(SEARCH_BUDGET_MS);
    if (done) search.running = false;
    else setTimeout(slice);
    if (done || performance.now() - (search.told_ms ?? 0) > PROGRESS_INTERVAL_MS) {
      search.told_ms = performance.now();
      tell('found', { generation: of.generation });
    }
  };
  slice();
}

/** What the list shows of an entry. */
function describe({ tree }, entry) {
  const flags = tree.flags[entry];
  return {
    entry,
    name: tree.nameOf(entry),
    folder: (flags & FOLDER) !== 0,
    link: (flags & LINK) !== 0,
    special: (flags & SPECIAL) !== 0,
    unreadable: (flags & UNREADABLE) !== 0,
    kind: KINDS[tree.kind[entry]].name,
    size: tree.size[entry],
    count: tree.count[entry],
    mtimeMs: tree.mtimeMs[entry],
    path: tree.pathOf(entry),
  };
}

function describeRows(of, from, to) {
  return Array.from(of.rows.subarray(from, to), (entry) => describe(of, entry));
}

/** Bytes of each kind below a folder. */
function kindTotals({ tree }, folder) {
  const totals = new Float64Array(KINDS.length);
  tree.below(folder, (entry) => {
    if ((tree.flags[entry] & FOLDER) === 0) totals[tree.kind[entry]] += tree.size[entry];
  });
  return [...totals];
}

/** The largest files below a folder, the largest first. */
function largestBelow({ tree }, folder) {
  const largest = [];
  tree.below(folder, (entry) => {
    if ((tree.flags[entry] & FOLDER) !== 0) return;
    const size = tree.size[entry];
    if (largest.length === LARGEST_MAX && size <= tree.size[largest.at(-1)]) return;
    const at = largest.findIndex((other) => tree.size[other] < size);
    largest.splice(at < 0 ? largest.length : at, 0, entry);
    largest.length = Math.min(largest.length, LARGEST_MAX);
  });
  return largest;
}

/** Names for the cells that have room for one. */
function labelsOf({ tree }, layout) {
  return Array.from({ length: layout.length }, (_, at) => {
    const width = layout.boxes[at * 4 + 2];
    const height = layout.boxes[at * 4 + 3];
    const fits = width >= LABEL_WIDTH_MIN && height >= LABEL_HEIGHT_MIN;
    return fits ? tree.nameOf(layout.entries[at]) : '';
  });
}

function setQuery(of, query) {
  const text = query.trim();
  if (text === of.query) return;
  of.query = text;
  of.search = text ? new Search(of.tree, text) : null;
  // The first slice at once: most searches are answered by the view that asks.
  of.search?.advance(SEARCH_BUDGET_MS);
}

const questions = {
  /** Begins a walk and forgets the last one. */
  open({ path }) {
    session?.stop.abort();
    generations += 1;
    session = new Session(path, generations);
    run(session);
    return { generation: generations };
  },

  /** Ends the walk; what was found stays. */
  stop() {
    session?.stop.abort();
  },

  /** Whether a folder was met by the walk. */
  knows({ path }) {
    return session?.tree.folderAt(path) !== undefined;
  },

  /** All that is drawn of a folder: its rows in order, its cells and its sums. */
  view({ path, query, sort, descending, width, height, selected, from, to }) {
    const began = performance.now();
    const of = session;
    if (!of) return null;
    const { tree } = of;
    const folder = tree.folderAt(path) ?? ROOT;
    setQuery(of, query);
    const found = of.search && of.search.hits.slice(0, of.search.hitsLength);
    of.rows = order(tree, found ?? tree.childrenOf(folder), sort, descending);
    of.version += 1;
    const layout = layOut(tree, folder, width, height, (entry) => !!of.search?.marks(entry));
    runSearch(of);
    return {
      generation: of.generation,
      version: of.version,
      root: tree.path,
      folder: describe(of, folder),
      line: tree.lineOf(folder).map((entry) => describe(of, entry)),
      query: of.query,
      total: of.rows.length,
      largest: of.rows.reduce((largest, entry) => Math.max(largest, tree.size[entry]), 0),
      from,
      rows: describeRows(of, from, to),
      selectedIndex: selected === null ? -1 : of.rows.indexOf(selected),
      layout: { ...layout, labels: labelsOf(of, layout) },
      kinds: kindTotals(of, folder),
      searching: !!of.search && !of.search.done,
      cost_ms: performance.now() - began,
    };
  },

  /** Some rows of the view of a version; null if there is a newer one. */
  rows({ version, from, to }) {
    return session?.version === version ? describeRows(session, from, to) : null;
  },

  /** What is known of an entry of a view. */
  describe({ generation, entry }) {
    return session?.generation === generation ? describe(session, entry) : null;
  },

  /** What takes the space in a folder. */
  summarize({ generation, entry }) {
    if (session?.generation !== generation) return null;
    const largest = largestBelow(session, entry).map((each) => describe(session, each));
    return { kinds: kindTotals(session, entry), largest };
  },

  /** What could not be read. */
  unreadable() {
    return session?.unreadable ?? [];
  },
};

addEventListener('message', ({ data: { id, question, params } }) => {
  try {
    const answer = questions[question](params);
    const layout = answer?.layout;
    const moved = layout
      ? [layout.boxes, layout.entries, layout.sizes, layout.kinds, layout.depths, layout.shapes]
      : [];
    postMessage({ id, answer }, moved.map(({ buffer }) => buffer));
  } catch (error) {
    postMessage({ id, failure: String(error?.stack ?? error) });
  }
});

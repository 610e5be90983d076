/** The explorer: wires the parts together. */

import application from 'oro:application';
import { stat } from 'oro:fs/promises';
import os from 'oro:os';
import path from 'oro:path';
import process from 'oro:process';
import { CatalogClient } from './client.js';
import { byId, make } from './elements.js';
import { formatBytes, formatItems, formatShare } from './format.js';
import { watchFrames } from './frames.js';
import { icon } from './icons.js';
import { List } from './list.js';
import { LocationBar } from './location.js';
import { Preview } from './preview.js';
import { makeSplitter } from './splitter.js';
import { listUnreadable, showLegend, showProgress } from './status.js';
import { Store } from './store.js';
import { Treemap } from './treemap.js';
import { reasonOf } from './walk.js';

/** Time between two views while entries stream in; more if a view is costly. */
const VIEW_INTERVAL_MS = 220;
const VIEW_COST_FACTOR = 5;
const DESCENDING_FIRST = { name: false, size: true, modified: true };

const catalog = new CatalogClient();
const store = new Store({
  /** The folder that is shown. */
  path: '',
  query: '',
  sort: 'size',
  descending: true,
  /** The selected row. */
  selected: null,
  /** What the catalog last said of the folder. */
  view: null,
  progress: null,
  mapWidth: 0,
  mapHeight: 0,
});
let generation = 0;
/** Ends the measuring of frames, which is done in debug mode only. */
let framesOfWalk = null;
let isReady = false;

// views

let viewing = false;
let viewAgain = false;
let viewed_ms = 0;
/** How long the page took to show the last view. */
let shown_ms = 0;

/** Brings the view up to date; calls that come meanwhile are one more round. */
async function refresh() {
  viewAgain = true;
  if (viewing) return;
  viewing = true;
  try {
    while (viewAgain) {
      viewAgain = false;
      await view();
    }
  } finally {
    viewing = false;
  }
}

async function view() {
  const { state } = store;
  const asked = { path: state.path, query: state.query };
  const answer = await catalog.ask('view', {
    ...asked,
    sort: state.sort,
    descending: state.descending,
    width: state.mapWidth,
    height: state.mapHeight,
    selected: state.selected?.generation === generation ? state.selected.entry : null,
    ...list.wanted,
  });
  viewed_ms = performance.now();
  if (!answer || answer.generation !== generation) return;
  const { state: now } = store;
  if (asked.path !== now.path || asked.query !== now.query) return;
  store.set({ view: answer });
}

/** Whether it is time for another view of entries that stream in. */
function isDue() {
  const cost_ms = (store.state.view?.cost_ms ?? 0) + shown_ms;
  return performance.now() - viewed_ms > Math.max(VIEW_INTERVAL_MS, cost_ms * VIEW_COST_FACTOR);
}

// actions

/** Reads a folder and all below. */
async function read(folder) {
  framesOfWalk?.();
  framesOfWalk = application.debug ? watchFrames() : null;
  store.set({ path: folder, query: '', selected: null, progress: null });
  byId('query').value = '';
  ({ generation } = await catalog.ask('open', { path: folder }));
  list.toTop();
  await refresh();
}

/** Shows a folder: at once if it was read already. */
async function show(folder) {
  if (!(await catalog.ask('knows', { path: folder }))) {
    await read(folder);
    return;
  }
  byId('query').value = '';
  store.set({ path: folder, query: '', selected: null });
  list.toTop();
  await refresh();
}

/**
 * Goes where the user says.
 *
 * @param {string} text
 * @returns {Promise<string>} what is wrong with it, if anything is
 */
async function go(text) {
  const home = os.homedir();
  const folder = path.resolve(store.state.path || home, text.replace(/^~(?=\/|$)/, home));
  try {
    const stats = await stat(folder);
    await show(stats.isDirectory() ? folder : path.dirname(folder));
    return '';
  } catch (error) {
    return reasonOf(error);
  }
}

function up() {
  const { path: current } = store.state;
  const above = path.dirname(current);
  if (above !== current) show(above);
}

function enter(row) {
  if (row.folder) show(row.path);
  else if (row.link) go(row.path);
  else select(row);
}

function select(row) {
  store.set({ selected: row ? { ...row, generation } : null });
}

async function described(entry) {
  return catalog.ask('describe', { generation: store.state.view.generation, entry });
}

function sortBy(sort) {
  const { sort: before, descending } = store.state;
  store.set({ sort, descending: sort === before ? !descending : DESCENDING_FIRST[sort] });
  refresh();
}

// tooltip of the treemap

const tooltip = byId('tooltip');
let hovered = null;

async function hover(entry, restSize, event) {
  if (entry === null) {
    hovered = null;
    tooltip.hidden = true;
    return;
  }
  placeTooltip(event);
  const key = `${entry}:${restSize ?? ''}`;
  if (key === hovered) return;
  hovered = key;
  const row = await described(entry);
  if (hovered !== key || !row) return;
  const { view: shown } = store.state;
  const size = restSize ?? row.size;
  const facts = [formatBytes(size), formatShare(size, shown.folder.size)];
  if (row.folder && restSize === null) facts.push(formatItems(row.count));
  tooltip.replaceChildren(
    make('strong', { textContent: restSize === null ? row.name : `Smaller items of ${row.name}` }),
    make('span', { textContent: facts.join(' · ') }),
    make('small', { textContent: row.path }),
  );
  tooltip.hidden = false;
  placeTooltip(event);
}

function placeTooltip({ clientX, clientY }) {
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const left = clientX + 16 + width > innerWidth ? clientX - width - 12 : clientX + 16;
  const top = clientY + 18 + height > innerHeight ? clientY - height - 12 : clientY + 18;
  tooltip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
}

// parts

const list = new List({
  select,
  enter,
  up,
  sort: sortBy,
  fetch: (version, from, to) => catalog.ask('rows', { version, from, to }),
});
const treemap = new Treemap({
  resize(mapWidth, mapHeight) {
    store.set({ mapWidth, mapHeight });
    if (generation > 0) refresh();
  },
  pick: async (entry) => select(await described(entry)),
  enter: async (entry) => enter(await described(entry)),
  hover,
});
const preview = new Preview({
  enter,
  select,
  summarize: ({ generation: of, entry }) => catalog.ask('summarize', { generation: of, entry }),
});
const locationBar = new LocationBar(go);

store.watch(['path'], () => hover(null));
store.watch(['path', 'view'], ({ path: current, view: shown }) => {
  if (current) locationBar.show(current, shown?.root ?? current);
});
store.watch(['sort', 'descending'], ({ sort, descending }) => list.setSort(sort, descending));
store.watch(['progress'], ({ progress }) => showProgress(progress));
store.watch(['selected'], ({ selected }) => {
  list.select(selected);
  treemap.select(selected);
  preview.show(selected);
});
store.watch(['view', 'progress'], ({ view: shown, progress }) => {
  if (shown) showEmpty(shown, progress);
});
store.watch(['view'], ({ view: shown, selected, progress }) => {
  if (!shown) return;
  const began = performance.now();
  treemap.show(shown);
  list.show(shown, selected, emptyText(shown, progress));
  showLegend(shown, (kind) => treemap.highlight(kind));
  showTitle(shown);
  shown_ms = performance.now() - began;
});

function showTitle({ folder, query, total, searching }) {
  document.title = `${folder.name} – Explorer`;
  byId('title').textContent = folder.name;
  byId('summary').textContent = query
    ? `${formatItems(total, 'match').replace(/matchs$/, 'matches')}${searching ? ' so far' : ''}`
    : `${formatBytes(folder.size)} in ${formatItems(folder.count)}`;
}

function emptyText({ query }, progress) {
  if (progress?.failure) return progress.failure;
  if (progress?.walking) return '';
  return query ? `No name has “${query}”` : 'This folder is empty';
}

function showEmpty(shown, progress) {
  const empty = byId('map-empty');
  empty.hidden = shown.folder.size > 0 || !!progress?.walking;
  empty.textContent = progress?.failure ?? 'Nothing here takes any space';
}

// events

catalog.addEventListener('progress', ({ detail }) => {
  if (detail.generation !== generation && generation > 0) return;
  store.set({ progress: detail });
  if (!detail.walking) finish(detail);
  else if (isDue()) refresh();
});
catalog.addEventListener('found', () => refresh());
catalog.addEventListener('failure', ({ detail }) => {
  store.set({ progress: { walking: false, failure: detail } });
  console.error(`explorer: ${detail}`);
});

/** Shows the result of a walk, and tells of the first one on the standard output. */
async function finish({ entries, bytes, elapsed_ms, failure }) {
  await refresh();
  if (isReady || failure) return;
  isReady = true;
  // Two frames later, it can be seen.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const ms = Math.round(elapsed_ms);
  process.stdout.write(`explorer: ready ${entries} entries, ${bytes} bytes in ${ms} ms\n`);
  if (!framesOfWalk) return;
  const { frames, longest_ms } = framesOfWalk();
  console.log(`explorer: ${frames} frames while reading, the longest took ${longest_ms} ms`);
}

const query = byId('query');
query.addEventListener('input', () => {
  store.set({ query: query.value.trim() });
  list.toTop();
  refresh();
});
query.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown' || event.key === 'Enter') list.focus();
  else if (event.key === 'Escape' && query.value === '') list.focus();
});

const buttons = {
  up,
  home: () => go('~'),
  again: () => read(store.state.view?.root ?? store.state.path),
  stop: () => catalog.ask('stop'),
  unreadable: async () => listUnreadable(await catalog.ask('unreadable')),
  'preview-close': () => select(null),
};
for (const [id, action] of Object.entries(buttons)) byId(id).addEventListener('click', action);
for (const name of ['up', 'home', 'again', 'stop']) byId(name).append(icon(name));
for (const id of ['preview-close', 'unreadable-close']) byId(id).append(icon('close'));
byId('find').prepend(icon('search'));

addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.key === '/' && !isTyping) query.focus();
  else if ((event.ctrlKey || event.metaKey) && event.key === 'f') query.select();
  else if ((event.ctrlKey || event.metaKey) && event.key === 'l') locationBar.edit();
  else if (event.key === 'F5') buttons.again();
  else if (event.key === 'Escape' && !isTyping) select(null);
  else return;
  event.preventDefault();
});

makeSplitter(byId('split-panes'), { axis: 'x', property: '--list', min: 22, max: 70 });
makeSplitter(byId('split-stage'), { axis: 'y', property: '--map', min: 25, max: 80 });

// The folder to begin with: what the command line or the environment says, or home.
const begin = process.argv[2] ?? process.env.EXPLORER_FOLDER;
list.focus();
if (!begin || (await go(path.resolve(process.cwd(), begin))) !== '') await go('~');

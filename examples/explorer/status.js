/** The progress of the walk, its sums, the legend, and what could not be read. */

import { byId, make } from './elements.js';
import { formatBytes, formatCount, formatDuration, formatItems, formatShare } from './format.js';
import { icon } from './icons.js';
import { KINDS } from './kinds.js';

/**
 * Shows how far the walk is.
 *
 * @param {any} progress
 */
export function showProgress(progress) {
  const bar = byId('progress');
  const { entries = 0, bytes = 0, elapsed_ms = 0, walking, stopped, unreadable = 0, failure } =
    progress ?? {};
  bar.hidden = !walking;
  document.body.classList.toggle('walking', !!walking);
  const rate = elapsed_ms > 0 ? (entries / elapsed_ms) * 1000 : 0;
  const sums = `${formatItems(entries)} · ${formatBytes(bytes)}`;
  bar.setAttribute('aria-valuetext', `${sums} so far`);
  const state = failure
    ? failure
    : walking
      ? `Reading… ${formatCount(rate)} entries/s`
      : `${stopped ? 'Stopped after' : 'Read in'} ${formatDuration(elapsed_ms)}` +
        (elapsed_ms > 0 ? ` · ${formatCount(rate)} entries/s` : '');
  byId('status-state').textContent = progress ? state : '';
  byId('status-sums').textContent = progress ? sums : '';
  const warning = byId('unreadable');
  warning.hidden = unreadable === 0;
  warning.replaceChildren(icon('warning'), `${formatItems(unreadable)} not readable`);
}

/**
 * Shows the kinds of file in a folder and how much of it each one takes.
 *
 * @param {any} view
 * @param {(kind: number) => void} highlight −1 for none
 */
export function showLegend(view, highlight) {
  const legend = byId('legend');
  const whole = view.folder.size;
  const present = KINDS.map((each, kind) => ({ ...each, kind, size: view.kinds[kind] }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size);
  // While entries stream in, the elements stay, so that one can be pointed at.
  const names = present.map(({ name }) => name).join();
  if (legend.dataset.names !== names) {
    legend.dataset.names = names;
    legend.replaceChildren(...present.map((each) => legendItem(each, highlight)));
  }
  present.forEach(({ size }, index) => {
    const [, , share] = legend.children[index].firstChild.children;
    share.textContent = formatShare(size, whole);
    legend.children[index].firstChild.title = formatBytes(size);
  });
}

function legendItem({ name, label, kind }, highlight) {
  const button = make(
    'button',
    { type: 'button', className: 'kind', 'data-kind': name },
    make('i', { className: 'swatch' }),
    make('span', { textContent: label }),
    make('small'),
  );
  for (const event of ['pointerenter', 'focus']) {
    button.addEventListener(event, () => highlight(kind));
  }
  for (const event of ['pointerleave', 'blur']) {
    button.addEventListener(event, () => highlight(-1));
  }
  return make('li', {}, button);
}

/**
 * Lists what could not be read, in a dialog.
 *
 * @param {{ path: string, reason: string }[]} folders
 */
export function listUnreadable(folders) {
  const dialog = byId('unreadable-dialog');
  byId('unreadable-list').replaceChildren(
    ...folders.map(({ path, reason }) =>
      make('li', {}, make('span', { textContent: path }), make('small', { textContent: reason })),
    ),
  );
  dialog.showModal();
}

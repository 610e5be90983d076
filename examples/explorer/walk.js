/** Walks a folder of the real file system into a tree. */

import { opendir } from 'oro:fs/promises';
import { kindOf, OTHER } from './kinds.js';
import { FOLDER, join, LINK, SPECIAL, UNREADABLE } from './tree.js';

/** How many entries one native call brings. */
const ENTRIES_PER_CALL = 4096;
/** What is in these is made up by the kernel: `/proc/kcore` says it has 128 TB. */
const MADE_UP = /^\/(proc|sys)(\/|$)/;

/**
 * Adds all that is below the tree's root.
 *
 * @param {import('./tree.js').Tree} tree
 * @param {object} options
 * @param {AbortSignal} options.signal ends the walk after the batch that is under way
 * @param {() => void} options.onBatch called after each batch
 * @param {(path: string, reason: string) => void} options.onUnreadable called for each entry that
 *   the walk had to pass over
 * @returns {Promise<void>}
 * @throws if the root cannot be opened
 */
export async function walk(tree, { signal, onBatch, onUnreadable }) {
  const dir = await opendir(tree.path, {
    recursive: true,
    stats: true,
    bufferSize: ENTRIES_PER_CALL,
  });
  try {
    // The next batch travels while this one is added.
    let coming = dir.readMany();
    for (;;) {
      const batch = await coming;
      if (batch.length === 0 || signal.aborted) break;
      coming = dir.readMany();
      coming.catch(() => {});
      for (const entry of batch) {
        tree.add(entry.parentPath, describe(entry));
        if (entry.error) onUnreadable(join(entry.parentPath, entry.name), reasonOf(entry));
      }
      onBatch();
    }
  } finally {
    await dir.close();
  }
}

/**
 * What went wrong, for people.
 *
 * @param {any} error one that was thrown, or an entry with the code of one
 * @returns {string}
 */
export function reasonOf(error) {
  const reasons = {
    EACCES: 'You may not read this',
    EPERM: 'You may not read this',
    ENOENT: 'There is nothing at this path',
    ENOTDIR: 'This is not a folder',
    EISDIR: 'This is a folder',
    ELOOP: 'The link leads to itself',
    EIO: 'The device could not be read',
  };
  const code = error?.code ?? error?.error;
  return reasons[code] ?? String(error?.message ?? code ?? error);
}

/** @returns {import('./tree.js').NewEntry} */
function describe(entry) {
  const { name, parentPath, mtimeMs = Number.NaN } = entry;
  if (entry.isDirectory()) {
    const flags = entry.error ? FOLDER | UNREADABLE : FOLDER;
    return { name, flags, kind: OTHER, size: 0, mtimeMs };
  }
  const size = MADE_UP.test(parentPath) ? 0 : (entry.size ?? 0);
  if (entry.isFile()) return { name, flags: 0, kind: kindOf(name, entry.mode), size, mtimeMs };
  if (entry.isSymbolicLink()) return { name, flags: LINK, kind: OTHER, size, mtimeMs };
  return { name, flags: SPECIAL, kind: OTHER, size: 0, mtimeMs };
}

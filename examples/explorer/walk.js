/** Walks a folder of the real file system into a tree. */

import { access, constants, opendir } from 'oro:fs/promises';
import { kindOf, OTHER } from './kinds.js';
import { FOLDER, LINK, NONE, SPECIAL, UNREADABLE } from './tree.js';

/** How many entries one native call brings. */
const ENTRIES_PER_CALL = 4096;
/** How many folders are asked about at once. */
const CHECKS_MAX = 32;
/** What is in these is made up by the kernel: `/proc/kcore` says it has 128 TB. */
const MADE_UP = /^\/(proc|sys)(\/|$)/;

/**
 * Adds all that is below the tree's root.
 *
 * @param {import('./tree.js').Tree} tree
 * @param {object} options
 * @param {AbortSignal} options.signal ends the walk after the batch that is under way
 * @param {() => void} options.onBatch called after each batch
 * @returns {Promise<void>}
 * @throws if the root cannot be opened
 */
export async function walk(tree, { signal, onBatch }) {
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
      for (const entry of batch) tree.add(entry.parentPath, describe(entry));
      onBatch();
    }
  } finally {
    await dir.close();
  }
}

/**
 * Finds the folders that could not be read among those that seem to be empty, and flags them.
 *
 * @param {import('./tree.js').Tree} tree
 * @param {AbortSignal} signal
 * @returns {Promise<{ path: string, reason: string }[]>}
 */
export async function findUnreadable(tree, signal) {
  const empty = [];
  for (let entry = 1; entry < tree.length; entry += 1) {
    if ((tree.flags[entry] & FOLDER) !== 0 && tree.firstChild[entry] === NONE) empty.push(entry);
  }
  const unreadable = [];
  let next = 0;
  const check = async () => {
    while (next < empty.length && !signal.aborted) {
      const entry = empty[next++];
      const path = tree.pathOf(entry);
      try {
        await access(path, constants.R_OK | constants.X_OK);
      } catch (error) {
        tree.flags[entry] |= UNREADABLE;
        unreadable.push({ path, reason: reasonOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: CHECKS_MAX }, check));
  return unreadable.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * What went wrong, for people.
 *
 * @param {unknown} error
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
  return reasons[error?.code] ?? String(error?.message ?? error);
}

/** @returns {import('./tree.js').NewEntry} */
function describe(entry) {
  const { name, parentPath, mtimeMs = Number.NaN } = entry;
  if (entry.isDirectory()) return { name, flags: FOLDER, kind: OTHER, size: 0, mtimeMs };
  const size = MADE_UP.test(parentPath) ? 0 : (entry.size ?? 0);
  if (entry.isFile()) return { name, flags: 0, kind: kindOf(name), size, mtimeMs };
  if (entry.isSymbolicLink()) return { name, flags: LINK, kind: OTHER, size, mtimeMs };
  return { name, flags: SPECIAL, kind: OTHER, size: 0, mtimeMs };
}

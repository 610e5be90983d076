/** Copying of whole trees. */

import { SystemError } from '../errors.js';
import posix from '../path/posix.js';
import constants from './constants.js';
import { readdir, type Dirent } from './dir.js';
import { chmod, copyFile, lstat, mkdir, readlink, rm, stat, symlink, utimes } from './entries.js';
import { settled, type Operation } from './operation.js';
import { toPath, type PathLike } from './params.js';
import type { Stats } from './stats.js';

/** Options of `cp`. */
export interface CopyOptions {
  /** Copies directories too. */
  recursive?: boolean;
  /** Replaces files that are there already; the default. */
  force?: boolean;
  /** With `force: false`: a file that is there already is an error. */
  errorOnExist?: boolean;
  /** Copies what links lead to instead of the links. */
  dereference?: boolean;
  /** Keeps the times of the source. */
  preserveTimestamps?: boolean;
  /** The flags of `copyFile`. */
  mode?: number;
  /** Copies links as they are; otherwise where they lead is made absolute. */
  verbatimSymlinks?: boolean;
  /** Whether to copy an entry. */
  filter?: (src: string, dest: string) => boolean | Promise<boolean>;
}

/** Copies a file, or a directory with all that is in it. */
export function* cp(src: PathLike, dest: PathLike, options: CopyOptions = {}): Operation<void> {
  const from = toPath(src, 'src');
  const to = toPath(dest, 'dest');
  const inside = posix.relative(posix.resolve(from), posix.resolve(to));
  const found = yield* lookup(from, options);
  if (inside === '') throw refusal('ERR_FS_CP_EINVAL', 'src and dest cannot be the same', from, to);
  if (found.isDirectory() && !inside.startsWith('..')) {
    throw refusal(
      'ERR_FS_CP_EINVAL',
      'cannot copy a directory to a subdirectory of self',
      from,
      to,
    );
  }
  if (found.isDirectory() && !options.recursive) {
    throw refusal(
      'ERR_FS_EISDIR',
      'Recursive option not enabled, cannot copy a directory',
      from,
      to,
    );
  }
  yield* mkdir(posix.dirname(posix.resolve(to)), { recursive: true });
  yield* copy(from, to, options);
}

function* copy(from: string, to: string, options: CopyOptions): Operation<void> {
  if (options.filter && !(yield* settled(options.filter(from, to)))) return;
  const source = yield* lookup(from, options);
  const target = (yield* lstat(to, { throwIfNoEntry: false })) as Stats | undefined;
  if (source.isDirectory()) {
    if (target && !target.isDirectory()) {
      throw refusal(
        'ERR_FS_CP_DIR_TO_NON_DIR',
        'cannot overwrite a file with a directory',
        from,
        to,
      );
    }
    if (!target) yield* mkdir(to);
    const entries = (yield* readdir(from, { withFileTypes: true })) as Dirent[];
    for (const { name } of entries) {
      yield* copy(posix.join(from, name), posix.join(to, name), options);
    }
    // Last, because the directory may not be writable.
    if (!target) yield* chmod(to, source.mode & 0o7777);
    return;
  }
  if (target?.isDirectory()) {
    throw refusal('ERR_FS_CP_NON_DIR_TO_DIR', 'cannot overwrite a directory with a file', from, to);
  }
  if (target && options.force === false) {
    if (!options.errorOnExist) return;
    throw refusal('ERR_FS_CP_EEXIST', 'the target exists already', from, to);
  }
  if (source.isSymbolicLink()) {
    if (target) yield* rm(to, { force: true });
    const leads = yield* readlink(from);
    const absolute = posix.resolve(posix.dirname(from), leads);
    yield* symlink(options.verbatimSymlinks ? leads : absolute, to);
  } else if (source.isFile()) {
    yield* copyFile(from, to, (options.mode ?? 0) & ~constants.COPYFILE_EXCL);
    if (options.preserveTimestamps) yield* utimes(to, source.atimeMs / 1e3, source.mtimeMs / 1e3);
  } else {
    throw refusal('ERR_FS_CP_UNKNOWN', 'cannot copy a device, a pipe or a socket', from, to);
  }
}

function lookup(path: string, options: CopyOptions): Operation<Stats> {
  return options.dereference ? stat(path) : lstat(path);
}

function refusal(code: string, message: string, path: string, dest: string): SystemError {
  const error = new SystemError(code, { syscall: 'cp', path, dest }, message);
  return Object.assign(error, { message: `${message}: cp '${path}' -> '${dest}'` });
}

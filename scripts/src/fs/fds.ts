/**
 * The open files of this document: `oro:fs/fds`. Programs see the numbers of the system; native
 * code knows a file by an identifier that is never used twice.
 */

import { InvalidArgTypeError, OutOfRangeError, SystemError } from '../errors.js';

const open = new Map<number, string>();

/** Remembers an open file. */
export function add(fd: number, id: string): void {
  open.set(fd, id);
}

/** Forgets a file that was closed. */
export function remove(fd: number): void {
  open.delete(fd);
}

/** The identifier of an open file. */
export function idOf(fd: number, syscall: string): string {
  if (typeof fd !== 'number') throw new InvalidArgTypeError('fd', 'of type number', fd);
  if (fd !== -1 && (!Number.isInteger(fd) || fd < 0 || fd > 0x7fffffff)) {
    throw new OutOfRangeError('fd', '>= 0 && <= 2147483647', fd);
  }
  const id = open.get(fd);
  if (id === undefined) throw new SystemError('EBADF', { syscall });
  return id;
}

/** The numbers of all open files. */
export function list(): number[] {
  return [...open.keys()];
}

export default { add, idOf, list, remove };

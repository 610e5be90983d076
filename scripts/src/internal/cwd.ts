/** The working directory of the process, asked for once and kept. */

import { callSync } from '../ipc/transport.js';
import { args } from './runtime.js';

let current: string | undefined;

/** The working directory. */
export function cwd(): string {
  return (current ??= args().cwd ?? callSync('platform.primordials').cwd);
}

/** Changes the working directory of the process. */
export function chdir(directory: string): void {
  callSync('internal.setcwd', { value: directory });
  current = callSync('platform.primordials').cwd;
}

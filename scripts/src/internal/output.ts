/** Standard output and standard error of the process: texts arrive in the order of their writing. */

import { call } from '../ipc/transport.js';

/** The ways out. */
export type Channel = 'stdout' | 'stderr';

const last: Record<Channel, Promise<unknown>> = {
  stdout: Promise.resolve(),
  stderr: Promise.resolve(),
};
const waiting: Record<Channel, string> = { stdout: '', stderr: '' };

/** Writes a text; resolves when the process has it. */
export function write(channel: Channel, text: string): Promise<void> {
  const idle = waiting[channel] === '';
  waiting[channel] += text;
  if (idle) {
    // What is written while a call is on its way goes with the next one.
    last[channel] = last[channel].then(() => {
      const value = waiting[channel];
      waiting[channel] = '';
      return value ? call(channel, { value }) : undefined;
    });
    last[channel].catch(() => {});
  }
  return last[channel].then(() => {});
}

/** Resolves when everything that was written, and printed to the console, has arrived. */
export async function flush(): Promise<void> {
  const scope = globalThis as Record<symbol, (() => Promise<unknown>) | undefined>;
  const printed = scope[Symbol.for('oro.flush')]?.();
  await Promise.allSettled([last.stdout, last.stderr, printed]);
}

/** The program that runs beside the application: `backend` of `oro:application`. */

import type { Routes } from '../generated/routes.js';
import { call, on } from '../ipc/transport.js';

/** What runs. */
export type Backend = Routes['process.open']['result'];

// What it tells are events of the page by its own names.
on('process.message', ({ event, value }) => tell(event, value));
on('process.exit', (exit) => tell('backend-exit', exit));

function tell(event: string, detail: unknown): void {
  globalThis.dispatchEvent(new CustomEvent(event, { detail }));
}

/**
 * The program that the setting `cmd` names. It is told things by lines on its standard input, and
 * each line `ipc://send?event=NAME&value=JSON` that it prints is the event `NAME` of the page, with
 * the value as its detail; `&index=N` means one window only. Its end is the event `backend-exit`.
 */
export const backend = Object.freeze({
  /** Starts it, if it does not run; with `force` anew. */
  open: (options: { force?: boolean } = {}): Promise<Backend> => call('process.open', options),
  /** Writes a line. */
  write: async (line: string): Promise<void> => {
    await call('process.write', { value: line });
  },
  /** Writes an event in the form in which it writes its own. */
  send: (event: string, value?: unknown): Promise<void> => {
    const words = new URLSearchParams({ event, value: JSON.stringify(value ?? null) });
    return backend.write(`ipc://send?${words}`);
  },
  /** Ends it. */
  close: async (): Promise<void> => {
    await call('process.kill');
  },
});

export default backend;

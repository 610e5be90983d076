/**
 * Responses that wait in native code until this document pulls them: events that are too many for
 * a script, and bodies that services announce.
 */

import { nativeFetch } from './native.js';
import type { Batch } from './direct.js';

/** The event by which native code announces a body. */
const EVENT = 'queuedResponse';

/** What is announced. */
interface Announced {
  /** The response. */
  id: string;
  /** The sequence of the call that it answers, or `-1`. */
  seq: string;
  /** What is said beside the body. */
  params: unknown;
}

/** The events of this document, in their order, whichever way they come. */
export class Queued {
  /** Settles when all events before are handed on; undefined when they are. */
  private last: Promise<void> | undefined;

  constructor(private readonly spread: (batch: Batch) => void) {}

  /** Hands events on: at once, or those that wait under an id when they have come. */
  emit(batch: Batch | string): void {
    if (typeof batch === 'string' || this.last) this.follow(batch);
    else this.handOn(batch);
  }

  /** Hands events on after those that are still on their way. */
  private follow(batch: Batch | string): void {
    const next = (this.last ?? Promise.resolve()).then(async () => {
      try {
        this.handOn(typeof batch === 'string' ? await pull(batch) : batch);
      } catch (error) {
        globalThis.reportError(error);
      }
      if (this.last === next) this.last = undefined;
    });
    this.last = next;
  }

  private handOn(batch: Batch): void {
    this.spread(batch);
    // A response is given once: to the top document, not to each of its frames as well.
    if (globalThis.top !== globalThis.self) return;
    for (const [name, detail] of batch) if (name === EVENT) void deliver(detail as Announced);
  }
}

async function pull(id: string): Promise<Batch> {
  return (await (await get(id)).json()) as Batch;
}

async function get(id: string): Promise<Response> {
  const response = await nativeFetch(`ipc://${EVENT}?id=${id}`);
  if (!response.ok) throw new Error(`the queued response ${id} is gone`);
  return response;
}

/** Gives a body to who waits for it by its sequence, or to all who listen for `data`. */
async function deliver({ id, seq, params }: Announced): Promise<void> {
  try {
    const response = await get(id);
    const { headers } = response;
    const whole = headers.has('content-length');
    const data = whole ? await response.arrayBuffer() : response.body;
    const { __args: args } = globalThis as { __args?: { index?: number } };
    const name = seq === '-1' ? 'data' : `resolve-${args?.index ?? 0}-${seq}`;
    const detail = { id, params, headers: Object.fromEntries(headers), data };
    globalThis.dispatchEvent(new CustomEvent(name, { detail }));
  } catch (error) {
    globalThis.reportError(error);
  }
}

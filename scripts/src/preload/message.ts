/**
 * Calls by script messages, for documents without a direct bridge.
 *
 * Calls of one microtask leave in one message, and a reply brings all answers that are there,
 * whichever message their calls came in. While a call is open, a message waits for its reply.
 */

import { nativeFetch } from './native.js';

interface MessageHandler {
  postMessage(text: string): Promise<string>;
}

/** An answer as it came. */
export interface Envelope {
  source?: string;
  token?: string | null;
  id?: string;
  data?: unknown;
  err?: { message: string; [member: string]: unknown };
  /** The id under which the bytes of the answer wait. */
  queuedResponse?: string;
}

interface Call {
  resolve(envelope: Envelope | null): void;
  reject(error: unknown): void;
  /** Stops hearing of the end of its signal. */
  unwatch?: () => void;
}

/** Calls that do not wait for the session but go by the scheme. */
const EAGER_MAX = 8;
/** Characters that are collected before they leave without waiting for the microtask. */
const BATCH_MAX = 1 << 20;

/** The channel of this document; null where it has none. */
export function openChannel(): Channel | null {
  type Scope = { webkit?: { messageHandlers?: { oro?: MessageHandler } } };
  const handler = (globalThis as Scope).webkit?.messageHandlers?.oro;
  return handler ? new Channel(handler) : null;
}

/** The script-message channel. Its secret is asked for when it would be needed first. */
export class Channel {
  private secret: string | null | undefined;
  private session: Promise<unknown> | undefined;
  private early = 0;
  /** Tells the answers of this document from those of its frames. */
  private readonly id = globalThis.crypto.getRandomValues(new Uint32Array(1))[0];
  private readonly calls = new Map<number, Call>();
  private last = 0;
  private batch: string[] = [];
  private sent: number[] = [];
  private length = 0;
  private scheduled = false;
  /** Messages without their reply. */
  private open = 0;

  constructor(private readonly handler: MessageHandler) {}

  /**
   * Calls a route by its address.
   *
   * @returns the answer; null, or a promise of it, where the call has to go by the scheme. With
   * `must`, the call waits for the session instead.
   */
  post(
    uri: string,
    json: string,
    must = false,
    signal?: AbortSignal | null,
  ): Promise<Envelope | null> | null {
    if (this.secret === null) return null;
    if (this.secret === undefined) {
      this.session ??= this.begin();
      this.early += 1;
      // A few calls are faster by the scheme; many would crowd it.
      if (this.early <= EAGER_MAX && !must) return null;
      return this.session.then(() => this.post(uri, json, must, signal));
    }
    return new Promise((resolve, reject) => this.call(uri, json, signal, { resolve, reject }));
  }

  private async begin(): Promise<void> {
    try {
      const response = await nativeFetch('ipc://internal.session');
      const { data } = (await response.json()) as { data?: { secret?: string } };
      this.secret = data?.secret ?? null;
    } catch {
      this.secret = null;
    }
  }

  private call(
    uri: string,
    json: string,
    signal: AbortSignal | null | undefined,
    call: Call,
  ): void {
    do this.last = (this.last % 0xffffffff) + 1;
    while (this.calls.has(this.last));
    const seq = this.last;
    if (signal) {
      const abort = (): void => this.abort(seq, signal);
      if (signal.aborted) return call.reject(signal.reason);
      signal.addEventListener('abort', abort);
      call.unwatch = () => signal.removeEventListener('abort', abort);
    }
    this.calls.set(seq, call);
    this.sent.push(seq);
    this.say(`[${seq},${JSON.stringify(uri)}${json && `,${json}`}]`);
  }

  private abort(seq: number, signal: AbortSignal): void {
    this.take(seq)?.reject(signal.reason);
    this.say(`[${seq}]`);
  }

  private take(seq: number): Call | undefined {
    const call = this.calls.get(seq);
    this.calls.delete(seq);
    call?.unwatch?.();
    return call;
  }

  private say(entry: string): void {
    this.batch.push(entry);
    this.length += entry.length;
    if (this.length > BATCH_MAX) return this.flush();
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      if (this.batch.length > 0) this.flush();
    });
  }

  /** Sends what was collected; or nothing, to be told of answers that are still to come. */
  private flush(): void {
    const sent = this.sent.splice(0);
    const text = `${this.secret}\n${this.id}\n[${this.batch.splice(0).join()}]`;
    this.length = 0;
    this.open += 1;
    this.handler.postMessage(text).then(
      (reply) => this.receive(reply),
      (error: unknown) => this.refused(sent, error),
    );
  }

  private receive(reply: string): void {
    this.open -= 1;
    for (const [seq, envelope] of JSON.parse(reply) as Array<[number, Envelope]>) {
      this.take(seq)?.resolve(envelope);
    }
    if (this.open === 0 && this.calls.size > 0) this.flush();
  }

  /** A message is refused as a whole, before anything in it was run. */
  private refused(sent: number[], error: unknown): void {
    this.open -= 1;
    for (const seq of sent) this.take(seq)?.resolve(null);
    if (this.open > 0 || this.calls.size === 0) return;
    if (sent.length > 0) return this.flush();
    for (const seq of [...this.calls.keys()]) this.take(seq)?.reject(error);
  }
}

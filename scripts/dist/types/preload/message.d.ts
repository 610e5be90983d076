declare module 'oro:internal/preload/message' {
/**
 * Calls by script messages, for documents without a direct bridge.
 *
 * Calls of one microtask leave in one message, and a reply brings all answers that are there,
 * whichever message their calls came in. While a call is open, a message waits for its reply.
 */
interface MessageHandler {
    postMessage(text: string): Promise<string>;
}
/** An answer as it came. */
export interface Envelope {
    source?: string;
    token?: string | null;
    id?: string;
    data?: unknown;
    err?: {
        message: string;
        [member: string]: unknown;
    };
    /** The id under which the bytes of the answer wait. */
    queuedResponse?: string;
}
/** The channel of this document; null where it has none. */
export function openChannel(): Channel | null;
/** The script-message channel. Its secret is asked for when it would be needed first. */
export class Channel {
    private readonly handler;
    private secret;
    private session;
    private early;
    /** Tells the answers of this document from those of its frames. */
    private readonly id;
    private readonly calls;
    private last;
    private batch;
    private sent;
    private length;
    private scheduled;
    /** Messages without their reply. */
    private open;
    constructor(handler: MessageHandler);
    /**
     * Calls a route by its address.
     *
     * @returns the answer; null, or a promise of it, where the call has to go by the scheme. With
     * `must`, the call waits for the session instead.
     */
    post(uri: string, json: string, must?: boolean, signal?: AbortSignal | null): Promise<Envelope | null> | null;
    private begin;
    private call;
    private abort;
    private take;
    private say;
    /** Sends what was collected; or nothing, to be told of answers that are still to come. */
    private flush;
    private receive;
    /** A message is refused as a whole, before anything in it was run. */
    private refused;
}
export {};
}

declare module 'oro:ai/chat' {
/** Conversations with language models: `oro:ai/chat`. */
import type { Routes } from 'oro:internal/generated/routes';
import { Context, Model, type ContextOptions, type ModelOptions } from 'oro:ai/llm';
/** What a model has said, and what it took. */
export type Answer = Routes['ai.chat.session.message']['result'];
/** A turn of a conversation. */
export class Message {
    readonly id: string;
    readonly role: string;
    readonly content: string;
    constructor({ id, role, content }: {
        id: string;
        role: string;
        content: string;
    });
}
/** The event by which a session hears what its model says: `data` is the next piece of it. */
export class ChatMessageEvent extends MessageEvent<string> {
    /** Whether the model is done; `data` is then empty. */
    readonly finished: boolean;
    constructor(type: string, { data, finished }: {
        data: string;
        finished?: boolean;
    });
}
/** How a session is made: the options of its context, and of its model if that is to be loaded. */
export interface SessionOptions extends Omit<ContextOptions, 'model'>, Partial<Omit<ModelOptions, 'name'>> {
    /** The model, or the name of its file; `context` has one already. */
    model?: Model | string;
    /** A context to talk in, in the place of a new one. */
    context?: Context;
    /** What the model is told before all else. */
    system?: string;
}
/** Options of what is said. */
export interface SayOptions {
    /** Ends the answer; what has been said of it stays. */
    signal?: AbortSignal | null | undefined;
    /** Strings that end the answer. */
    antiprompts?: readonly string[];
    /** Most tokens of the answer. */
    maxTokens?: number;
}
/** A conversation. Its events `message` are {@link ChatMessageEvent}s. */
export class Session extends EventTarget {
    #private;
    constructor(options: SessionOptions);
    /** Loads what it needs: its model and its context. */
    load(): Promise<this>;
    /** The same as `load`. */
    start(): Promise<this>;
    /** The id of its context. */
    get id(): string;
    /** Its context. */
    get context(): Context;
    /** Its model, if it has loaded one. */
    get model(): Model | null;
    /** Says something, and waits for the answer. Events tell it piece by piece. */
    message(prompt: string, options?: SayOptions): Promise<Answer>;
    /** Has the model go on with a text as it is, without any turn. */
    generate(prompt: string, options?: SayOptions): Promise<Answer>;
    /** Says something, and gives the answer piece by piece. Leaving the loop ends it. */
    stream(prompt: string, options?: SayOptions): AsyncGenerator<string, void>;
    /** Ends the answer; what has been said of it stays. */
    abort(): Promise<void>;
    /** What was said so far. */
    history(): Promise<Message[]>;
    /** Ends it with its context. */
    destroy(): Promise<void>;
}
/** A request in the form of OpenAI's `/v1/chat/completions`. */
export interface CompletionRequest {
    messages: ReadonlyArray<Readonly<Record<string, unknown>>>;
    [name: string]: unknown;
}
/** Several conversations with one model. */
export class Chat {
    #private;
    readonly sessions: Set<Session>;
    constructor(options: SessionOptions);
    /** Begins a conversation. */
    session(options?: Partial<SessionOptions>): Promise<Session>;
    /** The conversations of this window. */
    static list(): Promise<Routes['ai.chat.list']['result']>;
    /** Answers a chat all at once, as OpenAI's interface does. */
    static completions(request: CompletionRequest, { signal }?: {
        signal?: AbortSignal | null | undefined;
    }): Promise<any>;
}
const _default: {
    Chat: typeof Chat;
    ChatMessageEvent: typeof ChatMessageEvent;
    Message: typeof Message;
    Session: typeof Session;
};
export default _default;
}

/** Conversations with language models: `oro:ai/chat`. */

import type { Routes } from '../generated/routes.js';
import { call, on } from '../ipc/transport.js';
import { Context, Model, type ContextOptions, type ModelOptions } from './llm.js';

/** What a model has said, and what it took. */
export type Answer = Routes['ai.chat.session.message']['result'];

/** A turn of a conversation. */
export class Message {
  readonly id: string;
  readonly role: string;
  readonly content: string;

  constructor({ id, role, content }: { id: string; role: string; content: string }) {
    this.id = id;
    this.role = role;
    this.content = content;
  }
}

/** The event by which a session hears what its model says: `data` is the next piece of it. */
export class ChatMessageEvent extends MessageEvent<string> {
  /** Whether the model is done; `data` is then empty. */
  readonly finished: boolean;

  constructor(type: string, { data, finished = false }: { data: string; finished?: boolean }) {
    super(type, { data });
    this.finished = finished;
  }
}

/** How a session is made: the options of its context, and of its model if that is to be loaded. */
export interface SessionOptions
  extends Omit<ContextOptions, 'model'>, Partial<Omit<ModelOptions, 'name'>> {
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

/** What separates strings that end answers. */
const SEPARATOR = '\u0001';

/** A conversation. Its events `message` are {@link ChatMessageEvent}s. */
export class Session extends EventTarget {
  readonly #options: SessionOptions;
  #context: Context | null;
  #model: Model | null = null;
  readonly #waiting = new Set<() => void>();
  #off: (() => void) | null = null;

  constructor(options: SessionOptions) {
    super();
    this.#options = { ...options };
    this.#context = options.context ?? null;
    if (options.model instanceof Model) this.#model = options.model;
  }

  /** Loads what it needs: its model and its context. */
  async load(): Promise<this> {
    const { model, directory, gpuLayerCount, context: _, system, ...rest } = this.#options;
    if (!this.#context) {
      if (model === undefined) throw new TypeError('A session needs a model or a context');
      if (typeof model === 'string') {
        const where = directory === undefined ? {} : { directory };
        const layers = gpuLayerCount === undefined ? {} : { gpuLayerCount };
        this.#model = await Model.load({ name: model, ...where, ...layers });
      } else if (!model.loaded) {
        await model.load();
      }
      this.#context = await Context.load({ ...rest, model: this.#model ?? model });
    }
    if (system !== undefined) {
      const params = { id: this.id, prompt: system, role: 'system' as const };
      await call('ai.chat.session.message', params as Params);
    }
    return this;
  }

  /** The same as `load`. */
  start(): Promise<this> {
    return this.load();
  }

  /** The id of its context. */
  get id(): string {
    return this.context.id;
  }

  /** Its context. */
  get context(): Context {
    if (!this.#context) throw new TypeError('The session is not loaded');
    return this.#context;
  }

  /** Its model, if it has loaded one. */
  get model(): Model | null {
    return this.#model;
  }

  /** Says something, and waits for the answer. Events tell it piece by piece. */
  message(prompt: string, options: SayOptions = {}): Promise<Answer> {
    return this.#say('ai.chat.session.message', prompt, options);
  }

  /** Has the model go on with a text as it is, without any turn. */
  generate(prompt: string, options: SayOptions = {}): Promise<Answer> {
    return this.#say('ai.chat.session.generate', prompt, options);
  }

  /** Says something, and gives the answer piece by piece. Leaving the loop ends it. */
  async *stream(prompt: string, options: SayOptions = {}): AsyncGenerator<string, void> {
    const pieces: string[] = [];
    let wake = (): void => {};
    let outcome: { error?: unknown } | null = null;
    const hear = (event: Event): void => {
      pieces.push((event as ChatMessageEvent).data);
      wake();
    };
    const end = (error?: unknown): void => {
      outcome = { error };
      wake();
    };
    this.addEventListener('message', hear);
    const said = this.message(prompt, options).then(() => end(), end);
    try {
      for (;;) {
        yield* pieces.splice(0).filter(Boolean);
        if (outcome && pieces.length === 0) break;
        if (pieces.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.removeEventListener('message', hear);
      if (!outcome) await this.abort();
      await said;
    }
    const { error } = outcome as { error?: unknown };
    if (error !== undefined) throw error;
  }

  async #say(
    route: 'ai.chat.session.message' | 'ai.chat.session.generate',
    prompt: string,
    { signal, antiprompts, maxTokens }: SayOptions,
  ): Promise<Answer> {
    const { id } = this;
    const params: Record<string, unknown> = { id, prompt };
    if (antiprompts?.length) params['antiprompts'] = antiprompts.join(SEPARATOR);
    if (maxTokens !== undefined) params['maxTokens'] = maxTokens;
    this.#listen(id);
    const ended = new Promise<void>((resolve) => this.#waiting.add(resolve));
    const answer = await call(route, params as Params, { signal });
    // Events and answers go by ways of their own.
    await ended;
    return answer;
  }

  /** Hears what the model says from now on. */
  #listen(id: string): void {
    this.#off ??= on('ai.chat.text', (detail) => {
      if (detail.id !== id) return;
      const { text: data, eog: finished } = detail;
      this.dispatchEvent(new ChatMessageEvent('message', { data, finished }));
      if (finished) this.#wake();
    });
  }

  /** Whoever waits for the end of an answer waits no more. */
  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Ends the answer; what has been said of it stays. */
  async abort(): Promise<void> {
    await call('ai.chat.session.abort', { id: this.id });
  }

  /** What was said so far. */
  async history(): Promise<Message[]> {
    const turns = await call('ai.chat.session.history', { id: this.id });
    return turns.map((turn) => new Message(turn));
  }

  /** Ends it with its context. */
  async destroy(): Promise<void> {
    this.#off?.();
    this.#off = null;
    const context = this.#context;
    this.#context = null;
    await context?.destroy();
    this.#wake();
  }
}

type Params = Routes['ai.chat.session.message']['params'];

/** A request in the form of OpenAI's `/v1/chat/completions`. */
export interface CompletionRequest {
  messages: ReadonlyArray<Readonly<Record<string, unknown>>>;
  [name: string]: unknown;
}

/** Several conversations with one model. */
export class Chat {
  readonly #options: SessionOptions;
  readonly sessions = new Set<Session>();

  constructor(options: SessionOptions) {
    this.#options = { ...options };
  }

  /** Begins a conversation. */
  async session(options: Partial<SessionOptions> = {}): Promise<Session> {
    const session = await new Session({ ...this.#options, ...options }).load();
    this.sessions.add(session);
    return session;
  }

  /** The conversations of this window. */
  static list(): Promise<Routes['ai.chat.list']['result']> {
    return call('ai.chat.list');
  }

  /** Answers a chat all at once, as OpenAI's interface does. */
  static completions(
    request: CompletionRequest,
    { signal }: { signal?: AbortSignal | null | undefined } = {},
  ): Promise<any> {
    return call('ai.chat.completions', request as unknown as Record<string, never>, { signal });
  }
}

export default { Chat, ChatMessageEvent, Message, Session };

/** Language models, contexts of them, and LoRA adapters: `oro:ai/llm`. */

import type { Routes } from '../generated/routes.js';
import { call, on, type Body } from '../ipc/transport.js';

/** What the runtime says of a model. */
export type ModelState = Routes['ai.llm.model.load']['result'];
/** What the runtime says of a context. */
export type ContextState = Routes['ai.llm.context.create']['result'];
/** A file that holds a model. */
export type ModelFile = Routes['ai.llm.model.files']['result'][number];
/** What the runtime says of an adapter. */
export type LoRAState = Routes['ai.llm.lora.load']['result'];

/** How a model is found and loaded. */
export interface ModelOptions {
  /** The name of its file, with or without its extension. */
  name: string;
  /** The folder of the file, if it is none of the configuration. */
  directory?: string;
  /** Layers that run on the GPU. */
  gpuLayerCount?: number;
}

/** Options of calls that take a while. */
export interface WaitOptions {
  /** Ends the waiting. */
  signal?: AbortSignal | null | undefined;
}

/** Options of loading a model. */
export interface LoadOptions extends WaitOptions {
  /** Hears how much of the file is read, from 0 to 1, which is the last. */
  onprogress?: (share: number) => void;
}

/** A part that is there only once it is loaded. */
function loaded<T>(state: T | null, what: string): T {
  if (state === null) throw new TypeError(`The ${what} is not loaded`);
  return state;
}

/** Leaves out what is not given. */
function given<T extends object>(params: T): T {
  const entries = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** A language model. */
export class Model {
  readonly #options: ModelOptions;
  #state: ModelState | null = null;

  constructor(options: ModelOptions | string) {
    this.#options = typeof options === 'string' ? { name: options } : { ...options };
  }

  /** Loads a model. */
  static load(options: ModelOptions | string, load?: LoadOptions): Promise<Model> {
    return new Model(options).load(load);
  }

  /** The models that are loaded. */
  static async list(): Promise<Model[]> {
    const all = await call('ai.llm.model.list');
    return all.map((state) => {
      const model = new Model(state.name);
      model.#state = state;
      return model;
    });
  }

  /** The models that can be loaded by their names: what is where they are looked for. */
  static files(): Promise<ModelFile[]> {
    return call('ai.llm.model.files');
  }

  /** Loads it; one that is loaded already is shared with whoever uses it. */
  async load({ signal, onprogress }: LoadOptions = {}): Promise<this> {
    const off = onprogress && this.#hear(onprogress);
    try {
      this.#state = await call('ai.llm.model.load', given(this.#options), { signal });
    } finally {
      off?.();
    }
    // Events and answers go by ways of their own.
    onprogress?.(1);
    return this;
  }

  /** Tells how much of it is read, but for the end. */
  #hear(onprogress: (share: number) => void): () => void {
    const { name } = this.#options;
    return on('ai.llm.model.progress', ({ name: asked, filename, progress }) => {
      const isThis = [asked, filename, filename.replace(/\.gguf$/, '')].includes(name);
      if (isThis && progress < 1) onprogress(progress);
    });
  }

  /** Unloads it, with all contexts and adapters of it, whoever uses them. */
  async unload(): Promise<void> {
    await call('ai.llm.model.unload', { model: this.id });
    this.#state = null;
  }

  /** Its id. */
  get id(): string {
    return loaded(this.#state, 'model').id;
  }

  /** The name of its file, without the extension once it is loaded. */
  get name(): string {
    return this.#state?.name ?? this.#options.name;
  }

  /** Whether it can be used. */
  get loaded(): boolean {
    return this.#state?.loaded ?? false;
  }

  /** What the runtime said of it. */
  get state(): Readonly<ModelState> | null {
    return this.#state;
  }
}

/** How a context is made. */
export interface ContextOptions {
  /** The model, or its id or name. */
  model: Model | string;
  /** How many tokens it holds. */
  size?: number;
  /** 0 always takes the likeliest token. */
  temp?: number;
  /** Probability mass to sample from. */
  topP?: number;
  /** Tokens to sample from. */
  topK?: number;
  /** Least probability relative to the likeliest token. */
  minP?: number;
  /** The same seed gives the same texts. */
  seed?: number;
}

/** A conversation with a model, as the model remembers it. */
export class Context {
  readonly #options: ContextOptions;
  #state: ContextState | null = null;

  constructor(options: ContextOptions) {
    this.#options = { ...options };
  }

  /** Makes a context. */
  static load(options: ContextOptions): Promise<Context> {
    return new Context(options).load();
  }

  /** Makes it. */
  async load(): Promise<this> {
    const { model, ...rest } = this.#options;
    const name = typeof model === 'string' ? model : model.id;
    this.#state = await call('ai.llm.context.create', given({ ...rest, model: name }));
    return this;
  }

  /** What is known of it now, such as how much of it is used. */
  async stats(): Promise<ContextState> {
    this.#state = await call('ai.llm.context.stats', { id: this.id });
    return this.#state;
  }

  /** Its state, for `restore` of a context of the same model. */
  dump({ signal }: WaitOptions = {}): Promise<Uint8Array> {
    return call('ai.llm.context.dump', { id: this.id }, { signal });
  }

  /** Takes a state that was dumped; what it held is forgotten. */
  async restore(state: Body, { signal }: WaitOptions = {}): Promise<this> {
    const params = { id: this.id };
    this.#state = await call('ai.llm.context.restore', params, { body: state, signal });
    return this;
  }

  /** Ends it. */
  async destroy(): Promise<void> {
    await call('ai.llm.context.destroy', { id: this.id });
    this.#state = null;
  }

  /** Its id. */
  get id(): string {
    return loaded(this.#state, 'context').id;
  }

  /** How many tokens it holds at most. */
  get size(): number {
    return loaded(this.#state, 'context').size;
  }

  /** How many it held when the runtime was last asked. */
  get used(): number {
    return loaded(this.#state, 'context').used;
  }

  /** What the runtime said of it. */
  get state(): Readonly<ContextState> | null {
    return this.#state;
  }
}

/** How an adapter is found and loaded. */
export interface LoRAOptions {
  /** The model that it is for, or its id or name. */
  model: Model | string;
  /** The name of its file, with or without its extension. */
  name: string;
  /** The folder of the file, if it is none of the configuration. */
  directory?: string;
}

/** A LoRA adapter of a model. */
export class LoRA {
  readonly #options: LoRAOptions;
  #state: LoRAState | null = null;

  constructor(options: LoRAOptions) {
    this.#options = { ...options };
  }

  /** Loads an adapter. */
  static load(options: LoRAOptions): Promise<LoRA> {
    return new LoRA(options).load();
  }

  /** Loads it; one that is loaded already is shared with whoever uses it. */
  async load(): Promise<this> {
    const { model, ...rest } = this.#options;
    const name = typeof model === 'string' ? model : model.id;
    this.#state = await call('ai.llm.lora.load', given({ ...rest, model: name }));
    return this;
  }

  /** Attaches it to a context, in the place of another one that is there. */
  async attach(context: Context, { scale }: { scale?: number } = {}): Promise<LoRAAttachment> {
    const params = given({ id: this.id, context: context.id, scale });
    await call('ai.llm.lora.attach', params as typeof params & { scale: number });
    return new LoRAAttachment(this, context);
  }

  /** Takes it off a context. */
  async detach(context: Context): Promise<void> {
    await call('ai.llm.lora.detach', { id: this.id, context: context.id });
  }

  /** Unloads it, whoever uses it. */
  async unload(): Promise<void> {
    await call('ai.llm.lora.unload', { id: this.id });
    this.#state = null;
  }

  /** Its id. */
  get id(): string {
    return loaded(this.#state, 'adapter').id;
  }

  /** The name of its file, without the extension once it is loaded. */
  get name(): string {
    return this.#state?.name ?? this.#options.name;
  }

  /** What the runtime said of it. */
  get state(): Readonly<LoRAState> | null {
    return this.#state;
  }
}

/** An adapter on a context. */
export class LoRAAttachment {
  readonly lora: LoRA;
  readonly context: Context;

  constructor(lora: LoRA, context: Context) {
    this.lora = lora;
    this.context = context;
  }

  /** Takes the adapter off the context. */
  detach(): Promise<void> {
    return this.lora.detach(this.context);
  }
}

export default { Context, LoRA, LoRAAttachment, Model };

declare module 'oro:ai/llm' {
/** Language models, contexts of them, and LoRA adapters: `oro:ai/llm`. */
import type { Routes } from 'oro:internal/generated/routes';
import { type Body } from 'oro:internal/ipc/transport';
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
/** A language model. */
export class Model {
    #private;
    constructor(options: ModelOptions | string);
    /** Loads a model. */
    static load(options: ModelOptions | string, load?: LoadOptions): Promise<Model>;
    /** The models that are loaded. */
    static list(): Promise<Model[]>;
    /** The models that can be loaded by their names: what is where they are looked for. */
    static files(): Promise<ModelFile[]>;
    /** Loads it; one that is loaded already is shared with whoever uses it. */
    load({ signal, onprogress }?: LoadOptions): Promise<this>;
    /** Unloads it, with all contexts and adapters of it, whoever uses them. */
    unload(): Promise<void>;
    /** Its id. */
    get id(): string;
    /** The name of its file, without the extension once it is loaded. */
    get name(): string;
    /** Whether it can be used. */
    get loaded(): boolean;
    /** What the runtime said of it. */
    get state(): Readonly<ModelState> | null;
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
    #private;
    constructor(options: ContextOptions);
    /** Makes a context. */
    static load(options: ContextOptions): Promise<Context>;
    /** Makes it. */
    load(): Promise<this>;
    /** What is known of it now, such as how much of it is used. */
    stats(): Promise<ContextState>;
    /** Its state, for `restore` of a context of the same model. */
    dump({ signal }?: WaitOptions): Promise<Uint8Array>;
    /** Takes a state that was dumped; what it held is forgotten. */
    restore(state: Body, { signal }?: WaitOptions): Promise<this>;
    /** Ends it. */
    destroy(): Promise<void>;
    /** Its id. */
    get id(): string;
    /** How many tokens it holds at most. */
    get size(): number;
    /** How many it held when the runtime was last asked. */
    get used(): number;
    /** What the runtime said of it. */
    get state(): Readonly<ContextState> | null;
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
    #private;
    constructor(options: LoRAOptions);
    /** Loads an adapter. */
    static load(options: LoRAOptions): Promise<LoRA>;
    /** Loads it; one that is loaded already is shared with whoever uses it. */
    load(): Promise<this>;
    /** Attaches it to a context, in the place of another one that is there. */
    attach(context: Context, { scale }?: {
        scale?: number;
    }): Promise<LoRAAttachment>;
    /** Takes it off a context. */
    detach(context: Context): Promise<void>;
    /** Unloads it, whoever uses it. */
    unload(): Promise<void>;
    /** Its id. */
    get id(): string;
    /** The name of its file, without the extension once it is loaded. */
    get name(): string;
    /** What the runtime said of it. */
    get state(): Readonly<LoRAState> | null;
}
/** An adapter on a context. */
export class LoRAAttachment {
    readonly lora: LoRA;
    readonly context: Context;
    constructor(lora: LoRA, context: Context);
    /** Takes the adapter off the context. */
    detach(): Promise<void>;
}
const _default: {
    Context: typeof Context;
    LoRA: typeof LoRA;
    LoRAAttachment: typeof LoRAAttachment;
    Model: typeof Model;
};
export default _default;
}

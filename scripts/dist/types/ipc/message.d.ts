declare module 'oro:internal/ipc/message' {
/** Calls and answers as objects, for code that handles them by hand. */
/** The scheme of calls. */
export const PROTOCOL = "ipc:";
/** What parameters may be made of. */
export type ParamsInit = string | URLSearchParams | Readonly<Record<string, unknown>> | Iterable<readonly [string, string]> | null | undefined;
/** The parameters of a call, with the window's index among them. */
export class IPCSearchParams extends URLSearchParams {
    constructor(params?: ParamsInit, nonce?: string | null);
    /** The parameters as a query; a space is `%20`, which native code reads on every platform. */
    toString(): string;
}
/** The address of a call: `ipc://fs.stat?path=%2Ftmp&index=0&seq=R1`. */
export class Message {
    static readonly PROTOCOL = "ipc:";
    /** The name of the route. */
    readonly command: string;
    /** The parameters. */
    readonly searchParams: IPCSearchParams;
    /** Bytes that go with the call. */
    readonly bytes: Uint8Array | null;
    constructor(input: string | URL | Message, bytes?: Uint8Array | null);
    /** Makes a message of an address, a message, or a route's name with its parameters. */
    static from(input: string | URL | Message, params?: ParamsInit, bytes?: Uint8Array | null): Message;
    /** Whether an address is one of a call. */
    static isValidInput(input: unknown): boolean;
    get protocol(): string;
    get name(): string;
    /** The sequence of the call. */
    get id(): string;
    get seq(): string;
    /** The index of the window. */
    get index(): number;
    /** The parameter `value`, which many routes take. */
    get value(): string | null;
    /** All parameters as an object. */
    get params(): Record<string, string>;
    get(key: string): string | undefined;
    has(key: string): boolean;
    set(key: string, value: unknown): void;
    delete(key: string): boolean;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    get href(): string;
    toString(): string;
    toJSON(): {
        protocol: string;
        command: string;
        params: Record<string, string>;
    };
}
/** Headers of an answer; also made of the text form of HTTP. */
export class Headers extends globalThis.Headers {
    /** Makes headers of lines, an object, pairs, or another set of headers. */
    static from(input: unknown): Headers;
    get length(): number;
    toJSON(): Record<string, string>;
}
/** The outcome of a call: `{ err, data, headers }`, which also unpacks as `[err, data]`. */
export class Result<T = unknown> {
    id: string;
    source: string | null;
    token: string | null;
    err: Error | null;
    data: T | null;
    headers: Headers;
    constructor(id: string | null, err: Error | null, data: T | null, source?: string | null, token?: string | null, headers?: unknown);
    /** Makes a result of an envelope, an error, or plain data. */
    static from<T = unknown>(result: unknown, error?: unknown, source?: string | null, headers?: unknown): Result<T>;
    toJSON(): Record<string, unknown>;
    [Symbol.iterator](): IterableIterator<Error | T | Headers | null>;
}
/** Turns the `err` of an answer into an error; anything that is one already stays as it is. */
export function maybeMakeError(error: unknown, source?: string): Error | null;
/** The number of a sequence such as `R12`, as text. */
export function parseSeq(seq: unknown): string;
}

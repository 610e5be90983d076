declare module 'oro:internal/child_process/pipe' {
/** The pipes of a child: its outputs as sources, its input as a sink. */
import { type Data, type Encoding } from 'oro:internal/fs/params';
import { Readable, Writable } from 'oro:stream';
type Done = (error?: Error | null) => void;
/** An output of a child. What nobody reads stays in the pipe, and stops the child. */
export class Output extends Readable {
    #private;
    constructor(id: string, fd: 1 | 2, started: Promise<unknown>);
    pipe<T extends Writable>(destination: T, done?: Done): T;
}
/** The input of a child. */
export class Input extends Writable {
    #private;
    constructor(id: string, started: Promise<unknown>);
    /** Writes data; false asks to wait for `drain`. */
    write(data: Data, encoding?: Encoding | Done | null, callback?: Done): boolean;
    /** Writes the last data; then the child finds the end of its input. */
    end(data?: Data | Done, encoding?: Encoding | Done | null, callback?: Done): this;
}
export {};
}

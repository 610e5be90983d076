declare module 'oro:internal/fs/copy' {
/** Copying of whole trees. */
import { type Operation } from 'oro:internal/fs/operation';
import { type PathLike } from 'oro:internal/fs/params';
/** Options of `cp`. */
export interface CopyOptions {
    /** Copies directories too. */
    recursive?: boolean;
    /** Replaces files that are there already; the default. */
    force?: boolean;
    /** With `force: false`: a file that is there already is an error. */
    errorOnExist?: boolean;
    /** Copies what links lead to instead of the links. */
    dereference?: boolean;
    /** Keeps the times of the source. */
    preserveTimestamps?: boolean;
    /** The flags of `copyFile`. */
    mode?: number;
    /** Copies links as they are; otherwise where they lead is made absolute. */
    verbatimSymlinks?: boolean;
    /** Whether to copy an entry. */
    filter?: (src: string, dest: string) => boolean | Promise<boolean>;
}
/** Copies a file, or a directory with all that is in it. */
export function cp(src: PathLike, dest: PathLike, options?: CopyOptions): Operation<void>;
}

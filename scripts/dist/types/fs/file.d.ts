declare module 'oro:internal/fs/file' {
/** Files as the web knows them, with their content on the disk. */
import { type PathLike } from 'oro:internal/fs/params';
/** Options of `createFile`. */
export interface CreateFileOptions {
    /** Its type; that of its name by default. */
    type?: string;
}
/**
 * A file of the disk, as it is now, as a `File`. One of more than 64 MiB is read when it is asked
 * for, which fails once the file has changed; the platform does not know its content, so it cannot
 * be put into a form, an address or a message.
 */
export function createFile(path: PathLike, options?: CreateFileOptions): Promise<File>;
}

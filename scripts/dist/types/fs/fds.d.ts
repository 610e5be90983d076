declare module 'oro:fs/fds' {
/**
 * The open files of this document: `oro:fs/fds`. Programs see the numbers of the system; native
 * code knows a file by an identifier that is never used twice.
 */
/** Remembers an open file. */
export function add(fd: number, id: string): void;
/** Forgets a file that was closed. */
export function remove(fd: number): void;
/** The identifier of an open file. */
export function idOf(fd: number, syscall: string): string;
/** The numbers of all open files. */
export function list(): number[];
const _default: {
    add: typeof add;
    idOf: typeof idOf;
    list: typeof list;
    remove: typeof remove;
};
export default _default;
}

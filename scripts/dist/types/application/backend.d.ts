declare module 'oro:internal/application/backend' {
/** The program that runs beside the application: `backend` of `oro:application`. */
import type { Routes } from 'oro:internal/generated/routes';
/** What runs. */
export type Backend = Routes['process.open']['result'];
/**
 * The program that the setting `cmd` names. It is told things by lines on its standard input, and
 * each line `ipc://send?event=NAME&value=JSON` that it prints is the event `NAME` of the page, with
 * the value as its detail; `&index=N` means one window only. Its end is the event `backend-exit`.
 */
export const backend: Readonly<{
    /** Starts it, if it does not run; with `force` anew. */
    open: (options?: {
        force?: boolean;
    }) => Promise<Backend>;
    /** Writes a line. */
    write: (line: string) => Promise<void>;
    /** Writes an event in the form in which it writes its own. */
    send: (event: string, value?: unknown) => Promise<void>;
    /** Ends it. */
    close: () => Promise<void>;
}>;
export default backend;
}

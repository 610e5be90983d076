declare module 'oro:process/signal' {
/** Signals by their numbers and names: `oro:process/signal`, `oro:signal`. */
import { signals } from 'oro:os/constants';
/** The name of a signal, such as `SIGTERM`. */
export type SignalName = keyof typeof signals;
/** What each signal means, in a few words. */
const meanings: Readonly<Record<SignalName, string>>;
/** The number of a name, spelled in any case and with or without `SIG`. */
export function getCode(name: string | number): number | undefined;
/** The name of a number. */
export function getName(code: number | string): SignalName | undefined;
/** What a signal means. */
export function getMessage(signal: number | string): string | undefined;
/** The name of a signal; empty if there is no such one. */
export function toString(signal: number | string): string;
export const SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGCHLD: 17, SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20, SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23, SIGXCPU: 24, SIGXFSZ: 25, SIGVTALRM: 26, SIGPROF: 27, SIGWINCH: 28, SIGIO: 29, SIGPWR: 30, SIGSYS: 31;
export { meanings, signals };
const _default: {
    SIGHUP: 1;
    SIGINT: 2;
    SIGQUIT: 3;
    SIGILL: 4;
    SIGTRAP: 5;
    SIGABRT: 6;
    SIGBUS: 7;
    SIGFPE: 8;
    SIGKILL: 9;
    SIGUSR1: 10;
    SIGSEGV: 11;
    SIGUSR2: 12;
    SIGPIPE: 13;
    SIGALRM: 14;
    SIGTERM: 15;
    SIGCHLD: 17;
    SIGCONT: 18;
    SIGSTOP: 19;
    SIGTSTP: 20;
    SIGTTIN: 21;
    SIGTTOU: 22;
    SIGURG: 23;
    SIGXCPU: 24;
    SIGXFSZ: 25;
    SIGVTALRM: 26;
    SIGPROF: 27;
    SIGWINCH: 28;
    SIGIO: 29;
    SIGPWR: 30;
    SIGSYS: 31;
    getCode: typeof getCode;
    getMessage: typeof getMessage;
    getName: typeof getName;
    meanings: Readonly<Record<"SIGABRT" | "SIGALRM" | "SIGBUS" | "SIGCHLD" | "SIGCONT" | "SIGFPE" | "SIGHUP" | "SIGILL" | "SIGINT" | "SIGIO" | "SIGKILL" | "SIGPIPE" | "SIGPROF" | "SIGPWR" | "SIGQUIT" | "SIGSEGV" | "SIGSTOP" | "SIGSYS" | "SIGTERM" | "SIGTRAP" | "SIGTSTP" | "SIGTTIN" | "SIGTTOU" | "SIGURG" | "SIGUSR1" | "SIGUSR2" | "SIGVTALRM" | "SIGWINCH" | "SIGXCPU" | "SIGXFSZ", string>>;
    signals: Readonly<{
        SIGHUP: 1;
        SIGINT: 2;
        SIGQUIT: 3;
        SIGILL: 4;
        SIGTRAP: 5;
        SIGABRT: 6;
        SIGBUS: 7;
        SIGFPE: 8;
        SIGKILL: 9;
        SIGUSR1: 10;
        SIGSEGV: 11;
        SIGUSR2: 12;
        SIGPIPE: 13;
        SIGALRM: 14;
        SIGTERM: 15;
        SIGCHLD: 17;
        SIGCONT: 18;
        SIGSTOP: 19;
        SIGTSTP: 20;
        SIGTTIN: 21;
        SIGTTOU: 22;
        SIGURG: 23;
        SIGXCPU: 24;
        SIGXFSZ: 25;
        SIGVTALRM: 26;
        SIGPROF: 27;
        SIGWINCH: 28;
        SIGIO: 29;
        SIGPWR: 30;
        SIGSYS: 31;
    }>;
    toString: typeof toString;
};
export default _default;
}

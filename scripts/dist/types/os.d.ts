declare module 'oro:os' {
/** The machine and its operating system: `oro:os`. */
import constants from 'oro:os/constants';
import type { Routes } from 'oro:internal/generated/routes';
/** A processor core. */
export type CpuInfo = Routes['os.cpus']['result'][number];
/** An address of a network interface. */
export type NetworkInterface = Routes['os.networkInterfaces']['result'][string][number];
/** The end of a line. */
export const EOL: string;
/** The file that swallows everything. */
export const devNull: string;
/** The processor architecture: `x64`, `arm64`, ... */
export function arch(): string;
/** The operating system: `linux`, `darwin`, `win32`, `android`, `ios`. */
export function platform(): string;
/** The name of the operating system, as `uname` gives it. */
export function type(): string;
/** Whether this is Windows. */
export function isWindows(): boolean;
/** The order of the bytes of a number in memory. */
export function endianness(): 'BE' | 'LE';
/** What `uname` tells. */
export function uname(): Routes['os.uname']['result'];
/** The release of the operating system. */
export function release(): string;
/** The version of the operating system. */
export function version(): string;
/** The machine, as `uname` gives it: `x86_64`. */
export function machine(): string;
/** The processor cores. */
export function cpus(): CpuInfo[];
/** How many threads can do useful work at once. */
export function availableParallelism(): number;
/** The addresses of each network interface. */
export function networkInterfaces(): Record<string, NetworkInterface[]>;
/** How long the machine has been running, in seconds. */
export function uptime(): number;
/** The memory that can still be taken, in bytes. */
export function availableMemory(): number;
/** The memory that nothing uses, in bytes. */
export function freemem(): number;
/** All memory of the machine, in bytes. */
export function totalmem(): number;
/** How busy the machine was in the last minute, five minutes and fifteen minutes. */
export function loadavg(): number[];
/** The name of the machine in its network. */
export function hostname(): string;
/** The user who runs the application. */
export function userInfo(): Routes['os.userInfo']['result'];
/** A time that never goes back, in nanoseconds. */
export function hrtime(): bigint;
/** What this process has used. */
export function rusage(): Routes['os.rusage']['result'];
/** The directory of the user. */
export function homedir(): string;
/** The directory for temporary files. */
export function tmpdir(): string;
/** The well-known directories of the user and the application. */
export function paths(): Record<string, string>;
/** What runs the application: the system itself, or an emulator of it. */
export function host(): string;
export { constants };
const _default: {
    EOL: string;
    arch: typeof arch;
    availableMemory: typeof availableMemory;
    availableParallelism: typeof availableParallelism;
    constants: Readonly<{
        UV_UDP_REUSEADDR: 4;
        errno: Readonly<Record<string, number>>;
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
        priority: Readonly<{
            PRIORITY_LOW: 19;
            PRIORITY_BELOW_NORMAL: 10;
            PRIORITY_NORMAL: 0;
            PRIORITY_ABOVE_NORMAL: -7;
            PRIORITY_HIGH: -14;
            PRIORITY_HIGHEST: -20;
        }>;
    }>;
    cpus: typeof cpus;
    devNull: string;
    endianness: typeof endianness;
    freemem: typeof freemem;
    homedir: typeof homedir;
    host: typeof host;
    hostname: typeof hostname;
    hrtime: typeof hrtime;
    isWindows: typeof isWindows;
    loadavg: typeof loadavg;
    machine: typeof machine;
    networkInterfaces: typeof networkInterfaces;
    paths: typeof paths;
    platform: typeof platform;
    release: typeof release;
    rusage: typeof rusage;
    tmpdir: typeof tmpdir;
    totalmem: typeof totalmem;
    type: typeof type;
    uname: typeof uname;
    uptime: typeof uptime;
    userInfo: typeof userInfo;
    version: typeof version;
};
export default _default;
}

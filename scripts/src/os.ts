/** The machine and its operating system: `oro:os`. */

import * as runtime from './internal/runtime.js';
import { callSync } from './ipc/transport.js';
import constants from './os/constants.js';
import type { Routes } from './generated/routes.js';

/** A processor core. */
export type CpuInfo = Routes['os.cpus']['result'][number];

/** An address of a network interface. */
export type NetworkInterface = Routes['os.networkInterfaces']['result'][string][number];

/** The end of a line. */
export const EOL: string = runtime.platform() === 'win32' ? '\r\n' : '\n';
/** The file that swallows everything. */
export const devNull: string = runtime.platform() === 'win32' ? '\\\\.\\nul' : '/dev/null';

/** The processor architecture: `x64`, `arm64`, ... */
export function arch(): string {
  return runtime.arch();
}

/** The operating system: `linux`, `darwin`, `win32`, `android`, `ios`. */
export function platform(): string {
  return runtime.platform();
}

/** The name of the operating system, as `uname` gives it. */
export function type(): string {
  const known: Record<string, string> = {
    android: 'Linux',
    darwin: 'Darwin',
    ios: 'Darwin',
    linux: 'Linux',
    win32: 'Windows_NT',
  };
  return known[platform()] ?? uname().sysname;
}

/** Whether this is Windows. */
export function isWindows(): boolean {
  return platform() === 'win32';
}

/** The order of the bytes of a number in memory. */
export function endianness(): 'BE' | 'LE' {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'LE' : 'BE';
}

/** What `uname` tells. */
export function uname(): Routes['os.uname']['result'] {
  return callSync('os.uname');
}

/** The release of the operating system. */
export function release(): string {
  return uname().release;
}

/** The version of the operating system. */
export function version(): string {
  return uname().version;
}

/** The machine, as `uname` gives it: `x86_64`. */
export function machine(): string {
  return uname().machine;
}

/** The processor cores. */
export function cpus(): CpuInfo[] {
  return callSync('os.cpus');
}

/** How many threads can do useful work at once. */
export function availableParallelism(): number {
  return globalThis.navigator?.hardwareConcurrency || cpus().length || 1;
}

/** The addresses of each network interface. */
export function networkInterfaces(): Record<string, NetworkInterface[]> {
  return callSync('os.networkInterfaces');
}

/** How long the machine has been running, in seconds. */
export function uptime(): number {
  return callSync('os.uptime') / 1000;
}

/** The memory that can still be taken, in bytes. */
export function availableMemory(): number {
  return Number(u64(callSync('os.availableMemory')));
}

/** The memory that nothing uses, in bytes. */
export function freemem(): number {
  return callSync('os.freemem');
}

/** All memory of the machine, in bytes. */
export function totalmem(): number {
  return callSync('os.totalmem');
}

/** How busy the machine was in the last minute, five minutes and fifteen minutes. */
export function loadavg(): number[] {
  return callSync('os.loadavg');
}

/** The name of the machine in its network. */
export function hostname(): string {
  return callSync('os.hostname');
}

/** The user who runs the application. */
export function userInfo(): Routes['os.userInfo']['result'] {
  return callSync('os.userInfo');
}

/** A time that never goes back, in nanoseconds. */
export function hrtime(): bigint {
  return u64(callSync('os.hrtime'));
}

/** What this process has used. */
export function rusage(): Routes['os.rusage']['result'] {
  return callSync('os.rusage');
}

/** The directory of the user. */
export function homedir(): string {
  return env('HOME') ?? paths()['home'] ?? '/';
}

/** The directory for temporary files. */
export function tmpdir(): string {
  const path = env('TMPDIR') ?? env('TMP') ?? env('TEMP') ?? paths()['tmp'] ?? '/tmp';
  return path.length > 1 ? path.replace(/[/\\]$/, '') : path;
}

/** The well-known directories of the user and the application. */
export function paths(): Record<string, string> {
  return (knownPaths ??= callSync('os.paths'));
}
let knownPaths: Record<string, string> | undefined;

/** What runs the application: the system itself, or an emulator of it. */
export function host(): string {
  return callSync('platform.primordials')['host-operating-system'];
}

function env(name: string): string | undefined {
  return runtime.args().env?.[name] || undefined;
}

function u64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

export { constants };
export default {
  EOL,
  arch,
  availableMemory,
  availableParallelism,
  constants,
  cpus,
  devNull,
  endianness,
  freemem,
  homedir,
  host,
  hostname,
  hrtime,
  isWindows,
  loadavg,
  machine,
  networkInterfaces,
  paths,
  platform,
  release,
  rusage,
  tmpdir,
  totalmem,
  type,
  uname,
  uptime,
  userInfo,
  version,
};

/** Signals by their numbers and names: `oro:process/signal`, `oro:signal`. */

import { signals } from '../os/constants.js';

/** The name of a signal, such as `SIGTERM`. */
export type SignalName = keyof typeof signals;

/** What each signal means, in a few words. */
const meanings: Readonly<Record<SignalName, string>> = Object.freeze({
  SIGHUP: 'The terminal hung up',
  SIGINT: 'Interrupted from the keyboard',
  SIGQUIT: 'Quit from the keyboard',
  SIGILL: 'Illegal instruction',
  SIGTRAP: 'A breakpoint was met',
  SIGABRT: 'Aborted',
  SIGBUS: 'Bad access to memory',
  SIGFPE: 'Arithmetic error',
  SIGKILL: 'Killed',
  SIGUSR1: 'User-defined signal 1',
  SIGSEGV: 'Invalid access to memory',
  SIGUSR2: 'User-defined signal 2',
  SIGPIPE: 'Nobody reads the pipe',
  SIGALRM: 'The alarm went off',
  SIGTERM: 'Terminated',
  SIGCHLD: 'A child stopped or ended',
  SIGCONT: 'Continued',
  SIGSTOP: 'Stopped',
  SIGTSTP: 'Stopped from the keyboard',
  SIGTTIN: 'Input from the background',
  SIGTTOU: 'Output from the background',
  SIGURG: 'Urgent data on a socket',
  SIGXCPU: 'The processor time is used up',
  SIGXFSZ: 'The file is too large',
  SIGVTALRM: 'The virtual alarm went off',
  SIGPROF: 'The profiling timer expired',
  SIGWINCH: 'The window changed its size',
  SIGIO: 'Input or output is possible',
  SIGPWR: 'The power fails',
  SIGSYS: 'Bad system call',
});

/** The number of a name, spelled in any case and with or without `SIG`. */
export function getCode(name: string | number): number | undefined {
  if (typeof name === 'number') return getName(name) && name;
  const upper = name.toUpperCase();
  return signals[(upper.startsWith('SIG') ? upper : `SIG${upper}`) as SignalName];
}

/** The name of a number. */
export function getName(code: number | string): SignalName | undefined {
  const names = Object.keys(signals) as SignalName[];
  const number = typeof code === 'number' ? code : getCode(code);
  return names.find((name) => signals[name] === number);
}

/** What a signal means. */
export function getMessage(signal: number | string): string | undefined {
  const name = getName(signal);
  return name && meanings[name];
}

/** The name of a signal; empty if there is no such one. */
export function toString(signal: number | string): string {
  return getName(signal) ?? '';
}

export const {
  SIGHUP,
  SIGINT,
  SIGQUIT,
  SIGILL,
  SIGTRAP,
  SIGABRT,
  SIGBUS,
  SIGFPE,
  SIGKILL,
  SIGUSR1,
  SIGSEGV,
  SIGUSR2,
  SIGPIPE,
  SIGALRM,
  SIGTERM,
  SIGCHLD,
  SIGCONT,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGXCPU,
  SIGXFSZ,
  SIGVTALRM,
  SIGPROF,
  SIGWINCH,
  SIGIO,
  SIGPWR,
  SIGSYS,
} = signals;

export { meanings, signals };
export default { ...signals, getCode, getMessage, getName, meanings, signals, toString };

/** Facts that native code gives each document before its first script. */

/** The public facts of this document and its application: `globalThis.__args`. */
export interface RuntimeArgs {
  readonly argv?: readonly string[];
  readonly arch?: string;
  /** The bundle identifier of the application: the host of its `oro:` addresses. */
  readonly bundle?: string;
  readonly capabilities?: {
    readonly streaming?: {
      readonly sseIncremental?: boolean;
      readonly chunkedIncremental?: boolean;
    };
  };
  readonly client?: { readonly id?: string };
  readonly config?: Readonly<Record<string, unknown>>;
  readonly cwd?: string;
  readonly debug?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly headless?: boolean;
  /** The index of the window. */
  readonly index?: number;
  readonly os?: string;
  readonly pid?: number;
  readonly platform?: string;
  /** The test suite that this run is for, if it is for one. */
  readonly test?: string;
  readonly version?: string | { readonly full?: string; readonly short?: string };
}

const EMPTY: RuntimeArgs = Object.freeze({});

/** `globalThis.__args`, or nothing in a document that native code did not prepare. */
export function args(): RuntimeArgs {
  return (globalThis as { __args?: RuntimeArgs }).__args ?? EMPTY;
}

/** The version of the runtime. */
export function runtimeVersion(): string {
  const { version } = args();
  return (typeof version === 'string' ? version : (version?.short ?? version?.full)) ?? '';
}

/** The index of the window that this code runs in, or for. */
export function windowIndex(): number {
  return args().index ?? 0;
}

/** The operating system, as Node names it. */
export function platform(): string {
  const name = args().platform ?? args().os;
  if (name) return name === 'macos' ? 'darwin' : name === 'windows' ? 'win32' : name;
  const agent = globalThis.navigator?.userAgent ?? '';
  if (/android/i.test(agent)) return 'android';
  if (/iphone|ipad/i.test(agent)) return 'ios';
  if (/mac os/i.test(agent)) return 'darwin';
  return /windows/i.test(agent) ? 'win32' : 'linux';
}

/** The processor architecture, as Node names it. */
export function arch(): string {
  const name = args().arch ?? '';
  const known: Record<string, string> = { x86_64: 'x64', aarch64: 'arm64', x86: 'ia32' };
  return known[name] ?? (name || 'x64');
}

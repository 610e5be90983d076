// Shapes of the npm packages that bring no types. What the library gives out is typed where it is
// given out, so that its declarations stand on their own.

declare module 'events/' {
  const events: Record<string, unknown>;
  export default events;
}
declare module 'streamx' {
  const streamx: Record<string, unknown>;
  export default streamx;
}
declare module 'bare-path/posix' {
  const posix: unknown;
  export default posix;
}
declare module 'bare-path/win32' {
  const win32: unknown;
  export default win32;
}
declare module 'url/' {
  const url: Record<string, unknown>;
  export default url;
}
declare module 'util/util.js' {
  const util: Record<string, unknown>;
  export default util;
}
declare module 'assert/' {
  const assert: unknown;
  export default assert;
}
declare module 'assert/build/internal/util/comparisons.js' {
  const comparisons: {
    isDeepEqual(a: unknown, b: unknown): boolean;
    isDeepStrictEqual(a: unknown, b: unknown): boolean;
  };
  export default comparisons;
}
declare module '*/path-binding.cjs' {
  const binding: { cwd: () => string };
  export default binding;
}

declare module 'oro:path/win32' {
/** Paths of Windows: `oro:path/win32`. */
import type { PathModule } from 'oro:internal/path/types';
export type { ParsedPath, PathModule } from 'oro:internal/path/types';
export const basename: (path: string, suffix?: string) => string, delimiter: string, dirname: (path: string) => string, extname: (path: string) => string, format: (parts: Partial<import("oro:internal/path/types").ParsedPath>) => string, isAbsolute: (path: string) => boolean, join: (...paths: string[]) => string, normalize: (path: string) => string, parse: (path: string) => import("oro:internal/path/types").ParsedPath, posix: PathModule, relative: (from: string, to: string) => string, resolve: (...paths: string[]) => string, sep: string, toNamespacedPath: (path: string) => string, win32: PathModule;
const _default: PathModule;
export default _default;
}

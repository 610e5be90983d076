declare module 'oro:path' {
/** Paths of the system that the application runs on: `oro:path`. */
import type { PathModule } from 'oro:internal/path/types';
export type { ParsedPath, PathModule } from 'oro:internal/path/types';
export { cwd } from 'oro:internal/internal/cwd';
const path: PathModule;
export const basename: (path: string, suffix?: string) => string, delimiter: string, dirname: (path: string) => string, extname: (path: string) => string, format: (parts: Partial<import("oro:path").ParsedPath>) => string, isAbsolute: (path: string) => boolean, join: (...paths: string[]) => string, normalize: (path: string) => string, parse: (path: string) => import("oro:path").ParsedPath, posix: PathModule, relative: (from: string, to: string) => string, resolve: (...paths: string[]) => string, sep: string, toNamespacedPath: (path: string) => string, win32: PathModule;
export default path;
}

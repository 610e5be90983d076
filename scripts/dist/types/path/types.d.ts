declare module 'oro:internal/path/types' {
/** The shape of a path module. */
/** A path taken apart. */
export interface ParsedPath {
    root: string;
    dir: string;
    base: string;
    ext: string;
    name: string;
}
/** Functions on the paths of one kind of system. */
export interface PathModule {
    /** Separates segments. */
    readonly sep: string;
    /** Separates paths in a list such as `PATH`. */
    readonly delimiter: string;
    readonly posix: PathModule;
    readonly win32: PathModule;
    basename(path: string, suffix?: string): string;
    dirname(path: string): string;
    extname(path: string): string;
    format(parts: Partial<ParsedPath>): string;
    isAbsolute(path: string): boolean;
    join(...paths: string[]): string;
    normalize(path: string): string;
    parse(path: string): ParsedPath;
    relative(from: string, to: string): string;
    resolve(...paths: string[]): string;
    toNamespacedPath(path: string): string;
}
}

declare module 'oro:fs/flags' {
/** The flags of open files: `oro:fs/flags`. */
/** The number of flags such as `'w+'`; reading by default. */
export function normalizeFlags(flags?: string | number | null): number;
export default normalizeFlags;
}

declare module 'oro:internal/internal/cwd' {
/** The working directory of the process, asked for once and kept. */
/** The working directory. */
export function cwd(): string;
/** Changes the working directory of the process. */
export function chdir(directory: string): void;
}

declare module 'oro:internal/test/tap' {
/** The Test Anything Protocol, version 13. */
/** How an assertion came out. */
export interface Outcome {
    ok: boolean;
    message: string;
    operator: string;
    actual?: unknown;
    expected?: unknown;
    /** What was thrown, where something was. */
    error?: unknown;
    /** `SKIP` or `TODO`, with a reason. */
    directive?: string | undefined;
}
/** Writes a run as TAP, and counts. */
export class Report {
    #private;
    count: number;
    passed: number;
    failed: number;
    constructor(write: (text: string) => void);
    comment(text: string): void;
    outcome(outcome: Outcome): void;
    /** The plan and the summary. */
    end(): void;
}
}

declare module 'oro:internal/test/runner' {
/** Runs tests one after the other. */
import { Report } from 'oro:internal/test/tap';
import { type TestBody } from 'oro:internal/test/context';
/** Options of one test. */
export interface TestOptions {
    /** How long it may take, in milliseconds; 30 seconds by default. */
    timeout?: number;
    only?: boolean;
    skip?: boolean | string;
    todo?: boolean | string;
}
/** A run of tests; it begins by itself once the code that adds them is done. */
export class TestRunner {
    #private;
    readonly report: Report;
    constructor(write: (text: string) => void, finish: (code: number) => unknown);
    /** Whether a test without assertions fails. */
    setStrict(strict: boolean): void;
    add(name: string, body: TestBody | null, options?: TestOptions): void;
    /** Begins only after `work`, such as the import of the files that add the tests. */
    after(work: Promise<unknown>): Promise<void>;
    /** An error that nothing caught: the test that runs has failed, or the run. */
    uncaught(error: unknown): void;
}
}

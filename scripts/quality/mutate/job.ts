/** The work for all workers. Each does its part. */
export interface Job {
  /** Test files to record, with the keys of their recordings. */
  readonly record: readonly { readonly file: string; readonly key: string }[];
  /** File that recordings are appended to, one JSON object a line. */
  readonly recordings: string;
  readonly mutants: readonly JobMutant[];
  /** By test file: the key of its recording. */
  readonly tests: Readonly<Record<string, string>>;
  /** File that outcomes are appended to, one JSON object a line. */
  readonly outcomes: string;
  readonly minutes: number;
  /** Longest recorded time of a test that is played for mutants, in milliseconds. */
  readonly slowest: number;
  /** Largest number of tests for one mutant. */
  readonly most: number;
}

export interface JobMutant {
  readonly number: number;
  /** Number of its place in the recordings. */
  readonly site: number;
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

/** The places that the tests of a file reach. */
export interface Recording {
  readonly key: string;
  readonly tests: readonly RecordedTest[];
  /** Tests that fail without a mutant. They do not count. */
  readonly unused: readonly string[];
}

export interface RecordedTest {
  /** Index among the tests of the file. */
  readonly index: number;
  readonly milliseconds: number;
  readonly sites: readonly number[];
}

/** The outcome of a mutant. */
export interface MutantOutcome {
  readonly key: string;
  /** The first test that failed; null if none did. */
  readonly killedBy: string | null;
  /** Number of tests that were played. For a survivor, these are all that reach it. */
  readonly played: number;
}

/** What the workers are to do, each its part of it. */
export interface Job {
  /** Test files to be recorded; the keys of what is learned of each. */
  readonly record: readonly { readonly file: string; readonly key: string }[];
  /** File that recordings are appended to, one JSON object a line. */
  readonly recordings: string;
  readonly mutants: readonly JobMutant[];
  /** By test file: the recording that holds for it. */
  readonly tests: Readonly<Record<string, string>>;
  /** File that outcomes are appended to, one JSON object a line. */
  readonly outcomes: string;
  readonly minutes: number;
  /** Longest time of a test that is played for mutants, in milliseconds as recorded. */
  readonly slowest: number;
  /** Tests that are played for one mutant at most. */
  readonly most: number;
}

export interface JobMutant {
  readonly number: number;
  /** The number that a test which reaches it has recorded. */
  readonly site: number;
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

/** What the tests of a file reach. */
export interface Recording {
  readonly key: string;
  readonly tests: readonly RecordedTest[];
  /** Tests that fail without a mutant: they count for nothing. */
  readonly unused: readonly string[];
}

export interface RecordedTest {
  /** Of all tests of the file, in their order. */
  readonly index: number;
  readonly milliseconds: number;
  readonly sites: readonly number[];
}

/** What became of a mutant. */
export interface MutantOutcome {
  readonly key: string;
  /** The test that failed first; null if none did. */
  readonly killedBy: string | null;
  /** How many tests were played: of a survivor all that reach it. */
  readonly played: number;
}

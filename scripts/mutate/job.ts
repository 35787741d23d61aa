/** What the worker is to do. */
export interface Job {
  readonly mutants: readonly JobMutant[];
  /** All test files that any mutant needs. */
  readonly tests: readonly string[];
  /** File that outcomes are appended to, one JSON object a line. */
  readonly results: string;
  readonly minutes: number;
}

export interface JobMutant {
  readonly number: number;
  readonly key: string;
  readonly file: string;
  readonly line: number;
  /** Test files that can kill it. */
  readonly tests: readonly string[];
}

/** What became of a mutant. */
export interface Outcome {
  readonly key: string;
  /** The test that failed first; null if none did. */
  readonly killedBy: string | null;
}

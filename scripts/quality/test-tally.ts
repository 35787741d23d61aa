/** What one test runner reported. */
export interface RunnerSummary {
  readonly passed: number;
  readonly failed: number;
}

/** The results of the runners of this process, by name, for the closing line of `hardhat test`. */
export const tally = new Map<string, RunnerSummary>();

/** Reads `summary` out of the result of a Hardhat test task; a runner that failed before its first test counts as one failure. */
export function readSummary(result: unknown): RunnerSummary {
  const { success, value, error } = result as {
    success: boolean;
    value?: { summary: RunnerSummary };
    error?: { summary: RunnerSummary };
  };
  const summary = (success ? value : error)?.summary ?? { passed: 0, failed: 0 };
  return { passed: summary.passed, failed: success ? summary.failed : Math.max(summary.failed, 1) };
}

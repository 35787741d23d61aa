import { fileURLToPath } from "node:url";

import Mocha from "mocha";

const WORKER = fileURLToPath(new URL("test-worker.cjs", import.meta.url));

/** What Mocha's types leave out: a runner whose files are run by several processes, each with a reporter of its own. */
interface ParallelRunner extends Mocha.Runner {
  isParallelMode(): boolean;
  workerReporter(file: string): void;
}

/** Counts of the tests of this process and its workers. */
export const counts = { passed: 0, skipped: 0 };

/** Mocha's usual output, and counts: Hardhat counts every test that did not fail as one that passed. */
export class TestReporter extends Mocha.reporters.Spec {
  constructor(runner: ParallelRunner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.on("pass", () => (counts.passed += 1));
    runner.on("pending", () => (counts.skipped += 1));
    if (runner.isParallelMode()) runner.workerReporter(WORKER);
  }
}

import { fileURLToPath } from "node:url";

import Mocha from "mocha";

const WORKER = fileURLToPath(new URL("test-worker.cjs", import.meta.url));

/** A runner whose files run in several processes, each with its own reporter. Mocha's types lack these fields. */
interface ParallelRunner extends Mocha.Runner {
  isParallelMode(): boolean;
  workerReporter(file: string): void;
}

/** Counts of the tests of this process and its workers. */
export const counts = { passed: 0, skipped: 0 };

/** Mocha's usual output with its own counts: Hardhat counts a skipped test as passed. */
export class TestReporter extends Mocha.reporters.Spec {
  constructor(runner: ParallelRunner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.on("pass", () => (counts.passed += 1));
    runner.on("pending", () => (counts.skipped += 1));
    if (runner.isParallelMode()) runner.workerReporter(WORKER);
  }
}

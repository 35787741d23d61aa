import { fileURLToPath } from "node:url";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

/** The options of `npm run fuzz`. */
interface FuzzArguments {
  readonly minutes: string;
}

const TESTS = ["fuzz", "liveness"].map((name) =>
  fileURLToPath(new URL(`../../test/fuzz/${name}.test.ts`, import.meta.url)),
);

/** `npm run fuzz`: random runs on the contracts and their model for the given time. It fails at the first difference. */
const runs: NewTaskActionFunction<FuzzArguments> = async ({ minutes }, hre) => {
  if (!/^\d+(\.\d+)?$/.test(minutes) || Number(minutes) <= 0) {
    process.stderr.write(
      `--minutes ${minutes} is no number above 0. Next: say how long, as in npm run fuzz -- --minutes 30\n`,
    );
    return errorResult();
  }
  // The tests read it: Mocha has no arguments of its own.
  process.env.FUZZ_MINUTES = minutes;
  const result: unknown = await hre.tasks.getTask(["test", "mocha"]).run({ testFiles: TESTS });
  return (result as { readonly success: boolean }).success ? successfulResult() : errorResult();
};

export default runs;

import type { TaskOverrideActionFunction } from "hardhat/types/tasks";

import { tally } from "./test-tally.js";

/** `hardhat test`, followed by one plain line that CI can search for. */
const testAll: TaskOverrideActionFunction = async (args, _hre, runSuper) => {
  const result: unknown = await runSuper(args);
  const summaries = [...tally.values()];
  const passed = summaries.reduce((sum, summary) => sum + summary.passed, 0);
  const failed = summaries.reduce((sum, summary) => sum + summary.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return result;
};

export default testAll;

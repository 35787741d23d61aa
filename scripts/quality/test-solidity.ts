import type { TaskOverrideActionFunction } from "hardhat/types/tasks";

import { readSummary, tally } from "./test-tally.js";

/** `hardhat test solidity`, whose result is kept for the closing line. */
const testSolidity: TaskOverrideActionFunction = async (args, _hre, runSuper) => {
  const result: unknown = await runSuper(args);
  tally.set("solidity", readSummary(result));
  return result;
};

export default testSolidity;

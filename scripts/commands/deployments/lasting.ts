import { InvalidInputError } from "../../../src/utils/invalidInput.js";

/**
 * Refuses an empty chain inside the process. Hardhat starts one with each command if no network is named, and nothing is deployed on it.
 */
export function requireLasting(networkName: string, block: number): void {
  if (block > 0) return;
  const what = `${networkName}, an empty chain inside this process`;
  throw new InvalidInputError("--network", what, "one that the contracts are deployed to", "add --network localhost");
}

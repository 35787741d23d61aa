import { InvalidInputError } from "../../../src/utils/invalidInput.js";

/**
 * Refuses a chain inside the process that has no block yet: it begins anew with each command, so that nothing can be found on it.
 * It is what Hardhat takes where no network is named.
 */
export function requireLasting(networkName: string, block: number): void {
  if (block > 0) return;
  const what = `${networkName}, an empty chain inside this process`;
  throw new InvalidInputError("--network", what, "one that the contracts are deployed to", "add --network localhost");
}

import { Interface } from "ethers";

import type { Call } from "../../src/actions/calls.js";

const tokenAbi = new Interface(["function mint(address to, uint256 value)"]);

/**
 * The call that mints test money. It is not part of the package, because a real token has no such function.
 *
 * @param amount Base units.
 */
export function mintCall(token: string, account: string, amount: bigint): Call {
  return { to: token, data: tokenAbi.encodeFunctionData("mint", [account, amount]) };
}

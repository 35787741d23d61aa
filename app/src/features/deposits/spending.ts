import { approveCall } from "prepaid-escrow";
import type { Token } from "prepaid-escrow";

import type { Acting } from "../../chain/sending/action";

/**
 * Lets the register take tokens of the connected account, if the amount is not 0.
 *
 * @param amount Base units of the token.
 */
export async function allow({ client, send }: Acting, token: Token, amount: bigint): Promise<void> {
  if (amount > 0n) await send(approveCall(token.address, { spender: client.deposits.register, value: amount }));
}

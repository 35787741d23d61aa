import { TokenDomainUnknownError } from "prepaid-escrow";
import type { Order, Token, EscrowClient } from "prepaid-escrow";

import type { Acting } from "../../chain/sending/action";

/** Pays with an allowance if it is large enough, else with a permit if the token has permits, else after an approval. */
export async function pay({ client, send }: Acting, order: Order, token: Token): Promise<void> {
  const purchase = await client.purchase(order);
  const enough = (await client.allowance(token.address, await client.account())) >= purchase.principal;
  if (!enough) {
    const permit = await permitOf(client, order);
    if (permit !== undefined) {
      await send(client.call("buyWithPermit", await client.sign(permit)));
      return;
    }
    const { approveCall } = await import("prepaid-escrow");
    await send(approveCall(token.address, { spender: client.escrow, value: purchase.principal }));
  }
  await send(client.buyCall(purchase));
}

async function permitOf(client: EscrowClient, order: Order) {
  try {
    return await client.permitRequest(order);
  } catch (error) {
    // Tokens without permits have neither a domain nor nonces.
    if (error instanceof TokenDomainUnknownError || (error instanceof Error && error.name === "UnknownRevertError"))
      return undefined;
    throw error;
  }
}

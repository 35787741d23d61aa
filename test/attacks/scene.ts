import { expect } from "chai";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";

import type { TestToken } from "../../types/ethers-contracts/index.js";
import type { Shop } from "../helpers/fixture.js";
import { moneyOf } from "../helpers/settling.js";

/** The receipt of a transaction that was mined. */
export async function mined(sent: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  return (await (await sent).wait())!;
}

/** What an account has of a token. */
export async function purse(token: TestToken, account: { readonly address: string }): Promise<bigint> {
  return await token.balanceOf(account.address);
}

/**
 * Properties 1, 2 and 4 of one merchant, from what is on chain alone: the vault holds what is accounted to it, what is
 * outstanding is what remains on the cards, and every card is covered in full.
 *
 * @param cardIds Every card ever sold by the merchant.
 */
export async function expectSound(shop: Shop, cardIds: readonly string[]): Promise<void> {
  const { outstanding, balance, held } = await moneyOf(shop, shop.merchantId);
  let remaining = 0n;
  for (const cardId of cardIds) remaining += await shop.escrow.remaining(cardId);
  expect(outstanding, "outstanding is what remains on the cards").to.equal(remaining);
  expect(balance, "every card is covered in full").to.be.at.least(outstanding);
  expect(held, "the vault holds what is accounted to it").to.be.at.least(balance);
}

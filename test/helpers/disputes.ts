import { id } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { DisputeKind } from "../../src/contracts/enums.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import { advance, at, buyCard, now } from "./actions.js";
import { networkHelpers } from "./chain.js";
import { DAY, TOKEN } from "./fixture.js";
import type { Shop } from "./fixture.js";
import { COOLING_OFF, EVIDENCE, EXIT_DELAY, askToLeave, consume } from "./leaving.js";
import { loadShop } from "./shop.js";

/** The ruling timeout of the test merchant's policy, in seconds. */
export const RULING_TIMEOUT = 30n * DAY;

/** What a ruling refers to. */
export const DECISION = id("decision");

/** What the holder's card of 20 visits for 1 200 pays after five visits, at 80 each without discount. */
export const HOLDERS_CAUSE = 800n * TOKEN;
/** What the same card pays if nothing is taken back. */
export const ISSUERS_CAUSE = 900n * TOKEN;

/** The price of a pass's seconds, floored. */
export const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

/**
 * The test shop and a holder whose cards are past their cooling-off: one of 20 visits, five of them settled, and a year's
 * pass that is not counted yet. `other` has a card of 20 visits, unused.
 */
async function deployCustomers() {
  const shop = await loadShop();
  const { programs, other } = shop;
  const cardId = await buyCard(shop, { program: programs.count });
  await consume(shop, cardId, 5n);
  const pass = await buyCard(shop, { program: programs.pass });
  const passOpenedAt = await now();
  const othersCard = await buyCard(shop, { program: programs.count, holder: other });
  await advance(COOLING_OFF);
  return { ...shop, cardId, pass, passOpenedAt, othersCard };
}

/** What {@link deployCustomers} answers. */
export type Customers = Awaited<ReturnType<typeof deployCustomers>>;

/** Loads {@link deployCustomers}, deployed once for all tests. */
export async function loadCustomers(): Promise<Customers> {
  return await networkHelpers.loadFixture(deployCustomers);
}

/** The dates of a dispute that begins at `openedAt`. */
const datesFrom = (openedAt: bigint) => ({
  openedAt,
  rulingFrom: openedAt + EXIT_DELAY,
  rulingUntil: openedAt + RULING_TIMEOUT,
});

/** The holder complains; answers the dates of the dispute. */
export async function complain(shop: Shop, cardId: string, holder: HardhatEthersSigner = shop.holder) {
  await shop.escrow.connect(holder).complain(cardId, EVIDENCE);
  return datesFrom(await now());
}

/** The holder asks to leave and an operator contests it; answers when it was asked for, and the dates of the dispute. */
export async function contest(shop: Shop, cardId: string, holder: HardhatEthersSigner = shop.holder) {
  const { requestedAt } = await askToLeave(shop, cardId, holder);
  await shop.escrow.connect(shop.operator).contestExit(cardId, EVIDENCE);
  return { requestedAt, ...datesFrom(await now()) };
}

/** The two ways a dispute begins, by name. */
export const disputes = [
  { name: "complaint", kind: DisputeKind.Complaint, open: complain },
  { name: "contested exit", kind: DisputeKind.Contest, open: contest },
] as const;

/** The association decides for the holder. */
export async function uphold(shop: Shop, cardId: string, awarded: bigint): Promise<ContractTransactionResponse> {
  return await shop.escrow.connect(shop.association).resolve(cardId, true, awarded, DECISION);
}

/** The association decides against the holder; at `time` if that is given, else in the next block. */
export async function dismiss(shop: Shop, cardId: string, time?: bigint): Promise<ContractTransactionResponse> {
  if (time !== undefined) await at(time);
  return await shop.escrow.connect(shop.association).resolve(cardId, false, 0n, DECISION);
}

/** A merchant's open complaints: how many, and their value. */
export async function complaintsOf(shop: Shop, merchantId = shop.merchantId): Promise<readonly [bigint, bigint]> {
  const { complaintCount, complaintValue } = await shop.escrow.merchant(merchantId);
  return [complaintCount, complaintValue];
}

/** The wait for the next complaint about a card; zero for none. */
export async function complaintFromOf(escrow: PrepaidEscrow, cardId: string): Promise<bigint> {
  return (await escrow.dispute(cardId)).complaintFrom;
}

import { id } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { ExitRule } from "../../src/enums.js";
import { escrowDomain } from "../../src/typedData.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import { advance, at, buyCard, now } from "./actions.js";
import { ethers } from "./chain.js";
import { DAY, TOKEN } from "./fixture.js";
import type { Shop } from "./fixture.js";
import { COOLING_OFF, EVIDENCE, EXIT_DELAY, askToLeave, consume } from "./leaving.js";
import { loadShop } from "./shop.js";

/** The ruling timeout of the test merchant's policy, in seconds. */
export const RULING_TIMEOUT = 30n * DAY;

/** What a ruling refers to. */
export const DECISION = id("decision");

/** What a dispute is about. */
export const Kind = { None: 0n, Complaint: 1n, Contest: 2n } as const;

/** The rules a card closes by, those of disputes included. */
export const Rule = { ...ExitRule, Ruling: 7n, RulingTimeout: 8n } as const;

/** What the holder's card of 20 visits for 1 200 pays after five visits, at 80 each without discount. */
export const HOLDERS_CAUSE = 800n * TOKEN;
/** What the same card pays if nothing is taken back. */
export const ISSUERS_CAUSE = 900n * TOKEN;

/** The price of a pass's seconds, floored. */
export const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

/**
 * The test shop with a holder whose cards are past their cooling-off: one of 20 visits, five of them settled, and a year's
 * pass that is not counted yet. `other` has a card of 20 visits, unused.
 */
export async function loadCustomers() {
  const shop = await loadShop();
  const { programs, other } = shop;
  const cardId = await buyCard(shop, { program: programs.session });
  await consume(shop, cardId, 5n);
  const pass = await buyCard(shop, { program: programs.term });
  const passOpenedAt = await now();
  const othersCard = await buyCard(shop, { program: programs.session, holder: other });
  await advance(COOLING_OFF);
  return { ...shop, cardId, pass, passOpenedAt, othersCard };
}

/** What {@link loadCustomers} answers. */
export type Customers = Awaited<ReturnType<typeof loadCustomers>>;

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
  { name: "complaint", kind: Kind.Complaint, open: complain },
  { name: "contested exit", kind: Kind.Contest, open: contest },
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

const COMPLAINT_TYPE = {
  Complaint: [
    { name: "cardId", type: "bytes32" },
    { name: "evidence", type: "bytes32" },
    { name: "nonce", type: "uint8" },
    { name: "deadline", type: "uint48" },
  ],
};

/** A holder's signed complaint. Default: the card's nonce, a deadline one day from now. */
export async function signComplaint(
  escrow: PrepaidEscrow,
  signer: HardhatEthersSigner,
  cardId: string,
  options: { readonly evidence?: string; readonly nonce?: bigint; readonly deadline?: bigint } = {},
) {
  const evidence = options.evidence ?? EVIDENCE;
  const nonce = options.nonce ?? (await escrow.card(cardId)).nonce;
  const deadline = options.deadline ?? (await now()) + DAY;
  const { chainId } = await ethers.provider.getNetwork();
  const domain = escrowDomain(chainId, await escrow.getAddress());
  const signature = await signer.signTypedData(domain, COMPLAINT_TYPE, { cardId, evidence, nonce, deadline });
  return { evidence, deadline, signature };
}

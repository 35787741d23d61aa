import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { concat, keccak256, toBeHex, zeroPadValue } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import { at, buyCard, now } from "./actions.js";
import { ethers } from "./chain.js";
import { DAY } from "./fixture.js";
import type { Shop } from "./fixture.js";
import { EVIDENCE, EXIT_DELAY } from "./leaving.js";
import { loadShop } from "./shop.js";

/** How long a recovery address waits, in seconds. */
export const RECOVERY_DELAY = 30n * DAY;

/** The test shop with a card of twenty visits of the holder. */
export async function loadCard() {
  const shop = await loadShop();
  return { ...shop, cardId: await buyCard(shop, { program: shop.programs.count }) };
}

/** What {@link loadCard} answers. */
export type Sold = Awaited<ReturnType<typeof loadCard>>;

/** The same, and `friend` is the address the holder has named should the key be lost. */
export async function loadRecoverable() {
  const sold = await loadCard();
  await sold.escrow.connect(sold.holder).setRecovery(sold.relayer);
  return { ...sold, friend: sold.relayer };
}

/** What {@link loadRecoverable} answers. */
export type Recoverable = Awaited<ReturnType<typeof loadRecoverable>>;

/* MOVING */

/** The id a card of `cardId`'s program has at another holder. */
export function idAt(cardId: string, holder: HardhatEthersSigner, serial = 0n): string {
  return encodeCardId({ holder: holder.address, programId: decodeCardId(cardId).programId, serial });
}

/** The holder asks to move a card to `other`, or to `to`; answers the times of the request. */
export async function askToMove(shop: Shop, cardId: string, to = shop.other, holder = shop.holder) {
  await shop.escrow.connect(holder).requestMove(cardId, to);
  const requestedAt = await now();
  return { requestedAt, executableAt: requestedAt + EXIT_DELAY, lapsesAt: requestedAt + 2n * EXIT_DELAY };
}

/** The recovery address asks to move a card to `other`; answers the times of the request. */
export async function askToRecover(shop: Shop, cardId: string, friend = shop.relayer, to = shop.other) {
  await shop.escrow.connect(friend).requestMove(cardId, to);
  const requestedAt = await now();
  const executableAt = requestedAt + RECOVERY_DELAY;
  return { requestedAt, executableAt, lapsesAt: executableAt + EXIT_DELAY };
}

/** Moves a card at once, with the operator's consent; answers its new id. */
export async function moveAtOnce(
  shop: Shop,
  cardId: string,
  to = shop.other,
  serial = 0n,
  holder = shop.holder,
): Promise<string> {
  const { escrow, operator, stranger } = shop;
  await escrow.connect(holder).requestMove(cardId, to);
  await escrow.connect(operator).consentMove(cardId, (await escrow.card(cardId)).nonce);
  await escrow.connect(stranger).executeMove(cardId, serial);
  return idAt(cardId, to, serial);
}

/** A contest of the card's exit that the association dismisses: the merchant cannot contest another. */
export async function dismissContest(shop: Shop, cardId: string): Promise<void> {
  const { escrow, holder, operator, association } = shop;
  await escrow.connect(holder).requestExit(cardId);
  await escrow.connect(operator).contestExit(cardId, EVIDENCE);
  await at((await escrow.dispute(cardId)).rulingFrom);
  await escrow.connect(association).resolve(cardId, false, 0n, EVIDENCE);
}

/** A complaint about the card that the association dismisses; answers from when the holder can complain again. */
export async function dismissComplaint(shop: Shop, cardId: string): Promise<bigint> {
  const { escrow, holder, association } = shop;
  await escrow.connect(holder).complain(cardId, EVIDENCE);
  await at((await escrow.dispute(cardId)).rulingFrom);
  await escrow.connect(association).resolve(cardId, false, 0n, EVIDENCE);
  return (await escrow.dispute(cardId)).complaintFrom;
}

/* THE WORD OF A CARD */

/** The storage slot of the mapping of cards, see `EscrowState`. */
const CARDS_SLOT = 0x14n;

/** Bit of a card's word: a move is pending. */
export const MOVING = 1n << 244n;

/** A card as it lies in storage, all 256 bits. */
export async function wordOf(escrow: PrepaidEscrow, cardId: string): Promise<bigint> {
  const slot = keccak256(concat([cardId, zeroPadValue(toBeHex(CARDS_SLOT), 32)]));
  return BigInt(await ethers.provider.getStorage(escrow, slot));
}

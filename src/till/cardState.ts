import { decodeCardId } from "../contracts/cardId.js";
import type { EscrowClient } from "../client/client.js";
import type { CardStatusName, MerchantStatusName, ProgramKindName } from "../contracts/enums.js";
import { EMPTY_RECEIPT } from "../actions/receipts.js";
import { faceOf } from "../contracts/release.js";
import { CardIsPassError, CardNotUsableError, CardOfOtherMerchantError, MerchantNotServingError } from "./errors.js";

/** What a till has last read of a card. */
export interface KnownCard {
  readonly cardId: string;
  readonly merchantId: bigint;
  readonly kind: ProgramKindName;
  readonly status: CardStatusName;
  /** Token base units. */
  readonly principal: bigint;
  /** Units the card has in all. */
  readonly face: bigint;
  /** Of the program; zero for an open amount. */
  readonly units: bigint;
  /** Units settled at that time. */
  readonly consumed: bigint;
  /** The receipt they were settled with, if the book does not count as far; zero if the node does not tell. */
  readonly receipt: string;
  /** Whether a request to leave, a move or a dispute is pending: any of them can end in a card that is closed. */
  readonly leaving: boolean;
  readonly moving: boolean;
  readonly disputed: boolean;
  /** Whether there is code at the holder's address: a contract, or an EIP-7702 account. */
  readonly code: boolean;
  /** Seconds between a request to leave and the card's closing. */
  readonly exitDelay: bigint;
  /** Unix time, by the till's clock. */
  readonly readAt: bigint;
}

/** What a till has last read of its merchant. Times in Unix seconds, zero for never. */
export interface KnownMerchant {
  readonly status: MerchantStatusName;
  readonly lastServiceAt: bigint;
  readonly noticeEndsAt: bigint;
  readonly windowEndsAt: bigint;
  readonly readAt: bigint;
}

/** Why a visit has to be settled before it is served, or a voucher at once. */
export type Urgency = "ExitPending" | "MovePending" | "DisputeOpen" | "ContractHolder" | "RunOffEnding" | "Defaulted";

/**
 * Reads a card.
 *
 * @param known What was read before: what cannot change is not asked for again.
 * @param booked Up to where the book counts the card; the receipt on chain is asked for only if the chain counts further.
 * @param now Unix time, by the till's clock.
 */
export async function readCard(
  client: EscrowClient,
  cardId: string,
  known: KnownCard | undefined,
  booked: bigint,
  now: bigint,
): Promise<KnownCard> {
  const { holder } = decodeCardId(cardId);
  const [card, fixed, code] = await Promise.all([
    client.card(cardId),
    known ?? readProgram(client, cardId),
    client.hasCode(holder),
  ]);
  const { merchantId, kind, units, exitDelay } = fixed;
  const { status, principal, consumed, exitRequestedAt, moving, disputed } = card;
  const receipt = consumed > booked ? await receiptAt(client, cardId, consumed, known) : EMPTY_RECEIPT;
  const face = faceOf(principal, units);
  const leaving = exitRequestedAt !== 0n;
  const seen = { status, principal, face, consumed, receipt, leaving, moving, disputed, code, readAt: now };
  return { cardId, merchantId, kind, units, exitDelay, ...seen };
}

/** Reads a merchant. */
export async function readMerchant(client: EscrowClient, merchantId: bigint, now: bigint): Promise<KnownMerchant> {
  const { status, lastServiceAt, noticeEndsAt, windowEndsAt } = await client.merchant(merchantId);
  return { status, lastServiceAt, noticeEndsAt, windowEndsAt, readAt: now };
}

async function readProgram(client: EscrowClient, cardId: string) {
  const { merchantId, kind, units, policyId } = await client.program(decodeCardId(cardId).programId);
  const { exitDelay } = await client.policy(policyId);
  return { merchantId, kind, units, exitDelay };
}

async function receiptAt(
  client: EscrowClient,
  cardId: string,
  consumed: bigint,
  known: KnownCard | undefined,
): Promise<string> {
  if (known?.consumed === consumed && known.receipt !== EMPTY_RECEIPT) return known.receipt;
  try {
    return (await client.history.lastSettlement(cardId))?.args.receipt ?? EMPTY_RECEIPT;
  } catch {
    // Many nodes do not tell old logs.
    return EMPTY_RECEIPT;
  }
}

/**
 * Checks that a merchant may charge a card at all.
 *
 * @throws CardOfOtherMerchantError, CardIsPassError, CardNotUsableError, MerchantNotServingError.
 */
export function requireChargeable(card: KnownCard, merchant: KnownMerchant, merchantId: bigint): void {
  if (card.merchantId !== merchantId) throw new CardOfOtherMerchantError(card.cardId, card.merchantId, merchantId);
  if (card.kind === "Term") throw new CardIsPassError(card.cardId);
  if (card.status !== "Open") throw new CardNotUsableError(card.cardId, card.status);
  if (!["Active", "Suspended", "RunOff"].includes(merchant.status)) {
    throw new MerchantNotServingError(merchantId, merchant.status);
  }
}

/**
 * Why a card's vouchers cannot wait; `undefined` if they can.
 *
 * @param ahead Seconds before the end of a run-off's notice in which they cannot wait any more.
 */
export function urgencyOf(
  card: KnownCard,
  merchant: KnownMerchant,
  now: bigint,
  contract: boolean,
  ahead: bigint,
): Urgency | undefined {
  if (merchant.status === "Defaulted") return "Defaulted";
  if (card.leaving) return "ExitPending";
  if (card.moving) return "MovePending";
  if (card.disputed) return "DisputeOpen";
  if (contract) return "ContractHolder";
  // After it anyone may close every card.
  if (merchant.status === "RunOff" && now + ahead >= merchant.noticeEndsAt) return "RunOffEnding";
  return undefined;
}

import { decodeCardId } from "../contracts/cardId.js";
import type { EscrowClient } from "../client/client.js";
import type { CardStatusName, MerchantStatusName, ProgramKindName } from "../contracts/enums.js";
import { EMPTY_RECEIPT } from "../actions/receipts.js";
import { faceOf } from "../contracts/release.js";
import { CardIsPassError, CardNotUsableError, CardOfOtherMerchantError, MerchantNotServingError } from "./errors.js";

/** The consumption by which the first visit of a pass is signed, in seconds. */
const CHECK_IN = 1n;

/** A till's last reading of a card. */
export interface KnownCard {
  readonly cardId: string;
  readonly merchantId: bigint;
  readonly kind: ProgramKindName;
  readonly status: CardStatusName;
  /** Token base units. */
  readonly principal: bigint;
  /** Units of the whole card. */
  readonly face: bigint;
  /** Units of the program; zero for an open amount. */
  readonly units: bigint;
  /** Whether it is a pass whose first visit is signed, as a consumption of one second: it ends the holder's cooling-off. */
  readonly checkIn?: boolean;
  /** Units settled. */
  readonly consumed: bigint;
  /** Receipt of the last settlement. Zero if the book's cumulative is as high, or if the node gives no old logs. */
  readonly receipt: string;
  /** Whether a request to leave, a move or a dispute is pending. Each of them can close or move the card. */
  readonly leaving: boolean;
  readonly moving: boolean;
  readonly disputed: boolean;
  /** Whether there is code at the holder's address: a contract, or an EIP-7702 account. */
  readonly code: boolean;
  /** Delay from a request to leave until the card can be closed, in seconds. */
  readonly exitDelay: bigint;
  /** Time of the reading by the till's clock, in Unix seconds. */
  readonly readAt: bigint;
}

/** A till's last reading of its merchant. Times in Unix seconds, zero for never. */
export interface KnownMerchant {
  readonly status: MerchantStatusName;
  readonly lastServiceAt: bigint;
  readonly noticeEndsAt: bigint;
  readonly windowEndsAt: bigint;
  readonly readAt: bigint;
}

/** Why a voucher must be settled at once, and a new one before the merchant serves for it. */
export type Urgency = "ExitPending" | "MovePending" | "DisputeOpen" | "ContractHolder" | "RunOffEnding" | "Defaulted";

/**
 * Reads a card.
 *
 * @param known The last reading. Fields that cannot change are taken from it.
 * @param booked Newest cumulative in the book, in units. The receipt is read only if the chain's cumulative is higher.
 * @param now The time by the till's clock, in Unix seconds.
 * @throws NodeUnreachableError if the node does not answer.
 * @throws RevertError if the card has no program.
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
  const { merchantId, kind, units, exitDelay, checkIn = false } = fixed;
  const { status, principal, consumed, exitRequestedAt, moving, disputed } = card;
  const receipt = consumed > booked ? await receiptAt(client, cardId, consumed, known) : EMPTY_RECEIPT;
  const face = checkIn ? CHECK_IN : faceOf(principal, units);
  const leaving = exitRequestedAt !== 0n;
  const seen = { status, principal, face, consumed, receipt, leaving, moving, disputed, code, readAt: now };
  return { cardId, merchantId, kind, units, exitDelay, checkIn, ...seen };
}

/**
 * Reads a merchant.
 *
 * @param now The time by the till's clock, in Unix seconds.
 * @throws NodeUnreachableError if the node does not answer.
 */
export async function readMerchant(client: EscrowClient, merchantId: bigint, now: bigint): Promise<KnownMerchant> {
  const { status, lastServiceAt, noticeEndsAt, windowEndsAt } = await client.merchant(merchantId);
  return { status, lastServiceAt, noticeEndsAt, windowEndsAt, readAt: now };
}

async function readProgram(client: EscrowClient, cardId: string) {
  const { merchantId, kind, units, policyId } = await client.program(decodeCardId(cardId).programId);
  const { exitDelay, coolingOffRequiresUnused } = await client.policy(policyId);
  return { merchantId, kind, units, exitDelay, checkIn: kind === "Pass" && coolingOffRequiresUnused };
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
    // Many nodes give no old logs.
    return EMPTY_RECEIPT;
  }
}

/**
 * Checks that a merchant may ask for consumptions of a card.
 *
 * @throws CardOfOtherMerchantError if the card belongs to another merchant.
 * @throws CardIsPassError if it is a pass, which is consumed by time, and its first visit is not to be signed or was.
 * @throws CardNotUsableError if it is not open.
 * @throws MerchantNotServingError if the merchant's status forbids serving.
 */
export function requireUsable(card: KnownCard, merchant: KnownMerchant, merchantId: bigint): void {
  if (card.merchantId !== merchantId) throw new CardOfOtherMerchantError(card.cardId, card.merchantId, merchantId);
  if (card.kind === "Pass" && !(card.checkIn === true && card.consumed === 0n)) throw new CardIsPassError(card.cardId);
  if (card.status !== "Open") throw new CardNotUsableError(card.cardId, card.status);
  if (!["Active", "Suspended", "RunOff"].includes(merchant.status)) {
    throw new MerchantNotServingError(merchantId, merchant.status);
  }
}

/**
 * Why the open voucher of a card cannot wait; `undefined` if it can.
 *
 * @param now The time by the till's clock, in Unix seconds.
 * @param contract Whether the holder is a contract.
 * @param ahead Seconds before the end of a run-off's notice in which no voucher waits.
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
  // After the end of the notice anyone can close every card.
  if (merchant.status === "RunOff" && now + ahead >= merchant.noticeEndsAt) return "RunOffEnding";
  return undefined;
}

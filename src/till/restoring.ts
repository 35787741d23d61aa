import type { EscrowClient } from "../client/client.js";
import { decodeCardId } from "../contracts/cardId.js";
import { RevertError } from "../contracts/reverts.js";
import type { RestoredVoucher } from "./backup.js";
import type { KnownCard } from "./cardState.js";
import type { PendingConsumption } from "./consumptionRequest.js";
import {
  BookFailedError,
  CardNotUsableError,
  CardOfOtherMerchantError,
  OverFaceError,
  TillError,
  VoucherRepeatedError,
  RequestStaleError,
  VoucherSignerError,
} from "./errors.js";
import type { KnownState } from "./knownState.js";
import { checkSignature } from "./signatures.js";
import type { BookedVoucher, TillStore } from "./store.js";
import { isSignedByContract } from "./verifier.js";
import type { Verifier } from "./verifier.js";

/** The parts of a till that restoring needs. */
export interface Restoring {
  readonly client: EscrowClient;
  readonly store: TillStore;
  readonly known: KnownState;
  readonly verifier: Verifier;
}

/**
 * Appends one voucher of a backup to the book, after the checks of a newly signed consumption.
 *
 * @throws NodeUnreachableError if the node does not answer.
 * @throws BookFailedError if the book cannot be written.
 */
export async function restoreVoucher(till: Restoring, voucher: BookedVoucher): Promise<RestoredVoucher> {
  const { store, known } = till;
  const { cardId, cumulative, receipt } = voucher;
  const refused = (error: Error): RestoredVoucher => ({ voucher, outcome: "refused", error });
  let card: KnownCard;
  try {
    card = await known.refresh(cardId);
  } catch (error) {
    // A card that was never sold has no program to read.
    if (error instanceof RevertError) return refused(error);
    throw error;
  }
  const { merchantId, consumed, status, face } = card;
  if (merchantId !== known.merchantId) {
    return refused(new CardOfOtherMerchantError(cardId, merchantId, known.merchantId));
  }
  if ((await store.vouchers(cardId)).some((kept) => kept.receipt === receipt)) return { voucher, outcome: "known" };
  if (cumulative <= consumed) return { voucher, outcome: "settled" };
  if (status !== "Open") return refused(new CardNotUsableError(cardId, status));
  if (cumulative > face) return refused(new OverFaceError(cardId, cumulative, face, face - consumed));
  const after = (await store.newest(cardId))?.cumulative ?? 0n;
  if (cumulative <= after) return refused(new RequestStaleError(cardId, cumulative, after));
  try {
    return { voucher: await appendChecked(till, card, voucher, after), outcome: "kept" };
  } catch (error) {
    if (error instanceof TillError && !(error instanceof BookFailedError)) return refused(error);
    throw error;
  }
}

/** @throws TillError (a subclass) if the signature is not the holder's, or another voucher has the same place. */
async function appendChecked(
  { client, store, known, verifier }: Restoring,
  card: KnownCard,
  voucher: BookedVoucher,
  after: bigint,
): Promise<BookedVoucher> {
  const { cardId, signature } = voucher;
  const asked: PendingConsumption = { ...voucher, consumed: card.consumed, after };
  const checked = checkSignature(verifier, card, asked, signature);
  if (checked.contract && !(await isSignedByContract(client, voucher))) {
    throw new VoucherSignerError(cardId, decodeCardId(cardId).holder);
  }
  // A voucher with a time in the future would wait too long: its age decides when it is settled.
  const acceptedAt = voucher.acceptedAt < known.now() ? voucher.acceptedAt : known.now();
  const restored = { ...voucher, ...checked, acceptedAt };
  if (!(await store.append(restored, after))) throw await whyNotAppended(store, restored);
  return restored;
}

/** Why the book did not append a voucher: the book has it already, or another one in its place. */
export async function whyNotAppended(
  store: TillStore,
  { cardId, cumulative, receipt }: BookedVoucher,
): Promise<VoucherRepeatedError | RequestStaleError> {
  const vouchers = await store.vouchers(cardId);
  const kept = vouchers.find((one) => one.receipt === receipt);
  if (kept !== undefined) return new VoucherRepeatedError(cardId, cumulative, kept.acceptedAt);
  return new RequestStaleError(cardId, cumulative, vouchers.at(-1)?.cumulative ?? 0n);
}

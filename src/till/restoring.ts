import type { EscrowClient } from "../client/client.js";
import { decodeCardId } from "../contracts/cardId.js";
import { RevertError } from "../contracts/reverts.js";
import type { RestoredVisit } from "./backup.js";
import type { KnownCard } from "./cardState.js";
import type { AskedVisit } from "./charge.js";
import {
  BookFailedError,
  CardNotUsableError,
  CardOfOtherMerchantError,
  OverFaceError,
  TillError,
  VisitRepeatedError,
  VisitStaleError,
  VoucherSignerError,
} from "./errors.js";
import type { KnownState } from "./knownState.js";
import { checkSignature } from "./signatures.js";
import type { BookedVisit, TillStore } from "./store.js";
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
 * Brings one visit of a backup into the book, after the checks that a newly signed visit passes.
 *
 * @throws NodeUnreachableError if the node does not answer.
 * @throws BookFailedError if the book cannot be written.
 */
export async function restoreVisit(till: Restoring, visit: BookedVisit): Promise<RestoredVisit> {
  const { store, known } = till;
  const { cardId, cumulative, receipt } = visit;
  const refused = (error: Error): RestoredVisit => ({ visit, outcome: "refused", error });
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
  if ((await store.visits(cardId)).some((kept) => kept.receipt === receipt)) return { visit, outcome: "known" };
  if (cumulative <= consumed) return { visit, outcome: "settled" };
  if (status !== "Open") return refused(new CardNotUsableError(cardId, status));
  if (cumulative > face) return refused(new OverFaceError(cardId, cumulative, face, face - consumed));
  const after = (await store.newest(cardId))?.cumulative ?? 0n;
  if (cumulative <= after) return refused(new VisitStaleError(cardId, cumulative, after));
  try {
    return { visit: await appendChecked(till, card, visit, after), outcome: "kept" };
  } catch (error) {
    if (error instanceof TillError && !(error instanceof BookFailedError)) return refused(error);
    throw error;
  }
}

/** @throws TillError (a subclass) if the signature is not the holder's, or the place of the visit is taken. */
async function appendChecked(
  { client, store, known, verifier }: Restoring,
  card: KnownCard,
  visit: BookedVisit,
  after: bigint,
): Promise<BookedVisit> {
  const { cardId, signature } = visit;
  const asked: AskedVisit = { ...visit, consumed: card.consumed, after };
  const checked = checkSignature(verifier, card, asked, signature);
  if (checked.contract && !(await isSignedByContract(client, visit))) {
    throw new VoucherSignerError(cardId, decodeCardId(cardId).holder);
  }
  // A time in the future would never be old enough to be settled.
  const acceptedAt = visit.acceptedAt < known.now() ? visit.acceptedAt : known.now();
  const restored = { ...visit, ...checked, acceptedAt };
  if (!(await store.append(restored, after))) throw await whyNotAppended(store, restored);
  return restored;
}

/** Why the book did not append a visit: it has the visit already, or another one in its place. */
export async function whyNotAppended(
  store: TillStore,
  { cardId, cumulative, receipt }: BookedVisit,
): Promise<VisitRepeatedError | VisitStaleError> {
  const visits = await store.visits(cardId);
  const kept = visits.find((one) => one.receipt === receipt);
  if (kept !== undefined) return new VisitRepeatedError(cardId, cumulative, kept.acceptedAt);
  return new VisitStaleError(cardId, cumulative, visits.at(-1)?.cumulative ?? 0n);
}

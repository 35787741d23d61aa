import { hashItem, proveVisit } from "../actions/receipts.js";
import type { Visit, VisitProof } from "../actions/receipts.js";
import { VisitUnknownError } from "./errors.js";
import type { BookedVisit } from "./store.js";

/** A visit, and the proof that a receipt on chain covers it. */
export interface BookedProof extends VisitProof {
  readonly item: string;
  readonly salt: string;
  /** The receipt that the proof leads to: the one the card was, or will be, settled with. */
  readonly settles: string;
}

/**
 * See `Till.proveVisit`.
 *
 * @param visits The visits of the card in the book, oldest first.
 * @throws VisitUnknownError if the book does not have both receipts, one after the other.
 */
export function proveBookedVisit(
  visits: readonly BookedVisit[],
  cardId: string,
  receipt: string,
  settled: string | undefined,
): BookedProof {
  const index = visits.findIndex((visit) => visit.receipt === receipt);
  const visit = visits[index];
  if (visit === undefined) throw new VisitUnknownError(cardId, receipt);
  const chain = [visit];
  for (const next of visits.slice(index + 1)) {
    // A visit that was settled by another book in between begins a new chain of receipts.
    if (chain.at(-1)?.receipt === settled || next.previous !== chain.at(-1)?.receipt) break;
    chain.push(next);
  }
  const settles = chain.at(-1)?.receipt ?? receipt;
  if (settled !== undefined && settles !== settled) throw new VisitUnknownError(cardId, settled);
  const plain = chain.map(({ cumulative, salt, item }): Visit => ({ cumulative, itemHash: hashItem(salt, item) }));
  const proof = { ...proveVisit(visit.cardId, plain, 0), previous: visit.previous };
  return { ...proof, item: visit.item, salt: visit.salt, settles };
}

import { hashItem, proveConsumption } from "../actions/receipts.js";
import type { ReceiptLink, ConsumptionProof } from "../actions/receipts.js";
import { VoucherUnknownError } from "./errors.js";
import type { BookedVoucher } from "./store.js";

/** A consumption, and the proof that a receipt on chain covers it. */
export interface BookedProof extends ConsumptionProof {
  readonly item: string;
  readonly salt: string;
  /** The receipt that the proof leads to: the one the card was, or will be, settled with. */
  readonly settles: string;
}

/**
 * See `Till.proveConsumption`.
 *
 * @param vouchers The vouchers of the card in the book, oldest first.
 * @param cardId The card.
 * @param receipt The receipt of the consumption to prove.
 * @param settled The receipt of the card's last settlement; the newest one of the book if `undefined`.
 * @throws VoucherUnknownError if the book does not have both receipts, one after the other.
 */
export function proveBookedConsumption(
  vouchers: readonly BookedVoucher[],
  cardId: string,
  receipt: string,
  settled: string | undefined,
): BookedProof {
  const index = vouchers.findIndex((voucher) => voucher.receipt === receipt);
  const voucher = vouchers[index];
  if (voucher === undefined) throw new VoucherUnknownError(cardId, receipt);
  const chain = [voucher];
  for (const next of vouchers.slice(index + 1)) {
    // If another book's voucher was settled in between, a new chain of receipts begins after it.
    if (chain.at(-1)?.receipt === settled || next.previous !== chain.at(-1)?.receipt) break;
    chain.push(next);
  }
  const settles = chain.at(-1)?.receipt ?? receipt;
  if (settled !== undefined && settles !== settled) throw new VoucherUnknownError(cardId, settled);
  const plain = chain.map(({ cumulative, salt, item }): ReceiptLink => ({
    cumulative,
    itemHash: hashItem(salt, item),
  }));
  const proof = { ...proveConsumption(voucher.cardId, plain, 0), previous: voucher.previous };
  return { ...proof, item: voucher.item, salt: voucher.salt, settles };
}

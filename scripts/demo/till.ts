import type { TypedDataDomain, Wallet } from "ethers";

import { EMPTY_RECEIPT, hashItem, nextReceipt } from "../../src/actions/receipts.js";
import { compactSignature, typedDataDigest } from "../../src/contracts/typedData.js";
import type { CompactSignature, ConsumptionMessage } from "../../src/contracts/typedData.js";

/** A row of a batch: what a holder has signed. */
export type SignedRow = ConsumptionMessage & CompactSignature;

/** A signed visit with what its receipt is made of. */
export interface SignedVisit {
  readonly row: SignedRow;
  /** The receipt before the visit. */
  readonly previous: string;
  readonly item: string;
  readonly salt: string;
}

/** What a till knows about a card. */
interface CardRecord {
  cumulative: bigint;
  receipt: string;
  visits: number;
}

/**
 * A merchant's till: it keeps each card's chain of receipts, has the holder sign every visit, and keeps the newest signature
 * of each card, which stands for all visits before it.
 */
export class Till {
  readonly #domain: TypedDataDomain;
  readonly #records = new Map<string, CardRecord>();
  readonly #unsettled = new Map<string, SignedVisit>();

  /** @param domain The escrow's, which the holders sign under. */
  constructor(domain: TypedDataDomain) {
    this.#domain = domain;
  }

  /** Units of a card consumed so far. */
  consumed(cardId: string): bigint {
    return this.#records.get(cardId)?.cumulative ?? 0n;
  }

  /** How often a card has been served. */
  visits(cardId: string): number {
    return this.#records.get(cardId)?.visits ?? 0;
  }

  /** Takes over a card that came from another holder, with what is consumed of it on chain; its chain of receipts is a new one. */
  adopt(cardId: string, consumed: bigint): void {
    this.#records.set(cardId, { cumulative: consumed, receipt: EMPTY_RECEIPT, visits: 0 });
  }

  /**
   * Serves a card: extends its chain of receipts and has the holder sign the new head.
   *
   * @param units Units of the card's program that the visit consumes.
   * @param item What is consumed.
   * @param salt 32 random bytes that hide the item.
   */
  serve(holder: Wallet, cardId: string, units: bigint, item: string, salt: string): SignedRow {
    const { cumulative, receipt, visits } = this.#records.get(cardId) ?? {
      cumulative: 0n,
      receipt: EMPTY_RECEIPT,
      visits: 0,
    };
    const visit = { cumulative: cumulative + units, itemHash: hashItem(salt, item) };
    const message = { cardId, cumulative: visit.cumulative, receipt: nextReceipt(receipt, cardId, visit) };
    const signature = holder.signingKey.sign(typedDataDigest(this.#domain, "Consumption", message));
    const row = { ...message, ...compactSignature(signature.serialized) };
    this.#records.set(cardId, { cumulative: message.cumulative, receipt: message.receipt, visits: visits + 1 });
    this.#unsettled.set(cardId, { row, previous: receipt, item, salt });
    return row;
  }

  /** The newest signature of every card that was served since it was last settled, cards of one program side by side. */
  unsettled(): readonly SignedRow[] {
    return this.waiting().map(({ row }) => row);
  }

  /** The visits of {@link unsettled}, with what their receipts are made of. */
  waiting(): readonly SignedVisit[] {
    return [...this.#unsettled.values()].sort((a, b) => programOf(a.row).localeCompare(programOf(b.row)));
  }

  /** Forgets signatures that are on chain. */
  forget(rows: readonly SignedRow[]): void {
    for (const row of rows) if (this.#unsettled.get(row.cardId)?.row === row) this.#unsettled.delete(row.cardId);
  }
}

/** The program in a card's id: hexadecimal digits 41 to 48. */
function programOf(row: SignedRow): string {
  return row.cardId.slice(42, 50);
}

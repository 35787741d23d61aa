import { ReconciliationError } from "./errors.js";
import { remainingOf } from "./ledger.js";
import type { Ledger, MerchantBook } from "./ledger.js";

/** What the contracts themselves say of one merchant, in token base units. */
export interface OnChain {
  /** `pool(merchantId).outstanding` */
  readonly outstanding: bigint;
  /** `pool(merchantId).balance` */
  readonly balance: bigint;
  /** `token.balanceOf(vault)` */
  readonly held: bigint;
}

/** One merchant's books beside what the contracts say, in token base units. */
export interface Reconciliation extends OnChain {
  readonly merchantId: bigint;
  readonly deposits: bigint;
  readonly payouts: bigint;
  readonly refunds: bigint;
  /** Σ of what remains on the cards, from their events. */
  readonly remaining: bigint;
  /** What must be zero, by what it is. */
  readonly differences: readonly Difference[];
}

/** Something that must be zero. */
export interface Difference {
  readonly check: string;
  readonly amount: bigint;
}

/** Compares the books of one merchant, kept from events, with what the contracts say. */
export function reconcile(ledger: Ledger, book: MerchantBook, chain: OnChain): Reconciliation {
  const { deposits, payouts, refunds, vaultFlow } = book;
  let remaining = 0n;
  for (const card of ledger.cards.values()) if (card.merchantId === book.merchantId) remaining += remainingOf(card);
  return {
    ...chain,
    merchantId: book.merchantId,
    deposits,
    payouts,
    refunds,
    remaining,
    differences: [
      { check: "deposits − payouts − refunds − pool", amount: deposits - payouts - refunds - chain.balance },
      { check: "tokens in − tokens out − vault", amount: vaultFlow.in - vaultFlow.out - chain.held },
      { check: "deposits − tokens in", amount: deposits - vaultFlow.in },
      { check: "payouts + refunds − tokens out", amount: payouts + refunds - vaultFlow.out },
      { check: "vault − pool", amount: chain.held - chain.balance },
      { check: "what remains on the cards − outstanding", amount: remaining - chain.outstanding },
    ],
  };
}

/**
 * Finds the first thing that does not add up.
 *
 * @param reconciliations One for each merchant, with its name.
 * @throws ReconciliationError if any difference is not zero.
 */
export function requireReconciled(reconciliations: readonly (Reconciliation & { readonly name: string })[]): void {
  for (const { name, differences } of reconciliations) {
    const wrong = differences.find(({ amount }) => amount !== 0n);
    if (wrong !== undefined) throw new ReconciliationError(name, wrong.check, wrong.amount);
  }
}

import { ReconciliationError } from "./errors.js";
import { remainingOf } from "./ledger.js";
import type { DepositBook, DemoLedger, MerchantBook } from "./ledger.js";

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
export interface MerchantReconciliation extends OnChain {
  readonly merchantId: bigint;
  readonly deposits: bigint;
  readonly payouts: bigint;
  readonly refunds: bigint;
  /** Σ of what remains on the cards, from their events. */
  readonly remaining: bigint;
  /** What must be zero, by what it is. */
  readonly differences: readonly Difference[];
}

/** What the deposit register and the token say of one merchant, in token base units. */
export interface DepositOnChain {
  /** `depositOf(merchantId).deposit`, and what the token holds for it. */
  readonly deposit: bigint;
  readonly depositHeld: bigint;
  /** `surety(merchantId).amount`, and what the token holds for it. */
  readonly surety: bigint;
  readonly suretyHeld: bigint;
}

/** One merchant's books of the deposit register beside what the contracts say, in token base units. */
export interface DepositReconciliation extends DepositOnChain {
  /** Paid into the deposit, and brought by a surety. */
  readonly paidIn: bigint;
  readonly placed: bigint;
  /** Moved from the surety to the deposit. */
  readonly drawn: bigint;
  readonly claimsPaid: bigint;
  /** Withdrawn, taken back by the surety, or paid as surplus. */
  readonly givenBack: bigint;
  /** What must be zero, by what it is. */
  readonly differences: readonly Difference[];
}

/** Something that must be zero. */
export interface Difference {
  readonly check: string;
  readonly amount: bigint;
}

/** Compares the books of one merchant, kept from events, with what the contracts say. */
export function reconcile(ledger: DemoLedger, book: MerchantBook, chain: OnChain): MerchantReconciliation {
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

/** Compares the books that one merchant has at the deposit register with what the contracts say. */
export function reconcileDeposit(book: DepositBook, chain: DepositOnChain): DepositReconciliation {
  const { paidIn, withdrawn, placed, takenBack, drawn, restored, repaid, surplus, depositFlow, suretyFlow } = book;
  const { deposit, depositHeld, surety, suretyHeld } = chain;
  const claimsPaid = [...book.claims.values()].reduce((sum, paid) => sum + paid, 0n);
  const fromDeposit = claimsPaid + withdrawn + repaid + surplus;
  return {
    ...chain,
    paidIn,
    placed,
    drawn,
    claimsPaid,
    givenBack: withdrawn + takenBack + repaid + surplus,
    differences: [
      {
        check: "paid in + drawn − restored − paid out − deposit",
        amount: paidIn + drawn - restored - fromDeposit - deposit,
      },
      {
        check: "placed + restored − drawn − taken back − surety",
        amount: placed + restored - drawn - takenBack - surety,
      },
      { check: "tokens in − tokens out − deposit vault", amount: depositFlow.in - depositFlow.out - depositHeld },
      { check: "tokens in − tokens out − surety vault", amount: suretyFlow.in - suretyFlow.out - suretyHeld },
      { check: "deposit vault − deposit", amount: depositHeld - deposit },
      { check: "surety vault − surety", amount: suretyHeld - surety },
    ],
  };
}

/**
 * Finds the first thing that does not add up.
 *
 * @param books The differences of every merchant's books, with its name.
 * @throws ReconciliationError if any difference is not zero.
 */
export function requireReconciled(
  books: readonly { readonly name: string; readonly differences: readonly Difference[] }[],
): void {
  for (const { name, differences } of books) {
    const wrong = differences.find(({ amount }) => amount !== 0n);
    if (wrong !== undefined) throw new ReconciliationError(name, wrong.check, wrong.amount);
  }
}

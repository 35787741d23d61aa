import { ReconciliationError } from "./errors.js";
import { remainingOf } from "./ledger.js";
import type { DepositBook, DemoLedger, MerchantBook } from "./ledger.js";

/** The figures of one merchant on chain, in token base units. */
export interface OnChain {
  /** `pool(merchantId).outstanding` */
  readonly outstanding: bigint;
  /** `pool(merchantId).balance` */
  readonly balance: bigint;
  /** `token.balanceOf(vault)` */
  readonly held: bigint;
}

/** One merchant's books beside the figures on chain, in token base units. */
export interface MerchantReconciliation extends OnChain {
  readonly merchantId: bigint;
  readonly deposits: bigint;
  readonly payouts: bigint;
  readonly refunds: bigint;
  /** Sum of the remaining principals, from the events. */
  readonly remaining: bigint;
  /** The differences, which must be zero. */
  readonly differences: readonly Difference[];
}

/** The figures of one merchant at the deposit register, in token base units. */
export interface DepositOnChain {
  /** `depositOf(merchantId).deposit`; and the vault's balance of the token. */
  readonly deposit: bigint;
  readonly depositHeld: bigint;
  /** `surety(merchantId).amount`; and the vault's balance of the token. */
  readonly surety: bigint;
  readonly suretyHeld: bigint;
}

/** One merchant's books of the deposit register beside the figures on chain, in token base units. */
export interface DepositReconciliation extends DepositOnChain {
  /** Paid into the deposit; and placed by the surety's party. */
  readonly paidIn: bigint;
  readonly placed: bigint;
  /** Moved from the surety to the deposit. */
  readonly drawn: bigint;
  readonly claimsPaid: bigint;
  /** Withdrawn, taken back by the surety's party, or paid as surplus. */
  readonly givenBack: bigint;
  /** The differences, which must be zero. */
  readonly differences: readonly Difference[];
}

/** A sum that must be zero, with its name. */
export interface Difference {
  readonly check: string;
  readonly amount: bigint;
}

/** Compares the books of one merchant, kept from events, with the figures on chain. */
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

/** Compares the books of one merchant at the deposit register with the figures on chain. */
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
 * Checks that all differences are zero.
 *
 * @param books The differences of every merchant's books, with its name.
 * @throws ReconciliationError with the first difference that is not zero.
 */
export function requireReconciled(
  books: readonly { readonly name: string; readonly differences: readonly Difference[] }[],
): void {
  for (const { name, differences } of books) {
    const wrong = differences.find(({ amount }) => amount !== 0n);
    if (wrong !== undefined) throw new ReconciliationError(name, wrong.check, wrong.amount);
  }
}

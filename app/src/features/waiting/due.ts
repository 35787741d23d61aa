import type { LedgerCard } from "prepaid-escrow/ledger";

/** The time by which somebody must act, in Unix seconds; 0 if nobody must. */
export function dueOf({ exit, dispute, move }: LedgerCard): bigint {
  return exit.executableAt || dispute.rulingUntil || move.executableAt;
}

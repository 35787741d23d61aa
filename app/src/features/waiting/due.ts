import type { FoldedCard } from "prepaid-escrow/ledger";

/** By when somebody has to act; zero if nobody has to. */
export function dueOf({ exit, dispute, move }: FoldedCard): bigint {
  return exit.executableAt || dispute.rulingUntil || move.executableAt;
}

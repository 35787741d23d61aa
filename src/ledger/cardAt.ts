import { ZeroAddress } from "ethers";

import { decodeCardId } from "../contracts/cardId.js";
import type { CardView, DisputeView, MoveView } from "../contracts/views.js";
import type { LedgerCard } from "./ledgerViews.js";
import { known, merchantOf } from "./state.js";
import type { CardRow, LedgerTables, MerchantRow } from "./state.js";

const NO_CARD: CardView = {
  status: "None",
  principal: 0n,
  consumed: 0n,
  openedAt: 0n,
  exitRequestedAt: 0n,
  nonce: 0n,
  disputed: false,
  moving: false,
  coolingOffOver: false,
};

const NO_EXIT: LedgerCard["exit"] = { executableAt: 0n, lapsesAt: 0n };

const NO_MOVE: MoveView = { to: ZeroAddress, by: ZeroAddress, executableAt: 0n, lapsesAt: 0n };

/**
 * A card as the escrow's views would return it.
 *
 * @param now In Unix seconds.
 * @throws RangeError if events of its program or merchant are missing.
 */
export function cardAt(state: LedgerTables, cardId: string, now: bigint): LedgerCard {
  const row = state.cards.get(cardId);
  const dispute = disputeOf(row, state.complaintFrom.get(cardId) ?? 0n);
  if (row === undefined) {
    const { merchantId } = known(state.programs, decodeCardId(cardId).programId, "program");
    return { merchantId, card: NO_CARD, remaining: 0n, exit: NO_EXIT, dispute, move: NO_MOVE };
  }
  const { merchantId, principal, consumed, openedAt, nonce, open } = row;
  const move = moveAt(state, cardId, row, now);
  const exit = exitAt(state, cardId, row, now);
  return {
    merchantId,
    card: {
      status: open ? "Open" : "Closed",
      principal,
      consumed,
      openedAt,
      exitRequestedAt: exit === undefined ? 0n : row.exitRequestedAt,
      nonce,
      disputed: row.dispute !== undefined,
      moving: move !== NO_MOVE,
      coolingOffOver: row.coolingOffOver,
    },
    remaining: open ? principal - row.released : 0n,
    exit: exit ?? NO_EXIT,
    dispute,
    move,
  };
}

function disputeOf(row: CardRow | undefined, complaintFrom: bigint): DisputeView {
  const { kind = "None", value = 0n, rulingFrom = 0n, rulingUntil = 0n } = row?.dispute ?? {};
  return { kind, value, rulingFrom, rulingUntil, complaintFrom, contestDismissed: row?.contestDismissed ?? false };
}

/** The pending exit. A contested one is pending without dates of its own. */
function exitAt(state: LedgerTables, cardId: string, row: CardRow, now: bigint): LedgerCard["exit"] | undefined {
  const { open, exitRequestedAt, dispute } = row;
  if (!open || exitRequestedAt === 0n) return undefined;
  if (dispute !== undefined) return NO_EXIT;
  const { exitDelay, kind } = known(state.programs, decodeCardId(cardId).programId, "program");
  const merchant = merchantOf(state, row.merchantId);
  const executableAt = exitRequestedAt + exitDelay;
  if (kind === "Pass") return { executableAt, lapsesAt: 0n };
  const lapsesAt = lapseOf(merchant, exitRequestedAt, executableAt + exitDelay);
  return lapseClock(merchant, now) < lapsesAt ? { executableAt, lapsesAt } : undefined;
}

function moveAt(state: LedgerTables, cardId: string, { open, merchantId, move }: CardRow, now: bigint): MoveView {
  if (!open || move === undefined) return NO_MOVE;
  const recovery = state.recoveries.get(decodeCardId(cardId).holder);
  if (move.naming !== undefined && move.naming !== recovery?.naming) return NO_MOVE;
  const merchant = merchantOf(state, merchantId);
  const lapsesAt = lapseOf(merchant, move.requestedAt, move.executableAt + move.exitDelay);
  if (lapseClock(merchant, now) >= lapsesAt) return NO_MOVE;
  return { to: move.to, by: move.by, executableAt: move.executableAt, lapsesAt };
}

/** When a request lapses. The time under a default flag that was withdrawn does not count. */
function lapseOf({ withdrawn }: MerchantRow, requestedAt: bigint, end: bigint): bigint {
  if (withdrawn === undefined) return end;
  const { flaggedAt, withdrawnAt } = withdrawn;
  return requestedAt < withdrawnAt ? end + withdrawnAt - flaggedAt : end;
}

/** The time that lapses are compared with: a default flag stops it. */
function lapseClock({ status, flag }: MerchantRow, now: bigint): bigint {
  return status === "Defaulted" ? (flag?.flaggedAt ?? now) : now;
}

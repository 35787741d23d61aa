import { decodeCardId } from "../contracts/cardId.js";
import type { EscrowEventArgs, EscrowEventName } from "../contracts/events.js";
import { poolUpdated } from "./merchants.js";
import { cardOf, changeCard, known, merchantOf } from "./state.js";
import type { CardRow, LedgerTables, Moment } from "./state.js";

/* What the events of cards, disputes and moves change: one function an event. */

const RECOVERY_DELAY = 30n * 86_400n;

/** The fields that a closed card loses. */
const CLOSED: Partial<CardRow> = {
  open: false,
  dispute: undefined,
  move: undefined,
  contestDismissed: false,
  coolingOffOver: false,
};

/* BUYING AND SETTLING */

export function cardOpened(state: LedgerTables, args: EscrowEventArgs<"CardOpened">): void {
  state.cards.set(args.cardId, {
    principal: args.principal,
    openedAt: args.startsAt,
    merchantId: args.merchantId,
    open: true,
    consumed: 0n,
    released: 0n,
    exitRequestedAt: 0n,
    nonce: 0n,
    dispute: undefined,
    contestDismissed: false,
    coolingOffOver: false,
    move: undefined,
  });
  poolUpdated(state, args);
}

/** Books `ConsumptionSettled` and `PassAccrued`. */
export function consumptionSettled(
  state: LedgerTables,
  { cardId, cumulative, released }: Pick<EscrowEventArgs<"ConsumptionSettled">, "cardId" | "cumulative" | "released">,
): void {
  const card = cardOf(state, cardId);
  card.consumed = cumulative;
  card.released += released;
}

/** An extension moves the start of a pass. */
export function passExtended(
  state: LedgerTables,
  { cardId, startsAt, coolingOffOver }: EscrowEventArgs<"PassExtended">,
): void {
  changeCard(state, cardId, { openedAt: startsAt, coolingOffOver });
}

/* LEAVING */

export function exitRequested(state: LedgerTables, args: EscrowEventArgs<"ExitRequested">): void {
  const { cardId, executableAt, nonce } = args;
  const { exitDelay } = known(state.programs, decodeCardId(cardId).programId, "program");
  const exitRequestedAt = executableAt - exitDelay;
  changeCard(state, cardId, { exitRequestedAt, nonce, dispute: undefined, move: undefined });
}

export function exitCancelled(state: LedgerTables, { cardId, nonce }: EscrowEventArgs<"ExitCancelled">): void {
  const { dispute } = cardOf(state, cardId);
  changeCard(state, cardId, {
    exitRequestedAt: 0n,
    nonce,
    move: undefined,
    dispute: dispute?.kind === "Contest" ? undefined : dispute,
  });
}

/**
 * A refund of everybody (after a default, or after the notice of a run-off) deletes the card; any other refund closes it.
 *
 * @throws RangeError if a card of a run-off comes without the time of its block.
 */
export function cardRefunded(
  state: LedgerTables,
  { merchantId, cardId, rule }: EscrowEventArgs<"CardRefunded">,
  moment: Moment,
): void {
  const { noticeEndsAt } = merchantOf(state, merchantId);
  const deleted = rule === "Default" || (rule === "RunOff" && timeOf(moment, "CardRefunded") >= noticeEndsAt);
  if (deleted) state.cards.delete(cardId);
  else changeCard(state, cardId, CLOSED);
}

function timeOf({ blockNumber, timestamp }: Moment, name: EscrowEventName): bigint {
  if (timestamp !== undefined) return timestamp;
  throw new RangeError(`${name} does not say when it happened. Next: give it the time of block ${blockNumber}.`);
}

export function refundFailed(state: LedgerTables, { cardId }: EscrowEventArgs<"RefundFailed">): void {
  const { dispute } = cardOf(state, cardId);
  if (dispute?.kind === "Complaint") changeCard(state, cardId, { dispute: undefined });
}

/* DISPUTES */

export function complaintOpened(state: LedgerTables, args: EscrowEventArgs<"ComplaintOpened">): void {
  const { cardId, value, rulingFrom, rulingUntil, nonce } = args;
  const dispute = { kind: "Complaint", value, rulingFrom, rulingUntil } as const;
  changeCard(state, cardId, { dispute, nonce, exitRequestedAt: 0n, move: undefined });
}

export function exitContested(state: LedgerTables, args: EscrowEventArgs<"ExitContested">): void {
  const { cardId, rulingFrom, rulingUntil } = args;
  changeCard(state, cardId, { dispute: { kind: "Contest", value: 0n, rulingFrom, rulingUntil } });
}

/** The holder asks to leave instead, nobody ruled in time, or the association extended the pass, which delays no next complaint. */
export function complaintEnded(
  state: LedgerTables,
  { cardId, complaintFrom }: EscrowEventArgs<"ComplaintEnded">,
): void {
  changeCard(state, cardId, { dispute: undefined });
  if (complaintFrom !== 0n) state.complaintFrom.set(cardId, complaintFrom);
}

export function disputeDismissed(state: LedgerTables, args: EscrowEventArgs<"DisputeDismissed">): void {
  const { cardId, kind, complaintFrom } = args;
  if (kind === "Contest") {
    changeCard(state, cardId, { dispute: undefined, exitRequestedAt: 0n, contestDismissed: true });
  } else {
    changeCard(state, cardId, { dispute: undefined });
    state.complaintFrom.set(cardId, complaintFrom);
  }
}

/* MOVING */

export function moveRequested(state: LedgerTables, args: EscrowEventArgs<"MoveRequested">): void {
  const { cardId, to, by, executableAt, lapsesAt, nonce } = args;
  const { holder } = decodeCardId(cardId);
  const exitDelay = lapsesAt - executableAt;
  const recovery = by === holder ? undefined : known(state.recoveries, holder, "a recovery address of");
  const requestedAt = executableAt - (recovery === undefined ? exitDelay : RECOVERY_DELAY);
  // The recovery address of a pass ends an old request to leave. Any other request to leave has lapsed by now.
  changeCard(state, cardId, {
    exitRequestedAt: 0n,
    move: { to, by, requestedAt, executableAt, exitDelay, naming: recovery?.naming },
    nonce,
  });
}

export function moveConsented(state: LedgerTables, args: EscrowEventArgs<"MoveConsented">): void {
  const { cardId, executableAt } = args;
  const { move } = cardOf(state, cardId);
  if (move !== undefined) changeCard(state, cardId, { move: { ...move, requestedAt: executableAt, executableAt } });
}

export function moveCancelled(state: LedgerTables, { cardId }: EscrowEventArgs<"MoveCancelled">): void {
  changeCard(state, cardId, { move: undefined });
}

/** The card goes on under its new id; the old one closes. */
export function cardMoved(state: LedgerTables, { cardId, newCardId }: EscrowEventArgs<"CardMoved">): void {
  state.cards.set(newCardId, { ...cardOf(state, cardId), move: undefined });
  changeCard(state, cardId, CLOSED);
  const complaintFrom = state.complaintFrom.get(cardId);
  if (complaintFrom !== undefined) state.complaintFrom.set(newCardId, complaintFrom);
}

export function recoverySet({ recoveries }: LedgerTables, { holder, recovery }: EscrowEventArgs<"RecoverySet">): void {
  const naming = (recoveries.get(holder)?.naming ?? 0n) + 1n;
  recoveries.set(holder, { account: recovery, naming });
}

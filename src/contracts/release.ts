import { clockAt, withdrawnFlagOf } from "./clock.js";
import type { Policy } from "./policy.js";
import type { CardView, DisputeView, ExitQuote, MerchantView, ProgramView } from "./views.js";

/** The units of a whole card; a card of an open amount (`units` 0) has one for each base unit of its principal. Source: `Release.face`. */
export function faceOf(principal: bigint, units: bigint): bigint {
  return units === 0n ? principal : units;
}

/**
 * Principal released to the merchant by `consumed` units, in token base units, rounded down. Source: `Release.released`.
 *
 * @param principal The card's principal, in token base units.
 * @param units The units of the card's program.
 */
export function releasedBy(consumed: bigint, principal: bigint, units: bigint): bigint {
  return units === 0n ? consumed : (consumed * principal) / units;
}

/**
 * The most that the association can award now, in token base units. For a complaint about a pass no time counts after the complaint,
 * nor within the accrual delay before it: the shop may have been shut already. Source: `Disputes.resolve`.
 *
 * @param facts The card and its quote of now, its dispute, and the terms it was sold under.
 */
export function mostToAward(facts: {
  readonly card: Pick<CardView, "principal" | "consumed" | "openedAt">;
  readonly quote: Pick<ExitQuote, "refund" | "forfeited">;
  readonly dispute: Pick<DisputeView, "kind" | "rulingFrom">;
  readonly program: Pick<ProgramView, "kind" | "units">;
  readonly policy: Pick<Policy, "exitDelay" | "accrualDelay">;
  readonly merchant: Pick<MerchantView, "flaggedAt" | "withdrawnAt" | "lastServiceAt">;
}): bigint {
  const { card, quote, dispute, program, policy, merchant } = facts;
  if (dispute.kind !== "Complaint" || program.kind !== "Pass") return quote.refund + quote.forfeited;
  const flag = withdrawnFlagOf(merchant);
  const counted = dispute.rulingFrom - policy.exitDelay - policy.accrualDelay;
  const { lastServiceAt } = merchant;
  const asOf = lastServiceAt !== 0n && lastServiceAt < counted ? lastServiceAt : counted;
  const ran = clockAt(flag, asOf) - clockAt(flag, card.openedAt);
  const time = ran < 0n ? 0n : ran > program.units ? program.units : ran;
  const consumed = time > card.consumed ? time : card.consumed;
  return card.principal - releasedBy(consumed, card.principal, program.units);
}

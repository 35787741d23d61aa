import type { MerchantView } from "./views.js";

/** A default flag that was withdrawn; times in Unix seconds. */
export interface WithdrawnFlag {
  readonly flaggedAt: bigint;
  readonly withdrawnAt: bigint;
}

/** The flag of a merchant that was withdrawn; `undefined` if there is none. */
export function withdrawnFlagOf({
  flaggedAt,
  withdrawnAt,
}: Pick<MerchantView, "flaggedAt" | "withdrawnAt">): WithdrawnFlag | undefined {
  return withdrawnAt === 0n ? undefined : { flaggedAt, withdrawnAt };
}

/**
 * What the clock of passes and of cooling-off shows at a time. It stands still while the flag was up.
 *
 * @param flag The merchant's withdrawn flag; `undefined` for none.
 * @param time In Unix seconds.
 * Source: `Timelines.clockAt`.
 */
export function clockAt(flag: WithdrawnFlag | undefined, time: bigint): bigint {
  if (flag === undefined) return time;
  const { flaggedAt, withdrawnAt } = flag;
  if (time >= withdrawnAt) return time - (withdrawnAt - flaggedAt);
  return time < flaggedAt ? time : flaggedAt;
}

/**
 * The time at which that clock shows `reading`: the earliest, if it stood still. Source: `Timelines.timeAt`.
 *
 * @param flag The merchant's withdrawn flag; `undefined` for none.
 */
export function timeAt(flag: WithdrawnFlag | undefined, reading: bigint): bigint {
  if (flag === undefined || reading <= flag.flaggedAt) return reading;
  return reading + flag.withdrawnAt - flag.flaggedAt;
}

/**
 * When the cooling-off of a card ends, in Unix seconds. Source: `Exits.coolingOffEndsAt`.
 *
 * @param flag The merchant's withdrawn flag; `undefined` for none.
 * @param openedAt When the card began.
 * @param coolingOff Cooling-off of the card's program, in seconds; see `coolingOffOf`.
 */
export function coolingOffEndsAt(flag: WithdrawnFlag | undefined, openedAt: bigint, coolingOff: bigint): bigint {
  return timeAt(flag, clockAt(flag, openedAt) + coolingOff);
}

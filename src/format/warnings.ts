import type { DecodedEvent, EscrowEvent } from "../contracts/events.js";
import type { WarningKindName, WarningLevelName } from "../contracts/enums.js";
import { formatAmount, formatDuration } from "../utils/units.js";
import type { Writer } from "./formatter.js";

/** Whether a warning stays up until it is cleared, or is said once. */
export const lastingWarnings: Readonly<Record<WarningKindName, boolean>> = {
  CardOverLimit: false,
  HolderExposure: false,
  OutstandingCap: true,
  Complaints: true,
  DepositShort: true,
  SuretyExpiring: true,
  ReportOverdue: true,
};

/** What `observed` and `limit` of a warning count. */
export const warningUnits = {
  CardOverLimit: "amount",
  HolderExposure: "amount",
  OutstandingCap: "amount",
  Complaints: "count",
  DepositShort: "amount",
  SuretyExpiring: "seconds",
  ReportOverdue: "seconds",
} as const satisfies Record<WarningKindName, "amount" | "count" | "seconds">;

/** A warning that is up. */
export interface StandingWarning {
  readonly merchantId: bigint;
  readonly kind: WarningKindName;
  readonly level: WarningLevelName;
  /** The value last seen, in the unit of {@link warningUnits}. */
  readonly observed: bigint;
  readonly limit: bigint;
}

const causes: Readonly<Record<WarningKindName, string>> = {
  CardOverLimit: "a card is over its limit",
  HolderExposure: "one holder's cards are over their limit together",
  OutstandingCap: "the outstanding balance is over its cap",
  Complaints: "complaints pile up",
  DepositShort: "the deposit is short",
  SuretyExpiring: "the surety is near its end",
  ReportOverdue: "a report is overdue",
};

/** What a notice, the lower level, says; the only kind that has one. */
const NOTICE = "the outstanding balance is near its cap";

/**
 * A warning in one sentence.
 *
 * @param warning A `WarningRaised` event.
 * @param token Decimals and symbol of the merchant's token.
 * @param writer How amounts and periods are written.
 */
export function describeWarning(
  warning: DecodedEvent<"WarningRaised">,
  token: { readonly decimals: number; readonly symbol: string },
  writer: Pick<Writer, "amount" | "duration"> = {
    amount: (value) => `${formatAmount(value, token.decimals)} ${token.symbol}`,
    duration: formatDuration,
  },
): string {
  const { merchantId, kind, level, observed, limit } = warning.args;
  const say = (value: bigint): string => {
    switch (warningUnits[kind]) {
      case "amount":
        return writer.amount(value);
      case "count":
        return value.toString();
      case "seconds":
        return writer.duration(value);
    }
  };
  const cause = level === "Notice" ? NOTICE : causes[kind];
  return `${level} for merchant ${merchantId}: ${cause} (${say(observed)}, limit ${say(limit)}).`;
}

/**
 * The lasting warnings that are up after these events.
 *
 * @param events Events of the escrow, the deposit register or both, oldest first, from their first block or on top of `before`.
 * @param before What was up before them.
 */
export function standingWarnings(
  events: readonly EscrowEvent[],
  before: readonly StandingWarning[] = [],
): StandingWarning[] {
  const key = (merchantId: bigint, kind: WarningKindName): string => `${merchantId} ${kind}`;
  const standing = new Map(before.map((warning) => [key(warning.merchantId, warning.kind), warning]));
  for (const event of events) {
    if (event.name === "WarningRaised" && lastingWarnings[event.args.kind]) {
      const { merchantId, kind, level, observed, limit } = event.args;
      standing.set(key(merchantId, kind), { merchantId, kind, level, observed, limit });
    } else if (event.name === "WarningCleared") {
      standing.delete(key(event.args.merchantId, event.args.kind));
    }
  }
  return [...standing.values()];
}

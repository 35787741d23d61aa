import type { WarningKindName, WarningLevelName } from "./enums.js";
import type { EscrowEvent } from "./events.js";

/** Whether a warning stands until it is cleared. Otherwise it is raised once and needs no clearing. */
export const lastingWarnings: Readonly<Record<WarningKindName, boolean>> = {
  CardOverLimit: false,
  HolderExposure: false,
  OutstandingCap: true,
  Complaints: true,
  DepositShort: true,
  SuretyExpiring: true,
  ReportOverdue: true,
};

/** The unit of `observed` and `limit` of a warning. */
export const warningUnits = {
  CardOverLimit: "amount",
  HolderExposure: "amount",
  OutstandingCap: "amount",
  Complaints: "count",
  DepositShort: "amount",
  SuretyExpiring: "seconds",
  ReportOverdue: "seconds",
} as const satisfies Record<WarningKindName, "amount" | "count" | "seconds">;

/** A warning that stands. */
export interface StandingWarning {
  readonly merchantId: bigint;
  readonly kind: WarningKindName;
  readonly level: WarningLevelName;
  /** The last observed value, in the unit of {@link warningUnits}. */
  readonly observed: bigint;
  readonly limit: bigint;
}

/**
 * The lasting warnings that stand after these events.
 *
 * @param events Events of the escrow, the deposit register or both, oldest first, from the deployment on, or following `before`.
 * @param before The warnings that stood before them.
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

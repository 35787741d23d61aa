import type { WarningKindName } from "../contracts/enums.js";
import type { DecodedEvent } from "../contracts/events.js";
import { warningUnits } from "../contracts/warnings.js";
import { formatAmount, formatDuration } from "../utils/units.js";
import type { Writer } from "./formatter.js";

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

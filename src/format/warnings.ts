import type { DecodedEvent } from "../contracts/events.js";
import { warningUnits } from "../contracts/warnings.js";
import { formatAmount, formatDuration } from "../utils/units.js";
import type { Catalogue } from "./catalogue.js";
import { english } from "./english.js";
import type { Writer } from "./formatter.js";

/**
 * A warning in one sentence.
 *
 * @param warning A `WarningRaised` event.
 * @param token Decimals and symbol of the merchant's token.
 * @param writer Writes amounts and periods. Default: amounts without grouping, with the symbol.
 * @param words The language. Default: English.
 */
export function describeWarning(
  warning: DecodedEvent<"WarningRaised">,
  token: { readonly decimals: number; readonly symbol: string },
  writer: Pick<Writer, "amount" | "duration"> = {
    amount: (value) => `${formatAmount(value, token.decimals)} ${token.symbol}`,
    duration: formatDuration,
  },
  words: Catalogue = english,
): string {
  return warningSentence(warning, writer, words);
}

/** The same as {@link describeWarning}, without defaults. */
export function warningSentence(
  { args }: DecodedEvent<"WarningRaised">,
  writer: Pick<Writer, "amount" | "duration">,
  words: Catalogue,
): string {
  const { merchantId, kind, level, observed, limit } = args;
  const write = (value: bigint): string => {
    switch (warningUnits[kind]) {
      case "amount":
        return writer.amount(value);
      case "count":
        return value.toString();
      case "seconds":
        return writer.duration(value);
    }
  };
  return words.warning({ merchantId, kind, level, observed: write(observed), limit: write(limit) });
}

import type { ExitRuleName } from "../contracts/enums.js";
import type { Token } from "../utils/token.js";
import type { ExitQuote } from "../contracts/views.js";
import { plainWriter } from "./formatter.js";
import type { Writer } from "./formatter.js";

/** Why each rule decides, as the beginning of a sentence. */
const causes: Readonly<Record<Exclude<ExitRuleName, "None">, string>> = {
  CoolingOff: "You are within the cooling-off period",
  Unilateral: "This program lets you leave at any time, and what you used is counted at the list price",
  Silence: "You may leave unless the merchant contests it, and what you used is counted at the list price",
  MerchantConsent: "The merchant agreed",
  RunOff: "The merchant is closing down in order",
  Default: "The merchant is flagged as defaulted, and everybody is refunded",
  Ruling: "The consumer association ruled so",
  RulingTimeout:
    "Your leaving is disputed; without a ruling in time it goes ahead, with what you used counted at the list price",
};

/**
 * What a holder would get, why and when, in sentences.
 *
 * @param quote See {@link ExitQuote}.
 * @param token The merchant's token.
 * @param writer How amounts and times are written.
 */
export function explainQuote(quote: ExitQuote, token: Token, writer: Writer = plainWriter(token)): string {
  if (quote.rule === "None") return "The card is not open; nothing is left on it.";
  const kept =
    quote.forfeited === 0n ? "" : `; ${writer.amount(quote.forfeited)} of the discount stays with the merchant`;
  const until = quote.lapsesAt === 0n ? "" : ` and before ${writer.time(quote.lapsesAt)}`;
  return (
    `${causes[quote.rule]}: you get ${writer.amount(quote.refund)}${kept}. ` +
    `It can be had from ${writer.time(quote.executableAt)}${until}.`
  );
}

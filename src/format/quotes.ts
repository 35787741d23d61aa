import type { ExitQuote } from "../contracts/views.js";
import type { Token } from "../utils/token.js";
import type { Catalogue } from "./catalogue.js";
import { english } from "./english.js";
import { plainWriter } from "./formatter.js";
import type { Writer } from "./formatter.js";

/**
 * The refund of a holder who leaves, its cause and its time, in sentences.
 *
 * @param quote See {@link ExitQuote}.
 * @param token The merchant's token.
 * @param writer Writes amounts and times. Default: {@link plainWriter}.
 * @param words The language. Default: English.
 */
export function explainQuote(
  quote: ExitQuote,
  token: Token,
  writer: Writer = plainWriter(token),
  words: Catalogue = english,
): string {
  return quoteSentence(quote, writer, words);
}

/** The same as {@link explainQuote}, without defaults. */
export function quoteSentence(quote: ExitQuote, writer: Writer, words: Catalogue): string {
  const { rule, refund, forfeited, fee, executableAt, lapsesAt } = quote;
  if (rule === "None") return words.nothingToRefund;
  const discount = forfeited - fee;
  return words.quote({
    rule,
    refund: writer.amount(refund),
    discount: discount === 0n ? undefined : writer.amount(discount),
    fee: fee === 0n ? undefined : writer.amount(fee),
    from: writer.time(executableAt),
    until: lapsesAt === 0n ? undefined : writer.time(lapsesAt),
  });
}

import { formatAmount } from "prepaid-escrow";
import type { Language, Token, Writer } from "prepaid-escrow";
import { useCallback, useMemo } from "react";

import { useLocale } from "./locale";

/** Writes amounts and times in the reader's language. */
export interface PageWriter extends Writer {
  number(value: bigint | number): string;
  /** An amount in whole tokens, as ceilings are set. */
  wholeTokens(value: bigint): string;
  /** Unix seconds. */
  day(seconds: bigint): string;
}

/** A writer for one token's amounts. Until the token is known they are written as "…". */
export function useWriter(token: Token | undefined): PageWriter {
  const writers = useWriters();
  return useMemo(() => writers(token), [writers, token]);
}

/** Makes writers for the amounts of any token. */
export function useWriters(): (token: Token | undefined) => PageWriter {
  const { language, locale } = useLocale();
  return useCallback((token) => writerOf(token, language, locale), [language, locale]);
}

function writerOf(token: Token | undefined, language: Language, locale: string): PageWriter {
  const decimals = token?.decimals ?? 0;
  // Never more than there is: digits that do not fit are cut, not rounded. Less than a hundredth is written in full.
  const number = new Intl.NumberFormat(locale, {
    minimumFractionDigits: Math.min(2, decimals),
    maximumFractionDigits: Math.min(2, decimals),
    roundingMode: "trunc",
  });
  const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: decimals });
  const least = 10n ** BigInt(Math.max(0, decimals - 2));
  const plain = new Intl.NumberFormat(locale);
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const amount = (value: bigint): string => {
    if (token === undefined) return "…";
    const format = value !== 0n && value > -least && value < least ? exact : number;
    // As decimal text: a number would lose digits.
    return `${format.format(formatAmount(value, decimals) as Intl.StringNumericLiteral)} ${token.symbol}`;
  };
  return {
    amount,
    wholeTokens: (value) => amount(value * 10n ** BigInt(decimals)),
    time: (seconds) => moment.format(Number(seconds) * 1_000),
    day: (seconds) => date.format(Number(seconds) * 1_000),
    duration: (seconds) => duration(seconds, language, locale),
    number: (value) => plain.format(value),
  };
}

/** A period in its two largest units. */
function duration(seconds: bigint, language: Language, locale: string): string {
  const units = [
    ["day", 86_400n],
    ["hour", 3_600n],
    ["minute", 60n],
    ["second", 1n],
  ] as const;
  const parts: string[] = [];
  let rest = seconds < 0n ? 0n : seconds;
  for (const [unit, length] of units) {
    const count = rest / length;
    rest %= length;
    if (count === 0n && (parts.length > 0 || unit !== "second")) {
      if (parts.length > 0) break;
      continue;
    }
    parts.push(new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(count));
    if (parts.length === 2) break;
  }
  return parts.join(language === "zh" ? "" : " ");
}

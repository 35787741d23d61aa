import type { Token } from "../utils/token.js";
import { formatDuration, formatTime } from "../utils/units.js";

/** How a reader wants amounts and times written. */
export interface Writer {
  /** Token base units, with the symbol. */
  amount(value: bigint): string;
  /** Unix seconds. */
  time(seconds: bigint): string;
  /** Seconds. */
  duration(seconds: bigint): string;
}

/** Amounts without grouping, times in UTC: the same for every reader. */
export function plainWriter(token: Token): Writer {
  return { amount: (value) => token.format(value), time: formatTime, duration: formatDuration };
}

/** The languages that texts of this package come in. */
export type Language = "en" | "zh";

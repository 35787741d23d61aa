import type { Token } from "../utils/token.js";
import { formatDuration, formatTime } from "../utils/units.js";

/** Writes amounts and times for a reader. */
export interface Writer {
  /** An amount in token base units, with the symbol of the token. */
  amount(value: bigint): string;
  /** A time in Unix seconds. */
  time(seconds: bigint): string;
  /** A period in seconds. */
  duration(seconds: bigint): string;
}

/** Writes amounts without grouping and times in UTC, the same for every reader. */
export function plainWriter(token: Token): Writer {
  return { amount: (value) => token.format(value), time: formatTime, duration: formatDuration };
}

import { InvalidInputError } from "./invalidInput.js";

/* AMOUNTS */

/**
 * Reads an amount as people write it: digits, optionally a point and decimals ("1200", "12.5").
 *
 * @param text The amount in whole tokens.
 * @param decimals The token's `decimals()`.
 * @returns Token base units.
 * @throws InvalidInputError if the text is no number, is negative, or has more decimals than the token.
 */
export function parseAmount(text: string, decimals: number): bigint {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text.trim());
  const [, whole, fraction = ""] = match ?? [];
  if (whole === undefined) {
    throw new InvalidInputError("amount", text, "digits with at most one point", "write it like 1200 or 12.50");
  }
  if (fraction.length > decimals) {
    throw new InvalidInputError("amount", text, `at most ${decimals} decimals`, "round it to what the token can carry");
  }
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

/**
 * Writes an amount as people read it, exactly.
 *
 * @param value Token base units; negative for a difference.
 * @param decimals The token's `decimals()`.
 * @param minDecimals Decimals shown even when zero; the others are dropped.
 */
export function formatAmount(value: bigint, decimals: number, minDecimals = 0): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits
    .slice(digits.length - decimals)
    .replace(/0+$/, "")
    .padEnd(Math.min(minDecimals, decimals), "0");
  return sign + whole + (fraction === "" ? "" : `.${fraction}`);
}

/** Writes a share in basis points as a percentage, exactly: 2 050 is "20.5 %". */
export function formatBps(bps: bigint): string {
  return `${formatAmount(bps, 2)} %`;
}

/* TIME */

const secondsOf = { s: 1n, min: 60n, h: 3_600n, d: 86_400n } as const;

/**
 * Reads a period: a whole number and a unit, `s`, `min`, `h` or `d`, or several of them ("5 d", "1 d 12 h").
 *
 * @returns Seconds.
 * @throws InvalidInputError if the text is no period.
 */
export function parseDuration(text: string): bigint {
  const trimmed = text.trim();
  if (!/^\d+ ?(?:s|min|h|d)(?: \d+ ?(?:s|min|h|d))*$/.test(trimmed)) {
    throw new InvalidInputError("period", text, "whole numbers with s, min, h or d", "write it like 5 d or 1 d 12 h");
  }
  let seconds = 0n;
  for (const [, count, unit] of trimmed.matchAll(/(\d+) ?(s|min|h|d)/g)) {
    seconds += BigInt(count ?? 0) * secondsOf[unit as keyof typeof secondsOf];
  }
  return seconds;
}

/**
 * Writes a period in its largest units, exactly: 129 600 is "1 d 12 h", 0 is "0 s".
 *
 * @param seconds Not negative.
 */
export function formatDuration(seconds: bigint): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const unit of ["d", "h", "min", "s"] as const) {
    const count = rest / secondsOf[unit];
    rest %= secondsOf[unit];
    if (count !== 0n) parts.push(`${count} ${unit}`);
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** The last time that fits `uint32`, in Unix seconds: 7 February 2106. */
export const LAST_TIME = 2n ** 32n - 1n;

/**
 * Reads a moment in ISO 8601 with a time zone ("2026-05-01T00:00:00Z").
 *
 * @returns Unix seconds.
 * @throws InvalidInputError if the text is no moment, or not between 1970 and 2106.
 */
export function parseTime(text: string): bigint {
  const milliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
  const seconds = Number.isNaN(milliseconds) ? -1n : BigInt(milliseconds) / 1_000n;
  if (milliseconds < 0 || seconds < 0n || seconds > LAST_TIME) {
    const allowed = "ISO 8601 with a time zone, 1970 to 2106";
    throw new InvalidInputError("time", text, allowed, "write it like 2026-05-01T00:00:00Z");
  }
  return seconds;
}

/** Writes a time of the chain in UTC: "2026-05-01 00:00:00 UTC". A number that is too large for the calendar is written as it is. */
export function formatTime(seconds: bigint): string {
  if (seconds < 0n || seconds > LAST_TIME) return String(seconds);
  return new Date(Number(seconds) * 1_000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

import type { Token } from "../../src/utils/token.js";
import { formatDuration, formatTime } from "../../src/utils/units.js";
import { WIDTH, table, widthOf } from "../terminal/text.js";
import type { Column } from "../terminal/text.js";

const plain = (head: string): string => head;

/** Columns of the terminal. Output to a file or a pipe has no limit. */
function screen(): number {
  return process.stdout.isTTY ? process.stdout.columns : Infinity;
}

/** Prints one thing: a title, and lines with a name and a value. */
export function sheet(title: string, lines: readonly (readonly [name: string, value: string])[]): string {
  const columns = [
    { title, align: "left" },
    { title: "", align: "left", wraps: true },
  ] as const;
  // Ids must stay whole, so that they can be copied.
  const longest = Math.max(...lines.flatMap(([, value]) => value.split(/\s/).map((word) => word.length)));
  const names = Math.max(title.length, ...lines.map(([name]) => name.length));
  return table(columns, lines, plain, Math.min(WIDTH, Math.max(screen(), names + longest + 6)));
}

/**
 * Prints a table. No line is cut, so that ids can be copied.
 *
 * @param titles Titles of the columns. A column whose title ends in `>` is aligned to the right.
 * @param none The text to print if there are no rows.
 */
export function list(titles: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const columns = titles.map((title): Column =>
    title.endsWith(">") ? { title: title.slice(0, -1), align: "right" } : { title, align: "left" },
  );
  const wide = table(columns, rows, plain, Infinity);
  const [first, ...others] = columns;
  const fits = wide.split("\n").every((line) => widthOf(line) <= screen());
  // On a narrow screen, the id of a row goes on its own line.
  if (fits || others.length === 0 || !rows.every(([id = ""]) => id.startsWith("0x"))) return wide;
  const rest = rows.map((row) => row.slice(1));
  const [heads = "", rule = "", ...cells] = table(others, rest, plain, Infinity).split("\n");
  const lines = rows.flatMap(([id = ""], i) => [...id.split("\n").map((line) => `  ${line}`), `  ${cells[i] ?? ""}`]);
  return [`  ${first?.title ?? ""}`, `  ${heads}`, `  ${rule}`, ...lines].join("\n");
}

const units = [86_400n, 3_600n, 60n, 1n] as const;

/** A time, and its distance from now in the largest unit: "2026-05-01 00:00:00 UTC (in 3 d)". */
export function deadline(time: bigint, now: bigint): string {
  if (time === 0n) return "never";
  const distance = time > now ? time - now : now - time;
  const unit = units.find((each) => each <= distance) ?? 1n;
  const words = formatDuration((distance / unit) * unit);
  return `${formatTime(time)} (${distance === 0n ? "now" : time > now ? `in ${words}` : `${words} ago`})`;
}

/** Units of a program in words, by its kind: money, visits or a duration. */
export function unitsOf(kind: "StoredValue" | "Count" | "Pass", value: bigint, token: Token): string {
  switch (kind) {
    case "StoredValue":
      return token.format(value);
    case "Count":
      return `${value} ${value === 1n ? "visit" : "visits"}`;
    case "Pass":
      return formatDuration(value);
  }
}

/** The standing warnings, in one line. */
export function warningsLine(warnings: readonly { readonly kind: string; readonly level: string }[]): string {
  return warnings.length === 0 ? "none" : warnings.map(({ kind, level }) => `${kind} (${level})`).join(", ");
}

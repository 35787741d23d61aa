import { stripVTControlCharacters } from "node:util";

import Table from "cli-table3";

/** The widest line of a report. */
export const WIDTH = 100;

/** How many columns a text takes, colors aside. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/**
 * Breaks a text into lines at its spaces.
 *
 * @param width Columns of a line.
 * @param indent Put before every line but the first.
 */
export function wrap(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}

/** A column of a table: its title, and on which side its cells stand. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** A calm table: a header, a rule, and rows without lines between them; never wider than {@link WIDTH}. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: (header: string) => string,
) {
  const widths = columns.map(({ title }, i) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i] ?? ""))));
  const others = widths.slice(1).reduce((sum, width) => sum + width + GAP, 0);
  widths[0] = Math.min(widths[0] ?? 0, WIDTH - others - MARGIN.length);
  const result = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": GAP },
    colAligns: columns.map(({ align }) => align),
    colWidths: widths.map((width) => width + GAP),
  });
  result.push(columns.map(({ title }) => style(title)));
  result.push(widths.map((width) => style("─".repeat(width))));
  for (const row of rows) result.push([...row]);
  return result
    .toString()
    .split("\n")
    .map((line) => `${MARGIN}${line}`.trimEnd())
    .join("\n");
}

const GAP = 2;
const MARGIN = "  ";

const NO_LINES = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((name) => [name, ""]),
);

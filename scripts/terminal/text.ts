import { stripVTControlCharacters } from "node:util";

import Table from "cli-table3";

/** The widest line of a report. */
export const WIDTH = 100;

/** Characters that take two columns: Chinese, Japanese, Korean and full-width forms. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** Number of columns of a text, without color codes. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text);
  return plain.length + (plain.match(WIDE)?.length ?? 0);
}

/**
 * Breaks a text into lines at spaces. A word that is wider than a line is broken anywhere.
 *
 * @param width Columns of a line.
 * @param indent Prefix of every line but the first.
 */
export function wrap(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((word) => piecesOf(word, width))) {
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

/** Cuts a word into pieces that are no wider than a line. */
function piecesOf(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const pieces = [""];
  for (const character of word) {
    const last = pieces.length - 1;
    const longer = `${pieces[last] ?? ""}${character}`;
    if (widthOf(longer) > width) pieces.push(character);
    else pieces[last] = longer;
  }
  return pieces;
}

/** A column of a table: its title and alignment. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** Whether its cells are broken into lines if the table is too wide. At most one column can be. */
  readonly wraps?: boolean;
}

/**
 * A table with a header, a rule, and rows without lines between them.
 *
 * In a table that is too wide, the cells of the first column are cut, unless a column can be broken into lines.
 *
 * @param width Columns of the screen.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: (header: string) => string,
  width = WIDTH,
) {
  const lines = (cell: string) => cell.split("\n").map(widthOf);
  const widths = columns.map(({ title }, i) => Math.max(widthOf(title), ...rows.flatMap((row) => lines(row[i] ?? ""))));
  const flexible = Math.max(
    0,
    columns.findIndex(({ wraps }) => wraps === true),
  );
  const others = widths.reduce((sum, each, i) => (i === flexible ? sum : sum + each + GAP), 0);
  const rest = Math.min(widths[flexible] ?? 0, width - others - MARGIN.length);
  widths[flexible] = rest;
  const wrapped = (cell: string): string =>
    cell
      .split("\n")
      .map((line) => wrap(line, rest))
      .join("\n");
  const result = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": GAP },
    colAligns: columns.map(({ align }) => align),
    colWidths: widths.map((width) => width + GAP),
  });
  result.push(columns.map(({ title }) => style(title)));
  result.push(widths.map((width) => style("─".repeat(width))));
  for (const row of rows) {
    result.push(row.map((cell, i) => (columns[i]?.wraps === true ? wrapped(cell) : cell)));
  }
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

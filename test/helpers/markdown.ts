import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A page of documentation, taken apart. */
export interface Page {
  /** Path from the project's folder. */
  readonly file: string;
  readonly text: string;
  /** The page without fenced code. */
  readonly prose: string;
  /** What stands in backticks in the prose. */
  readonly spans: readonly string[];
  /** Fenced code by its language. */
  readonly fences: readonly { readonly language: string; readonly code: string }[];
  readonly headings: readonly string[];
  /** Targets of links, in the order of the page. */
  readonly links: readonly string[];
}

/** Reads a file of the project. */
export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** Folders in which no file was written by hand. */
const GENERATED = new Set(["node_modules", "docs/api"]);

/** Files below a folder of the project, as paths from the project's folder; without installed and generated ones. */
export function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      if (!entry.isDirectory()) return entry.name.endsWith(extension) ? [file] : [];
      const left = entry.name.startsWith(".") || GENERATED.has(entry.name) || GENERATED.has(file);
      return left ? [] : filesBelow(file, extension);
    })
    .sort();
}

/** Reads a page of the project. */
export function page(file: string): Page {
  const text = read(file);
  const fence = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;
  const prose = text.replace(fence, "");
  return {
    file,
    text,
    prose,
    spans: [...prose.matchAll(/(`+)(.+?)\1/g)].map((match) => match[2]!.trim()),
    fences: [...text.matchAll(fence)].map((match) => ({ language: match[1]!, code: match[2]! })),
    headings: [...prose.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!.trim()),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!),
  };
}

/** What stands under a heading, up to the next one of any level. */
export function section({ file, text }: Page, heading: string): string {
  const parts = text.split(/^#+ /m);
  const part = parts.find((candidate) => candidate.startsWith(`${heading}\n`));
  if (part === undefined) throw new RangeError(`${file} has no heading "${heading}".`);
  return part;
}

/**
 * The rows of every table in a text, cells trimmed, without the heads. A row that is too wide for a table is an item of a list: it begins
 * with the first cell, in bold or in backticks; then come a colon and the second cell, or one "label: cell" a line for each
 * other cell.
 */
export function rowsOf(text: string): string[][] {
  return blocksOf(text).flatMap((block) => (block.startsWith("|") ? tableRowOf(block) : itemsOf(block)));
}

/** The rows of the tables in a text alone. */
export function tableRowsOf(text: string): string[][] {
  return blocksOf(text).flatMap((block) => (block.startsWith("|") ? tableRowOf(block) : []));
}

/** Lines that belong together: a line of a table, or an item of a list with what is indented below it. */
function blocksOf(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    if (line.startsWith("|")) return isRule(line) || isRule(lines[i + 1] ?? "") ? [] : [line];
    if (!line.startsWith("- ")) return [];
    const rest = lines.slice(i + 1);
    const end = rest.findIndex((next) => next !== "" && !next.startsWith("  "));
    return [[line, ...(end === -1 ? rest : rest.slice(0, end))].join("\n")];
  });
}

function tableRowOf(line: string): string[][] {
  const cells = line.slice(1, line.lastIndexOf("|")).split("|");
  return [cells.map((cell) => cell.trim())];
}

function itemsOf(block: string): string[][] {
  const [first = "", ...labelled] = block.split(/\n {2}- /).map((part) => part.replace(/\s+/g, " ").trim());
  const [, bold, code, rest = ""] = /^- (?:\*\*(.+?)\*\*|(`[^`]+`(?:, `[^`]+`)*))(?:$|: *(.*)$)/.exec(first) ?? [];
  const key = bold ?? code;
  if (key === undefined) return [];
  if (labelled.length === 0) return [[key, rest]];
  return [[key, ...labelled.map((part) => part.slice(part.indexOf(": ") + 1).trim())]];
}

function isRule(line: string): boolean {
  return /^\|(?: *:?-+:? *\|)+$/.test(line);
}

/** The anchor of a heading, as repository sites make it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

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

/** Files below a folder of the project, as paths from the project's folder. */
export function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, "/")))
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

/** The rows of every table in a text, cells trimmed, without the heads. */
export function rowsOf(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines
    .map((line) => line.slice(1, line.lastIndexOf("|")).split("|"))
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter((_, i) => !isRule(lines[i]!) && !isRule(lines[i + 1] ?? ""));
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

import { readFile, readdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import path from "node:path";

import solc from "solc";

/** Source text by its path from the root of the project, with `/`. */
export type Sources = Record<string, string>;

/** The Solidity files in some folders of the project. */
export async function readSources(root: string, folders: readonly string[]): Promise<Sources> {
  const sources: Sources = {};
  for (const folder of folders) {
    for (const name of (await readdir(path.join(root, folder), { recursive: true })).sort()) {
      if (!name.endsWith(".sol")) continue;
      const file = path.posix.join(folder, name.split(path.sep).join("/"));
      sources[file] = await readFile(path.join(root, file), "utf8");
    }
  }
  return sources;
}

export const REMAPPINGS = ["@openzeppelin/=node_modules/@openzeppelin/"];

/** An error or a warning of the compiler. */
export interface Message {
  readonly message: string;
  readonly severity: "error" | "warning" | "info";
  readonly formattedMessage: string;
  /** Offsets in bytes. */
  readonly sourceLocation?: { readonly file: string; readonly start: number };
}

export interface Compiled {
  readonly errors?: readonly Message[];
  readonly sources: Readonly<Record<string, { readonly id: number; readonly ast: unknown }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

interface Callbacks {
  readonly import: (file: string) => { contents: string } | { error: string };
  readonly smtSolver?: (query: string) => { contents: string };
}

interface Options {
  readonly smtSolver?: (query: string) => { contents: string };
  /** Returns errors instead of throwing the first one. */
  readonly tolerant?: boolean;
}

/**
 * Compiles standard JSON input. Imports are read from `sources`, or else from the project.
 *
 * @throws Error with the compiler's message if there is an error.
 */
export function compile(
  root: string,
  sources: Sources,
  input: object,
  { smtSolver, tolerant = false }: Options = {},
): Compiled {
  const find = (file: string): { contents: string } | { error: string } => {
    const known = sources[file];
    if (known !== undefined) return { contents: known };
    try {
      return { contents: readFileSync(path.join(root, file), "utf8") };
    } catch {
      return { error: `${file} not found` };
    }
  };
  const { compile: compileJson } = solc as { compile: (input: string, callbacks: Callbacks) => string };
  const callbacks = { import: find, ...(smtSolver === undefined ? {} : { smtSolver }) };
  const compiled = JSON.parse(compileJson(JSON.stringify(input), callbacks)) as Compiled;
  const broken = compiled.errors?.find(({ severity }) => severity === "error");
  if (broken !== undefined && !tolerant) throw new Error(broken.formattedMessage);
  return compiled;
}

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import prettier from "prettier";

import type { MutantOutcome } from "./job.js";
import type { Mutant } from "./schema.js";

/** A mutant and its outcome, if it was played. */
export interface Judged {
  readonly mutant: Mutant;
  readonly outcome: MutantOutcome | undefined;
}

/** A survivor that was reviewed: no test can distinguish it from the original. */
export interface Equivalent {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly why: string;
}

/** Required share of killed mutants among those that are not equivalent. */
const WANTED = 0.95;
const EQUIVALENT = path.join("scripts", "quality", "mutate", "equivalent.json");
const PAGE = path.join("docs", "mutation.md");
const HEADING = "## Last run\n";

export async function readEquivalent(root: string): Promise<Equivalent[]> {
  return JSON.parse(await readFile(path.join(root, EQUIVALENT), "utf8")) as Equivalent[];
}

/** A check whether a mutant is listed as equivalent to the original. */
export function isExplained(equivalent: readonly Equivalent[]): (mutant: Mutant) => boolean {
  const known = new Set(equivalent.map(({ file, before, after }) => JSON.stringify([file, before, after])));
  return ({ file, before, after }) => known.has(JSON.stringify([file, flat(before), flat(after)]));
}

/** Prints the score of each file and the unexplained survivors. With the option it also writes them into the page. */
export async function report(
  root: string,
  judged: readonly Judged[],
  candidates: Readonly<Record<string, number>>,
  args: { readonly sample: string | undefined; readonly seed: string; readonly write: boolean },
): Promise<boolean> {
  const explained = isExplained(await readEquivalent(root));
  const rows = Object.keys(candidates).map((file) => {
    const run = judged.filter(({ mutant, outcome }) => mutant.file === file && outcome !== undefined);
    const killed = run.filter(({ outcome }) => typeof outcome?.killedBy === "string").length;
    const same = run.filter(({ mutant, outcome }) => outcome?.killedBy === null && explained(mutant)).length;
    return { file, candidates: candidates[file] ?? 0, run: run.length, killed, same };
  });
  const survivors = judged.filter(({ mutant, outcome }) => outcome?.killedBy === null && !explained(mutant));
  for (const { mutant, outcome } of survivors) {
    const what = outcome?.played === 0 ? "Not reached" : "Survived";
    console.log(`\n${what}: ${mutant.file}:${mutant.line}\n    ${flat(mutant.before)}\n  → ${flat(mutant.after)}`);
  }
  const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const all = {
    candidates: sum((r) => r.candidates),
    run: sum((r) => r.run),
    killed: sum((r) => r.killed),
    same: sum((r) => r.same),
  };
  const score = all.killed / Math.max(1, all.run - all.same);
  const percent = (part: number, whole: number): string =>
    whole === 0 ? "–" : `${((part / whole) * 100).toFixed(1)} %`;
  const table = [
    "| file | changes | run | killed | equivalent | score |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...[...rows, { file: "all", ...all }].map(
      (row) =>
        `| ${row.file.replace("contracts/", "")} | ${row.candidates} | ${row.run} | ${row.killed} | ${row.same} | ${percent(row.killed, row.run - row.same)} |`,
    ),
  ].join("\n");
  console.log(`\n${table}\n`);
  const waiting = judged.length - all.run;
  console.log(
    `${all.killed} killed, ${all.same} equivalent, ${survivors.length} survived, ${waiting} not run: score ${percent(all.killed, all.run - all.same)}`,
  );
  if (args.write) {
    const page = path.join(root, PAGE);
    const [before] = (await readFile(page, "utf8")).split(HEADING);
    const how =
      args.sample === undefined ? "Every change" : `A sample of ${args.sample} mutants of each file, seed ${args.seed}`;
    const list = survivors.map(
      ({ mutant }) => `- \`${mutant.file}\`: \`${flat(mutant.before)}\` → \`${flat(mutant.after)}\``,
    );
    const open = list.length === 0 ? "" : `\nSurvivors that are neither killed nor explained:\n\n${list.join("\n")}\n`;
    const text = `${before ?? ""}${HEADING}\n${how}; ${waiting} of them not run.\n\n${table}\n${open}`;
    await writeFile(page, await prettier.format(text, { parser: "markdown", printWidth: 120, proseWrap: "always" }));
  }
  return score >= WANTED && survivors.length === 0;
}

/** A text on one line. */
const flat = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

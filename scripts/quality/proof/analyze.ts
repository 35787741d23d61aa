import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";
import prettier from "prettier";

import { readSources } from "./compile.js";
import { lint, slither } from "./findings.js";
import { Tools, withTools } from "./tools.js";

/** Reviewed findings of one kind, and why they are accepted. */
interface Explained {
  readonly tool: string;
  readonly check: string;
  readonly why: string;
  /** The tool finds them on some runs only. */
  readonly varies?: true;
  /** The text of each, without line numbers. A finding that occurs twice is listed twice. */
  readonly findings: readonly string[];
}

const PAGE = path.join("docs", "analysis.md");
const EXPLAINED = path.join("scripts", "quality", "proof", "explained.json");

/** `npm run analyze`: see docs/analysis.md. */
const analyze: NewTaskActionFunction<{ update: boolean }> = async ({ update }, hre) => {
  const { root } = hre.config.paths;
  const explained = JSON.parse(await readFile(path.join(root, EXPLAINED), "utf8")) as Explained[];
  const tools = new Tools(root);
  const findings = await withTools("npm run analyze", async () => {
    const sources = await readSources(root, ["contracts"]);
    return [...(await slither(tools, sources)), ...(await lint(tools))];
  });
  if (findings === undefined) return errorResult();

  const open = explained.flatMap(({ tool, check, findings: texts }) => texts.map((text) => key(tool, check, text)));
  const unexplained = findings.filter(({ tool, check, text }) => {
    const at = open.indexOf(key(tool, check, text));
    if (at !== -1) open.splice(at, 1);
    return at === -1;
  });
  for (const { tool, check, impact, text, where } of unexplained) {
    console.log(`Not explained: ${impact} ${check} (${tool}), ${where}\n  ${text}\n`);
  }
  const varying = explained
    .filter(({ varies }) => varies === true)
    .flatMap(({ tool, check, findings: texts }) => texts.map((text) => key(tool, check, text)));
  const gone = open.filter((one) => !varying.includes(one));
  for (const one of gone) console.log(`Explained, but no longer found: ${one}\n`);

  const page = path.join(root, PAGE);
  const written = await readFile(page, "utf8");
  const wanted = await withList(written, explained);
  if (update) await writeFile(page, wanted);
  const stale = !update && written !== wanted;
  if (stale) console.log(`${PAGE} does not say what ${EXPLAINED} says: npm run analyze -- --update\n`);
  console.log(
    `${findings.length} findings of medium or higher, ${findings.length - unexplained.length} explained, ` +
      `${unexplained.length} not; ${gone.length} explanations without a finding`,
  );
  return unexplained.length === 0 && gone.length === 0 && !stale ? successfulResult() : errorResult();
};

export default analyze;

function key(tool: string, check: string, text: string): string {
  return `${tool} ${check}: ${text}`;
}

/** The page with the list of explained findings below its last heading. */
async function withList(page: string, explained: readonly Explained[]): Promise<string> {
  const heading = "## Explained findings\n";
  const [before] = page.split(heading);
  const groups = explained.map(({ tool, check, why, findings }: Explained) => {
    const rows = findings.map((text) => `- ${text.replaceAll(/[*_<>]/g, "\\$&")}`);
    return `### ${check} (${tool})\n\n${why}\n\n${rows.join("\n")}\n`;
  });
  const text = `${before ?? ""}${heading}\n${groups.join("\n")}`;
  return await prettier.format(text, { parser: "markdown", printWidth: 120, proseWrap: "always" });
}

import { readFile } from "node:fs/promises";
import path from "node:path";

import type { NewTaskActionFunction } from "hardhat/types/tasks";
import { errorResult, successfulResult } from "hardhat/utils/result";

import { proveArithmetic } from "./arithmetic.js";
import type { Proof } from "./proof.js";
import { readSources, type Sources } from "./compile.js";
import { Tools, withTools } from "./tools.js";
import { proveWords } from "./words.js";

/** A change of the contracts that must make a proof fail. */
interface Break {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** A proof that must fail then. */
  readonly caught: string;
}

/** Seconds for one query of arithmetic. A proof takes less than one; a search for a counterexample may never end, so it gets little time. */
const PROVE_SECONDS = 120;
const REFUTE_SECONDS = 10;

/** Fuzz tests that are proved as well. */
const PROVED_TESTS = ["test/unit/types/CardId.t.sol", "test/unit/types/EscrowState.t.sol"];

const ARITHMETIC = "test/symbolic/arithmetic";
const WORDS = "test/symbolic/words";

/** `npm run prove`: see docs/proofs.md. */
const prove: NewTaskActionFunction<{ breaks: boolean }> = async ({ breaks }, hre) => {
  const { root } = hre.config.paths;
  const tools = new Tools(root);
  const all = await readSources(root, ["contracts", ARITHMETIC, WORDS, "test/unit/types"]);
  const holds = await withTools("npm run prove", async () => {
    return breaks ? await showBreaks(tools, all) : await showProofs(tools, all);
  });
  return holds === true ? successfulResult() : errorResult();
};

export default prove;

async function showProofs(tools: Tools, all: Sources): Promise<boolean> {
  const proofs: Proof[] = [];
  const show = (title: string, found: readonly Proof[]): void => {
    console.log(`${title}\n`);
    for (const { name, holds, why } of found) console.log(`  ${holds ? "✓" : "✗"} ${name}${holds ? "" : `: ${why}`}`);
    console.log();
    proofs.push(...found);
  };
  show("Arithmetic, for all numbers of its widths (solc's model checker, Z3)", await arithmetic(tools, all));
  show("Words and dates, for all words (Halmos, on the compiled code)", await words(tools, all));
  const failed = proofs.filter(({ holds }) => !holds).length;
  console.log(`${proofs.length - failed} proofs hold, ${failed} fail`);
  return failed === 0;
}

async function showBreaks(tools: Tools, all: Sources): Promise<boolean> {
  const file = path.join(tools.root, "test", "symbolic", "breaks.json");
  const breaks = JSON.parse(await readFile(file, "utf8")) as Break[];
  let missed = 0;
  for (const { file: changed, find, replace, caught } of breaks) {
    const text = all[changed] ?? "";
    if (text.split(find).length !== 2) throw new Error(`${changed} does not have this text once: ${find}`);
    const sources = { ...all, [changed]: text.replace(find, () => replace) };
    const isArithmetic = `${ARITHMETIC}/${caught.split(".")[0] ?? ""}.sol` in all;
    const proofs = isArithmetic ? await arithmetic(tools, sources, caught) : await words(tools, sources, caught);
    const proof = proofs.find(({ name }) => name === caught);
    if (proof === undefined) throw new Error(`There is no proof ${caught}.`);
    if (proof.holds) missed += 1;
    const noticed = proof.holds ? "✗ not noticed by" : "✓ noticed by";
    console.log(
      `${noticed} ${caught}${proof.holds ? "" : ` (${proof.why})`}: ${changed}\n    ${find}\n  → ${replace}\n`,
    );
  }
  console.log(`${breaks.length - missed} changes noticed, ${missed} not`);
  return missed === 0;
}

async function arithmetic(tools: Tools, all: Sources, only?: string): Promise<Proof[]> {
  const z3 = await tools.python("z3");
  const wanted = only === undefined ? ARITHMETIC : `${ARITHMETIC}/${only.split(".")[0] ?? ""}.sol`;
  const files = Object.keys(all).filter((file) => file.startsWith(wanted));
  const seconds = only === undefined ? PROVE_SECONDS : REFUTE_SECONDS;
  return files.flatMap((file) => proveArithmetic(tools.root, all, file, z3, seconds));
}

async function words(tools: Tools, all: Sources, only?: string): Promise<Proof[]> {
  const wanted = ([file]: [string, string]): boolean =>
    file.startsWith("contracts/") || file.startsWith(WORDS) || PROVED_TESTS.includes(file);
  return await proveWords(tools, Object.fromEntries(Object.entries(all).filter(wanted)), only);
}

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import type { Proof } from "./proof.js";
import { compile, REMAPPINGS, type Message, type Sources } from "./compile.js";

const SAFE = "check is safe!";
const UNSAFE = /^BMC: .*(happens here|might happen here)/;

/**
 * Proves the assertions of one contract by the compiler's bounded model checker, which is complete for code without loops. The solver is
 * Z3, which gives up a query after some seconds. Arithmetic is checked too: no sum, product, difference or division that the contract
 * reaches may fail.
 */
export function proveArithmetic(
  root: string,
  sources: Sources,
  file: string,
  z3: string,
  querySeconds: number,
): Proof[] {
  const contract = path.posix.basename(file, ".sol");
  const source = sources[file] ?? "";
  // One character for each byte, because the compiler's offsets are in bytes.
  const text = Buffer.from(source).toString("latin1");
  const input = {
    language: "Solidity",
    sources: { [file]: { content: source } },
    settings: {
      remappings: REMAPPINGS,
      modelChecker: {
        contracts: { [file]: [contract] },
        engine: "bmc",
        solvers: ["smtlib2"],
        targets: ["assert", "underflow", "overflow", "divByZero"],
        showProvedSafe: true,
        showUnproved: true,
      },
      outputSelection: {},
    },
  };
  const folder = mkdtempSync(path.join(tmpdir(), "prove-"));
  const smtSolver = (query: string): { contents: string } => {
    const queryFile = path.join(folder, "query.smt2");
    writeFileSync(queryFile, query);
    const { stdout } = spawnSync(z3, [`-T:${querySeconds}`, queryFile], { encoding: "utf8" });
    return { contents: stdout };
  };
  let messages: readonly Message[];
  try {
    messages = compile(root, sources, input, { smtSolver }).errors ?? [];
  } finally {
    rmSync(folder, { recursive: true });
  }

  // A failure in arithmetic that the proofs share fails all of them.
  const outside = messages.filter(
    ({ message, sourceLocation }) => UNSAFE.test(message) && sourceLocation?.file !== file,
  );
  return functionsOf(text).map(({ name, start, end }) => {
    const here = messages.filter(({ sourceLocation: at }) => at?.file === file && at.start >= start && at.start < end);
    const asserted = [...text.slice(start, end).matchAll(/\bassert\(/g)].map(({ index }) => start + index);
    const proved = asserted.filter((at) =>
      here.some((m) => m.message.endsWith(SAFE) && m.sourceLocation?.start === at),
    );
    const failed = [...here.filter(({ message }) => UNSAFE.test(message)), ...outside];
    const holds = asserted.length !== 0 && proved.length === asserted.length && failed.length === 0;
    const why = failed[0]?.message.split("\n")[0] ?? `${proved.length} of ${asserted.length} assertions proved`;
    return { name: `${contract}.${name}`, holds, why };
  });
}

function functionsOf(text: string): { name: string; start: number; end: number }[] {
  const found = [...text.matchAll(/^ {4}function (\w+)/gm)];
  return found.map((match, i) => ({
    name: match[1] ?? "",
    start: match.index,
    end: found[i + 1]?.index ?? text.length,
  }));
}

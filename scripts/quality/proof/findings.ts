import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { compile, REMAPPINGS, type Sources } from "./compile.js";
import { run } from "./run.js";
import type { Tools } from "./tools.js";

/** A finding of a tool, of medium severity or higher. */
export interface Finding {
  readonly tool: "slither" | "forge lint";
  readonly check: string;
  readonly impact: string;
  /** The finding on one line, without line numbers, so that it stays the same as long as its code does. */
  readonly text: string;
  readonly where: string;
}

const SECONDS = 600;

/** Slither's findings in the contracts. Slither reads the compiler's syntax trees and needs no bytecode. */
export async function slither(tools: Tools, sources: Sources): Promise<Finding[]> {
  const program = await tools.python("slither");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: {
      remappings: REMAPPINGS,
      evmVersion: "cancun",
      outputSelection: { "*": { "": ["ast"], "*": ["abi"] } },
    },
  };
  const output = compile(tools.root, sources, input);
  const none = { object: "", sourceMap: "" };
  const contracts = Object.entries(output.contracts ?? {}).map(([file, found]) => [
    file,
    Object.fromEntries(
      Object.entries(found).map(([name, contract]) => [
        name,
        { ...contract, evm: { bytecode: none, deployedBytecode: none } },
      ]),
    ),
  ]);
  const artifacts = path.join(tools.folder, "slither");
  await rm(artifacts, { recursive: true, force: true });
  await mkdir(path.join(artifacts, "build-info"), { recursive: true });
  const built = {
    id: "contracts",
    solcVersion: "0.8.36",
    input: { ...input, settings: { ...input.settings, optimizer: { enabled: true }, viaIR: true } },
    output: { ...output, contracts: Object.fromEntries(contracts) as unknown },
  };
  await writeFile(path.join(artifacts, "build-info", "contracts.json"), JSON.stringify(built));

  const report = path.join(artifacts, "report.json");
  const args = ["--ignore-compile", "--hardhat-artifacts-directory", artifacts, "--filter-paths", "node_modules"];
  const flags = ["--exclude-informational", "--exclude-optimization", "--exclude-low", "--json", report];
  const { output: printed } = await run(program, [".", ...args, ...flags], { cwd: tools.root, seconds: SECONDS });
  const text = await readFile(report, "utf8").catch(() => undefined);
  const { success, results } = JSON.parse(text ?? "{}") as {
    success?: boolean;
    results?: { detectors?: { check: string; impact: string; description: string }[] };
  };
  if (success !== true) throw new Error(`Slither failed:\n${printed}`);
  return (results?.detectors ?? []).map(({ check, impact, description }) => ({
    tool: "slither",
    check,
    impact,
    text: description
      .replaceAll(/ \([^()]*\.sol#[\d-]+\)/g, "")
      .replaceAll(/\s+/g, " ")
      .trim(),
    where: /[\w/]+\.sol#[\d-]+/.exec(description)?.[0] ?? "",
  }));
}

/** The findings of `forge lint` in the contracts. */
export async function lint(tools: Tools): Promise<Finding[]> {
  const forge = await tools.forge();
  const folder = path.join(tools.folder, "lint");
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, "foundry.toml"),
    `[profile.default]
src = ${JSON.stringify(path.join(tools.root, "contracts"))}
libs = [${JSON.stringify(path.join(tools.root, "node_modules"))}]
solc = ${JSON.stringify(await tools.solc())}
remappings = [${JSON.stringify(`@openzeppelin/=${path.join(tools.root, "node_modules", "@openzeppelin")}/`)}]
evm_version = "cancun"
offline = true
allow_paths = [${JSON.stringify(tools.root)}]
`,
  );
  const args = ["lint", "--root", folder, "--severity", "high", "med", "--json"];
  const { code, output } = await run(forge, args, { cwd: folder, seconds: SECONDS });
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  if (code !== 0 && lines.length === 0) throw new Error(`forge lint failed:\n${output}`);
  return lines.map((line) => {
    const { code: lintCode, spans } = JSON.parse(line) as {
      code: { code: string };
      spans: { file_name: string; line_start: number; text: { text: string }[] }[];
    };
    const [span] = spans;
    const file = path.relative(tools.root, span?.file_name ?? "");
    return {
      tool: "forge lint",
      check: lintCode.code,
      impact: "Medium or higher",
      text: `${path.basename(file)}: ${span?.text[0]?.text.trim() ?? ""}`,
      where: `${file}:${span?.line_start ?? 0}`,
    };
  });
}

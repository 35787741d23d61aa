import { PROBES, toPosix } from "./wrap.js";
import type { Branch } from "./wrap.js";

const MIN_LINES = 99;
const MIN_BRANCHES = 97;

/** Reads Hardhat's report: by file and line, whether the line was executed. */
export function readLcov(text: string): Map<string, Map<number, boolean>> {
  const files = new Map<string, Map<number, boolean>>();
  for (const section of text.split("end_of_record")) {
    const file = /^SF:(.*)$/m.exec(section)?.[1];
    if (file === undefined) continue;
    const lines = [...section.matchAll(/^DA:(\d+),(\d+)/gm)].map(
      ([, line, hits]) => [Number(line), hits !== "0"] as const,
    );
    files.set(toPosix(file), new Map(lines));
  }
  return files;
}

const share = (part: number, whole: number) => (whole === 0 ? 100 : (100 * part) / whole);

/** Prints the coverage of each contract file and the gaps. Returns whether the coverage is enough. */
export function report(
  files: ReadonlyMap<string, ReadonlyMap<number, boolean>>,
  branches: readonly Branch[],
  print: (line: string) => void,
): boolean {
  const hits = files.get(`contracts/${PROBES}`);
  const rows: string[][] = [];
  const gaps: string[] = [];
  const total = { lines: 0, linesHit: 0, branches: 0, branchesHit: 0 };
  for (const [file, lines] of [...files].sort(([a], [b]) => a.localeCompare(b))) {
    if (file === `contracts/${PROBES}` || lines.size === 0) continue;
    for (const [line, hit] of lines) if (!hit) gaps.push(`${file}:${line} not reached`);
    const outcomes = branches
      .filter((branch) => branch.file === file)
      .flatMap((branch) => branch.outcomes.map(([value, probe]) => ({ branch, value, probe })));
    const missed = outcomes.filter(({ probe }) => probe === undefined || hits?.get(probe) !== true);
    for (const { branch, value, probe } of missed) {
      const why = probe === undefined ? `${value} in assembly, not measured` : `never ${value}`;
      gaps.push(`${file}:${branch.line} ${why}: ${branch.text}`);
    }
    const linesHit = [...lines.values()].filter(Boolean).length;
    const branchesHit = outcomes.length - missed.length;
    rows.push([file, `${linesHit}/${lines.size}`, `${branchesHit}/${outcomes.length}`]);
    total.lines += lines.size;
    total.linesHit += linesHit;
    total.branches += outcomes.length;
    total.branchesHit += branchesHit;
  }
  const lineShare = share(total.linesHit, total.lines);
  const branchShare = share(total.branchesHit, total.branches);
  rows.push(["all", `${total.linesHit}/${total.lines}`, `${total.branchesHit}/${total.branches}`]);
  for (const [file = "", lines = "", taken = ""] of [["", "lines", "branches"], ...rows]) {
    print(`${file.padEnd(48)}${lines.padStart(10)}${taken.padStart(12)}`);
  }
  if (gaps.length !== 0) print(`\nNot covered:\n  ${gaps.join("\n  ")}`);
  print(
    `\nLines ${lineShare.toFixed(2)} % (at least ${MIN_LINES}), branches ${branchShare.toFixed(2)} % (at least ${MIN_BRANCHES})`,
  );
  return lineShare >= MIN_LINES && branchShare >= MIN_BRANCHES;
}

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { readLcov, report } from "../../scripts/quality/coverage/report.js";
import { PROBES, wrapConditions } from "../../scripts/quality/coverage/wrap.js";
import type { Branch } from "../../scripts/quality/coverage/wrap.js";

const source = (body: string) => `// „µ“ is longer in bytes than in letters.
pragma solidity 0.8.36;
contract C {
    function f(uint256 a, bool b, bool c) external view returns (uint256) {
        ${body}
    }
}
`;

/** What becomes of a function body, with the probes numbered from 1, and the conditions found in it. */
async function wrapped(body: string): Promise<{ text: string; conditions: readonly string[]; branches: Branch[] }> {
  const folder = await mkdtemp(path.join(tmpdir(), "coverage-"));
  try {
    await mkdir(path.join(folder, "deep"));
    const file = path.join(folder, "deep", "C.sol");
    await writeFile(file, source(body));
    const branches = await wrapConditions(folder);
    const lines = (await readFile(file, "utf8")).split("\n");
    expect(lines.length).to.equal(source(body).split("\n").length);
    const probes = (await readFile(path.join(folder, PROBES), "utf8")).split("\n");
    for (const { outcomes } of branches) {
      for (const [value, probe] of outcomes) {
        if (probe === undefined) continue;
        const line = value === "false" ? "return false;" : "return true;";
        expect(probes[probe - 1]).to.equal(line);
      }
    }
    const numbers = new Map<string, number>();
    const text = (lines[4] ?? "").trim().replace(/branch\d+/g, (name) => {
      if (!numbers.has(name)) numbers.set(name, numbers.size + 1);
      return `branch${numbers.get(name) ?? 0}`;
    });
    if (branches.some(({ outcomes }) => outcomes[0]?.[1] !== undefined)) {
      expect(lines[1]).to.equal(`pragma solidity 0.8.36; import "../${PROBES}";`);
    }
    return { text, conditions: branches.map(({ text: condition }) => condition), branches };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("Branch coverage", () => {
  for (const [what, before, after] of [
    ["an if", "if (b) return 1; return 2;", "if (branch1(b)) return 1; return 2;"],
    ["a requirement", "require(a != 0, E(a)); return 1;", "require(branch1(a != 0), E(a)); return 1;"],
    ["a choice", "return b ? a : 2;", "return branch1(b) ? a : 2;"],
    ["a choice within a choice", "return (b ? c : b) ? a : 2;", "return (branch1(branch2(b) ? c : b)) ? a : 2;"],
    ["a loop", "while (b) {} return 1;", "while (branch1(b)) {} return 1;"],
    ["a counting loop", "for (; a < 3; ) {} return 1;", "for (; branch1(a < 3); ) {} return 1;"],
    ["each operand", "if (b && (c || a == 1)) {}", "if (branch1(b) && (branch2(c) || branch3(a == 1))) {}"],
    ["operands of a value", "bool d = b || !c;", "bool d = branch1(b) || branch2(!c);"],
    ["operands under a negation", "if (!(b && c)) {}", "if (branch1(!(branch2(b) && branch3(c)))) {}"],
    ["operands within a choice's condition", "return b && c ? a : 2;", "return branch1(b) && branch2(c) ? a : 2;"],
    ["the clauses of a try", "try this.g() {} catch {}", "try this.g() {branch1();} catch {branch2();}"],
  ] as const) {
    it(`looks at ${what}`, async () => {
      expect((await wrapped(before)).text).to.equal(after);
    });
  }

  it("looks at nothing that does not decide", async () => {
    const plain = "bool d = b; f(a, b, c); return a > 1 ? 1 : 2;".replace(" ? 1 : 2", "");
    expect(await wrapped(plain)).to.deep.equal({ text: plain, conditions: [], branches: [] });
  });

  it("cannot look into assembly, and counts its branches as not taken", async () => {
    const { branches } = await wrapped("assembly { if a { revert(0, 0) } }");
    expect(branches.map(({ line, outcomes }) => ({ line, outcomes }))).to.deep.equal([
      {
        line: 5,
        outcomes: [
          ["true", undefined],
          ["false", undefined],
        ],
      },
    ]);
  });

  it("is enough from 99 % of the lines and 97 % of the branches", () => {
    const lines = (hits: number, all: number) =>
      Array.from({ length: all }, (_, i) => `DA:${i + 1},${i < hits ? 1 : 0}`);
    const measure = (hitLines: number, hitBranches: number) => {
      const probes = Array.from({ length: 100 }, (_, i) => `DA:${i + 1},${i < hitBranches ? 1 : 0}`);
      const lcov = [
        ["TN:", "SF:contracts/C.sol", ...lines(hitLines, 200)].join("\n"),
        [`SF:contracts/${PROBES}`, ...probes].join("\n"),
      ].join("\nend_of_record\n");
      const branches = Array.from({ length: 50 }, (_, i) => ({
        file: "contracts/C.sol",
        line: 1,
        text: "b",
        outcomes: [["true", 2 * i + 1] as const, ["false", 2 * i + 2] as const],
      }));
      return report(readLcov(lcov), branches, () => undefined);
    };
    expect(measure(200, 100)).to.equal(true);
    expect(measure(198, 97)).to.equal(true);
    expect(measure(197, 97)).to.equal(false);
    expect(measure(198, 96)).to.equal(false);
  });

  it("names every gap with its place", () => {
    const lcov = `SF:contracts/C.sol\nDA:4,1\nDA:5,0\nend_of_record\nSF:contracts/${PROBES}\nDA:3,1\nDA:5,0\nend_of_record\n`;
    const said: string[] = [];
    const branch: Branch = {
      file: "contracts/C.sol",
      line: 4,
      text: "a != 0",
      outcomes: [
        ["true", 3],
        ["false", 5],
      ],
    };
    report(readLcov(lcov), [branch], (line) => said.push(line));
    expect(said.join("\n"))
      .to.contain("contracts/C.sol:5 not reached\n")
      .and.contain("contracts/C.sol:4 never false: a != 0");
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import analyze from "../../scripts/quality/proof/analyze.js";
import { SmallProject, outcomeOf, says, writesAfter } from "../helpers/standIns.js";
import type { StandIns } from "../helpers/standIns.js";

const CONTRACT = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;
contract C {
    function f(uint256 a) external pure returns (uint256) {
        return a == 0 ? 1 : a;
    }
}
`;

/** What Slither reports of line 5, and what is kept of it. */
const equality = {
  check: "incorrect-equality",
  impact: "Medium",
  description: "C.f(uint256) (contracts/C.sol#4-6) uses a dangerous strict equality:\n\t- a == 0 (contracts/C.sol#5)\n",
};
const EQUALITY = "C.f(uint256) uses a dangerous strict equality: - a == 0";

/** The same for `forge lint`. */
const cast = (root: string): string =>
  JSON.stringify({
    code: { code: "unsafe-typecast" },
    spans: [
      {
        file_name: path.join(root, "contracts", "C.sol"),
        line_start: 5,
        text: [{ text: "        return a == 0 ? 1 : a;" }],
      },
    ],
  });
const CAST = "C.sol: return a == 0 ? 1 : a;";

const group = (check: string, findings: readonly string[], more: object = {}) => ({
  tool: check === "unsafe-typecast" ? "forge lint" : "slither",
  check,
  why: "It stands.",
  findings,
  ...more,
});

const explainedEquality = group("incorrect-equality", [EQUALITY]);

const slitherFinds = (...detectors: readonly object[]): string =>
  writesAfter("--json", { success: true, results: { detectors } });

/** A project whose tools find this, of which that is explained, with a page that lists them. */
async function projectOf(standIns: StandIns, explained: readonly object[]): Promise<SmallProject> {
  const files = {
    "contracts/C.sol": CONTRACT,
    "docs/analysis.md": "# Static analysis\n\n## Explained findings\n",
    "scripts/quality/proof/explained.json": JSON.stringify(explained),
  };
  const project = new SmallProject(files, standIns);
  await outcomeOf(analyze, { update: true }, project.hre);
  return project;
}

describe("npm run analyze", () => {
  const projects: SmallProject[] = [];
  after(() => {
    for (const project of projects) project.remove();
  });

  /** The output for a project, and whether it passes. */
  const analyzed = async (standIns: StandIns, explained: readonly object[]) => {
    const project = await projectOf({ forge: "", ...standIns }, explained);
    projects.push(project);
    return await outcomeOf(analyze, { update: false }, project.hre);
  };

  it("passes where each finding is explained, whatever its line", async () => {
    const standIns = { slither: slitherFinds(equality) };
    expect(await analyzed(standIns, [explainedEquality])).to.deep.equal({
      passes: true,
      output: "1 findings of medium or higher, 1 explained, 0 not; 0 explanations without a finding",
    });
  });

  it("fails at a finding that is not explained, and prints its place and its tool", async () => {
    const { passes, output } = await analyzed({ slither: slitherFinds(equality) }, []);
    expect(passes).to.equal(false);
    expect(output.split("\n")).to.deep.equal([
      "Not explained: Medium incorrect-equality (slither), contracts/C.sol#4-6",
      `  ${EQUALITY}`,
      "",
      "1 findings of medium or higher, 0 explained, 1 not; 0 explanations without a finding",
    ]);
  });

  it("takes a finding that is there twice for two", async () => {
    const { passes, output } = await analyzed({ slither: slitherFinds(equality, equality) }, [explainedEquality]);
    expect(passes).to.equal(false);
    expect(output).to.include("2 findings of medium or higher, 1 explained, 1 not");
    const twice = group("incorrect-equality", [EQUALITY, EQUALITY]);
    expect((await analyzed({ slither: slitherFinds(equality, equality) }, [twice])).passes).to.equal(true);
  });

  it("takes nothing for explained that another check has found", async () => {
    const other = group("divide-before-multiply", [EQUALITY]);
    const { passes, output } = await analyzed({ slither: slitherFinds(equality) }, [other]);
    expect(passes).to.equal(false);
    expect(output).to.include("1 not; 1 explanations without a finding");
  });

  it("fails at an explanation of what is no longer found, unless it is found on some runs only", async () => {
    const { passes, output } = await analyzed({ slither: slitherFinds() }, [explainedEquality]);
    expect(passes).to.equal(false);
    expect(output).to.include(`Explained, but no longer found: slither incorrect-equality: ${EQUALITY}`);
    const varying = group("incorrect-equality", [EQUALITY], { varies: true });
    expect((await analyzed({ slither: slitherFinds() }, [varying])).passes).to.equal(true);
  });

  it("takes the findings of forge lint as well", async () => {
    // The stand-in finds the project from its own folder: three up from cache/proof/lint.
    const forge = `console.log(${JSON.stringify(cast("ROOT"))}.replace("ROOT", require("node:path").resolve("../../..")));`;
    const standIns = { slither: slitherFinds(), forge };
    const { passes, output } = await analyzed(standIns, []);
    expect(passes).to.equal(false);
    expect(output).to.include(`unsafe-typecast (forge lint), contracts/C.sol:5\n  ${CAST}\n`);
    expect((await analyzed(standIns, [group("unsafe-typecast", [CAST])])).passes).to.equal(true);
  });

  it("fails where the page differs from the explanations, and --update writes it", async () => {
    const project = await projectOf({ slither: slitherFinds(equality), forge: "" }, []);
    projects.push(project);
    project.write("scripts/quality/proof/explained.json", JSON.stringify([explainedEquality]));
    const stale = await outcomeOf(analyze, { update: false }, project.hre);
    expect(stale.passes).to.equal(false);
    expect(stale.output).to.include(
      `docs/analysis.md does not say what scripts/quality/proof/explained.json says: npm run analyze -- --update`,
    );
    const updated = await outcomeOf(analyze, { update: true }, project.hre);
    expect(updated.passes).to.equal(true);
    const page = readFileSync(path.join(project.root, "docs", "analysis.md"), "utf8");
    expect(page).to.equal(
      `# Static analysis\n\n## Explained findings\n\n### incorrect-equality (slither)\n\nIt stands.\n\n- ${EQUALITY}\n`,
    );
  });

  it("takes a tool that fails for no clean bill", async () => {
    const failing: readonly (readonly [string, StandIns])[] = [
      ["Slither failed:\nTraceback", { slither: `${says("Traceback")} process.exit(1);`, forge: "" }],
      [
        "Slither failed:\nno success",
        { slither: `${says("no success")} ${writesAfter("--json", { success: false })}` },
      ],
      ["forge lint failed:\nno config", { slither: slitherFinds(), forge: `${says("no config")} process.exit(1);` }],
    ];
    for (const [message, standIns] of failing) {
      let failure: unknown;
      try {
        await analyzed(standIns, []);
      } catch (error) {
        failure = error;
      }
      expect(failure).to.be.an("error");
      expect((failure as Error).message.trim()).to.equal(message);
    }
  });

  it("prints in a sentence that it was not run, and ends with 3, where Python is not there", async () => {
    const project = new SmallProject({ "contracts/C.sol": CONTRACT, "scripts/quality/proof/explained.json": "[]" });
    projects.push(project);
    const { code, stdout, stderr } = await project.run("analyze");
    expect({ code, stdout }).to.deep.equal({ code: 3, stdout: "" });
    expect(stderr.split("\n").filter((line) => line !== "")).to.deep.equal([
      "Installing the Python tools under cache/ (once, some minutes) …",
      "npm run analyze was NOT RUN: python3 venv failed (spawn python3 ENOENT): install Python 3.10 or newer with its venv module (Debian: python3-venv) and run again.",
    ]);
  });
});

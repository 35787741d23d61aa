import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { proveArithmetic } from "../../scripts/quality/proof/arithmetic.js";
import { readSources } from "../../scripts/quality/proof/compile.js";
import { Tools } from "../../scripts/quality/proof/tools.js";
import { proveWords } from "../../scripts/quality/proof/words.js";
import prove from "../../scripts/quality/proof/prove.js";
import { ROOT, read } from "../helpers/markdown.js";
import { SmallProject, outcomeOf, says, solver, writesAfter } from "../helpers/standIns.js";
import type { StandIns } from "../helpers/standIns.js";

const LIBRARY = "contracts/L.sol";
const PROOFS = "test/symbolic/arithmetic/LProofs.sol";
const WORDS = "test/symbolic/words/W.t.sol";

const files = {
  [LIBRARY]: `pragma solidity 0.8.36;
library L {
    function half(uint8 a) internal pure returns (uint8) {
        return a / 2;
    }
}
`,
  [PROOFS]: `pragma solidity 0.8.36;
import {L} from "../../../contracts/L.sol";
/// „µ“ is longer in bytes than in letters.
contract LProofs {
    function isNotMore(uint8 a) external pure {
        assert(L.half(a) <= a);
    }

    function saysNothing(uint8 a) external pure returns (uint8) {
        return a;
    }
}
`,
  [WORDS]: `pragma solidity 0.8.36;
contract WTest {
    function testFuzz_Same(uint256 a) external pure {
        require(a == a, "the same");
        if (a != a) revert("not the same");
    }
}
`,
  "test/unit/types/CardId.t.sol": "pragma solidity 0.8.36;\n",
  "test/symbolic/breaks.json": JSON.stringify([
    { file: LIBRARY, find: "return a / 2;", replace: "return a;", caught: "LProofs.isNotMore" },
    { file: LIBRARY, find: "uint8 a", replace: "uint8 b", caught: "WTest.testFuzz_Same" },
  ]),
};

const halmosSays = (...results: readonly object[]): string =>
  writesAfter("--json-output", { test_results: { "test/symbolic/words/W.t.sol:WTest": results } });
const ofSame = (exitcode: number, bounded = 0) => ({
  name: "testFuzz_Same(uint256)",
  exitcode,
  num_bounded_loops: bounded,
});
const [holds, refuted] = [halmosSays(ofSame(0)), halmosSays(ofSame(1))];

describe("npm run prove", () => {
  const projects: SmallProject[] = [];
  after(() => {
    for (const project of projects) project.remove();
  });
  const projectOf = (standIns: StandIns, changed: Readonly<Record<string, string>> = {}): SmallProject => {
    const project = new SmallProject({ ...files, ...changed }, { forge: "", ...standIns });
    projects.push(project);
    return project;
  };
  const proved = async (standIns: StandIns, breaks: boolean, changed: Readonly<Record<string, string>> = {}) => {
    const { hre } = projectOf(standIns, changed);
    const { passes, output } = await outcomeOf(prove, { breaks }, hre);
    return { passes, lines: output.split("\n") };
  };

  describe("by the compiler's model checker", () => {
    /** What comes of the proofs when the solver answers each query with this. */
    const arithmetic = async (answer: string, changed: Readonly<Record<string, string>> = {}) => {
      const { root } = projectOf({ z3: solver(answer) }, changed);
      const sources = await readSources(root, ["contracts", "test/symbolic/arithmetic"]);
      const z3 = await new Tools(root).python("z3");
      return proveArithmetic(root, sources, PROOFS, z3, 5);
    };

    it("proves an assertion that nothing contradicts, and no function that asserts nothing", async () => {
      expect(await arithmetic("unsat")).to.deep.equal([
        { name: "LProofs.isNotMore", holds: true, why: "1 of 1 assertions proved" },
        { name: "LProofs.saysNothing", holds: false, why: "0 of 0 assertions proved" },
      ]);
    });

    it("takes a counterexample for a failure, and a solver that gives up for no proof", async () => {
      for (const [answer, why] of [
        ["sat", /^BMC: Assertion violation happens here\.$/],
        ["unknown", /^BMC: Assertion violation might happen here\.$/],
        ["timeout", /^0 of 1 assertions proved$/],
      ] as const) {
        const [proof] = await arithmetic(answer);
        expect(proof!.holds, answer).to.equal(false);
        expect(proof!.why, answer).to.match(why);
      }
    });

    it("lets arithmetic fail a proof that fails in what the proof calls", async () => {
      const changed = { [LIBRARY]: files[LIBRARY].replace("a / 2", "a + 1") };
      const [proof] = await arithmetic("sat", changed);
      expect(proof!.holds).to.equal(false);
      const alone = { ...changed, [PROOFS]: files[PROOFS].replace("L.half(a) <= a", "L.half(a) == L.half(a)") };
      expect((await arithmetic("unsat", alone))[0]!.holds).to.equal(true);
      expect((await arithmetic("sat", alone))[0]!.holds).to.equal(false);
    });
  });

  describe("by Halmos", () => {
    const words = async (halmos: string) => {
      const { root } = projectOf({ halmos, z3: "" });
      const sources = await readSources(root, ["contracts", "test/symbolic/words"]);
      return { root, proofs: await proveWords(new Tools(root), sources) };
    };

    it("proves what it lists as proved, and prints why the rest is not", async () => {
      const { proofs } = await words(
        halmosSays(ofSame(0), ofSame(0, 2), ...[1, 2, 3, 4, 9].map((code) => ofSame(code))),
      );
      expect(proofs.map(({ holds: held, why }) => (held ? "holds" : why))).to.deep.equal([
        "holds",
        "a loop was cut short",
        "there is a counterexample",
        "took too long",
        "could not be followed",
        "always reverts",
        "not proved",
      ]);
      expect(new Set(proofs.map(({ name }) => name))).to.deep.equal(new Set(["WTest.testFuzz_Same"]));
    });

    it("is given requirements as assertions, on a copy", async () => {
      const { root } = await words(holds);
      const given = readFileSync(path.join(root, "cache", "proof", "halmos", WORDS), "utf8");
      expect(given).to.include("assert(a == a);").and.include("if (a != a) assert(false);");
      expect(readFileSync(path.join(root, WORDS), "utf8")).to.equal(files[WORDS]);
    });

    it("refuses a requirement that would not become an assertion", async () => {
      const odd = { [WORDS]: files[WORDS].replace('require(a == a, "the same")', "require(a == a)") };
      const { root } = projectOf({ halmos: holds, z3: "" }, odd);
      const sources = await readSources(root, ["test/symbolic/words"]);
      const failure = await proveWords(new Tools(root), sources).catch((error: unknown) => error);
      expect((failure as Error).message).to.equal(`${WORDS} has a requirement that is no statement of its own.`);
    });

    it("that ends without a result fails, with its output", async () => {
      const failure = await words(says("no such option")).catch((error: unknown) => error);
      expect((failure as Error).message).to.equal("Halmos failed:\nno such option\n");
    });
  });

  it("passes where every proof holds, and counts them", async () => {
    const alone = { [PROOFS]: files[PROOFS].replace("return a;", "assert(a < 256);\n        return a;") };
    const { passes, lines } = await proved({ z3: solver("unsat"), halmos: holds }, false, alone);
    expect(lines).to.include.members(["  ✓ LProofs.isNotMore", "  ✓ LProofs.saysNothing", "  ✓ WTest.testFuzz_Same"]);
    expect({ passes, last: lines.at(-1) }).to.deep.equal({ passes: true, last: "3 proofs hold, 0 fail" });
  });

  it("fails at one that does not, and prints why", async () => {
    const { passes, lines } = await proved({ z3: solver("unsat"), halmos: refuted }, false);
    expect(lines).to.include.members([
      "  ✗ LProofs.saysNothing: 0 of 0 assertions proved",
      "  ✗ WTest.testFuzz_Same: there is a counterexample",
    ]);
    expect({ passes, last: lines.at(-1) }).to.deep.equal({ passes: false, last: "1 proofs hold, 2 fail" });
  });

  it("prints in a sentence that it was not run, and ends with 3, where Python is not there", async () => {
    const project = new SmallProject(files);
    projects.push(project);
    const { code, stdout, stderr } = await project.run("prove");
    expect({ code, stdout }).to.deep.equal({ code: 3, stdout: "" });
    expect(stderr).to.match(
      /^npm run prove was NOT RUN: python3 venv failed \(.*\): install Python 3\.10 or newer .*\.$/m,
    );
  });

  describe("--breaks", () => {
    it("passes where the proofs fail that should, one change at a time", async () => {
      const { passes, lines } = await proved({ z3: solver("sat"), halmos: refuted }, true);
      expect(lines.filter((line) => line.includes("notice"))).to.deep.equal([
        `✓ noticed by LProofs.isNotMore (BMC: Assertion violation happens here.): ${LIBRARY}`,
        `✓ noticed by WTest.testFuzz_Same (there is a counterexample): ${LIBRARY}`,
        "2 changes noticed, 0 not",
      ]);
      expect(passes).to.equal(true);
    });

    it("fails where a change goes unnoticed", async () => {
      const { passes, lines } = await proved({ z3: solver("sat"), halmos: holds }, true);
      expect(lines.at(-1)).to.equal("1 changes noticed, 1 not");
      expect(lines).to.include(`✗ not noticed by WTest.testFuzz_Same: ${LIBRARY}`);
      expect(passes).to.equal(false);
    });

    for (const [what, change, message] of [
      ["a line that is not there", { find: "return a / 3;" }, `${LIBRARY} does not have this text once: return a / 3;`],
      ["a line that is there twice", { find: "uint8" }, `${LIBRARY} does not have this text once: uint8`],
      ["a proof that is not there", { caught: "LProofs.isLess" }, "There is no proof LProofs.isLess."],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const one = { file: LIBRARY, find: "a / 2", replace: "a", caught: "LProofs.isNotMore", ...change };
        const changed = { "test/symbolic/breaks.json": JSON.stringify([one]) };
        const failure = await proved({ z3: solver("sat") }, true, changed).catch((error: unknown) => error);
        expect((failure as Error).message).to.equal(message);
      });
    }

    it("has changes of lines that are in the contracts once, each caught by a proof that there is", () => {
      const breaks = JSON.parse(read("test/symbolic/breaks.json")) as readonly Readonly<
        Record<"file" | "find" | "caught", string>
      >[];
      const folders = ["test/symbolic/arithmetic", "test/symbolic/words", "test/unit/types"];
      const proofs = folders.flatMap((folder) =>
        readdirSync(path.join(ROOT, folder))
          .filter((name) => name.endsWith(".sol"))
          .map((name) => read(path.join(folder, name))),
      );
      for (const { file, find, caught } of breaks) {
        expect(existsSync(path.join(ROOT, file)), file).to.equal(true);
        expect(read(file).split(find).length - 1, `${file}: ${find}`).to.equal(1);
        const [contract, name] = caught.split(".");
        const there = proofs.filter(
          (text) => text.includes(`contract ${contract} `) && text.includes(`function ${name}(`),
        );
        expect(there, caught).to.have.lengthOf(1);
      }
    });
  });
});

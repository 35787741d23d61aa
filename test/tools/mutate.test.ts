import { expect } from "chai";
import { network } from "hardhat";

import { compile } from "../../scripts/quality/proof/compile.js";
import type { Sources } from "../../scripts/quality/proof/compile.js";
import { merge, NO_MUTANT, RECORD, SWITCH_ACCOUNT } from "../../scripts/quality/mutate/schema.js";
import { ROOT } from "../helpers/markdown.js";

/** Levels of JSON that the simulated network's reader allows. */
const LEVELS = 128;
const FILE = "contracts/C.sol";
const SOURCE = `// „µ“ is longer in bytes than in letters.
pragma solidity 0.8.36;
contract C {
    function count() external pure returns (uint256 sum) {
        uint256 step = 7;
        for (uint256 i = 0; i < 10; ++i) {
            sum += step;
        }
        return (sum);
    }
}
`;

/** Instead of the text that stands there once; after it, if `then` is given. */
function change(before: string, text: string, then = false) {
  const bytes = Buffer.from(SOURCE);
  const at = bytes.indexOf(before);
  expect(bytes.indexOf(before, at + 1), `"${before}" stands there once`).to.equal(-1);
  const end = at + Buffer.byteLength(before);
  const line = bytes.subarray(0, at).toString().split("\n").length;
  return { file: FILE, line, start: then ? end : at, end, text };
}

function depth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}

/** The merged contract: how deep its tree is, and what it answers with a number. */
async function built(sources: Sources) {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: { outputSelection: { "*": { "": ["ast"], "*": ["evm.bytecode.object"] } } },
  };
  const compiled = compile(ROOT, sources, input);
  const { evm } = compiled.contracts?.[FILE]?.C as { evm: { bytecode: { object: string } } };
  const abi = ["function count() view returns (uint256)"];
  const { ethers, networkHelpers } = await network.create();
  const [signer] = await ethers.getSigners();
  const contract = await new ethers.ContractFactory(abi, evm.bytecode.object, signer).deploy();
  return {
    depth: depth(compiled.sources[FILE]?.ast),
    answer: async (number: bigint): Promise<unknown> => {
      await networkHelpers.setBalance(SWITCH_ACCOUNT, number);
      return await contract.getFunction("count").staticCall();
    },
  };
}

describe("Mutants merged into one set of sources", () => {
  const many = Array.from({ length: 100 }, (_, i) => i + 8);
  const steps = many.map((step) => change("7", `${step}`));
  const additions = many.map((times) => change("sum += step", `sum += ${times}`));

  it("are each on with their own number, and none of them with no number or one that stands for none", async () => {
    const wanted = new Map([
      ...steps.map((one, i): [unknown, bigint] => [one.text, 10n * BigInt(many[i]!)]),
      ...additions.map((one, i): [unknown, bigint] => [one.text, 10n * BigInt(many[i]!)]),
      ["continue;", 0n],
      ["break;", 0n],
      ["i < 4", 28n],
      ["i < step", 49n],
    ]);
    const loops = [change("++i) {", "continue;", true), change("++i) {", "break;", true)];
    const heads = [change("i < 10", "i < 4"), change("i < 10", "i < step")];
    const { sources, mutants } = merge(ROOT, { [FILE]: SOURCE }, [...steps, ...loops, ...additions, ...heads]);
    expect(mutants.map(({ text }) => text)).to.have.members([...wanted.keys()]);
    const { answer } = await built(sources);
    for (const none of [0n, NO_MUTANT, RECORD]) expect(await answer(none)).to.equal(70n);
    for (const { number, text } of mutants) expect(await answer(BigInt(number)), text).to.equal(wanted.get(text));
  });

  it("of one place have numbers one after another, the first of which is the one that a test records", () => {
    const { mutants } = merge(ROOT, { [FILE]: SOURCE }, [
      ...[additions[0]!, steps[0]!, additions[1]!, steps[1]!],
      change("i < 10", "i < 4"),
    ]);
    expect(mutants.map(({ text, number, site }) => [text, number, site])).to.deep.equal([
      ["sum += 8", 4, 4],
      ["8", 1, 1],
      ["sum += 9", 5, 4],
      ["9", 2, 1],
      ["i < 4", 3, 3],
    ]);
  });

  it("are no deeper with hundreds of versions of a place than what reads their syntax trees allows", async () => {
    const { sources } = merge(ROOT, { [FILE]: SOURCE }, [...steps, ...additions]);
    expect((await built(sources)).depth).to.be.below(LEVELS);
  });

  it("do without those that cannot stand there, whatever stands beside them", () => {
    const broken = [change("7", "true"), change("7", "address(this)"), change("7", "1 +"), change("7", "-1")];
    const { mutants, candidates } = merge(ROOT, { [FILE]: SOURCE }, [...broken, ...steps.slice(0, 3)]);
    expect(mutants.map(({ text }) => text)).to.deep.equal(["8", "9", "10"]);
    expect(candidates).to.deep.equal({ [FILE]: 6 });
  });

  it("are so many of each file as a sample wants, the first that can stand there", () => {
    const { mutants } = merge(ROOT, { [FILE]: SOURCE }, [change("7", "true"), ...steps], 2);
    expect(mutants.map(({ text }) => text)).to.deep.equal(["8", "9"]);
  });
});

import { expect } from "chai";
import { Interface } from "ethers";

import { ClaimSkipReason, ExitRule, SkipReason } from "../../src/contracts/enums.js";
import { DAY, policyBounds } from "../../src/contracts/policy.js";
import type { PolicyNumber } from "../../src/contracts/policy.js";
import {
  DepositRegister__factory,
  IDepositRegister__factory,
  IPrepaidEscrow__factory,
  PrepaidEscrow__factory,
} from "../../types/ethers-contracts/index.js";
import { filesBelow, page, rowsOf, section, tableRowsOf } from "../helpers/markdown.js";

const index = page("docs/operations/README.md");
const operations = filesBelow("docs/operations", ".md")
  .filter((file) => file !== index.file)
  .map(page);

const escrow: Interface = IPrepaidEscrow__factory.createInterface();
const register: Interface = IDepositRegister__factory.createInterface();
/** With the errors of what the contracts are built on. */
const built: Interface[] = [PrepaidEscrow__factory, DepositRegister__factory].map(({ abi }) => new Interface(abi));

/** `Name(a, b)` for each error or event of an ABI. */
function written(abis: readonly Interface[], kind: "error" | "event"): string[] {
  const found: string[] = [];
  const add = ({ name, inputs }: { name: string; inputs: readonly { name: string }[] }): void => {
    found.push(`${name}(${inputs.map((input) => input.name).join(", ")})`);
  };
  for (const abi of abis) {
    if (kind === "error") abi.forEachError(add);
    else abi.forEachEvent(add);
  }
  return found;
}

/** The first cells of rows, without backticks. */
const firstCells = (rows: string[][]): string[] => rows.map(([cell]) => cell!.replaceAll("`", ""));

describe("The pages of operations", () => {
  const errors = written([escrow, register], "error");
  const events = written([escrow, register], "event");
  const everySpan = new Set(operations.flatMap(({ spans }) => spans));

  it("are listed in their index", () => {
    const listed = index.links.filter((link) => !link.includes("/"));
    for (const { file } of operations) expect(listed).to.include(file.slice(file.lastIndexOf("/") + 1));
  });

  for (const one of operations) {
    describe(one.headings[0]!, () => {
      it("has purpose, checks, state, events and errors", () => {
        expect(one.text).to.match(/^\*\*Purpose\.\*\*/m);
        expect(one.headings).to.include.members(["Checks", "State", "Events", "Errors"]);
      });

      it("explains errors that the contracts have, with their values", () => {
        const explained = firstCells(rowsOf(section(one, "Errors")));
        expect(written(built, "error")).to.include.members(explained);
        expect(new Set(explained).size).to.equal(explained.length);
        if (explained.length === 0) expect(section(one, "Errors")).to.include("None of its own.");
      });

      it("names events that the contracts have, with their values", () => {
        const listed = section(one, "Events");
        const named = one.spans.filter((span) => span.endsWith(")") && listed.includes(`\`${span}\``));
        expect(named).to.not.be.empty;
        expect(events).to.include.members(named);
      });
    });
  }

  it("leave out no error", () => {
    const explained = operations.flatMap((one) => firstCells(rowsOf(section(one, "Errors"))));
    expect(explained).to.include.members(errors);
  });

  it("leave out no event", () => {
    expect([...everySpan]).to.include.members(events);
  });

  it("leave out no call that changes anything", () => {
    const called = new Set([...everySpan].map((span) => span.split("(")[0]));
    for (const abi of [escrow, register]) {
      abi.forEachFunction((f) => {
        if (!f.constant) expect([...called], "calls of the pages").to.include(f.name);
      });
    }
  });

  it("explain each reason for which a row is skipped", () => {
    const explained = operations
      .filter(({ file }) => /\/(settling|passes)\.md$/.test(file))
      .flatMap((one) => firstCells(tableRowsOf(section(one, "Checks"))));
    expect([...new Set(explained)]).to.have.members(Object.keys(SkipReason));
  });

  it("explain each reason for which a claim is skipped", () => {
    const distribution = operations.find(({ file }) => file.endsWith("/deposit-default.md"))!;
    expect(firstCells(tableRowsOf(section(distribution, "Checks")))).to.have.members(Object.keys(ClaimSkipReason));
  });

  it("explain each rule by which a card is paid", () => {
    const leaving = operations.find(({ file }) => file.endsWith("/leaving.md"))!;
    const rules = Object.keys(ExitRule).filter((name) => name !== "None");
    expect(firstCells(rowsOf(section(leaving, "What is paid")))).to.have.members(rules);
  });

  it("give the bounds of a policy's fields as they are", () => {
    const merchants = operations.find(({ file }) => file.endsWith("/merchants-and-programs.md"))!;
    const rows = rowsOf(section(merchants, "Policies"));
    const bounded = rows.flatMap(([fields, allowed]) => {
      const match = /(\d+)–(\d+) (days|basis points)/.exec(allowed!);
      if (match === null) return [];
      const [, min, max, unit] = match;
      const scale = unit === "days" ? DAY : 1n;
      const field = fields!.split(", ").at(-1)!.replaceAll("`", "");
      return [{ field, min: BigInt(min!) * scale, max: BigInt(max!) * scale }];
    });
    for (const { field, min, max } of bounded) {
      expect(policyBounds[field as PolicyNumber], field).to.deep.equal({ min, max });
    }
    expect(bounded).to.have.length(14);
    const described = rows.flatMap(([fields]) => fields!.replaceAll("`", "").split(", "));
    const policy = escrow.getFunction("addPolicy")!.inputs[0]!.components!.map(({ name }) => name);
    expect(described).to.have.members(policy);
  });
});

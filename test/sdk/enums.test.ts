import { readFile } from "node:fs/promises";

import { expect } from "chai";

import {
  CardStatus,
  ClaimSkipReason,
  DisputeKind,
  ExitRule,
  MerchantStatus,
  ProgramKind,
  SkipReason,
  WarningKind,
  WarningLevel,
  nameOf,
} from "../../src/contracts/enums.js";
import { errorOf } from "../helpers/errors.js";

const mirrored = {
  CardStatus,
  ClaimSkipReason,
  DisputeKind,
  ExitRule,
  MerchantStatus,
  ProgramKind,
  SkipReason,
  WarningKind,
  WarningLevel,
};

/** The enumerations of a Solidity file, by name. */
async function enumsIn(file: string): Promise<Map<string, Record<string, bigint>>> {
  const source = await readFile(new URL(`../../contracts/interfaces/${file}`, import.meta.url), "utf8");
  return new Map(
    [...source.matchAll(/^enum (\w+) \{([^}]*)\}/gm)].map(([, name = "", body = ""]) => {
      const members = body.split(",").map((member) => member.trim());
      return [name, Object.fromEntries(members.map((member, i) => [member, BigInt(i)]))];
    }),
  );
}

describe("enumerations", () => {
  it("are those of the contracts, all of them and in their order", async () => {
    const files = ["IPrepaidEscrow.sol", "IDepositRegister.sol", "IWarnings.sol"];
    const inContracts = new Map((await Promise.all(files.map(enumsIn))).flatMap((enums) => [...enums]));
    expect(Object.fromEntries(inContracts)).to.deep.equal(mirrored);
  });

  it("give each number its name", () => {
    for (const values of Object.values(mirrored) as Record<string, bigint>[]) {
      for (const [name, value] of Object.entries(values)) expect(nameOf(values, value)).to.equal(name);
    }
  });

  it("have no name for a number they lack", () => {
    expect(errorOf(() => nameOf(CardStatus, 3n))).to.be.instanceOf(RangeError);
  });
});

import { expect } from "chai";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { checkPolicy, policyBounds, requirePolicy } from "../../src/contracts/policy.js";
import type { Policy, PolicyNumber } from "../../src/contracts/policy.js";
import { networkHelpers } from "../helpers/chain.js";
import { errorOf } from "../helpers/errors.js";
import { DAY, deploySystem, testPolicy } from "../helpers/fixture.js";

const TOKEN_ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/** The fields the contract bounds by rule; the others are bounded by their width. */
const ruled = (Object.keys(policyBounds) as PolicyNumber[]).filter(
  (field) =>
    !["maxNamed", "maxBearer", "maxHolderExposure", "maxCount", "complaintCount", "feeFlat", "feeMax"].includes(field),
);

describe("policies", () => {
  const good = testPolicy(TOKEN_ADDRESS) as Policy;

  it("are good within their bounds", () => {
    expect(checkPolicy(good)).to.deep.equal([]);
    expect(requirePolicy({ ...good, token: TOKEN_ADDRESS.toLowerCase() })).to.deep.equal(good);
  });

  it("name every field outside its bounds", () => {
    const problems = checkPolicy({ ...good, exitDelay: 0n, maxListBps: 30_001n });
    expect(problems).to.deep.equal([
      { field: "exitDelay", value: 0n, min: DAY, max: 30n * DAY },
      { field: "maxListBps", value: 30_001n, min: 10_000n, max: 30_000n },
    ]);
  });

  for (const field of Object.keys(policyBounds) as PolicyNumber[]) {
    it(`are good with ${field} at its bounds, and not beyond`, () => {
      const { min, max } = policyBounds[field];
      // The exit delay bounds two other periods: it is kept out of their way, and they out of its.
      const base = { ...good, exitDelay: DAY, rulingTimeout: 90n * DAY, runOffNotice: 90n * DAY };
      for (const value of [min, max]) {
        expect(checkPolicy({ ...base, [field]: value })).to.deep.equal([]);
      }
      for (const value of [min - 1n, max + 1n]) {
        const policy = { ...base, [field]: value };
        expect(checkPolicy(policy).map((problem) => problem.field)).to.deep.equal([field]);
      }
    });
  }

  it("ask for a notice no shorter than the exit delay", () => {
    const policy = { ...good, exitDelay: 20n * DAY, runOffNotice: 20n * DAY };
    expect(checkPolicy(policy)).to.deep.equal([]);
    expect(checkPolicy({ ...policy, runOffNotice: 20n * DAY - 1n })).to.deep.equal([
      { field: "runOffNotice", value: 20n * DAY - 1n, min: 20n * DAY, max: 90n * DAY },
    ]);
  });

  it("ask for a day to rule after the exit delay", () => {
    const policy = { ...good, exitDelay: 20n * DAY, rulingTimeout: 21n * DAY, runOffNotice: 20n * DAY };
    expect(checkPolicy(policy)).to.deep.equal([]);
    expect(checkPolicy({ ...policy, rulingTimeout: 21n * DAY - 1n })).to.deep.equal([
      { field: "rulingTimeout", value: 21n * DAY - 1n, min: 21n * DAY, max: 90n * DAY },
    ]);
  });

  it("are refused with the first field and its bounds", () => {
    const failure = errorOf(() => requirePolicy({ ...good, coolingOff: 30n * DAY + 1n }));
    expect(failure)
      .to.be.instanceOf(InvalidInputError)
      .and.include({ field: "coolingOff", value: 30n * DAY + 1n });
    expect(failure).to.include({ allowed: `0 to ${30n * DAY}` });
    expect(errorOf(() => requirePolicy({ ...good, token: "0x12" })))
      .to.be.instanceOf(InvalidInputError)
      .and.include({ field: "token", value: "0x12" });
  });

  for (const field of ruled) {
    const { min, max } = policyBounds[field];

    it(`are taken by the escrow with ${field} at ${min} and at ${max}, and refused beyond`, async () => {
      const { escrow, token, regulator } = await networkHelpers.loadFixture(deploySystem);
      // The exit delay bounds two other periods: it is kept out of their way, and they out of its.
      const roomy = { exitDelay: DAY, rulingTimeout: 90n * DAY, runOffNotice: 90n * DAY };
      const base = testPolicy(await token.getAddress(), roomy);
      const supervised = escrow.connect(regulator);

      await supervised.addPolicy({ ...base, [field]: min });
      await supervised.addPolicy({ ...base, [field]: max });
      for (const value of min === 0n ? [max + 1n] : [min - 1n, max + 1n]) {
        await expect(supervised.addPolicy({ ...base, [field]: value }))
          .to.be.revertedWithCustomError(escrow, "PolicyFieldOutOfBounds")
          .withArgs(field, value, min, max);
      }
    });
  }
});

import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { PolicyStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY, testPolicy } from "../../../helpers/fixture.js";
import { expectRefusal, expectRegulatorOnly } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";
import { fieldsOf } from "../../../helpers/struct.js";
import { deployDecimals } from "../../../helpers/tokens.js";

async function deployRegulator() {
  const system = await loadShop();
  const token = await system.token.getAddress();
  const add = async (policy: PolicyStruct) => await system.escrow.connect(system.regulator).addPolicy(policy);
  const nextId = async () => await system.escrow.connect(system.regulator).addPolicy.staticCall(testPolicy(token));
  return { ...system, tokenAddress: token, add, nextId };
}

const load = () => networkHelpers.loadFixture(deployRegulator);

/** The least and the most each field may be. */
const bounds = [
  ["exitDelay", DAY, 30n * DAY],
  ["coolingOff", 0n, 30n * DAY],
  ["maxPassTerm", 0n, 3_650n * DAY],
  ["maxListBps", 10_000n, 30_000n],
  ["accrualDelay", 0n, 60n * DAY],
  ["rulingTimeout", 7n * DAY, 90n * DAY],
  ["runOffNotice", 7n * DAY, 90n * DAY],
  ["finalSettlement", 3n * DAY, 30n * DAY],
  ["complaintBps", 0n, 10_000n],
  ["maxAdvance", 0n, 365n * DAY],
  ["feePriceBps", 0n, 3_000n],
  ["feeRestBps", 0n, 5_000n],
  ["coolingOffFeeBps", 0n, 1_000n],
  ["coolingOffTermBps", 0n, 1_000n],
] as const satisfies readonly (readonly [keyof PolicyStruct, bigint, bigint])[];

/** The widest value of each field that only its width bounds. */
const widths = [
  ["maxNamed", 2n ** 88n - 1n],
  ["maxBearer", 2n ** 88n - 1n],
  ["maxHolderExposure", 2n ** 88n - 1n],
  ["maxCount", 2n ** 32n - 1n],
  ["complaintCount", 2n ** 16n - 1n],
  ["feeFlat", 2n ** 88n - 1n],
  ["feeMax", 2n ** 88n - 1n],
] as const satisfies readonly (readonly [keyof PolicyStruct, bigint])[];

describe("addPolicy", () => {
  it("emits every field and keeps it as given", async () => {
    const { escrow, tokenAddress, add, nextId } = await load();
    // No two fields are alike.
    const policy = {
      token: tokenAddress,
      exitDelay: 2n * DAY + 1n,
      coolingOff: 3n * DAY + 2n,
      coolingOffRequiresUnused: true,
      unilateralExit: false,
      rejectOverLimit: true,
      rejectOverCap: false,
      maxNamed: 5_001n,
      maxBearer: 1_002n,
      maxPassTerm: 40n * DAY + 3n,
      maxCount: 61n,
      maxListBps: 12_345n,
      maxHolderExposure: 20_003n,
      accrualDelay: 4n * DAY + 5n,
      rulingTimeout: 8n * DAY + 6n,
      runOffNotice: 9n * DAY + 7n,
      finalSettlement: 5n * DAY + 8n,
      complaintCount: 17n,
      complaintBps: 2_001n,
      maxAdvance: 10n * DAY + 9n,
      feeFlat: 31n,
      feeMax: 32n,
      feePriceBps: 33n,
      feeRestBps: 34n,
      coolingOffFeeBps: 35n,
      coolingOffTermBps: 36n,
      coolingOffInFull: true,
    } satisfies PolicyStruct;
    const policyId = await nextId();

    await expect(add(policy)).to.emit(escrow, "PolicyAdded").withArgs(policyId, tokenAddress, Object.values(policy));

    expect(fieldsOf(await escrow.policy(policyId))).to.deep.equal(policy);
  });

  for (const flag of [
    "coolingOffRequiresUnused",
    "unilateralExit",
    "rejectOverLimit",
    "rejectOverCap",
    "coolingOffInFull",
  ] as const) {
    it(`keeps ${flag} apart from the other choices`, async () => {
      const { escrow, tokenAddress, add, nextId } = await load();
      const policyId = await nextId();
      await add(testPolicy(tokenAddress, { [flag]: true }));
      const { coolingOffRequiresUnused, unilateralExit, rejectOverLimit, rejectOverCap, coolingOffInFull } =
        await escrow.policy(policyId);
      const none = {
        coolingOffRequiresUnused: false,
        unilateralExit: false,
        rejectOverLimit: false,
        rejectOverCap: false,
        coolingOffInFull: false,
      };
      const flags = { coolingOffRequiresUnused, unilateralExit, rejectOverLimit, rejectOverCap, coolingOffInFull };
      expect(flags).to.deep.equal({ ...none, [flag]: true });
    });
  }

  it("numbers policies in the order they are added", async () => {
    const { tokenAddress, add, nextId } = await load();
    const policyId = await nextId();
    await add(testPolicy(tokenAddress));
    expect(await nextId()).to.equal(policyId + 1n);
  });

  it("never changes a policy that is there", async () => {
    const { escrow, tokenAddress, add, nextId } = await load();
    const policyId = await nextId();
    await add(testPolicy(tokenAddress));
    const before = fieldsOf(await escrow.policy(policyId));
    await add(testPolicy(tokenAddress, { exitDelay: 9n * DAY, maxNamed: 1n }));
    expect(fieldsOf(await escrow.policy(policyId))).to.deep.equal(before);
  });

  it("shows no policy that was not added", async () => {
    const { escrow, nextId } = await load();
    const policyId = await nextId();
    await expectRefusal(escrow.policy(0n), escrow, "PolicyUnknown", 0n);
    await expectRefusal(escrow.policy(policyId), escrow, "PolicyUnknown", policyId);
  });

  for (const [field, min, max] of bounds) {
    it(`takes ${field} from ${min} to ${max}`, async () => {
      const { escrow, tokenAddress, add, nextId } = await load();
      // Another field's bound depends on the exit delay: that one leaves it room.
      const roomy = field === "exitDelay" ? { rulingTimeout: 31n * DAY } : {};
      for (const value of [min, max]) {
        const policyId = await nextId();
        await add(testPolicy(tokenAddress, { ...roomy, [field]: value }));
        expect((await escrow.policy(policyId))[field]).to.equal(value);
      }
      for (const value of [min - 1n, max + 1n].filter((outside) => outside >= 0n)) {
        const added = add(testPolicy(tokenAddress, { ...roomy, [field]: value }));
        await expectRefusal(added, escrow, "PolicyFieldOutOfBounds", field, value, min, max);
      }
    });
  }

  for (const [field, max] of widths) {
    it(`takes ${field} from 0 to ${max}`, async () => {
      const { escrow, tokenAddress, add, nextId } = await load();
      for (const value of [0n, max]) {
        const policyId = await nextId();
        await add(testPolicy(tokenAddress, { [field]: value }));
        expect((await escrow.policy(policyId))[field]).to.equal(value);
      }
    });
  }

  it("asks for a run-off notice no shorter than the exit delay", async () => {
    const { escrow, tokenAddress, add, nextId } = await load();
    for (const exitDelay of [7n * DAY + 1n, 30n * DAY]) {
      const short = { exitDelay, rulingTimeout: 90n * DAY, runOffNotice: exitDelay - 1n };
      const args = ["runOffNotice", exitDelay - 1n, exitDelay, 90n * DAY];
      await expectRefusal(add(testPolicy(tokenAddress, short)), escrow, "PolicyFieldOutOfBounds", ...args);

      const policyId = await nextId();
      await add(testPolicy(tokenAddress, { ...short, runOffNotice: exitDelay }));
      expect((await escrow.policy(policyId)).runOffNotice).to.equal(exitDelay);
    }
  });

  for (const { exitDelay, least } of [
    { exitDelay: DAY, least: 7n * DAY },
    { exitDelay: 6n * DAY, least: 7n * DAY },
    { exitDelay: 6n * DAY + 1n, least: 7n * DAY + 1n },
    { exitDelay: 30n * DAY, least: 31n * DAY },
  ]) {
    it(`leaves the association a day to rule after an exit delay of ${exitDelay}`, async () => {
      const { escrow, tokenAddress, add, nextId } = await load();
      const policy = (rulingTimeout: bigint) => testPolicy(tokenAddress, { exitDelay, rulingTimeout });
      const args = ["rulingTimeout", least - 1n, least, 90n * DAY];
      await expectRefusal(add(policy(least - 1n)), escrow, "PolicyFieldOutOfBounds", ...args);
      for (const rulingTimeout of [least, least + 1n]) {
        const policyId = await nextId();
        await add(policy(rulingTimeout));
        expect((await escrow.policy(policyId)).rulingTimeout).to.equal(rulingTimeout);
      }
    });
  }

  it("names the exit delay when that is too long for any ruling timeout", async () => {
    const { escrow, tokenAddress, add } = await load();
    const exitDelay = 2n ** 32n - 1n;
    const args = ["exitDelay", exitDelay, DAY, 30n * DAY];
    await expectRefusal(add(testPolicy(tokenAddress, { exitDelay })), escrow, "PolicyFieldOutOfBounds", ...args);
  });

  it("refuses a token that is no contract", async () => {
    const { escrow, stranger, add } = await load();
    for (const token of [stranger.address, ZeroAddress]) {
      await expectRefusal(add(testPolicy(token)), escrow, "PolicyTokenWithoutCode", token);
    }
  });

  it("refuses a contract that does not return its decimals", async () => {
    const { escrow, manager, add } = await load();
    const token = await manager.getAddress();
    await expectRefusal(add(testPolicy(token)), escrow, "PolicyTokenDecimalsTooMany", token, 255n, 18n);
  });

  for (const decimals of [0n, 18n]) {
    it(`takes a token with ${decimals} decimals`, async () => {
      const { escrow, add, nextId } = await load();
      const token = await (await deployDecimals(decimals)).getAddress();
      const policyId = await nextId();
      await add(testPolicy(token));
      expect((await escrow.policy(policyId)).token).to.equal(token);
    });
  }

  for (const decimals of [19n, 255n]) {
    it(`refuses a token with ${decimals} decimals`, async () => {
      const { escrow, add } = await load();
      const token = await (await deployDecimals(decimals)).getAddress();
      await expectRefusal(add(testPolicy(token)), escrow, "PolicyTokenDecimalsTooMany", token, decimals, 18n);
    });
  }

  it("is for the regulator alone", async () => {
    const system = await load();
    const policy = testPolicy(system.tokenAddress);
    await expectRegulatorOnly(system, async (caller) => await system.escrow.connect(caller).addPolicy(policy));
  });
});

import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { ProgramKind } from "../../../../src/contracts/enums.js";
import { anotherPolicy, anotherProgram } from "../../../helpers/actions.js";
import { fieldsOf } from "../../../helpers/answers.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop, testPolicy } from "../../../helpers/fixture.js";

const load = () => networkHelpers.loadFixture(deployShop);

describe("policy", () => {
  it("answers every field as it was added", async () => {
    const { escrow, token, policyId } = await load();
    const policy = await escrow.policy(policyId);
    expect(fieldsOf(policy)).to.deep.equal(testPolicy(await token.getAddress()));
  });

  it("keeps fields apart that differ", async () => {
    const shop = await load();
    const overrides = {
      exitDelay: 30n * DAY,
      coolingOff: 29n * DAY,
      coolingOffRequiresUnused: true,
      unilateralExit: true,
      rejectOverLimit: true,
      rejectOverCap: true,
      maxNamed: 2n ** 88n - 1n,
      maxBearer: 2n ** 88n - 2n,
      maxPassTerm: 3_650n * DAY,
      maxCount: 2n ** 32n - 1n,
      maxListBps: 30_000n,
      maxHolderExposure: 2n ** 88n - 3n,
      accrualDelay: 60n * DAY,
      rulingTimeout: 90n * DAY,
      runOffNotice: 89n * DAY,
      finalSettlement: 28n * DAY,
      complaintCount: 65_535n,
      complaintBps: 10_000n,
      maxAdvance: 365n * DAY,
      feeFlat: 2n ** 88n - 4n,
      feeMax: 2n ** 88n - 5n,
      feePriceBps: 3_000n,
      feeRestBps: 4_999n,
      coolingOffFeeBps: 999n,
      coolingOffTermBps: 998n,
      coolingOffInFull: true,
    };
    const policyId = await anotherPolicy(shop, overrides);
    const policy = fieldsOf(await shop.escrow.policy(policyId));
    expect(policy).to.deep.equal({ token: await shop.token.getAddress(), ...overrides });
  });

  it("is refused for an id nobody was given", async () => {
    const { escrow } = await load();
    for (const unknown of [0n, 999n]) {
      await expect(escrow.policy(unknown)).to.be.revertedWithCustomError(escrow, "PolicyUnknown").withArgs(unknown);
    }
  });
});

describe("program", () => {
  it("answers what was published", async () => {
    const { escrow, merchantId, policyId, programs } = await load();
    const common = { merchantId, policyId, bearer: false, retired: false, feeFree: true };
    const published = [
      { id: programs.open, kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n },
      {
        id: programs.plan,
        kind: ProgramKind.StoredValue,
        price: 3_000n * TOKEN,
        units: 4_000n * TOKEN,
        listPrice: 4_000n * TOKEN,
      },
      { id: programs.count, kind: ProgramKind.Count, price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN },
      {
        id: programs.pass,
        kind: ProgramKind.Pass,
        price: 3_600n * TOKEN,
        units: 365n * DAY,
        listPrice: 3_600n * TOKEN,
      },
    ];
    for (const { id, ...terms } of published) {
      expect(fieldsOf(await escrow.program(id))).to.deep.equal({ ...common, ...terms });
    }
  });

  it("answers whether it is a bearer card's, and whether it is retired", async () => {
    const shop = await load();
    const terms = { kind: ProgramKind.Count, price: 100n, units: 10n, listPrice: 150n, bearer: true };
    const programId = await anotherProgram(shop, terms);
    await shop.escrow.connect(shop.owner).retireProgram(programId);
    expect(fieldsOf(await shop.escrow.program(programId))).to.deep.equal({
      merchantId: shop.merchantId,
      policyId: shop.policyId,
      retired: true,
      feeFree: true,
      ...terms,
    });
  });

  it("answers the policy it was published under, also when the merchant has another", async () => {
    const shop = await load();
    const { escrow, regulator, merchantId, policyId, programs } = shop;
    const other = await anotherPolicy(shop, { exitDelay: DAY });
    await escrow.connect(regulator).setMerchantPolicy(merchantId, other);
    expect((await escrow.program(programs.count)).policyId).to.equal(policyId);
    expect((await escrow.merchant(merchantId)).policyId).to.equal(other);
  });

  it("is refused for an id nobody was given", async () => {
    const { escrow } = await load();
    for (const unknown of [0n, 99n]) {
      await expect(escrow.program(unknown)).to.be.revertedWithCustomError(escrow, "ProgramUnknown").withArgs(unknown);
    }
  });
});

describe("eip712Domain", () => {
  it("answers name, version, chain and escrow, and nothing else", async () => {
    const { escrow } = await load();
    const { chainId } = await ethers.provider.getNetwork();
    // 0x0f: name, version, chain id and verifying contract; no salt, no extensions (ERC-5267).
    expect(fieldsOf(await escrow.eip712Domain())).to.deep.equal({
      fields: "0x0f",
      name: "PrepaidEscrow",
      version: "1",
      chainId,
      verifyingContract: await escrow.getAddress(),
      salt: ethers.ZeroHash,
      extensions: [],
    });
  });
});

describe("authority and vaultToken", () => {
  it("answer the role manager, and no token outside of a registration", async () => {
    const { escrow, manager } = await load();
    expect(await escrow.authority()).to.equal(await manager.getAddress());
    expect(await escrow.vaultToken()).to.equal(ZeroAddress);
  });
});

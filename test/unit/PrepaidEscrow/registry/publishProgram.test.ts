import { expect } from "chai";

import { MerchantStatus, ProgramKind } from "../../../../src/contracts/enums.js";
import type { PolicyStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { anotherMerchant, anotherPolicy, buyCard } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { expectOwnerOnly, expectRefusal } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";
import { bring } from "../../../helpers/statuses.js";
import { fieldsOf } from "../../../helpers/struct.js";

interface Terms {
  readonly kind: bigint;
  readonly bearer: boolean;
  readonly feeFree: boolean;
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
}

const MAX = 2n ** 88n - 1n;
const { StoredValue, Count, Pass } = ProgramKind;

const terms = (kind: bigint, price: bigint, units: bigint, listPrice: bigint): Terms => ({
  kind,
  bearer: false,
  feeFree: false,
  price,
  units,
  listPrice,
});

/** The shop with `publish`, which answers the new program's id, under the shop's policy or one with other fields. */
async function deployPublisher() {
  const shop = await loadShop();
  const publisher = async (overrides: Partial<PolicyStruct>) => {
    const policyId = await anotherPolicy(shop, overrides);
    const merchantId = await anotherMerchant(shop, { policyId });
    return { policyId, merchantId, publish: publish(merchantId) };
  };
  const publish =
    (merchantId: bigint) =>
    async (offer: Terms): Promise<bigint> => {
      const escrow = shop.escrow.connect(shop.owner);
      const full = { ...offer, metadataURI: "ipfs://program" };
      const programId = await escrow.publishProgram.staticCall(merchantId, full);
      await escrow.publishProgram(merchantId, full);
      return programId;
    };
  return { ...shop, publisher, publish: publish(shop.merchantId) };
}

const load = () => networkHelpers.loadFixture(deployPublisher);

/** Terms the test policy allows: list prices up to twice the price, 100 visits, 730 days. */
const accepted: readonly (readonly [string, Terms])[] = [
  ["an open amount", terms(StoredValue, 0n, 0n, 0n)],
  ["stored value without a bonus", terms(StoredValue, 100n, 100n, 100n)],
  ["stored value with the largest bonus", terms(StoredValue, 100n, 200n, 200n)],
  ["stored value with an odd largest bonus", terms(StoredValue, 333n, 666n, 666n)],
  ["one visit for one base unit", terms(Count, 1n, 1n, 1n)],
  ["as many visits as the policy allows", terms(Count, 100n, 100n, 100n)],
  ["visits at the highest list price", terms(Count, 100n, 10n, 200n)],
  ["a second", terms(Pass, 1n, 1n, 1n)],
  ["the longest term the policy allows", terms(Pass, 100n, 730n * DAY, 100n)],
];

const unitsRefused = "ProgramUnitsOutOfBounds";
const listPriceRefused = "ProgramListPriceOutOfBounds";

/** Terms the test policy refuses, with the error and its arguments. */
const refused: readonly (readonly [string, Terms, string, readonly bigint[]])[] = [
  ["an open amount with a face", terms(StoredValue, 0n, 1n, 0n), unitsRefused, [1n, 0n, 0n]],
  ["an open amount with a list price", terms(StoredValue, 0n, 0n, 1n), listPriceRefused, [1n, 0n, 0n]],
  ["stored value without a face", terms(StoredValue, 100n, 0n, 0n), unitsRefused, [0n, 100n, 200n]],
  ["a face below the price", terms(StoredValue, 100n, 99n, 99n), unitsRefused, [99n, 100n, 200n]],
  ["a bonus over the highest list price", terms(StoredValue, 100n, 201n, 201n), unitsRefused, [201n, 100n, 200n]],
  ["a list price below the face", terms(StoredValue, 100n, 150n, 149n), listPriceRefused, [149n, 150n, 150n]],
  ["a list price above the face", terms(StoredValue, 100n, 150n, 151n), listPriceRefused, [151n, 150n, 150n]],
  ["visits without a price", terms(Count, 0n, 10n, 0n), "ProgramPriceZero", [Count]],
  ["no visits", terms(Count, 100n, 0n, 100n), unitsRefused, [0n, 1n, 100n]],
  ["a visit more than the policy allows", terms(Count, 100n, 101n, 100n), unitsRefused, [101n, 1n, 100n]],
  ["visits listed below their price", terms(Count, 100n, 10n, 99n), listPriceRefused, [99n, 100n, 200n]],
  ["visits listed above the highest price", terms(Count, 100n, 10n, 201n), listPriceRefused, [201n, 100n, 200n]],
  ["a pass without a price", terms(Pass, 0n, 10n, 0n), "ProgramPriceZero", [Pass]],
  ["no time", terms(Pass, 100n, 0n, 100n), unitsRefused, [0n, 1n, 730n * DAY]],
  [
    "a second more than the policy allows",
    terms(Pass, 100n, 730n * DAY + 1n, 100n),
    unitsRefused,
    [730n * DAY + 1n, 1n, 730n * DAY],
  ],
  ["a pass listed below its price", terms(Pass, 100n, 10n, 99n), listPriceRefused, [99n, 100n, 100n]],
  ["a pass listed above its price", terms(Pass, 100n, 10n, 101n), listPriceRefused, [101n, 100n, 100n]],
];

/** What other policies allow, and what they refuse by one. */
const underOtherPolicies: readonly {
  readonly policy: Partial<PolicyStruct>;
  readonly sells: string;
  readonly most: Terms;
  readonly over?: Terms;
  readonly error?: readonly [string, ...bigint[]];
}[] = [
  {
    policy: { maxCount: 0n },
    sells: "any number of visits where the policy has no limit",
    most: terms(Count, 100n, MAX, 100n),
  },
  {
    policy: { maxCount: 1n },
    sells: "a single visit where the policy allows one",
    most: terms(Count, 100n, 1n, 100n),
    over: terms(Count, 100n, 2n, 100n),
    error: [unitsRefused, 2n, 1n, 1n],
  },
  {
    policy: { maxPassTerm: 0n },
    sells: "ten years where the policy has no limit",
    most: terms(Pass, 100n, 3_650n * DAY, 100n),
    over: terms(Pass, 100n, 3_650n * DAY + 1n, 100n),
    error: [unitsRefused, 3_650n * DAY + 1n, 1n, 3_650n * DAY],
  },
  {
    policy: { maxListBps: 10_000n },
    sells: "visits without a discount where the policy allows none",
    most: terms(Count, 100n, 10n, 100n),
    over: terms(Count, 100n, 10n, 101n),
    error: [listPriceRefused, 101n, 100n, 100n],
  },
  {
    policy: { maxListBps: 10_000n },
    sells: "stored value without a bonus where the policy allows none",
    most: terms(StoredValue, 100n, 100n, 100n),
    over: terms(StoredValue, 100n, 101n, 101n),
    error: [unitsRefused, 101n, 100n, 100n],
  },
  {
    policy: { maxListBps: 15_555n },
    sells: "visits up to a list price rounded down",
    most: terms(Count, 333n, 10n, 517n),
    over: terms(Count, 333n, 10n, 518n),
    error: [listPriceRefused, 518n, 333n, 517n],
  },
  {
    policy: { maxListBps: 30_000n, maxNamed: 0n },
    sells: "the widest face",
    most: terms(StoredValue, MAX / 3n, MAX, MAX),
  },
  {
    policy: { maxNamed: 0n },
    sells: "the highest price where the policy has no limit",
    most: terms(Count, MAX, 10n, MAX),
  },
  {
    policy: { maxNamed: 500n, rejectOverLimit: true },
    sells: "named cards up to a limit that rejects",
    most: terms(Count, 500n, 10n, 500n),
    over: terms(Count, 501n, 10n, 501n),
    error: ["ProgramPriceOverLimit", 501n, 500n],
  },
  {
    policy: { maxBearer: 300n, rejectOverLimit: true },
    sells: "bearer cards up to a limit of their own that rejects",
    most: { ...terms(StoredValue, 300n, 400n, 400n), bearer: true },
    over: { ...terms(StoredValue, 301n, 400n, 400n), bearer: true },
    error: ["ProgramPriceOverLimit", 301n, 300n],
  },
  {
    policy: { maxNamed: 1n, maxBearer: 0n, rejectOverLimit: true },
    sells: "bearer cards without a limit beside named cards with one",
    most: { ...terms(Count, 500n, 10n, 500n), bearer: true },
    over: terms(Count, 2n, 10n, 2n),
    error: ["ProgramPriceOverLimit", 2n, 1n],
  },
  {
    policy: { maxNamed: 500n, rejectOverLimit: true },
    sells: "open amounts under a limit that rejects, for the sale looks at it",
    most: terms(StoredValue, 0n, 0n, 0n),
  },
  {
    policy: { maxNamed: 500n, rejectOverLimit: false },
    sells: "a price over a limit that only warns",
    most: terms(Count, 501n, 10n, 501n),
  },
];

describe("publishProgram", () => {
  it("emits the terms, the merchant and the policy", async () => {
    const { escrow, owner, merchantId, policyId } = await load();
    const offer = { ...terms(Count, 1_200n, 20n, 1_600n), bearer: true };
    await expect(escrow.connect(owner).publishProgram(merchantId, { ...offer, metadataURI: "ipfs://visits" }))
      .to.emit(escrow, "ProgramPublished")
      .withArgs(5n, merchantId, policyId, [offer.kind, true, 1_200n, 20n, 1_600n, false, "ipfs://visits"]);
  });

  it("shows the program as published", async () => {
    const { escrow, merchantId, policyId, publish } = await load();
    const plan = { ...terms(StoredValue, 3_000n, 4_000n, 4_000n), bearer: true };
    // The policy has no fees.
    const rest = { merchantId, policyId, retired: false, feeFree: true };
    expect(fieldsOf(await escrow.program(await publish(plan)))).to.deep.equal({ ...plan, ...rest });
    const pass = terms(Pass, 360n, 365n, 360n);
    expect(fieldsOf(await escrow.program(await publish(pass)))).to.deep.equal({ ...pass, ...rest });
  });

  describe("a pass whose days do not count in cooling-off", () => {
    /** A year's pass; cooling-off of 36 days and 12 hours is a tenth of it, rounded up to the basis point at one second more. */
    const year = 365n * DAY;
    const offer = terms(Pass, 360n, year, 360n);
    const tenth = { coolingOff: 7n * DAY, coolingOffTermBps: 1_000n, coolingOffInFull: true };

    it("is sold where it must be unused, whatever the fee", async () => {
      const { publisher } = await load();
      const { publish } = await publisher({ ...tenth, coolingOffRequiresUnused: true });
      expect(await publish(offer)).to.be.above(0n);
    });

    it("is sold where the fee covers the days, and no largest fee limits it", async () => {
      const { escrow, publisher } = await load();
      const covering = { ...tenth, coolingOffFeeBps: 1_000n };
      expect(await (await publisher(covering)).publish(offer)).to.be.above(0n);
      for (const [rules, feeFree, feeBps] of [
        [{ ...tenth, coolingOffFeeBps: 999n }, false, 999n],
        [{ ...covering, feeMax: 1_000_000n }, false, 0n],
        [covering, true, 0n],
        [tenth, false, 0n],
      ] as const) {
        const { publish } = await publisher(rules);
        await expectRefusal(publish({ ...offer, feeFree }), escrow, "ProgramCoolingOffFree", feeBps, 1_000n);
      }
    });

    it("needs a fee for every begun basis point of its term, and the whole price where it is all cooling-off", async () => {
      const { escrow, publisher } = await load();
      const { publish } = await publisher({ coolingOff: 7n * DAY, coolingOffInFull: true, coolingOffFeeBps: 700n });
      await expectRefusal(
        publish(terms(Pass, 360n, 100n * DAY - 1n, 360n)),
        escrow,
        "ProgramCoolingOffFree",
        700n,
        701n,
      );
      expect(await publish(terms(Pass, 360n, 100n * DAY, 360n))).to.be.above(0n);
      const short = publish(terms(Pass, 360n, 5n * DAY, 360n));
      await expectRefusal(short, escrow, "ProgramCoolingOffFree", 700n, 10_000n);
    });

    it("concerns no other kind, and no policy without cooling-off", async () => {
      const { publisher } = await load();
      const { publish } = await publisher(tenth);
      expect(await publish(terms(Count, 360n, 10n, 360n))).to.be.above(0n);
      const none = await publisher({ coolingOff: 0n, coolingOffInFull: true });
      expect(await none.publish(offer)).to.be.above(0n);
    });
  });

  it("numbers programs over all merchants, and keeps them apart", async () => {
    const shop = await load();
    const { escrow, publish, publisher } = shop;
    const second = await publisher({});
    const offer = terms(Count, 100n, 10n, 100n);
    expect(await publish(offer)).to.equal(5n);
    expect(await second.publish(offer)).to.equal(6n);
    expect((await escrow.program(5n)).merchantId).to.equal(shop.merchantId);
    expect((await escrow.program(6n)).merchantId).to.equal(second.merchantId);
  });

  it("shows no program that was not published", async () => {
    const { escrow } = await load();
    for (const unknown of [0n, 5n]) await expectRefusal(escrow.program(unknown), escrow, "ProgramUnknown", unknown);
  });

  for (const [what, offer] of accepted) {
    it(`sells ${what}`, async () => {
      const shop = await load();
      const program = await shop.publish(offer);
      const { kind, price, units, listPrice } = await shop.escrow.program(program);
      expect({ kind, bearer: false, feeFree: false, price, units, listPrice }).to.deep.equal(offer);
      const cardId = await buyCard(shop, { program, principal: offer.price || 7n });
      expect((await shop.escrow.card(cardId)).principal).to.equal(offer.price || 7n);
    });
  }

  for (const [what, offer, error, args] of refused) {
    it(`refuses ${what}`, async () => {
      const { escrow, publish } = await load();
      await expectRefusal(publish(offer), escrow, error, ...args);
    });
  }

  for (const { policy, sells, most, over, error } of underOtherPolicies) {
    it(`sells ${sells}`, async () => {
      const { escrow, publisher } = await load();
      const { publish, policyId } = await publisher(policy);
      const published = await escrow.program(await publish(most));
      expect(published.units).to.equal(most.units);
      expect(published.listPrice).to.equal(most.listPrice);
      expect(published.policyId).to.equal(policyId);
      if (over !== undefined && error !== undefined) await expectRefusal(publish(over), escrow, ...error);
    });
  }

  it("refuses a kind there is not", async () => {
    const { escrow, owner, merchantId } = await load();
    const offer = { ...terms(Pass, 100n, 10n, 100n), metadataURI: "" };
    const data = escrow.interface.encodeFunctionData("publishProgram", [merchantId, offer]);
    // The kind is the first field of the terms, which begin at the third word.
    const kindAt = 10 + 2 * 64;
    const bad = data.slice(0, kindAt) + 3n.toString(16).padStart(64, "0") + data.slice(kindAt + 64);
    await expect(owner.sendTransaction({ to: escrow, data: bad })).to.be.revertedWithoutReason(ethers);
    await owner.sendTransaction({ to: escrow, data });
    expect((await escrow.program(5n)).kind).to.equal(Pass);
  });

  for (const standing of ["Active", "Lapsed"] as const) {
    it(`is possible for a merchant that is ${standing}`, async () => {
      const shop = await load();
      await bring(shop, standing);
      const program = await shop.publish(terms(Count, 100n * TOKEN, 10n, 100n * TOKEN));
      expect((await shop.escrow.program(program)).merchantId).to.equal(shop.merchantId);
    });
  }

  for (const standing of ["Suspended", "RunOff", "Closed", "Defaulted"] as const) {
    it(`is refused for a merchant that is ${standing}`, async () => {
      const shop = await load();
      await bring(shop, standing);
      const published = shop.publish(terms(Count, 100n, 10n, 100n));
      const args = [shop.merchantId, MerchantStatus[standing]];
      await expectRefusal(published, shop.escrow, "MerchantStatusForbids", ...args);
    });
  }

  it("refuses a merchant that was not registered", async () => {
    const { escrow, owner } = await load();
    const offer = { ...terms(Count, 100n, 10n, 100n), metadataURI: "" };
    for (const unknown of [0n, 2n]) {
      const published = escrow.connect(owner).publishProgram(unknown, offer);
      await expectRefusal(published, escrow, "MerchantUnknown", unknown);
    }
  });

  it("is for the owner alone", async () => {
    const shop = await load();
    const { escrow, merchantId } = shop;
    const offer = { ...terms(Count, 100n, 10n, 100n), metadataURI: "" };
    await expectOwnerOnly(shop, merchantId, async (caller) => {
      return await escrow.connect(caller).publishProgram(merchantId, offer);
    });
  });
});

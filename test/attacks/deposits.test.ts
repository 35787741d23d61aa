import { expect } from "chai";
import { MaxUint256, concat, keccak256 } from "ethers";

import { MerchantStatus } from "../../src/contracts/enums.js";
import { advance, anotherMerchant, at, buyCard, now } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { expectRefusal } from "../helpers/refusals.js";
import {
  EVIDENCE,
  LOOSENING_DELAY,
  OBJECTION_PERIOD,
  SURETY_NOTICE,
  deployRegister,
  distribute,
  flag,
  leafOf,
  listOf,
  pay,
  placeSurety,
  publish,
  report,
  setRule,
  standing,
} from "../helpers/register.js";
import { expectSound, purse } from "./scene.js";

const load = () => networkHelpers.loadFixture(deployRegister);
type Shop = Awaited<ReturnType<typeof load>>;

/** A rule of 40 %, a certified balance of 1 000, and 400 in the deposit. */
async function ruled(): Promise<Shop> {
  const shop = await load();
  await setRule(shop, { bps0: 4_000n, reportDays: 90n });
  await report(shop, shop.reporter, 1_000n);
  await pay(shop, 400n);
  return shop;
}

describe("Attack: an owner who wants the deposit out before a default", () => {
  it("reports nothing day after day, in every order of dates: not one unit leaves before a loosening delay without a reporter's word", async () => {
    const shop = await ruled();
    const { register, owner, merchantId } = shop;
    const begun = await now();
    const end = begun + LOOSENING_DELAY;
    for (let day = 1n; day < 30n; day += 3n) {
      await at(begun + day * DAY);
      await report(shop, owner, day % 2n === 0n ? 0n : 999n - day, begun + day * DAY - 10n);
      await expectRefusal(register.connect(owner).withdraw(merchantId, 1n), register, "DepositBelowRequired");
    }
    await at(end - 1n);
    await expectRefusal(register.connect(owner).withdraw(merchantId, 1n), register, "DepositBelowRequired");
  });

  it("lowers under a reporter's figure that comes while the lower one waits: the reporter's word stands, for ever if need be", async () => {
    const shop = await ruled();
    const { register, owner, reporter, merchantId } = shop;
    await report(shop, owner, 0n);
    await advance(LOOSENING_DELAY - DAY);
    await report(shop, reporter, 1_000n);
    await advance(60n * DAY);
    expect(await register.required(merchantId)).to.equal(400n);
    // A date before the certificate's cannot get under it either, however often it is tried.
    const { certifiedAsOf } = await register.depositOf(merchantId);
    const early = register.connect(owner).reportOutstanding(merchantId, 0n, 1n, EVIDENCE);
    await expectRefusal(early, register, "ReportDateOutOfRange");
    await report(shop, owner, 0n, certifiedAsOf);
    await advance(60n * DAY);
    await expectRefusal(register.connect(owner).withdraw(merchantId, 1n), register, "ReportNotInTime");
    expect(await register.required(merchantId)).to.equal(400n);
  });

  it("withdraws in the block before the flag: what is over the requirement, and no unit of what is required", async () => {
    const shop = await ruled();
    const { register, token, owner, payout, merchantId } = shop;
    await pay(shop, 600n);
    await expectRefusal(register.connect(owner).withdraw(merchantId, 601n), register, "DepositBelowRequired");
    await register.connect(owner).withdraw(merchantId, 600n);
    await flag(shop);
    expect(await purse(token, payout)).to.equal(600n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(400n);
    await expectRefusal(register.connect(owner).withdraw(merchantId, 1n), register, "MerchantStatusForbids");
  });

  it("stands surety for itself to get the deposit out: warned of 30 days before, and bound by a flag until the last second", async () => {
    const shop = await ruled();
    const { register, owner, merchantId, token, payout } = shop;
    await register.connect(owner).nameSurety(merchantId, owner);
    const endsAt = (await now()) + 60n * DAY;
    await register.connect(owner).placeSurety(merchantId, 400n, endsAt);
    await register.connect(owner).withdraw(merchantId, 400n);
    expect(await purse(token, payout)).to.equal(400n);
    await at(endsAt - SURETY_NOTICE);
    await register.refreshWarnings(merchantId);
    expect(await standing(shop)).to.deep.equal(["DepositShort", "SuretyExpiring"]);
    await at(endsAt - 1n);
    await flag(shop);
    await at(endsAt);
    await expectRefusal(register.connect(owner).takeBackSurety(merchantId, owner), register, "SuretyBound", merchantId);
    // In the second of its end a flag comes too late: 30 days of two warnings have gone by.
    const again = await ruled();
    const end = await placeSurety(again, 400n, 60n * DAY);
    await at(end);
    await flag(again);
    await again.register.connect(again.bank).takeBackSurety(merchantId, again.bank);
    expect((await again.register.surety(merchantId)).amount).to.equal(0n);
  });

  it("changes rules with a regulator at hand: what asks less waits 30 days in full view, whatever is set in between", async () => {
    const shop = await ruled();
    const { register, owner, merchantId } = shop;
    await setRule(shop, { bps0: 0n, reportDays: 90n });
    const announced = await now();
    for (let i = 1n; i <= 5n; i += 1n) {
      await at(announced + i * 5n * DAY);
      await expectRefusal(register.connect(owner).withdraw(merchantId, 1n), register, "DepositBelowRequired");
    }
    await at(announced + LOOSENING_DELAY - 1n);
    await expectRefusal(register.connect(owner).withdraw(merchantId, 1n), register, "DepositBelowRequired");
    await at(announced + LOOSENING_DELAY);
    await register.connect(owner).withdraw(merchantId, 400n);
  });
});

describe("Attack: on the list of a distribution", () => {
  /** Four claims of 100 on 200. */
  async function listed() {
    const shop = await load();
    await pay(shop, 200n);
    const people = [shop.holder, shop.other, shop.payer, shop.relayer];
    const lines = people.map(({ address }) => ({ account: address, amount: 100n }));
    return { shop, people, lines, list: listOf(lines) };
  }

  it("an inner node passed off as a claim, or a claim with its proof cut or lengthened at any place: not listed", async () => {
    const { shop, lines, list } = await listed();
    const { register, merchantId, stranger } = shop;
    await distribute(shop, list);
    const claim = list.claim(0);
    const proof = claim.proof as string[];
    const leaf = leafOf(0n, lines[0]!.account, 100n);
    const pair = (a: string, b: string) => keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));
    const forged = [
      { ...claim, proof: [] },
      { ...claim, proof: proof.slice(1) },
      { ...claim, proof: proof.slice(0, -1) },
      { ...claim, proof: [...proof, leaf] },
      { ...claim, proof: [leaf, ...proof] },
      // What would be a leaf if inner nodes were hashed as leaves are: number and account cut out of its children.
      { index: BigInt(leaf), account: `0x${proof[0]!.slice(26)}`, amount: 1n, proof: proof.slice(1) },
      { index: BigInt(pair(leaf, proof[0]!)), account: stranger.address, amount: 1n, proof: proof.slice(1) },
      { ...claim, index: 1n },
      { ...claim, amount: 101n },
      { ...claim, amount: MaxUint256 },
      { ...claim, account: stranger.address },
    ];
    for (const one of forged) await expectRefusal(register.claim(merchantId, one), register, "ClaimNotListed");
    await register.claimMany(merchantId, forged);
    expect((await register.depositOf(merchantId)).deposit).to.equal(200n);
    await register.claim(merchantId, claim);
  });

  it("a claim made twice, in one batch, to itself and to another, before and after late money: its share once", async () => {
    const { shop, people, list } = await listed();
    const { register, token, merchantId, liquidator, stranger } = shop;
    await distribute(shop, list);
    const before = await purse(token, people[0]!);
    const [claim] = [list.claim(0)];
    await register.claimMany(merchantId, [claim, claim, claim]);
    expect((await purse(token, people[0]!)) - before).to.equal(50n);
    const elsewhere = register.connect(people[0]).claimTo(merchantId, claim, stranger);
    await expectRefusal(elsewhere, register, "ClaimNothingDue", merchantId, 0n, 50n);
    await register.connect(liquidator).deposit(merchantId, 100n);
    await register.claimMany(merchantId, [claim, claim]);
    expect((await purse(token, people[0]!)) - before).to.equal(75n);
  });

  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ]) {
    it(`who claims first, in the order ${order.join("")}, around late money and a surety: all have the same to the unit`, async () => {
      const { shop, people, list } = await listed();
      const { register, token, merchantId, liquidator } = shop;
      await placeSurety(shop, 60n);
      await distribute(shop, list);
      const before = await Promise.all(people.map((person) => purse(token, person)));
      await register.claim(merchantId, list.claim(order[0]!));
      await register.connect(liquidator).deposit(merchantId, 40n);
      for (const i of order.slice(1)) await register.claim(merchantId, list.claim(i));
      await register.claim(merchantId, list.claim(order[0]!));
      const paid = await Promise.all(people.map(async (person, i) => (await purse(token, person)) - before[i]!));
      // 200 + 60 + 40 on 400: three quarters.
      expect(paid).to.deep.equal([75n, 75n, 75n, 75n]);
      expect((await register.depositOf(merchantId)).deposit).to.equal(0n);
    });
  }

  it("a list is swapped at the last moment: the new one waits its own fourteen days, and a claim on the old one is worth nothing", async () => {
    const { shop, list } = await listed();
    const { register, regulator, association, merchantId } = shop;
    await flag(shop);
    const publishedAt = await publish(shop, list);
    await at(publishedAt + OBJECTION_PERIOD - 1n);
    await register.connect(regulator).objectToClaims(merchantId, list.root, EVIDENCE);
    const thief = listOf([{ account: association.address, amount: 400n }]);
    const again = await publish(shop, thief);
    await at(again + OBJECTION_PERIOD - 1n);
    await expectRefusal(register.openClaims(merchantId), register, "ClaimsNotOpen");
    await expectRefusal(register.claim(merchantId, thief.claim(0)), register, "ClaimsNotOpen");
    await at(again + OBJECTION_PERIOD);
    await expectRefusal(register.claim(merchantId, list.claim(0)), register, "ClaimNotListed");
    // Once it is open no list takes its place, and no flag is withdrawn under it.
    await register.openClaims(merchantId);
    await expectRefusal(publish(shop, list), register, "ClaimsAlreadyPublished");
    const withdrawn = shop.escrow.connect(regulator).withdrawDefault(merchantId);
    await expectRefusal(withdrawn, shop.escrow, "MerchantSettlementClosed");
  });

  it("the worst list there can be, with every role in one hand: one merchant's deposit is gone, and no card, pool or neighbour is touched", async () => {
    const { shop } = await listed();
    const { escrow, register, token, association, holder, merchantId, programs } = shop;
    const neighbour = await anotherMerchant(shop);
    await pay({ ...shop, merchantId: neighbour }, 500n);
    const cardId = await buyCard(shop, { program: programs.count });
    const list = listOf([{ account: association.address, amount: 2n ** 96n - 1n }]);
    await distribute(shop, list);
    await register.claim(merchantId, list.claim(0));
    expect(await purse(token, association)).to.equal(200n);
    const before = await purse(token, holder);
    await escrow.refundCards(merchantId, [cardId]);
    expect((await purse(token, holder)) - before).to.equal(1_200n * TOKEN);
    expect((await register.depositOf(neighbour)).deposit).to.equal(500n);
    await expectSound(shop, []);
    expect((await escrow.merchant(neighbour)).status).to.equal(MerchantStatus.Active);
  });
});

describe("Attack: by a surety, or around one", () => {
  it("is pushed out in the second of its end, before it can prolong: it has its money, and places it again", async () => {
    const shop = await ruled();
    const { register, token, bank, stranger, merchantId } = shop;
    const endsAt = await placeSurety(shop, 100n, 40n * DAY);
    await at(endsAt);
    const before = await purse(token, bank);
    await register.connect(stranger).takeBackSurety(merchantId, bank);
    expect((await purse(token, bank)) - before).to.equal(100n);
    await register.connect(bank).placeSurety(merchantId, 100n, (await now()) + 40n * DAY);
    expect((await register.surety(merchantId)).amount).to.equal(100n);
  });

  it("of one base unit holds the merchant's one place: until its end, and only if the owner named it", async () => {
    const shop = await ruled();
    const { register, owner, bank, stranger, merchantId } = shop;
    const uninvited = register.connect(stranger).placeSurety(merchantId, 1n, (await now()) + 40n * DAY);
    await expectRefusal(uninvited, register, "SuretyNamedOnly");
    const endsAt = await placeSurety(shop, 1n, 40n * DAY);
    await register.connect(owner).nameSurety(merchantId, stranger);
    // The one that stands cannot be prolonged any more, so its end is the end.
    const prolonged = register.connect(bank).placeSurety(merchantId, 0n, endsAt + DAY);
    await expectRefusal(prolonged, register, "SuretyNamedOnly");
    await at(endsAt);
    await register.takeBackSurety(merchantId, bank);
    expect((await register.surety(merchantId)).amount).to.equal(0n);
  });
});

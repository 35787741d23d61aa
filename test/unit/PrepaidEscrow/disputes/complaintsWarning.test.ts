import { expect } from "chai";
import { ZeroHash } from "ethers";
import type { ContractTransactionResponse } from "ethers";

import { WarningKind, WarningLevel } from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard } from "../../../helpers/actions.js";
import { RULING_TIMEOUT, complain, complaintsOf, contest, dismiss, uphold } from "../../../helpers/disputes.js";
import { TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  askToLeave,
  consume,
  flagDefault,
  runOff,
} from "../../../helpers/leaving.js";
import { loadShop } from "../../../helpers/shop.js";
import { warningsIn } from "../../../helpers/warnings.js";
import type { Said } from "../../../helpers/warnings.js";
import { buyChargingAmounts } from "./charging.js";

/** The shop's policy asks for three open complaints, and a fifth of what is outstanding. */
const COUNT = 3n;

/** Sells the holder cards of these principals, in token base units, and lets their cooling-off pass; answers their ids. */
async function sell(shop: Shop, principals: readonly bigint[], program = shop.programs.open): Promise<string[]> {
  const cards: string[] = [];
  for (const principal of principals) cards.push(await buyCard(shop, { program, principal }));
  await advance(COOLING_OFF);
  return cards;
}

/** Like {@link sell}, of cards that can be contested: they cost a fee to leave. */
async function sellCharging(shop: Shop, principals: readonly bigint[]): Promise<string[]> {
  const cards = await buyChargingAmounts(shop, principals);
  await advance(COOLING_OFF);
  return cards;
}

/** What a transaction emits about complaints. */
const saidBy = async (shop: Shop, sent: Promise<ContractTransactionResponse>): Promise<Said> =>
  await warningsIn(shop.escrow, sent, WarningKind.Complaints);

/** What the complaint about `cardId` emits. */
const complaintSays = async (shop: Shop, cardId: string): Promise<Said> =>
  await saidBy(shop, shop.escrow.connect(shop.holder).complain(cardId, EVIDENCE));

const raised = (count: bigint, limit = COUNT, merchantId = 1n): Said => [
  ["WarningRaised", merchantId, WarningKind.Complaints, ZeroHash, count, limit, WarningLevel.Warning],
];
const cleared = (merchantId = 1n): Said => [["WarningCleared", merchantId, WarningKind.Complaints]];

/** The warnings the view answers: kind and level. */
async function standing(shop: Shop, merchantId = shop.merchantId): Promise<readonly (readonly [bigint, bigint])[]> {
  return (await shop.escrow.warnings(merchantId)).map(({ kind, level }) => [kind, level] as const);
}
const UP = [WarningKind.Complaints, WarningLevel.Warning] as const;

/** Three cards of 100 in complaint, of 1 500 outstanding: the warning is just up. */
async function raise(shop: Shop, sale: typeof sellCharging = sell): Promise<string[]> {
  const cards = await sale(shop, [100n * TOKEN, 100n * TOKEN, 100n * TOKEN, 1_200n * TOKEN]);
  for (const cardId of cards.slice(0, 3)) await complain(shop, cardId);
  return cards;
}

describe("the Complaints warning", () => {
  describe("is raised", () => {
    for (const { share, less, said } of [
      { share: "one base unit below a fifth of the outstanding value", less: 1n, said: [] },
      { share: "a fifth of the outstanding value", less: 0n, said: raised(COUNT) },
      { share: "one base unit above that", less: -1n, said: raised(COUNT) },
    ]) {
      it(`${said.length === 0 ? "not" : "with the third complaint"} at ${share}`, async () => {
        const shop = await loadShop();
        const third = 100n * TOKEN - less;
        const cards = await sell(shop, [100n * TOKEN, 100n * TOKEN, third, 1_300n * TOKEN - third]);
        expect((await shop.escrow.pool(shop.merchantId)).outstanding).to.equal(1_500n * TOKEN);
        for (const cardId of cards.slice(0, 2)) expect(await complaintSays(shop, cardId)).to.deep.equal([]);
        expect(await complaintSays(shop, cards[2]!)).to.deep.equal(said);
        expect(await standing(shop)).to.deep.equal(said.length === 0 ? [] : [UP]);
      });
    }

    for (const { count, said } of [
      { count: 2, said: [] },
      { count: 3, said: raised(3n) },
      { count: 4, said: [] },
    ]) {
      it(`${said.length === 0 ? "not" : "now"} by complaint ${count} where the share is more than reached`, async () => {
        const shop = await loadShop();
        const cards = await sell(shop, [500n * TOKEN, 500n * TOKEN, 500n * TOKEN, 500n * TOKEN]);
        let last: Said = [];
        for (const cardId of cards.slice(0, count)) last = await complaintSays(shop, cardId);
        expect(last).to.deep.equal(said);
        expect(await standing(shop)).to.deep.equal(count < 3 ? [] : [UP]);
      });
    }

    it("not by many cards of next to nothing, nor by a large one alone", async () => {
      const shop = await loadShop();
      const large = await sell(shop, [4_000n * TOKEN]);
      const dust = await sell(
        shop,
        Array.from({ length: 12 }, () => 1n),
      );
      for (const cardId of dust) expect(await complaintSays(shop, cardId)).to.deep.equal([]);
      for (const cardId of dust) await askToLeave(shop, cardId);
      expect(await complaintSays(shop, large[0]!)).to.deep.equal([]);
      expect(await standing(shop)).to.deep.equal([]);
    });

    it("by what remained when each complaint was opened, whatever was settled since", async () => {
      const shop = await loadShop();
      const [first, second, third] = await sell(shop, [500n * TOKEN, 500n * TOKEN, 1n, 3_000n * TOKEN]);
      await complain(shop, first!);
      await complain(shop, second!);
      for (const cardId of [first!, second!]) await consume(shop, cardId, 500n * TOKEN);
      expect(await complaintSays(shop, third!)).to.deep.equal(raised(3n));
      expect(await complaintsOf(shop)).to.deep.equal([3n, 1_000n * TOKEN + 1n]);
    });

    it("not by contests", async () => {
      const shop = await loadShop();
      const cards = await sellCharging(shop, [500n * TOKEN, 500n * TOKEN, 500n * TOKEN, 500n * TOKEN]);
      await complain(shop, cards[0]!);
      await complain(shop, cards[1]!);
      for (const cardId of cards.slice(2)) {
        await askToLeave(shop, cardId);
        const contested = shop.escrow.connect(shop.operator).contestExit(cardId, EVIDENCE);
        expect(await saidBy(shop, contested)).to.deep.equal([]);
      }
      expect(await standing(shop)).to.deep.equal([]);
    });

    it("also when a complaint ends, if less was left outstanding meanwhile", async () => {
      const shop = await loadShop();
      const { escrow, operator, holder } = shop;
      const cards = await sell(shop, [...Array.from({ length: 4 }, () => 100n * TOKEN), 2_000n * TOKEN]);
      for (const cardId of cards.slice(0, 4)) await complain(shop, cardId);
      const left = escrow.connect(operator).refundCard(cards[4]!);
      expect(await saidBy(shop, left)).to.deep.equal([]);
      expect(await standing(shop)).to.deep.equal([]);
      const asked = escrow.connect(holder).requestExit(cards[3]!);
      expect(await saidBy(shop, asked)).to.deep.equal(raised(3n));
    });

    it("for its merchant alone", async () => {
      const shop = await loadShop();
      const second = await anotherMerchant(shop);
      const program = await anotherProgram(shop, { kind: 0n, price: 0n, units: 0n, listPrice: 0n }, second);
      const elsewhere = await sell(shop, [500n * TOKEN, 500n * TOKEN], program);
      for (const cardId of elsewhere) await complain(shop, cardId);
      await raise(shop);
      expect(await standing(shop)).to.deep.equal([UP]);
      expect(await standing(shop, second)).to.deep.equal([]);
      expect(await complaintsOf(shop, second)).to.deep.equal([2n, 1_000n * TOKEN]);
    });

    it("once, until it is cleared", async () => {
      const shop = await loadShop();
      const cards = await raise(shop);
      expect(await complaintSays(shop, cards[3]!)).to.deep.equal([]);
      // Four, then three: neither emits anything.
      expect(await saidBy(shop, shop.escrow.connect(shop.holder).requestExit(cards[0]!))).to.deep.equal([]);
      expect(await standing(shop)).to.deep.equal([UP]);
      // Two, and three again.
      expect(await saidBy(shop, shop.escrow.connect(shop.holder).requestExit(cards[1]!))).to.deep.equal(cleared());
      await shop.escrow.connect(shop.holder).cancelExit(cards[0]!);
      await advance(RULING_TIMEOUT);
      expect(await complaintSays(shop, cards[0]!)).to.deep.equal(raised(3n));
    });
  });

  describe("is cleared", () => {
    const endings: readonly {
      readonly by: string;
      readonly before: (shop: Shop) => Promise<unknown>;
      readonly end: (shop: Shop, cardId: string) => Promise<ContractTransactionResponse>;
    }[] = [
      {
        by: "a request to leave",
        before: async () => {
          await advance(1n);
        },
        end: async ({ escrow, holder }, cardId) => await escrow.connect(holder).requestExit(cardId),
      },
      {
        by: "a dismissal",
        before: async () => {
          await advance(EXIT_DELAY);
        },
        end: async (shop, cardId) => await dismiss(shop, cardId),
      },
      {
        by: "a ruling for the holder",
        before: async () => {
          await advance(EXIT_DELAY);
        },
        end: async (shop, cardId) => await uphold(shop, cardId, 0n),
      },
      {
        by: "the end of the ruling timeout, once executed",
        before: async () => {
          await advance(RULING_TIMEOUT);
        },
        end: async ({ escrow }, cardId) => await escrow.executeDispute(cardId),
      },
      {
        by: "the same, paid elsewhere",
        before: async () => {
          await advance(RULING_TIMEOUT);
        },
        end: async ({ escrow, holder, stranger }, cardId) =>
          await escrow.connect(holder).executeExitTo(cardId, stranger),
      },
      {
        by: "the merchant's refund",
        before: async () => {
          await advance(1n);
        },
        end: async ({ escrow, operator }, cardId) => await escrow.connect(operator).refundCard(cardId),
      },
      {
        by: "everybody's refund after a flag",
        before: async (shop) => {
          const { windowEndsAt } = await flagDefault(shop);
          await at(windowEndsAt);
        },
        end: async ({ escrow, merchantId }, cardId) => await escrow.refundCards(merchantId, [cardId]),
      },
      {
        by: "everybody's refund after a run-off",
        before: async (shop) => {
          const { noticeEndsAt } = await runOff(shop);
          await at(noticeEndsAt);
        },
        end: async ({ escrow, merchantId }, cardId) => await escrow.refundCards(merchantId, [cardId]),
      },
      {
        by: "a refund to another address after a flag",
        before: async (shop) => {
          const { windowEndsAt } = await flagDefault(shop);
          await at(windowEndsAt);
        },
        end: async ({ escrow, holder, stranger }, cardId) =>
          await escrow.connect(holder).executeExitTo(cardId, stranger),
      },
    ];

    for (const { by, before, end } of endings) {
      it(`by ${by}`, async () => {
        const shop = await loadShop();
        const cards = await raise(shop);
        await before(shop);
        expect(await saidBy(shop, end(shop, cards[1]!))).to.deep.equal(cleared());
        expect(await standing(shop)).to.deep.equal([]);
        expect(await complaintsOf(shop)).to.deep.equal([2n, 200n * TOKEN]);
      });
    }

    it("when what is left in complaint is no more the share, though the count is", async () => {
      const shop = await loadShop();
      const { escrow, holder } = shop;
      const cards = await sell(shop, [...Array.from({ length: 3 }, () => 100n * TOKEN), 500n * TOKEN, 1_700n * TOKEN]);
      for (const cardId of cards.slice(0, 4)) await complain(shop, cardId);
      expect(await standing(shop)).to.deep.equal([UP]);
      expect(await saidBy(shop, escrow.connect(holder).requestExit(cards[3]!))).to.deep.equal(cleared());
      expect(await complaintsOf(shop)).to.deep.equal([3n, 300n * TOKEN]);
    });

    it("not because more was sold since, when another complaint opens and ends: the share is of what was outstanding before", async () => {
      const shop = await loadShop();
      const { escrow, holder } = shop;
      await raise(shop);
      const [dust] = await sell(shop, [1n, 5_000n * TOKEN]);
      expect(await complaintSays(shop, dust!)).to.deep.equal([]);
      expect(await saidBy(shop, escrow.connect(holder).requestExit(dust!))).to.deep.equal([]);
      expect(await standing(shop)).to.deep.equal([UP]);
    });

    for (const { share, less, said } of [
      { share: "a fifth", less: 0n, said: [] },
      { share: "one base unit below a fifth", less: 1n, said: cleared() },
    ]) {
      it(`${said.length === 0 ? "not " : ""}where what is left in complaint is ${share} of the least that was outstanding at a look`, async () => {
        const shop = await loadShop();
        const { escrow, holder, operator } = shop;
        // 400 in complaint, of 1 500; then 1 000 are outstanding at a look, and many more at the next.
        const cards = await sell(shop, [100n * TOKEN - less, 50n * TOKEN, 50n * TOKEN, 200n * TOKEN]);
        const [leaving, dust] = await sell(shop, [500n * TOKEN, 1n, 600n * TOKEN - 1n + less]);
        for (const cardId of cards) await complain(shop, cardId);
        expect(await standing(shop)).to.deep.equal([UP]);
        await escrow.connect(operator).refundCard(leaving!);
        expect(await complaintSays(shop, dust!)).to.deep.equal([]);
        await sell(shop, [3_000n * TOKEN]);
        expect(await saidBy(shop, escrow.connect(holder).requestExit(dust!))).to.deep.equal([]);
        expect(await saidBy(shop, escrow.connect(holder).requestExit(cards[3]!))).to.deep.equal(said);
      });
    }

    it("and then judged anew, by what is outstanding now", async () => {
      const shop = await loadShop();
      const { escrow, holder } = shop;
      const cards = await raise(shop);
      expect(await saidBy(shop, escrow.connect(holder).requestExit(cards[0]!))).to.deep.equal(cleared());
      await sell(shop, [3_000n * TOKEN]);
      await escrow.connect(holder).cancelExit(cards[0]!);
      await advance(RULING_TIMEOUT);
      expect(await complaintSays(shop, cards[0]!)).to.deep.equal([]);
      expect(await standing(shop)).to.deep.equal([]);
    });

    it("not by settling, selling, cancelling or contesting", async () => {
      const shop = await loadShop();
      const { escrow, holder, operator } = shop;
      const cards = await raise(shop, sellCharging);
      await sell(shop, [5_000n * TOKEN]);
      await consume(shop, cards[0]!, 100n * TOKEN);
      await escrow.connect(holder).cancelExit(cards[1]!);
      await askToLeave(shop, cards[3]!);
      await escrow.connect(operator).contestExit(cards[3]!, EVIDENCE);
      expect(await standing(shop)).to.deep.equal([UP]);
    });
  });

  describe("goes by the merchant's policy", () => {
    async function sellUnder(shop: Shop, rules: Parameters<typeof anotherPolicy>[1]) {
      const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, rules) });
      const terms = { kind: 0n, price: 0n, units: 0n, listPrice: 0n };
      return { merchantId, program: await anotherProgram(shop, terms, merchantId) };
    }

    it("never, where the count is zero", async () => {
      const shop = await loadShop();
      const { merchantId, program } = await sellUnder(shop, { complaintCount: 0n, complaintBps: 0n });
      for (const cardId of await sell(shop, [100n * TOKEN, 100n * TOKEN], program)) {
        expect(await complaintSays(shop, cardId)).to.deep.equal([]);
      }
      expect(await standing(shop, merchantId)).to.deep.equal([]);
      expect(await complaintsOf(shop, merchantId)).to.deep.equal([2n, 200n * TOKEN]);
    });

    it("at the first complaint, where the count is one", async () => {
      const shop = await loadShop();
      const { merchantId, program } = await sellUnder(shop, { complaintCount: 1n, complaintBps: 10_000n });
      const [cardId] = await sell(shop, [100n * TOKEN], program);
      expect(await complaintSays(shop, cardId!)).to.deep.equal(raised(1n, 1n, merchantId));
      const ended = shop.escrow.connect(shop.operator).refundCard(cardId!);
      expect(await saidBy(shop, ended)).to.deep.equal(cleared(merchantId));
    });

    it("by the count alone, where the share is zero", async () => {
      const shop = await loadShop();
      const { merchantId, program } = await sellUnder(shop, { complaintCount: 2n, complaintBps: 0n });
      const [first, second] = await sell(shop, [1n, 1n, 5_000n * TOKEN], program);
      expect(await complaintSays(shop, first!)).to.deep.equal([]);
      expect(await complaintSays(shop, second!)).to.deep.equal(raised(2n, 2n, merchantId));
    });

    it("as it is when a complaint opens or ends, not as it was when the card was sold", async () => {
      const shop = await loadShop();
      const { escrow, regulator, holder, merchantId } = shop;
      const cards = await sell(shop, [100n * TOKEN, 100n * TOKEN, 100n * TOKEN]);
      await complain(shop, cards[0]!);
      const stricter = await anotherPolicy(shop, { complaintCount: 2n });
      const moved = escrow.connect(regulator).setMerchantPolicy(merchantId, stricter);
      expect(await saidBy(shop, moved)).to.deep.equal([]);
      expect(await complaintSays(shop, cards[1]!)).to.deep.equal(raised(2n, 2n));
      // Without the warning in the policy the next look takes it down.
      const silent = await anotherPolicy(shop, { complaintCount: 0n });
      await escrow.connect(regulator).setMerchantPolicy(merchantId, silent);
      expect(await standing(shop)).to.deep.equal([UP]);
      expect(await complaintSays(shop, cards[2]!)).to.deep.equal(cleared());
      expect(await saidBy(shop, escrow.connect(holder).requestExit(cards[2]!))).to.deep.equal([]);
    });
  });

  describe("in warnings", () => {
    it("stands beside the merchant's cap", async () => {
      const shop = await loadShop();
      const { escrow, regulator, merchantId } = shop;
      await escrow.connect(regulator).setOutstandingCap(merchantId, 1_600n);
      const cap = [WarningKind.OutstandingCap, WarningLevel.Notice] as const;
      await raise(shop);
      expect(await standing(shop)).to.deep.equal([cap, UP]);
      await escrow.connect(regulator).setOutstandingCap(merchantId, 0n);
      expect(await standing(shop)).to.deep.equal([UP]);
    });

    it("stays through a flag, and through its withdrawal", async () => {
      const shop = await loadShop();
      const { escrow, regulator, merchantId } = shop;
      await raise(shop);
      await flagDefault(shop);
      expect(await standing(shop)).to.deep.equal([UP]);
      await escrow.connect(regulator).withdrawDefault(merchantId);
      expect(await standing(shop)).to.deep.equal([UP]);
    });

    it("is gone when the last complaint is, with nothing left outstanding", async () => {
      const shop = await loadShop();
      const { escrow, merchantId } = shop;
      const cards = await raise(shop);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      await escrow.refundCards(merchantId, cards);
      expect(await standing(shop)).to.deep.equal([]);
      expect(await complaintsOf(shop)).to.deep.equal([0n, 0n]);
      expect((await escrow.pool(merchantId)).outstanding).to.equal(0n);
    });
  });

  it("does not count a contest that follows a complaint", async () => {
    const shop = await loadShop();
    const cards = await raise(shop, sellCharging);
    await contest(shop, cards[2]!);
    expect(await complaintsOf(shop)).to.deep.equal([2n, 200n * TOKEN]);
    expect(await standing(shop)).to.deep.equal([]);
  });
});

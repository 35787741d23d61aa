import { readFileSync } from "node:fs";

import { expect } from "chai";

import { CardStatus, ExitRule, ProgramKind } from "../../src/contracts/enums.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
} from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, deployShop } from "../helpers/fixture.js";
import { ACCRUAL_DELAY, EVIDENCE } from "../helpers/leaving.js";

/**
 * Court judgments and published examples, run through the contracts: a card is bought, consumed, and left in each way that
 * fits the cause; what the holder and the merchant are paid must be the integers of the source.
 * One minor unit of the currency (a fen) is one base unit of the token.
 */
interface Case {
  readonly id: string;
  readonly desc: string;
  readonly input: Readonly<Record<string, number | string | boolean>>;
  readonly expect: Readonly<Record<string, number>>;
  readonly basis: string;
}
const { cases } = JSON.parse(readFileSync(new URL("../data/acceptance.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
};

/** What is sold in a case, and how much of it was consumed. */
interface Example {
  readonly kind: bigint;
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
  readonly used: bigint;
}

/** Case C6 is C5 at the list price of one visit: it has 100 visits too. */
const SAME_AS: Readonly<Record<string, string>> = { C6: "C5" };
/** A year card's months are twelfths of it. */
const MONTH = 30n * DAY;

function exampleOf({ id, input }: Case): Example {
  const number = (field: string): bigint | undefined => {
    const value = input[field] ?? cases.find((same) => same.id === SAME_AS[id])?.input[field];
    return value === undefined ? undefined : BigInt(value);
  };
  const must = (field: string): bigint => {
    const value = number(field);
    if (value === undefined) throw new Error(`Case ${id} has no ${field}.`);
    return value;
  };
  const price = must("paid");
  if (number("totalDays") !== undefined) {
    const [units, used] = [must("totalDays") * DAY, must("usedDays") * DAY];
    return { kind: ProgramKind.Pass, price, units, listPrice: price, used };
  }
  if (number("total") !== undefined) {
    const [units, used] = [must("total") * MONTH, must("used") * MONTH];
    return { kind: ProgramKind.Pass, price, units, listPrice: price, used };
  }
  if (number("bonus") !== undefined) {
    const units = price + must("bonus");
    return { kind: ProgramKind.StoredValue, price, units, listPrice: units, used: must("used") };
  }
  const units = must("n");
  const list = input.list === undefined ? price : must("list") * units;
  return { kind: ProgramKind.Count, price, units, listPrice: list, used: must("used") };
}

/** The shop, and two merchants that differ in whether a holder may leave without consent. */
async function deployCourt() {
  const shop = await deployShop();
  const contestable = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, { unilateralExit: false }) });
  const unilateral = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, { unilateralExit: true }) });
  return { ...shop, contestable, unilateral };
}
type Court = Awaited<ReturnType<typeof deployCourt>>;

/** A card of an example, consumed as far as the example has it; of a pass, until exactly `servedUntil`. */
interface Played {
  readonly merchantId: bigint;
  readonly cardId: string;
  readonly servedUntil: bigint;
}
/** A way to leave: closes the card and pays its holder. */
type Leaving = (court: Court, played: Played) => Promise<void>;

const refundCard: Leaving = async ({ escrow, operator, stranger }, { cardId, servedUntil }) => {
  // The time of a pass counts as booked, and booking lags behind.
  await at(servedUntil + ACCRUAL_DELAY);
  await escrow.connect(stranger).accrue([cardId]);
  await escrow.connect(operator).refundCard(cardId);
};
const defaulted: Leaving = async ({ escrow, regulator, stranger }, { merchantId, cardId, servedUntil }) => {
  await at(servedUntil + 3n * DAY);
  await escrow.connect(regulator).flagDefault(merchantId, servedUntil, EVIDENCE);
  await at((await escrow.merchant(merchantId)).windowEndsAt);
  await escrow.connect(stranger).refundCards(merchantId, [cardId]);
};
const runOff: Leaving = async ({ escrow, owner, stranger }, { merchantId, cardId, servedUntil }) => {
  await at(servedUntil);
  await escrow.connect(owner).startRunOff(merchantId, servedUntil);
  await at((await escrow.merchant(merchantId)).noticeEndsAt);
  await escrow.connect(stranger).refundCards(merchantId, [cardId]);
};
const exit: Leaving = async ({ escrow, holder, stranger }, { cardId, servedUntil }) => {
  await at(servedUntil);
  await escrow.connect(holder).requestExit(cardId);
  await advance(5n * DAY);
  await escrow.connect(stranger).executeExit(cardId);
};

interface Way {
  readonly name: string;
  readonly cause: "merchant" | "consumer";
  readonly rule: bigint;
  readonly merchant: "contestable" | "unilateral";
  readonly leave: Leaving;
}
const ways: readonly Way[] = [
  {
    name: "the merchant refunds the card",
    cause: "merchant",
    rule: ExitRule.MerchantConsent,
    merchant: "contestable",
    leave: refundCard,
  },
  {
    name: "the merchant has run away",
    cause: "merchant",
    rule: ExitRule.Default,
    merchant: "contestable",
    leave: defaulted,
  },
  {
    name: "the merchant closes in order",
    cause: "merchant",
    rule: ExitRule.RunOff,
    merchant: "contestable",
    leave: runOff,
  },
  {
    name: "the consumer leaves and the merchant is silent",
    cause: "consumer",
    rule: ExitRule.NoObjection,
    merchant: "contestable",
    leave: exit,
  },
  {
    name: "the consumer leaves by right",
    cause: "consumer",
    rule: ExitRule.Unilateral,
    merchant: "unilateral",
    leave: exit,
  },
];

describe("Acceptance: cards as courts and rules compute them", () => {
  const load = () => networkHelpers.loadFixture(deployCourt);

  const ofCards = cases.filter(({ id }) => /^(T|C|B)\d+$/.test(id));

  it("has every case of a card", () => {
    const known = ["T1", "T2", "T4", "C1", "C2", "C3", "C5", "C6", "B1", "B2", "B3", "B4"];
    expect(ofCards.map(({ id }) => id)).to.deep.equal(known);
    // The others are about deposits, and the lessons below.
    const others = cases.filter((one) => !ofCards.includes(one)).map(({ id }) => id.replace(/\d+$/, ""));
    expect(new Set(others)).to.deep.equal(new Set(["SH", "JP", "MO", "ED"]));
  });

  for (const one of ofCards) {
    const example = exampleOf(one);
    const [earned, refund] = [BigInt(one.expect.earned!), BigInt(one.expect.refund!)];
    const consumerCause = one.desc.includes("consumer cause");
    // A pass is worth the same whoever is the cause.
    const isPass = example.kind === ProgramKind.Pass;
    const fitting = ways.filter(({ cause }) => isPass || (cause === "consumer") === consumerCause);

    describe(`${one.id}: ${one.desc} (${one.basis})`, () => {
      for (const { name, rule, merchant, leave } of fitting) {
        it(`${name}: ${refund} to the holder, ${earned} to the merchant`, async () => {
          const court = await load();
          const { escrow, token, operator, holder, stranger, payout } = court;
          const merchantId = court[merchant];
          const { used, ...terms } = example;
          const program = await anotherProgram(court, terms, merchantId);
          const before = { holder: await token.balanceOf(holder), payout: await token.balanceOf(payout) };
          const cardId = await buyCard(court, { program });
          const openedAt = await now();
          if (!isPass) {
            await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, used)]);
          }
          // Visits are over when cooling-off is.
          const servedUntil = openedAt + (isPass ? used : 8n * DAY);

          await leave(court, { merchantId, cardId, servedUntil });

          const closings = await escrow.queryFilter(escrow.filters.CardRefunded(merchantId, cardId));
          expect(closings.map(({ args }) => [args.recipient, args.rule, args.refunded])).to.deep.equal([
            [holder.address, rule, refund],
          ]);
          expect((await escrow.card(cardId)).status).not.to.equal(CardStatus.Open);
          expect((await token.balanceOf(holder)) - before.holder).to.equal(refund - example.price);
          await escrow.connect(stranger).payOut(merchantId);
          expect((await token.balanceOf(payout)) - before.payout).to.equal(earned);
          expect(earned + refund).to.equal(example.price);
          expect(await token.balanceOf(await escrow.vaultOf(merchantId))).to.equal(0n);
        });
      }
    });
  }

  describe("leaving within the seven days", () => {
    for (const { id, desc, input } of ofCards.filter(({ desc }) => desc.includes("consumer cause"))) {
      it(`${id}, ${desc}: costs the discount price all the same, for it is no fault of the consumer`, async () => {
        const court = await load();
        const { escrow, token, operator, holder, contestable } = court;
        const { used, ...terms } = exampleOf({ id, desc, input, expect: {}, basis: "" });
        const cardId = await buyCard(court, { program: await anotherProgram(court, terms, contestable) });
        await escrow.connect(operator).settle(contestable, [await signVoucher(escrow, holder, cardId, used)]);
        const paid = (used * terms.price) / terms.units;
        const before = await token.balanceOf(holder);
        await exit(court, { merchantId: contestable, cardId, servedUntil: (await now()) + 6n * DAY });
        expect((await token.balanceOf(holder)) - before).to.equal(terms.price - paid);
      });
    }
  });

  describe("ED1: 60 lessons for 5 000", () => {
    const lessons = cases.find(({ id }) => id === "ED1")!;
    it("release 83.33 for the first, 83.34 for the sixtieth, and 5 000 in all", async () => {
      const court = await load();
      const { escrow, token, operator, holder, payout, stranger, contestable } = court;
      const [price, units] = [BigInt(lessons.input.paid!), BigInt(lessons.input.n!)];
      const terms = { kind: ProgramKind.Count, price, units, listPrice: price };
      const cardId = await buyCard(court, { program: await anotherProgram(court, terms, contestable) });
      const released: bigint[] = [];
      for (let lesson = 1n; lesson <= units; lesson += 1n) {
        const voucher = await signVoucher(escrow, holder, cardId, lesson);
        const before = await escrow.releasable(contestable);
        await escrow.connect(operator).settle(contestable, [voucher]);
        released.push((await escrow.releasable(contestable)) - before);
      }
      expect(released[0]).to.equal(BigInt(lessons.expect.release!));
      expect(released[59]).to.equal(BigInt(lessons.expect.after59!));
      // 500 000 = 40 × 8 333 + 20 × 8 334: every third lesson takes the fraction of the two before it.
      expect(released.every((amount, i) => amount === ((i + 1) % 3 === 0 ? 8_334n : 8_333n))).to.be.true;
      await expect(escrow.connect(stranger).payOut(contestable)).to.changeTokenBalance(ethers, token, payout, price);
    });
  });
});

import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { CardStatus, ExitRule, ProgramKind } from "../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, anotherProgram, at, buyCard, now } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { DECISION } from "../helpers/disputes.js";
import { DAY } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { ACCRUAL_DELAY, EVIDENCE, EXIT_DELAY, consume } from "../helpers/leaving.js";
import { ROOT, read } from "../helpers/markdown.js";
import { refundCases, soldIn } from "../helpers/refundCases.js";
import type { RefundCase, Sold } from "../helpers/refundCases.js";
import { loadShop } from "../helpers/shop.js";

/*
 * Refunds as courts, statutes, regulators and associations of many places reckon them, run through the contracts: a policy is made
 * of the case, a card is bought, used, and closed in each way that the case allows. Whatever the way, the holder is paid what the
 * source says, and the merchant has the rest. `docs/legal.md` has the figures; `UPDATE_SNAPSHOTS=1` writes those that it takes.
 */

const SNAPSHOT = "snapshots/refunds.json";

/** Shorter than that of the test merchant: a pass of a few days can be complained about, too. */
const RULING_TIMEOUT = 7n * DAY;
/** How long a leave of absence is. In CN21 it is ten months, and in every way. */
const LEAVE = 30n * DAY;
const LEAVES: Readonly<Record<string, bigint>> = { CN21: 300n * DAY };
/** How far ahead a pass is bought of which no day was used. */
const AHEAD = 10n * DAY;
/** More than any card can pay. */
const EVERYTHING = 2n ** 88n - 1n;

/** What decides in which ways a case can be played. */
interface Facts extends Sold {
  readonly case: RefundCase;
  readonly isPass: boolean;
  readonly inCoolingOff: boolean;
  /** The source pays what issuer's cause pays. */
  readonly paysInFull: boolean;
  /** The source pays what a holder gets who leaves unasked. */
  readonly paysTheHolder: boolean;
  /** A holder who leaves after cooling-off is paid less than at issuer's cause. */
  readonly takesSomething: boolean;
  /** Consent without a request counts the time of a pass as booked: in cooling-off that is none. */
  readonly consentFits: boolean;
  /** A pass that was served for at least so many days, or a card that is none. */
  readonly served: (days: bigint) => boolean;
}

function factsOf(one: RefundCase): Facts {
  const sold = soldIn(one);
  const { cause, policy = {} } = one.input;
  const isPass = sold.kind === ProgramKind.Pass;
  const inCoolingOff = cause === "coolingOff" || cause === "coolingOffUnused";
  const hasFees = Object.keys(policy).some((field) => /fee/i.test(field));
  const takesSomething = hasFees || (sold.listPrice > sold.price && sold.used > 0n);
  return {
    ...sold,
    case: one,
    isPass,
    inCoolingOff,
    takesSomething,
    paysInFull: cause === "merchant" || (inCoolingOff ? !hasFees : cause === "consumer" && !takesSomething),
    paysTheHolder: cause === "consumer" || inCoolingOff || (cause === "merchant" && !takesSomething),
    consentFits: !isPass || !inCoolingOff || policy.coolingOffInFull === true,
    served: (days) => !isPass || sold.used === 0n || sold.used >= days * DAY,
  };
}

/** A card of a case, used as the source says; a pass will be so at `servedUntil`, which has not come. */
interface Played {
  readonly facts: Facts;
  readonly merchantId: bigint;
  readonly cardId: string;
  readonly servedUntil: bigint;
}
type Court = Shop & Played;

/** The shop, a merchant under the policy of a case, and a card. */
async function play(facts: Facts, unilateralExit: boolean, leave: bigint): Promise<Court> {
  const shop = await loadShop();
  const { case: one, isPass, inCoolingOff, used, principal, ...sold } = facts;
  const policyId = await anotherPolicy(shop, {
    unilateralExit,
    coolingOff: inCoolingOff ? 7n * DAY : 0n,
    coolingOffRequiresUnused: one.input.cause === "coolingOffUnused",
    rulingTimeout: RULING_TIMEOUT,
    maxPassTerm: 3_650n * DAY,
    maxCount: 10_000n,
    ...one.input.policy,
  });
  const merchantId = await anotherMerchant(shop, { policyId });
  const { kind, price, units, listPrice } = sold;
  const terms = { kind, price, units, listPrice };
  if (one.input.refusedList !== undefined) {
    const refused = anotherProgram(shop, { ...terms, listPrice: BigInt(one.input.refusedList) * units }, merchantId);
    await expect(refused).to.be.revertedWithCustomError(shop.escrow, "ProgramListPriceOutOfBounds");
  }
  const program = await anotherProgram(shop, terms, merchantId);
  const startsAt = isPass && used === 0n ? (await now()) + AHEAD : undefined;
  const cardId = await buyCard(shop, { program, principal, ...(startsAt === undefined ? {} : { startsAt }) });
  const openedAt = startsAt ?? (await now());
  if (leave > 0n) {
    await at(openedAt + used / 2n);
    await shop.escrow.connect(shop.operator).extendPasses([cardId], leave);
  }
  if (!isPass && used > 0n) await consume(shop, cardId, used);
  const servedUntil = openedAt + (isPass ? leave + used : 6n * DAY);
  return { ...shop, facts, merchantId, cardId, servedUntil };
}

/** A way to close a card. */
interface Way {
  readonly name: string;
  readonly rule: bigint;
  readonly fits: (facts: Facts) => boolean;
  readonly close: (court: Court) => Promise<unknown>;
  /** Under a policy by which the holder may leave at any time. */
  readonly byRight?: true;
  /** The holder was away meanwhile, and the merchant has extended the pass. */
  readonly afterLeave?: true;
}

/* WHAT THE WAYS CONSIST OF */

const requestAt = async ({ escrow, holder, cardId }: Court, time: bigint) => {
  await at(time);
  await escrow.connect(holder).requestExit(cardId);
};
const leave = async (court: Court) => {
  await requestAt(court, court.servedUntil);
  await advance(EXIT_DELAY);
  await court.escrow.connect(court.stranger).executeExit(court.cardId);
};
const contest = async (court: Court, requestedAt: bigint) => {
  await requestAt(court, requestedAt);
  await court.escrow.connect(court.operator).contestExit(court.cardId, EVIDENCE);
};
const complainAt = async ({ escrow, holder, cardId }: Court, time: bigint) => {
  await at(time);
  await escrow.connect(holder).complain(cardId, EVIDENCE);
};
/** The association rules at the first moment at which it can. */
const rule = async ({ escrow, association, cardId }: Court, upheld: boolean, awarded: bigint) => {
  await at((await escrow.dispute(cardId)).rulingFrom);
  await escrow.connect(association).resolve(cardId, upheld, awarded, DECISION);
};
const executeDispute = async ({ escrow, holder, cardId }: Court) => {
  await at((await escrow.dispute(cardId)).rulingUntil);
  await escrow.connect(holder).executeDispute(cardId);
};
const closeInOrder = async ({ escrow, owner, merchantId, servedUntil }: Court) => {
  await at(servedUntil);
  await escrow.connect(owner).startRunOff(merchantId, servedUntil);
};
const refundAll = async ({ escrow, stranger, merchantId, cardId }: Court, time: bigint) => {
  await at(time);
  await escrow.connect(stranger).refundCards(merchantId, [cardId]);
};
const outsideCoolingOff = ({ inCoolingOff }: Facts) => !inCoolingOff;
const contestable = (facts: Facts) => facts.takesSomething && outsideCoolingOff(facts);

const ways: readonly Way[] = [
  /* AT ISSUER'S CAUSE */
  {
    name: "the merchant pays the card back",
    rule: ExitRule.MerchantConsent,
    fits: ({ paysInFull, consentFits }) => paysInFull && consentFits,
    close: async ({ escrow, operator, stranger, facts, cardId, servedUntil }) => {
      const counted = facts.isPass && !facts.inCoolingOff;
      await at(counted ? servedUntil + ACCRUAL_DELAY : servedUntil);
      if (counted) await escrow.connect(stranger).accrue([cardId]);
      await escrow.connect(operator).refundCard(cardId);
    },
  },
  {
    name: "the holder asks to leave and the merchant agrees to pay all",
    rule: ExitRule.MerchantConsent,
    fits: ({ paysInFull }) => paysInFull,
    close: async (court) => {
      await requestAt(court, court.servedUntil);
      await advance(2n * DAY);
      await court.escrow.connect(court.operator).refundCard(court.cardId);
    },
  },
  {
    name: "the merchant has run away",
    rule: ExitRule.Default,
    fits: ({ paysInFull }) => paysInFull,
    close: async (court) => {
      const { escrow, regulator, merchantId, servedUntil } = court;
      await at(servedUntil + 3n * DAY);
      await escrow.connect(regulator).flagDefault(merchantId, servedUntil, EVIDENCE);
      await refundAll(court, (await escrow.merchant(merchantId)).windowEndsAt);
    },
  },
  {
    name: "the merchant closes in order, and anyone refunds the cards",
    rule: ExitRule.RunOff,
    fits: ({ paysInFull }) => paysInFull,
    close: async (court) => {
      await closeInOrder(court);
      await refundAll(court, (await court.escrow.merchant(court.merchantId)).noticeEndsAt);
    },
  },
  {
    name: "the merchant closes in order, and the holder leaves after the last day",
    rule: ExitRule.RunOff,
    fits: ({ paysInFull }) => paysInFull,
    close: async (court) => {
      await closeInOrder(court);
      await requestAt(court, court.servedUntil + DAY);
      await advance(EXIT_DELAY);
      await court.escrow.connect(court.stranger).executeExit(court.cardId);
    },
  },
  {
    name: "the holder complains, and is awarded all",
    rule: ExitRule.Ruling,
    fits: (facts) => facts.paysInFull && outsideCoolingOff(facts),
    close: async (court) => {
      await complainAt(court, court.servedUntil + (court.facts.isPass ? ACCRUAL_DELAY : 0n));
      await rule(court, true, EVERYTHING);
    },
  },
  {
    name: "the merchant contests, and the holder is awarded all",
    rule: ExitRule.Ruling,
    fits: (facts) => facts.paysInFull && contestable(facts),
    close: async (court) => {
      await contest(court, court.servedUntil);
      await rule(court, true, EVERYTHING);
    },
  },
  /* AS THE ASSOCIATION AWARDS */
  {
    name: "the holder complains, and is awarded the amount",
    rule: ExitRule.Ruling,
    fits: ({ case: { input } }) => input.cause === "ruling",
    close: async (court) => {
      await complainAt(court, court.servedUntil);
      await rule(court, true, BigInt(court.facts.case.input.awarded!));
    },
  },
  {
    name: "the merchant contests, and the holder is awarded the amount",
    rule: ExitRule.Ruling,
    fits: ({ case: { input } }) => input.cause === "ruling",
    close: async (court) => {
      await contest(court, court.servedUntil);
      await rule(court, true, BigInt(court.facts.case.input.awarded!));
    },
  },
  /* IN COOLING-OFF */
  {
    name: "the holder regrets it",
    rule: ExitRule.CoolingOff,
    fits: ({ inCoolingOff }) => inCoolingOff,
    close: leave,
  },
  {
    name: "the holder regrets it where one may leave at any time",
    rule: ExitRule.CoolingOff,
    fits: ({ inCoolingOff }) => inCoolingOff,
    close: leave,
    byRight: true,
  },
  /* AS A HOLDER LEAVES */
  {
    name: "the holder leaves and the merchant does not contest",
    rule: ExitRule.NoObjection,
    fits: (facts) => facts.paysTheHolder && outsideCoolingOff(facts),
    close: leave,
  },
  {
    name: "the holder leaves by right",
    rule: ExitRule.Unilateral,
    fits: (facts) => facts.paysTheHolder && outsideCoolingOff(facts),
    close: leave,
    byRight: true,
  },
  {
    name: "the merchant contests, and nobody rules",
    rule: ExitRule.RulingTimeout,
    fits: (facts) => facts.paysTheHolder && contestable(facts),
    close: async (court) => {
      await contest(court, court.servedUntil);
      await executeDispute(court);
    },
  },
  {
    name: "the merchant contests, and the holder is awarded the least",
    rule: ExitRule.Ruling,
    fits: (facts) => facts.paysTheHolder && contestable(facts),
    close: async (court) => {
      await contest(court, court.servedUntil);
      await rule(court, true, 0n);
    },
  },
  {
    name: "the contest is dismissed, and the holder leaves again",
    rule: ExitRule.NoObjection,
    fits: (facts) => facts.paysTheHolder && contestable(facts),
    close: async (court) => {
      // The time of the contest is given back: a second of service is left.
      await contest(court, court.servedUntil - 1n);
      await rule(court, false, 0n);
      await requestAt(court, (await now()) + 1n);
      await advance(EXIT_DELAY);
      await court.escrow.connect(court.stranger).executeExit(court.cardId);
    },
  },
  {
    name: "the holder complains, and nobody rules",
    rule: ExitRule.RulingTimeout,
    fits: (facts) => facts.paysTheHolder && outsideCoolingOff(facts) && facts.served(8n),
    close: async (court) => {
      await complainAt(court, court.servedUntil - (court.facts.isPass ? RULING_TIMEOUT : 0n));
      await executeDispute(court);
    },
  },
  {
    name: "the holder complains, and is awarded the least",
    rule: ExitRule.Ruling,
    fits: (facts) => facts.paysTheHolder && contestable(facts) && facts.served(6n),
    close: async (court) => {
      await complainAt(court, court.servedUntil - (court.facts.isPass ? EXIT_DELAY : 0n));
      await rule(court, true, 0n);
    },
  },
  {
    name: "a complaint is answered by an extension, and the holder leaves later",
    rule: ExitRule.NoObjection,
    fits: (facts) => facts.paysTheHolder && facts.isPass && outsideCoolingOff(facts) && facts.used >= 8n * DAY,
    close: async (court) => {
      const { escrow, association, cardId, servedUntil } = court;
      await complainAt(court, servedUntil - 6n * DAY);
      await at((await escrow.dispute(cardId)).rulingFrom);
      await escrow.connect(association).resolveByExtension(cardId, 10n * DAY, DECISION);
      await leave({ ...court, servedUntil: servedUntil + 10n * DAY });
    },
  },
  {
    name: "after a leave of absence the holder leaves",
    rule: ExitRule.NoObjection,
    fits: (facts) =>
      facts.paysTheHolder && facts.isPass && outsideCoolingOff(facts) && facts.used > 0n && !(facts.case.id in LEAVES),
    close: leave,
    afterLeave: true,
  },
];

describe("Acceptance: refunds as the laws of many places reckon them", () => {
  const paid = new Map<string, bigint>();

  it("has the fifty-two cases, of which forty-six run", () => {
    expect(refundCases).to.have.length(52);
    expect(new Set(refundCases.map(({ id }) => id)).size).to.equal(52);
    expect(refundCases.filter(({ runs }) => runs)).to.have.length(46);
    for (const { id, source, rule: law } of refundCases) expect([source, law], id).to.not.include("");
  });

  it("says of each that does not run why no rule of a contract gives it", () => {
    const others = refundCases.filter(({ runs }) => !runs);
    expect(others.map(({ id }) => id)).to.deep.equal(["CN13", "CN17", "CN26", "TW06", "KO09", "DE01"]);
    for (const { id, difference } of others) expect(difference, id).to.match(/^[A-Z].{30,}\.$/);
  });

  for (const one of refundCases.filter(({ runs }) => runs)) {
    const facts = factsOf(one);
    const [refund, earned] = [BigInt(one.expect.refund), BigInt(one.expect.earned!)];
    const tolerance = BigInt(one.tolerance ?? 1);
    const always = LEAVES[one.id] ?? 0n;
    const atWill = (): Promise<Court> => play(facts, true, always);
    const usual = (): Promise<Court> => play(facts, false, always);
    const away = (): Promise<Court> => play(facts, false, always === 0n ? LEAVE : always);

    describe(`${one.id}: ${one.desc}`, () => {
      const fitting = ways.filter(({ fits }) => fits(facts));

      for (const { name, rule: expected, close, byRight, afterLeave } of fitting) {
        it(`${name}: ${refund} to the holder, ${earned} to the merchant`, async () => {
          const court = await networkHelpers.loadFixture(afterLeave ? away : byRight ? atWill : usual);
          const { escrow, token, holder, stranger, payout, merchantId, cardId } = court;
          const before = { holder: await token.balanceOf(holder), payout: await token.balanceOf(payout) };

          await close(court);

          const [closing, ...others] = await escrow.queryFilter(escrow.filters.CardRefunded(merchantId, cardId));
          expect(others).to.deep.equal([]);
          const { recipient, rule: applied, refunded } = closing!.args;
          expect([recipient, applied]).to.deep.equal([holder.address, expected]);
          expect(refunded).to.be.closeTo(refund, tolerance);
          expect((await token.balanceOf(holder)) - before.holder).to.equal(refunded);
          expect((await escrow.card(cardId)).status).not.to.equal(CardStatus.Open);
          // Whatever the way, it pays the same.
          expect(paid.get(one.id) ?? refunded).to.equal(refunded);
          paid.set(one.id, refunded);

          const left = facts.principal - refunded;
          expect(left).to.be.closeTo(earned, tolerance);
          if (left !== 0n) await escrow.connect(stranger).payOut(merchantId);
          expect((await token.balanceOf(payout)) - before.payout).to.equal(left);
          expect(await token.balanceOf(await escrow.vaultOf(merchantId))).to.equal(0n);
        });
      }

      it("can be closed in more ways than one", () => {
        expect(fitting.length).to.be.at.least(2);
      });
    });
  }

  // In a group of its own, which runs after the others.
  describe("all of them together", () => {
    it(`pays what ${SNAPSHOT} says`, () => {
      const figures = Object.fromEntries([...paid].map(([id, refunded]) => [id, Number(refunded)]));
      if (process.env.UPDATE_SNAPSHOTS === "1") {
        writeFileSync(path.join(ROOT, SNAPSHOT), `${JSON.stringify(figures, null, 2)}\n`);
      }
      expect(Object.keys(figures)).to.have.length(46);
      expect(JSON.parse(read(SNAPSHOT))).to.deep.equal(figures);
    });
  });
});

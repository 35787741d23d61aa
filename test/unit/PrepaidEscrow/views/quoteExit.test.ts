import { expect } from "chai";

import { ExitRule, MerchantStatus, ProgramKind } from "../../../../src/contracts/enums.js";
import type { PrepaidEscrow } from "../../../../types/ethers-contracts/index.js";
import {
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
} from "../../../helpers/actions.js";
import { fieldsOf } from "../../../helpers/answers.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  RUN_OFF_NOTICE,
  around,
  askToLeave,
  consume,
  flagDefault,
  runOff,
} from "../../../helpers/leaving.js";
import { randomOf, seedOfRun } from "../../../helpers/random.js";
import type { Random } from "../../../helpers/random.js";

const load = () => networkHelpers.loadFixture(deployShop);
const passPrice = (seconds: bigint): bigint => (seconds * 3_600n * TOKEN) / (365n * DAY);

/** The quote in the block that comes next, at `time`. */
async function quoteAt(escrow: PrepaidEscrow, cardId: string, time: bigint): Promise<Record<string, unknown>> {
  await at(time);
  return fieldsOf(await escrow.quoteExit(cardId, { blockTag: "pending" }));
}

describe("quoteExit", () => {
  it("returns what leaving pays, from when, and until when", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    await consume(shop, cardId, 5n);
    const time = (await now()) + 1n;
    expect(await quoteAt(shop.escrow, cardId, time)).to.deep.equal({
      rule: ExitRule.CoolingOff,
      refund: 900n * TOKEN,
      forfeited: 0n,
      fee: 0n,
      released: 0n,
      consumed: 5n,
      executableAt: time + EXIT_DELAY,
      lapsesAt: time + 2n * EXIT_DELAY,
    });
  });

  for (const { when, offset } of around) {
    it(`knows the rule ${when} the end of cooling-off`, async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const openedAt = await now();
      await consume(shop, cardId, 5n);
      const quote = await quoteAt(shop.escrow, cardId, openedAt + COOLING_OFF + offset);
      expect(quote).to.deep.include(
        offset < 0n
          ? { rule: ExitRule.CoolingOff, refund: 900n * TOKEN, forfeited: 0n }
          : { rule: ExitRule.NoObjection, refund: 800n * TOKEN, forfeited: 100n * TOKEN },
      );
    });

    it(`keeps to the pending request ${when} its lapse, and to one made now after it`, async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await consume(shop, cardId, 5n);
      await at((await now()) + 30n * DAY);
      const { executableAt, lapsesAt } = await askToLeave(shop, cardId);
      const time = lapsesAt + offset;
      expect(await quoteAt(shop.escrow, cardId, time)).to.deep.equal({
        rule: ExitRule.NoObjection,
        refund: 800n * TOKEN,
        forfeited: 100n * TOKEN,
        fee: 0n,
        released: 0n,
        consumed: 5n,
        executableAt: offset < 0n ? executableAt : time + EXIT_DELAY,
        lapsesAt: offset < 0n ? lapsesAt : time + 2n * EXIT_DELAY,
      });
    });

    it(`keeps to the request to leave a pass ${when} two exit delays: it does not lapse`, async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.pass });
      const openedAt = await now();
      await at(openedAt + 30n * DAY);
      const { requestedAt, executableAt, lapsesAt } = await askToLeave(shop, cardId);
      const counted = requestedAt - openedAt;
      expect(await quoteAt(shop.escrow, cardId, lapsesAt + offset)).to.deep.equal({
        rule: ExitRule.NoObjection,
        refund: 3_600n * TOKEN - passPrice(counted),
        forfeited: 0n,
        fee: 0n,
        released: passPrice(counted),
        consumed: counted,
        executableAt,
        lapsesAt: 0n,
      });
    });

    it(`knows the rule of a request that falls due ${when} the last moment of a run-off's service`, async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await consume(shop, cardId, 5n);
      await at((await now()) + COOLING_OFF);
      const { lastServiceAt } = await runOff(shop, 20n * DAY);
      const quote = await quoteAt(shop.escrow, cardId, lastServiceAt - EXIT_DELAY + offset);
      expect(quote).to.deep.include(
        offset < 0n
          ? { rule: ExitRule.NoObjection, refund: 800n * TOKEN, forfeited: 100n * TOKEN }
          : { rule: ExitRule.RunOff, refund: 900n * TOKEN, forfeited: 0n },
      );
    });

    it(`returns what can be had first when the delay ends ${when} the run-off's notice`, async () => {
      const shop = await load();
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const { noticeEndsAt } = await runOff(shop);
      const time = noticeEndsAt - EXIT_DELAY + offset;
      const { executableAt, lapsesAt } = await quoteAt(shop.escrow, cardId, time);
      expect(executableAt).to.equal(offset < 0n ? noticeEndsAt - 1n : noticeEndsAt);
      // What waits for the notice is refunded without a request, and does not lapse.
      expect(lapsesAt).to.equal(offset > 0n ? 0n : time + 2n * EXIT_DELAY);
    });
  }

  it("names no cooling-off where there is none, for a pass that has not begun either", async () => {
    const shop = await load();
    const { escrow, merchantId, regulator } = shop;
    await escrow.connect(regulator).setMerchantPolicy(merchantId, await anotherPolicy(shop, { coolingOff: 0n }));
    const terms = { price: 3_600n * TOKEN, units: 365n * DAY, listPrice: 3_600n * TOKEN };
    const program = await anotherProgram(shop, { kind: ProgramKind.Pass, ...terms });
    const time = await now();
    const cardId = await buyCard(shop, { program, startsAt: time + 10n * DAY });
    expect(await quoteAt(escrow, cardId, time + DAY)).to.deep.include({
      rule: ExitRule.NoObjection,
      refund: 3_600n * TOKEN,
      consumed: 0n,
    });
  });

  it("counts a pass to now, past what is booked", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.pass });
    const openedAt = await now();
    await at(openedAt + 50n * DAY);
    await shop.escrow.accrue([cardId]);
    const quote = await quoteAt(shop.escrow, cardId, openedAt + 60n * DAY);
    expect(quote).to.deep.include({
      refund: 3_600n * TOKEN - passPrice(60n * DAY),
      released: passPrice(60n * DAY) - passPrice(43n * DAY),
      consumed: 60n * DAY,
    });
  });

  it("answers, after a flag, all that remains at the stop of service, from the window's end, for ever", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.pass });
    const openedAt = await now();
    await at(openedAt + 50n * DAY);
    const { windowEndsAt } = await flagDefault(shop, openedAt + 40n * DAY);
    const quote = {
      rule: ExitRule.Default,
      refund: 3_600n * TOKEN - passPrice(40n * DAY),
      forfeited: 0n,
      fee: 0n,
      released: passPrice(40n * DAY),
      consumed: 40n * DAY,
      executableAt: windowEndsAt,
      lapsesAt: 0n,
    };
    expect(fieldsOf(await shop.escrow.quoteExit(cardId))).to.deep.equal(quote);
    expect(await quoteAt(shop.escrow, cardId, windowEndsAt + 100n * DAY)).to.deep.equal(quote);
  });

  it("answers nothing for a closed card", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    await shop.escrow.connect(shop.operator).refundCard(cardId);
    expect(await shop.escrow.quoteExit(cardId)).to.deep.equal([ExitRule.None, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
  });

  it("names the run-off's notice as the latest end of waiting", async () => {
    const shop = await load();
    const cardId = await buyCard(shop, { program: shop.programs.count });
    const { startedAt } = await runOff(shop);
    const quote = await quoteAt(shop.escrow, cardId, startedAt + RUN_OFF_NOTICE + DAY);
    expect(quote.executableAt).to.equal(startedAt + RUN_OFF_NOTICE);
  });
});

/* RANDOM LIVES */

/** The fees of a policy. */
interface Fees {
  readonly feeFlat: bigint;
  readonly feeMax: bigint;
  readonly feePriceBps: bigint;
  readonly feeRestBps: bigint;
  readonly coolingOffFeeBps: bigint;
}

/** What happened to a card, in the words of the rules: enough to work out its refund by hand. */
interface Life {
  readonly merchantId: bigint;
  readonly cardId: string;
  readonly kind: bigint;
  readonly principal: bigint;
  /** Zero for a card that is spent one for one. */
  readonly units: bigint;
  readonly listPrice: bigint;
  readonly openedAt: bigint;
  readonly exitDelay: bigint;
  readonly coolingOff: bigint;
  readonly requiresUnused: boolean;
  readonly unilateral: boolean;
  readonly inFull: boolean;
  readonly fees: Fees;
  suspendedUntil: bigint;
  /** Each visit, and each time the pass was accrued. */
  booked: bigint;
  requestedAt?: bigint;
  runOff?: { readonly lastServiceAt: bigint; readonly noticeEndsAt: bigint };
  /** Every flag; the last one is up while it has no end. */
  readonly flags: { readonly from: bigint; to?: bigint; readonly stoppedAt: bigint; readonly windowEndsAt: bigint }[];
}

const flagUp = (life: Life) => life.flags.find(({ to }) => to === undefined);

/** Seconds since the request in which no flag was up. */
function unflagged(requestedAt: bigint, life: Life, time: bigint): bigint {
  const flagged = life.flags
    .filter(({ from }) => from >= requestedAt)
    .reduce((sum, { from, to = time }) => sum + (to - from), 0n);
  return time - requestedAt - flagged;
}

/** The request that is pending at `time`: two exit delays that no flag stretched have not passed. That of a pass does not lapse. */
function pending(life: Life, time: bigint): bigint | undefined {
  const { requestedAt } = life;
  if (requestedAt === undefined || life.kind === ProgramKind.Pass) return requestedAt;
  return unflagged(requestedAt, life, time) < 2n * life.exitDelay ? requestedAt : undefined;
}

const min = (...values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a));
const max = (a: bigint, b: bigint): bigint => (a < b ? b : a);

/** What the clock shows that stood still while the withdrawn flag was up. */
function clockAt(life: Life, time: bigint): bigint {
  const withdrawn = life.flags.find(({ to }) => to !== undefined);
  if (withdrawn === undefined || time <= withdrawn.from) return time;
  return time - (min(time, withdrawn.to!) - withdrawn.from);
}

/** The quote, worked out from the life alone. */
function expectedQuote(life: Life, time: bigint): Record<string, bigint> {
  const { principal, units, listPrice, kind, booked } = life;
  const flag = flagUp(life);
  const request = pending(life, time);
  const claim = request ?? flag?.from ?? time;
  let asOf = claim;
  if (life.runOff !== undefined) asOf = min(asOf, life.runOff.lastServiceAt);
  if (flag !== undefined) asOf = min(asOf, flag.stoppedAt);

  const sinceStart = clockAt(life, asOf) - clockAt(life, life.openedAt);
  const regret = life.coolingOff > 0n && sinceStart < life.coolingOff && !(life.requiresUnused && booked > 0n);
  const timed = kind === ProgramKind.Pass && !(regret && life.inFull);
  const consumed = timed ? max(booked, min(max(sinceStart, 0n), units)) : booked;
  const releasedBy = (count: bigint) => (units === 0n ? count : (count * principal) / units);
  const atListPrice = units === 0n ? consumed : (consumed * listPrice) / units;
  const full = principal - releasedBy(consumed);
  const rest = max(principal - atListPrice, 0n);

  const due = (request ?? time) + life.exitDelay;
  const noticeFirst = flag === undefined && life.runOff !== undefined && life.runOff.noticeEndsAt < due;
  const executableAt = flag?.windowEndsAt ?? (noticeFirst ? life.runOff!.noticeEndsAt : due);
  const executedAt = max(executableAt, time);
  const stretched = time - (request ?? time) - unflagged(request ?? time, life, time);
  const lapsesAt =
    flag !== undefined || noticeFirst || kind === ProgramKind.Pass ? 0n : due + life.exitDelay + stretched;
  const common = { released: releasedBy(consumed) - releasedBy(booked), consumed, executableAt, lapsesAt };

  if (flag !== undefined) return { rule: ExitRule.Default, refund: full, forfeited: 0n, fee: 0n, ...common };
  if (life.runOff !== undefined && executedAt >= life.runOff.lastServiceAt) {
    return { rule: ExitRule.RunOff, refund: full, forfeited: 0n, fee: 0n, ...common };
  }
  const free = life.runOff !== undefined || executedAt < life.suspendedUntil;
  const own = leaving(life, free, consumed, rest);
  let [refund, fee] = own;
  if (regret) {
    const begun = kind !== ProgramKind.Pass || booked > 0n || asOf >= life.openedAt;
    const share = capped(life.fees, (principal * life.fees.coolingOffFeeBps) / 10_000n);
    const coolingFee = free || !begun ? 0n : min(principal / 2n, share, full);
    if (full - coolingFee >= refund) [refund, fee] = [full - coolingFee, coolingFee];
  }
  const rule = regret ? ExitRule.CoolingOff : life.unilateral ? ExitRule.Unilateral : ExitRule.NoObjection;
  return { rule, refund, forfeited: full - refund, fee, ...common };
}

const capped = ({ feeMax }: Fees, fee: bigint): bigint => (feeMax === 0n ? fee : min(fee, feeMax));

/** What is left of the rest after the fee for leaving, and that fee. */
function leaving(life: Life, free: boolean, consumed: bigint, rest: bigint): readonly [bigint, bigint] {
  const { principal, kind, fees } = life;
  if (free) return [rest, 0n];
  const flat = fees.feeFlat !== 0n && consumed === 0n && kind !== ProgramKind.Pass;
  const shares = (principal * fees.feePriceBps) / 10_000n + (rest * fees.feeRestBps) / 10_000n;
  const fee = min(principal / 2n, flat ? fees.feeFlat : capped(fees, shares), rest);
  return [rest - fee, fee];
}

/** A card of a random program of a merchant under random rules. */
async function randomCard(shop: Shop, random: Random): Promise<Life> {
  const exitDelay = random.pick([1n, 5n, 30n]) * DAY;
  const rules = {
    exitDelay,
    coolingOff: random.pick([0n, 3n, 7n, 30n]) * DAY,
    coolingOffRequiresUnused: random.chance(50n),
    unilateralExit: random.chance(50n),
    accrualDelay: random.pick([0n, 7n, 60n]) * DAY,
    rulingTimeout: 31n * DAY,
    runOffNotice: random.pick([30n, 90n]) * DAY,
    finalSettlement: random.pick([3n, 30n]) * DAY,
    feeFlat: random.pick([0n, 0n, 7n, 100n * TOKEN]),
    feeMax: random.pick([0n, 0n, 5n, 200n * TOKEN]),
    feePriceBps: random.pick([0n, 0n, 1_000n, 3_000n]),
    feeRestBps: random.pick([0n, 0n, 2_000n, 5_000n]),
    coolingOffFeeBps: random.pick([0n, 0n, 300n, 1_000n]),
    coolingOffInFull: random.chance(50n),
  };
  // Days that do not count must be paid for by a fee, or the pass must be unused.
  if (rules.coolingOffInFull) rules.coolingOffRequiresUnused = true;
  const merchantId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, rules) });
  const kind = random.pick([ProgramKind.StoredValue, ProgramKind.Count, ProgramKind.Pass]);
  const openAmount = kind === ProgramKind.StoredValue && random.chance(50n);
  const principal = random.between(1n, random.pick([100n, 1_000_003n, 5_000n * TOKEN]));
  let units = 0n;
  let listPrice = 0n;
  if (kind === ProgramKind.Count) {
    units = random.between(1n, 100n);
    listPrice = random.between(principal, 2n * principal);
  } else if (kind === ProgramKind.Pass) {
    units = random.pick([1n, 3_601n, 30n * DAY, 365n * DAY + 1n]);
    listPrice = principal;
  } else if (!openAmount) {
    units = random.between(principal, 2n * principal);
    listPrice = units;
  }
  const price = openAmount ? 0n : principal;
  const program = await anotherProgram(shop, { kind, price, units, listPrice }, merchantId);
  const advance = kind === ProgramKind.Pass && random.chance(30n) ? random.between(1n, 30n * DAY) : undefined;
  const startsAt = advance === undefined ? undefined : (await now()) + 10n + advance;
  const cardId = await buyCard(shop, { program, principal, ...(startsAt === undefined ? {} : { startsAt }) });
  return {
    merchantId,
    cardId,
    kind,
    principal,
    units,
    listPrice,
    openedAt: startsAt ?? (await now()),
    exitDelay,
    coolingOff: rules.coolingOff,
    requiresUnused: rules.coolingOffRequiresUnused,
    unilateral: rules.unilateralExit,
    inFull: rules.coolingOffInFull,
    fees: rules,
    suspendedUntil: 0n,
    booked: 0n,
    flags: [],
  };
}

/** Does one thing that can happen to the card or its merchant now, and notes it. */
async function happen(shop: Shop, life: Life, random: Random): Promise<void> {
  const { escrow, holder, operator, regulator } = shop;
  const { merchantId, cardId } = life;
  const wait = random.pick([1n, 3_600n, DAY, 4n * DAY, 20n * DAY]);
  const time = (await now()) + random.between(1n, wait);
  const { status, suspendedUntil, windowEndsAt } = await escrow.merchant(merchantId);
  const flag = flagUp(life);
  await at(time);
  switch (random.below(8n)) {
    case 0n:
    case 1n:
      if (life.kind === ProgramKind.Pass) {
        await escrow.accrue([cardId]);
        life.booked = (await escrow.card(cardId)).consumed;
      } else if (status !== MerchantStatus.Defaulted || time < windowEndsAt) {
        const face = life.units === 0n ? life.principal : life.units;
        const cumulative = life.booked + random.between(0n, face - life.booked);
        if (cumulative === life.booked) break;
        await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, cumulative)]);
        life.booked = cumulative;
      }
      break;
    case 2n:
    case 3n:
      if (flag === undefined && pending(life, time) === undefined) {
        await escrow.connect(holder).requestExit(cardId);
        life.requestedAt = time;
      }
      break;
    case 4n:
      if (random.chance(30n)) {
        await escrow.connect(holder).cancelExit(cardId);
        delete life.requestedAt;
      }
      break;
    case 5n:
      if (status === MerchantStatus.Active && suspendedUntil === 0n && random.chance(50n)) {
        await escrow.connect(regulator).suspend(merchantId, EVIDENCE);
        life.suspendedUntil = (await escrow.merchant(merchantId)).suspendedUntil;
      } else if (flag === undefined && life.runOff === undefined) {
        const { policyId } = await escrow.merchant(merchantId);
        const { runOffNotice } = await escrow.policy(policyId);
        const noticeEndsAt = time + runOffNotice;
        const lastServiceAt = random.between(time, noticeEndsAt);
        await escrow.connect(regulator).startRunOff(merchantId, lastServiceAt);
        life.runOff = { lastServiceAt, noticeEndsAt };
      }
      break;
    case 6n:
      if (flag === undefined && random.chance(60n)) {
        const stoppedAt = time - random.between(0n, 60n * DAY);
        await escrow.connect(regulator).flagDefault(merchantId, stoppedAt, EVIDENCE);
        life.flags.push({ from: time, stoppedAt, windowEndsAt: (await escrow.merchant(merchantId)).windowEndsAt });
      }
      break;
    default:
      if (flag !== undefined && life.flags.length === 1 && time < flag.windowEndsAt) {
        await escrow.connect(regulator).withdrawDefault(merchantId);
        flag.to = time;
        const after = await escrow.merchant(merchantId);
        if (after.status === MerchantStatus.Suspended) life.suspendedUntil = after.suspendedUntil;
      }
  }
}

/** Closes the card the way its state allows, at the earliest moment the quote names, and answers what was paid. */
async function leave(
  shop: Shop,
  life: Life,
): Promise<{ readonly time: bigint; readonly quote: Record<string, unknown> }> {
  const { escrow, holder, stranger } = shop;
  const { merchantId, cardId } = life;
  const start = (await now()) + 1n;
  const forAll = () => {
    if (flagUp(life) !== undefined) return true;
    return life.runOff !== undefined && life.runOff.noticeEndsAt <= expectedQuote(life, start).executableAt!;
  };
  if (!forAll() && pending(life, start) === undefined) {
    await at(start);
    await escrow.connect(holder).requestExit(cardId);
    life.requestedAt = start;
  }
  const time = max((await now()) + 1n, expectedQuote(life, (await now()) + 1n).executableAt!);
  const quote = await quoteAt(escrow, cardId, time);
  const executed = forAll()
    ? escrow.connect(stranger).refundCards(merchantId, [cardId])
    : escrow.connect(stranger).executeExit(cardId);
  await expect(executed)
    .to.emit(escrow, "CardRefunded")
    .withArgs(
      merchantId,
      cardId,
      holder,
      quote.rule,
      BigInt(String(quote.released)) + BigInt(String(quote.forfeited)),
      quote.refund,
    );
  return { time, quote };
}

describe("quoteExit over random runs", () => {
  const seed = seedOfRun();
  const lives = 40;

  it(`agrees with the rules at every step, and with what is paid (SEED=${seed})`, async () => {
    const random = randomOf(seed);
    for (let i = 0; i < lives; i++) {
      const shop = await load();
      const life = await randomCard(shop, random);
      const compare = async (time: bigint) => {
        const quote = await quoteAt(shop.escrow, life.cardId, time);
        expect(quote, `life ${i} at ${time}, SEED=${seed}`).to.deep.equal(expectedQuote(life, time));
      };
      for (let steps = random.between(1n, 8n); steps > 0n; steps--) {
        await happen(shop, life, random);
        await compare((await now()) + random.pick([1n, DAY, 10n * DAY]));
      }
      const { time, quote } = await leave(shop, life);
      expect(quote, `life ${i} on leaving, SEED=${seed}`).to.deep.equal(expectedQuote(life, time));
    }
  });
});

import { expect } from "chai";

import { randomOf, seedOfRun } from "../../helpers/random.js";
import type { Random } from "../../helpers/random.js";
import { clockAt, timeAt } from "../../model/clock.js";
import type { Pause } from "../../model/clock.js";
import { excess, max, min } from "../../model/fraction.js";
import { closingOf } from "../../model/refund.js";
import type { Closing, Fees } from "../../model/refund.js";

/*
 * What the refund rules promise, on cards of every shape. The rules are those of `test/model`, to which random runs hold the
 * contracts.
 */

const ROUNDS = 40_000;
const MOST = 2n ** 88n - 1n;
const DAY = 86_400n;
/** A time on which a card is opened. */
const START = 1_800_000_000n;

interface Card {
  readonly principal: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
  readonly isPass: boolean;
  readonly booked: bigint;
  readonly openedAt: bigint;
  readonly coolingOff: bigint;
  readonly coolingOffOver: boolean;
  readonly coolingOffInFull: boolean;
  readonly requiresUnused: boolean;
  readonly fees: Fees | undefined;
  readonly pause: Pause | undefined;
}

/** As often small as large, for most mistakes are made near zero and near the end. */
function ofAnySize(random: Random, max: bigint): bigint {
  return min(random.below(2n ** random.below(BigInt(max.toString(2).length + 1))), max);
}

function randomFees(random: Random): Fees | undefined {
  if (random.chance(20n)) return undefined;
  return {
    feeFlat: random.chance(60n) ? 0n : ofAnySize(random, MOST),
    feeMax: random.chance(60n) ? 0n : ofAnySize(random, MOST),
    feePriceBps: random.pick([0n, random.below(3_001n), 3_000n]),
    feeRestBps: random.pick([0n, random.below(5_001n), 5_000n]),
    coolingOffFeeBps: random.pick([0n, random.below(1_001n), 1_000n]),
  };
}

function randomPause(random: Random): Pause | undefined {
  if (random.chance(50n)) return undefined;
  const flaggedAt = START + random.below(80n * DAY) - 20n * DAY;
  return { flaggedAt, withdrawnAt: flaggedAt + random.below(30n * DAY) };
}

function randomCard(random: Random): Card {
  const isPass = random.chance(60n);
  const isOpen = !isPass && random.chance(25n);
  const principal = 1n + ofAnySize(random, MOST - 1n);
  const days = 1n + ofAnySize(random, 3_650n * DAY - 1n);
  const units = isPass ? days : isOpen ? 0n : 1n + ofAnySize(random, MOST - 1n);
  const dearer = isPass || isOpen ? 0n : random.below(min(2n * principal, MOST - principal) + 1n);
  const face = isOpen ? principal : units;
  return {
    principal,
    units,
    listPrice: isOpen ? 0n : principal + dearer,
    isPass,
    booked: random.chance(40n) ? 0n : ofAnySize(random, face),
    openedAt: START + (random.chance(70n) ? 0n : random.below(40n * DAY)),
    coolingOff: random.pick([0n, 7n * DAY, random.below(60n * DAY + 1n)]),
    coolingOffOver: random.chance(15n),
    coolingOffInFull: random.chance(50n),
    requiresUnused: random.chance(50n),
    fees: randomFees(random),
    pause: randomPause(random),
  };
}

const randomMoment = (random: Random): bigint =>
  START - 5n * DAY + random.below(random.pick([10n * DAY, 80n * DAY, 4_000n * DAY]));

/** Whether a closing as of `moment` would be in cooling-off. */
function isInCoolingOff(card: Card, moment: bigint): boolean {
  const { pause, openedAt, coolingOff, coolingOffOver } = card;
  if (coolingOff === 0n || coolingOffOver) return false;
  return clockAt(moment, pause) < clockAt(openedAt, pause) + coolingOff;
}

/** Seconds that have run, not held to the term of the pass. */
const ranBy = ({ pause, openedAt }: Card, moment: bigint): bigint =>
  excess(clockAt(moment, pause), clockAt(openedAt, pause));

function closingAt(card: Card, moment: bigint): Closing {
  const { requiresUnused, openedAt, booked } = card;
  return closingOf({
    ...card,
    ran: min(ranBy(card, moment), card.units),
    regretted: isInCoolingOff(card, moment) && (booked === 0n || !requiresUnused),
    beforeStart: moment < openedAt,
  });
}

/** The pass after an extension at `now`. */
function extended(card: Card, extension: bigint, now: bigint): Card {
  const openedAt = timeAt(clockAt(card.openedAt, card.pause) + extension, card.pause);
  return { ...card, openedAt, coolingOffOver: !isInCoolingOff(card, now) };
}

function told(...values: readonly unknown[]): string {
  return JSON.stringify(values, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

describe("The refund rules", () => {
  const seed = seedOfRun();

  /** Fails at the first random card of which `property` names something wrong. */
  const everyCard = (property: (card: Card, random: Random) => string | undefined): void => {
    const random = randomOf(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const card = randomCard(random);
      const wrong = property(card, random);
      if (wrong !== undefined) expect.fail(`round ${round}: ${wrong} ${told(card)}`);
    }
  };

  it(`pay the holder between nothing and all that remains (SEED=${seed})`, () => {
    everyCard((card, random) => {
      const moment = randomMoment(random);
      const closing = closingAt(card, moment);
      const { holder, full } = closing;
      return holder >= 0n && holder <= full && full <= card.principal ? undefined : told(moment, closing);
    });
  });

  it(`take a fee of half the principal at most, out of what the holder forfeits (SEED=${seed})`, () => {
    everyCard((card, random) => {
      const moment = randomMoment(random);
      const closing = closingAt(card, moment);
      const { holder, full, fee } = closing;
      const right = fee >= 0n && 2n * fee <= card.principal && fee <= full - holder;
      return right && (card.fees !== undefined || fee === 0n) ? undefined : told(moment, closing);
    });
  });

  it(`round every division in the holder's favour (SEED=${seed})`, () => {
    everyCard((card, random) => {
      const moment = randomMoment(random);
      const { consumed, full } = closingAt(card, moment);
      const { units, principal } = card;
      if (units === 0n) return full === principal - consumed ? undefined : told(moment, full);
      const exact = principal * (units - consumed);
      return full * units >= exact && (full - 1n) * units < exact ? undefined : told(moment, full);
    });
  });

  it(`never pay more for waiting (SEED=${seed})`, () => {
    everyCard((card, random) => {
      const first = randomMoment(random);
      const later = first + random.pick([1n, ofAnySize(random, 400n * DAY)]);
      const [before, after] = [closingAt(card, first), closingAt(card, later)];
      const right = after.holder <= before.holder && after.full <= before.full;
      return right ? undefined : told(first, before, later, after);
    });
  });

  it(`never pay more for consuming, but from nothing to something under a flat fee (SEED=${seed})`, () => {
    everyCard((card, random) => {
      const moment = randomMoment(random);
      const face = card.units === 0n ? card.principal : card.units;
      const more = { ...card, booked: min(card.booked + 1n + ofAnySize(random, face), face) };
      const [before, after] = [closingAt(card, moment), closingAt(more, moment)];
      const flat = card.booked === 0n && !card.isPass && (card.fees?.feeFlat ?? 0n) !== 0n;
      const right = (flat || after.holder <= before.holder) && after.full <= before.full;
      return right ? undefined : told(moment, before, more.booked, after);
    });
  });

  it(`never pay less for an extension (SEED=${seed})`, () => {
    everyCard((card, random) => {
      if (!card.isPass) return undefined;
      // A flag is known as withdrawn from its withdrawal on.
      const now = max(randomMoment(random), card.pause?.withdrawnAt ?? 0n);
      const moment = now + ofAnySize(random, 400n * DAY);
      const extension = ofAnySize(random, 400n * DAY);
      const [before, after] = [closingAt(card, moment), closingAt(extended(card, extension, now), moment)];
      const right = after.holder >= before.holder && after.full >= before.full;
      return right ? undefined : told(now, moment, before, extension, after);
    });
  });

  it(`let nobody use a pass for nothing that need not be unused: its days or the fee are paid (SEED=${seed})`, () => {
    everyCard((card, random) => {
      const { fees, principal, units, coolingOff } = card;
      // As a program is refused that does not cover its cooling-off.
      const covered = min(coolingOff, units);
      const covers = fees?.feeMax === 0n && fees.coolingOffFeeBps * units >= covered * 10_000n;
      if (!card.isPass || card.requiresUnused || !covers) return undefined;
      const moment = card.openedAt + random.below(covered + 1n);
      const { holder } = closingAt(card, moment);
      const days = (principal * min(ranBy(card, moment), units)) / units;
      return holder <= principal - days + 1n ? undefined : told(moment, holder, days);
    });
  });

  it(`count an extended pass exactly so much later (SEED=${seed})`, () => {
    everyCard((card, random) => {
      const now = randomMoment(random);
      const [extension, another] = [ofAnySize(random, 400n * DAY), ofAnySize(random, 400n * DAY)];
      const once = extended(card, extension, now);
      const moment = randomMoment(random);
      const { pause } = card;
      const behind = timeAt(clockAt(moment, pause) + extension, pause);
      const twice = extended(once, another, now).openedAt;
      const together = extended(card, extension + another, now).openedAt;
      const right = ranBy(once, behind) === ranBy(card, moment) && twice === together;
      return right ? undefined : told(extension, another, moment, once.openedAt);
    });
  });

  it(`stop the clock under a withdrawn flag, and only there (SEED=${seed})`, () => {
    const random = randomOf(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const pause = randomPause(random);
      const time = randomMoment(random);
      const reading = clockAt(time, pause);
      const stands = pause !== undefined && time >= pause.flaggedAt && time < pause.withdrawnAt;
      const right =
        clockAt(time + 1n, pause) === (stands ? reading : reading + 1n) &&
        clockAt(timeAt(reading, pause), pause) === reading &&
        timeAt(reading, pause) <= time;
      if (!right) expect.fail(told(pause, time));
    }
  });
});

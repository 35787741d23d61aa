import { expect } from "chai";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { ProgramKind, SkipReason, WarningKind } from "../../../../src/contracts/enums.js";
import type { PolicyStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
} from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { EVIDENCE, logsOf, moneyOf } from "../../../helpers/settling.js";
import type { Log } from "../../../helpers/settling.js";

const YEAR = 365n * DAY;
const PRICE = 3_600n * TOKEN;

/** What `seconds` of a year's pass are worth. */
const worth = (seconds: bigint): bigint => (seconds * PRICE) / YEAR;

/** Four gyms, each with a year's pass, under rules of their own. */
const rules = {
  /** Cooling-off and accrual delay of 7 days. */
  usual: {},
  /** Without accrual delay. */
  prompt: { accrualDelay: 0n },
  /** Without cooling-off. */
  delayed: { coolingOff: 0n },
  /** Without both. */
  bold: { accrualDelay: 0n, coolingOff: 0n },
} satisfies Record<string, Partial<PolicyStruct>>;

async function deployGym(shop: Shop, overrides: Partial<PolicyStruct>) {
  const gymId = await anotherMerchant(shop, { policyId: await anotherPolicy(shop, overrides) });
  const terms = { kind: ProgramKind.Pass, price: PRICE, units: YEAR, listPrice: PRICE };
  const program = await anotherProgram(shop, terms, gymId);
  const cardId = await buyCard(shop, { program });
  return { gymId, program, cardId, openedAt: await now() };
}

async function deployGyms() {
  const shop = await deployShop();
  return {
    usual: { ...shop, ...(await deployGym(shop, rules.usual)) },
    prompt: { ...shop, ...(await deployGym(shop, rules.prompt)) },
    delayed: { ...shop, ...(await deployGym(shop, rules.delayed)) },
    bold: { ...shop, ...(await deployGym(shop, rules.bold)) },
  };
}
type Gym = Awaited<ReturnType<typeof deployGyms>>["usual"];

describe("accrue", () => {
  const load = async (gym: keyof typeof rules): Promise<Gym> => (await networkHelpers.loadFixture(deployGyms))[gym];

  /** Accrues at exactly `time`, sent by nobody in particular. */
  const accrueAt = async ({ escrow, stranger }: Gym, time: bigint, ...cardIds: string[]) => {
    await at(time);
    return logsOf(escrow, escrow.connect(stranger).accrue(cardIds));
  };
  const skipped = (cardId: string, reason: bigint): Log => ["ConsumptionSkipped", cardId, reason];
  /** The events of a pass counted to `seconds`, of which `before` were counted already. */
  const counted = async (gym: Gym, seconds: bigint, before = 0n): Promise<Log[]> => {
    const { balance } = await gym.escrow.pool(gym.gymId);
    return [
      ["PassAccrued", gym.gymId, gym.cardId, worth(seconds) - worth(before), seconds],
      ["PoolUpdated", gym.gymId, PRICE - worth(seconds), balance],
    ];
  };

  describe("counts to now less the accrual delay", () => {
    it("and releases the price of that time, floored", async () => {
      const gym = await load("usual");
      const { escrow, gymId, cardId, openedAt } = gym;
      expect(await accrueAt(gym, openedAt + 40n * DAY + 7n, cardId)).to.deep.equal(await counted(gym, 33n * DAY + 7n));
      expect((await escrow.card(cardId)).consumed).to.equal(33n * DAY + 7n);
      expect(await escrow.remaining(cardId)).to.equal(PRICE - worth(33n * DAY + 7n));
      expect(await moneyOf(gym, gymId)).to.deep.equal({
        outstanding: PRICE - worth(33n * DAY + 7n),
        balance: PRICE,
        releasable: worth(33n * DAY + 7n),
        held: PRICE,
      });
    });

    it("again and again, as if it had been counted once", async () => {
      const gym = await load("usual");
      const { cardId, openedAt } = gym;
      let before = 0n;
      for (const seconds of [1n, 2n, DAY, DAY + 1n, 100n * DAY]) {
        const logs = await accrueAt(gym, openedAt + 7n * DAY + seconds, cardId);
        expect(logs).to.deep.equal(await counted(gym, seconds, before));
        before = seconds;
      }
    });

    it("to the end of the pass and no further", async () => {
      const gym = await load("usual");
      const { escrow, cardId, openedAt } = gym;
      const end = openedAt + YEAR + 7n * DAY;
      expect(await accrueAt(gym, end - 1n, cardId)).to.deep.equal(await counted(gym, YEAR - 1n));
      expect(await accrueAt(gym, end, cardId)).to.deep.equal(await counted(gym, YEAR, YEAR - 1n));
      expect(await accrueAt(gym, end + 1n, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
      expect(await escrow.remaining(cardId)).to.equal(0n);
    });

    it("to the end at once if nobody has accrued for years", async () => {
      const gym = await load("usual");
      const logs = await accrueAt(gym, gym.openedAt + 5n * YEAR, gym.cardId);
      expect(logs).to.deep.equal(await counted(gym, YEAR));
    });

    it("from the first second after it, if there is no cooling-off", async () => {
      const gym = await load("delayed");
      const { cardId, openedAt } = gym;
      expect(await accrueAt(gym, openedAt + DAY, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
      expect(await accrueAt(gym, openedAt + 7n * DAY, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
      expect(await accrueAt(gym, openedAt + 7n * DAY + 1n, cardId)).to.deep.equal(await counted(gym, 1n));
    });
  });

  describe("waits for the end of cooling-off", () => {
    it("and counts from there on, cooling-off included", async () => {
      const gym = await load("prompt");
      const { cardId, openedAt } = gym;
      const end = openedAt + 7n * DAY;
      expect(await accrueAt(gym, end - 1n, cardId)).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
      expect(await accrueAt(gym, end, cardId)).to.deep.equal(await counted(gym, 7n * DAY));
      expect(await accrueAt(gym, end + 1n, cardId)).to.deep.equal(await counted(gym, 7n * DAY + 1n, 7n * DAY));
    });

    it("of a pass bought in advance, which runs from its start", async () => {
      const gym = await load("prompt");
      const startsAt = (await now()) + 20n * DAY;
      const cardId = await buyCard(gym, { program: gym.program, startsAt });
      const end = startsAt + 7n * DAY;
      expect(await accrueAt(gym, startsAt, cardId)).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
      expect(await accrueAt(gym, end - 1n, cardId)).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
      const [log] = await accrueAt(gym, end, cardId);
      expect(log).to.deep.equal(["PassAccrued", gym.gymId, cardId, worth(7n * DAY), 7n * DAY]);
    });

    it("where there is none, for the start of the pass", async () => {
      const gym = await load("bold");
      const startsAt = (await now()) + 20n * DAY;
      const cardId = await buyCard(gym, { program: gym.program, startsAt });
      expect(await accrueAt(gym, startsAt - 1n, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
      expect(await accrueAt(gym, startsAt, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
      const [log] = await accrueAt(gym, startsAt + 1n, cardId);
      expect(log).to.deep.equal(["PassAccrued", gym.gymId, cardId, worth(1n), 1n]);
    });
  });

  describe("stops at the request to leave", () => {
    const leave = async (gym: Gym): Promise<void> => {
      await at(gym.openedAt + 20n * DAY);
      await gym.escrow.connect(gym.holder).requestExit(gym.cardId);
    };

    it("though time goes on", async () => {
      const gym = await load("prompt");
      const { escrow, holder, cardId, openedAt } = gym;
      await at(openedAt + 20n * DAY);
      await escrow.connect(holder).requestExit(cardId);
      expect(await accrueAt(gym, openedAt + 24n * DAY, cardId)).to.deep.equal(await counted(gym, 20n * DAY));
      expect(await accrueAt(gym, openedAt + 25n * DAY, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
    });

    it("and not before the accrual delay has let time reach it", async () => {
      const gym = await load("usual");
      const { cardId, openedAt } = gym;
      await leave(gym);
      const at26 = await accrueAt(gym, openedAt + 27n * DAY - 1n, cardId);
      expect(at26).to.deep.equal(await counted(gym, 20n * DAY - 1n));
      const at27 = await accrueAt(gym, openedAt + 27n * DAY, cardId);
      expect(at27).to.deep.equal(await counted(gym, 20n * DAY, 20n * DAY - 1n));
      const at28 = await accrueAt(gym, openedAt + 27n * DAY + 1n, cardId);
      expect(at28).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
    });

    it("for ever: a request to leave a pass does not lapse", async () => {
      const gym = await load("prompt");
      const { cardId, openedAt } = gym;
      await leave(gym);
      const before = await accrueAt(gym, openedAt + 30n * DAY - 1n, cardId);
      expect(before).to.deep.equal(await counted(gym, 20n * DAY));
      for (const time of [30n * DAY, 30n * DAY + 1n, 5n * YEAR]) {
        expect(await accrueAt(gym, openedAt + time, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
      }
    });

    it("and books nothing if it was made in cooling-off, where it would have to be given back", async () => {
      const gym = await load("prompt");
      const { escrow, holder, cardId, openedAt } = gym;
      await at(openedAt + 7n * DAY - 1n);
      await escrow.connect(holder).requestExit(cardId);
      expect(await accrueAt(gym, openedAt + 30n * DAY, cardId)).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
    });

    it("until the holder takes it back", async () => {
      const gym = await load("prompt");
      const { escrow, holder, cardId, openedAt } = gym;
      await leave(gym);
      await escrow.connect(holder).cancelExit(cardId);
      expect(await accrueAt(gym, openedAt + 24n * DAY, cardId)).to.deep.equal(await counted(gym, 24n * DAY));
    });
  });

  describe("stops with the service", () => {
    /** A run-off begun on day 20 whose last service is on day `last`. */
    const runOff = async (gym: Gym, last: bigint): Promise<void> => {
      const { escrow, owner, gymId, openedAt } = gym;
      await at(openedAt + 20n * DAY);
      await escrow.connect(owner).startRunOff(gymId, openedAt + last * DAY);
    };
    /** A flag on day `day`, service stopped on day `stopped`. */
    const flag = async (gym: Gym, day: bigint, stopped: bigint): Promise<void> => {
      const { escrow, regulator, gymId, openedAt } = gym;
      await at(openedAt + day * DAY);
      await escrow.connect(regulator).flagDefault(gymId, openedAt + stopped * DAY, EVIDENCE);
    };

    it("on the last day of a run-off", async () => {
      const gym = await load("prompt");
      const { cardId, openedAt } = gym;
      await runOff(gym, 30n);
      const before = await accrueAt(gym, openedAt + 30n * DAY - 1n, cardId);
      expect(before).to.deep.equal(await counted(gym, 30n * DAY - 1n));
      const last = await accrueAt(gym, openedAt + 30n * DAY, cardId);
      expect(last).to.deep.equal(await counted(gym, 30n * DAY, 30n * DAY - 1n));
      const after = await accrueAt(gym, openedAt + 30n * DAY + 1n, cardId);
      expect(after).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
    });

    it("in a run-off at the request to leave, if that was earlier", async () => {
      const gym = await load("prompt");
      const { escrow, holder, cardId, openedAt } = gym;
      await runOff(gym, 30n);
      await at(openedAt + 28n * DAY);
      await escrow.connect(holder).requestExit(cardId);
      const logs = await accrueAt(gym, openedAt + 31n * DAY, cardId);
      expect(logs).to.deep.equal(await counted(gym, 28n * DAY));
    });

    it("when a flag names the time at which it stopped", async () => {
      const gym = await load("prompt");
      const { cardId, openedAt } = gym;
      await flag(gym, 40n, 33n);
      const logs = await accrueAt(gym, openedAt + 41n * DAY, cardId);
      expect(logs).to.deep.equal(await counted(gym, 33n * DAY));
      const again = await accrueAt(gym, openedAt + 60n * DAY, cardId);
      expect(again).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
    });

    it("under a flag no later than the accrual delay allows", async () => {
      const gym = await load("usual");
      const { cardId, openedAt } = gym;
      await flag(gym, 40n, 40n);
      const early = await accrueAt(gym, openedAt + 46n * DAY, cardId);
      expect(early).to.deep.equal(await counted(gym, 39n * DAY));
      const late = await accrueAt(gym, openedAt + 48n * DAY, cardId);
      expect(late).to.deep.equal(await counted(gym, 40n * DAY, 39n * DAY));
    });

    for (const [last, stopped, earlier] of [
      [30n, 25n, 25n],
      [30n, 35n, 30n],
      [30n, 30n, 30n],
    ] as const) {
      it(`at the earlier of a run-off's last day ${last} and a flag's day ${stopped}`, async () => {
        const gym = await load("prompt");
        const { cardId, openedAt } = gym;
        await runOff(gym, last);
        await flag(gym, 36n, stopped);
        const logs = await accrueAt(gym, openedAt + 40n * DAY, cardId);
        expect(logs).to.deep.equal(await counted(gym, earlier * DAY));
      });
    }

    it("at the request, if a flag comes after it, however much later", async () => {
      const gym = await load("prompt");
      const { escrow, holder, regulator, gymId, cardId, openedAt } = gym;
      await at(openedAt + 20n * DAY);
      await escrow.connect(holder).requestExit(cardId);
      await at(openedAt + 90n * DAY);
      await escrow.connect(regulator).flagDefault(gymId, openedAt + 90n * DAY, EVIDENCE);
      expect(await accrueAt(gym, openedAt + 120n * DAY, cardId)).to.deep.equal(await counted(gym, 20n * DAY));
    });

    for (const inBusiness of [false, true]) {
      const where = inBusiness ? "of a merchant in business again" : "in a run-off";
      it(`does not count the time that a withdrawn flag was up, ${where}`, async () => {
        const gym = await load("prompt");
        const { escrow, regulator, gymId, cardId, openedAt } = gym;
        if (!inBusiness) await runOff(gym, 45n);
        await flag(gym, 24n, 24n);
        expect(await accrueAt(gym, openedAt + 25n * DAY, cardId)).to.deep.equal(await counted(gym, 24n * DAY));
        await at(openedAt + 27n * DAY);
        await escrow.connect(regulator).withdrawDefault(gymId);
        if (inBusiness) await escrow.connect(regulator).resume(gymId);
        const logs = await accrueAt(gym, openedAt + 34n * DAY, cardId);
        expect(logs).to.deep.equal(await counted(gym, 31n * DAY, 24n * DAY));
      });
    }

    it("before the pass began: then nothing was consumed", async () => {
      const gym = await load("prompt");
      const { escrow, regulator, gymId } = gym;
      const startsAt = (await now()) + 10n * DAY;
      const cardId = await buyCard(gym, { program: gym.program, startsAt });
      await escrow.connect(regulator).flagDefault(gymId, await now(), EVIDENCE);
      // A closing would be regretted: nothing is booked that would have to be given back.
      const logs = await accrueAt(gym, startsAt + 30n * DAY, cardId);
      expect(logs).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
    });

    it("before there was any, by the flag: nothing is counted", async () => {
      const gym = await load("prompt");
      const { escrow, token, holder, regulator, stranger, gymId, cardId, openedAt } = gym;
      await at(openedAt + 40n * DAY);
      await escrow.connect(regulator).flagDefault(gymId, 0n, EVIDENCE);
      expect(await accrueAt(gym, openedAt + 41n * DAY, cardId)).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
      await advance(7n * DAY);
      const refunded = escrow.connect(stranger).refundCards(gymId, [cardId]);
      await expect(refunded).to.changeTokenBalance(ethers, token, holder, PRICE);
    });

    it("but takes no time back that was released before", async () => {
      const gym = await load("prompt");
      const { escrow, token, holder, stranger, gymId, cardId, openedAt } = gym;
      expect(await accrueAt(gym, openedAt + 35n * DAY, cardId)).to.deep.equal(await counted(gym, 35n * DAY));
      await flag(gym, 40n, 10n);
      expect(await accrueAt(gym, openedAt + 41n * DAY, cardId)).to.deep.equal([skipped(cardId, SkipReason.Stale)]);
      expect((await escrow.card(cardId)).consumed).to.equal(35n * DAY);
      await advance(7n * DAY);
      const refunded = escrow.connect(stranger).refundCards(gymId, [cardId]);
      await expect(refunded).to.changeTokenBalance(ethers, token, holder, PRICE - worth(35n * DAY));
    });

    it("and goes on when the flag is withdrawn and the suspension after it has lapsed", async () => {
      const gym = await load("prompt");
      const { escrow, regulator, gymId, cardId, openedAt } = gym;
      await flag(gym, 40n, 33n);
      await at(openedAt + 41n * DAY);
      await escrow.connect(regulator).withdrawDefault(gymId);
      const waiting = await accrueAt(gym, openedAt + 50n * DAY, cardId);
      expect(waiting).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
      const { suspendedUntil } = await escrow.merchant(gymId);
      const logs = await accrueAt(gym, suspendedUntil, cardId);
      expect(logs).to.deep.equal(await counted(gym, suspendedUntil - openedAt - DAY));
    });
  });

  describe("waits while the merchant is suspended", () => {
    const suspend = async (gym: Gym): Promise<void> => {
      await at(gym.openedAt + 20n * DAY);
      await gym.escrow.connect(gym.regulator).suspend(gym.gymId, EVIDENCE);
    };

    it("and catches up when it is resumed", async () => {
      const gym = await load("prompt");
      const { escrow, regulator, gymId, cardId, openedAt } = gym;
      await suspend(gym);
      const waiting = await accrueAt(gym, openedAt + 30n * DAY, cardId);
      expect(waiting).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
      await escrow.connect(regulator).resume(gymId);
      expect(await accrueAt(gym, openedAt + 31n * DAY, cardId)).to.deep.equal(await counted(gym, 31n * DAY));
    });

    it("until the suspension lapses by itself", async () => {
      const gym = await load("prompt");
      const { cardId, openedAt } = gym;
      await suspend(gym);
      const lapse = openedAt + 110n * DAY;
      expect(await accrueAt(gym, lapse - 1n, cardId)).to.deep.equal([skipped(cardId, SkipReason.Waiting)]);
      expect(await accrueAt(gym, lapse, cardId)).to.deep.equal(await counted(gym, 110n * DAY));
      const after = await accrueAt(gym, lapse + 1n, cardId);
      expect(after).to.deep.equal(await counted(gym, 110n * DAY + 1n, 110n * DAY));
    });

    it("until a flag ends the wait: then it counts to the stop of service", async () => {
      const gym = await load("prompt");
      const { escrow, regulator, gymId, cardId, openedAt } = gym;
      await suspend(gym);
      await escrow.connect(regulator).flagDefault(gymId, openedAt + 19n * DAY, EVIDENCE);
      expect(await accrueAt(gym, openedAt + 22n * DAY, cardId)).to.deep.equal(await counted(gym, 19n * DAY));
    });
  });

  describe("passes over", () => {
    it("a card that is consumed otherwise, of every kind", async () => {
      const gym = await load("prompt");
      for (const program of [gym.programs.open, gym.programs.plan, gym.programs.count]) {
        const cardId = await buyCard(gym, { program });
        const logs = await accrueAt(gym, (await now()) + 30n * DAY, cardId);
        expect(logs).to.deep.equal([skipped(cardId, SkipReason.NotAPass)]);
      }
    });

    it("a card that does not exist, or is of no program", async () => {
      const gym = await load("prompt");
      const holder = gym.holder.address;
      const unknown = [
        encodeCardId({ holder, programId: gym.program, serial: 5n }),
        encodeCardId({ holder, programId: gym.programs.count, serial: 5n }),
        encodeCardId({ holder, programId: 99n, serial: 0n }),
      ];
      const logs = await accrueAt(gym, (await now()) + DAY, ...unknown);
      expect(logs).to.deep.equal(unknown.map((cardId) => skipped(cardId, SkipReason.CardNotOpen)));
    });

    it("a closed pass", async () => {
      const gym = await load("prompt");
      const { escrow, operator, cardId } = gym;
      await escrow.connect(operator).refundCard(cardId);
      const logs = await accrueAt(gym, (await now()) + 30n * DAY, cardId);
      expect(logs).to.deep.equal([skipped(cardId, SkipReason.CardNotOpen)]);
    });

    it("the second mention of a pass in one call", async () => {
      const gym = await load("prompt");
      const { cardId, openedAt } = gym;
      const logs = await accrueAt(gym, openedAt + 30n * DAY, cardId, cardId);
      const [accrued, pool] = await counted(gym, 30n * DAY);
      expect(logs).to.deep.equal([accrued, skipped(cardId, SkipReason.Stale), pool]);
    });

    it("nothing at all", async () => {
      const gym = await load("prompt");
      expect(await accrueAt(gym, (await now()) + DAY)).to.deep.equal([]);
    });
  });

  it("writes the pool once for each run of one merchant's passes", async () => {
    const gym = await load("prompt");
    const { escrow, merchantId, programs, gymId, other } = gym;
    // The first merchant's rules keep an accrual delay of 7 days; the gym's have none.
    const shops = [
      await buyCard(gym, { program: programs.pass }),
      await buyCard(gym, { program: programs.pass, holder: other }),
      await buyCard(gym, { program: programs.pass, holder: other }),
    ] as const;
    const visits = await buyCard(gym, { program: programs.count });
    const openedAt = await Promise.all([...shops, gym.cardId].map(async (id) => (await escrow.card(id)).openedAt));
    const [before, gymBefore] = [await moneyOf(gym), await moneyOf(gym, gymId)];
    const time = (await now()) + 50n * DAY;
    const secondsOf = (i: number) => time - openedAt[i]! - (i < 3 ? 7n * DAY : 0n);
    const accrued = (i: number): Log => {
      const cardId = [...shops, gym.cardId][i]!;
      return ["PassAccrued", i < 3 ? merchantId : gymId, cardId, worth(secondsOf(i)), secondsOf(i)];
    };
    const first = before.outstanding - worth(secondsOf(0)) - worth(secondsOf(1));
    const logs = await accrueAt(gym, time, shops[0], visits, shops[1], gym.cardId, shops[2]);
    expect(logs).to.deep.equal([
      accrued(0),
      skipped(visits, SkipReason.NotAPass),
      accrued(1),
      ["PoolUpdated", merchantId, first, before.balance],
      accrued(3),
      ["PoolUpdated", gymId, gymBefore.outstanding - worth(secondsOf(3)), gymBefore.balance],
      accrued(2),
      ["PoolUpdated", merchantId, first - worth(secondsOf(2)), before.balance],
    ]);
    expect((await moneyOf(gym)).outstanding).to.equal(first - worth(secondsOf(2)));
    expect((await moneyOf(gym, gymId)).outstanding).to.equal(PRICE - worth(secondsOf(3)));
  });

  it("books time that is not worth a unit of money yet, without touching the pool", async () => {
    const gym = await load("bold");
    const { escrow, gymId } = gym;
    const terms = { kind: ProgramKind.Pass, price: 10n, units: 100n, listPrice: 10n };
    const cardId = await buyCard(gym, { program: await anotherProgram(gym, terms, gymId) });
    const openedAt = await now();
    const { outstanding, balance } = await moneyOf(gym, gymId);
    expect(await accrueAt(gym, openedAt + 9n, cardId)).to.deep.equal([["PassAccrued", gymId, cardId, 0n, 9n]]);
    expect((await escrow.card(cardId)).consumed).to.equal(9n);
    expect(await accrueAt(gym, openedAt + 10n, cardId)).to.deep.equal([
      ["PassAccrued", gymId, cardId, 1n, 10n],
      ["PoolUpdated", gymId, outstanding - 1n, balance],
    ]);
  });

  it("leaves what is released to be paid out", async () => {
    const gym = await load("prompt");
    const { escrow, token, stranger, payout, gymId, cardId, openedAt } = gym;
    await accrueAt(gym, openedAt + 73n * DAY, cardId);
    await expect(escrow.connect(stranger).payOut(gymId)).to.changeTokenBalance(ethers, token, payout, 720n * TOKEN);
  });

  it("is not a way around a holder's signature for other cards, nor are signatures one for passes", async () => {
    const gym = await load("prompt");
    const { escrow, operator, holder, gymId, cardId } = gym;
    await advance(30n * DAY);
    await expect(escrow.connect(operator).settle(gymId, [await signVoucher(escrow, holder, cardId, 30n * DAY)]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(cardId, SkipReason.Pass);
  });

  it("clears the warning of a cap when enough time was consumed", async () => {
    const gym = await load("prompt");
    const { escrow, regulator, gymId, cardId, openedAt } = gym;
    // 3 600 of 4 000 is not more than 90 %; of 3 999 it is. 85 % of that is 3 399.15: after 20.4 days.
    await escrow.connect(regulator).setOutstandingCap(gymId, 4_000n);
    expect(await escrow.warnings(gymId)).to.have.length(0);
    await escrow.connect(regulator).setOutstandingCap(gymId, 3_999n);
    expect(await escrow.warnings(gymId)).to.have.length(1);
    const early = await accrueAt(gym, openedAt + 20n * DAY, cardId);
    expect(early.map(([name]) => name)).to.deep.equal(["PassAccrued", "PoolUpdated"]);
    const late = await accrueAt(gym, openedAt + 21n * DAY, cardId);
    expect(late[1]).to.deep.equal(["WarningCleared", gymId, WarningKind.OutstandingCap]);
    expect(await escrow.warnings(gymId)).to.have.length(0);
  });
});

import { expect } from "chai";

import { clockAt, coolingOffEndsAt, timeAt, withdrawnFlagOf } from "../../src/contracts/clock.js";
import { coolingOffOf, hasFees } from "../../src/contracts/policy.js";
import { mostToAward } from "../../src/contracts/release.js";
import { DAY } from "../helpers/fixture.js";

const flag = { flaggedAt: 100n, withdrawnAt: 130n };

describe("The clock of passes and of cooling-off", () => {
  it("goes with time where no flag was withdrawn", () => {
    for (const time of [0n, 1n, 1_000n]) {
      expect(clockAt(undefined, time)).to.equal(time);
      expect(timeAt(undefined, time)).to.equal(time);
    }
    expect(withdrawnFlagOf({ flaggedAt: 100n, withdrawnAt: 0n })).to.equal(undefined);
    expect(withdrawnFlagOf(flag)).to.deep.equal(flag);
  });

  for (const [time, reading] of [
    [99n, 99n],
    [100n, 100n],
    [101n, 100n],
    [129n, 100n],
    [130n, 100n],
    [131n, 101n],
    [200n, 170n],
  ] as const) {
    it(`stands still under the flag: at ${time} it shows ${reading}`, () => {
      expect(clockAt(flag, time)).to.equal(reading);
    });
  }

  it("shows each reading at one time, the earliest", () => {
    expect(timeAt(flag, 99n)).to.equal(99n);
    expect(timeAt(flag, 100n)).to.equal(100n);
    expect(timeAt(flag, 101n)).to.equal(131n);
    for (let reading = 90n; reading < 140n; reading++) expect(clockAt(flag, timeAt(flag, reading))).to.equal(reading);
  });

  it("prolongs a cooling-off by the time under the flag", () => {
    expect(coolingOffEndsAt(undefined, 90n, 20n)).to.equal(110n);
    expect(coolingOffEndsAt(flag, 90n, 20n)).to.equal(140n);
    expect(coolingOffEndsAt(flag, 70n, 20n)).to.equal(90n);
    expect(coolingOffEndsAt(flag, 130n, 20n)).to.equal(150n);
    // A pass that was to begin under the flag has all of it afterwards.
    expect(coolingOffEndsAt(flag, 115n, 20n)).to.equal(150n);
  });
});

describe("The cooling-off of a program", () => {
  const policy = { coolingOff: 5n * DAY, coolingOffTermBps: 1_000n };

  for (const [kind, days, cooling] of [
    ["Count", 365n, 5n],
    ["Pass", 30n, 5n],
    ["Pass", 50n, 5n],
    ["Pass", 60n, 6n],
    ["Pass", 599n, 59n],
    ["Pass", 600n, 60n],
    ["Pass", 3_650n, 60n],
  ] as const) {
    it(`of kind ${kind} with ${days} days is ${cooling} days`, () => {
      const found = coolingOffOf(policy, { kind, units: days * DAY });
      expect(found / DAY).to.equal(cooling);
    });
  }

  it("is the policy's where the policy names no share of the term", () => {
    expect(coolingOffOf({ ...policy, coolingOffTermBps: 0n }, { kind: "Pass", units: 3_650n * DAY })).to.equal(
      5n * DAY,
    );
  });
});

describe("The fees of a policy", () => {
  const none = { feeFlat: 0n, feePriceBps: 0n, feeRestBps: 0n, coolingOffFeeBps: 0n };

  it("are none, or at least one", () => {
    expect(hasFees(none)).to.equal(false);
    for (const field of Object.keys(none)) expect(hasFees({ ...none, [field]: 1n })).to.equal(true);
  });
});

describe("The most that can be awarded", () => {
  const facts = {
    card: { principal: 3_650n, consumed: 0n, openedAt: 0n },
    quote: { refund: 2_000n, forfeited: 50n },
    dispute: { kind: "Complaint", rulingFrom: 105n * DAY },
    program: { kind: "Pass", units: 365n * DAY },
    policy: { exitDelay: 5n * DAY, accrualDelay: 7n * DAY },
    merchant: { flaggedAt: 0n, withdrawnAt: 0n, lastServiceAt: 0n },
  } as const;

  it("is all that remains of a card that is no pass, and of a contest", () => {
    expect(mostToAward({ ...facts, program: { kind: "Count", units: 10n } })).to.equal(2_050n);
    expect(mostToAward({ ...facts, dispute: { ...facts.dispute, kind: "Contest" } })).to.equal(2_050n);
  });

  it("of a complaint about a pass counts no time after the complaint, nor within the accrual delay before it", () => {
    // The complaint is of day 100: 93 days are counted.
    expect(mostToAward(facts)).to.equal(3_650n - 930n);
  });

  it("never goes below what is booked, beyond the term, or before the start", () => {
    expect(mostToAward({ ...facts, card: { ...facts.card, consumed: 94n * DAY } })).to.equal(3_650n - 940n);
    expect(mostToAward({ ...facts, card: { ...facts.card, openedAt: 93n * DAY } })).to.equal(3_650n);
    expect(mostToAward({ ...facts, program: { kind: "Pass", units: 10n * DAY } })).to.equal(0n);
  });

  it("counts no time after the last day of service, nor under a withdrawn flag", () => {
    const merchant = { ...facts.merchant, lastServiceAt: 50n * DAY };
    expect(mostToAward({ ...facts, merchant })).to.equal(3_650n - 500n);
    const withdrawn = { ...facts.merchant, flaggedAt: 10n * DAY, withdrawnAt: 13n * DAY };
    expect(mostToAward({ ...facts, merchant: withdrawn })).to.equal(3_650n - 900n);
  });
});

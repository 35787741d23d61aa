import { expect } from "chai";
import { network } from "hardhat";

import { ScenarioError } from "../../scripts/demo/errors.js";
import { silentNarrator } from "../../scripts/demo/narrator.js";
import { planScenario } from "../../scripts/demo/plan.js";
import { play } from "../../scripts/demo/player.js";
import type { Refusal } from "../../scripts/demo/refusals.js";
import { smallScenario } from "./scenarios.js";
import type { WrittenStep } from "./scenarios.js";

/**
 * A step that can come too early or too late. The small scenario's rules: an exit delay of 5 days, a ruling timeout and a notice of 30,
 * a final settlement window of 7, passes begin at most 30 days ahead.
 */
interface Case {
  readonly name: string;
  /** What happens before. */
  readonly before: readonly WrittenStep[];
  /** The step, on a day or with a day in one of its fields. */
  readonly step: (day: number) => WrittenStep;
  /** The field that holds the day, if it is not the step's own. */
  readonly field?: string;
  /** The first day that is allowed. */
  readonly from?: number;
  /** The last day that is allowed. */
  readonly to?: number;
  /** What the message has about it. */
  readonly says: RegExp;
  /** The contracts' error, if a scenario can expect it. */
  readonly refused?: Refusal;
}

const buys = { day: 1, do: "buy", consumer: "ann", program: "hairdresser/cuts", card: "ann-cuts" };
const card = { card: "ann-cuts" };
const shop = { merchant: "hairdresser" };
const asks = { do: "requestExit", ...card };
const complains = { do: "complain", ...card, evidence: "closed" };
const dismisses = { do: "resolve", ...card, upheld: false, decision: "no" };
const moves = { do: "requestMove", ...card, to: "bob" };
const flags = { do: "flagDefault", ...shop, serviceStoppedDay: 1, evidence: "closed" };
const reports = { do: "reportOutstanding", ...shop, amount: 10, evidence: "a list" };
const places = { do: "placeSurety", ...shop, party: "bank", amount: 10 };
const names = { do: "nameSurety", ...shop, party: "bank" };
const cut = { do: "visit", ...card };

const cases: readonly Case[] = [
  {
    name: "an exit before its delay",
    before: [buys, { ...asks, day: 20 }],
    step: (day) => ({ day, do: "executeExit", ...card }),
    from: 25,
    says: /request to leave with card ann-cuts of day 20 is due on day 25, so use that day or a later one/,
    refused: "CardExitTooEarly",
  },
  {
    name: "an exit that has lapsed",
    before: [buys, { ...asks, day: 20 }],
    step: (day) => ({ day, do: "executeExit", ...card }),
    to: 29,
    says: /card ann-cuts of day 20 lapses on day 30, so use day 29 or an earlier one/,
    refused: "CardExitNotRequested",
  },
  {
    name: "an exit that is contested once it is due",
    before: [buys, cut, { ...asks, day: 20 }],
    step: (day) => ({ day, do: "contestExit", ...card, evidence: "no" }),
    to: 24,
    says: /card ann-cuts of day 20 is due on day 25 and can be contested before/,
  },
  {
    name: "a ruling before both sides had their time",
    before: [buys, { ...complains, day: 10 }],
    step: (day) => ({ ...dismisses, day }),
    from: 15,
    says: /dispute about card ann-cuts of day 10 can be ruled on from day 15/,
    refused: "CardRulingOutOfTime",
  },
  {
    name: "a ruling after the timeout",
    before: [buys, { ...complains, day: 10 }],
    step: (day) => ({ ...dismisses, day }),
    to: 39,
    says: /dispute about card ann-cuts of day 10 can be ruled on before day 40/,
    refused: "CardRulingOutOfTime",
  },
  {
    name: "a dispute that is executed before the ruling timeout",
    before: [buys, { ...complains, day: 10 }],
    step: (day) => ({ day, do: "executeDispute", ...card }),
    from: 40,
    says: /dispute about card ann-cuts of day 10 can be ruled on until day 40/,
    refused: "CardRulingPending",
  },
  {
    name: "a complaint soon after a dismissed one",
    before: [buys, { ...complains, day: 10 }, { ...dismisses, day: 15 }],
    step: (day) => ({ ...complains, day }),
    from: 45,
    says: /complaint about card ann-cuts was dismissed, and the next one can come on day 45/,
    refused: "CardComplaintTooEarly",
  },
  {
    name: "a complaint soon after one that was taken back",
    before: [buys, { ...complains, day: 10 }, { ...asks, day: 11 }, { day: 12, do: "cancelExit", ...card }],
    step: (day) => ({ ...complains, day }),
    from: 41,
    says: /complaint about card ann-cuts was taken back, and the next one can come on day 41/,
    refused: "CardComplaintTooEarly",
  },
  {
    name: "a complaint within cooling-off",
    before: [buys],
    step: (day) => ({ ...complains, day }),
    from: 8,
    says: /card ann-cuts is in cooling-off until day 8, where asking to leave pays as much/,
    refused: "CardInCoolingOff",
  },
  {
    name: "a complaint that is ended before its holder had the time to execute it",
    before: [buys, { ...complains, day: 10 }],
    step: (day) => ({ day, do: "endComplaint", ...card }),
    from: 45,
    says: /complaint about card ann-cuts of day 10 can be ended from day 45/,
    refused: "CardComplaintPending",
  },
  {
    name: "a complaint soon after one that was ended",
    before: [buys, { ...complains, day: 10 }, { day: 45, do: "endComplaint", ...card }],
    step: (day) => ({ ...complains, day }),
    from: 75,
    says: /complaint about card ann-cuts was ended, and the next one can come on day 75/,
    refused: "CardComplaintTooEarly",
  },
  {
    name: "an extension that is ruled before both sides had their time",
    before: [
      { ...buys, program: "gym/annual" },
      { ...complains, day: 10 },
    ],
    step: (day) => ({ day, do: "resolveByExtension", ...card, days: 20, decision: "closed for repairs" }),
    from: 15,
    says: /dispute about card ann-cuts of day 10 can be ruled on from day 15/,
    refused: "CardRulingOutOfTime",
  },
  {
    name: "an extension that is ruled after the timeout",
    before: [
      { ...buys, program: "gym/annual" },
      { ...complains, day: 10 },
    ],
    step: (day) => ({ day, do: "resolveByExtension", ...card, days: 20, decision: "closed for repairs" }),
    to: 39,
    says: /dispute about card ann-cuts of day 10 can be ruled on before day 40/,
    refused: "CardRulingOutOfTime",
  },
  {
    name: "a complaint about a pass whose cooling-off was extended with it",
    before: [
      { ...buys, program: "gym/annual" },
      { day: 3, do: "extendPass", ...card, days: 10 },
    ],
    step: (day) => ({ ...complains, day }),
    from: 18,
    says: /card ann-cuts is in cooling-off until day 18/,
    refused: "CardInCoolingOff",
  },
  {
    name: "a move before it is due",
    before: [buys, { ...moves, day: 10 }],
    step: (day) => ({ day, do: "executeMove", ...card, as: "bob-cuts" }),
    from: 15,
    says: /move of card ann-cuts of day 10 is due on day 15/,
    refused: "CardMoveTooEarly",
  },
  {
    name: "a move that has lapsed",
    before: [buys, { ...moves, day: 10 }],
    step: (day) => ({ day, do: "executeMove", ...card, as: "bob-cuts" }),
    to: 19,
    says: /move of card ann-cuts of day 10 lapses on day 20/,
    refused: "CardMoveNotRequested",
  },
  {
    name: "a move by a recovery address before its thirty days",
    before: [buys, { do: "setRecovery", consumer: "ann", recovery: "cat" }, { ...moves, day: 10, byRecovery: true }],
    step: (day) => ({ day, do: "executeMove", ...card, as: "bob-cuts" }),
    from: 40,
    says: /move of card ann-cuts of day 10 is due on day 40/,
    refused: "CardMoveTooEarly",
  },
  {
    name: "a move that was consented to and has lapsed",
    before: [buys, { ...moves, day: 10 }, { do: "consentMove", ...card, day: 12 }],
    step: (day) => ({ day, do: "executeMove", ...card, as: "bob-cuts" }),
    to: 16,
    says: /move of card ann-cuts of day 10 lapses on day 17/,
    refused: "CardMoveNotRequested",
  },
  {
    name: "consent to a move that is due anyway",
    before: [buys, { ...moves, day: 10 }],
    step: (day) => ({ do: "consentMove", ...card, day }),
    to: 14,
    says: /move of card ann-cuts of day 10 is due on day 15 and needs consent only before/,
  },
  {
    name: "refunds before the final settlement window is over",
    before: [buys, { ...flags, day: 10 }],
    step: (day) => ({ day, do: "refundAll", ...shop }),
    from: 17,
    says: /final settlement window of hairdresser ends on day 17/,
    refused: "MerchantTooEarly",
  },
  {
    name: "refunds before the notice of a run-off is over",
    before: [buys, { day: 10, do: "startRunOff", ...shop, lastServiceDay: 20 }],
    step: (day) => ({ day, do: "refundAll", ...shop }),
    from: 40,
    says: /notice of hairdresser's run-off ends on day 40/,
    refused: "MerchantTooEarly",
  },
  {
    name: "a closing before the notice is over",
    before: [{ day: 10, do: "startRunOff", ...shop, lastServiceDay: 20 }],
    step: (day) => ({ day, do: "closeMerchant", ...shop }),
    from: 40,
    says: /notice of hairdresser's run-off ends on day 40/,
    refused: "MerchantTooEarly",
  },
  {
    name: "a flag that is withdrawn after the window",
    before: [{ ...flags, day: 10 }],
    step: (day) => ({ day, do: "withdrawDefault", ...shop }),
    to: 16,
    says: /final settlement window of hairdresser ends on day 17 and the flag can be withdrawn before/,
    refused: "MerchantSettlementClosed",
  },
  {
    name: "a suspension soon after the last",
    before: [
      { day: 10, do: "suspend", ...shop, evidence: "closed" },
      { day: 20, do: "resume", ...shop },
    ],
    step: (day) => ({ day, do: "suspend", ...shop, evidence: "closed" }),
    from: 110,
    says: /last suspension of hairdresser ends on day 20 and the next one can come on day 110/,
    refused: "MerchantTooEarly",
  },
  {
    name: "a report of a balance that is older than the last",
    before: [{ ...reports, day: 10 }],
    step: (asOfDay) => ({ ...reports, day: 12, asOfDay }),
    field: "asOfDay",
    from: 11,
    says: /hairdresser has reported the balance of hairdresser on day 10 already, so use day 11 or a later one/,
    refused: "ReportDateOutOfRange",
  },
  {
    name: "a surety that is shortened",
    before: [names, { ...places, day: 5, endDay: 60 }],
    step: (endDay) => ({ ...places, day: 10, endDay }),
    field: "endDay",
    from: 60,
    says: /surety for hairdresser stands until day 60/,
  },
  {
    name: "a surety that is taken back before its end",
    before: [names, { ...places, day: 5, endDay: 60 }],
    step: (day) => ({ day, do: "takeBackSurety", ...shop, party: "bank" }),
    from: 60,
    says: /surety for hairdresser stands until day 60/,
    refused: "SuretyNotEnded",
  },
  {
    name: "claims before the time for objections is over",
    before: [
      { do: "deposit", ...shop, amount: 100 },
      { ...flags, day: 10 },
      { day: 12, do: "publishClaims", ...shop, claimants: "guests" },
    ],
    step: (day) => ({ day, do: "claimAll", ...shop }),
    from: 26,
    says: /claims on hairdresser are paid from day 26/,
    refused: "ClaimsNotOpen",
  },
  {
    name: "a pass that begins too far ahead",
    before: [],
    step: (startsOnDay) => ({ ...buys, program: "gym/annual", startsOnDay }),
    field: "startsOnDay",
    to: 31,
    says: /bought on day 1, the pass of card ann-cuts begins on day 31 at the latest/,
  },
];

/** The scenario of a case with its step on or about a day. */
function scenarioOf({ before, step }: Case, day: number, refused?: Refusal): Record<string, unknown> {
  return smallScenario([...before, { ...step(day), ...(refused === undefined ? {} : { refused }) }]);
}

/** What planning a scenario throws; `undefined` if it can be played. */
function problemOf(data: unknown): unknown {
  try {
    planScenario("small.json", data);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("the dates of a scenario", () => {
  for (const one of cases) {
    const { name, before, field = "day", from, to, says } = one;
    const [allowed, wrong] =
      from === undefined
        ? [
            [(to ?? 0) - 1, to ?? 0],
            [(to ?? 0) + 1, (to ?? 0) + 2],
          ]
        : [[from, from + 1], [from - 1]];

    describe(name, () => {
      for (const day of wrong) {
        it(`is named with the file, the place and the day, before anything is deployed: day ${String(day)}`, () => {
          const error = problemOf(scenarioOf(one, day));
          expect(error).to.be.instanceOf(ScenarioError);
          const path = `acts[0].steps[${String(before.length)}].${field}`;
          expect(error).to.include({ file: "small.json", path, value: day, others: 0 });
          expect((error as ScenarioError).message).to.match(says);
        });
      }
      for (const day of allowed) {
        it(`is none on day ${String(day)}`, () => {
          expect(problemOf(scenarioOf(one, day))).to.equal(undefined);
        });
      }
    });
  }

  describe("that the contracts are to refuse", () => {
    for (const one of cases) {
      const { name, before, step, from, to, refused } = one;
      if (refused === undefined) continue;
      it(`are allowed, and the contracts agree on the day: ${name}`, async () => {
        // The wrong day is refused, the right one beside it is not.
        const [wrong, right] = from === undefined ? [(to ?? 0) + 1, to ?? 0] : [from - 1, from];
        const expected = { ...step(wrong), refused };
        const acts = from === undefined ? [[...before, expected]] : [[...before, expected, step(right)]];
        const result = await play(planScenario("small.json", smallScenario(...acts)), network, silentNarrator);
        expect(result.acts[0]?.steps[before.length]).to.include({ refused });
        if (from !== undefined) return;
        const inTime = planScenario("small.json", smallScenario([...before, step(right)]));
        expect((await play(inTime, network, silentNarrator)).reconciled).to.equal(true);
      });
    }
  });

  it("reports nothing about a step whose request no step has made: the contracts refuse it", () => {
    expect(problemOf(smallScenario([buys, { day: 2, do: "executeExit", ...card }]))).to.equal(undefined);
  });

  it("reports nothing about a card at a flagged merchant, which is refused for the flag", () => {
    const steps = [buys, { ...asks, day: 8 }, { ...flags, day: 10 }, { day: 11, do: "executeExit", ...card }];
    expect(problemOf(smallScenario(steps))).to.equal(undefined);
  });

  it("reports no lapse at a merchant that was flagged: that time does not count", () => {
    const steps = [
      buys,
      { ...asks, day: 8 },
      { ...flags, day: 10 },
      { day: 15, do: "withdrawDefault", ...shop },
      { day: 19, do: "executeExit", ...card },
    ];
    expect(problemOf(smallScenario(steps))).to.equal(undefined);
  });

  it("says nothing of a lapse of a pass, whose request does not lapse", async () => {
    const leaves = [
      { ...buys, program: "gym/annual" },
      { ...asks, day: 20 },
      { day: 90, do: "executeExit", ...card },
    ];
    expect(problemOf(smallScenario(leaves))).to.equal(undefined);
    const result = await play(planScenario("small.json", smallScenario(leaves)), network, silentNarrator);
    expect(result.reconciled).to.equal(true);
  });

  it("lets an extension after cooling-off begin no second one", async () => {
    const steps = [
      { ...buys, program: "gym/annual" },
      { day: 9, do: "extendPass", ...card, days: 30 },
      { ...complains, day: 10 },
      { day: 15, do: "resolveByExtension", ...card, days: 20, decision: "closed for repairs" },
      { ...complains, day: 15 },
      { day: 45, do: "executeDispute", ...card },
    ];
    expect(problemOf(smallScenario(steps))).to.equal(undefined);
    const result = await play(planScenario("small.json", smallScenario(steps)), network, silentNarrator);
    expect(result.reconciled).to.equal(true);
    const texts = result.acts[0]!.steps.map(({ text }) => text);
    expect(texts[1]).to.equal("Gym extends the pass of Ann by 30 days");
    expect(texts[3]).to.equal(
      "The consumer association extends the pass of Ann by 20 days (closed for repairs): the complaint ends, and the card goes on",
    );
  });

  it("names a card that cannot be extended", () => {
    for (const step of [
      { day: 9, do: "extendPass", ...card, days: 30 },
      { day: 9, do: "resolveByExtension", ...card, days: 30, decision: "no" },
    ]) {
      const problem = problemOf(smallScenario([buys, step])) as ScenarioError;
      expect(problem).to.include({ path: "acts[0].steps[1].card" });
      expect(problem.message).to.include("only a pass can be extended");
    }
  });

  it("forgets a request that was taken back, and counts the new one", () => {
    const steps = [buys, { ...asks, day: 8 }, { day: 10, do: "cancelExit", ...card }, { ...asks, day: 12 }];
    const leaves = (day: number) => [...steps, { day, do: "executeExit", ...card }];
    expect(problemOf(smallScenario(leaves(16)))).to.include({ path: "acts[0].steps[4].day", value: 16 });
    expect(problemOf(smallScenario(leaves(17)))).to.equal(undefined);
  });

  it("takes the wait for a complaint along when a card moves", () => {
    const steps = [
      buys,
      { ...complains, day: 10 },
      { ...dismisses, day: 15 },
      { ...moves, day: 16 },
      { day: 21, do: "executeMove", ...card, as: "bob-cuts" },
    ];
    const again = (day: number) => [...steps, { ...complains, day, card: "bob-cuts" }];
    expect(problemOf(smallScenario(again(44)))).to.include({ path: "acts[0].steps[5].day", value: 44 });
    expect(problemOf(smallScenario(again(45)))).to.equal(undefined);
  });

  it("names a day that a step has from the one before", () => {
    const steps = [buys, { ...asks, day: 20 }, { do: "executeExit", ...card }];
    expect(problemOf(smallScenario(steps))).to.include({ path: "acts[0].steps[2].day", value: 20 });
  });
});

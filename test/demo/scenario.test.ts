import { readFile, writeFile } from "node:fs/promises";

import { expect } from "chai";
import { format } from "prettier";
import { z } from "zod";

import { OptionError, ScenarioError } from "../../scripts/demo/errors.js";
import { loadScenario, parseCards, planScenario } from "../../scripts/demo/plan.js";
import { scenarioSchema } from "../../scripts/demo/scenario.js";
import { bundled, smallScenario } from "./scenarios.js";
import type { WrittenStep } from "./scenarios.js";

const SCHEMA = new URL("../../data/scenarios/scenario.schema.json", import.meta.url);
const README = new URL("../../data/scenarios/README.md", import.meta.url);

/** What planning a scenario throws. */
function problemOf(data: unknown): unknown {
  try {
    planScenario("story.json", data);
  } catch (error) {
    return error;
  }
  throw new Error("The scenario is good.");
}

function failsAt(data: unknown, path: string, value: unknown): void {
  const error = problemOf(data);
  expect(error).to.be.instanceOf(ScenarioError);
  const { file, ...found } = error as ScenarioError;
  expect([file, found.path, found.value]).to.deep.equal(["story.json", path, value]);
  // One sentence on one line, with the place, the problem and the next step.
  expect((error as ScenarioError).message).to.match(/^story\.json: [^\n]+: [^\n]+\.$/);
}

/** The fields a JSON schema describes, and the values it fixes. */
function namesIn(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, const: fixed } = schema as { properties?: object; const?: unknown };
  const own = [...Object.keys(properties ?? {}), ...(typeof fixed === "string" ? [fixed] : [])];
  return [...own, ...Object.values(schema).flatMap(namesIn)];
}

const annBuys = { day: 2, do: "buy", consumer: "ann", program: "hairdresser/cuts", card: "ann-cuts" };
const passes = { do: "crowdBuys", crowd: "members", percent: 60 };

const asksDeposit = { do: "setDepositRule", merchant: "gym", rule: "GENERAL", cureByDay: 10 };
const standsSurety = { do: "placeSurety", merchant: "gym", party: "bank", amount: 10, endDay: 60 };

/** What is wrong, the steps, and the field and value of the last step that are named. */
type WrongStep = readonly [string, WrittenStep[], string, unknown];

/** The small scenario with one value replaced; the path's last name is the field. */
function withField(path: string, value: unknown): Record<string, unknown> {
  const data = smallScenario([annBuys]);
  const names = path.split(".");
  const last = names.pop() ?? "";
  const target = names.reduce<Record<string, unknown>>((object, name) => object[name] as Record<string, unknown>, data);
  if (value === undefined) Reflect.deleteProperty(target, last);
  else target[last] = value;
  return data;
}

describe("a scenario", () => {
  for (const name of ["season", "hairdresser"]) {
    it(`${name}.json, which comes with the project, can be played`, () => {
      const { file, data } = bundled(name);
      expect(planScenario(file, data).acts).not.to.be.empty;
    });
  }

  it("is described by the schema beside the scenarios (UPDATE_SNAPSHOTS=1 writes it anew)", async () => {
    const wanted: unknown = z.toJSONSchema(scenarioSchema, { io: "input" });
    if (process.env.UPDATE_SNAPSHOTS !== undefined) {
      await writeFile(SCHEMA, await format(JSON.stringify(wanted), { parser: "json", printWidth: 120 }));
    }
    expect(JSON.parse(await readFile(SCHEMA, "utf8"))).to.deep.equal(wanted);
  });

  it("has every step and field explained in the README beside the scenarios", async () => {
    const readme = await readFile(README, "utf8");
    const schema = z.toJSONSchema(scenarioSchema, { io: "input" });
    for (const name of new Set(namesIn(schema))) {
      if (!name.startsWith("$")) expect(readme).to.include(`\`${name}\``);
    }
  });

  it("knows a card sold twice by its serial, and what a plan's numbers are on chain", () => {
    const scenario = planScenario("story.json", smallScenario([annBuys]));
    const [hairdresser, gym] = scenario.merchants;
    expect(hairdresser?.programs[0]).to.include({ kind: "Count", price: 1_200_000_000n, units: 20n });
    expect(hairdresser?.programs[1]).to.include({ kind: "StoredValue", price: 0n, units: 0n, listPrice: 0n });
    expect(gym?.programs[0]).to.include({ kind: "Pass", price: 2_180_000_000n, units: 31_536_000n });
    expect(gym?.cap).to.equal(10_000n);
  });

  describe("is refused, with the place, the value and what to do, if", () => {
    const wrongFields: readonly [string, string, unknown][] = [
      ["a field is unknown", "surprise", 1],
      ["the currency is missing", "currency", undefined],
      ["the currency is not the preset's", "currency", "USD"],
      ["the preset is unknown", "preset", "CN-NOWHERE"],
      ["an overlay is unknown", "preset", "CN-WEIHAI-2021 + CN-NOWHERE"],
      ["an overlay is in another currency", "preset", "CN-WEIHAI-2021 + JP-PSA"],
      ["a merchant's own preset is unknown", "merchants.gym.preset", "CN-NOWHERE"],
      ["the start is no date", "start", "2026-02-30"],
      ["the start is beyond what times on chain can say", "start", "2091-01-01"],
      ["there are no merchants", "merchants", {}],
      ["there are no acts", "acts", []],
      ["a price is negative", "merchants.gym.programs.annual.price", -5],
      ["a price is zero", "merchants.gym.programs.annual.price", 0],
      ["a price has too many decimals", "merchants.gym.programs.annual.price", "1.1234567"],
      ["a price is no number", "merchants.gym.programs.annual.price", "cheap"],
      ["a kind is unknown", "merchants.gym.programs.annual.kind", "yearly"],
      ["a cap is a fraction", "merchants.gym.cap", 0.5],
      ["a pass is longer than ten years", "merchants.gym.programs.annual.days", 4_000],
      ["a list price is over the limit", "merchants.hairdresser.programs.cuts.listPrice", 2_401],
      ["a list price is under the price", "merchants.hairdresser.programs.cuts.listPrice", 1_199],
      ["a face comes without a price", "merchants.hairdresser.programs.purse.face", 100],
      ["a crowd's program is unknown", "crowds.members.program", "gym/monthly"],
      ["a crowd's amount is not asked for", "crowds.members.amount", 100],
      ["a crowd is too large", "crowds.members.count", 10_001],
      ["a party has no name", "parties.bank.name", ""],
      ["those who paid cash did so at an unknown merchant", "claimants.guests.merchant", "barber"],
      ["there are too many who paid cash", "claimants.guests.count", 10_001],
      ["some are owed nothing", "claimants.guests.owed.min", 0],
      ["the least that is owed is above the most", "claimants.guests.owed.min", 101],
    ];
    for (const [name, path, value] of wrongFields) {
      it(name, () => {
        failsAt(withField(path, value), path, value);
      });
    }

    it("an id is not one", () => {
      failsAt(withField("consumers.Ann Smith", { name: "Ann" }), "consumers.Ann Smith", "Ann Smith");
    });

    const wrongSteps: readonly WrongStep[] = [
      ["a step is unknown", [{ do: "steal" }], "do", "steal"],
      ["a step says nothing", [{}], "do", undefined],
      ["a step has an unknown field", [{ ...annBuys, amuont: 3 }], "amuont", 3],
      ["a day is before that of the step before", [annBuys, { ...passes, day: 1 }], "day", 1],
      ["a day is negative", [{ ...annBuys, day: -1 }], "day", -1],
      ["a day is a fraction", [{ ...annBuys, day: 1.5 }], "day", 1.5],
      ["a refusal is unknown", [{ ...annBuys, refused: "Never" }], "refused", "Never"],
      ["a consumer is unknown", [{ ...annBuys, consumer: "dan" }], "consumer", "dan"],
      ["a payer is unknown", [{ ...annBuys, paidBy: "dan" }], "paidBy", "dan"],
      ["a program is unknown", [{ ...annBuys, program: "gym/monthly" }], "program", "gym/monthly"],
      ["a program is no reference", [{ ...annBuys, program: "cuts" }], "program", "cuts"],
      ["an amount is missing", [{ ...annBuys, program: "hairdresser/purse" }], "amount", undefined],
      ["an amount is not asked for", [{ ...annBuys, amount: 10 }], "amount", 10],
      ["a card has no pass to start later", [{ ...annBuys, startsOnDay: 9 }], "startsOnDay", 9],
      ["a pass starts before it is bought", [{ ...annBuys, program: "gym/annual", startsOnDay: 2 }], "startsOnDay", 2],
      ["a card is bought twice", [annBuys, annBuys], "card", "ann-cuts"],
      ["a card was never bought", [{ do: "visit", card: "ann-cuts" }], "card", "ann-cuts"],
      [
        "a card is closed",
        [annBuys, { do: "refundCard", card: "ann-cuts" }, { do: "visit", card: "ann-cuts" }],
        "card",
        "ann-cuts",
      ],
      ["a count card is spent in money", [annBuys, { do: "visit", card: "ann-cuts", spend: 10 }], "spend", 10],
      ["a count card is overspent", [annBuys, { do: "visit", card: "ann-cuts", visits: 21 }], "visits", 21],
      [
        "stored value is spent in visits",
        [
          { ...annBuys, program: "hairdresser/purse", amount: 100 },
          { do: "visit", card: "ann-cuts", visits: 1 },
        ],
        "spend",
        undefined,
      ],
      [
        "stored value is overspent",
        [
          { ...annBuys, program: "hairdresser/purse", amount: 100 },
          { do: "visit", card: "ann-cuts", spend: "100.01" },
        ],
        "spend",
        "100.01",
      ],
      [
        "a pass is visited",
        [
          { ...annBuys, program: "gym/annual" },
          { do: "visit", card: "ann-cuts" },
        ],
        "card",
        "ann-cuts",
      ],
      ["a crowd is unknown", [{ ...passes, crowd: "others" }], "crowd", "others"],
      ["more than all of a crowd buy", [passes, passes], "percent", 60],
      [
        "a crowd's passes are visited",
        [passes, { do: "crowdVisits", crowd: "members", visits: { min: 1, max: 2 } }],
        "crowd",
        "members",
      ],
      ["a merchant is unknown", [{ do: "payOut", merchant: "barber" }], "merchant", "barber"],
      [
        "a dismissal awards something",
        [annBuys, { do: "resolve", card: "ann-cuts", upheld: false, award: 10, decision: "no" }],
        "award",
        10,
      ],
      [
        "a card that a ruling has closed is used",
        [
          annBuys,
          { do: "resolve", card: "ann-cuts", upheld: true, decision: "yes" },
          { do: "visit", card: "ann-cuts" },
        ],
        "card",
        "ann-cuts",
      ],
      ["a recovery address is unknown", [{ do: "setRecovery", consumer: "ann", recovery: "dan" }], "recovery", "dan"],
      [
        "a recovery address that was never named asks for a move",
        [annBuys, { do: "requestMove", card: "ann-cuts", to: "bob", byRecovery: true }],
        "byRecovery",
        true,
      ],
      ["a card goes to nobody", [annBuys, { do: "requestMove", card: "ann-cuts", to: "dan" }], "to", "dan"],
      [
        "a move was never asked for",
        [annBuys, { do: "executeMove", card: "ann-cuts", as: "bob-cuts" }],
        "card",
        "ann-cuts",
      ],
      [
        "a moved card gets a name that is taken",
        [
          annBuys,
          { do: "requestMove", card: "ann-cuts", to: "bob" },
          { do: "executeMove", card: "ann-cuts", as: "ann-cuts" },
        ],
        "as",
        "ann-cuts",
      ],
      [
        "a card is used under the name it had before it was moved",
        [
          annBuys,
          { do: "requestMove", card: "ann-cuts", to: "bob" },
          { do: "executeMove", card: "ann-cuts", as: "bob-cuts" },
          { do: "visit", card: "ann-cuts" },
        ],
        "card",
        "ann-cuts",
      ],
      ["a deposit rule is unknown", [{ ...asksDeposit, rule: "SOME" }], "rule", "SOME"],
      ["a preset has no deposit rules", [{ ...asksDeposit, preset: "CN-SPC-2025" }], "rule", "GENERAL"],
      ["the preset of a deposit rule is unknown", [{ ...asksDeposit, preset: "CN-X" }], "preset", "CN-X"],
      ["a deposit rule is in another currency", [{ ...asksDeposit, preset: "JP-PSA" }], "preset", "JP-PSA"],
      ["a deposit was to be there before it was asked", [{ ...asksDeposit, day: 9, cureByDay: 8 }], "cureByDay", 8],
      [
        "a balance is of a day to come",
        [{ day: 5, do: "reportOutstanding", merchant: "gym", amount: 10, asOfDay: 6, evidence: "a list" }],
        "asOfDay",
        6,
      ],
      ["nobody knows who pays", [{ do: "deposit", merchant: "gym", amount: 10, from: "ann" }], "from", "ann"],
      ["nobody knows the surety named", [{ do: "nameSurety", merchant: "gym", party: "ann" }], "party", "ann"],
      ["nobody knows the surety", [{ ...standsSurety, party: "ann" }], "party", "ann"],
      [
        "nobody knows whose surety goes back",
        [{ do: "takeBackSurety", merchant: "gym", party: "ann" }],
        "party",
        "ann",
      ],
      ["a surety ends too early", [{ ...standsSurety, day: 5, endDay: 35 }], "endDay", 35],
      [
        "a list has no people",
        [{ do: "publishClaims", merchant: "gym", claimants: "members" }],
        "claimants",
        "members",
      ],
      [
        "a list is of the people of another merchant",
        [{ do: "publishClaims", merchant: "gym", claimants: "guests" }],
        "claimants",
        "guests",
      ],
      ["claims were never published", [{ do: "claimAll", merchant: "hairdresser" }], "merchant", "hairdresser"],
      [
        "the publication of the claims was refused",
        [
          {
            do: "publishClaims",
            merchant: "hairdresser",
            claimants: "guests",
            refused: "MerchantStatusForbids",
          },
          { do: "claimAll", merchant: "hairdresser" },
        ],
        "merchant",
        "hairdresser",
      ],
      ...["withdraw", "deposit", "refreshWarnings", "paySurplus"].map((name): WrongStep => {
        const amount = name === "withdraw" || name === "deposit" ? { amount: 10 } : {};
        return [`the merchant of ${name} is unknown`, [{ do: name, merchant: "bar", ...amount }], "merchant", "bar"];
      }),
      [
        "service stopped after the flag",
        [{ day: 5, do: "flagDefault", merchant: "gym", serviceStoppedDay: 6, evidence: "closed" }],
        "serviceStoppedDay",
        6,
      ],
      [
        "the last day of service is after the notice",
        [{ day: 5, do: "startRunOff", merchant: "gym", lastServiceDay: 35 }],
        "lastServiceDay",
        35,
      ],
    ];
    for (const [name, steps, field, value] of wrongSteps) {
      it(name, () => {
        failsAt(smallScenario(steps), `acts[0].steps[${String(steps.length - 1)}].${field}`, value);
      });
    }
  });

  it("counts the problems after the first", () => {
    const error = problemOf(
      smallScenario([
        { do: "payOut", merchant: "x" },
        { do: "payOut", merchant: "y" },
      ]),
    );
    expect(error).to.include({ path: "acts[0].steps[0].merchant", others: 1 });
  });

  it("is refused if it is no object", () => {
    expect(problemOf([])).to.be.instanceOf(ScenarioError).and.include({ path: "" });
  });

  describe("in a file", () => {
    async function failureOf(work: Promise<unknown>): Promise<unknown> {
      return await work.then(
        () => undefined,
        (error: unknown) => error,
      );
    }

    it("is refused if the file does not exist", async () => {
      const error = await failureOf(loadScenario("/nowhere/story.json"));
      expect(error).to.be.instanceOf(OptionError).and.include({ option: "--scenario", value: "/nowhere/story.json" });
    });

    it("is refused if the file is a folder", async () => {
      expect(await failureOf(loadScenario("/"))).to.be.instanceOf(OptionError);
    });

    it("is refused if the file is not JSON", async () => {
      const error = await failureOf(loadScenario(new URL(import.meta.url).pathname));
      expect(error).to.be.instanceOf(ScenarioError).and.include({ path: "" });
    });
  });

  describe("with --cards", () => {
    it("has a crowd of that size at the merchant that runs away", () => {
      const { file, data } = bundled("season");
      const { crowds } = planScenario(file, data, 77);
      expect(crowds.map(({ id, count }) => [id, count])).to.deep.equal([
        ["regulars", 120],
        ["members", 77],
      ]);
    });

    it("leaves those who paid cash as many as they are", () => {
      const { file, data } = bundled("season");
      expect(planScenario(file, data, 77).claimants.map(({ count }) => count)).to.deep.equal([300]);
    });

    it("is refused if no merchant runs away", () => {
      const { file, data } = bundled("hairdresser");
      expect(() => planScenario(file, data, 77)).to.throw(OptionError);
    });

    for (const value of ["0", "-1", "1.5", "many", "10001", ""]) {
      it(`is refused if it is "${value}"`, () => {
        expect(() => parseCards(value)).to.throw(OptionError);
      });
    }

    it("takes the least and the most", () => {
      expect([parseCards("1"), parseCards("10000")]).to.deep.equal([1, 10_000]);
    });
  });
});

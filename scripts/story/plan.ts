import { readFile } from "node:fs/promises";

import type { ProgramKindName } from "../../src/enums.js";
import { DAY } from "../../src/policy.js";
import type { Preset } from "../../src/presets.js";
import { OptionError, ScenarioError } from "./errors.js";
import { Planner, rulesOf, valueAt } from "./planner.js";
import type { Problem } from "./planner.js";
import { MAX_CROWD, scenarioSchema } from "./scenario.js";
import type { StepName, StepOf } from "./scenario.js";

/**
 * A scenario that can be played: every reference resolved, every amount in token base units, every day known. Making one
 * finds whatever is wrong with a scenario before anything is deployed, except for what only the escrow can tell.
 */
export interface Scenario {
  readonly file: string;
  readonly title: string;
  readonly summary: string | undefined;
  readonly currency: string;
  /** Decimals in which money of the currency is shown. */
  readonly currencyDecimals: number;
  /** The rule set, its overlays applied. */
  readonly preset: Preset;
  /** Unix time at which day 0 begins. */
  readonly start: bigint;
  readonly seed: string;
  readonly merchants: readonly Merchant[];
  readonly consumers: readonly Consumer[];
  readonly crowds: readonly Crowd[];
  readonly parties: readonly Party[];
  readonly claimants: readonly Claimants[];
  readonly acts: readonly Act[];
}

/** A merchant and what it sells. */
export interface Merchant {
  readonly id: string;
  readonly name: string;
  /** The regulator's ceiling in whole units of the currency; zero for none. */
  readonly cap: bigint;
  /** The rule set it is under, its overlays applied. */
  readonly preset: Preset;
  readonly programs: readonly Program[];
}

/** A program, in the terms of the escrow. */
export interface Program {
  /** Merchant and program, such as `gym/annual`. */
  readonly reference: string;
  /** Id of the merchant in the scenario. */
  readonly merchant: string;
  readonly name: string;
  readonly kind: ProgramKindName;
  readonly bearer: boolean;
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
}

/** A person with a name. */
export interface Consumer {
  readonly id: string;
  readonly name: string;
}

/** Many people who buy the same. */
export interface Crowd {
  readonly id: string;
  /** What one of them is called. */
  readonly name: string;
  readonly program: Program;
  readonly count: number;
  /** What each pays, in token base units. */
  readonly principal: bigint;
}

/** A bank, an insurer, a liquidator: somebody else who brings money. */
export interface Party {
  readonly id: string;
  readonly name: string;
}

/** Many people who bought cards of one merchant outside the escrow. */
export interface Claimants {
  readonly id: string;
  /** What one of them is called. */
  readonly name: string;
  /** Id of the merchant in the scenario. */
  readonly merchant: string;
  readonly count: number;
  /** What each is owed is drawn between these, in whole units of the currency. */
  readonly owed: { readonly min: number; readonly max: number };
}

/** A chapter of the story. */
export interface Act {
  readonly title: string;
  readonly text: string | undefined;
  readonly steps: readonly PlannedStep[];
}

/** A step at its place and time. */
export interface PlannedStep<Name extends StepName = StepName> {
  /** Where it stands in the file, such as `acts[2].steps[0]`. */
  readonly path: string;
  /** Days after the start. */
  readonly day: number;
  readonly step: StepOf<Name>;
}

/** Unix time at which a day of the story begins. */
export function beginningOf(scenario: Scenario, day: number): bigint {
  return scenario.start + BigInt(day) * DAY;
}

/* READING */

/**
 * Reads a scenario file.
 *
 * @param file Path of the file.
 * @param cards How many people the crowd of the merchant that runs away has; what the scenario says by default.
 * @throws ScenarioError if the file cannot be read or played.
 * @throws OptionError if `cards` does not fit the scenario.
 */
export async function loadScenario(file: string, cards?: number): Promise<Scenario> {
  let content: string;
  try {
    content = await readFile(file, "utf8");
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "does not exist" : "cannot be read";
    const remedy = `the file ${reason}; give the path of a scenario, such as data/scenarios/season.json`;
    throw new OptionError("--scenario", file, remedy);
  }
  let data: unknown;
  try {
    data = JSON.parse(content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScenarioError(file, "", undefined, `this is not JSON, correct it there (${reason})`);
  }
  return planScenario(file, data, cards);
}

/**
 * Checks the content of a scenario file.
 *
 * @param file Name of the file, for messages.
 * @param data The parsed JSON.
 * @param cards See {@link loadScenario}.
 * @throws ScenarioError if the scenario cannot be played; it names the first problem.
 * @throws OptionError if `cards` does not fit the scenario.
 */
export function planScenario(file: string, data: unknown, cards?: number): Scenario {
  const parsed = scenarioSchema.safeParse(data);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => problemOf(issue, data));
    throwFirst(file, problems);
    throw parsed.error;
  }
  const rules = rulesOf(parsed.data);
  if ("remedy" in rules) throw new ScenarioError(file, rules.path, rules.value, rules.remedy);
  const planner = new Planner(parsed.data, data, rules);
  const scenario = planner.plan(file);
  throwFirst(file, planner.problems);
  return cards === undefined ? scenario : scaled(scenario, cards);
}

function throwFirst(file: string, problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new ScenarioError(file, first.path, first.value, first.remedy, problems.length - 1);
}

type Issue = NonNullable<ReturnType<typeof scenarioSchema.safeParse>["error"]>["issues"][number];

function problemOf(issue: Issue, data: unknown): Problem {
  const path = issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const remedy = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const value = issue.code === "invalid_key" ? path.at(-1) : valueAt(data, path);
  return { path: written(path), value, remedy };
}

function written(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? String(key) : `.${String(key)}`))
    .join("");
}

/** The scenario with as many people in the crowd of the merchant that is flagged as `cards` says. */
function scaled(scenario: Scenario, cards: number): Scenario {
  const steps = scenario.acts.flatMap((act) => act.steps);
  const flagged = steps.map(({ step }) => step).find((step) => step.do === "flagDefault");
  const crowd = scenario.crowds.find(({ program }) => program.merchant === flagged?.merchant);
  if (crowd === undefined) {
    const remedy = `no crowd of ${scenario.file} loses its merchant by a flagDefault step, so leave --cards out`;
    throw new OptionError("--cards", String(cards), remedy);
  }
  const crowds = scenario.crowds.map((one) => (one === crowd ? { ...one, count: cards } : one));
  return { ...scenario, crowds };
}

/**
 * The number behind `--cards`.
 *
 * @throws OptionError if it is none that can be played.
 */
export function parseCards(value: string): number {
  const cards = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (cards < 1 || cards > MAX_CROWD) {
    throw new OptionError("--cards", value, `give a whole number from 1 to ${MAX_CROWD}`);
  }
  return cards;
}

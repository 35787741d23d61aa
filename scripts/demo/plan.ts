import { readFile } from "node:fs/promises";

import { OptionError, ScenarioError } from "./errors.js";
import { misdatedSteps } from "./dates.js";
import type { Scenario } from "./model.js";
import { Planner, rulesOf, valueAt } from "./planner.js";
import type { Problem } from "./planner.js";
import { MAX_CROWD, scenarioSchema } from "./scenario.js";

/* READING */

/**
 * Reads a scenario file.
 *
 * @param file Path of the file.
 * @param cards Number of people in the crowd of the merchant that is flagged. Default: as in the scenario.
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
  throwFirst(file, misdatedSteps(scenario));
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

/** The scenario with `cards` people in the crowd of the merchant that is flagged. */
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
 * The value of `--cards`.
 *
 * @throws OptionError if the demo cannot be played with it.
 */
export function parseCards(value: string): number {
  const cards = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (cards < 1 || cards > MAX_CROWD) {
    throw new OptionError("--cards", value, `give a whole number from 1 to ${MAX_CROWD}`);
  }
  return cards;
}

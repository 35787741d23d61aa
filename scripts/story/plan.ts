import { readFile } from "node:fs/promises";

import { formatUnits } from "ethers";

import type { ProgramKindName } from "../../src/enums.js";
import { DAY } from "../../src/policy.js";
import type { Policy } from "../../src/policy.js";
import { policyFromPreset, presets } from "../../src/presets.js";
import type { Preset } from "../../src/presets.js";
import { OptionError, ScenarioError } from "./errors.js";
import { MAX_CROWD, TOKEN_DECIMALS, scenarioSchema } from "./scenario.js";
import type { ProgramFile, ScenarioFile, Step, StepName, StepOf } from "./scenario.js";

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
  readonly acts: readonly Act[];
}

/** A merchant and what it sells. */
export interface Merchant {
  readonly id: string;
  readonly name: string;
  /** The regulator's ceiling in whole units of the currency; zero for none. */
  readonly cap: bigint;
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
    const reason = error instanceof Error && "code" in error && error.code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new OptionError("--scenario", file, `the file ${reason}; give the path of a scenario, such as data/scenarios/season.json`);
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
  const planner = new Planner(parsed.data);
  const scenario = planner.plan(file);
  throwFirst(file, planner.problems);
  return cards === undefined ? scenario : scaled(scenario, cards);
}

/** Something wrong with one value of the file. */
interface Problem {
  readonly path: string;
  readonly value: unknown;
  readonly remedy: string;
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

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
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

/* CHECKING WHAT NEEDS TWO FIELDS */

/** A card bought by name, as far as the plan knows it. */
interface PlannedCard {
  readonly program: Program;
  readonly face: bigint;
  used: bigint;
  closedOnDay: number | undefined;
}

class Planner {
  readonly problems: Problem[] = [];

  readonly #file: ScenarioFile;
  readonly #programs = new Map<string, Program>();
  readonly #cards = new Map<string, PlannedCard>();
  /** Percent of each crowd that has bought. */
  readonly #bought = new Map<string, number>();

  constructor(file: ScenarioFile) {
    this.#file = file;
  }

  plan(file: string): Scenario {
    const { title, summary, currency, seed, start } = this.#file;
    const preset = this.#preset();
    const merchants = Object.entries(this.#file.merchants).map(([id, merchant]) => ({
      id,
      name: merchant.name,
      cap: BigInt(merchant.cap ?? 0),
      programs: Object.entries(merchant.programs).map(([name, program]) => this.#program(id, name, program, preset)),
    }));
    if (merchants.length === 0) this.#report("merchants", {}, "describe at least one merchant");
    const consumers = Object.entries(this.#file.consumers).map(([id, { name }]) => ({ id, name }));
    const crowds = Object.entries(this.#file.crowds).flatMap(([id, crowd]) => this.#crowd(id, crowd));
    const acts = this.#acts(preset);
    return {
      file,
      title,
      summary,
      currency,
      currencyDecimals: preset?.currencyDecimals ?? 0,
      // A scenario with problems is never handed out.
      preset: preset as Preset,
      start: BigInt(Date.parse(`${start}T00:00:00Z`) / 1000),
      seed,
      merchants,
      consumers,
      crowds,
      acts,
    };
  }

  #report(path: string, value: unknown, remedy: string): void {
    this.problems.push({ path, value, remedy });
  }

  /** Reports a name that is not among `known`. */
  #lookUp(path: string, name: string, known: Iterable<string>, what: string): void {
    const names = [...known];
    const list = names.length === 0 ? `there is no ${what} to choose from` : `choose one of ${names.join(", ")}`;
    this.#report(path, name, `there is no such ${what}; ${list}`);
  }

  #preset(): Preset | undefined {
    const named = [
      { path: "preset", name: this.#file.preset },
      ...this.#file.overlays.map((name, i) => ({ path: `overlays[${i}]`, name })),
    ];
    let result: Preset | undefined;
    for (const { path, name } of named) {
      const preset = presets.get(name);
      if (preset === undefined) {
        this.#lookUp(path, name, presets.keys(), "rule set in data/presets.json");
      } else if (preset.currency !== this.#file.currency) {
        this.#report("currency", this.#file.currency, `${name} is in ${preset.currency}, use that or another rule set`);
      } else {
        result = result === undefined ? preset : overlaid(result, preset);
      }
    }
    return result;
  }

  #program(merchant: string, name: string, file: ProgramFile, preset: Preset | undefined): Program {
    const path = `merchants.${merchant}.programs.${name}`;
    const common = { reference: `${merchant}/${name}`, merchant, name: file.name, bearer: file.bearer };
    const policy = preset === undefined ? undefined : policyOf(preset);
    const dearest = (price: bigint) => (price * (policy?.maxListBps ?? 0n)) / 10_000n;
    let program: Program;
    switch (file.kind) {
      case "storedValue": {
        const { price = 0n, face = 0n } = file;
        program = { ...common, kind: "StoredValue", price, units: face, listPrice: face };
        if ((price === 0n) !== (face === 0n)) {
          this.#report(`${path}.face`, file.face && plain(face), "give both price and face, or neither for any amount");
        } else if (policy !== undefined && (face < price || face > dearest(price))) {
          const bonus = `${plain(price)} to ${plain(dearest(price))}`;
          this.#report(`${path}.face`, plain(face), `use ${bonus}, for the preset limits the bonus`);
        }
        break;
      }
      case "session": {
        const { price, visits, listPrice = price } = file;
        program = { ...common, kind: "Session", price, units: BigInt(visits), listPrice };
        if (policy === undefined) break;
        if (policy.maxSessions !== 0n && program.units > policy.maxSessions) {
          this.#report(`${path}.visits`, visits, `the preset allows ${policy.maxSessions} at most`);
        }
        if (listPrice < price || listPrice > dearest(price)) {
          const range = `${plain(price)} to ${plain(dearest(price))}`;
          this.#report(`${path}.listPrice`, plain(listPrice), `use ${range}, for the preset limits the list price`);
        }
        break;
      }
      case "pass": {
        const { price, days } = file;
        program = { ...common, kind: "Term", price, units: BigInt(days) * DAY, listPrice: price };
        if (policy !== undefined && policy.maxTerm !== 0n && program.units > policy.maxTerm) {
          this.#report(`${path}.days`, days, `the preset allows ${policy.maxTerm / DAY} at most`);
        }
        break;
      }
    }
    if (policy?.rejectOverLimit === true) {
      const limit = program.bearer ? policy.maxBearer : policy.maxNamed;
      if (limit !== 0n && program.price > limit) {
        this.#report(`${path}.price`, plain(program.price), `the preset allows no card over ${plain(limit)}`);
      }
    }
    this.#programs.set(program.reference, program);
    return program;
  }

  #crowd(id: string, crowd: ScenarioFile["crowds"][string]): Crowd[] {
    const path = `crowds.${id}`;
    const program = this.#programs.get(crowd.program);
    if (program === undefined) {
      this.#lookUp(`${path}.program`, crowd.program, this.#programs.keys(), "program");
      return [];
    }
    const principal = this.#principal(path, program, crowd.amount);
    this.#bought.set(id, 0);
    return [{ id, name: crowd.name, program, count: crowd.count, principal }];
  }

  /** What a card of a program costs; `amount` says it for a program of any amount, and for no other. */
  #principal(path: string, program: Program, amount: bigint | undefined): bigint {
    if (program.price !== 0n && amount !== undefined) {
      const remedy = `${program.reference} has a fixed price, so leave it out`;
      this.#report(`${path}.amount`, plain(amount), remedy);
    }
    if (program.price === 0n && amount === undefined) {
      this.#report(`${path}.amount`, undefined, `${program.reference} takes any amount, so say which`);
    }
    return program.price === 0n ? (amount ?? 0n) : program.price;
  }

  /* STEPS */

  #acts(preset: Preset | undefined): Act[] {
    let today = 0;
    return this.#file.acts.map((act, a) => ({
      title: act.title,
      text: act.text,
      steps: act.steps.map((step, s) => {
        const path = `acts[${a}].steps[${s}]`;
        if (step.day !== undefined && step.day < today) {
          this.#report(`${path}.day`, step.day, `the step before is on day ${today}, so use that day or a later one`);
        }
        today = Math.max(today, step.day ?? today);
        this.#step(path, today, step, preset);
        return { path, day: today, step };
      }),
    }));
  }

  #step(path: string, today: number, step: Step, preset: Preset | undefined): void {
    switch (step.do) {
      case "buy":
        this.#buy(path, today, step);
        break;
      case "crowdBuys":
        this.#crowdBuys(path, step);
        break;
      case "visit":
        this.#visit(path, step);
        break;
      case "crowdVisits":
        this.#crowdVisits(path, step);
        break;
      case "requestExit":
      case "cancelExit":
        this.#openCard(path, step.card);
        break;
      case "executeExit":
      case "refundCard": {
        const card = this.#openCard(path, step.card);
        if (card !== undefined && step.refused === undefined) card.closedOnDay = today;
        break;
      }
      case "refundAll":
        this.#merchant(path, step.merchant);
        if (step.refused !== undefined) break;
        for (const card of this.#cards.values()) {
          if (card.program.merchant === step.merchant) card.closedOnDay ??= today;
        }
        break;
      case "flagDefault":
        this.#merchant(path, step.merchant);
        if (step.serviceStoppedDay > today) {
          const remedy = `service cannot have stopped after the flag on day ${today}, so use that day or an earlier one`;
          this.#report(`${path}.serviceStoppedDay`, step.serviceStoppedDay, remedy);
        }
        break;
      case "startRunOff": {
        this.#merchant(path, step.merchant);
        const last = today + (preset?.policy.runOffNoticeDays ?? 0) - 1;
        if (step.lastServiceDay < today || step.lastServiceDay > last) {
          const remedy = `use a day from ${today} to ${last}, within the notice the preset asks for`;
          this.#report(`${path}.lastServiceDay`, step.lastServiceDay, remedy);
        }
        break;
      }
      case "settle":
      case "payOut":
      case "accrue":
      case "suspend":
      case "resume":
      case "withdrawDefault":
      case "closeMerchant":
        this.#merchant(path, step.merchant);
        break;
    }
  }

  #merchant(path: string, id: string): void {
    const { merchants } = this.#file;
    if (!Object.hasOwn(merchants, id)) this.#lookUp(`${path}.merchant`, id, Object.keys(merchants), "merchant");
  }

  #consumer(path: string, id: string): void {
    const { consumers } = this.#file;
    if (!Object.hasOwn(consumers, id)) this.#lookUp(path, id, Object.keys(consumers), "consumer");
  }

  #openCard(path: string, name: string): PlannedCard | undefined {
    const card = this.#cards.get(name);
    if (card === undefined) {
      this.#lookUp(`${path}.card`, name, this.#cards.keys(), "card bought by an earlier step");
      return undefined;
    }
    if (card.closedOnDay !== undefined) {
      this.#report(`${path}.card`, name, `that card was closed on day ${card.closedOnDay}, so use another or drop the step`);
      return undefined;
    }
    return card;
  }

  #buy(path: string, today: number, step: StepOf<"buy">): void {
    this.#consumer(`${path}.consumer`, step.consumer);
    if (step.paidBy !== undefined) this.#consumer(`${path}.paidBy`, step.paidBy);
    const program = this.#programs.get(step.program);
    if (program === undefined) {
      this.#lookUp(`${path}.program`, step.program, this.#programs.keys(), "program");
      return;
    }
    const principal = this.#principal(path, program, step.amount);
    if (step.startsOnDay !== undefined) {
      if (program.kind !== "Term") {
        this.#report(`${path}.startsOnDay`, step.startsOnDay, `only a pass can start later, so leave it out`);
      } else if (step.startsOnDay <= today) {
        const remedy = `the purchase is on day ${today}, so use a later day or leave it out`;
        this.#report(`${path}.startsOnDay`, step.startsOnDay, remedy);
      }
    }
    if (this.#cards.has(step.card)) {
      this.#report(`${path}.card`, step.card, "an earlier step has bought a card of this name, so use another");
      return;
    }
    if (step.refused !== undefined) return;
    const face = program.units === 0n ? principal : program.units;
    this.#cards.set(step.card, { program, face, used: 0n, closedOnDay: undefined });
  }

  #crowdBuys(path: string, step: StepOf<"crowdBuys">): void {
    const bought = this.#crowdShare(path, step.crowd);
    if (bought === undefined) return;
    if (bought + step.percent > 100) {
      this.#report(`${path}.percent`, step.percent, `${bought} % have bought already, so ${100 - bought} is the most`);
    }
    this.#bought.set(step.crowd, bought + step.percent);
  }

  #crowdShare(path: string, id: string): number | undefined {
    const bought = this.#bought.get(id);
    if (bought === undefined) this.#lookUp(`${path}.crowd`, id, this.#bought.keys(), "crowd");
    return bought;
  }

  #crowdVisits(path: string, step: StepOf<"crowdVisits">): void {
    const bought = this.#crowdShare(path, step.crowd);
    if (bought === undefined) return;
    if (bought === 0) this.#report(`${path}.crowd`, step.crowd, "nobody of this crowd has bought, so add crowdBuys before");
    const program = this.#programs.get(this.#file.crowds[step.crowd]?.program ?? "");
    if (program?.kind === "Term") {
      this.#report(`${path}.crowd`, step.crowd, "a pass is consumed by time, so use accrue instead");
    }
    if (program?.kind === "StoredValue" && step.spend === undefined) {
      this.#report(`${path}.spend`, undefined, `${program.reference} is spent in money, so say how much a visit costs`);
    }
    if (program?.kind === "Session" && step.spend !== undefined) {
      this.#report(`${path}.spend`, step.spend, `${program.reference} counts visits, so leave it out`);
    }
    for (const name of ["visits", "spend"] as const) {
      const range = step[name];
      if (range !== undefined && range.min > range.max) {
        this.#report(`${path}.${name}.min`, range.min, `use at most ${range.max}, the max beside it`);
      }
    }
  }

  #visit(path: string, step: StepOf<"visit">): void {
    const card = this.#openCard(path, step.card);
    if (card === undefined) return;
    const { kind, reference } = card.program;
    if (kind === "Term") {
      this.#report(`${path}.card`, step.card, "a pass is consumed by time, so use accrue instead");
      return;
    }
    if (kind === "StoredValue" && (step.spend === undefined || step.visits !== undefined)) {
      const [name, value] = step.spend === undefined ? ["spend", undefined] : ["visits", step.visits];
      this.#report(`${path}.${name}`, value, `${reference} is spent in money, so use spend and not visits`);
      return;
    }
    if (kind === "Session" && step.spend !== undefined) {
      this.#report(`${path}.spend`, plain(step.spend), `${reference} counts visits, so use visits and not spend`);
      return;
    }
    const left = card.face - card.used;
    const units = step.spend ?? BigInt(step.visits ?? 1);
    if (units > left) {
      const [name, value, rest] =
        step.spend === undefined ? ["visits", step.visits ?? 1, left] : ["spend", plain(step.spend), plain(left)];
      this.#report(`${path}.${name}`, value, `${rest} are left on the card, so use no more`);
    }
    card.used += units;
  }
}

/** A rule set with the fields another one states. */
function overlaid(base: Preset, overlay: Preset): Preset {
  const stated = Object.fromEntries(overlay.stated.map((field) => [field, overlay.policy[field]]));
  return {
    ...base,
    name: `${base.name} + ${overlay.name}`,
    policy: { ...base.policy, ...stated },
    stated: [...new Set([...base.stated, ...overlay.stated])],
  };
}

function policyOf(preset: Preset): Policy {
  // Any address will do to learn the numbers.
  return policyFromPreset(preset, `0x${"11".repeat(20)}`, TOKEN_DECIMALS);
}

/** An amount as a scenario writes it. */
function plain(amount: bigint): string {
  return formatUnits(amount, TOKEN_DECIMALS).replace(/\.0$/, "");
}

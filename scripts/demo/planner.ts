import { formatUnits } from "ethers";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { DAY } from "../../src/contracts/policy.js";
import type { Policy } from "../../src/contracts/policy.js";
import {
  PresetFieldError,
  PresetRuleUnknownError,
  PresetUnknownError,
  depositRuleFromPreset,
  findPreset,
  policyFromPreset,
} from "../../src/presets/index.js";
import type { Preset } from "../../src/presets/index.js";
import type { Act, Claimants, Crowd, Program, Scenario } from "./model.js";
import { TOKEN_DECIMALS } from "./scenario.js";
import type { ProgramFile, ScenarioFile, ScenarioStep, StepOf } from "./scenario.js";

/** Days from the placing of a surety to its end. */
const SURETY_DAYS = { min: 31, max: 3_650 } as const;

/** A problem with one value of a scenario file. */
export interface Problem {
  /** Place in the file, such as `acts[2].steps[0].card`. */
  readonly path: string;
  readonly value: unknown;
  /** The allowed values, as the end of a sentence. */
  readonly remedy: string;
}

/** The value at a path of a file; `undefined` if there is none. */
export function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
}

/** A preset, and its policy on chain. */
export interface Rules {
  readonly preset: Preset;
  /** Without a token: only its numbers are used. */
  readonly policy: Policy;
}

/** The rules of every merchant of a scenario. */
export interface AllRules {
  /** Those of the scenario. */
  readonly common: Rules;
  /** Those of merchants with their own preset. */
  readonly own: ReadonlyMap<string, Rules>;
}

/** The rules of a scenario, or the problem with them. */
export function rulesOf({ preset, currency, merchants }: ScenarioFile): AllRules | Problem {
  const common = rulesNamed(preset, currency, "preset");
  if ("remedy" in common) return common;
  const own = new Map<string, Rules>();
  for (const [id, merchant] of Object.entries(merchants)) {
    if (merchant.preset === undefined) continue;
    const rules = rulesNamed(merchant.preset, currency, `merchants.${id}.preset`);
    if ("remedy" in rules) return rules;
    own.set(id, rules);
  }
  return { common, own };
}

function rulesNamed(name: string, currency: string, path: string): Rules | Problem {
  try {
    const preset = findPreset(name);
    if (preset.currency !== currency) {
      return { path: "currency", value: currency, remedy: `${name} is in ${preset.currency}, so use that` };
    }
    return { preset, policy: policyFromPreset(preset, `0x${"11".repeat(20)}`, TOKEN_DECIMALS) };
  } catch (error) {
    return { path, value: name, remedy: explain(error) };
  }
}

/** The remedy for a preset that cannot be used. */
function explain(error: unknown): string {
  if (error instanceof PresetUnknownError) {
    return `data/presets.json has no ${error.preset}; choose one of ${error.known.join(", ")}`;
  }
  if (error instanceof PresetRuleUnknownError) {
    return error.known.length === 0
      ? `${error.preset} has no deposit rules, so name another preset in preset`
      : `${error.preset} has no such deposit rule; choose one of ${error.known.join(", ")}`;
  }
  if (error instanceof InvalidInputError) return error.remedy;
  if (error instanceof PresetFieldError) {
    return `${error.field} would be ${error.value}, and the contracts take ${error.min} to ${error.max} ${error.unit}`;
  }
  throw error;
}

/** A named card in the plan. */
interface PlannedCard {
  readonly program: Program;
  readonly holder: string;
  readonly face: bigint;
  used: bigint;
  /** The next holder, if a move is pending. */
  movesTo: string | undefined;
  closedOnDay: number | undefined;
}

/**
 * Makes the checks that need several fields: references, the order of days and purchases, the limits of the preset.
 */
export class Planner {
  /** The problems of the scenario, in the order of the file. */
  readonly problems: Problem[] = [];

  readonly #file: ScenarioFile;
  readonly #data: unknown;
  readonly #rules: AllRules;
  readonly #programs = new Map<string, Program>();
  readonly #cards = new Map<string, PlannedCard>();
  /** The recovery address of each consumer who has named one. */
  readonly #recoveries = new Map<string, string>();
  /** Percent of each crowd that has bought. */
  readonly #bought = new Map<string, number>();
  /** The merchants whose list of claims has been published. */
  readonly #published = new Set<string>();

  /**
   * @param file The scenario, whose fields are valid each by itself.
   * @param data The parsed JSON of the file.
   * @param rules See {@link rulesOf}.
   */
  constructor(file: ScenarioFile, data: unknown, rules: AllRules) {
    this.#file = file;
    this.#data = data;
    this.#rules = rules;
  }

  /** Makes the scenario. It is valid only if {@link problems} is empty after the call. */
  plan(file: string): Scenario {
    const { title, summary, currency, seed, start } = this.#file;
    const merchants = Object.entries(this.#file.merchants).map(([id, merchant]) => ({
      id,
      name: merchant.name,
      cap: BigInt(merchant.cap ?? 0),
      preset: this.#rulesFor(id).preset,
      programs: Object.entries(merchant.programs).map(([name, program]) => this.#program(id, name, program)),
    }));
    if (merchants.length === 0) this.#report("merchants", "describe at least one merchant");
    const consumers = Object.entries(this.#file.consumers).map(([id, { name }]) => ({ id, name }));
    const crowds = Object.entries(this.#file.crowds).flatMap(([id, crowd]) => this.#crowd(id, crowd));
    const parties = Object.entries(this.#file.parties).map(([id, { name }]) => ({ id, name }));
    const claimants = Object.entries(this.#file.claimants).map(([id, people]) => this.#claimants(id, people));
    const acts = this.#acts();
    return {
      file,
      title,
      summary,
      currency,
      currencyDecimals: this.#rules.common.preset.currencyDecimals,
      preset: this.#rules.common.preset,
      start: BigInt(Date.parse(`${start}T00:00:00Z`) / 1000),
      seed,
      merchants,
      consumers,
      crowds,
      parties,
      claimants,
      acts,
    };
  }

  #rulesFor(merchant: string): Rules {
    return this.#rules.own.get(merchant) ?? this.#rules.common;
  }

  #report(path: string, remedy: string): void {
    this.problems.push({ path, value: valueAt(this.#data, path.split(/[.[\]]+/)), remedy });
  }

  /** Reports a name that is not among `known`. */
  #reportUnknown(path: string, known: Iterable<string>, what: string): void {
    const names = [...known];
    const list = names.length === 0 ? `there is no ${what} to choose from` : `choose one of ${names.join(", ")}`;
    this.#report(path, `there is no such ${what}; ${list}`);
  }

  #program(merchant: string, name: string, file: ProgramFile): Program {
    const path = `merchants.${merchant}.programs.${name}`;
    const common = { reference: `${merchant}/${name}`, merchant, name: file.name, bearer: file.bearer };
    const { policy } = this.#rulesFor(merchant);
    const dearest = (price: bigint) => (price * policy.maxListBps) / 10_000n;
    let program: Program;
    switch (file.kind) {
      case "storedValue": {
        const { price = 0n, face = 0n } = file;
        program = { ...common, kind: "StoredValue", price, units: face, listPrice: face };
        if ((price === 0n) !== (face === 0n)) {
          this.#report(`${path}.face`, "give both price and face, or neither for any amount");
        } else if (face < price || face > dearest(price)) {
          const bonus = `${plain(price)} to ${plain(dearest(price))}`;
          this.#report(`${path}.face`, `use ${bonus}, for the preset limits the bonus`);
        }
        break;
      }
      case "count": {
        const { price, visits, listPrice = price } = file;
        program = { ...common, kind: "Count", price, units: BigInt(visits), listPrice };
        if (policy.maxCount !== 0n && program.units > policy.maxCount) {
          this.#report(`${path}.visits`, `the preset allows ${policy.maxCount} at most`);
        }
        if (listPrice < price || listPrice > dearest(price)) {
          const range = `${plain(price)} to ${plain(dearest(price))}`;
          this.#report(`${path}.listPrice`, `use ${range}, for the preset limits the list price`);
        }
        break;
      }
      case "pass": {
        const { price, days } = file;
        program = { ...common, kind: "Pass", price, units: BigInt(days) * DAY, listPrice: price };
        if (policy.maxPassTerm !== 0n && program.units > policy.maxPassTerm) {
          this.#report(`${path}.days`, `the preset allows ${policy.maxPassTerm / DAY} at most`);
        }
        break;
      }
    }
    if (policy.rejectOverLimit) {
      const limit = program.bearer ? policy.maxBearer : policy.maxNamed;
      if (limit !== 0n && program.price > limit) {
        this.#report(`${path}.price`, `the preset allows no card over ${plain(limit)}`);
      }
    }
    this.#programs.set(program.reference, program);
    return program;
  }

  #crowd(id: string, crowd: ScenarioFile["crowds"][string]): Crowd[] {
    const path = `crowds.${id}`;
    const program = this.#programs.get(crowd.program);
    if (program === undefined) {
      this.#reportUnknown(`${path}.program`, this.#programs.keys(), "program");
      return [];
    }
    const principal = this.#principal(path, program, crowd.amount);
    this.#bought.set(id, 0);
    return [{ id, name: crowd.name, program, count: crowd.count, principal }];
  }

  #claimants(id: string, people: ScenarioFile["claimants"][string]): Claimants {
    const path = `claimants.${id}`;
    this.#merchant(path, people.merchant);
    if (people.owed.min > people.owed.max) {
      this.#report(`${path}.owed.min`, `use at most ${people.owed.max}, the max beside it`);
    }
    return { id, ...people };
  }

  /** The price of a card. An open amount needs `amount`, and no other program may have it. */
  #principal(path: string, program: Program, amount: bigint | undefined): bigint {
    if (program.price !== 0n && amount !== undefined) {
      const remedy = `${program.reference} has a fixed price, so leave it out`;
      this.#report(`${path}.amount`, remedy);
    }
    if (program.price === 0n && amount === undefined) {
      this.#report(`${path}.amount`, `${program.reference} takes any amount, so say which`);
    }
    return program.price === 0n ? (amount ?? 0n) : program.price;
  }

  /* STEPS */

  #acts(): Act[] {
    let today = 0;
    return this.#file.acts.map((act, a) => ({
      title: act.title,
      text: act.text,
      steps: act.steps.map((step, s) => {
        const path = `acts[${a}].steps[${s}]`;
        if (step.day !== undefined && step.day < today) {
          this.#report(`${path}.day`, `the step before is on day ${today}, so use that day or a later one`);
        }
        today = Math.max(today, step.day ?? today);
        this.#step(path, today, step);
        return { path, day: today, step };
      }),
    }));
  }

  #step(path: string, today: number, step: ScenarioStep): void {
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
      case "extendPass":
      case "resolveByExtension": {
        const card = this.#openCard(path, step.card);
        if (card !== undefined && card.program.kind !== "Pass") {
          this.#report(`${path}.card`, "only a pass can be extended, so use another card or drop the step");
        }
        break;
      }
      case "endComplaint":
      case "requestExit":
      case "cancelExit":
      case "complain":
      case "contestExit":
      case "consentMove":
      case "cancelMove":
        this.#openCard(path, step.card);
        break;
      case "executeExit":
      case "executeDispute":
      case "refundCard": {
        const card = this.#openCard(path, step.card);
        if (card !== undefined && step.refused === undefined) card.closedOnDay = today;
        break;
      }
      case "resolve": {
        const card = this.#openCard(path, step.card);
        if (!step.upheld && step.award !== undefined) {
          this.#report(`${path}.award`, "a dismissal awards nothing, so leave it out");
        }
        if (card !== undefined && step.upheld && step.refused === undefined) card.closedOnDay = today;
        break;
      }
      case "setRecovery":
        this.#consumer(`${path}.consumer`, step.consumer);
        this.#consumer(`${path}.recovery`, step.recovery);
        if (step.refused === undefined) this.#recoveries.set(step.consumer, step.recovery);
        break;
      case "requestMove": {
        const card = this.#openCard(path, step.card);
        this.#consumer(`${path}.to`, step.to);
        if (card === undefined) break;
        if (step.byRecovery && !this.#recoveries.has(card.holder)) {
          this.#report(`${path}.byRecovery`, "the holder has named no recovery address, so add setRecovery before");
        }
        if (step.refused === undefined) card.movesTo = step.to;
        break;
      }
      case "executeMove": {
        const card = this.#openCard(path, step.card);
        if (card === undefined || step.refused !== undefined) break;
        if (card.movesTo === undefined) {
          this.#report(`${path}.card`, "nobody has asked to move that card, so add requestMove before");
        } else if (this.#cards.has(step.as)) {
          this.#report(`${path}.as`, "an earlier step has a card of this name, so use another");
        } else {
          card.closedOnDay = today;
          this.#cards.set(step.as, { ...card, holder: card.movesTo, movesTo: undefined, closedOnDay: undefined });
        }
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
          this.#report(`${path}.serviceStoppedDay`, remedy);
        }
        break;
      case "startRunOff": {
        this.#merchant(path, step.merchant);
        const last = today + this.#rulesFor(step.merchant).preset.policy.runOffNoticeDays - 1;
        if (step.lastServiceDay < today || step.lastServiceDay > last) {
          const remedy = `use a day from ${today} to ${last}, within the notice the preset asks for`;
          this.#report(`${path}.lastServiceDay`, remedy);
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
      case "withdraw":
      case "refreshWarnings":
      case "paySurplus":
        this.#merchant(path, step.merchant);
        break;
      case "setDepositRule":
        this.#merchant(path, step.merchant);
        this.#depositRule(path, today, step);
        break;
      case "reportOutstanding":
        this.#merchant(path, step.merchant);
        if (step.asOfDay !== undefined && step.asOfDay > today) {
          this.#report(
            `${path}.asOfDay`,
            `nobody can know a later balance on day ${today}, so use that day or an earlier one`,
          );
        }
        break;
      case "deposit":
        this.#merchant(path, step.merchant);
        if (step.from !== undefined) this.#party(`${path}.from`, step.from);
        break;
      case "nameSurety":
      case "takeBackSurety":
        this.#merchant(path, step.merchant);
        this.#party(`${path}.party`, step.party);
        break;
      case "placeSurety": {
        this.#merchant(path, step.merchant);
        this.#party(`${path}.party`, step.party);
        const [first, last] = [today + SURETY_DAYS.min, today + SURETY_DAYS.max];
        if (step.endDay < first || step.endDay > last) {
          this.#report(`${path}.endDay`, `use a day from ${first} to ${last}, as the register asks`);
        }
        break;
      }
      case "publishClaims":
        this.#merchant(path, step.merchant);
        this.#publishClaims(path, step);
        break;
      case "claimAll":
        this.#merchant(path, step.merchant);
        if (!this.#published.has(step.merchant)) {
          this.#report(`${path}.merchant`, "no list of claims on it has been published, so add publishClaims before");
        }
        break;
    }
  }

  #depositRule(path: string, today: number, step: StepOf<"setDepositRule">): void {
    if (step.cureByDay < today) {
      this.#report(`${path}.cureByDay`, `the step is on day ${today}, so use that day or a later one`);
    }
    let { preset } = this.#rulesFor(step.merchant);
    if (step.preset !== undefined) {
      const rules = rulesNamed(step.preset, this.#file.currency, `${path}.preset`);
      if ("remedy" in rules) {
        const { currency } = this.#file;
        const remedy = rules.path === "currency" ? `that preset is not in ${currency}, so name another` : rules.remedy;
        this.#report(`${path}.preset`, remedy);
        return;
      }
      ({ preset } = rules);
    }
    try {
      depositRuleFromPreset(preset, step.rule, TOKEN_DECIMALS);
    } catch (error) {
      this.#report(`${path}.rule`, explain(error));
    }
  }

  #publishClaims(path: string, step: StepOf<"publishClaims">): void {
    const { claimants } = this.#file;
    const people = Object.hasOwn(claimants, step.claimants) ? claimants[step.claimants] : undefined;
    if (people === undefined) {
      this.#reportUnknown(`${path}.claimants`, Object.keys(claimants), "group of claimants");
    } else if (people.merchant !== step.merchant) {
      this.#report(
        `${path}.claimants`,
        `they bought from ${people.merchant}, so name that merchant or other claimants`,
      );
    } else if (step.refused === undefined) {
      this.#published.add(step.merchant);
    }
  }

  #party(path: string, id: string): void {
    const { parties } = this.#file;
    if (!Object.hasOwn(parties, id)) this.#reportUnknown(path, Object.keys(parties), "party");
  }

  #merchant(path: string, id: string): void {
    const { merchants } = this.#file;
    if (!Object.hasOwn(merchants, id)) this.#reportUnknown(`${path}.merchant`, Object.keys(merchants), "merchant");
  }

  #consumer(path: string, id: string): void {
    const { consumers } = this.#file;
    if (!Object.hasOwn(consumers, id)) this.#reportUnknown(path, Object.keys(consumers), "consumer");
  }

  #openCard(path: string, name: string): PlannedCard | undefined {
    const card = this.#cards.get(name);
    if (card === undefined) {
      this.#reportUnknown(`${path}.card`, this.#cards.keys(), "card bought by an earlier step");
      return undefined;
    }
    if (card.closedOnDay !== undefined) {
      this.#report(`${path}.card`, `that card was closed on day ${card.closedOnDay}, so use another or drop the step`);
      return undefined;
    }
    return card;
  }

  #buy(path: string, today: number, step: StepOf<"buy">): void {
    this.#consumer(`${path}.consumer`, step.consumer);
    if (step.paidBy !== undefined) this.#consumer(`${path}.paidBy`, step.paidBy);
    const program = this.#programs.get(step.program);
    if (program === undefined) {
      this.#reportUnknown(`${path}.program`, this.#programs.keys(), "program");
      return;
    }
    const principal = this.#principal(path, program, step.amount);
    if (step.startsOnDay !== undefined) {
      if (program.kind !== "Pass") {
        this.#report(`${path}.startsOnDay`, `only a pass can start later, so leave it out`);
      } else if (step.startsOnDay <= today) {
        const remedy = `the purchase is on day ${today}, so use a later day or leave it out`;
        this.#report(`${path}.startsOnDay`, remedy);
      }
    }
    if (this.#cards.has(step.card)) {
      this.#report(`${path}.card`, "an earlier step has bought a card of this name, so use another");
      return;
    }
    if (step.refused !== undefined) return;
    // A missing amount is reported already. The card then has no limit, so that it is not reported again.
    const face = program.units === 0n ? principal || 2n ** 88n : program.units;
    const holder = step.consumer;
    this.#cards.set(step.card, { program, holder, face, used: 0n, movesTo: undefined, closedOnDay: undefined });
  }

  #crowdBuys(path: string, step: StepOf<"crowdBuys">): void {
    const bought = this.#crowdShare(path, step.crowd);
    if (bought === undefined) return;
    if (bought + step.percent > 100) {
      this.#report(`${path}.percent`, `${bought} % have bought already, so ${100 - bought} is the most`);
    }
    if (step.refused === undefined) this.#bought.set(step.crowd, bought + step.percent);
  }

  #crowdShare(path: string, id: string): number | undefined {
    const bought = this.#bought.get(id);
    if (bought === undefined) this.#reportUnknown(`${path}.crowd`, this.#bought.keys(), "crowd");
    return bought;
  }

  #crowdVisits(path: string, step: StepOf<"crowdVisits">): void {
    const bought = this.#crowdShare(path, step.crowd);
    if (bought === undefined) return;
    if (bought === 0) this.#report(`${path}.crowd`, "nobody of this crowd has bought, so add crowdBuys before");
    const program = this.#programs.get(this.#file.crowds[step.crowd]?.program ?? "");
    if (program?.kind === "Pass") {
      this.#report(`${path}.crowd`, "a pass is consumed by time, so use accrue instead");
    }
    if (program?.kind === "StoredValue" && step.spend === undefined) {
      this.#report(`${path}.spend`, `${program.reference} is spent in money, so say how much a visit costs`);
    }
    if (program?.kind === "Count" && step.spend !== undefined) {
      this.#report(`${path}.spend`, `${program.reference} counts visits, so leave it out`);
    }
    for (const name of ["visits", "spend"] as const) {
      const range = step[name];
      if (range !== undefined && range.min > range.max) {
        this.#report(`${path}.${name}.min`, `use at most ${range.max}, the max beside it`);
      }
    }
  }

  #visit(path: string, step: StepOf<"visit">): void {
    const card = this.#openCard(path, step.card);
    if (card === undefined) return;
    const { kind, reference } = card.program;
    if (kind === "Pass") {
      this.#report(`${path}.card`, "a pass is consumed by time, so use accrue instead");
      return;
    }
    if (kind === "StoredValue" && (step.spend === undefined || step.visits !== undefined)) {
      const name = step.spend === undefined ? "spend" : "visits";
      this.#report(`${path}.${name}`, `${reference} is spent in money, so use spend and not visits`);
      return;
    }
    if (kind === "Count" && step.spend !== undefined) {
      this.#report(`${path}.spend`, `${reference} counts visits, so use visits and not spend`);
      return;
    }
    const left = card.face - card.used;
    const units = step.spend ?? BigInt(step.visits ?? 1);
    if (units > left) {
      const name = step.spend !== undefined ? "spend" : step.visits !== undefined ? "visits" : "card";
      this.#report(`${path}.${name}`, `${kind === "Count" ? left : plain(left)} are left on the card, so use no more`);
    }
    card.used += units;
  }
}

/** An amount in the form of a scenario. */
function plain(amount: bigint): string {
  return formatUnits(amount, TOKEN_DECIMALS).replace(/\.0$/, "");
}

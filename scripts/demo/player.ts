import type { NetworkConnection, NetworkManager } from "hardhat/types/network";

import type { MerchantStatusName } from "../../src/contracts/enums.js";
import { findRevert } from "../../src/contracts/reverts.js";
import { TillError } from "../../src/till/index.js";
import type { DecodedEvent } from "../../src/contracts/events.js";
import { DAY } from "../../src/contracts/policy.js";
import { warningUnits } from "../../src/contracts/warnings.js";
import type { Progress } from "./acts/action.js";
import { attemptOf, playStep } from "./acts/index.js";
import { openForBusiness } from "./acts/opening.js";
import { Cast } from "./cast.js";
import { StepError } from "./errors.js";
import { DemoLedger } from "./ledger.js";
import type { Page } from "./ledger.js";
import type { Act, PlannedStep, Scenario } from "./model.js";
import { counted, grouped } from "./money.js";
import { isRefusal, refusals } from "./refusals.js";
import type { Refusal } from "./refusals.js";
import { requireReconciled } from "./reconciliation.js";
import type { Difference } from "./reconciliation.js";
import { claimantsResults, consumerResults, crowdResults, holderName, merchantResults } from "./result.js";
import type { ActResult, MerchantResult, StepResult, DemoResult, WarningResult } from "./result.js";
import { TOKEN_DECIMALS } from "./scenario.js";
import { WarningWatch } from "./watch.js";
import type { WarningEvent } from "./watch.js";
import { World } from "./world.js";
import type { Addresses, DepositStanding, RegisteredMerchant } from "./world.js";

export type { Progress } from "./acts/action.js";

/** Prints the demo while it is played. */
export interface Narrator {
  /** Called first. */
  begin(scenario: Scenario): void;
  /** Does work that takes a moment; `done` returns the text about its result. */
  prepare<Result>(attempt: string, work: () => Promise<Result>, done: (result: Result) => string): Promise<Result>;
  /** Called when the merchants are registered and can sell. */
  opened(world: World): void;
  beginAct(number: number, act: Act, scenario: Scenario): void;
  /** Plays one step: `play` returns its result. */
  step(day: number, attempt: string, play: (progress: Progress) => Promise<PlayedStep>): Promise<void>;
  /** Called with each warning, after the regulator's subscription has received it. */
  warn(warning: WarningResult): void;
  /** Called after an act with the movements in it. */
  endAct(world: World, page: Page, standings: readonly MerchantStanding[]): void;
  finish(world: World, result: DemoResult): void;
}

/** A merchant at the end of an act. */
export interface MerchantStanding {
  readonly merchant: RegisteredMerchant;
  readonly status: MerchantStatusName;
  /** At the deposit register; `undefined` without a deposit. */
  readonly deposit: DepositStanding | undefined;
}

/** The result of a step, as the narrator prints it. */
export interface PlayedStep {
  readonly text: string;
  /** Whether the contracts refused the step, as the scenario expected. */
  readonly refused: boolean;
}

/** Options of a play. */
export interface PlayOptions {
  /** Opens the books. Default: `new DemoLedger(addresses)`. */
  readonly openLedger?: (addresses: Addresses) => DemoLedger;
}

/**
 * Plays a scenario on a new in-process network.
 *
 * @param network Hardhat's networks; a fresh one is made from `default`.
 * @throws StepError if a contract refuses a step, or accepts one that the scenario expects to be refused.
 * @throws ReconciliationError if a merchant's books do not add up. The whole demo is printed before.
 */
export async function play(
  scenario: Scenario,
  network: NetworkManager,
  narrator: Narrator,
  options: PlayOptions = {},
): Promise<DemoResult> {
  const cast = new Cast(scenario);
  const connection = await openStage(scenario, cast, network);
  try {
    return (await playOn(connection, scenario, cast, narrator, options)).result;
  } finally {
    await connection.close();
  }
}

/** A new in-process network with the accounts of the cast. */
export async function openStage(scenario: Scenario, cast: Cast, network: NetworkManager): Promise<NetworkConnection> {
  return await network.create({
    network: "default",
    override: {
      accounts: cast.accounts(),
      initialDate: new Date(Number(scenario.start) * 1000),
      // A base fee of zero keeps the price of gas from rising with the crowd's transactions.
      initialBaseFeePerGas: 0n,
    },
  });
}

/**
 * {@link play} on a network that stays open. Returns the world after the last step as well.
 *
 * @param connection See {@link openStage}.
 */
export async function playOn(
  connection: NetworkConnection,
  scenario: Scenario,
  cast: Cast,
  narrator: Narrator,
  options: PlayOptions = {},
): Promise<{ readonly world: World; readonly result: DemoResult }> {
  const began = performance.now();
  const openLedger = options.openLedger ?? ((addresses: Addresses) => new DemoLedger(addresses));
  narrator.begin(scenario);
  const world = await narrator.prepare(
    "Deploying the escrow, the deposit register, their role manager and a local token",
    () => World.deploy(scenario, cast, connection, openLedger),
    ({ addresses }) => `The escrow is deployed at ${addresses.escrow}`,
  );
  await narrator.prepare(
    "The regulator registers the merchants",
    () => openForBusiness(world),
    () => `The regulator registers the merchants under ${rulesOf(scenario)}, and they open their tills`,
  );
  await world.keepBooks();
  narrator.opened(world);
  return { world, result: await new Player(world, narrator).play(began) };
}

function rulesOf({ merchants }: Scenario): string {
  const names = [...new Set(merchants.map(({ preset }) => preset.name))];
  return names.length === 1 ? names.join("") : counted(names.length, "preset");
}

class Player {
  readonly #world: World;
  readonly #narrator: Narrator;
  readonly #warnings: WarningResult[] = [];
  #today = 0;

  constructor(world: World, narrator: Narrator) {
    this.#world = world;
    this.#narrator = narrator;
  }

  async play(began: number): Promise<DemoResult> {
    const { scenario } = this.#world;
    const watch = await WarningWatch.begin(this.#world, (event) => {
      this.#hear(event);
    });
    const acts: ActResult[] = [];
    try {
      for (const [i, act] of scenario.acts.entries()) {
        this.#narrator.beginAct(i + 1, act, scenario);
        const steps: StepResult[] = [];
        for (const planned of act.steps) steps.push(await this.#step(planned, watch));
        acts.push({ title: act.title, steps });
        this.#narrator.endAct(this.#world, this.#world.ledger.turnPage(), await this.#standings());
      }
    } finally {
      await watch.stop();
    }
    const result = await this.#result(acts, (performance.now() - began) / 1000);
    this.#narrator.finish(this.#world, result);
    requireReconciled(result.merchants.map(({ name, ...books }) => ({ name, differences: differencesOf(books) })));
    return result;
  }

  async #step(planned: PlannedStep, watch: WarningWatch): Promise<StepResult> {
    const world = this.#world;
    const { chain } = world;
    const { day, step } = planned;
    this.#today = day;
    await chain.beginStep(day);
    let result: StepResult = { day, do: step.do, text: "" };
    await this.#narrator.step(day, attemptOf(world, planned), async (progress) => {
      const refused = await this.#refusalOf(planned, async () => {
        result = { ...result, text: await playStep(world, planned, progress) };
      });
      if (refused !== undefined) {
        result = { ...result, text: `${attemptOf(world, planned)}: refused, ${refusals[refused]}`, refused };
      }
      await watch.caughtUp(await chain.blockNumber());
      return { text: result.text, refused: refused !== undefined };
    });
    await world.keepBooks();
    chain.endStep(day);
    return result;
  }

  /** Runs a step, and returns the refusal if the scenario expects one. */
  async #refusalOf({ path, day, step }: PlannedStep, run: () => Promise<void>): Promise<Refusal | undefined> {
    try {
      await run();
    } catch (error) {
      if (error instanceof TillError) throw new StepError(path, step.do, day, `the till refused: ${error.message}`);
      const revert = findRevert(error);
      if (revert === undefined) throw error;
      this.#world.chain.skipBlock();
      if (revert.name === "RevertError" && revert.revert === step.refused && isRefusal(revert.revert)) {
        return revert.revert;
      }
      const expected = step.refused === undefined ? "" : ` (the scenario expects ${step.refused})`;
      throw new StepError(path, step.do, day, `it was refused${expected}: ${revert.message}`, { cause: error });
    }
    if (step.refused !== undefined) {
      const remedy = `it should have been refused with ${step.refused} and was not; correct the scenario`;
      throw new StepError(path, step.do, day, remedy);
    }
    return undefined;
  }

  async #standings(): Promise<MerchantStanding[]> {
    const world = this.#world;
    const merchants = [...world.merchants.values()];
    return await Promise.all(
      merchants.map(async (merchant) => ({
        merchant,
        status: (await world.onChain(merchant)).status,
        deposit: await world.depositStanding(merchant),
      })),
    );
  }

  #hear(event: WarningEvent): void {
    const merchant = [...this.#world.merchants.values()].find(({ merchantId }) => merchantId === event.args.merchantId);
    if (merchant === undefined) return;
    const { money } = this.#world;
    const place = { day: this.#today, block: event.blockNumber, merchant: merchant.id };
    let warning: WarningResult;
    if (event.name === "WarningCleared") {
      const text = `${event.args.kind} at ${merchant.name}`;
      warning = { ...place, kind: event.args.kind, level: "Cleared", text };
    } else {
      const { kind, level, observed, limit, cardId } = event.args;
      const values = { kind, level, observed, limit, cardId };
      const write = (value: bigint): string => {
        switch (warningUnits[kind]) {
          case "amount":
            return money.full(value);
          case "count":
            return grouped(value);
          case "seconds":
            return counted(value / DAY, "day");
        }
      };
      const text = `${kind} at ${merchant.name}, ${this.#finding(event, write(observed), write(limit))}`;
      warning = { ...place, ...values, text };
    }
    this.#warnings.push(warning);
    this.#narrator.warn(warning);
  }

  /** The finding of a warning, as the rest of a sentence. */
  #finding({ args: { kind, cardId } }: DecodedEvent<"WarningRaised">, observed: string, limit: string): string {
    switch (kind) {
      case "CardOverLimit":
        return `the card of ${holderName(this.#world, cardId)} is ${observed}, over the limit of ${limit}`;
      case "HolderExposure":
        return `the cards of ${holderName(this.#world, cardId)} are ${observed}, over the limit of ${limit}`;
      case "OutstandingCap":
        return `all it owes is ${observed}, over the limit of ${limit}`;
      case "Complaints":
        return `${observed} complaints are open, the limit is ${limit}`;
      case "DepositShort":
        return `the deposit is ${observed}, below the ${limit} that are required`;
      case "SuretyExpiring":
        return `the surety ends in ${observed}; it counts only until ${limit} before`;
      case "ReportOverdue":
        return `nothing has been reported for ${observed}, and ${limit} are allowed`;
    }
  }

  async #result(acts: readonly ActResult[], seconds: number): Promise<DemoResult> {
    const world = this.#world;
    const { addresses, chain, scenario } = world;
    const merchants: MerchantResult[] = await merchantResults(world);
    return {
      scenario: {
        file: scenario.file,
        title: scenario.title,
        preset: scenario.preset.name,
        currency: scenario.currency,
        tokenDecimals: TOKEN_DECIMALS,
        start: scenario.start,
      },
      network: {
        ...addresses,
        ...(await chain.tally()),
        seconds: Math.round(seconds * 10) / 10,
      },
      acts,
      warnings: this.#warnings,
      consumers: await consumerResults(world),
      crowds: crowdResults(world),
      claimants: claimantsResults(world),
      merchants,
      reconciled: merchants.every((merchant) => differencesOf(merchant).every(({ amount }) => amount === 0n)),
    };
  }
}

/** The differences in a merchant's books, which must be zero. Those of the deposit register are included. */
function differencesOf({ reconciliation, deposit }: Pick<MerchantResult, "reconciliation" | "deposit">): Difference[] {
  return [...reconciliation.differences, ...(deposit?.reconciliation.differences ?? [])];
}

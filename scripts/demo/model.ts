import type { ProgramKindName } from "../../src/contracts/enums.js";
import { DAY } from "../../src/contracts/policy.js";
import type { Preset } from "../../src/presets/presets.js";
import type { StepName, StepOf } from "./scenario.js";

/**
 * A scenario that can be played: references are resolved, and amounts are in token base units. The planner finds all problems before the
 * deployment, except for those that only the contracts can find.
 */
export interface Scenario {
  readonly file: string;
  readonly title: string;
  readonly summary: string | undefined;
  readonly currency: string;
  /** Decimals of the currency. */
  readonly currencyDecimals: number;
  /** The preset, its overlays applied. */
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
  /** The preset it is under, its overlays applied. */
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

/** Many people who buy cards of the same program. */
export interface Crowd {
  readonly id: string;
  /** The word for one person. */
  readonly name: string;
  readonly program: Program;
  readonly count: number;
  /** The price of each card, in token base units. */
  readonly principal: bigint;
}

/** Another account that brings money: a bank, an insurer, a liquidator. */
export interface Party {
  readonly id: string;
  readonly name: string;
}

/** Many people who bought cards of one merchant outside the escrow. */
export interface Claimants {
  readonly id: string;
  /** The word for one person. */
  readonly name: string;
  /** Id of the merchant in the scenario. */
  readonly merchant: string;
  readonly count: number;
  /** Limits of the amount that is owed to each, in whole units of the currency. It is drawn from the seed. */
  readonly owed: { readonly min: number; readonly max: number };
}

/** A chapter of the demo. */
export interface Act {
  readonly title: string;
  readonly text: string | undefined;
  readonly steps: readonly PlannedStep[];
}

/** A step with its place and day. */
export interface PlannedStep<Name extends StepName = StepName> {
  /** Place in the file, such as `acts[2].steps[0]`. */
  readonly path: string;
  /** Days after the start. */
  readonly day: number;
  readonly step: StepOf<Name>;
}

/** Unix time at which a day of the demo begins. */
export function beginningOf(scenario: Scenario, day: number): bigint {
  return scenario.start + BigInt(day) * DAY;
}

import type { ProgramKindName } from "../../src/contracts/enums.js";
import { DAY } from "../../src/contracts/policy.js";
import type { Preset } from "../../src/presets/presets.js";
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

/** A chapter of the demo. */
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

/** Unix time at which a day of the demo begins. */
export function beginningOf(scenario: Scenario, day: number): bigint {
  return scenario.start + BigInt(day) * DAY;
}

import type { Wallet } from "ethers";

import { isEvent } from "../../../src/contracts/events.js";
import type { DecodedEvent, EscrowEvent, EscrowEventName } from "../../../src/contracts/events.js";
import type { PlannedStep } from "../model.js";
import type { Call } from "../chain.js";
import type { StepName, StepOf } from "../scenario.js";
import type { World } from "../world.js";

/** Tells how far a long step is. */
export type Progress = (text: string) => void;

/** How one kind of step is told and played. */
export interface Action<Name extends StepName> {
  /** What somebody tries to do, as a sentence without an end: "Li Na asks to leave". */
  readonly attempt: (world: World, step: StepOf<Name>) => string;
  /** Does it, and answers what came of it, as a sentence without an end. */
  readonly play: (world: World, planned: PlannedStep<Name>, progress: Progress) => Promise<string>;
}

/** Rows of a batch that go into one transaction: far below the network's limit of 16.7 million gas. */
export const BATCH = 200;
/** Gas set aside for each row of a batch; what is not used is not paid. */
const ROW_GAS = 75_000;
const BATCH_GAS = 200_000;

/**
 * The one event of a kind that a call makes.
 *
 * @throws RangeError if it made none, which the contracts never do when they accept the call.
 */
export function eventOf<Name extends EscrowEventName>(events: readonly EscrowEvent[], name: Name): DecodedEvent<Name> {
  for (const event of events) if (isEvent(event, name)) return event;
  throw new RangeError(`A contract accepted a call without its event ${name}.`);
}

/** Cuts a list into pieces of {@link BATCH}. */
export function inBatches<Item>(items: readonly Item[]): Item[][] {
  const pieces: Item[][] = [];
  for (let i = 0; i < items.length; i += BATCH) pieces.push(items.slice(i, i + BATCH));
  return pieces;
}

/** Sends one call for each piece of {@link inBatches} and answers the events of all of them. */
export async function sendBatches<Item>(
  world: World,
  from: Wallet,
  items: readonly Item[],
  encode: (batch: Item[]) => Call,
  onProgress: (done: number) => void,
) {
  const calls = inBatches(items).map(encode);
  const gas = BATCH_GAS + ROW_GAS * Math.min(BATCH, items.length);
  const logs = await world.chain.sendMany(from.address, calls, gas, 2, (mined) => {
    onProgress(Math.min(items.length, mined * BATCH));
  });
  return world.eventsOf(logs);
}

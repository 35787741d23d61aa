import type { Call } from "../../../src/actions/calls.js";
import type { EscrowClient, Outcome } from "../../../src/client/client.js";
import { isEvent } from "../../../src/contracts/events.js";
import type { DecodedEvent, EscrowEvent, EscrowEventName } from "../../../src/contracts/events.js";
import type { PlannedStep } from "../model.js";
import type { StepName, StepOf } from "../scenario.js";
import type { World } from "../world.js";

/** Called with the progress of a long step. */
export type Progress = (text: string) => void;

/** How one kind of step is described and played. */
export interface Action<Name extends StepName> {
  /** The attempt, as a sentence without a full stop: "Li Na asks to leave". */
  readonly attempt: (world: World, step: StepOf<Name>) => string;
  /** Plays the step, and returns the result as a sentence without a full stop. */
  readonly play: (world: World, planned: PlannedStep<Name>, progress: Progress) => Promise<string>;
}

/** Items of one transaction: far below the network's limit of 16.7 million gas. */
export const BATCH = 200;
/** Gas limit for each item of a batch. Unused gas costs nothing. */
const ITEM_GAS = 75_000;
const BATCH_GAS = 200_000;
/** Fees of the transactions of a bulk. They are fixed to save a request for each. */
const FEES = { gasPrice: 10n ** 9n };
/** Number of batches that are sent before the next blocks are mined. */
const BATCHES_TOGETHER = 2;

/**
 * The first event of this name.
 *
 * @throws RangeError if there is none. The contracts emit it with every successful call.
 */
export function eventOf<Name extends EscrowEventName>(events: readonly EscrowEvent[], name: Name): DecodedEvent<Name> {
  for (const event of events) if (isEvent(event, name)) return event;
  throw new RangeError(`A contract accepted a call without its event ${name}.`);
}

/** Cuts a list into pieces of at most `size`. */
export function inBatches<Item>(items: readonly Item[], size = BATCH): Item[][] {
  const pieces: Item[][] = [];
  for (let i = 0; i < items.length; i += size) pieces.push(items.slice(i, i + size));
  return pieces;
}

/** Options for sending many transactions at once. */
interface Bulk {
  /** Gas limit of each. Because it is given, no call is tried before. */
  readonly gasLimit: bigint;
  /** Number of transactions that are sent before the next blocks are mined. */
  readonly together: number;
  /** Called with the number of transactions mined. */
  readonly onProgress?: (mined: number) => void;
}

/**
 * Sends many calls of one account, as many to a block as fit.
 *
 * @throws RevertError if one of them was refused.
 */
export async function sendMany(
  { chain }: World,
  client: EscrowClient,
  calls: readonly Call[],
  { gasLimit, together, onProgress }: Bulk,
): Promise<Outcome[]> {
  const account = await client.account();
  const outcomes: Outcome[] = [];
  let mined = 0;
  for (const group of inBatches(calls, together)) {
    const sent = await chain.mineTogether(account, async (nonce) => {
      return await Promise.all(group.map((call, i) => client.submit(call, { gasLimit, fees: FEES, nonce: nonce + i })));
    });
    outcomes.push(...(await Promise.all(sent.map((transaction) => client.outcomeOf(transaction)))));
    mined += group.length;
    onProgress?.(mined);
  }
  return outcomes;
}

/**
 * Sends one call for each piece of {@link inBatches}, from the relayer, because anyone may send it.
 *
 * @param onProgress Called with the number of items done.
 * @returns The events of all calls.
 */
export async function sendBatches<Item>(
  world: World,
  items: readonly Item[],
  callOf: (batch: readonly Item[]) => Call,
  onProgress: (done: number) => void,
): Promise<EscrowEvent[]> {
  const outcomes = await sendMany(world, world.relayer, inBatches(items).map(callOf), {
    gasLimit: BigInt(BATCH_GAS + ITEM_GAS * Math.min(BATCH, items.length)),
    together: BATCHES_TOGETHER,
    onProgress: (mined) => {
      onProgress(Math.min(items.length, mined * BATCH));
    },
  });
  return outcomes.flatMap(({ events }) => events);
}

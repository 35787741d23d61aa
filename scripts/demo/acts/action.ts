import type { Call } from "../../../src/actions/calls.js";
import type { EscrowClient, Outcome } from "../../../src/client/client.js";
import { isEvent } from "../../../src/contracts/events.js";
import type { DecodedEvent, EscrowEvent, EscrowEventName } from "../../../src/contracts/events.js";
import type { PlannedStep } from "../model.js";
import type { StepName, StepOf } from "../scenario.js";
import type { World } from "../world.js";

/** Called with how far a long step is. */
export type Progress = (text: string) => void;

/** How one kind of step is described and played. */
export interface Action<Name extends StepName> {
  /** What somebody tries to do, as a sentence without an end: "Li Na asks to leave". */
  readonly attempt: (world: World, step: StepOf<Name>) => string;
  /** Does it, and returns what came of it, as a sentence without an end. */
  readonly play: (world: World, planned: PlannedStep<Name>, progress: Progress) => Promise<string>;
}

/** Vouchers of a batch that go into one transaction: far below the network's limit of 16.7 million gas. */
export const BATCH = 200;
/** Gas set aside for each voucher of a batch; gas that is not used is not paid for. */
const ROW_GAS = 75_000;
const BATCH_GAS = 200_000;
/** What a transaction of many offers; given, so that the node is not asked for each. */
const FEES = { gasPrice: 10n ** 9n };
/** Batches sent before the next blocks are mined. */
const BATCHES_TOGETHER = 2;

/**
 * The one event of a kind that a call makes.
 *
 * @throws RangeError if it made none, which the contracts never do when they accept the call.
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

/** How many transactions are sent at once. */
interface Bulk {
  /** Gas of each; given, so that none of them is tried before. */
  readonly gasLimit: bigint;
  /** How many are sent before the next blocks are mined. */
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
 * Sends one call for each piece of {@link inBatches}; anyone may, so the relayer does.
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
    gasLimit: BigInt(BATCH_GAS + ROW_GAS * Math.min(BATCH, items.length)),
    together: BATCHES_TOGETHER,
    onProgress: (mined) => {
      onProgress(Math.min(items.length, mined * BATCH));
    },
  });
  return outcomes.flatMap(({ events }) => events);
}

import { decodeEvent } from "../contracts/events.js";
import type { EscrowEvent } from "../contracts/events.js";
import type { KeptChainEvent } from "./store.js";

/** An event that is in the chain, or the removal of one that no longer is. */
export interface ChainEvent {
  /** Counts from 1 without a gap, in the order of delivery. A repeated delivery has the same number. */
  readonly sequence: number;
  /** `event`: it is in the chain. `removed`: its block is not in the chain any more. */
  readonly kind: "event" | "removed";
  /** Idempotency key of the event, shared with its removal: `chainId:blockHash:logIndex`. */
  readonly key: string;
  /**
   * Idempotency key of this delivery: `key` for the event, `key:2` for its removal, and `key:3` if a later reorganisation brings
   * the block back.
   */
  readonly id: string;
  readonly event: EscrowEvent;
}

/**
 * Decodes a stored log.
 *
 * @throws RangeError if the contract is newer than this package.
 */
export function chainEventOf({ sequence, kind, key, delivery, log }: KeptChainEvent): ChainEvent {
  const event = decodeEvent(log);
  if (event === undefined) throw new RangeError(`Event ${sequence} is of an event that this package does not know.`);
  return { sequence, kind, key, id: delivery === 1 ? key : `${key}:${delivery}`, event };
}

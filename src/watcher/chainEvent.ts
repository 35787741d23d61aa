import { decodeEvent } from "../contracts/events.js";
import type { EscrowEvent } from "../contracts/events.js";
import type { KeptNotice } from "./store.js";

/** An event that is in the chain, or the retraction of one that no longer is. */
export interface Notice {
  /** Counts from 1 without a gap, in the order of delivery. A repeated delivery has the same number. */
  readonly sequence: number;
  /** `event`: it is in the chain. `retracted`: its block is not in the chain any more. */
  readonly kind: "event" | "retracted";
  /** Idempotency key of the event, shared with its retraction: `chainId:blockHash:logIndex`. */
  readonly key: string;
  /**
   * Idempotency key of this delivery: `key` for the event, `key:2` for its retraction, and `key:3` if a later reorganisation brings
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
export function noticeOf({ sequence, kind, key, telling, log }: KeptNotice): Notice {
  const event = decodeEvent(log);
  if (event === undefined) throw new RangeError(`Notice ${sequence} is of an event that this package does not know.`);
  return { sequence, kind, key, id: telling === 1 ? key : `${key}:${telling}`, event };
}

import { isEvent } from "../contracts/events.js";
import type { EscrowEvent } from "../contracts/events.js";

/* The flows of money up to now, from events alone. Amounts in token base units. `ledgerState` has the present state. */

/** The flows of money of a card. A card that was moved continues under its new id, with the flows of the old one. */
export interface CardFlow {
  readonly merchantId: bigint;
  /** Paid for the card. */
  readonly principal: bigint;
  /** Released to the merchant so far. */
  readonly released: bigint;
  /** Refunded to the holder. */
  readonly refunded: bigint;
}

/** A merchant's sums since its registration, after its last event in a block. */
export interface MerchantPoint {
  readonly blockNumber: number;
  readonly sold: bigint;
  readonly released: bigint;
  readonly refunded: bigint;
  readonly outstanding: bigint;
  /** Number of complaints opened so far. */
  readonly complaints: number;
}

/**
 * The flows of money of each card of a merchant, by card id. Closed and deleted cards are included.
 *
 * @param events Events of the escrow from the deployment on, in order.
 */
export function cardFlows(events: readonly EscrowEvent[], merchantId: bigint): ReadonlyMap<string, CardFlow> {
  const flows = new Map<string, CardFlow>();
  const add = (cardId: string, released: bigint, refunded: bigint): void => {
    const flow = flows.get(cardId);
    if (flow === undefined) return;
    flows.set(cardId, { ...flow, released: flow.released + released, refunded: flow.refunded + refunded });
  };
  for (const event of eventsOf(events, merchantId)) {
    if (isEvent(event, "CardOpened")) {
      const { cardId, principal } = event.args;
      flows.set(cardId, { merchantId, principal, released: 0n, refunded: 0n });
    } else if (isEvent(event, "ConsumptionSettled") || isEvent(event, "PassAccrued")) {
      add(event.args.cardId, event.args.released, 0n);
    } else if (isEvent(event, "CardRefunded")) {
      add(event.args.cardId, event.args.released, event.args.refunded);
    } else if (isEvent(event, "CardMoved")) {
      const flow = flows.get(event.args.cardId);
      if (flow !== undefined) flows.set(event.args.newCardId, flow);
    }
  }
  return flows;
}

/**
 * The history of a merchant: its sums after each block with one of its events.
 *
 * @param events Events of the escrow from the deployment on, in order.
 */
export function merchantHistory(events: readonly EscrowEvent[], merchantId: bigint): MerchantPoint[] {
  const points: MerchantPoint[] = [];
  let [sold, released, refunded, outstanding, complaints] = [0n, 0n, 0n, 0n, 0];
  for (const event of eventsOf(events, merchantId)) {
    if (isEvent(event, "CardOpened")) {
      sold += event.args.principal;
      outstanding = event.args.outstanding;
    } else if (isEvent(event, "ConsumptionSettled") || isEvent(event, "PassAccrued")) {
      released += event.args.released;
    } else if (isEvent(event, "CardRefunded")) {
      released += event.args.released;
      refunded += event.args.refunded;
    } else if (isEvent(event, "PoolUpdated") || isEvent(event, "PaidOut")) {
      outstanding = event.args.outstanding;
    } else if (isEvent(event, "ComplaintOpened")) {
      complaints += 1;
    }
    const { blockNumber } = event;
    if (points.at(-1)?.blockNumber === blockNumber) points.pop();
    points.push({ blockNumber, sold, released, refunded, outstanding, complaints });
  }
  return points;
}

function eventsOf(events: readonly EscrowEvent[], merchantId: bigint): readonly EscrowEvent[] {
  return events.filter(({ args }) => "merchantId" in args && args.merchantId === merchantId);
}

import { isEvent } from "../contracts/events.js";
import type { EscrowEvent } from "../contracts/events.js";

/* Where money went, from events alone. Amounts in token base units. Of what stands now, `foldEvents` tells. */

/** Where the money of a card went; a card that was moved goes on under its new id with all that flowed before. */
export interface CardFlow {
  readonly merchantId: bigint;
  /** Paid for it. */
  readonly principal: bigint;
  /** Given to the merchant so far. */
  readonly released: bigint;
  /** Paid back. */
  readonly refunded: bigint;
}

/** A merchant's sums since its registration, after the last of its events in a block. */
export interface MerchantPoint {
  readonly blockNumber: number;
  readonly sold: bigint;
  readonly released: bigint;
  readonly refunded: bigint;
  readonly outstanding: bigint;
  /** How many were ever opened. */
  readonly complaints: number;
}

/**
 * Where the money of each of a merchant's cards went, those that are closed or deleted too, by card id.
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
 * A merchant's history: its sums after each block that has an event of it.
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

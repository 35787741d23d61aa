import type { Wallet } from "ethers";

import type { EscrowEvent } from "../../../src/contracts/events.js";
import { keyVoucherOf } from "../../../src/till/index.js";
import type { ConsumptionRequest, Till, ConsumptionOrder } from "../../../src/till/index.js";
import { parseAmount } from "../../../src/utils/units.js";
import { capital, counted, grouped } from "../money.js";
import { TOKEN_DECIMALS } from "../scenario.js";
import type { PlannedStep } from "../model.js";
import type { StepOf } from "../scenario.js";
import { signDigest } from "../signing.js";
import type { CrowdCard, NamedCard, RegisteredMerchant, World } from "../world.js";
import { BATCH, sendBatches } from "./action.js";
import type { Action, Progress } from "./action.js";

/* AT THE TILL */

/** A holder is served and signs. Nothing goes on chain until the merchant settles. */
export const visit: Action<"visit"> = {
  attempt: (world, step) => {
    const { holder, program } = world.card(step.card);
    return `${world.consumerName(holder)} signs for ${step.item} at ${world.merchantOf(program).name}`;
  },

  play: async (world, { step }) => {
    const { money } = world;
    const card = world.card(step.card);
    const { till } = world.merchantOf(card.program);
    const units = step.spend ?? BigInt(step.visits ?? 1);
    const order = { cardId: card.cardId, units, item: step.item };
    const { cumulative: used } = await serve(world, till, world.cast.consumer(card.holder), order);
    const tally =
      card.program.kind === "StoredValue"
        ? `${money.full(units)} (${money.bare(used)} of ${money.bare(faceOf(card))} used)`
        : `${counted(units, "visit")} (${used} of ${card.program.units} used)`;
    return `${visit.attempt(world, step)}: ${tally}`;
  },
};

function faceOf({ program, principal }: NamedCard): bigint {
  return program.units === 0n ? principal : program.units;
}

/** Serves a card: the till requests a consumption, the holder signs it, and the till checks and keeps the voucher. */
async function serve(
  { cast }: World,
  till: Till,
  holder: Wallet,
  order: ConsumptionOrder,
): Promise<ConsumptionRequest> {
  const before = (await till.vouchers(order.cardId)).length;
  const request = await till.requestConsumption({ ...order, salt: cast.salt(`visit/${order.cardId}/${before}`) });
  await till.accept(request, signDigest(holder, request.toSign.digest));
  return request;
}

/** A crowd is served. The number of visits of each person is drawn from the seed, and ends when the card is used up. */
export const crowdVisits: Action<"crowdVisits"> = {
  attempt: (world, step) => {
    const { name, program } = world.crowd(step.crowd);
    return `${capital(name)}s sign at ${world.merchantOf(program).name}`;
  },

  play: async (world, planned, progress) => {
    const crowd = world.crowd(planned.step.crowd);
    const { till, name: shop } = world.merchantOf(crowd.program);
    const people = world.crowds.get(crowd.id) ?? [];
    let [signatures, customers] = [0, 0];
    for (const [i, card] of people.entries()) {
      const served = await serveOne(world, till, card, planned, i);
      signatures += served;
      if (served > 0) customers += 1;
      if (i % 100 === 99) progress(`${grouped(i + 1)} of ${grouped(people.length)} served`);
    }
    return `${counted(customers, crowd.name)} sign for ${counted(signatures, "visit")} at ${shop}`;
  },
};

/** Serves one person of a crowd, and returns the number of visits. */
async function serveOne(
  world: World,
  till: Till,
  { cardId, holder }: CrowdCard,
  { path, step }: PlannedStep<"crowdVisits">,
  i: number,
): Promise<number> {
  const times = world.cast.draw(`${path}/${i}`, step.visits.min, step.visits.max);
  let { left } = await till.usableCard(cardId);
  for (let n = 0; n < times; n++) {
    const units = drawnUnits(world, step, `${path}/${i}/${n}`);
    if (units === 0n || units > left) return n;
    await serve(world, till, holder, { cardId, units, item: "service" });
    left -= units;
  }
  return times;
}

/** Units of one visit of a crowd: one for a count card, a drawn amount for a stored-value card. */
function drawnUnits({ cast }: World, { spend }: StepOf<"crowdVisits">, purpose: string): bigint {
  return spend === undefined ? 1n : parseAmount(String(cast.draw(purpose, spend.min, spend.max)), TOKEN_DECIMALS);
}

/* SETTLING */

/** The sums of a settlement. */
interface Settlement {
  cards: number;
  batches: number;
  readonly events: EscrowEvent[];
}

/** The merchant settles its vouchers. The newest voucher of each card stands for all before it. */
export const settle: Action<"settle"> = {
  attempt: (world, step) => `${world.merchant(step.merchant).name} confirms what its customers have signed`,

  play: async (world, { step }, progress) => {
    const merchant = world.merchant(step.merchant);
    const settlement = step.relayed
      ? await settleBySignature(world, merchant, step.payOut)
      : await settleByTill(world, merchant, step.payOut, progress);
    // The till checks the settlements that it has sent.
    await merchant.till.settler.reconcile();
    if (settlement.cards === 0) return `${merchant.name} has nothing new to confirm`;
    return settlementText(world, merchant, step, settlement);
  },
};

/** Options of a plan that settles all waiting vouchers, also new ones. */
const AT_ONCE = { maxAge: 0n, maxVouchers: BATCH } as const;

/** The till settles with its operator's key, batch by batch, until no voucher waits. */
async function settleByTill(
  world: World,
  { id, merchantId, till }: RegisteredMerchant,
  payOut: boolean,
  progress: Progress,
): Promise<Settlement> {
  const operator = world.operatorOf(id);
  const settlement: Settlement = { cards: 0, batches: 0, events: [] };
  let paid = false;
  for (;;) {
    const plan = await till.settler.plan({ ...AT_ONCE, payOut });
    if (!plan.settle) break;
    for (const { hash, vouchers } of await till.settler.send(plan)) {
      settlement.events.push(...(await operator.outcome(hash ?? "")).events);
      settlement.cards += vouchers.length;
      settlement.batches += 1;
    }
    paid ||= plan.payOut;
    if (plan.left > 0) progress(`${grouped(settlement.cards)} cards confirmed`);
  }
  if (payOut && !paid && settlement.cards > 0) {
    settlement.events.push(...(await operator.execute("payOut", { merchantId })).events);
  }
  return settlement;
}

/** The operator signs each batch, and a relayer sends it. */
async function settleBySignature(
  world: World,
  { id, merchantId, till }: RegisteredMerchant,
  payOut: boolean,
): Promise<Settlement> {
  const operator = world.operatorOf(id);
  const settlement: Settlement = { cards: 0, batches: 0, events: [] };
  for (;;) {
    const { vouchers } = await till.settler.plan(AT_ONCE);
    if (vouchers.length === 0) break;
    const signed = await operator.sign(
      await operator.settlementRequest(
        merchantId,
        vouchers.map(({ voucher }) => keyVoucherOf(voucher)),
      ),
    );
    settlement.events.push(...(await world.relayer.execute("settleWithSignature", signed)).events);
    settlement.cards += vouchers.length;
    settlement.batches += 1;
    // The relayer's transactions are not in the till's book: the till reads from the cards what is settled.
    await till.settler.reconcile();
  }
  if (payOut && settlement.cards > 0) {
    settlement.events.push(...(await world.relayer.execute("payOut", { merchantId })).events);
  }
  return settlement;
}

function settlementText(
  { money }: World,
  { name }: RegisteredMerchant,
  { relayed, payOut }: StepOf<"settle">,
  { cards, batches, events }: Settlement,
): string {
  const [released, paid] = [sumOf(events, "ConsumptionSettled"), sumOf(events, "PaidOut")];
  const skipped = events.filter((event) => event.name === "ConsumptionSkipped").length;
  const manner = relayed ? " under the till's signature" : "";
  const what = `${counted(cards, "card")} in ${counted(batches, "batch", "batches")}${manner}`;
  const paidOut = paid === released ? " and paid out" : `, ${money.full(paid)} paid out`;
  const rest = skipped === 0 ? "" : `, ${counted(skipped, "voucher")} skipped`;
  return `${name} confirms ${what}: ${money.full(released)} released${payOut ? paidOut : ""}${rest}`;
}

/* PAYING OUT AND COUNTING TIME */

/** The releasable amount is paid to the merchant; anyone may send it. */
export const payOut: Action<"payOut"> = {
  attempt: (world, step) => `${world.merchant(step.merchant).name} asks to be paid`,

  play: async (world, { step }) => {
    const { merchantId, name } = world.merchant(step.merchant);
    const { events } = await world.operatorOf(step.merchant).execute("payOut", { merchantId });
    return `${name} is paid ${world.money.full(sumOf(events, "PaidOut"))}`;
  },
};

/** The time of every open pass of a merchant is booked; anyone may send it. */
export const accrue: Action<"accrue"> = {
  attempt: (world, step) => `The passes of ${world.merchant(step.merchant).name} are counted`,

  play: async (world, { step }, progress) => {
    const merchant = world.merchant(step.merchant);
    const passes = world.openCards((program) => program.kind === "Pass" && program.merchant === step.merchant);
    if (passes.length === 0) return `${merchant.name} has no open passes to count`;
    const events = await sendBatches(
      world,
      passes,
      (cardIds) => world.client.call("accrue", { cardIds }),
      (done) => {
        progress(`${grouped(done)} of ${grouped(passes.length)} passes counted`);
      },
    );
    const released = world.money.full(sumOf(events, "PassAccrued"));
    const serviced = counted(events.filter((event) => event.name === "PassAccrued").length, "pass", "passes");
    return `The time of ${serviced} is counted: ${released} released to ${merchant.name}`;
  },
};

/** Sum of the amounts that events of one name moved. */
function sumOf(events: readonly EscrowEvent[], name: "ConsumptionSettled" | "PassAccrued" | "PaidOut"): bigint {
  return events.reduce((sum, event) => (event.name === name ? sum + movedBy(event) : sum), 0n);
}

function movedBy(event: EscrowEvent): bigint {
  if (event.name === "PaidOut") return event.args.amount;
  return event.name === "ConsumptionSettled" || event.name === "PassAccrued" ? event.args.released : 0n;
}

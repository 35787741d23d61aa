import { DAY } from "../../../src/contracts/policy.js";
import { parseAmount } from "../../../src/utils/units.js";
import { typedDataDigest } from "../../../src/contracts/typedData.js";
import type { EscrowEvent } from "../../../src/contracts/events.js";
import { capital, counted, grouped } from "../money.js";
import { TOKEN_DECIMALS } from "../scenario.js";
import type { SignedRow } from "../till.js";
import type { NamedCard, RegisteredMerchant, World } from "../world.js";
import { inBatches, sendBatches } from "./action.js";
import type { Action, Progress } from "./action.js";

/** Somebody is served and signs. Nothing goes on chain until the merchant settles. */
export const visit: Action<"visit"> = {
  attempt: (world, step) => {
    const { holder, program } = world.card(step.card);
    return `${world.consumerName(holder)} signs for ${step.item} at ${world.merchantOf(program).name}`;
  },

  play: (world, { step }) => {
    const card = world.card(step.card);
    const { till } = world.merchantOf(card.program);
    const units = step.spend ?? BigInt(step.visits ?? 1);
    const salt = world.cast.salt(`visit/${card.cardId}/${till.visits(card.cardId)}`);
    till.serve(world.cast.consumer(card.holder), card.cardId, units, step.item, salt);
    const used = till.consumed(card.cardId);
    const { money } = world;
    const tally =
      card.program.kind === "StoredValue"
        ? `${money.full(units)} (${money.bare(used)} of ${money.bare(faceOf(card))} used)`
        : `${counted(units, "visit")} (${used} of ${card.program.units} used)`;
    return Promise.resolve(`${visit.attempt(world, step)}: ${tally}`);
  },
};

function faceOf({ program, principal }: NamedCard): bigint {
  return program.units === 0n ? principal : program.units;
}

/** A crowd is served, everybody a number of times drawn from the seed, as long as the card lasts. */
export const crowdVisits: Action<"crowdVisits"> = {
  attempt: (world, step) => {
    const { name, program } = world.crowd(step.crowd);
    return `${capital(name)}s sign at ${world.merchantOf(program).name}`;
  },

  play: (world, { step, path }, progress) => {
    const crowd = world.crowd(step.crowd);
    const { till, name: shop } = world.merchantOf(crowd.program);
    const face = crowd.program.units === 0n ? crowd.principal : crowd.program.units;
    const people = world.crowds.get(crowd.id) ?? [];
    let signatures = 0;
    let customers = 0;
    people.forEach(({ cardId, holder }, i) => {
      const before = signatures;
      const times = world.cast.draw(`${path}/${i}`, step.visits.min, step.visits.max);
      for (let n = 0; n < times; n++) {
        const units =
          step.spend === undefined
            ? 1n
            : parseAmount(String(world.cast.draw(`${path}/${i}/${n}`, step.spend.min, step.spend.max)), TOKEN_DECIMALS);
        if (units === 0n || till.consumed(cardId) + units > face) break;
        till.serve(holder, cardId, units, "service", world.cast.salt(`visit/${cardId}/${till.visits(cardId)}`));
        signatures += 1;
      }
      if (signatures > before) customers += 1;
      if (i % 100 === 99) progress(`${grouped(i + 1)} of ${grouped(people.length)} served`);
    });
    return Promise.resolve(`${counted(customers, crowd.name)} sign for ${counted(signatures, "visit")} at ${shop}`);
  },
};

/** The merchant confirms what was signed; one signature of each card stands for all its visits. */
export const settle: Action<"settle"> = {
  attempt: (world, step) => `${world.merchant(step.merchant).name} confirms what its customers have signed`,

  play: async (world, { step }, progress) => {
    const { money } = world;
    const merchant = world.merchant(step.merchant);
    const rows = merchant.till.unsettled();
    if (rows.length === 0) return `${merchant.name} has nothing new to confirm`;
    const events = step.relayed
      ? await settleBySignature(world, merchant, rows, step.payOut)
      : await settleByOperator(world, merchant, rows, step.payOut, progress);
    merchant.till.forget(rows);
    const batches = inBatches(rows).length;
    const released = sumOf(events, "ConsumptionSettled");
    const manner = step.relayed ? " under the till's signature" : "";
    let text = `${merchant.name} confirms ${counted(rows.length, "card")} in ${counted(batches, "batch", "batches")}${manner}`;
    text += `: ${money.full(released)} released`;
    const paid = sumOf(events, "PaidOut");
    if (step.payOut) text += paid === released ? " and paid out" : `, ${money.full(paid)} paid out`;
    const skipped = events.filter((event) => event.name === "ConsumptionSkipped").length;
    if (skipped > 0) text += `, ${counted(skipped, "row")} skipped`;
    return text;
  },
};

async function settleByOperator(
  world: World,
  merchant: RegisteredMerchant,
  rows: readonly SignedRow[],
  payOut: boolean,
  progress: Progress,
): Promise<EscrowEvent[]> {
  const { operator } = world.cast.merchant(merchant.id);
  const abi = world.escrow.interface;
  return await sendBatches(
    world,
    operator,
    rows,
    (batch) =>
      world.escrowCall(
        payOut
          ? abi.encodeFunctionData("settleAndPayOut", [merchant.merchantId, batch])
          : abi.encodeFunctionData("settle", [merchant.merchantId, batch]),
      ),
    (done) => {
      progress(`${grouped(done)} of ${grouped(rows.length)} cards confirmed`);
    },
  );
}

async function settleBySignature(
  world: World,
  { id, merchantId }: RegisteredMerchant,
  rows: readonly SignedRow[],
  payOut: boolean,
): Promise<EscrowEvent[]> {
  const { cast, chain, escrow } = world;
  const { operator } = cast.merchant(id);
  const relayer = cast.official("relayer");
  const events: EscrowEvent[] = [];
  for (const batch of inBatches(rows)) {
    const deadline = chain.time + DAY;
    const message = { merchantId, consumptions: batch, deadline };
    const digest = typedDataDigest(world.escrowDomain, "Settlement", message);
    const signature = operator.signingKey.sign(digest).serialized;
    const values = [merchantId, batch, deadline, operator.address, signature] as const;
    const call = world.escrowCall(escrow.interface.encodeFunctionData("settleWithSignature", [...values]));
    events.push(...(await world.send(relayer, call)));
  }
  if (payOut) {
    const call = world.escrowCall(escrow.interface.encodeFunctionData("payOut", [merchantId]));
    events.push(...(await world.send(relayer, call)));
  }
  return events;
}

/** What is released is paid to the merchant; anyone may send it. */
export const payOut: Action<"payOut"> = {
  attempt: (world, step) => `${world.merchant(step.merchant).name} asks to be paid`,

  play: async (world, { step }) => {
    const { cast, escrow, money } = world;
    const { merchantId, name } = world.merchant(step.merchant);
    const call = world.escrowCall(escrow.interface.encodeFunctionData("payOut", [merchantId]));
    const events = await world.send(cast.merchant(step.merchant).operator, call);
    return `${name} is paid ${money.full(sumOf(events, "PaidOut"))}`;
  },
};

/** The time of every open pass of a merchant is counted; anyone may send it. */
export const accrue: Action<"accrue"> = {
  attempt: (world, step) => `The passes of ${world.merchant(step.merchant).name} are counted`,

  play: async (world, { step }, progress) => {
    const { cast, escrow, money } = world;
    const merchant = world.merchant(step.merchant);
    const passes = world.openCards((program) => program.kind === "Term" && program.merchant === step.merchant);
    if (passes.length === 0) return `${merchant.name} has no open passes to count`;
    const events = await sendBatches(
      world,
      cast.official("relayer"),
      passes,
      (batch) => world.escrowCall(escrow.interface.encodeFunctionData("accrue", [batch])),
      (done) => {
        progress(`${grouped(done)} of ${grouped(passes.length)} passes counted`);
      },
    );
    const released = money.full(sumOf(events, "PassAccrued"));
    const serviced = counted(events.filter((event) => event.name === "PassAccrued").length, "pass", "passes");
    return `The time of ${serviced} is counted: ${released} released to ${merchant.name}`;
  },
};

/** Σ of what events of one kind moved. */
function sumOf(events: readonly EscrowEvent[], name: "ConsumptionSettled" | "PassAccrued" | "PaidOut"): bigint {
  return events.reduce((sum, event) => (event.name === name ? sum + movedBy(event) : sum), 0n);
}

function movedBy(event: EscrowEvent): bigint {
  if (event.name === "PaidOut") return event.args.amount;
  return event.name === "ConsumptionSettled" || event.name === "PassAccrued" ? event.args.released : 0n;
}

import { id } from "ethers";

import type { Outcome } from "../../../src/client/client.js";
import type { EscrowEvent } from "../../../src/contracts/events.js";
import { DAY } from "../../../src/contracts/policy.js";
import { counted } from "../money.js";
import type { StepOf } from "../scenario.js";
import type { World } from "../world.js";
import { eventOf } from "./action.js";
import type { Action } from "./action.js";
import { refundOf, titleOf } from "./leaving.js";

/** A holder complains, by a transaction or by a signed request that a relayer sends. */
export const complain: Action<"complain"> = {
  attempt: (world, step) => {
    const { program } = world.card(step.card);
    return `${titleOf(world, step.card)} complains about ${world.merchantOf(program).name}`;
  },

  play: async (world, { step }) => {
    const { events } = await sendComplaint(world, step);
    const manner = step.relayed ? " by signature" : "";
    return `${complain.attempt(world, step)}${manner} (${step.evidence}): ${periodOf(world, events, "ComplaintOpened")}`;
  },
};

async function sendComplaint(world: World, step: StepOf<"complain">): Promise<Outcome> {
  const { cardId, holder } = world.card(step.card);
  const evidence = id(step.evidence);
  const consumer = world.consumer(holder);
  if (!step.relayed) return await consumer.execute("complain", { cardId, evidence });
  const signed = await consumer.sign(await consumer.complaintRequest(cardId, evidence));
  return await world.relayer.execute("complainWithSignature", signed);
}

/** The merchant contests a request to leave. */
export const contestExit: Action<"contestExit"> = {
  attempt: (world, step) => {
    const { program } = world.card(step.card);
    return `${world.merchantOf(program).name} contests that ${titleOf(world, step.card)} leaves`;
  },

  play: async (world, { step }) => {
    const { cardId, program } = world.card(step.card);
    const operator = world.operatorOf(program.merchant);
    const { events } = await operator.execute("contestExit", { cardId, evidence: id(step.evidence) });
    return `${contestExit.attempt(world, step)} (${step.evidence}): ${periodOf(world, events, "ExitContested")}`;
  },
};

/** The association rules. */
export const resolve: Action<"resolve"> = {
  attempt: (world, step) => {
    const verb = step.upheld ? "upholds" : "dismisses";
    return `The consumer association ${verb} the claim of ${titleOf(world, step.card)}`;
  },

  play: async (world, { step }) => {
    const { cardId } = world.card(step.card);
    const ruling = { cardId, upheld: step.upheld, awarded: step.award ?? 0n, decision: id(step.decision) };
    const { events } = await world.association.execute("resolve", ruling);
    const outcome = step.upheld ? refundOf(world, events) : "the card goes on";
    return `${resolve.attempt(world, step)} (${step.decision}): ${outcome}`;
  },
};

/** The association rules on a complaint about a pass by extending it. */
export const resolveByExtension: Action<"resolveByExtension"> = {
  attempt: (world, step) =>
    `The consumer association extends the pass of ${titleOf(world, step.card)} by ${counted(step.days, "day")}`,

  play: async (world, { step }) => {
    const { cardId } = world.card(step.card);
    const extension = BigInt(step.days) * DAY;
    await world.association.execute("resolveByExtension", { cardId, extension, decision: id(step.decision) });
    return `${resolveByExtension.attempt(world, step)} (${step.decision}): the complaint ends, and the card goes on`;
  },
};

/** A complaint without a ruling in time, and that its holder has not carried out, is ended; anyone may send it. */
export const endComplaint: Action<"endComplaint"> = {
  attempt: (world, step) => `The complaint of ${titleOf(world, step.card)} ends without a ruling`,

  play: async (world, { step }) => {
    const { cardId } = world.card(step.card);
    const { events } = await world.relayer.execute("endComplaint", { cardId });
    const { complaintFrom } = eventOf(events, "ComplaintEnded").args;
    return `${endComplaint.attempt(world, step)}; the next can be made from day ${world.dayOf(complaintFrom)}`;
  },
};

/** A dispute without a ruling in time is executed. A complaint is for its holder to send, a contest for anyone. */
export const executeDispute: Action<"executeDispute"> = {
  attempt: (world, step) => `${titleOf(world, step.card)} leaves without a ruling`,

  play: async (world, { step }) => {
    const { cardId, holder } = world.card(step.card);
    const { kind } = await world.relayer.dispute(cardId);
    const sender = kind === "Complaint" ? world.consumer(holder) : world.relayer;
    const { events } = await sender.execute("executeDispute", { cardId });
    return `${executeDispute.attempt(world, step)}: ${refundOf(world, events)}`;
  },
};

function periodOf(world: World, events: readonly EscrowEvent[], name: "ComplaintOpened" | "ExitContested"): string {
  const { rulingFrom, rulingUntil } = eventOf(events, name).args;
  return `the consumer association rules from day ${world.dayOf(rulingFrom)} and before day ${world.dayOf(rulingUntil)}`;
}

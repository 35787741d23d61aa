import { id } from "ethers";

import { DAY } from "../../../src/contracts/policy.js";
import { typedDataDigest } from "../../../src/contracts/typedData.js";
import type { EscrowEvent } from "../../../src/contracts/events.js";
import type { World } from "../world.js";
import { eventOf } from "./action.js";
import type { Action } from "./action.js";
import { refundOf, titleOf } from "./leaving.js";

/** A holder complains, by a transaction or by a signature that a relayer sends. */
export const complain: Action<"complain"> = {
  attempt: (world, step) => {
    const { program } = world.card(step.card);
    return `${titleOf(world, step.card)} complains about ${world.merchantOf(program).name}`;
  },

  play: async (world, { step }) => {
    const { cast, chain, escrow } = world;
    const { cardId, holder } = world.card(step.card);
    const wallet = cast.consumer(holder);
    const evidence = id(step.evidence);
    let events: EscrowEvent[];
    if (step.relayed) {
      const { nonce } = await escrow.card(cardId);
      const message = { cardId, evidence, nonce, deadline: chain.time + DAY };
      const signature = wallet.signingKey.sign(typedDataDigest(world.escrowDomain, "Complaint", message)).serialized;
      const values = [cardId, evidence, message.deadline, signature] as const;
      const call = escrow.interface.encodeFunctionData("complainWithSignature", [...values]);
      events = await world.send(cast.official("relayer"), world.escrowCall(call));
    } else {
      const call = escrow.interface.encodeFunctionData("complain", [cardId, evidence]);
      events = await world.send(wallet, world.escrowCall(call));
    }
    const manner = step.relayed ? " by signature" : "";
    return `${complain.attempt(world, step)}${manner} (${step.evidence}): ${periodOf(world, events, "ComplaintOpened")}`;
  },
};

/** The merchant contests a request to leave. */
export const contestExit: Action<"contestExit"> = {
  attempt: (world, step) => {
    const { program } = world.card(step.card);
    return `${world.merchantOf(program).name} contests that ${titleOf(world, step.card)} leaves`;
  },

  play: async (world, { step }) => {
    const { cardId, program } = world.card(step.card);
    const call = world.escrow.interface.encodeFunctionData("contestExit", [cardId, id(step.evidence)]);
    const events = await world.send(world.cast.merchant(program.merchant).operator, world.escrowCall(call));
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
    const values = [cardId, step.upheld, step.award ?? 0n, id(step.decision)] as const;
    const call = world.escrow.interface.encodeFunctionData("resolve", [...values]);
    const events = await world.send(world.cast.official("association"), world.escrowCall(call));
    const outcome = step.upheld ? refundOf(world, events) : "the card goes on";
    return `${resolve.attempt(world, step)} (${step.decision}): ${outcome}`;
  },
};

/** A dispute without a ruling in time is executed; anyone may send it. */
export const executeDispute: Action<"executeDispute"> = {
  attempt: (world, step) => `${titleOf(world, step.card)} leaves without a ruling`,

  play: async (world, { step }) => {
    const { cardId } = world.card(step.card);
    const call = world.escrow.interface.encodeFunctionData("executeDispute", [cardId]);
    const events = await world.send(world.cast.official("relayer"), world.escrowCall(call));
    return `${executeDispute.attempt(world, step)}: ${refundOf(world, events)}`;
  },
};

function periodOf(world: World, events: readonly EscrowEvent[], name: "ComplaintOpened" | "ExitContested"): string {
  const { rulingFrom, rulingUntil } = eventOf(events, name).args;
  return `the consumer association rules from day ${world.dayOf(rulingFrom)} and before day ${world.dayOf(rulingUntil)}`;
}

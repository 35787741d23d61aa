import { id } from "ethers";

import { counted, grouped } from "../money.js";
import { beginningOf } from "../model.js";
import { eventOf, inBatches, sendBatches } from "./action.js";
import type { Action } from "./action.js";

/** The regulator stops sales and payouts. */
export const suspend: Action<"suspend"> = {
  attempt: (world, step) => `The regulator suspends ${world.merchant(step.merchant).name}`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    const { events } = await world.regulator.execute("suspend", { merchantId, evidence: id(step.evidence) });
    const { until } = eventOf(events, "MerchantSuspended").args;
    return `${suspend.attempt(world, step)} until day ${world.dayOf(until)}: ${step.evidence}`;
  },
};

/** The regulator ends a suspension. */
export const resume: Action<"resume"> = {
  attempt: (world, step) => `The regulator lets ${world.merchant(step.merchant).name} sell again`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    await world.regulator.execute("resume", { merchantId });
    return resume.attempt(world, step);
  },
};

/** The regulator flags a default, by one transaction for any number of cards. */
export const flagDefault: Action<"flagDefault"> = {
  attempt: (world, step) => `The regulator flags ${world.merchant(step.merchant).name} as defaulted`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    const { events } = await world.regulator.execute("flagDefault", {
      merchantId,
      serviceStoppedAt: beginningOf(world.scenario, step.serviceStoppedDay),
      evidence: id(step.evidence),
    });
    const { windowEndsAt: ends } = eventOf(events, "DefaultFlagged").args;
    const window = `signed visits can be settled until day ${world.dayOf(ends)}, then everybody is refunded`;
    return `${flagDefault.attempt(world, step)} (${step.evidence}): ${window}`;
  },
};

/** The regulator withdraws a flag. */
export const withdrawDefault: Action<"withdrawDefault"> = {
  attempt: (world, step) => `The regulator withdraws the flag of ${world.merchant(step.merchant).name}`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    await world.regulator.execute("withdrawDefault", { merchantId });
    return withdrawDefault.attempt(world, step);
  },
};

/** A merchant starts its run-off. */
export const startRunOff: Action<"startRunOff"> = {
  attempt: (world, step) => `${world.merchant(step.merchant).name} announces that it closes`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    // The last day of service is a whole day.
    const lastServiceAt = beginningOf(world.scenario, step.lastServiceDay + 1);
    const { events } = await world.ownerOf(step.merchant).execute("startRunOff", { merchantId, lastServiceAt });
    const { noticeEndsAt: ends } = eventOf(events, "RunOffStarted").args;
    const last = `it serves until day ${step.lastServiceDay}, and from day ${world.dayOf(ends)} refunds are pushed`;
    return `${startRunOff.attempt(world, step)}: ${last}`;
  },
};

/** All open cards are refunded; anyone may send it. */
export const refundAll: Action<"refundAll"> = {
  attempt: (world, step) => `Everybody at ${world.merchant(step.merchant).name} is refunded`,

  play: async (world, { step }, progress) => {
    const { client, money } = world;
    const merchant = world.merchant(step.merchant);
    const { merchantId } = merchant;
    const cards = world.openCards((program) => program.merchant === step.merchant);
    if (cards.length === 0) return `Nobody at ${merchant.name} is left to be refunded`;
    const events = await sendBatches(
      world,
      cards,
      (cardIds) => client.call("refundCards", { merchantId, cardIds }),
      (done) => {
        progress(`${grouped(done)} of ${grouped(cards.length)} refunded`);
      },
    );
    const paid = events.filter((event) => event.name === "CardRefunded");
    const refunded = paid.reduce((sum, { args }) => sum + args.refunded, 0n);
    const failed = events.filter((event) => event.name === "RefundFailed").length;
    const batches = counted(inBatches(cards).length, "batch", "batches");
    const kept = failed === 0 ? "" : `; ${counted(failed, "holder")} could not be paid and keep the claim`;
    return `${counted(paid.length, "card")} of ${merchant.name} refunded in ${batches}: ${money.full(refunded)}${kept}`;
  },
};

/** A run-off is completed; anyone may send it. */
export const closeMerchant: Action<"closeMerchant"> = {
  attempt: (world, step) => `${world.merchant(step.merchant).name} closes`,

  play: async (world, { step }) => {
    const { merchantId } = world.merchant(step.merchant);
    await world.ownerOf(step.merchant).execute("closeMerchant", { merchantId });
    return `${closeMerchant.attempt(world, step)} with nothing owed to anybody`;
  },
};

import { decodeCardId } from "../../../src/contracts/cardId.js";
import type { ExitRuleName } from "../../../src/contracts/enums.js";
import { isEvent } from "../../../src/contracts/events.js";
import type { EscrowEvent } from "../../../src/contracts/events.js";
import { DAY } from "../../../src/contracts/policy.js";
import type { Outcome } from "../../../src/client/client.js";
import type { Preset } from "../../../src/presets/presets.js";
import { counted } from "../money.js";
import type { StepOf } from "../scenario.js";
import type { NamedCard, World } from "../world.js";
import { eventOf } from "./action.js";
import type { Action } from "./action.js";

/** The reason for the amount of a refund, as the rest of a sentence. */
const reasons: Readonly<Record<ExitRuleName, string>> = {
  None: "",
  CoolingOff: "within cooling-off, all that was not used",
  Unilateral: "at list price for what was used",
  NoObjection: "at list price for what was used, the merchant having kept silent",
  MerchantConsent: "all that was not used, the merchant agreeing",
  RunOff: "all that was not used, the merchant closing",
  Default: "all that was not used, the merchant having defaulted",
  Ruling: "what the consumer association ruled",
  RulingTimeout: "at list price for what was used, no ruling having come in time",
};

/** A holder asks to leave, by a transaction or by a signed request that a relayer sends. */
export const requestExit: Action<"requestExit"> = {
  attempt: (world, step) => `${titleOf(world, step.card)} asks to leave`,

  play: async (world, { step }) => {
    const { events } = await sendExitRequest(world, step);
    const { executableAt } = eventOf(events, "ExitRequested").args;
    const manner = step.relayed ? " by signature" : "";
    return `${titleOf(world, step.card)} asks to leave${manner}; the refund is due on day ${world.dayOf(executableAt)}`;
  },
};

async function sendExitRequest(world: World, { card, relayed }: StepOf<"requestExit">): Promise<Outcome> {
  const { cardId, holder } = world.card(card);
  const consumer = world.consumer(holder);
  if (!relayed) return await consumer.execute("requestExit", { cardId });
  const signed = await consumer.sign(await consumer.exitRequest(cardId));
  return await world.relayer.execute("requestExitWithSignature", signed);
}

/** A holder takes the request back. */
export const cancelExit: Action<"cancelExit"> = {
  attempt: (world, step) => `${titleOf(world, step.card)} takes the request to leave back`,

  play: async (world, { step }) => {
    const { cardId, holder } = world.card(step.card);
    await world.consumer(holder).execute("cancelExit", { cardId });
    return cancelExit.attempt(world, step);
  },
};

/** A request that is due is executed; anyone may send it. */
export const executeExit: Action<"executeExit"> = {
  attempt: (world, step) => `${titleOf(world, step.card)} leaves`,

  play: async (world, { step }) => {
    const { cardId } = world.card(step.card);
    const { events } = await world.relayer.execute("executeExit", { cardId });
    return `${titleOf(world, step.card)} leaves: ${refundOf(world, events)}`;
  },
};

/** The merchant agrees to a refund. */
export const refundCard: Action<"refundCard"> = {
  attempt: (world, step) => {
    const { program } = world.card(step.card);
    return `${world.merchantOf(program).name} refunds ${titleOf(world, step.card)}`;
  },

  play: async (world, { step }) => {
    const { cardId, program } = world.card(step.card);
    const { events } = await world.operatorOf(program.merchant).execute("refundCard", { cardId });
    return `${refundCard.attempt(world, step)}: ${refundOf(world, events)}`;
  },
};

/** The merchant extends a pass. */
export const extendPass: Action<"extendPass"> = {
  attempt: (world, step) => {
    const { program } = world.card(step.card);
    return `${world.merchantOf(program).name} extends the pass of ${titleOf(world, step.card)} by ${counted(step.days, "day")}`;
  },

  play: async (world, { step }) => {
    const { cardId, program } = world.card(step.card);
    const extension = BigInt(step.days) * DAY;
    const { events } = await world
      .operatorOf(program.merchant)
      .execute("extendPasses", { cardIds: [cardId], extension });
    const extended = events.some((event) => isEvent(event, "PassExtended"));
    return `${extendPass.attempt(world, step)}${extended ? "" : ": it is skipped"}`;
  },
};

/** The name of a card's holder. */
export function titleOf(world: World, name: string): string {
  const card: NamedCard = world.card(name);
  return world.consumerName(card.holder);
}

/** Whether the policy of a preset has a fee for leaving. */
function hasPresetFees({ policy }: Preset): boolean {
  const { feeFlat, feePriceBps, feeRestBps, coolingOffFeeBps } = policy;
  return [feeFlat, feePriceBps, feeRestBps, coolingOffFeeBps].some((fee) => fee !== 0);
}

/** The refund of a closing card, and the reason for it. */
export function refundOf(world: World, events: readonly EscrowEvent[]): string {
  const { money } = world;
  const { cardId, rule, refunded, released } = eventOf(events, "CardRefunded").args;
  const { kind, merchant } = world.programById(decodeCardId(cardId).programId);
  const fees = hasPresetFees(world.merchant(merchant).preset);
  // When a pass closes, the released amount is the price of its time and not a discount taken back.
  const forfeited = kind === "Pass" ? 0n : released;
  const kept = fees ? "discount and fee" : "discount";
  const lost = forfeited === 0n ? "" : `; ${money.full(forfeited)} of ${kept} goes to the merchant`;
  return `${money.full(refunded)} back, ${reasons[rule]}${lost}`;
}

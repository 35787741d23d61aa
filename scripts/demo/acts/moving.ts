import { decodeCardId } from "../../../src/contracts/cardId.js";
import type { World } from "../world.js";
import { eventOf } from "./action.js";
import type { Action } from "./action.js";
import { titleOf } from "./leaving.js";

/** A consumer names a recovery address. */
export const setRecovery: Action<"setRecovery"> = {
  attempt: (world, step) =>
    `${world.consumerName(step.consumer)} trusts ${world.consumerName(step.recovery)} to move the cards if the phone is lost`,

  play: async (world, { step }) => {
    const { address } = world.cast.consumer(step.recovery);
    await world.consumer(step.consumer).execute("setRecovery", { recovery: address });
    world.recoveries.set(step.consumer, step.recovery);
    return setRecovery.attempt(world, step);
  },
};

/** The holder, or the recovery address the holder has named, asks to move a card. */
export const requestMove: Action<"requestMove"> = {
  attempt: (world, step) => {
    const { holder } = world.card(step.card);
    const to = world.consumerName(step.to);
    if (!step.byRecovery) return `${titleOf(world, step.card)} gives the card to ${to}`;
    return `${world.consumerName(world.recoveryOf(holder))} asks to move the card of ${titleOf(world, step.card)} to ${to}`;
  },

  play: async (world, { step }) => {
    const { cardId, holder } = world.card(step.card);
    const sender = step.byRecovery ? world.recoveryOf(holder) : holder;
    const { address } = world.cast.consumer(step.to);
    const { events } = await world.consumer(sender).execute("requestMove", { cardId, to: address });
    const { executableAt } = eventOf(events, "MoveRequested").args;
    return `${requestMove.attempt(world, step)}: due on day ${world.dayOf(executableAt)}`;
  },
};

/** The merchant consents to a move, which shortens the wait. */
export const consentMove: Action<"consentMove"> = {
  attempt: (world, step) => `${world.merchantOf(world.card(step.card).program).name} agrees that it is moved at once`,

  play: async (world, { step }) => {
    const { cardId, program } = world.card(step.card);
    const operator = world.operatorOf(program.merchant);
    const { nonce } = await operator.card(cardId);
    await operator.execute("consentMove", { cardId, nonce });
    return consentMove.attempt(world, step);
  },
};

/** The holder ends a pending move. */
export const cancelMove: Action<"cancelMove"> = {
  attempt: (world, step) => `${titleOf(world, step.card)} keeps the card`,

  play: async (world, { step }) => {
    const { cardId, holder } = world.card(step.card);
    await world.consumer(holder).execute("cancelMove", { cardId });
    return cancelMove.attempt(world, step);
  },
};

/** A move that is due is executed; anyone may send it. */
export const executeMove: Action<"executeMove"> = {
  attempt: (world, step) => `The card of ${titleOf(world, step.card)} is moved`,

  play: async (world, { step }) => {
    const card = world.card(step.card);
    const { to } = await world.client.pendingMove(card.cardId);
    const { serial } = world.nextCard(to, card.program);
    const { events } = await world.relayer.execute("executeMove", { cardId: card.cardId, serial });
    const { newCardId } = eventOf(events, "CardMoved").args;
    const holder = consumerAt(world, decodeCardId(newCardId).holder);
    world.countCard(to, card.program);
    world.cards.set(step.as, { ...card, name: step.as, cardId: newCardId, holder });
    return `${executeMove.attempt(world, step)} to ${world.consumerName(holder)}, with all that is used and left; its old id is closed`;
  },
};

function consumerAt(world: World, address: string): string {
  const consumer = world.scenario.consumers.find(({ id }) => world.cast.consumer(id).address === address);
  if (consumer === undefined) throw new RangeError(`Nobody in the demo is at ${address}.`);
  return consumer.id;
}

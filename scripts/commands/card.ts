import { ZeroAddress } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/cardId.js";
import type { EscrowClient } from "../../src/client.js";
import { isRevert } from "../../src/errors.js";
import { isEvent } from "../../src/events.js";
import { InvalidInputError } from "../../src/invalidInput.js";
import { formatTime, parseTime } from "../../src/units.js";
import { table } from "../story/text.js";
import { given, reading, sheet, wholeNumber, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { hashOf } from "./evidence.js";

/** `card show`: a card, and what leaving would pay. */
export const show = reading(async (client, { card: cardId }: CommonArguments & { readonly card: string }) => {
  const { holder, programId, serial } = decodeCardId(cardId);
  const card = await client.card(cardId);
  if (card.status === "None") {
    throw new InvalidInputError("card", cardId, "a card that was bought", "find the holder's cards with card find");
  }
  const [program, quote, remaining, dispute, move] = await Promise.all([
    client.program(programId),
    client.quote(cardId),
    client.remaining(cardId),
    client.dispute(cardId),
    client.pendingMove(cardId),
  ]);
  const { token } = quote;
  const lines: [string, string][] = [
    ["Holder", holder],
    ["Merchant, program, serial", `${program.merchantId}, ${programId}, ${serial}`],
    ["Status", card.status],
    ["Paid", `${token.format(card.principal)} on ${formatTime(card.openedAt)}`],
    ["Consumed", `${card.consumed} units`],
    ["Remaining", token.format(remaining)],
    ["Nonce", String(card.nonce)],
  ];
  if (card.exitRequestedAt !== 0n) lines.push(["Asked to leave", formatTime(card.exitRequestedAt)]);
  if (dispute.kind !== "None")
    lines.push(["Dispute", `${dispute.kind}, to be ruled on until ${formatTime(dispute.rulingUntil)}`]);
  if (move.to !== ZeroAddress) lines.push(["Moving", `to ${move.to}, from ${formatTime(move.executableAt)}`]);
  lines.push(["Leaving now", quote.sentence]);
  const { sentence, rule, refund, forfeited, released, consumed, executableAt, lapsesAt } = quote;
  const leaving = { rule, refund, forfeited, released, consumed, executableAt, lapsesAt, sentence };
  const data = { cardId, holder, programId, serial, merchantId: program.merchantId, ...card, remaining, leaving };
  return { text: sheet("Card", lines), data: { ...data, dispute, move } };
});

/** `card find`: all cards of a holder. */
export const find = reading(
  async (client, args: CommonArguments & { readonly holder: string; readonly gap: string }) => {
    const gap = Number(wholeNumber("gap", args.gap));
    const found = await client.findCards(args.holder === "" ? await client.account() : args.holder, { gap });
    if (found.length === 0) return { text: "No cards were found.", data: [] };
    const rows = await Promise.all(
      found.map(async ({ cardId, programId, serial, state, movedTo, card }) => {
        const token = await client.tokenOfCard(cardId);
        const place = movedTo === undefined ? cardId : `${cardId}\nnow ${movedTo}`;
        return [place, String(programId), String(serial), state, token.format(card.principal)];
      }),
    );
    const columns = [
      { title: "Card", align: "left" },
      { title: "Program", align: "right" },
      { title: "Serial", align: "right" },
      { title: "State", align: "left" },
      { title: "Paid", align: "right" },
    ] as const;
    // Ids are there to be copied, so no line is cut.
    return { text: table(columns, rows, (head) => head, Infinity), data: found };
  },
);

interface BuyArguments extends WriteArguments {
  readonly program: bigint;
  readonly holder: string | undefined;
  readonly amount: string | undefined;
  readonly serial: string | undefined;
  readonly startsAt: string | undefined;
  readonly permit: boolean;
}

/** `card buy`: buys a card with the sender's allowance, or with a permit signed on the way. */
export const buy = writing(async (client, args: BuyArguments) => {
  const { merchantId } = await client.program(args.program);
  const token = await client.tokenOf(merchantId);
  const order = {
    programId: args.program,
    ...(args.holder === undefined ? {} : { holder: args.holder }),
    ...(args.amount === undefined ? {} : { principal: token.parse(args.amount) }),
    ...(args.serial === undefined ? {} : { serial: wholeNumber("serial", args.serial) }),
    ...(args.startsAt === undefined ? {} : { startsAt: parseTime(args.startsAt) }),
  };
  const purchase = await client.purchase(order);
  const call = args.permit
    ? client.call("buyWithPermit", await client.sign(await client.askPermit(purchase)))
    : client.buyCall(purchase);
  return {
    intent: `Buy a card of program ${args.program} at merchant ${merchantId} for ${purchase.holder}, for ${token.format(purchase.principal)}`,
    call,
    result: () => `Card ${encodeCardId(purchase)} is open`,
  };
});

interface LeaveArguments extends WriteArguments {
  readonly card: string;
  readonly cancel: boolean;
  readonly to: string | undefined;
}

/** `card leave`: asks to leave; once that is due, takes the refund; or cancels the request. */
export const leave = writing(async (client, { card: cardId, cancel, to }: LeaveArguments) => {
  if (cancel) {
    if (to !== undefined) throw new InvalidInputError("--to", to, "nothing with --cancel", "give one of them");
    return { intent: "Cancel the request to leave", call: client.call("cancelExit", { cardId }) };
  }
  const quote = await client.quote(cardId);
  const paid = `${quote.token.format(quote.refund)} by the rule ${quote.rule}`;
  if (to === undefined && (await asksAgain(client, cardId))) {
    return {
      intent: `Ask to leave, for ${paid} as of now`,
      call: client.call("requestExit", { cardId }),
      result: ({ events }) => {
        const { executableAt } = events.find((event) => isEvent(event, "ExitRequested"))?.args ?? quote;
        return `Anyone can execute it from ${formatTime(executableAt)}, with the same command`;
      },
    };
  }
  const call =
    to === undefined ? client.call("executeExit", { cardId }) : client.call("executeExitTo", { cardId, recipient: to });
  return {
    intent: `Leave, for ${paid}${to === undefined ? "" : `, paid to ${to}`}`,
    call,
    result: ({ events }) => {
      const refund = events.find((event) => isEvent(event, "CardRefunded"));
      if (refund === undefined) return "Done";
      const { refunded, recipient, rule } = refund.args;
      return `${quote.token.format(refunded)} paid to ${recipient} by the rule ${rule}`;
    },
  };
});

/** Whether there is no request to leave, or one that lapsed: only the contract counts the time under a flag. */
async function asksAgain(client: EscrowClient, cardId: string): Promise<boolean> {
  try {
    await client.simulate("executeExit", { cardId });
    return false;
  } catch (error) {
    return isRevert(error, "CardExitNotRequested");
  }
}

interface MoveArguments extends WriteArguments {
  readonly card: string;
  readonly to: string | undefined;
  readonly consent: boolean;
  readonly execute: boolean;
  readonly cancel: boolean;
}

/** `card move`: asks for a move, consents to it, executes or cancels it. */
export const move = writing(async (client, args: MoveArguments) => {
  const { card: cardId, to, consent, execute, cancel } = args;
  if ([to !== undefined, consent, execute, cancel].filter(Boolean).length !== 1) {
    const allowed = "one of --to, --consent, --execute, --cancel";
    throw new InvalidInputError("what to do", "unclear", allowed, "give exactly one of them");
  }
  if (cancel) return { intent: "Cancel the move", call: client.call("cancelMove", { cardId }) };
  if (to !== undefined) {
    return { intent: `Ask to move the card to ${to}`, call: client.call("requestMove", { cardId, to }) };
  }
  const { to: next } = await client.pendingMove(cardId);
  if (consent) {
    const { nonce } = await client.card(cardId);
    return { intent: `Consent to moving the card to ${next}`, call: client.call("consentMove", { cardId, nonce }) };
  }
  const { programId } = decodeCardId(cardId);
  const serial = await client.freeSerial(next, programId);
  return {
    intent: `Move the card to ${next}`,
    call: client.call("executeMove", { cardId, serial }),
    result: () => `It is now card ${encodeCardId({ holder: next, programId, serial })}`,
  };
});

interface ComplainArguments extends WriteArguments {
  readonly card: string;
  readonly evidence: string | undefined;
}

/** `complain`: opens a complaint about a card. */
export const complain = writing((client, { card: cardId, evidence }: ComplainArguments) => {
  const hash = hashOf("evidence", given("evidence", evidence));
  return Promise.resolve({
    intent: `Complain about the card, with evidence ${hash}`,
    call: client.call("complain", { cardId, evidence: hash }),
    result: ({ events }) => {
      const opened = events.find((event) => isEvent(event, "ComplaintOpened"));
      if (opened === undefined) return "Done";
      const { rulingFrom, rulingUntil } = opened.args;
      return `It can be ruled on from ${formatTime(rulingFrom)} until ${formatTime(rulingUntil)}`;
    },
  });
});

interface ResolveArguments extends WriteArguments {
  readonly card: string;
  readonly award: string | undefined;
  readonly dismiss: boolean;
  readonly decision: string | undefined;
}

/** `resolve`: rules on a dispute, for the holder or against. */
export const resolve = writing(async (client, { card: cardId, award, dismiss, decision }: ResolveArguments) => {
  if (dismiss === (award !== undefined)) {
    throw new InvalidInputError("the ruling", "unclear", "--award AMOUNT or --dismiss", "give exactly one of them");
  }
  const hash = hashOf("decision", given("decision", decision));
  const token = await client.tokenOfCard(cardId);
  const awarded = award === undefined ? 0n : token.parse(award);
  return {
    intent: dismiss ? "Dismiss the dispute" : `Close the card with ${token.format(awarded)} for the holder`,
    call: client.call("resolve", { cardId, upheld: !dismiss, awarded, decision: hash }),
  };
});

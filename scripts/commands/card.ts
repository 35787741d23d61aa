import { ZeroAddress } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import type { EscrowClient } from "../../src/client/client.js";
import type { Quote } from "../../src/client/reader.js";
import { mostToAward } from "../../src/contracts/release.js";
import { isRevert } from "../../src/contracts/reverts.js";
import { isEvent } from "../../src/contracts/events.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { formatDuration, formatTime } from "../../src/utils/units.js";
import { counted, given, reading, series, sized, wholeNumber, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { skippedLines } from "./voucher.js";
import { hashOf } from "./files.js";
import { deadline, list, sheet, unitsOf } from "./layout.js";
import { ordered } from "./order.js";
import type { OrderArguments } from "./order.js";

/** `card show`: shows a card, and the refund of leaving now. */
export const show = reading(async (client, { card: cardId }: CommonArguments & { readonly card: string }) => {
  const { holder, programId, serial } = decodeCardId(cardId);
  const card = await client.card(cardId);
  if (card.status === "None") {
    throw new InvalidInputError("card", cardId, "a card that was bought", "find the holder's cards with card find");
  }
  const [program, quote, remaining, dispute, move, now] = await Promise.all([
    client.program(programId),
    client.quote(cardId),
    client.remaining(cardId),
    client.dispute(cardId),
    client.pendingMove(cardId),
    client.now(),
  ]);
  const { token } = quote;
  const lines: [string, string][] = [
    ["Holder", holder],
    ["Merchant, program, serial", `${program.merchantId}, ${programId}, ${serial}`],
    ["Status", card.status],
    ["Paid", token.format(card.principal)],
    [card.openedAt > now ? "Begins" : "Began", deadline(card.openedAt, now)],
    ["Consumed", unitsOf(program.kind, card.consumed, token)],
    ["Remaining", token.format(remaining)],
    ["Nonce", String(card.nonce)],
  ];
  if (card.exitRequestedAt !== 0n) lines.push(["Asked to leave", formatTime(card.exitRequestedAt)]);
  if (card.coolingOffOver) lines.push(["Cooling-off", "over; the pass was extended after it"]);
  if (dispute.kind !== "None")
    lines.push(["Dispute", `${dispute.kind}, to be ruled on until ${deadline(dispute.rulingUntil, now)}`]);
  if (move.to !== ZeroAddress) lines.push(["Moving", `to ${move.to}, from ${deadline(move.executableAt, now)}`]);
  lines.push(["Leaving now", quote.sentence], ["Rule", quote.rule]);
  const { sentence, rule, refund, forfeited, fee, released, consumed, executableAt, lapsesAt } = quote;
  const leaving = { rule, refund, forfeited, fee, released, consumed, executableAt, lapsesAt, sentence };
  const data = { cardId, holder, programId, serial, merchantId: program.merchantId, ...card, remaining, leaving };
  return { text: sheet("Card", lines), data: { ...data, dispute, move } };
});

/** `card find`: lists all cards of a holder. */
export const find = reading(
  async (client, args: CommonArguments & { readonly holder: string; readonly gap: string }) => {
    const gap = Number(wholeNumber("gap", args.gap));
    const found = await client.findCards(args.holder === "" ? await client.account() : args.holder, { gap });
    const rows = await Promise.all(
      found.map(async ({ cardId, programId, serial, state, movedTo, card }) => {
        const token = await client.tokenOfCard(cardId);
        const place = movedTo === undefined ? cardId : `${cardId}\nnow ${movedTo}`;
        return [place, String(programId), String(serial), state, token.format(card.principal)];
      }),
    );
    return {
      text: list(["Card", "Program>", "Serial>", "State", "Paid>"], rows, "No cards were found."),
      data: found,
    };
  },
);

/** `card buy`: buys a card with the sender's allowance or a permit. */
export const buy = writing(async (client, args: OrderArguments & WriteArguments & { readonly permit: boolean }) => {
  const { purchase, merchantId, token } = await ordered(client, args);
  const call = args.permit
    ? client.call("buyWithPermit", await client.sign(await client.permitRequest(purchase)))
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

/** `card leave`: asks to leave, takes the refund once it is due, or cancels the request. */
export const leave = writing(async (client, { card: cardId, cancel, to }: LeaveArguments) => {
  if (cancel) {
    if (to !== undefined) throw new InvalidInputError("--to", to, "nothing with --cancel", "give one of them");
    return { intent: "Cancel the request to leave", call: client.call("cancelExit", { cardId }) };
  }
  const quote = await client.quote(cardId);
  const paid = `${quote.token.format(quote.refund)} by the rule ${quote.rule}`;
  if (to === undefined && (await needsRequest(client, cardId))) {
    return {
      intent: `Ask to leave, for ${paid}${feeOf(quote)} as of now`,
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
    intent: `Leave, for ${paid}${feeOf(quote)}${to === undefined ? "" : `, paid to ${to}`}`,
    call,
    result: ({ events }) => {
      const refund = events.find((event) => isEvent(event, "CardRefunded"));
      if (refund === undefined) return "Done";
      const { refunded, recipient, rule } = refund.args;
      return `${quote.token.format(refunded)} paid to ${recipient} by the rule ${rule}`;
    },
  };
});

/** The fee of a quote, as the end of a sentence; empty without one. */
function feeOf({ token, fee }: Quote): string {
  return fee === 0n ? "" : `, after a fee of ${token.format(fee)},`;
}

/** Whether to make a new request to leave: there is none, or it has lapsed. The contract decides, because a flag stops the time. */
async function needsRequest(client: EscrowClient, cardId: string): Promise<boolean> {
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

interface EvidenceArguments extends WriteArguments {
  readonly card: string;
  readonly evidence: string | undefined;
}

/** `card refund`: closes a card by an operator's consent, and pays the holder all that remains. */
export const refund = writing(async (client, { card: cardId }: WriteArguments & { readonly card: string }) => {
  const [remaining, token] = await Promise.all([client.remaining(cardId), client.tokenOfCard(cardId)]);
  return {
    intent: `Refund the card, ${token.format(remaining)} as booked, to ${decodeCardId(cardId).holder}`,
    call: client.call("refundCard", { cardId }),
    result: ({ events }) => {
      const refunded = events.find((event) => isEvent(event, "CardRefunded"));
      if (refunded === undefined) return "Done";
      return `${token.format(refunded.args.refunded)} paid to ${refunded.args.recipient}`;
    },
  };
});

/** `dispute contest`: contests a request to leave as an operator, which opens a dispute. */
export const contest = writing((client, { card: cardId, evidence }: EvidenceArguments) => {
  const hash = hashOf("evidence", given("evidence", evidence));
  return Promise.resolve({
    intent: `Contest the holder's exit, with evidence ${hash}`,
    call: client.call("contestExit", { cardId, evidence: hash }),
    result: ({ events }) => {
      const contested = events.find((event) => isEvent(event, "ExitContested"));
      return contested === undefined ? "Done" : rulingTimes(contested.args);
    },
  });
});

/** `card accrue`: books the time of passes. */
export const accrue = series(
  (client, { cards, ...args }: WriteArguments & { readonly cards: readonly string[]; readonly gas: string }) => {
    const gas = wholeNumber("gas", args.gas);
    return Promise.resolve({
      intent: `Book the time of ${counted(cards.length, "pass")}`,
      total: cards.length,
      item: "pass",
      calls: sized(client, cards, gas, (cardIds) => client.call("accrue", { cardIds })),
      result: (outcomes) => {
        const events = outcomes.flatMap((outcome) => outcome.events);
        const accrued = events.filter((event) => isEvent(event, "PassAccrued")).map((event) => event.args);
        const skipped = events.filter((event) => isEvent(event, "ConsumptionSkipped")).map((event) => event.args);
        return {
          text: `${accrued.length} booked, ${skipped.length} skipped${skippedLines(skipped)}`,
          data: { accrued, skipped },
        };
      },
    });
  },
);

const DAY = 86_400n;

/** The seconds of an option in days. */
function secondsOf(days: string | undefined): bigint {
  return wholeNumber("days", given("days", days)) * DAY;
}

interface ExtendArguments extends WriteArguments {
  readonly cards: readonly string[];
  readonly days: string | undefined;
  readonly gas: string;
}

/** `card extend`: extends passes, as an operator. */
export const extend = series((client, { cards, days, ...args }: ExtendArguments) => {
  const extension = secondsOf(days);
  const gas = wholeNumber("gas", args.gas);
  return Promise.resolve({
    intent: `Extend ${counted(cards.length, "pass")} by ${formatDuration(extension)}`,
    total: cards.length,
    item: "pass",
    calls: sized(client, cards, gas, (cardIds) => client.call("extendPasses", { cardIds, extension })),
    result: (outcomes) => {
      const events = outcomes.flatMap((outcome) => outcome.events);
      const extended = events.filter((event) => isEvent(event, "PassExtended")).map((event) => event.args);
      const skipped = events.filter((event) => isEvent(event, "ConsumptionSkipped")).map((event) => event.args);
      return {
        text: `${extended.length} extended, ${skipped.length} skipped${skippedLines(skipped)}`,
        data: { extended, skipped },
      };
    },
  });
});

/** `card recovery show`: shows the recovery address of a holder. */
export const recoveryOf = reading(async (client, args: CommonArguments & { readonly holder: string }) => {
  const holder = args.holder === "" ? await client.account() : args.holder;
  const recovery = await client.recoveryOf(holder);
  const nobody = recovery === ZeroAddress;
  const text = nobody ? `${holder} has named nobody.` : `${recovery} may ask to move the cards of ${holder}.`;
  return { text, data: { holder, recovery: nobody ? null : recovery } };
});

/** `card recovery set`: names the recovery address of the account. */
export const recovery = writing((client, { to, remove }: WriteArguments & { to: string; remove: boolean }) => {
  if (remove === (to !== "")) {
    throw new InvalidInputError("what to do", "unclear", "an address or --remove", "give exactly one of them");
  }
  return Promise.resolve({
    intent: remove ? "Let nobody ask to move the account's cards" : `Let ${to} ask to move the account's cards`,
    call: client.call("setRecovery", { recovery: remove ? ZeroAddress : to }),
  });
});

/** `dispute complain`: opens a complaint about a card. */
export const complain = writing((client, { card: cardId, evidence }: EvidenceArguments) => {
  const hash = hashOf("evidence", given("evidence", evidence));
  return Promise.resolve({
    intent: `Complain about the card, with evidence ${hash}`,
    call: client.call("complain", { cardId, evidence: hash }),
    result: ({ events }) => {
      const opened = events.find((event) => isEvent(event, "ComplaintOpened"));
      return opened === undefined ? "Done" : rulingTimes(opened.args);
    },
  });
});

function rulingTimes({
  rulingFrom,
  rulingUntil,
}: {
  readonly rulingFrom: bigint;
  readonly rulingUntil: bigint;
}): string {
  return `It can be ruled on from ${formatTime(rulingFrom)} until ${formatTime(rulingUntil)}`;
}

interface ResolveArguments extends WriteArguments {
  readonly card: string;
  readonly award: string | undefined;
  readonly dismiss: boolean;
  readonly decision: string | undefined;
}

/** `dispute resolve`: upholds or dismisses a dispute, as the association. */
export const resolve = writing(async (client, { card: cardId, award, dismiss, decision }: ResolveArguments) => {
  if (dismiss === (award !== undefined)) {
    throw new InvalidInputError("the ruling", "unclear", "--award AMOUNT or --dismiss", "give exactly one of them");
  }
  const hash = hashOf("decision", given("decision", decision));
  const { token, refund: least, most } = await boundsOf(client, cardId);
  const awarded = award === undefined ? 0n : token.parse(award);
  const range = `the rules leave ${token.format(least)}${most <= least ? "" : ` to ${token.format(most)}`} now`;
  return {
    intent: dismiss ? "Dismiss the dispute" : `Close the card and award the holder ${token.format(awarded)}; ${range}`,
    call: client.call("resolve", { cardId, upheld: !dismiss, awarded, decision: hash }),
    result: ({ events }) => {
      const refunded = events.find((event) => isEvent(event, "CardRefunded"));
      if (refunded === undefined) return "The card goes on";
      const { refunded: amount, recipient } = refunded.args;
      return `${token.format(amount)} paid to ${recipient}${amount === awarded ? "" : ", the nearest that the rules leave"}`;
    },
  };
});

/** The quote of a card in dispute, and the most that can be awarded now. */
async function boundsOf(client: EscrowClient, cardId: string) {
  const [card, dispute, quote, program] = await Promise.all([
    client.card(cardId),
    client.dispute(cardId),
    client.quote(cardId),
    client.program(decodeCardId(cardId).programId),
  ]);
  const [policy, merchant] = await Promise.all([client.policy(program.policyId), client.merchant(program.merchantId)]);
  return { ...quote, most: mostToAward({ card, dispute, quote, program, policy, merchant }) };
}

interface ExtensionArguments extends WriteArguments {
  readonly card: string;
  readonly days: string | undefined;
  readonly decision: string | undefined;
}

/** `dispute extend`: rules on a complaint about a pass by extending it, as the association. */
export const resolveByExtension = writing((client, { card: cardId, days, decision }: ExtensionArguments) => {
  const extension = secondsOf(days);
  const hash = hashOf("decision", given("decision", decision));
  return Promise.resolve({
    intent: `End the complaint and extend the pass by ${formatDuration(extension)}, with decision ${hash}`,
    call: client.call("resolveByExtension", { cardId, extension, decision: hash }),
    result: ({ events }) => {
      const extended = events.find((event) => isEvent(event, "PassExtended"));
      return extended === undefined ? "Done" : `It counts as begun at ${formatTime(extended.args.startsAt)}`;
    },
  });
});

/** `dispute end`: ends a complaint without effect, on which nobody ruled in time. */
export const endComplaint = writing((client, { card: cardId }: WriteArguments & { readonly card: string }) =>
  Promise.resolve({
    intent: "End the complaint without effect",
    call: client.call("endComplaint", { cardId }),
    result: ({ events }) => {
      const ended = events.find((event) => isEvent(event, "ComplaintEnded"));
      if (ended === undefined) return "Done";
      return `The card goes on; the next complaint about it is accepted from ${formatTime(ended.args.complaintFrom)}`;
    },
  }),
);

/** `dispute execute`: executes a dispute without a ruling in time. */
export const executeDispute = writing(async (client, { card: cardId }: WriteArguments & { readonly card: string }) => {
  const token = await client.tokenOfCard(cardId);
  return {
    intent: "Carry out the dispute, on which nobody ruled in time",
    call: client.call("executeDispute", { cardId }),
    result: ({ events }) => {
      const refunded = events.find((event) => isEvent(event, "CardRefunded"));
      if (refunded === undefined) return "Done";
      return `${token.format(refunded.args.refunded)} paid to ${refunded.args.recipient} by the rule ${refunded.args.rule}`;
    },
  };
});

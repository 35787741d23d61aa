import { isEvent } from "../../src/contracts/events.js";
import { formatTime, parseTime } from "../../src/utils/units.js";
import { counted, given, series, sized, wholeNumber, writing } from "./command.js";
import type { WriteArguments } from "./command.js";
import { hashOf } from "./files.js";

interface OfMerchant extends WriteArguments {
  readonly merchant: bigint;
}

interface EvidenceArguments extends OfMerchant {
  readonly evidence: string | undefined;
}

/** `supervision suspend`: stops sales and payouts for 90 days, as the regulator. */
export const suspend = writing((client, { merchant: merchantId, evidence }: EvidenceArguments) => {
  const hash = hashOf("evidence", given("evidence", evidence));
  return Promise.resolve({
    intent: `Suspend merchant ${merchantId}, with evidence ${hash}`,
    call: client.call("suspend", { merchantId, evidence: hash }),
    result: ({ events }) => {
      const suspended = events.find((event) => isEvent(event, "MerchantSuspended"));
      return suspended === undefined ? "Done" : `It lapses at ${formatTime(suspended.args.until)}`;
    },
  });
});

/** `supervision resume`: ends a suspension, as the regulator. */
export const resume = writing((client, { merchant: merchantId }: OfMerchant) =>
  Promise.resolve({
    intent: `End the suspension of merchant ${merchantId}`,
    call: client.call("resume", { merchantId }),
  }),
);

/** `supervision run-off`: starts a run-off, as the owner or the regulator. */
export const runOff = writing((client, args: OfMerchant & { readonly lastServiceAt: string | undefined }) => {
  const { merchant: merchantId } = args;
  const lastServiceAt = parseTime(given("last-service-at", args.lastServiceAt));
  return Promise.resolve({
    intent: `Begin the run-off of merchant ${merchantId}, which serves until ${formatTime(lastServiceAt)}`,
    call: client.call("startRunOff", { merchantId, lastServiceAt }),
    result: ({ events }) => {
      const started = events.find((event) => isEvent(event, "RunOffStarted"));
      return started === undefined ? "Done" : `Cards can be refunded from ${formatTime(started.args.noticeEndsAt)}`;
    },
  });
});

/** `supervision close`: closes a merchant after its run-off, once nothing is outstanding. Anyone may send it. */
export const close = writing((client, { merchant: merchantId }: OfMerchant) =>
  Promise.resolve({
    intent: `Close merchant ${merchantId} for good`,
    call: client.call("closeMerchant", { merchantId }),
  }),
);

/** `supervision flag-default`: flags a default, as the regulator. */
export const flagDefault = writing(
  async (client, args: EvidenceArguments & { readonly serviceStoppedAt: string | undefined }) => {
    const { merchant: merchantId, evidence } = args;
    const hash = hashOf("evidence", given("evidence", evidence));
    const stopped = args.serviceStoppedAt === undefined ? await client.now() : parseTime(args.serviceStoppedAt);
    return {
      intent: `Flag merchant ${merchantId} as defaulted, its service stopped at ${formatTime(stopped)}, with evidence ${hash}`,
      call: client.call("flagDefault", { merchantId, serviceStoppedAt: stopped, evidence: hash }),
      result: ({ events }) => {
        const flagged = events.find((event) => isEvent(event, "DefaultFlagged"));
        if (flagged === undefined) return "Done";
        return `Signed consumption settles until ${formatTime(flagged.args.windowEndsAt)}; then everybody can be refunded`;
      },
    };
  },
);

/** `supervision withdraw-default`: withdraws the first flag before its window ends, as the regulator. */
export const withdrawDefault = writing((client, { merchant: merchantId }: OfMerchant) =>
  Promise.resolve({
    intent: `Withdraw the default flag of merchant ${merchantId}`,
    call: client.call("withdrawDefault", { merchantId }),
    result: ({ events }) => {
      const withdrawn = events.find((event) => isEvent(event, "DefaultWithdrawn"));
      return withdrawn === undefined ? "Done" : `The merchant is ${withdrawn.args.status}`;
    },
  }),
);

/**
 * `supervision refund-all`: refunds every open card of a merchant, in as many transactions as the gas needs. It reads the open cards
 * from the chain, so after a failure repeating it refunds the rest.
 */
export const refundAll = series(async (client, args: OfMerchant & { readonly gas: string }) => {
  const { merchant: merchantId } = args;
  const gas = wholeNumber("gas", args.gas);
  const [token, open] = await Promise.all([client.tokenOf(merchantId), client.history.openCards(merchantId)]);
  const ids = open.map(({ cardId }) => cardId);
  return {
    intent: `Refund ${counted(ids.length, "open card")} of merchant ${merchantId}`,
    total: ids.length,
    item: "card",
    calls: sized(client, ids, gas, (cardIds) => client.call("refundCards", { merchantId, cardIds })),
    result: (outcomes) => {
      const events = outcomes.flatMap((outcome) => outcome.events);
      const paid = events.filter((event) => isEvent(event, "CardRefunded")).map(({ args: refund }) => refund);
      const failed = events.filter((event) => isEvent(event, "RefundFailed")).map(({ args: refund }) => refund);
      const refunded = paid.reduce((sum, each) => sum + each.refunded, 0n);
      const lines = failed.map(
        ({ holder, amount, cardId }) =>
          `\n  not paid: ${token.format(amount)} to ${holder}, whose claim stands (card ${cardId})`,
      );
      const text = `${paid.length} refunded with ${token.format(refunded)}, ${failed.length} not paid${lines.join("")}`;
      return { text, data: { merchantId, cards: paid.length, refunded, failed } };
    },
  };
});

import { ZeroAddress } from "ethers";

import { checksummed } from "../../src/client/rpc.js";
import { approveCall } from "../../src/actions/calls.js";
import { isEvent } from "../../src/contracts/events.js";
import type { Token } from "../../src/utils/token.js";
import { formatTime } from "../../src/utils/units.js";
import { given, reading, wholeNumber, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { deadline, list, sheet, warningsLine } from "./layout.js";

type OfMerchant = CommonArguments & { readonly merchant: bigint };

/** `merchant show`: shows a merchant. */
export const show = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const merchant = await client.merchant(merchantId);
  const [token, now, { outstandingCap }] = await Promise.all([
    client.token(merchant.token),
    client.now(),
    client.pool(merchantId),
  ]);
  const lines: [string, string][] = [
    ["Status", merchant.status],
    ["Owner", merchant.owner],
    ["Payout", merchant.payout],
    ["Vault", merchant.vault],
    ["Token", `${token.symbol}, ${token.address}`],
    ["Policy", String(merchant.policyId)],
    ["Cap", capOf(outstandingCap, token)],
  ];
  if (merchant.nextOwner !== ZeroAddress) {
    lines.push([
      "Next owner",
      `${merchant.nextOwner}, may accept from ${deadline(merchant.ownershipAcceptableAt, now)}`,
    ]);
  }
  if (merchant.nextPayout !== ZeroAddress) {
    lines.push(["Next payout", `${merchant.nextPayout}, from ${deadline(merchant.payoutChangesAt, now)}`]);
  }
  if (merchant.status === "Suspended") lines.push(["Suspended until", deadline(merchant.suspendedUntil, now)]);
  if (merchant.status === "RunOff") {
    lines.push(["Last day of service", deadline(merchant.lastServiceAt, now)]);
    lines.push(["Notice ends", deadline(merchant.noticeEndsAt, now)]);
  }
  if (merchant.status === "Defaulted") lines.push(["Final window ends", deadline(merchant.windowEndsAt, now)]);
  const { complaintCount, complaintValue } = merchant;
  const complaints =
    complaintCount === 0n ? "none" : `${complaintCount}, about cards of ${token.format(complaintValue)}`;
  lines.push(["Open complaints", complaints]);
  return { text: sheet(`Merchant ${merchantId}`, lines), data: { merchantId, ...merchant } };
});

/** A cap in words. On chain it is in whole tokens. */
function capOf(cap: bigint, token: Token): string {
  return cap === 0n ? "none" : token.format(token.parse(String(cap)));
}

/** `pool show`: shows a merchant's outstanding, balance, releasable amount and standing warnings. */
export const pool = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [token, figures, warnings] = await Promise.all([
    client.tokenOf(merchantId),
    client.pool(merchantId),
    client.warnings(merchantId),
  ]);
  const { outstanding, balance, releasable, outstandingCap } = figures;
  const text = sheet(`Pool of merchant ${merchantId}`, [
    ["Balance", token.format(balance)],
    ["Outstanding", token.format(outstanding)],
    ["Releasable", token.format(releasable)],
    ["Cap", capOf(outstandingCap, token)],
    ["Warnings", warningsLine(warnings)],
  ]);
  return { text, data: { merchantId, token: token.address, ...figures, warnings } };
});

interface RegisterArguments extends WriteArguments {
  readonly owner: string | undefined;
  readonly payout: string | undefined;
  readonly policy: string | undefined;
  readonly cap: string;
  readonly metadata: string;
}

/** `merchant register`: registers a merchant, as the regulator. */
export const register = writing(async (client, args: RegisterArguments) => {
  const owner = checksummed("--owner", given("owner", args.owner));
  const policyId = wholeNumber("policy", given("policy", args.policy));
  await client.policy(policyId);
  const payout = args.payout === undefined ? owner : checksummed("--payout", args.payout);
  const outstandingCap = wholeNumber("cap", args.cap);
  const input = { owner, payout, policyId, outstandingCap, metadataURI: args.metadata };
  return {
    intent: `Register a merchant of ${owner} under policy ${policyId}, paid out to ${payout}`,
    call: client.call("registerMerchant", input),
    result: ({ events }) => {
      const registered = events.find((event) => isEvent(event, "MerchantRegistered"));
      return registered === undefined
        ? "Done"
        : `It is merchant ${registered.args.merchantId}, its vault ${registered.args.vault}`;
    },
  };
});

/** `merchant operators`: lists the operators of a merchant, by the events. */
export const operators = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  await client.merchant(merchantId);
  const operators = await client.history.operators(merchantId);
  return {
    text: list(
      [`Operators of merchant ${merchantId}`],
      operators.map((each) => [each]),
      "No operator is enabled.",
    ),
    data: { merchantId, operators },
  };
});

/** `merchant operator`: enables or disables an operator, as the owner. */
export const operator = writing(
  (
    client,
    args: WriteArguments & { readonly merchant: bigint; readonly account: string; readonly remove: boolean },
  ) => {
    const { merchant: merchantId, remove } = args;
    const operator = checksummed("operator", args.account);
    return Promise.resolve({
      intent: `${remove ? "Disable" : "Enable"} operator ${operator} of merchant ${merchantId}`,
      call: client.call("setOperator", { merchantId, operator, enabled: !remove }),
      result: () => `${operator} ${remove ? "may no longer" : "may"} act for merchant ${merchantId} at its tills`,
    });
  },
);

/** `merchant pay-out`: pays the releasable amount to the merchant. */
export const payOut = writing(
  async (client, { merchant: merchantId }: WriteArguments & { readonly merchant: bigint }) => {
    const [{ payout }, { releasable }, token] = await Promise.all([
      client.merchant(merchantId),
      client.pool(merchantId),
      client.tokenOf(merchantId),
    ]);
    return {
      intent: `Pay merchant ${merchantId} what it has earned, ${token.format(releasable)}, to ${payout}`,
      call: client.call("payOut", { merchantId }),
      result: ({ events }) => {
        const paid = events.find((event) => isEvent(event, "PaidOut"));
        return paid === undefined ? "Done" : `${token.format(paid.args.amount)} paid to ${paid.args.payout}`;
      },
    };
  },
);

/** `merchant list`: lists all merchants. */
export const listAll = reading(async (client) => {
  const merchants = await client.history.merchants();
  const rows = await Promise.all(
    merchants.map(async ({ merchantId, status, owner, policyId, token }) => {
      const { outstanding } = await client.pool(merchantId);
      return [String(merchantId), status, owner, String(policyId), (await client.token(token)).format(outstanding)];
    }),
  );
  const titles = ["Merchant>", "Status", "Owner", "Policy>", "Outstanding>"];
  return { text: list(titles, rows, "No merchant is registered."), data: merchants };
});

/** `merchant cards`: lists all cards that a merchant has sold, or the open ones. */
export const cards = reading(
  async (client, { merchant: merchantId, open }: OfMerchant & { readonly open: boolean }) => {
    const token = await client.tokenOf(merchantId);
    const found = open ? await client.history.openCards(merchantId) : await client.history.cards(merchantId);
    const rows = found.map(({ cardId, card }) => [
      cardId,
      card.status === "None" ? "Refunded" : card.status,
      // A refunded card is deleted on chain, together with its principal.
      card.status === "None" ? "–" : token.format(card.principal),
      [card.exitRequestedAt === 0n ? "" : "leaving", card.disputed ? "disputed" : "", card.moving ? "moving" : ""]
        .filter((word) => word !== "")
        .join(", "),
    ]);
    return { text: list(["Card", "Status", "Paid>", "Pending"], rows, "No cards were found."), data: found };
  },
);

/** `merchant waiting`: lists the cards with a pending exit, dispute or move. */
export const waiting = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [found, now] = await Promise.all([client.history.waiting(merchantId), client.now()]);
  const rows = found.flatMap(({ cardId, exit, dispute, move }) => {
    const lines: string[][] = [];
    if (exit !== undefined) lines.push([cardId, "exit", `can be executed from ${deadline(exit.executableAt, now)}`]);
    if (dispute !== undefined) {
      const until = deadline(dispute.rulingUntil, now);
      lines.push([cardId, dispute.kind.toLowerCase(), `can be ruled on until ${until}`]);
    }
    if (move !== undefined) lines.push([cardId, "move", `can be executed from ${deadline(move.executableAt, now)}`]);
    return lines;
  });
  return { text: list(["Card", "What", "When"], rows, "Nothing is waiting."), data: found };
});

/** `merchant set-policy`: puts a merchant under another policy, as the regulator. */
export const setPolicy = writing(
  async (client, { merchant: merchantId, policy: policyId }: WriteArguments & { merchant: bigint; policy: bigint }) => {
    await client.policy(policyId);
    return {
      intent: `Put merchant ${merchantId} under policy ${policyId}; programs under another one stop selling`,
      call: client.call("setMerchantPolicy", { merchantId, policyId }),
    };
  },
);

/** `merchant set-cap`: sets the cap on a merchant's outstanding, as the regulator. */
export const setCap = writing(
  async (client, { merchant: merchantId, cap }: WriteArguments & { merchant: bigint; cap: string }) => {
    const outstandingCap = wholeNumber("cap", cap);
    const token = await client.tokenOf(merchantId);
    const words = outstandingCap === 0n ? "no cap" : `a cap of ${cap} ${token.symbol}`;
    return {
      intent: `Set ${words} on what merchant ${merchantId} owes`,
      call: client.call("setOutstandingCap", { merchantId, outstandingCap }),
    };
  },
);

/** `merchant payout show` and `merchant owner show`: show the present and the announced account. */
export const changes = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [merchant, now] = await Promise.all([client.merchant(merchantId), client.now()]);
  const { owner, payout, nextOwner, ownershipAcceptableAt, nextPayout, payoutChangesAt } = merchant;
  const lines: [string, string][] = [
    ["Owner", owner],
    [
      "Next owner",
      nextOwner === ZeroAddress ? "none" : `${nextOwner}, may accept from ${deadline(ownershipAcceptableAt, now)}`,
    ],
    ["Payout", payout],
    ["Next payout", nextPayout === ZeroAddress ? "none" : `${nextPayout}, from ${deadline(payoutChangesAt, now)}`],
  ];
  const data = { merchantId, owner, payout, nextOwner, ownershipAcceptableAt, nextPayout, payoutChangesAt };
  return { text: sheet(`Changes of merchant ${merchantId}`, lines), data };
});

/** `merchant payout set`: announces another payout address, as the owner. */
export const setPayout = writing(
  (client, { merchant: merchantId, account }: WriteArguments & { merchant: bigint; account: string }) =>
    Promise.resolve({
      intent: `Announce that merchant ${merchantId} is to be paid out to ${account}`,
      call: client.call("setPayout", { merchantId, payout: account }),
      result: ({ events }) => {
        const started = events.find((event) => isEvent(event, "PayoutChangeStarted"));
        return started === undefined ? "Done" : `It takes effect at ${formatTime(started.args.effectiveAt)}`;
      },
    }),
);

/** `merchant payout cancel`: cancels the announced payout address. */
export const cancelPayout = writing((client, { merchant: merchantId }: WriteArguments & { merchant: bigint }) =>
  Promise.resolve({
    intent: `Leave the payout of merchant ${merchantId} as it is`,
    call: client.call("cancelPayout", { merchantId }),
  }),
);

/** `merchant owner transfer`: offers the ownership of a merchant to another account. */
export const transferOwnership = writing(
  (client, { merchant: merchantId, account }: WriteArguments & { merchant: bigint; account: string }) =>
    Promise.resolve({
      intent: `Offer merchant ${merchantId} to ${account}`,
      call: client.call("transferOwnership", { merchantId, newOwner: account }),
      result: ({ events }) => {
        const started = events.find((event) => isEvent(event, "OwnershipTransferStarted"));
        return started === undefined ? "Done" : `It can be accepted from ${formatTime(started.args.acceptableAt)}`;
      },
    }),
);

/** `merchant owner accept`: accepts the ownership that was offered to the account. */
export const acceptOwnership = writing((client, { merchant: merchantId }: WriteArguments & { merchant: bigint }) =>
  Promise.resolve({
    intent: `Take over merchant ${merchantId}`,
    call: client.call("acceptOwnership", { merchantId }),
  }),
);

/** `merchant owner cancel`: cancels the offer. */
export const cancelOwnership = writing((client, { merchant: merchantId }: WriteArguments & { merchant: bigint }) =>
  Promise.resolve({
    intent: `Keep merchant ${merchantId}`,
    call: client.call("cancelOwnershipTransfer", { merchantId }),
  }),
);

/** `exposure report`: reports that a holder's open cards at a merchant exceed the limit together. */
export const reportExposure = writing(
  async (client, { merchant: merchantId, holder }: WriteArguments & { merchant: bigint; holder: string }) => {
    const token = await client.tokenOf(merchantId);
    const programs = new Set((await client.history.programs(merchantId)).map(({ programId }) => programId));
    const open = (await client.findCards(holder)).filter(
      ({ state, programId }) => state === "Open" && programs.has(programId),
    );
    const sum = open.reduce((total, { card }) => total + card.principal, 0n);
    return {
      intent: `Report that ${open.length} open cards of ${holder} at merchant ${merchantId} are of ${token.format(sum)} together`,
      call: client.call("reportHolderExposure", { merchantId, cardIds: open.map(({ cardId }) => cardId).sort() }),
    };
  },
);

/** `merchant review-warnings`: raises or clears the warnings of the escrow by the figures of now. */
export const reviewWarnings = writing((client, { merchant: merchantId }: WriteArguments & { merchant: bigint }) =>
  Promise.resolve({
    intent: `Look at the warnings about merchant ${merchantId} anew`,
    call: client.call("reviewWarnings", { merchantId }),
    result: ({ events }) => {
      const raised = events.filter((event) => isEvent(event, "WarningRaised")).map(({ args }) => args.kind);
      // A warning at a lower level is cleared and raised.
      const cleared = events
        .filter((event) => isEvent(event, "WarningCleared"))
        .map(({ args }) => args.kind)
        .filter((kind) => !raised.includes(kind));
      const changes = [...raised.map((kind) => `${kind} raised`), ...cleared.map((kind) => `${kind} cleared`)];
      return changes.length === 0 ? "No warning has changed" : changes.join(", ");
    },
  }),
);

/** `token show`: shows the account's balance of a merchant's token, and its allowances. */
export const token = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [found, account] = await Promise.all([client.tokenOf(merchantId), client.account()]);
  const { address, symbol } = found;
  const [balance, escrow] = await Promise.all([client.balance(address, account), client.allowance(address, account)]);
  const register =
    client.register === undefined ? undefined : await client.allowance(address, account, client.register);
  const lines: [string, string][] = [
    ["Account", account],
    ["Balance", found.format(balance)],
    ["The escrow may take", found.format(escrow)],
  ];
  if (register !== undefined) lines.push(["The register may take", found.format(register)]);
  return {
    text: sheet(`${symbol} ${address}`, lines),
    data: { token: address, account, balance, allowance: { escrow, register } },
  };
});

interface ApproveArguments extends WriteArguments {
  readonly merchant: bigint;
  readonly amount: string;
  readonly forRegister: boolean;
}

/** `token approve`: allows escrow or register to take an amount of a merchant's token. */
export const approve = writing(async (client, { merchant: merchantId, amount, forRegister }: ApproveArguments) => {
  const found = await client.tokenOf(merchantId);
  const value = found.parse(amount);
  const spender = forRegister ? client.deposits.register : client.escrow;
  return {
    intent: `Let the ${forRegister ? "deposit register" : "escrow"} ${spender} take ${found.format(value)} of the account`,
    call: approveCall(found.address, { spender, value }),
    result: () => `${found.format(value)} may be taken`,
  };
});

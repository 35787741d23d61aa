import { existsSync, readFileSync } from "node:fs";

import { ZeroAddress } from "ethers";
import { z } from "zod";

import { decodeEvents, isEvent, topicOf } from "../../src/events.js";
import { InvalidInputError } from "../../src/invalidInput.js";
import { formatBps, formatDuration, formatTime } from "../../src/units.js";
import { given, reading, sheet, wholeNumber, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";

type OfMerchant = CommonArguments & { readonly merchant: bigint };

/** `merchant show`: a merchant as it stands now. */
export const show = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const merchant = await client.merchant(merchantId);
  const token = await client.token(merchant.token);
  const lines: [string, string][] = [
    ["Status", merchant.status],
    ["Owner", merchant.owner],
    ["Payout", merchant.payout],
    ["Vault", merchant.vault],
    ["Token", `${token.symbol}, ${token.address}`],
    ["Policy", String(merchant.policyId)],
  ];
  if (merchant.nextOwner !== ZeroAddress) {
    lines.push(["Next owner", `${merchant.nextOwner}, may accept from ${formatTime(merchant.ownershipAcceptableAt)}`]);
  }
  if (merchant.nextPayout !== ZeroAddress) {
    lines.push(["Next payout", `${merchant.nextPayout}, from ${formatTime(merchant.payoutChangesAt)}`]);
  }
  if (merchant.status === "Suspended") lines.push(["Suspended until", formatTime(merchant.suspendedUntil)]);
  if (merchant.status === "RunOff") {
    lines.push(["Last day of service", formatTime(merchant.lastServiceAt)]);
    lines.push(["Notice ends", formatTime(merchant.noticeEndsAt)]);
  }
  if (merchant.status === "Defaulted") lines.push(["Final window ends", formatTime(merchant.windowEndsAt)]);
  lines.push(["Open complaints", `${merchant.complaintCount}, over ${token.format(merchant.complaintValue)}`]);
  return { text: sheet(`Merchant ${merchantId}`, lines), data: { merchantId, ...merchant } };
});

/** `pool show`: what a merchant owes, holds and may be paid, and the warnings that are up. */
export const pool = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [token, figures, warnings] = await Promise.all([
    client.tokenOf(merchantId),
    client.pool(merchantId),
    client.warnings(merchantId),
  ]);
  const { outstanding, balance, releasable, outstandingCap } = figures;
  const up = warnings.map(({ kind, level }) => `${kind} (${level})`).join(", ");
  const text = sheet(`Pool of merchant ${merchantId}`, [
    ["Balance", token.format(balance)],
    ["Outstanding", token.format(outstanding)],
    ["Releasable", token.format(releasable)],
    ["Cap", outstandingCap === 0n ? "none" : token.format(token.parse(String(outstandingCap)))],
    ["Warnings", up === "" ? "none" : up],
  ]);
  return { text, data: { merchantId, token: token.address, ...figures, warnings } };
});

/** `policy show`: the rules of a policy. */
export const policy = reading(async (client, { policy: policyId }: CommonArguments & { readonly policy: bigint }) => {
  const rules = await client.policy(policyId);
  const token = await client.token(rules.token);
  const amount = (value: bigint): string => (value === 0n ? "none" : token.format(value));
  const period = (value: bigint): string => (value === 0n ? "none" : formatDuration(value));
  const yes = (value: boolean): string => (value ? "yes" : "no");
  const text = sheet(`Policy ${policyId}`, [
    ["Token", `${token.symbol}, ${token.address}`],
    ["Exit delay", period(rules.exitDelay)],
    ["Cooling-off", period(rules.coolingOff)],
    ["Cooling-off only unused", yes(rules.coolingOffRequiresUnused)],
    ["Leaving cannot be contested", yes(rules.unilateralExit)],
    ["Card limit, named", amount(rules.maxNamed)],
    ["Card limit, bearer", amount(rules.maxBearer)],
    ["Over the card limit", rules.rejectOverLimit ? "rejected" : "warned"],
    ["Over the merchant's cap", rules.rejectOverCap ? "rejected" : "warned"],
    ["Limit of a holder", amount(rules.maxHolderExposure)],
    ["Longest term", period(rules.maxTerm)],
    ["Most sessions", rules.maxSessions === 0n ? "none" : String(rules.maxSessions)],
    ["Highest list price", formatBps(rules.maxListBps)],
    ["Accrual delay", period(rules.accrualDelay)],
    ["Ruling timeout", period(rules.rulingTimeout)],
    ["Notice of a run-off", period(rules.runOffNotice)],
    ["Final settlement window", period(rules.finalSettlement)],
    ["Complaints that warn", `${rules.complaintCount}, over ${formatBps(rules.complaintBps)} of what is outstanding`],
    ["Passes start within", period(rules.maxAdvance)],
  ]);
  return { text, data: { policyId, ...rules } };
});

interface RegisterArguments extends WriteArguments {
  readonly owner: string | undefined;
  readonly payout: string | undefined;
  readonly policy: string | undefined;
  readonly cap: string;
  readonly metadata: string;
}

/** `merchant register`: the regulator registers a merchant. */
export const register = writing(async (client, args: RegisterArguments) => {
  const owner = given("owner", args.owner);
  const policyId = wholeNumber("policy", given("policy", args.policy));
  await client.policy(policyId);
  const payout = args.payout ?? owner;
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

/** `merchant operators`: who may act for a merchant at its tills, by the events. */
export const operators = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  await client.merchant(merchantId);
  const topics = [topicOf("OperatorSet"), `0x${merchantId.toString(16).padStart(64, "0")}`];
  const logs = await client.provider.getLogs({ address: client.escrow, topics, fromBlock: client.deployBlock });
  const enabled = new Set<string>();
  for (const { args } of decodeEvents(logs).filter((event) => isEvent(event, "OperatorSet"))) {
    if (args.enabled) enabled.add(args.operator);
    else enabled.delete(args.operator);
  }
  const list = [...enabled];
  return {
    text: sheet(
      `Operators of merchant ${merchantId}`,
      list.length === 0 ? [["none", ""]] : list.map((each) => [each, ""]),
    ),
    data: { merchantId, operators: list },
  };
});

/** `merchant operator`: the owner enables or disables an operator. */
export const operator = writing(
  (
    client,
    args: WriteArguments & { readonly merchant: bigint; readonly account: string; readonly remove: boolean },
  ) => {
    const { merchant: merchantId, account, remove } = args;
    return Promise.resolve({
      intent: `${remove ? "Disable" : "Enable"} operator ${account} of merchant ${merchantId}`,
      call: client.call("setOperator", { merchantId, operator: account, enabled: !remove }),
    });
  },
);

/** `payout`: pays a merchant what it has earned. */
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

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, "32 bytes in hexadecimal");
const rowsSchema = z
  .array(
    z.strictObject({
      cardId: hash,
      cumulative: z.string().regex(/^\d+$/, "digits").transform(BigInt),
      receipt: hash,
      r: hash,
      vs: hash,
    }),
  )
  .min(1);

interface SettleArguments extends WriteArguments {
  readonly merchant: bigint;
  readonly rows: string;
  readonly payOut: boolean;
}

/** `settle`: books signed consumption. */
export const settle = writing((client, { merchant: merchantId, rows: file, payOut: paid }: SettleArguments) => {
  const rows = readRows(file);
  return Promise.resolve({
    intent: `Settle ${rows.length} signed ${rows.length === 1 ? "row" : "rows"} of merchant ${merchantId}${paid ? " and pay it out" : ""}`,
    call: client.call(paid ? "settleAndPayOut" : "settle", { merchantId, rows }),
    result: ({ events }) => {
      const settled = events.filter((event) => isEvent(event, "ConsumptionSettled")).length;
      const skipped = events.filter((event) => isEvent(event, "ConsumptionSkipped"));
      const reasons = skipped.map(({ args }) => `\n  skipped ${args.cardId}: ${args.reason}`).join("");
      return `${settled} settled, ${skipped.length} skipped${reasons}`;
    },
  });
});

function readRows(file: string) {
  if (!existsSync(file)) throw new InvalidInputError("rows", file, "a file with signed rows", "check the path");
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new InvalidInputError("rows", file, "JSON", "write a list of rows");
  }
  const { data, error } = rowsSchema.safeParse(content);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const allowed = "a list of rows with cardId, cumulative (digits in quotes), receipt, r and vs";
  throw new InvalidInputError(
    `rows[${issue?.path.join(".") ?? ""}]`,
    issue?.message ?? "unreadable",
    allowed,
    "correct the file",
  );
}

import { ZeroAddress, ZeroHash } from "ethers";
import { z } from "zod";

import { claimList } from "../../src/actions/claims.js";
import type { ClaimList, ListedClaim } from "../../src/actions/claims.js";
import type { EscrowClient } from "../../src/client/client.js";
import { NO_THRESHOLD } from "../../src/contracts/depositRule.js";
import type { DepositRule } from "../../src/contracts/depositRule.js";
import { isEvent } from "../../src/contracts/events.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { depositRuleFromPreset, findPreset } from "../../src/presets/presets.js";
import type { Token } from "../../src/utils/token.js";
import { formatBps, formatTime, parseTime } from "../../src/utils/units.js";
import { given, reading, series, sized, wholeNumber, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { hashOf, parseJson, readText } from "./files.js";
import { deadline, list, sheet, warningsLine } from "./layout.js";
import { warningsOf } from "./preset/warnings.js";

type OfMerchant = CommonArguments & { readonly merchant: bigint };
type Write = WriteArguments & { readonly merchant: bigint };

/* READING */

/** `deposit show`: shows the required deposit, the deposit, reports, surety and warnings. */
export const show = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const { deposits } = client;
  const [token, now, deposit, surety, warnings] = await Promise.all([
    client.tokenOf(merchantId),
    client.now(),
    deposits.depositOf(merchantId),
    deposits.surety(merchantId),
    deposits.warnings(merchantId),
  ]);
  const lines: [string, string][] = [
    ["Deposit", token.format(deposit.deposit)],
    ["Required", token.format(deposit.required)],
    ["Surety that counts", token.format(surety.counted)],
    ["Reported", `${token.format(deposit.reported)}, as of ${deadline(deposit.reportedAsOf, now)}`],
    ["Next report due", deadline(deposit.reportDueAt, now)],
  ];
  if (deposit.nextActsAt !== 0n) {
    lines.push(["Lower figure", `${token.format(deposit.nextReported)}, from ${deadline(deposit.nextActsAt, now)}`]);
  }
  if (deposit.laterActsAt !== 0n) {
    lines.push(["Lower still", `${token.format(deposit.laterReported)}, from ${deadline(deposit.laterActsAt, now)}`]);
  }
  lines.push(["Certified", `${token.format(deposit.certified)}, as of ${deadline(deposit.certifiedAsOf, now)}`]);
  lines.push(["Vault", deposit.vault], ["Warnings", warningsLine(warnings)]);
  return {
    text: sheet(`Deposit of merchant ${merchantId}`, lines),
    data: { merchantId, ...deposit, surety, warnings },
  };
});

/** `deposit rule show`: shows the rule in force and an announced one. */
export const showRule = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [token, now, view] = await Promise.all([
    client.tokenOf(merchantId),
    client.now(),
    client.deposits.rule(merchantId),
  ]);
  const lines: [string, string][] = [
    ["Rule", ruleInWords(view.rule, token)],
    ["Reports", reportsInWords(view.rule)],
    ["In force since", deadline(view.since, now)],
    ["To be met by", deadline(view.cureBy, now)],
  ];
  if (view.nextRuleAt !== 0n) {
    lines.push(["Next rule", ruleInWords(view.nextRule, token)], ["From", deadline(view.nextRuleAt, now)]);
  }
  return { text: sheet(`Deposit rule of merchant ${merchantId}`, lines), data: { merchantId, ...view } };
});

/** `deposit surety show`: shows the surety. */
export const showSurety = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [token, now, surety] = await Promise.all([
    client.tokenOf(merchantId),
    client.now(),
    client.deposits.surety(merchantId),
  ]);
  const account = (value: string): string => (value === ZeroAddress ? "nobody" : value);
  const text = sheet(`Surety for merchant ${merchantId}`, [
    ["May place one", account(surety.named)],
    ["Placed by", account(surety.party)],
    ["Amount", token.format(surety.amount)],
    ["Counts", token.format(surety.counted)],
    ["Ends", deadline(surety.endsAt, now)],
    ["Bound by a default", surety.bound ? "yes" : "no"],
    ["Vault", account(surety.vault)],
  ]);
  return { text, data: { merchantId, ...surety } };
});

/** `deposit claims show`: shows the distribution of a deposit. */
export const showClaims = reading(async (client, { merchant: merchantId }: OfMerchant) => {
  const [token, now, view] = await Promise.all([
    client.tokenOf(merchantId),
    client.now(),
    client.deposits.distribution(merchantId),
  ]);
  const lines: [string, string][] = [
    ["List", view.root === ZeroHash ? "none" : view.root],
    ["Claims", token.format(view.claims)],
    ["Published", deadline(view.publishedAt, now)],
    ["Objections until", deadline(view.objectionsEndAt, now)],
    ["Paid from", deadline(view.opensAt, now)],
    ["Lists objected to", String(view.objections)],
    ["Money for it", token.format(view.funded)],
    ["Came forward", token.format(view.counted)],
    ["Paid", token.format(view.paid)],
    ["Drawn from the surety", token.format(view.drawn)],
  ];
  return { text: sheet(`Distribution of merchant ${merchantId}`, lines), data: { merchantId, ...view } };
});

/* RULES AND REPORTS */

interface RuleArguments extends Write {
  readonly preset: string | undefined;
  readonly rule: string;
  readonly share: string | undefined;
  readonly reportDays: string;
  readonly cureBy: string | undefined;
}

/** `deposit rule set`: sets a rule as the regulator, from a preset or as one share. It warns of a preset that is not in force today. */
export const setRule = writing(async (client, args: RuleArguments) => {
  const { merchant: merchantId, preset, share } = args;
  if ((preset === undefined) === (share === undefined)) {
    throw new InvalidInputError("the rule", "unclear", "--preset NAME or --share BPS", "give exactly one of them");
  }
  const cureBy = parseTime(given("cure-by", args.cureBy));
  const token = await client.tokenOf(merchantId);
  const found = preset === undefined ? undefined : findPreset(preset);
  const rule =
    found === undefined
      ? flatRule(wholeNumber("share", share ?? ""), wholeNumber("report-days", args.reportDays))
      : depositRuleFromPreset(found, args.rule, token.decimals);
  return {
    warnings: found === undefined ? [] : warningsOf(found),
    intent: `Ask of merchant ${merchantId}: ${ruleInWords(rule, token)}; ${reportsInWords(rule)}; to be met by ${formatTime(cureBy)}`,
    call: client.call("setRule", { merchantId, rule, cureBy }),
    result: ({ events }) => {
      const waits = events.find((event) => isEvent(event, "RuleLooseningAnnounced"));
      return waits === undefined
        ? "It is in force"
        : `It asks less, and acts from ${formatTime(waits.args.effectiveAt)}`;
    },
  };
});

interface ReportArguments extends Write {
  readonly amount: string;
  readonly asOf: string | undefined;
  readonly evidence: string | undefined;
}

/** `deposit report`: reports the balance outside the escrow, as the owner or the reporter. */
export const report = writing(async (client, args: ReportArguments) => {
  const { merchant: merchantId } = args;
  const evidence = hashOf("evidence", given("evidence", args.evidence));
  const asOf = args.asOf === undefined ? await client.now() : parseTime(args.asOf);
  const token = await client.tokenOf(merchantId);
  const amount = token.parse(args.amount);
  return {
    intent: `Report that merchant ${merchantId} owes ${token.format(amount)} outside the escrow as of ${formatTime(asOf)}, with evidence ${evidence}`,
    call: client.call("reportOutstanding", { merchantId, amount, asOf, evidence }),
    result: ({ events }) => {
      const set = events.find((event) => isEvent(event, "ReportedFiguresSet"));
      return set === undefined ? "Done" : `Required are ${token.format(set.args.required)}`;
    },
  };
});

/** `deposit refresh-warnings`: raises and clears warnings that depend on time. */
export const refreshWarnings = writing((client, { merchant: merchantId }: Write) =>
  Promise.resolve({
    intent: `Look at the warnings about the deposit of merchant ${merchantId}`,
    call: client.call("refreshWarnings", { merchantId }),
    result: ({ events }) => {
      const changed = events.flatMap((event) => {
        if (isEvent(event, "WarningRaised")) return [`${event.args.kind} is up`];
        return isEvent(event, "WarningCleared") ? [`${event.args.kind} is over`] : [];
      });
      return changed.length === 0 ? "Nothing has changed" : changed.join(", ");
    },
  }),
);

/* MONEY */

/** `deposit pay-in`: pays into a deposit, with the allowance of the account. */
export const payIn = writing(async (client, args: Write & { readonly amount: string }) => {
  const { merchant: merchantId } = args;
  const token = await client.tokenOf(merchantId);
  const amount = token.parse(args.amount);
  return {
    intent: `Pay ${token.format(amount)} into the deposit of merchant ${merchantId}`,
    call: client.call("deposit", { merchantId, amount }),
    result: ({ events }) => depositNow(events.find((event) => isEvent(event, "Deposited"))?.args, token),
  };
});

/** `deposit book`: adds tokens that were sent straight to the deposit vault to the deposit. */
export const book = writing(async (client, { merchant: merchantId }: Write) => {
  const token = await client.tokenOf(merchantId);
  return {
    intent: `Count what was sent straight to the deposit vault of merchant ${merchantId}`,
    call: client.call("bookDeposit", { merchantId }),
    result: ({ events }) => depositNow(events.find((event) => isEvent(event, "Deposited"))?.args, token),
  };
});

/** `deposit withdraw`: takes out an amount that is not required, as the owner. */
export const withdraw = writing(async (client, args: Write & { readonly amount: string }) => {
  const { merchant: merchantId } = args;
  const [token, { payout }] = await Promise.all([client.tokenOf(merchantId), client.merchant(merchantId)]);
  const amount = token.parse(args.amount);
  return {
    intent: `Take ${token.format(amount)} out of the deposit of merchant ${merchantId}, to ${payout}`,
    call: client.call("withdraw", { merchantId, amount }),
    result: ({ events }) => depositNow(events.find((event) => isEvent(event, "Withdrawn"))?.args, token),
  };
});

function depositNow(args: { readonly deposit: bigint } | undefined, token: Token): string {
  return args === undefined ? "Done" : `The deposit is ${token.format(args.deposit)}`;
}

/* SURETY */

/** `deposit surety name`: names the account that may place a surety, as the owner. */
export const nameSurety = writing((client, { merchant: merchantId, account }: Write & { readonly account: string }) =>
  Promise.resolve({
    intent: `Let ${account} place a surety for merchant ${merchantId}`,
    call: client.call("nameSurety", { merchantId, surety: account }),
  }),
);

/** `deposit surety place`: places, adds to or prolongs a surety, as the account that the owner named. */
export const placeSurety = writing(
  async (client, args: Write & { readonly amount: string; readonly endsAt: string | undefined }) => {
    const { merchant: merchantId } = args;
    const endsAt = parseTime(given("ends-at", args.endsAt));
    const token = await client.tokenOf(merchantId);
    const amount = token.parse(args.amount);
    return {
      intent: `Pay ${token.format(amount)} into a surety for merchant ${merchantId} that ends at ${formatTime(endsAt)}`,
      call: client.call("placeSurety", { merchantId, amount, endsAt }),
      result: ({ events }) => {
        const placed = events.find((event) => isEvent(event, "SuretyPlaced"));
        return placed === undefined ? "Done" : `The surety is ${token.format(placed.args.amount)}`;
      },
    };
  },
);

/** `deposit surety take-back`: takes back a surety that has ended. */
export const takeBackSurety = writing(async (client, args: Write & { readonly to: string | undefined }) => {
  const { merchant: merchantId } = args;
  const [token, { party, amount }] = await Promise.all([
    client.tokenOf(merchantId),
    client.deposits.surety(merchantId),
  ]);
  const recipient = args.to ?? party;
  return {
    intent: `Give the surety for merchant ${merchantId}, ${token.format(amount)}, back to ${recipient}`,
    call: client.call("takeBackSurety", { merchantId, recipient }),
  };
});

/* DEFAULT */

type WithFile = Write & { readonly file: string };

/** `deposit claims publish`: publishes a list of claims, as the association. */
export const publishClaims = writing(async (client, args: WithFile & { readonly evidence: string | undefined }) => {
  const { merchant: merchantId, file } = args;
  const token = await client.tokenOf(merchantId);
  const { root, claims, lines } = readClaims(file, token);
  const evidence = hashOf("evidence", args.evidence ?? file);
  return {
    intent: `Publish ${lines.length} claims of ${token.format(claims)} on merchant ${merchantId}, root ${root}, evidence ${evidence}`,
    call: client.call("publishClaims", { merchantId, root, claims, evidence }),
    result: ({ events }) => {
      const published = events.find((event) => isEvent(event, "ClaimsPublished"));
      if (published === undefined) return "Done";
      const { objectionsEndAt, opensAt } = published.args;
      return `It can be objected to until ${formatTime(objectionsEndAt)}, and is paid from ${formatTime(opensAt)}`;
    },
  };
});

/** `deposit claims object`: objects to the list, as the owner, the surety's party or the regulator. */
export const objectToClaims = writing(async (client, args: Write & { readonly evidence: string | undefined }) => {
  const { merchant: merchantId } = args;
  const evidence = hashOf("evidence", given("evidence", args.evidence));
  const { root } = await client.deposits.distribution(merchantId);
  return {
    intent: `Object to list ${root} of merchant ${merchantId}, with evidence ${evidence}`,
    call: client.call("objectToClaims", { merchantId, root, evidence }),
  };
});

/** `deposit claims open`: opens the claims once they are due. */
export const openClaims = writing((client, { merchant: merchantId }: Write) =>
  Promise.resolve({
    intent: `Open the claims on merchant ${merchantId}`,
    call: client.call("openClaims", { merchantId }),
  }),
);

interface ClaimArguments extends WithFile {
  readonly index: bigint;
  readonly to: string | undefined;
}

/** `deposit claims claim`: pays one line of the list. */
export const claim = writing(async (client, { merchant: merchantId, file, index, to }: ClaimArguments) => {
  const token = await client.tokenOf(merchantId);
  const { lines } = await standingClaims(client, merchantId, file, token);
  const line = lines[Number(index)];
  if (line === undefined) {
    throw new InvalidInputError("line", index, `0 to ${lines.length - 1}`, "count the lines of the list from 0");
  }
  const { due } = await client.deposits.quoteClaim(merchantId, line);
  return {
    intent: `Claim ${token.format(due)} for ${line.account}${to === undefined ? "" : `, paid to ${to}`}`,
    call:
      to === undefined
        ? client.call("claim", { merchantId, claim: line })
        : client.call("claimTo", { merchantId, claim: line, recipient: to }),
    result: ({ events }) => {
      const paid = events.find((event) => isEvent(event, "ClaimPaid"));
      return paid === undefined ? "Done" : `${token.format(paid.args.amount)} paid to ${paid.args.recipient}`;
    },
  };
});

/** `deposit claims pay`: pays all lines of the list with an amount due. After a failure, repeating it pays the rest. */
export const payClaims = series(async (client, args: WithFile & { readonly gas: string }) => {
  const { merchant: merchantId, file } = args;
  const gas = wholeNumber("gas", args.gas);
  const token = await client.tokenOf(merchantId);
  const { lines } = await standingClaims(client, merchantId, file, token);
  const quotes = await Promise.all(lines.map(async (line) => await client.deposits.quoteClaim(merchantId, line)));
  const open = lines.filter((_, i) => quotes[i]?.due !== 0n);
  return {
    intent: `Pay ${open.length} of ${lines.length} claims on merchant ${merchantId}; nothing is due to the others`,
    total: open.length,
    item: "claim",
    calls: sized(client, open, gas, (claims: readonly ListedClaim[]) =>
      client.call("claimMany", { merchantId, claims }),
    ),
    result: (outcomes) => {
      const events = outcomes.flatMap((outcome) => outcome.events);
      const paid = events.filter((event) => isEvent(event, "ClaimPaid")).map(({ args: payment }) => payment);
      const skipped = events.filter((event) => isEvent(event, "ClaimSkipped")).map(({ args: skip }) => skip);
      const sum = paid.reduce((total, { amount }) => total + amount, 0n);
      const reasons = skipped.map(({ index, account, reason }) => `\n  skipped ${index}, ${account}: ${reason}`);
      const text = `${paid.length} paid with ${token.format(sum)}, ${skipped.length} skipped${reasons.join("")}`;
      return { text, data: { merchantId, paid, skipped } };
    },
  };
});

/** `deposit claims list`: lists the claims, with the amount paid on each and the amount due. */
export const listClaims = reading(async (client, args: OfMerchant & { readonly file: string }) => {
  const { merchant: merchantId, file } = args;
  const token = await client.tokenOf(merchantId);
  const { root, claims, lines } = readClaims(file, token);
  const standing = (await client.deposits.distribution(merchantId)).root === root;
  const data = await Promise.all(
    lines.map(async (line) => ({
      ...line,
      ...(standing ? await client.deposits.quoteClaim(merchantId, line) : { paid: 0n, due: 0n }),
    })),
  );
  const rows = data.map(({ index, account, amount, paid, due }) => [
    String(index),
    account,
    ...[amount, paid, due].map((value) => token.format(value)),
  ]);
  const table = list(["Line>", "Account", "Claim>", "Paid>", "Due>"], rows, "Nobody has a claim.");
  const state = standing ? "It is the list that stands." : "It is not the list that stands.";
  return { text: `${table}\nRoot ${root}. ${state}`, data: { merchantId, root, claims, standing, lines: data } };
});

/** `deposit pay-surplus`: pays what exceeds the claims to the surety, then to the merchant. */
export const paySurplus = writing((client, { merchant: merchantId }: Write) =>
  Promise.resolve({
    intent: `Pay what exceeds the claims on merchant ${merchantId}`,
    call: client.call("paySurplus", { merchantId }),
  }),
);

/* INSIDE */

const account = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address");
const linesSchema = z.array(z.strictObject({ account, amount: z.string() }));
const linesAllowed = "a list of account and amount (whole tokens in quotes), as JSON or as CSV with this head";

/** A list of claims in a file: JSON, or CSV with the columns `account` and `amount`, in whole tokens. */
function readClaims(file: string, token: Token): ClaimList {
  const text = readText("claims", file);
  const lines = /^\s*\[/.test(text) ? parseJson("claims", text, linesSchema, linesAllowed) : fromCsv(text);
  return claimList(lines.map((line) => ({ account: line.account, amount: token.parse(line.amount) })));
}

function fromCsv(text: string): z.output<typeof linesSchema> {
  const [head, ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
  if (head?.join(",") !== "account,amount") {
    throw new InvalidInputError(
      "claims",
      head?.join(",") ?? "empty",
      "account,amount",
      "begin the file with this line",
    );
  }
  return rows.map(([who = "", amount = "", ...more], i) => {
    if (more.length === 0 && account.safeParse(who).success) return { account: who, amount };
    throw new InvalidInputError(`claims line ${i}`, rows[i]?.join(",") ?? "", "account,amount", "correct the line");
  });
}

/** Reads a list of claims from a file, and checks that it is the published one. */
async function standingClaims(
  client: EscrowClient,
  merchantId: bigint,
  file: string,
  token: Token,
): Promise<ClaimList> {
  const found = readClaims(file, token);
  const { root } = await client.deposits.distribution(merchantId);
  if (root === found.root) return found;
  const next = "use the file that was published, line by line as it was";
  throw new InvalidInputError("claims", found.root, `the list that stands, ${root}`, next);
}

function flatRule(bps: bigint, reportDays: bigint): DepositRule {
  return { bps0: bps, threshold1: NO_THRESHOLD, bps1: bps, threshold2: NO_THRESHOLD, bps2: bps, reportDays };
}

function ruleInWords({ bps0, threshold1, bps1, threshold2, bps2 }: DepositRule, token: Token): string {
  if (bps2 === 0n) return "nothing";
  const parts = [formatBps(bps0)];
  if (threshold1 < NO_THRESHOLD) parts.push(`over ${token.format(threshold1)} ${formatBps(bps1)}`);
  if (threshold2 < NO_THRESHOLD) parts.push(`over ${token.format(threshold2)} ${formatBps(bps2)}`);
  return `${parts.join(", ")} of the balance`;
}

function reportsInWords({ reportDays }: DepositRule): string {
  return reportDays === 0n ? "no report is due" : `a report every ${reportDays} d`;
}

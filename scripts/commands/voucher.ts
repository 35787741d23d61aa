import { existsSync } from "node:fs";

import { hexlify, randomBytes } from "ethers";

import type { Call } from "../../src/actions/calls.js";
import { decodeCardId } from "../../src/contracts/cardId.js";
import type { EscrowClient } from "../../src/client/client.js";
import type { SkipReasonName } from "../../src/contracts/enums.js";
import { isEvent } from "../../src/contracts/events.js";
import type { EscrowEvent } from "../../src/contracts/events.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { EMPTY_RECEIPT, hashItem, proveConsumption, receiptOf, verifyConsumption } from "../../src/actions/receipts.js";
import type { Token } from "../../src/utils/token.js";
import { checkVoucher, printVoucher } from "../../src/actions/vouchers.js";
import type { Voucher, VoucherProblem, VoucherProblemName } from "../../src/actions/vouchers.js";
import { counted, reading, series, sized, toJson, wholeNumber } from "./command.js";
import type { CommonArguments, SeriesPlan, WriteArguments } from "./command.js";
import { readText, writeWhole } from "./files.js";
import { list, sheet, unitsOf } from "./layout.js";
import { readContractVoucherFiles, readReceipts, readVoucherFiles, readVouchers } from "./voucherFiles.js";
import type { Place } from "./voucherFiles.js";

interface SignArguments extends CommonArguments {
  readonly card: string;
  readonly cumulative: string;
  readonly item: string | undefined;
  readonly receipts: string | undefined;
  readonly receipt: string | undefined;
  readonly out: string | undefined;
}

/** `voucher sign`: signs a consumption as the holder. */
export const sign = reading(async (client, args: SignArguments) => {
  const { card: cardId } = args;
  const { program, card } = await stateOf(client, cardId);
  const token = await client.tokenOf(program.merchantId);
  const cumulative =
    program.kind === "StoredValue" ? token.parse(args.cumulative) : wholeNumber("cumulative", args.cumulative);
  const { receipt, kept } = receiptFor(args, cumulative);
  const signed = await client.sign(client.consumptionRequest({ cardId, cumulative, receipt }));
  const voucher = { chainId: client.chainId, escrow: client.escrow, ...signed };
  // A voucher that cannot be settled is refused before the holder signs it.
  const problems = checkVoucher(voucher, { ...(await stateOf(client, cardId)), ...here(client) });
  if (isSome(problems)) throw refused("the voucher", problems);
  const line = printVoucher(voucher);
  if (args.out !== undefined) writeWhole(args.out, args.out.endsWith(".json") ? `${toJson(voucher)}\n` : `${line}\n`);
  if (args.receipts !== undefined && kept !== undefined) writeWhole(args.receipts, `${toJson(kept)}\n`);
  const used = unitsOf(program.kind, cumulative - card.consumed, token);
  const all = unitsOf(program.kind, cumulative, token);
  return { text: `${line}\nIt confirms ${used} more than is booked, ${all} in all.`, data: voucher };
});

/** The receipt of a voucher, and the receipts to keep with it. */
function receiptFor({ card: cardId, item, receipts, receipt }: SignArguments, cumulative: bigint) {
  if (receipt !== undefined && (item !== undefined || receipts !== undefined)) {
    throw new InvalidInputError("--receipt", receipt, "nothing with --item and --receipts", "give one or the others");
  }
  if ((item === undefined) !== (receipts === undefined)) {
    throw new InvalidInputError("--item", item ?? "missing", "both --item and --receipts", "give both or none");
  }
  if (item === undefined || receipts === undefined) return { receipt: receipt ?? EMPTY_RECEIPT };
  const before = existsSync(receipts) ? readReceipts(receipts) : { cardId, links: [] };
  if (before.cardId.toLowerCase() !== cardId.toLowerCase()) {
    throw new InvalidInputError("receipts", before.cardId, `those of card ${cardId}`, "name the card's own file");
  }
  const salt = hexlify(randomBytes(32));
  const links = [...before.links, { cumulative, itemHash: hashItem(salt, item), salt, item }];
  return { receipt: receiptOf(cardId, links), kept: { cardId, links } };
}

/** `voucher verify`: checks a voucher against the state of its card on chain. */
export const verify = reading(async (client, { voucher: text }: CommonArguments & { readonly voucher: string }) => {
  const vouchers = readVouchers("voucher", text.startsWith("voucher:") ? text : readText("voucher", text));
  const checked = await Promise.all(
    vouchers.map(async (signed) => {
      const voucher = { ...here(client), ...signed };
      const problems = checkVoucher(voucher, { ...(await stateOf(client, signed.cardId)), ...here(client) });
      return { ...voucher, good: problems.length === 0, problems };
    }),
  );
  const [only] = checked;
  if (checked.length === 1 && only !== undefined && isSome(only.problems)) throw refused("the voucher", only.problems);
  const lines = checked.map(({ cardId, cumulative, problems }) => [
    cardId,
    String(cumulative),
    problems.length === 0 ? "good" : problems.map(({ sentence }) => sentence).join(" "),
  ]);
  return { text: list(["Card", "Cumulative>", "Result"], lines, "Nothing to verify."), data: checked };
});

interface SettleArguments extends WriteArguments {
  readonly merchant: bigint;
  readonly vouchers: readonly string[];
  readonly gas: string;
}

/** `voucher settle`: settles vouchers. */
export const settle = series(async (client, args: SettleArguments & { readonly payOut: boolean }) => {
  const { merchant: merchantId, payOut } = args;
  const vouchers = readVoucherFiles(args.vouchers);
  return {
    intent: `Settle ${countedVouchers(vouchers)} of merchant ${merchantId}${payOut ? " and pay it out" : ""}`,
    ...(await settling(client, args, vouchers, (some, last) =>
      client.call(payOut && last ? "settleAndPayOut" : "settle", { merchantId, vouchers: some }),
    )),
  };
});

/** `voucher settle-contract-holders`: settles vouchers of holders that are contracts (ERC-1271). */
export const settleContractHolders = series(async (client, args: SettleArguments) => {
  const { merchant: merchantId } = args;
  const vouchers = readContractVoucherFiles(args.vouchers);
  return {
    intent: `Settle ${countedVouchers(vouchers)} of merchant ${merchantId}, whose holders are contracts`,
    ...(await settling(client, args, vouchers, (some) =>
      client.call("settleContractHolders", { merchantId, vouchers: some }),
    )),
  };
});

export function countedVouchers({ length }: readonly unknown[]): string {
  return counted(length, "voucher");
}

/** The transactions that settle vouchers, and their result. */
async function settling<Item extends Place>(
  client: EscrowClient,
  { merchant: merchantId, gas }: SettleArguments,
  vouchers: readonly Item[],
  build: (vouchers: readonly Item[], last: boolean) => Call,
): Promise<Omit<SeriesPlan, "intent">> {
  requireHere(client, vouchers);
  const token = await client.tokenOf(merchantId);
  return {
    total: vouchers.length,
    item: "voucher",
    calls: sized(client, vouchers, wholeNumber("gas", gas), build),
    result: (outcomes) => {
      const { text, ...data } = booked(
        outcomes.flatMap(({ events }) => events),
        token,
      );
      return { text, data: { merchantId, ...data } };
    },
  };
}

/** `proof show`: proves one consumption of a file of receipts against the receipt that was settled on chain. */
export const proof = reading(
  async (client, args: CommonArguments & { readonly receipts: string; readonly visit: bigint }) => {
    const { cardId, links } = readReceipts(args.receipts);
    const last = await client.history.lastSettlement(cardId);
    if (last === undefined) {
      const allowed = "a card of which something was settled";
      throw new InvalidInputError("card", cardId, allowed, "settle its last voucher first");
    }
    const { cumulative, receipt } = last.args;
    const settled = links.filter((link) => link.cumulative <= cumulative);
    if (args.visit < 1n || args.visit > settled.length) {
      const allowed = settled.length === 0 ? "none: nothing of the file is settled" : `1 to ${settled.length}`;
      throw new InvalidInputError("visit", args.visit, allowed, "choose one that is settled; the file's first is 1");
    }
    const proof = proveConsumption(
      cardId,
      settled.map(({ cumulative: n, itemHash }) => ({ cumulative: n, itemHash })),
      Number(args.visit) - 1,
    );
    if (!verifyConsumption(proof, receipt)) {
      const allowed = `receipts that lead to the settled one, ${receipt}`;
      throw new InvalidInputError("receipts", receiptOf(cardId, settled), allowed, "look for the complete file");
    }
    const link = settled[Number(args.visit) - 1];
    if (link?.salt !== undefined && link.item !== undefined && hashItem(link.salt, link.item) !== link.itemHash) {
      throw new InvalidInputError("item", link.item, `what hash ${link.itemHash} stands for`, "correct the file");
    }
    const text = sheet(`Visit ${args.visit} of ${settled.length}, proved`, [
      ["Card", cardId],
      ["Holder", decodeCardId(cardId).holder],
      ["Item", link?.item ?? "not in the file"],
      ["Cumulative", String(proof.link.cumulative)],
      ["Settled receipt", receipt],
      ["Settled in", `transaction ${last.transactionHash}, block ${last.blockNumber}`],
    ]);
    return { text, data: { proof, item: link?.item, salt: link?.salt, receipt, settledIn: last.transactionHash } };
  },
);

/** The reasons why a voucher was skipped, in words. */
const skipReasons: Readonly<Record<SkipReasonName, string>> = {
  Stale: "no more than is booked already",
  CardNotOpen: "the card is closed, or was never bought",
  OtherMerchant: "the card is another merchant's",
  OverFace: "more than the card gives",
  BadSignature: "not signed by the holder",
  Pass: "a pass is booked by time",
  NotAPass: "no pass",
  Waiting: "the merchant is suspended",
};

/** The skipped vouchers, each on a new line. */
export function skippedLines(skipped: readonly { readonly cardId: string; readonly reason: SkipReasonName }[]): string {
  return skipped.map(({ cardId, reason }) => `\n  skipped ${cardId}: ${reason}, ${skipReasons[reason]}`).join("");
}

/** The results of the vouchers of a batch, for programs and in lines. */
export function booked(events: readonly EscrowEvent[], token: Token) {
  const settled = events.filter((event) => isEvent(event, "ConsumptionSettled")).map(({ args }) => args);
  const skipped = events.filter((event) => isEvent(event, "ConsumptionSkipped")).map(({ args }) => args);
  const released = settled.reduce((sum, signed) => sum + signed.released, 0n);
  const [paid] = events.filter((event) => isEvent(event, "PaidOut")).map(({ args }) => args);
  const payment = paid === undefined ? "" : `, ${token.format(paid.amount)} paid to ${paid.payout}`;
  const counts = `${settled.length} settled, ${skipped.length} skipped${skippedLines(skipped)}`;
  return { settled, skipped, released, text: `${counts}\n${token.format(released)} released${payment}` };
}

function here({ chainId, escrow }: EscrowClient): Pick<Voucher, "chainId" | "escrow"> {
  return { chainId, escrow };
}

async function stateOf(client: EscrowClient, cardId: string) {
  const [card, program] = await Promise.all([client.card(cardId), client.program(decodeCardId(cardId).programId)]);
  const [{ status }, policy] = await Promise.all([
    client.merchant(program.merchantId),
    client.policy(program.policyId),
  ]);
  return { card, program, policy, status };
}

/** Refuses vouchers of another escrow, which would all be skipped for their signatures. */
export function requireHere({ chainId, escrow }: EscrowClient, vouchers: readonly Place[]): void {
  for (const signed of vouchers) {
    const there = signed.escrow ?? escrow;
    if ((signed.chainId ?? chainId) !== chainId || there.toLowerCase() !== escrow.toLowerCase()) {
      const allowed = `escrow ${escrow} on chain ${chainId}`;
      throw new InvalidInputError(
        "vouchers",
        `${there} on chain ${signed.chainId ?? chainId}`,
        allowed,
        "take the voucher out",
      );
    }
  }
}

function isSome(problems: VoucherProblem[]): problems is [VoucherProblem, ...VoucherProblem[]] {
  return problems.length > 0;
}

/** The next step for each reason why a voucher cannot be settled. */
const voucherRemedies: Readonly<Record<VoucherProblemName, string>> = {
  Stale: "nothing if this visit is among what is booked, else have all visits so far signed",
  CardNotOpen: "look for the holder's cards with card find",
  OverFace: "have less signed, the rest on another card",
  BadSignature: "have the card's holder sign",
  Pass: "book its time with card accrue",
  OtherEscrow: "name its escrow with --network and --escrow",
  MerchantClosed: "keep it as a receipt",
};

function refused(what: string, problems: readonly [VoucherProblem, ...VoucherProblem[]]): InvalidInputError {
  const reasons = problems.map(({ reason }) => reason).join(", ");
  const sentences = problems.map(({ sentence }) => sentence.replace(/\.$/, "")).join("; ");
  const remedy = voucherRemedies[problems[0].reason];
  return new InvalidInputError(what, reasons, "one that can be settled", `${remedy}. ${sentences}`);
}

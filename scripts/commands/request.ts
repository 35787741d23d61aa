import { z } from "zod";

import { encodeCardId } from "../../src/contracts/cardId.js";
import type { EscrowClient } from "../../src/client/client.js";
import { WrongContractError, WrongNetworkError, StaleNonceError } from "../../src/client/errors.js";
import { formatTime } from "../../src/utils/units.js";
import { given, reading, toJson, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { booked, requireHere, countedVouchers } from "./voucher.js";
import { address, bytes, digits, hash, hashOf, parseJson, readText, writeWhole } from "./files.js";
import { ordered } from "./order.js";
import type { OrderArguments } from "./order.js";
import { readVoucherFiles, voucherSchema } from "./voucherFiles.js";

const place = { chainId: digits, escrow: address };
const signed = { deadline: digits, signature: bytes };
const ofCard = { ...place, cardId: hash, nonce: digits, ...signed };
const purchase = z.strictObject({
  programId: digits,
  holder: address,
  principal: digits,
  serial: digits,
  startsAt: digits,
});
const requestSchema = z.discriminatedUnion("request", [
  z.strictObject({ request: z.literal("exit"), ...ofCard }),
  z.strictObject({ request: z.literal("complaint"), evidence: hash, ...ofCard }),
  z.strictObject({
    request: z.literal("settlement"),
    ...place,
    merchantId: digits,
    vouchers: z.array(voucherSchema).min(1),
    operator: address,
    ...signed,
  }),
  z.strictObject({
    request: z.literal("purchase"),
    ...place,
    purchase,
    payer: address,
    validAfter: digits,
    validBefore: digits,
    salt: hash,
    v: digits,
    r: hash,
    s: hash,
  }),
]);
type Request = z.output<typeof requestSchema>;
const allowed = "what request exit, complaint, settlement or purchase wrote";

interface SignArguments extends CommonArguments {
  readonly card: string;
  readonly out: string | undefined;
}

/** `request exit`: signs a request to leave as the holder. Anyone can send it. */
export const exit = reading(async (client, { card: cardId, out }: SignArguments) => {
  const { nonce } = await client.card(cardId);
  const { deadline, signature } = await client.sign(await client.exitRequest(cardId));
  const { chainId, escrow } = client;
  return written({ request: "exit", chainId, escrow, cardId, nonce, deadline, signature }, out);
});

/** `request complaint`: signs a complaint as the holder. Anyone can send it. */
export const complaint = reading(
  async (client, { card: cardId, out, evidence: file }: SignArguments & { readonly evidence: string | undefined }) => {
    const evidence = hashOf("evidence", given("evidence", file));
    const { nonce } = await client.card(cardId);
    const { deadline, signature } = await client.sign(await client.complaintRequest(cardId, evidence));
    const { chainId, escrow } = client;
    return written({ request: "complaint", chainId, escrow, cardId, evidence, nonce, deadline, signature }, out);
  },
);

/** `request settlement`: signs a batch as an operator. Anyone can send it. */
export const settlement = reading(
  async (
    client,
    args: CommonArguments & { merchant: bigint; vouchers: readonly string[]; readonly out: string | undefined },
  ) => {
    const carried = readVoucherFiles(args.vouchers);
    requireHere(client, carried);
    const vouchers = carried.map(({ cardId, cumulative, receipt, r, vs }) => ({ cardId, cumulative, receipt, r, vs }));
    const batch = await client.sign(await client.settlementRequest(args.merchant, vouchers));
    const { chainId, escrow } = client;
    return written({ request: "settlement", chainId, escrow, ...batch, vouchers }, args.out);
  },
);

/** `request purchase`: signs the payment for one card as the payer (ERC-3009). Anyone can send it. */
export const purchaseOf = reading(async (client, args: OrderArguments & { readonly out: string | undefined }) => {
  const order = await ordered(client, args);
  const payment = await client.sign(await client.authorizationRequest(order.purchase));
  const { chainId, escrow } = client;
  return written({ request: "purchase", chainId, escrow, ...payment }, args.out);
});

function written(request: Request, out: string | undefined) {
  const text = toJson(request);
  if (out === undefined) return { text, data: request };
  writeWhole(out, `${text}\n`);
  const until = request.request === "purchase" ? request.validBefore - 1n : request.deadline;
  return { text: `${out} is written; anyone can send it until ${formatTime(until)}.`, data: request };
}

/** `request relay`: sends a signed request. */
export const relay = writing(async (client, { file }: WriteArguments & { readonly file: string }) => {
  const request = parseJson("request", readText("request", file), requestSchema, allowed);
  if (request.chainId !== client.chainId) throw new WrongNetworkError(client.chainId, request.chainId);
  if (request.escrow.toLowerCase() !== client.escrow.toLowerCase()) {
    throw new WrongContractError(client.escrow, `PrepaidEscrow the request is for (${request.escrow})`, client.chainId);
  }
  switch (request.request) {
    case "exit":
      await requireNonce(client, request);
      return {
        intent: `Send the holder's request to leave with card ${request.cardId}`,
        call: client.call("requestExitWithSignature", request),
      };
    case "complaint":
      await requireNonce(client, request);
      return {
        intent: `Send the holder's complaint about card ${request.cardId}`,
        call: client.call("complainWithSignature", request),
      };
    case "settlement": {
      const token = await client.tokenOf(request.merchantId);
      return {
        intent: `Settle ${countedVouchers(request.vouchers)} of merchant ${request.merchantId}, signed by ${request.operator}`,
        call: client.call("settleWithSignature", request),
        result: ({ events }) => booked(events, token).text,
      };
    }
    case "purchase": {
      const { programId, holder, principal } = request.purchase;
      const { merchantId } = await client.program(programId);
      const token = await client.tokenOf(merchantId);
      return {
        intent: `Buy a card of program ${programId} at merchant ${merchantId} for ${holder}, for ${token.format(principal)} of ${request.payer}`,
        call: client.call("buyWithAuthorization", request),
        result: () => `Card ${encodeCardId(request.purchase)} is open`,
      };
    }
  }
});

/** Checks the nonce of a request first: for an old one, the contract would only report a wrong signature. */
async function requireNonce(
  client: EscrowClient,
  { cardId, nonce }: { readonly cardId: string; readonly nonce: bigint },
): Promise<void> {
  const { nonce: cardNonce } = await client.card(cardId);
  if (cardNonce !== nonce) throw new StaleNonceError(cardId, nonce, cardNonce);
}

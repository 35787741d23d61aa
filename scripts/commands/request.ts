import { z } from "zod";

import { WrongContractError, WrongNetworkError, StaleNonceError } from "../../src/clientErrors.js";
import { formatTime } from "../../src/units.js";
import { given, reading, toJson, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { hashOf, parseJson, readText, writeWhole } from "./files.js";

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, "32 bytes in hexadecimal");
const digits = z.string().regex(/^\d+$/, "digits").transform(BigInt);
const common = {
  chainId: digits,
  escrow: z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address"),
  cardId: hash,
  nonce: digits,
  deadline: digits,
  signature: z.string().regex(/^0x(?:[0-9a-fA-F]{2})+$/, "hexadecimal"),
};
const requestSchema = z.discriminatedUnion("request", [
  z.strictObject({ request: z.literal("exit"), ...common }),
  z.strictObject({ request: z.literal("complaint"), evidence: hash, ...common }),
]);
const allowed = "what request exit or request complaint wrote";

interface SignArguments extends CommonArguments {
  readonly card: string;
  readonly out: string | undefined;
}

/** `request exit`: the holder signs a request to leave, which anyone can send. */
export const exit = reading(async (client, { card: cardId, out }: SignArguments) => {
  const { nonce } = await client.card(cardId);
  const { deadline, signature } = await client.sign(await client.askExit(cardId));
  const { chainId, escrow } = client;
  return written({ request: "exit", chainId, escrow, cardId, nonce, deadline, signature }, out);
});

/** `request complaint`: the holder signs a complaint, which anyone can send. */
export const complaint = reading(
  async (client, { card: cardId, out, evidence: file }: SignArguments & { readonly evidence: string | undefined }) => {
    const evidence = hashOf("evidence", given("evidence", file));
    const { nonce } = await client.card(cardId);
    const { deadline, signature } = await client.sign(await client.askComplaint(cardId, evidence));
    const { chainId, escrow } = client;
    return written({ request: "complaint", chainId, escrow, cardId, evidence, nonce, deadline, signature }, out);
  },
);

function written(request: z.output<typeof requestSchema>, out: string | undefined) {
  const text = toJson(request);
  if (out === undefined) return { text, data: request };
  writeWhole(out, `${text}\n`);
  return { text: `${out} is written; anyone can send it until ${formatTime(request.deadline)}.`, data: request };
}

/** `request relay`: sends what a holder signed. */
export const relay = writing(async (client, { file }: WriteArguments & { readonly file: string }) => {
  const request = parseJson("request", readText("request", file), requestSchema, allowed);
  const { cardId, deadline, signature } = request;
  if (request.chainId !== client.chainId) throw new WrongNetworkError(client.chainId, request.chainId);
  if (request.escrow.toLowerCase() !== client.escrow.toLowerCase()) {
    throw new WrongContractError(client.escrow, `PrepaidEscrow the request is for (${request.escrow})`, client.chainId);
  }
  const { nonce } = await client.card(cardId);
  if (nonce !== request.nonce) throw new StaleNonceError(cardId, request.nonce, nonce);
  return request.request === "exit"
    ? {
        intent: `Send the holder's request to leave with card ${cardId}`,
        call: client.call("requestExitWithSignature", { cardId, deadline, signature }),
      }
    : {
        intent: `Send the holder's complaint about card ${cardId}`,
        call: client.call("complainWithSignature", { cardId, evidence: request.evidence, deadline, signature }),
      };
});

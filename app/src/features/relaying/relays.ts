import type { EscrowClient } from "prepaid-escrow";
import type { Call, EscrowInputs } from "prepaid-escrow";

import { broken, tail } from "../../lib/links";

/*
 * A holder without money for fees signs an operation, and anybody sends it. It is handed on as a link or a QR code, as visits
 * are. Such a link does only what was signed, and only once.
 */

/** Operations that one person signs and another sends, each with its fields. */
const FIELDS = {
  requestExitWithSignature: ["cardId", "deadline", "signature"],
  complainWithSignature: ["cardId", "evidence", "deadline", "signature"],
  buyWithAuthorization: [
    ...["programId", "holder", "principal", "serial", "startsAt"],
    ...["payer", "validAfter", "validBefore", "salt", "v", "r", "s"],
  ],
} as const satisfies Partial<Record<keyof EscrowInputs, readonly string[]>>;

export type RelayedOperation = keyof typeof FIELDS;

/** An operation with its signed input. */
export type Relayed = {
  readonly [Name in RelayedOperation]: { readonly operation: Name; readonly input: EscrowInputs[Name] };
}[RelayedOperation];

/** A signed operation, and the contract it is for. */
export type Relay = Relayed & { readonly chainId: number; readonly escrow: string };

const VERSION = "1";
const NUMBERS = new Set(["deadline", "programId", "principal", "serial", "startsAt", "validAfter", "validBefore", "v"]);

export function writeRelay({ chainId, escrow, operation, input }: Relay): string {
  const flat: Readonly<Record<string, unknown>> = "purchase" in input ? { ...input.purchase, ...input } : { ...input };
  const values = FIELDS[operation].map((field) => String(flat[field]));
  return `/send/${[VERSION, chainId, escrow, operation, ...values].join("~")}`;
}

/** @throws InvalidInputError if the text is no signed operation, or was cut. */
export function readRelay(text: string): Relay {
  const [version, chainId = "", escrow = "", operation = "", ...values] = tail(text).split("~");
  if (version !== VERSION || !/^\d+$/.test(chainId) || !/^0x[0-9a-f]{40}$/i.test(escrow) || !isRelayed(operation))
    throw broken(text);
  const fields: readonly string[] = FIELDS[operation];
  const flat: Record<string, string | bigint> = {};
  for (const [i, field] of fields.entries()) {
    const value = values[i] ?? "";
    if (!(NUMBERS.has(field) ? /^\d+$/ : /^0x(?:[0-9a-f]{2})+$/i).test(value)) throw broken(text);
    flat[field] = NUMBERS.has(field) ? BigInt(value) : value;
  }
  if (values.length !== fields.length) throw broken(text);
  const input = operation === "buyWithAuthorization" ? { ...flat, purchase: flat } : flat;
  // Every field was read above under its name; building the call checks each value again.
  return { chainId: Number(chainId), escrow, operation, input } as unknown as Relay;
}

function isRelayed(operation: string): operation is RelayedOperation {
  return Object.hasOwn(FIELDS, operation);
}

/** The call that anyone may send. */
export function relayedCall(client: EscrowClient, { operation, input }: Relayed): Call {
  return client.call(operation, input);
}

/** The last moment the signature is good, in Unix seconds. */
export function goodUntil({ input }: Relayed): bigint {
  return "deadline" in input ? input.deadline : input.validBefore;
}

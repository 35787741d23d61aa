import { Webhook } from "standardwebhooks";

import type { EscrowEventName } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import type { ChainEvent } from "./chainEvent.js";
import { WatchError } from "./errors.js";
import { reasonOf } from "../utils/faults.js";

/** A value of an event in a webhook: on-chain numbers as text, structs as objects. */
export type WebhookValue =
  string | number | boolean | readonly WebhookValue[] | { readonly [field: string]: WebhookValue };

/**
 * The content of a webhook: one delivery, with on-chain numbers as text. `id` is the idempotency key and equals the header
 * `webhook-id`: a receiver ignores an `id` it has handled before.
 */
export interface WebhookPayload {
  /** The event's name. */
  readonly type: EscrowEventName;
  readonly sequence: number;
  readonly kind: ChainEvent["kind"];
  readonly key: string;
  readonly id: string;
  readonly event: {
    readonly name: EscrowEventName;
    readonly args: Readonly<Record<string, WebhookValue>>;
    readonly address: string;
    readonly blockNumber: number;
    readonly blockHash: string;
    readonly transactionHash: string;
    readonly index: number;
  };
}

/** A webhook whose signature is not of this secret, whose time is too old or in the future, or whose body is no JSON. */
export class WebhookRejectedError extends WatchError {
  override readonly name = "WebhookRejectedError";

  constructor(readonly reason: string) {
    super(
      `The webhook was refused (${reason}). Next: check the secret, the clock, and that the body is passed on byte by byte.`,
    );
  }
}

/** The body of a webhook: one line of JSON. */
export function webhookBody(chainEvent: ChainEvent): string {
  return JSON.stringify({ type: chainEvent.event.name, ...chainEvent }, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

/**
 * Reads a secret that signs and checks webhooks.
 *
 * @param secret `whsec_` and 24 to 64 random bytes in base64.
 * @throws InvalidInputError if it has another form; the message does not repeat it.
 */
export function webhookKey(secret: string): Webhook {
  const bytes = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  const length = bytes === undefined ? 0 : Math.floor((bytes.replace(/=+$/, "").length * 3) / 4);
  if (length < 24 || length > 64) {
    throw new InvalidInputError(
      "webhook secret",
      "(not shown)",
      "whsec_ and 24 to 64 bytes in base64",
      "make one with: echo whsec_$(openssl rand -base64 32)",
    );
  }
  return new Webhook(secret);
}

/**
 * Reads the secrets that sign.
 *
 * @param secrets One secret; several, separated by spaces, while a receiver changes its secret.
 * @throws InvalidInputError as {@link webhookKey} does.
 */
export function webhookKeys(secrets: string): readonly Webhook[] {
  return secrets.split(" ").map(webhookKey);
}

/**
 * The headers of a webhook: its id, its time in Unix seconds, and for each secret the HMAC-SHA256 of id, time and body. Source: the
 * Standard Webhooks specification.
 */
export function webhookHeaders(keys: readonly Webhook[], id: string, body: string, now: Date): Record<string, string> {
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": keys.map((key) => key.sign(id, now, body)).join(" "),
  };
}

/** Greatest age of a webhook, in seconds. The libraries of the Standard Webhooks specification use the same five minutes. */
const TOLERANCE = 300;

/**
 * Checks the signature and the age of a webhook, and reads its content.
 *
 * ```ts
 * const { id, event } = verifyWebhook(request.headers, body, process.env.WEBHOOK_SECRET);
 * ```
 *
 * @param headers Headers of the request, names in lower case.
 * @param body Body of the request, byte by byte as received.
 * @param secret `whsec_…`
 * @param options `tolerance`: greatest difference between the time of the webhook and this clock, in seconds. Default: 300. An
 * intercepted webhook can be replayed for that long.
 * @throws WebhookRejectedError if a header is missing, the signature is wrong, the webhook is too old, or the body is no JSON.
 * @throws InvalidInputError if the secret or the tolerance cannot be used.
 */
export function verifyWebhook(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
  secret: string,
  options: { readonly tolerance?: number } = {},
): WebhookPayload {
  const key = webhookKey(secret);
  const { tolerance = TOLERANCE } = options;
  if (!Number.isSafeInteger(tolerance) || tolerance < 1) {
    throw new InvalidInputError("tolerance", tolerance, "a whole number of seconds from 1", `use ${TOLERANCE}`);
  }
  const [id, sentAt, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(
    (name) => headers[name],
  );
  if (typeof id !== "string" || typeof sentAt !== "string" || typeof signatures !== "string") {
    throw new WebhookRejectedError("a header of id, time or signature is missing, or is there twice");
  }
  if (!/^\d+$/.test(sentAt)) throw new WebhookRejectedError("its time is no number of seconds");
  const age = Math.floor(Date.now() / 1_000) - Number(sentAt);
  if (Math.abs(age) > tolerance) {
    const distance = `${Math.abs(age)} seconds ${age > 0 ? "old" : "ahead of this clock"}`;
    throw new WebhookRejectedError(`it is ${distance}, allowed: ${tolerance}`);
  }
  const expected = key.sign(id, new Date(Number(sentAt) * 1_000), body);
  // There are several signatures while a receiver changes its secret.
  if (!signatures.split(" ").some((signature) => isSame(signature, expected))) {
    throw new WebhookRejectedError("no signature is of this secret for this body, id and time");
  }
  try {
    return JSON.parse(body) as WebhookPayload;
  } catch (error) {
    throw new WebhookRejectedError(reasonOf(error));
  }
}

/** Compares in constant time, so that the time does not reveal how much of a forged signature is right. */
function isSame(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let i = 0; i < expected.length; i++) difference |= given.charCodeAt(i) ^ expected.charCodeAt(i);
  return difference === 0;
}

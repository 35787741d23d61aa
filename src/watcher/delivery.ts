import type { Webhook } from "standardwebhooks";

import type { WarningLevelName } from "../contracts/enums.js";
import type { EscrowEvent, EscrowEventName } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import type { Notifier } from "./notifier.js";
import { reasonOf } from "../utils/faults.js";
import type { DeliveryStore, KeptChainEvent, Tries } from "./store.js";
import { backoff, pause, untilAborted } from "../utils/waiting.js";
import { chainEventOf } from "./chainEvent.js";
import type { ChainEvent } from "./chainEvent.js";
import { webhookBody, webhookHeaders, webhookKeys } from "./webhook.js";

/** A receiver of events, and which events it gets. */
export interface WebhookEndpoint {
  /** Names the position of this endpoint in the store. */
  readonly name: string;
  /** `https://…`, or `http://…` within a private network: the body is signed, not encrypted. */
  readonly url: string;
  /** `whsec_…`; several, separated by spaces, while a receiver changes its secret. */
  readonly secret: string;
  /** The events to send. Default: those of the subscription. */
  readonly events?: readonly EscrowEventName[];
  /** The merchants whose events to send. Default: all. */
  readonly merchantIds?: readonly bigint[];
  /** `Warning`: leaves out raised warnings of the lower level, `Notice`. */
  readonly level?: WarningLevelName;
  /** Number of failed attempts after which an event is set aside as a dead letter. Default: 15, which takes two to three hours. */
  readonly tries?: number;
  /** Time limit of one attempt, in milliseconds. Default: 10 000. */
  readonly timeout?: number;
  /** Longest delay after the first failure, and after any, in milliseconds. Defaults: 1 000 and 3 600 000. */
  readonly firstWait?: number;
  readonly longestWait?: number;
}

/**
 * The result of one attempt. `dead`: it was the last one, and the event is set aside. `gone`: the receiver answered 410; the endpoint
 * gets nothing more until the next start.
 */
export interface DeliveryReport {
  readonly endpoint: string;
  readonly chainEvent: ChainEvent;
  readonly outcome: "delivered" | "failed" | "dead" | "gone";
  /** Attempts so far, this one included. */
  readonly tries: number;
  readonly milliseconds: number;
  /** Why it failed. */
  readonly reason: string | undefined;
  /** Time of the next attempt, in Unix milliseconds; `undefined` if there is none. */
  readonly nextAt: number | undefined;
}

/** The receiver's answer. */
interface Answer {
  /** Why the attempt failed. */
  readonly reason: string | undefined;
  /** Whether the receiver answered 410. */
  readonly gone: boolean;
  /** Earliest time of the next attempt by `Retry-After`, in Unix milliseconds; 0 without that header. */
  readonly notBefore: number;
}

/** Longest delay that `Retry-After` can demand, in milliseconds: a day. */
const LONGEST_PUT_OFF = 86_400_000;

/** Longest delay of a JavaScript timer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Sends events to one endpoint, one after the other and in order: an event that fails holds back the later ones until it is delivered
 * or set aside. Every event is delivered at least once; an event that is repeated after a crash has the same `webhook-id`.
 */
export class WebhookSender {
  readonly #keys: readonly Webhook[];
  readonly #store: DeliveryStore;
  readonly #onReport: (report: DeliveryReport) => void;

  /**
   * @param onReport Called after each attempt.
   * @throws InvalidInputError if the endpoint's address or secret cannot be used, or a number is out of its bounds.
   */
  constructor(
    readonly endpoint: WebhookEndpoint,
    store: DeliveryStore,
    onReport: (report: DeliveryReport) => void = () => undefined,
  ) {
    if (!/^https?:\/\/\S+$/.test(endpoint.url) || !URL.canParse(endpoint.url)) {
      const shown = endpoint.url.replace(/.*@/, "…@");
      throw new InvalidInputError("webhook", shown, "addresses with http:// or https://", "write it in full");
    }
    const { username, password } = new URL(endpoint.url);
    if (username !== "" || password !== "") {
      throw new InvalidInputError(
        "webhook",
        "(not shown)",
        "addresses without user and password",
        "leave them out; the receiver knows the sender by the signature",
      );
    }
    for (const field of ["tries", "timeout", "firstWait", "longestWait"] as const) {
      const value = endpoint[field] ?? 1;
      if (!Number.isInteger(value) || value < 1 || value > LONGEST_TIMER) {
        throw new InvalidInputError(field, value, `whole numbers from 1 to ${LONGEST_TIMER}`, `change ${field}`);
      }
    }
    this.#keys = webhookKeys(endpoint.secret);
    this.#store = store;
    this.#onReport = onReport;
  }

  /** Name of the endpoint's position in the store. */
  get reader(): string {
    return readerOf(this.endpoint.name);
  }

  /** Sends stored events, and later ones as they come, until the signal is aborted. An attempt in progress is finished first. */
  async run(signal: AbortSignal, notifier: Notifier, pollInterval: number): Promise<void> {
    let position = await this.#store.position(this.reader);
    while (!signal.aborted) {
      const some = await this.#store.after(position, 100);
      if (some.length === 0) {
        await notifier.wait(signal, pollInterval);
        continue;
      }
      for (const kept of some) {
        const chainEvent = chainEventOf(kept);
        if (isWanted(this.endpoint, chainEvent.event)) {
          if (!(await this.#pass(kept, chainEvent, signal))) return;
        } else if (kept === some.at(-1)) {
          await this.#store.acknowledge(this.reader, kept.sequence);
        }
        position = kept.sequence;
      }
    }
  }

  /**
   * Makes one attempt to send an event.
   *
   * @returns Why the attempt failed; `undefined` if it succeeded.
   */
  async send(chainEvent: ChainEvent): Promise<string | undefined> {
    return (await this.#post(chainEvent)).reason;
  }

  /**
   * Sends an event until it is delivered or set aside.
   *
   * @returns False if the signal was aborted first. A receiver that answered 410 gets nothing until then.
   */
  async #pass(kept: KeptChainEvent, chainEvent: ChainEvent, signal: AbortSignal): Promise<boolean> {
    const { name: endpoint, tries: most = 15, firstWait = 1_000, longestWait = 3_600_000 } = this.endpoint;
    const before = await this.#store.tries(this.reader);
    let tries: Tries | undefined = before?.sequence === kept.sequence ? before : undefined;
    for (;;) {
      // The limit matters if the clock was set back.
      const longest = Math.max(longestWait, LONGEST_PUT_OFF);
      if (tries !== undefined) await pause(Math.min(Math.max(0, tries.nextAt - Date.now()), longest), signal);
      if (signal.aborted) return false;
      const startedAt = Date.now();
      const { reason, gone, notBefore } = await this.#post(chainEvent);
      const count = (tries?.count ?? 0) + 1;
      const report = { endpoint, chainEvent, tries: count, milliseconds: Date.now() - startedAt, reason };
      if (reason === undefined) {
        await this.#store.acknowledge(this.reader, kept.sequence);
        this.#onReport({ ...report, outcome: "delivered", nextAt: undefined });
        return true;
      }
      if (gone) {
        // The next start tries once more: the address may have changed by then.
        await this.#store.keepTries(this.reader, { sequence: kept.sequence, count, nextAt: Date.now(), reason });
        this.#onReport({ ...report, outcome: "gone", nextAt: undefined });
        await untilAborted(signal);
        return false;
      }
      if (count >= most) {
        await this.#store.deadLetter({
          reader: this.reader,
          chainEvent: kept,
          tries: count,
          reason,
          diedAt: Date.now(),
        });
        this.#onReport({ ...report, outcome: "dead", nextAt: undefined });
        return true;
      }
      const nextAt = Math.max(Date.now() + backoff(count, firstWait, longestWait), notBefore);
      tries = { sequence: kept.sequence, count, nextAt, reason };
      await this.#store.keepTries(this.reader, tries);
      this.#onReport({ ...report, outcome: "failed", nextAt });
    }
  }

  async #post(chainEvent: ChainEvent): Promise<Answer> {
    const body = webhookBody(chainEvent);
    const headers = webhookHeaders(this.#keys, chainEvent.id, body, new Date());
    // The time limit covers the head of the answer. Its body is not read.
    const signal = AbortSignal.timeout(this.endpoint.timeout ?? 10_000);
    try {
      // A redirect would send a body that was signed for one address to another.
      const answer = await fetch(this.endpoint.url, { method: "POST", headers, body, redirect: "manual", signal });
      await answer.body?.cancel();
      if (answer.ok) return { reason: undefined, gone: false, notBefore: 0 };
      const notBefore = retryAfter(answer.headers.get("retry-after"));
      return { reason: `it answered ${answer.status}`, gone: answer.status === 410, notBefore };
    } catch (error) {
      return { reason: signal.aborted ? "it did not answer in time" : reasonOf(error), gone: false, notBefore: 0 };
    }
  }
}

/** The name of an endpoint's position in the store. */
export function readerOf(endpoint: string): string {
  return `webhook ${endpoint}`;
}

function isWanted({ events, merchantIds, level }: WebhookEndpoint, { name, args }: EscrowEvent): boolean {
  const fields = args as Readonly<Record<string, unknown>>;
  if (events !== undefined && !events.includes(name)) return false;
  if (merchantIds !== undefined && !merchantIds.some((merchantId) => merchantId === fields.merchantId)) return false;
  return level !== "Warning" || name !== "WarningRaised" || fields.level === "Warning";
}

/** The time that a header `Retry-After` names, by seconds or a date, in Unix milliseconds; 0 if it names none. */
function retryAfter(header: string | null): number {
  if (header === null) return 0;
  const at = /^\d{1,9}$/.test(header) ? Date.now() + Number(header) * 1_000 : Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.min(at, Date.now() + LONGEST_PUT_OFF);
}

import type { Webhook } from "standardwebhooks";

import type { WarningLevelName } from "../contracts/enums.js";
import type { EscrowEvent, EscrowEventName } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import type { Bell } from "./bell.js";
import { reasonOf } from "../utils/faults.js";
import type { DeliveryStore, KeptNotice, Tries } from "./store.js";
import { backoff, pause, untilAborted } from "../utils/waiting.js";
import { noticeOf } from "./watcher.js";
import type { Notice } from "./watcher.js";
import { webhookBody, webhookHeaders, webhookKeys } from "./webhook.js";

/** Where notices are sent, and which. */
export interface WebhookEndpoint {
  /** Its place in the store goes by this name. */
  readonly name: string;
  /** `https://…`, or `http://…` within one's own network: the body is signed, not encrypted. */
  readonly url: string;
  /** `whsec_…`; several with spaces between while receivers change from one to another. */
  readonly secret: string;
  /** Only these events. Default: those of the subscription. */
  readonly events?: readonly EscrowEventName[];
  /** Only these merchants. */
  readonly merchantIds?: readonly bigint[];
  /** `Warning`: of raised warnings, no mere notices. */
  readonly level?: WarningLevelName;
  /** How often a notice is sent in vain until it is set aside. Default: 15, which takes two to three hours. */
  readonly tries?: number;
  /** How long to wait for an answer, in milliseconds. Default: 15 000. */
  readonly timeout?: number;
  /** The longest wait after the first failure, and of all, in milliseconds. Default: 1 000 and 3 600 000. */
  readonly firstWait?: number;
  readonly longestWait?: number;
}

/**
 * What became of one attempt. `dead`: it was the last, the notice is set aside. `gone`: the receiver wants no more (410); nothing
 * else is sent to it until watching begins again.
 */
export interface DeliveryReport {
  readonly endpoint: string;
  readonly notice: Notice;
  readonly outcome: "delivered" | "failed" | "dead" | "gone";
  /** Attempts so far, this one included. */
  readonly tries: number;
  readonly milliseconds: number;
  /** Why it failed. */
  readonly reason: string | undefined;
  /** When it is tried again, in Unix milliseconds; `undefined` if it is not. */
  readonly nextAt: number | undefined;
}

/** An answer, or why there was none. */
interface Answer {
  readonly reason: string | undefined;
  /** Whether the receiver wants nothing more of us. */
  readonly gone: boolean;
  /** The earliest moment the receiver wants to be asked again, in Unix milliseconds. */
  readonly notBefore: number;
}

/** A day: no receiver can put us off for longer. */
const LONGEST_PUT_OFF = 86_400_000;

/** The longest time that timers know, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Sends notices to one endpoint, one after the other: what is tried again holds back what comes after it, so that the order is kept,
 * until it is delivered or set aside. Told at least once; where the process was killed in between, again under the same `webhook-id`.
 */
export class Delivery {
  readonly #keys: readonly Webhook[];
  readonly #store: DeliveryStore;
  readonly #onReport: (report: DeliveryReport) => void;

  /** @throws InvalidInputError if the endpoint's address or secret cannot be used, or a number is out of its bounds. */
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

  /** The endpoint's place in the store. */
  get reader(): string {
    return readerOf(this.endpoint.name);
  }

  /** Sends what there is and what comes, until the signal; an attempt that is under way is finished first. */
  async run(signal: AbortSignal, bell: Bell, pollInterval: number): Promise<void> {
    let position = await this.#store.position(this.reader);
    while (!signal.aborted) {
      const some = await this.#store.after(position, 100);
      if (some.length === 0) {
        await bell.wait(signal, pollInterval);
        continue;
      }
      for (const kept of some) {
        const notice = noticeOf(kept);
        if (isWanted(this.endpoint, notice.event)) {
          if (!(await this.#pass(kept, notice, signal))) return;
        } else if (kept === some.at(-1)) {
          await this.#store.acknowledge(this.reader, kept.sequence);
        }
        position = kept.sequence;
      }
    }
  }

  /** Sends one notice once. Answers why that failed. */
  async send(notice: Notice): Promise<string | undefined> {
    return (await this.#post(notice)).reason;
  }

  /** Sends a notice until it is taken or set aside. Answers false if the signal came first, which ends the waiting for one that is gone. */
  async #pass(kept: KeptNotice, notice: Notice, signal: AbortSignal): Promise<boolean> {
    const { name: endpoint, tries: most = 15, firstWait = 1_000, longestWait = 3_600_000 } = this.endpoint;
    const before = await this.#store.tries(this.reader);
    let tries: Tries | undefined = before?.sequence === kept.sequence ? before : undefined;
    for (;;) {
      // Not for ever, should the clock have been put back.
      const longest = Math.max(longestWait, LONGEST_PUT_OFF);
      if (tries !== undefined) await pause(Math.min(Math.max(0, tries.nextAt - Date.now()), longest), signal);
      if (signal.aborted) return false;
      const startedAt = Date.now();
      const { reason, gone, notBefore } = await this.#post(notice);
      const count = (tries?.count ?? 0) + 1;
      const report = { endpoint, notice, tries: count, milliseconds: Date.now() - startedAt, reason };
      if (reason === undefined) {
        await this.#store.acknowledge(this.reader, kept.sequence);
        this.#onReport({ ...report, outcome: "delivered", nextAt: undefined });
        return true;
      }
      if (gone) {
        // The next start asks once more: the address may be another one by then.
        await this.#store.keepTries(this.reader, { sequence: kept.sequence, count, nextAt: Date.now(), reason });
        this.#onReport({ ...report, outcome: "gone", nextAt: undefined });
        await untilAborted(signal);
        return false;
      }
      if (count >= most) {
        await this.#store.bury({ reader: this.reader, notice: kept, tries: count, reason, diedAt: Date.now() });
        this.#onReport({ ...report, outcome: "dead", nextAt: undefined });
        return true;
      }
      const nextAt = Math.max(Date.now() + backoff(count, firstWait, longestWait), notBefore);
      tries = { sequence: kept.sequence, count, nextAt, reason };
      await this.#store.keepTries(this.reader, tries);
      this.#onReport({ ...report, outcome: "failed", nextAt });
    }
  }

  async #post(notice: Notice): Promise<Answer> {
    const body = webhookBody(notice);
    const headers = webhookHeaders(this.#keys, notice.id, body, new Date());
    // The answer's time is up when its head is there: what it says does not matter.
    const signal = AbortSignal.timeout(this.endpoint.timeout ?? 10_000);
    try {
      // A redirect would carry what was signed for one address to another.
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

/** The name of an endpoint's place in the store. */
export function readerOf(endpoint: string): string {
  return `webhook ${endpoint}`;
}

function isWanted({ events, merchantIds, level }: WebhookEndpoint, { name, args }: EscrowEvent): boolean {
  const fields = args as Readonly<Record<string, unknown>>;
  if (events !== undefined && !events.includes(name)) return false;
  if (merchantIds !== undefined && !merchantIds.some((merchantId) => merchantId === fields.merchantId)) return false;
  return level !== "Warning" || name !== "WarningRaised" || fields.level === "Warning";
}

/** When to come back, of a header `Retry-After`: seconds or a date. */
function retryAfter(header: string | null): number {
  if (header === null) return 0;
  const at = /^\d{1,9}$/.test(header) ? Date.now() + Number(header) * 1_000 : Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.min(at, Date.now() + LONGEST_PUT_OFF);
}

import { toBeHex } from "ethers";

import { rpcEach } from "./rpc.js";
import { decodeCardId } from "../contracts/cardId.js";
import { decodeEvents, isEvent, topicOf } from "../contracts/events.js";
import type { DecodedEvent, EscrowEventName } from "../contracts/events.js";
import type { Policy } from "../contracts/policy.js";
import { chunksOf, scanLogs } from "./logs.js";
import type { ScanOptions } from "./logs.js";
import type { EscrowReader } from "./reader.js";
import type { CardView, DisputeView, ExitQuote, MerchantView, MoveView, ProgramView } from "../contracts/views.js";

/** A card of a merchant in its present state. */
export interface MerchantCard {
  readonly cardId: string;
  readonly holder: string;
  readonly programId: bigint;
  readonly serial: bigint;
  readonly card: CardView;
}

/** A merchant with its number. */
export interface ListedMerchant extends MerchantView {
  readonly merchantId: bigint;
}

/** A program with its number. */
export interface ListedProgram extends ProgramView {
  readonly programId: bigint;
}

/** A policy with its number. */
export interface ListedPolicy extends Policy {
  readonly policyId: bigint;
}

/** A card with a pending exit, dispute or move, each of which has a deadline. */
export interface WaitingCard extends MerchantCard {
  readonly exit?: ExitQuote;
  readonly dispute?: DisputeView;
  readonly move?: MoveView;
}

/**
 * Past events, and lists. Merchants, programs and policies are read by their ids; cards and operators are found by the events since the
 * block of the deployment.
 *
 * Every method throws NodeUnreachableError if the node does not answer.
 */
export class EscrowHistory {
  readonly #reader: EscrowReader;

  constructor(reader: EscrowReader) {
    this.#reader = reader;
  }

  /** All merchants in their present state. */
  async merchants(): Promise<ListedMerchant[]> {
    return await rpcEach(idsUpTo(await this.#reader.merchantCount()), async (merchantId) => ({
      merchantId,
      ...(await this.#reader.merchant(merchantId)),
    }));
  }

  /** All programs, or those of one merchant. */
  async programs(merchantId?: bigint): Promise<ListedProgram[]> {
    const programs = await rpcEach(idsUpTo(await this.#reader.programCount()), async (programId) => ({
      programId,
      ...(await this.#reader.program(programId)),
    }));
    return programs.filter((program) => merchantId === undefined || program.merchantId === merchantId);
  }

  /** All policies. */
  async policies(): Promise<ListedPolicy[]> {
    return await rpcEach(idsUpTo(await this.#reader.policyCount()), async (policyId) => ({
      policyId,
      ...(await this.#reader.policy(policyId)),
    }));
  }

  /**
   * The escrow's events of one name, oldest first.
   *
   * @param name The event's name.
   * @param indexed The event's first indexed values, as topics of 32 bytes; `null` for any.
   */
  async events<Name extends EscrowEventName>(
    name: Name,
    indexed: readonly (string | null)[] = [],
    options: ScanOptions = {},
  ): Promise<DecodedEvent<Name>[]> {
    const { provider, escrow: address, deployBlock: fromBlock } = this.#reader;
    const logs = await scanLogs(provider, { address, topics: [topicOf(name), ...indexed], fromBlock }, options);
    return decodeEvents(logs).filter((event) => isEvent(event, name));
  }

  /** The operators of a merchant. */
  async operators(merchantId: bigint, options: ScanOptions = {}): Promise<string[]> {
    const enabled = new Set<string>();
    for (const { args } of await this.events("OperatorSet", [topic(merchantId)], options)) {
      if (args.enabled) enabled.add(args.operator);
      else enabled.delete(args.operator);
    }
    return [...enabled];
  }

  /**
   * All cards that a merchant has ever sold, in their present state, by program, holder and serial. Cards that were refunded after a
   * default or at the end of a run-off are deleted on chain, and have the status `None`; moved cards are listed with both ids.
   */
  async cards(merchantId: bigint, options: ScanOptions = {}): Promise<MerchantCard[]> {
    const opened = await this.events("CardOpened", [topic(merchantId)], options);
    const moved = await this.events("CardMoved", [topic(merchantId)], options);
    const ids = new Set([...opened.map(({ args }) => args.cardId), ...moved.map(({ args }) => args.newCardId)]);
    const cards = await rpcEach([...ids], async (cardId) => ({
      cardId,
      ...decodeCardId(cardId),
      card: await this.#reader.card(cardId),
    }));
    return cards.sort(
      (a, b) => Number(a.programId - b.programId) || (a.cardId < b.cardId ? -1 : Number(a.cardId > b.cardId)),
    );
  }

  /** The open cards of a merchant, ordered by program: refunds in this order need the least gas. */
  async openCards(merchantId: bigint, options: ScanOptions = {}): Promise<MerchantCard[]> {
    return (await this.cards(merchantId, options)).filter(({ card }) => card.status === "Open");
  }

  /** The open cards of a merchant with an exit, a dispute or a move pending. */
  async waiting(merchantId: bigint, options: ScanOptions = {}): Promise<WaitingCard[]> {
    const reader = this.#reader;
    const waiting = (await this.openCards(merchantId, options)).filter(
      ({ card }) => card.exitRequestedAt !== 0n || card.disputed || card.moving,
    );
    return await rpcEach(waiting, async (each) => ({
      ...each,
      ...(each.card.exitRequestedAt === 0n ? {} : { exit: await reader.quote(each.cardId) }),
      ...(each.card.disputed ? { dispute: await reader.dispute(each.cardId) } : {}),
      ...(each.card.moving ? { move: await reader.pendingMove(each.cardId) } : {}),
    }));
  }

  /**
   * The last settlement of a card; `undefined` if there is none. Proofs of consumptions lead to its `receipt`. The search begins at the
   * newest block, so that a recent settlement is found at once.
   */
  async lastSettlement(
    cardId: string,
    options: ScanOptions = {},
  ): Promise<DecodedEvent<"ConsumptionSettled"> | undefined> {
    const { provider, escrow: address, deployBlock: fromBlock } = this.#reader;
    const filter = { address, topics: [topicOf("ConsumptionSettled"), null, cardId], fromBlock };
    for await (const logs of chunksOf(provider, filter, options, true)) {
      const last = decodeEvents(logs).findLast((event) => isEvent(event, "ConsumptionSettled"));
      if (last !== undefined) return last;
    }
    return undefined;
  }
}

function idsUpTo(count: bigint): bigint[] {
  return Array.from({ length: Number(count) }, (_, i) => BigInt(i) + 1n);
}

function topic(value: bigint): string {
  return toBeHex(value, 32);
}

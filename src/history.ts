import { toBeHex } from "ethers";
import type { Log, Provider } from "ethers";

import { asked, askedOfEach, isUnreachable } from "./asking.js";
import { decodeCardId } from "./cardId.js";
import type { EscrowClient } from "./client.js";
import { decodeEvents, isEvent, topicOf } from "./events.js";
import type { DecodedEvent, EscrowEventName } from "./events.js";
import type { Policy } from "./policy.js";
import { AdaptiveRange } from "./watcher/range.js";
import type { CardView, DisputeView, ExitQuote, MerchantView, MoveView, ProgramView } from "./views.js";

/** How far a reading of old events is. */
export interface ScanProgress {
  /** The last block read. */
  readonly block: number;
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** How old events are read. */
export interface ScanOptions {
  /** Blocks asked for at once; fewer where the node refuses as many. 10 000 unless told otherwise. */
  readonly chunk?: number;
  /** Told after every chunk. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

/** What is asked of a node; blocks and topics as in `eth_getLogs`. */
export interface ScanFilter {
  readonly address: string;
  readonly topics: (string | string[] | null)[];
  readonly fromBlock: number;
}

/** A card of a merchant as it stands now. */
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

/** A card about which somebody has to act by a certain time. */
export interface WaitingCard extends MerchantCard {
  readonly exit?: ExitQuote;
  readonly dispute?: DisputeView;
  readonly move?: MoveView;
}

const CHUNK = 10_000;

/**
 * Logs from a block on up to the last, read in chunks; one that the node refuses for its length is asked for in halves, and later ones
 * are longer again.
 *
 * @throws NodeUnreachableError, and what the node says to a single block.
 */
export async function scanLogs(provider: Provider, filter: ScanFilter, options: ScanOptions = {}): Promise<Log[]> {
  const found: Log[] = [];
  for await (const logs of chunksOf(provider, filter, options)) for (const log of logs) found.push(log);
  return found;
}

/** The logs of chunk after chunk, the oldest first, or the newest where it is read `backwards`. */
async function* chunksOf(
  provider: Provider,
  filter: ScanFilter,
  { chunk = CHUNK, onProgress }: ScanOptions,
  backwards = false,
): AsyncGenerator<Log[]> {
  const { fromBlock } = filter;
  const toBlock = await asked(() => provider.getBlockNumber());
  const range = new AdaptiveRange(chunk);
  for (let read = 0; read <= toBlock - fromBlock;) {
    const length = Math.min(range.size, toBlock - fromBlock + 1 - read);
    const first = backwards ? toBlock - read - length + 1 : fromBlock + read;
    const last = first + length - 1;
    let logs: Log[];
    try {
      logs = await asked(() => provider.getLogs({ ...filter, fromBlock: first, toBlock: last }));
    } catch (error) {
      if (isUnreachable(error) || !range.refused(length)) throw error;
      continue;
    }
    range.answered();
    read += length;
    onProgress?.({ block: backwards ? first : last, fromBlock, toBlock });
    yield logs;
  }
}

/**
 * Lists over whole merchants. Those of merchants, programs and policies are counted up on chain; those of cards and operators
 * come from the events since the block of the deployment.
 */
export class EscrowHistory {
  readonly #client: EscrowClient;

  constructor(client: EscrowClient) {
    this.#client = client;
  }

  /** All merchants as they stand now. */
  async merchants(): Promise<ListedMerchant[]> {
    return await askedOfEach(idsUpTo(await this.#client.merchantCount()), async (merchantId) => ({
      merchantId,
      ...(await this.#client.merchant(merchantId)),
    }));
  }

  /** All programs, or those of one merchant. */
  async programs(merchantId?: bigint): Promise<ListedProgram[]> {
    const programs = await askedOfEach(idsUpTo(await this.#client.programCount()), async (programId) => ({
      programId,
      ...(await this.#client.program(programId)),
    }));
    return programs.filter((program) => merchantId === undefined || program.merchantId === merchantId);
  }

  /** All policies. */
  async policies(): Promise<ListedPolicy[]> {
    return await askedOfEach(idsUpTo(await this.#client.policyCount()), async (policyId) => ({
      policyId,
      ...(await this.#client.policy(policyId)),
    }));
  }

  /**
   * Events of the escrow with a name, oldest first.
   *
   * @param name The event.
   * @param indexed Its first indexed values, as topics of 32 bytes; `null` for any.
   */
  async events<Name extends EscrowEventName>(
    name: Name,
    indexed: readonly (string | null)[] = [],
    options: ScanOptions = {},
  ): Promise<DecodedEvent<Name>[]> {
    const { provider, escrow: address, deployBlock: fromBlock } = this.#client;
    const logs = await scanLogs(provider, { address, topics: [topicOf(name), ...indexed], fromBlock }, options);
    return decodeEvents(logs).filter((event) => isEvent(event, name));
  }

  /** Accounts that may act for a merchant at its tills. */
  async operators(merchantId: bigint, options: ScanOptions = {}): Promise<string[]> {
    const enabled = new Set<string>();
    for (const { args } of await this.events("OperatorSet", [topic(merchantId)], options)) {
      if (args.enabled) enabled.add(args.operator);
      else enabled.delete(args.operator);
    }
    return [...enabled];
  }

  /**
   * All cards a merchant has ever sold, as they stand now, by program, holder and serial. Cards that were refunded after a
   * default or at the end of a run-off are deleted on chain, and have the status `None`; moved ones are there with both ids.
   */
  async cards(merchantId: bigint, options: ScanOptions = {}): Promise<MerchantCard[]> {
    const opened = await this.events("CardOpened", [topic(merchantId)], options);
    const moved = await this.events("CardMoved", [topic(merchantId)], options);
    const ids = new Set([...opened.map(({ args }) => args.cardId), ...moved.map(({ args }) => args.newCardId)]);
    const cards = await askedOfEach([...ids], async (cardId) => ({
      cardId,
      ...decodeCardId(cardId),
      card: await this.#client.card(cardId),
    }));
    return cards.sort(
      (a, b) => Number(a.programId - b.programId) || (a.cardId < b.cardId ? -1 : Number(a.cardId > b.cardId)),
    );
  }

  /** The open cards of a merchant, in an order that refunds them cheaply: program by program. */
  async openCards(merchantId: bigint, options: ScanOptions = {}): Promise<MerchantCard[]> {
    return (await this.cards(merchantId, options)).filter(({ card }) => card.status === "Open");
  }

  /** The open cards of a merchant with an exit, a dispute or a move pending. */
  async waiting(merchantId: bigint, options: ScanOptions = {}): Promise<WaitingCard[]> {
    const client = this.#client;
    const waiting = (await this.openCards(merchantId, options)).filter(
      ({ card }) => card.exitRequestedAt !== 0n || card.disputed || card.moving,
    );
    return await askedOfEach(waiting, async (each) => ({
      ...each,
      ...(each.card.exitRequestedAt === 0n ? {} : { exit: await client.quote(each.cardId) }),
      ...(each.card.disputed ? { dispute: await client.dispute(each.cardId) } : {}),
      ...(each.card.moving ? { move: await client.pendingMove(each.cardId) } : {}),
    }));
  }

  /**
   * What was settled last for a card; `undefined` if nothing ever was. Its `receipt` is what proofs of visits lead to. Looked for from
   * the newest block back, so what is recent is found at once.
   */
  async lastSettlement(
    cardId: string,
    options: ScanOptions = {},
  ): Promise<DecodedEvent<"ConsumptionSettled"> | undefined> {
    const { provider, escrow: address, deployBlock: fromBlock } = this.#client;
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

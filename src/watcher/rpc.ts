import { getAddress, isHexString, toQuantity } from "ethers";

import type { RawLog } from "../contracts/events.js";
import { isUsable, mayHold } from "./bloom.js";
import { TransientFault, textsOf } from "../utils/faults.js";
import { TimedOut, withTimeout } from "../utils/waiting.js";

/** A JSON-RPC connection. ethers' `JsonRpcProvider` and `BrowserProvider` and Hardhat's provider fit. */
export interface RpcProvider {
  send(method: string, params: readonly unknown[] | Record<string, unknown>): Promise<unknown>;
}

/** The parts of a block header that the watcher needs. */
export interface Header {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly bloom: string | undefined;
}

/** The logs to read. */
export interface LogFilter {
  readonly addresses: readonly string[];
  /** Allowed first topics of a log; empty for every log. */
  readonly topics: readonly string[];
}

/** A node refused a range of blocks, perhaps because it is too large: the caller tries a smaller one. */
export class RangeRefused extends TransientFault {
  constructor(
    readonly blocks: number,
    readonly reason: unknown,
  ) {
    super(`refused ${blocks} blocks`);
  }
}

/** The watcher's requests to a node. Every answer is checked: its type, and that it is about the blocks and addresses requested. */
export class Rpc {
  requests = 0;
  failures = 0;

  constructor(
    private readonly provider: RpcProvider,
    private readonly filter: LogFilter,
    /** Time limit of one request, in milliseconds. */
    private readonly timeout: number,
    private readonly signal?: AbortSignal,
  ) {}

  async chainId(): Promise<bigint> {
    return BigInt(text(await this.#ask("eth_chainId", [])));
  }

  async blockNumber(): Promise<number> {
    return quantity(await this.#ask("eth_blockNumber", []));
  }

  /** Whether there was a contract at an address at the end of a block. */
  async hasCode(address: string, block: number | "latest"): Promise<boolean> {
    return text(await this.#ask("eth_getCode", [address, block === "latest" ? block : toQuantity(block)])) !== "0x";
  }

  /** The header of a block; `undefined` if this node does not have it (yet, or any more). */
  async header(number: number): Promise<Header | undefined> {
    const answer = await this.#ask("eth_getBlockByNumber", [toQuantity(number), false]);
    if (answer === null || answer === undefined) return undefined;
    const { number: answered, hash, parentHash, timestamp, logsBloom } = record(answer);
    if (quantity(answered) !== number) throw new TransientFault(`the node answered another block than ${number}`);
    const bloom = typeof logsBloom === "string" ? logsBloom : undefined;
    return { number, hash: word(hash), parentHash: word(parentHash), timestamp: quantity(timestamp), bloom };
  }

  /** Whether a block may hold a log of the filter. */
  mayHoldLogs({ bloom }: Header): boolean {
    if (!isUsable(bloom)) return true;
    const { addresses, topics } = this.filter;
    const holds = (item: string): boolean => mayHold(bloom, item);
    return addresses.some(holds) && (topics.length === 0 || topics.some(holds));
  }

  /**
   * The logs of one block. The request names the block by its hash: a node that lacks the block then answers with an error, not with
   * an empty list.
   */
  async logsOf({ number, hash }: Header): Promise<RawLog[]> {
    const logs = await this.#agreed({ blockHash: hash });
    if (logs.some((log) => log.blockHash !== hash || log.blockNumber !== number)) {
      throw new TransientFault(`the node answered logs of another block than ${number}`);
    }
    return logs;
  }

  /**
   * The logs of a range of blocks, both ends included.
   *
   * @throws RangeRefused after any error but a rate limit, a lost connection or a wrong answer.
   */
  async logsBetween(from: number, to: number): Promise<RawLog[]> {
    let logs: RawLog[];
    try {
      logs = await this.#agreed({ fromBlock: toQuantity(from), toBlock: toQuantity(to) });
    } catch (error) {
      // Nodes word their limits in many ways, so any error but a rate limit or a lost connection is treated as "range too large".
      // A node that takes too long may answer for fewer blocks.
      if ((error instanceof TransientFault && !(error instanceof TimedOut)) || isTransient(error)) throw error;
      throw new RangeRefused(to - from + 1, error);
    }
    const hashes = new Map<number, string>();
    for (const { blockNumber, blockHash } of logs) {
      const known = hashes.get(blockNumber) ?? blockHash;
      if (blockNumber < from || blockNumber > to || known !== blockHash) {
        throw new TransientFault(`the node answered logs that are not those of blocks ${from} to ${to}`);
      }
      hashes.set(blockNumber, blockHash);
    }
    return logs;
  }

  /** Logs in which two answers agree: several nodes may share one address, one of them lagging. */
  async #agreed(where: Readonly<Record<string, string>>): Promise<RawLog[]> {
    const { addresses, topics } = this.filter;
    const filter = { ...where, address: addresses, ...(topics.length === 0 ? {} : { topics: [topics] }) };
    const [first, second] = await Promise.all([this.#logs(filter), this.#logs(filter)]);
    const same = (log: RawLog, i: number): boolean => JSON.stringify(log) === JSON.stringify(first[i]);
    if (first.length !== second.length || !second.every(same)) {
      throw new TransientFault("two answers of the node about the same logs differ");
    }
    return second;
  }

  /** The logs of one answer, in order and without duplicates. */
  async #logs(filter: unknown): Promise<RawLog[]> {
    const answer = await this.#ask("eth_getLogs", [filter]);
    if (!Array.isArray(answer)) throw new TransientFault("the node answered no list of logs");
    const logs = new Map<string, RawLog>();
    for (const item of answer as unknown[]) {
      const { removed, address, topics, data, blockNumber, blockHash, transactionHash, logIndex } = record(item);
      if (removed === true) throw new TransientFault("the node answered a log of a block that is gone");
      if (!Array.isArray(topics)) throw new TransientFault("the node answered a log without topics");
      const log: RawLog = {
        address: getAddress(text(address)),
        topics: topics.map(word),
        data: text(data),
        blockNumber: quantity(blockNumber),
        blockHash: word(blockHash),
        transactionHash: word(transactionHash),
        index: quantity(logIndex),
      };
      if (!this.filter.addresses.includes(log.address)) throw new TransientFault("the node answered logs of others");
      logs.set(`${log.blockHash} ${log.index}`, log);
    }
    return [...logs.values()].sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    this.requests += 1;
    try {
      return await withTimeout(
        this.provider.send(method, params),
        this.timeout,
        `${method} took too long`,
        this.signal,
      );
    } catch (error) {
      this.failures += 1;
      throw error;
    }
  }
}

/** Whether an error is a rate limit or a lost connection: the same request can succeed later. */
function isTransient(error: unknown): boolean {
  const transient =
    /\b429\b|rate.?limit|too many requests|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|socket hang up|fetch failed|NETWORK_ERROR|\b50[023]\b/i;
  return textsOf(error).some((one) => transient.test(one));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new TransientFault("the node's answer is no object");
  return value as Readonly<Record<string, unknown>>;
}

function text(value: unknown): string {
  if (typeof value !== "string" || !isHexString(value))
    throw new TransientFault("the node's answer is no hexadecimal text");
  return value;
}

function word(value: unknown): string {
  if (!isHexString(value, 32)) throw new TransientFault("the node's answer is no hash");
  return value.toLowerCase();
}

function quantity(value: unknown): number {
  const number = Number(text(value));
  if (!Number.isSafeInteger(number)) throw new TransientFault("the node's answer is no block number");
  return number;
}

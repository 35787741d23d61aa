import type { EthereumProvider } from "hardhat/types/providers";

import type { RawLog } from "../../src/contracts/events.js";
import { DAY } from "../../src/contracts/policy.js";

/** Gas of a transaction sent by itself: more than any of them needs. */
const SINGLE_GAS = 5_000_000;
/** The hour of the day at which the shops open. */
const OPENING = 9n * 3_600n;
/** Seconds between one step of the story and the next. */
const PAUSE = 60n;
const GAS_PRICE = 10n ** 9n;

/** A call as an ABI encoder makes it. */
export interface Call {
  readonly to: string;
  readonly data: string;
}

/** A log as the network answers it. */
interface NodeLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly logIndex: string;
}

interface RawReceipt {
  readonly status: string;
  readonly gasUsed: string;
  readonly logs: readonly NodeLog[];
}

interface RawTransaction {
  readonly from: string;
  readonly to: string;
  readonly input: string;
  readonly gas: string;
}

/**
 * The in-process network, with a clock of its own: time passes as the story says and not as the machine does, so that a
 * scenario gives the same numbers on every machine.
 */
export class Chain {
  readonly #provider: EthereumProvider;
  readonly #start: bigint;
  #time = 0n;
  /** Seconds since the beginning of the day; grows from step to step, so that n days later are n full days at least. */
  #hour = OPENING;
  #transactions = 0;
  #gasUsed = 0n;

  private constructor(provider: EthereumProvider, start: bigint) {
    this.#provider = provider;
    this.#start = start;
  }

  /** @param start Unix time at which day 0 of the story begins. */
  static async open(provider: EthereumProvider, start: bigint): Promise<Chain> {
    const chain = new Chain(provider, start);
    const block = await chain.#request<{ timestamp: string }>("eth_getBlockByNumber", ["latest", false]);
    chain.#time = BigInt(block.timestamp);
    return chain;
  }

  /** Unix time of the last block. */
  get time(): bigint {
    return this.#time;
  }

  get transactions(): number {
    return this.#transactions;
  }

  get gasUsed(): bigint {
    return this.#gasUsed;
  }

  /** Moves the clock to a step on `day`. */
  beginStep(day: number): void {
    const beginning = this.#start + BigInt(day) * DAY;
    const target = beginning + this.#hour;
    if (target > this.#time) this.#time = target;
    this.#hour = this.#time - beginning;
  }

  /** Leaves a pause after a step on `day`, however long it took. */
  endStep(day: number): void {
    const passed = this.#time - (this.#start + BigInt(day) * DAY);
    if (passed > this.#hour) this.#hour = passed;
    this.#hour += PAUSE;
  }

  async blockNumber(): Promise<number> {
    return Number(await this.#request<string>("eth_blockNumber", []));
  }

  /** Ether of an account, in wei. */
  async etherOf(address: string): Promise<bigint> {
    return BigInt(await this.#request<string>("eth_getBalance", [address, "latest"]));
  }

  /**
   * Logs of a range of blocks, both included, oldest first.
   *
   * @param addresses Of these contracts.
   * @param topics With one of these first topics; of every kind by default.
   */
  async logs(from: number, to: number, addresses: readonly string[], topics?: readonly string[]): Promise<RawLog[]> {
    const filter = {
      fromBlock: quantity(BigInt(from)),
      toBlock: quantity(BigInt(to)),
      address: addresses,
      ...(topics === undefined ? {} : { topics: [topics] }),
    };
    return (await this.#request<NodeLog[]>("eth_getLogs", [filter])).map(rawLog);
  }

  /**
   * Sends one transaction and mines it, a second after the last.
   *
   * @returns The logs of the transaction.
   * @throws The network's error, which carries the contract's answer, if it was refused.
   */
  async send(from: string, call: Call): Promise<readonly RawLog[]> {
    this.#time += 1n;
    await this.#request("evm_setNextBlockTimestamp", [quantity(this.#time)]);
    const transaction = { from, to: call.to, data: call.data, ...price(SINGLE_GAS) };
    const hash = await this.#submit(transaction);
    return await this.#collect(hash);
  }

  /**
   * Sends many transactions of one account, as many to a block as fit.
   *
   * @param calls What to send.
   * @param gas Gas of each.
   * @param together How many are sent before the next blocks are mined.
   * @param onProgress Called with the number of transactions mined.
   * @returns The logs of all of them.
   * @throws The network's error if one of them was refused.
   */
  async sendMany(
    from: string,
    calls: readonly Call[],
    gas: number,
    together: number,
    onProgress: (mined: number) => void,
  ): Promise<readonly RawLog[]> {
    const logs: RawLog[] = [];
    let nonce = BigInt(await this.#request<string>("eth_getTransactionCount", [from, "latest"]));
    await this.#request("evm_setAutomine", [false]);
    try {
      for (let sent = 0; sent < calls.length; sent += together) {
        const group = calls.slice(sent, sent + together);
        const hashes = await Promise.all(
          group.map(({ to, data }, i) =>
            this.#submit({ from, to, data, nonce: quantity(nonce + BigInt(i)), ...price(gas) }),
          ),
        );
        nonce += BigInt(group.length);
        await this.#mineUntil(from, nonce);
        for (const collected of await Promise.all(hashes.map((hash) => this.#collect(hash)))) logs.push(...collected);
        onProgress(sent + group.length);
      }
    } finally {
      await this.#request("evm_setAutomine", [true]);
    }
    return logs;
  }

  async #mineUntil(from: string, nonce: bigint): Promise<void> {
    do {
      this.#time += 1n;
      await this.#request("evm_mine", [quantity(this.#time)]);
    } while (BigInt(await this.#request<string>("eth_getTransactionCount", [from, "latest"])) < nonce);
  }

  async #submit(transaction: Record<string, string>): Promise<string> {
    return await this.#request<string>("eth_sendTransaction", [transaction]);
  }

  /** Counts a mined transaction and answers its logs. */
  async #collect(hash: string): Promise<readonly RawLog[]> {
    const receipt = await this.#request<RawReceipt>("eth_getTransactionReceipt", [hash]);
    this.#transactions += 1;
    this.#gasUsed += BigInt(receipt.gasUsed);
    if (BigInt(receipt.status) === 1n) return receipt.logs.map(rawLog);
    // Without automatic mining a failure carries no reason; calling it again gives one.
    const { from, to, input, gas } = await this.#request<RawTransaction>("eth_getTransactionByHash", [hash]);
    await this.#request("eth_call", [{ from, to, data: input, gas }, "latest"]);
    throw new Error(`Transaction ${hash} failed without a reason.`);
  }

  async #request<Result>(method: string, params: unknown[]): Promise<Result> {
    return (await this.#provider.request({ method, params })) as Result;
  }
}

function price(gas: number): { gas: string; gasPrice: string } {
  return { gas: quantity(BigInt(gas)), gasPrice: quantity(GAS_PRICE) };
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function rawLog({ logIndex, blockNumber, ...log }: NodeLog): RawLog {
  return { ...log, blockNumber: Number(blockNumber), index: Number(logIndex) };
}

import type { EthereumProvider } from "hardhat/types/providers";

import { DAY } from "../../src/policy.js";

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
export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string;
  readonly transactionHash: string;
  readonly logIndex: string;
}

interface RawReceipt {
  readonly status: string;
  readonly gasUsed: string;
}

/** Thrown when a transaction was mined without effect; `data` is what the contract answered. */
export class TransactionFailedError extends Error {
  override readonly name = "TransactionFailedError";

  constructor(
    readonly data: string,
    reason: string,
  ) {
    super(reason);
  }
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

  async chainId(): Promise<bigint> {
    return BigInt(await this.#request<string>("eth_chainId", []));
  }

  /** Logs of a range of blocks, both included. */
  async logs(from: number, to: number, filter: { address?: readonly string[]; topics?: readonly string[][] } = {}) {
    const range = { fromBlock: quantity(BigInt(from)), toBlock: quantity(BigInt(to)) };
    return await this.#request<RawLog[]>("eth_getLogs", [{ ...range, ...filter }]);
  }

  /**
   * Sends one transaction and mines it, a second after the last.
   *
   * @throws TransactionFailedError if it had no effect.
   */
  async send(from: string, call: Call): Promise<void> {
    this.#time += 1n;
    await this.#request("evm_setNextBlockTimestamp", [quantity(this.#time)]);
    const transaction = { from, to: call.to, data: call.data, ...price(SINGLE_GAS) };
    const hash = await this.#submit(transaction);
    await this.#count(hash);
  }

  /**
   * Sends many transactions of one account, as many to a block as fit.
   *
   * @param calls What to send.
   * @param gas Gas of each.
   * @param together How many are sent before the next blocks are mined.
   * @param onProgress Called with the number of transactions mined.
   * @throws TransactionFailedError if one of them had no effect.
   */
  async sendMany(
    from: string,
    calls: readonly Call[],
    gas: number,
    together: number,
    onProgress: (mined: number) => void,
  ): Promise<void> {
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
        for (const hash of hashes) await this.#count(hash);
        onProgress(sent + group.length);
      }
    } finally {
      await this.#request("evm_setAutomine", [true]);
    }
  }

  async #mineUntil(from: string, nonce: bigint): Promise<void> {
    do {
      this.#time += 1n;
      await this.#request("evm_mine", [quantity(this.#time)]);
    } while (BigInt(await this.#request<string>("eth_getTransactionCount", [from, "latest"])) < nonce);
  }

  async #submit(transaction: Record<string, string>): Promise<string> {
    try {
      return await this.#request<string>("eth_sendTransaction", [transaction]);
    } catch (error) {
      const data = revertData(error);
      if (data === undefined) throw error;
      this.#transactions += 1;
      throw new TransactionFailedError(data, error instanceof Error ? error.message : "the transaction failed");
    }
  }

  async #count(hash: string): Promise<void> {
    const receipt = await this.#request<RawReceipt>("eth_getTransactionReceipt", [hash]);
    this.#transactions += 1;
    this.#gasUsed += BigInt(receipt.gasUsed);
    if (BigInt(receipt.status) !== 1n) throw new TransactionFailedError("0x", `the transaction ${hash} failed`);
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

/** What the contract answered, wherever the network's error carries it. */
function revertData(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const data: unknown = Reflect.get(error, "data");
  if (typeof data === "string") return data;
  return revertData(data) ?? revertData(Reflect.get(error, "cause"));
}

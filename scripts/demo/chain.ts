import { BrowserProvider, toQuantity } from "ethers";
import type { EthereumProvider } from "hardhat/types/providers";

import type { RawLog } from "../../src/contracts/events.js";
import { DAY } from "../../src/contracts/policy.js";

/** Time of the day at which the shops open, in seconds. */
const OPENING = 9n * 3_600n;
/** Seconds between one step of the scenario and the next. */
const PAUSE = 60n;
/** Seconds between two blocks. */
const BLOCK_TIME = 1n;

/** A request of a program. */
interface Request {
  readonly method: string;
  readonly params?: readonly unknown[] | object;
}

/** A log in the form of the network. */
interface NodeLog extends Omit<RawLog, "blockNumber" | "index"> {
  readonly blockNumber: string;
  readonly logIndex: string;
}

/** A block in the form of the network. */
interface NodeBlock {
  readonly timestamp: string;
  readonly gasUsed: string;
  readonly transactions: readonly string[];
}

/** Counts over the blocks of a demo. */
export interface Tally {
  /** The number of the last block. */
  readonly blocks: number;
  /** Transactions after the deployment, and their gas. */
  readonly transactions: number;
  readonly gasUsed: bigint;
}

/**
 * The in-process network, with its own clock: the scenario sets the time, and not the machine, so that a scenario gives the same numbers
 * on every machine.
 *
 * The package reads and sends through {@link provider}, which hides the clock.
 */
export class DemoChain {
  /** An ordinary provider. It shares the results of equal requests made at the same time, and caches nothing longer. */
  readonly provider: BrowserProvider;

  readonly #network: EthereumProvider;
  readonly #start: bigint;
  #time = 0n;
  /** Seconds since the beginning of the day. It grows with each step, so that a step n days later is at least n full days later. */
  #hour = OPENING;
  /** The last block of the deployment. */
  #deployed = 0;
  /** Whether transactions are collected and mined together. */
  #waiting = false;

  private constructor(network: EthereumProvider, start: bigint) {
    this.#network = network;
    this.#start = start;
    this.provider = new BrowserProvider({ request: async (request) => await this.#answer(request) }, undefined, {
      cacheTimeout: 0,
      staticNetwork: true,
    });
  }

  /**
   * Takes over a network once the contracts are deployed on it.
   *
   * @param start Unix time at which day 0 of the scenario begins.
   */
  static async open(network: EthereumProvider, start: bigint): Promise<DemoChain> {
    const chain = new DemoChain(network, start);
    chain.#deployed = await chain.blockNumber();
    chain.#time = BigInt((await chain.#block(chain.#deployed)).timestamp);
    return chain;
  }

  /* TIME */

  /** Unix time of the last block. */
  get time(): bigint {
    return this.#time;
  }

  /** Moves the clock to a step on `day`, and mines a block, so that readers of the chain find the new time. */
  async beginStep(day: number): Promise<void> {
    const beginning = this.#start + BigInt(day) * DAY;
    const target = beginning + this.#hour;
    if (target > this.#time) {
      this.#time = target;
      await this.#ask("evm_mine", [toQuantity(target)]);
    }
    this.#hour = this.#time - beginning;
  }

  /** Adds a pause after a step on `day`. */
  endStep(day: number): void {
    const passed = this.#time - (this.#start + BigInt(day) * DAY);
    if (passed > this.#hour) this.#hour = passed;
    this.#hour += PAUSE;
  }

  /** Moves the clock by one block without mining one, after an attempt that was refused. */
  skipBlock(): void {
    this.#time += BLOCK_TIME;
  }

  /* SENDING */

  /**
   * Mines many transactions of one account, as many in a block as fit.
   *
   * @param sender The account that sends all of them.
   * @param submit Submits them. It is called with the first nonce, and returns one item for each transaction.
   */
  async mineTogether<Sent>(sender: string, submit: (nonce: number) => Promise<Sent[]>): Promise<Sent[]> {
    const nonce = await this.provider.getTransactionCount(sender);
    await this.#ask("evm_setAutomine", [false]);
    this.#waiting = true;
    try {
      const sent = await submit(nonce);
      do {
        this.#time += BLOCK_TIME;
        await this.#ask("evm_mine", [toQuantity(this.#time)]);
      } while ((await this.provider.getTransactionCount(sender)) < nonce + sent.length);
      return sent;
    } finally {
      this.#waiting = false;
      await this.#ask("evm_setAutomine", [true]);
    }
  }

  /* READING */

  async blockNumber(): Promise<number> {
    return Number(await this.#ask("eth_blockNumber", []));
  }

  /** Logs of these contracts in a range of blocks, both included, oldest first. */
  async logs(from: number, to: number, addresses: readonly string[]): Promise<RawLog[]> {
    const filter = { fromBlock: toQuantity(from), toBlock: toQuantity(to), address: addresses };
    return ((await this.#ask("eth_getLogs", [filter])) as NodeLog[]).map(rawLog);
  }

  /** Counts over all blocks since the deployment. */
  async tally(): Promise<Tally> {
    const blocks = await this.blockNumber();
    const numbers = Array.from({ length: blocks - this.#deployed }, (_, i) => this.#deployed + 1 + i);
    const mined = await Promise.all(numbers.map((number) => this.#block(number)));
    return {
      blocks,
      transactions: mined.reduce((sum, { transactions }) => sum + transactions.length, 0),
      gasUsed: mined.reduce((sum, { gasUsed }) => sum + BigInt(gasUsed), 0n),
    };
  }

  /* INSIDE */

  /** Handles a request. A transaction is mined at once, one second after the block before, unless transactions are collected. */
  async #answer({ method, params }: Request): Promise<unknown> {
    const sends = method === "eth_sendTransaction" || method === "eth_sendRawTransaction";
    if (sends && !this.#waiting) {
      this.#time += BLOCK_TIME;
      await this.#ask("evm_setNextBlockTimestamp", [toQuantity(this.#time)]);
    }
    return await this.#ask(method, params ?? []);
  }

  async #block(number: number): Promise<NodeBlock> {
    return (await this.#ask("eth_getBlockByNumber", [toQuantity(number), false])) as NodeBlock;
  }

  async #ask(method: string, params: readonly unknown[] | object): Promise<unknown> {
    return await this.#network.request({ method, params });
  }
}

function rawLog({ logIndex, blockNumber, ...log }: NodeLog): RawLog {
  return { ...log, blockNumber: Number(blockNumber), index: Number(logIndex) };
}

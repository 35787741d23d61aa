// One chain for each fixture, so that a test has its state at once, in any order of the tests.

import hre from "hardhat";

import { SWITCH_ACCOUNT } from "./schema.js";

type Provider = Awaited<ReturnType<typeof hre.network.create>>["provider"];
type Fixture = () => Promise<unknown>;

interface Block {
  readonly timestamp: string;
}

interface Chain {
  readonly request: Provider["request"];
  snapshot: unknown;
  /** The result of the fixture. */
  data: unknown;
  /** Unix time of the first block after the fixture. */
  next: number;
}

/** The chain that the tests use, and the number of the mutant that is on in its contracts. */
export class Chains {
  readonly #first: Chain;
  readonly #made = new Map<Fixture, Chain>();
  #active: Chain;
  #touched = false;
  #isMaking = false;
  #number = 0n;
  #milliseconds = 0;

  private constructor(first: Chain) {
    this.#first = first;
    this.#active = first;
  }

  /** Replaces the chain of `test/helpers/chain.ts`. */
  static async replace(): Promise<Chains> {
    const { networkHelpers, provider } = await import("../../../test/helpers/chain.js");
    const request = provider.request.bind(provider);
    const first: Chain = { request, snapshot: undefined, data: undefined, next: 0 };
    const chains = new Chains(first);
    await chains.#keep(first);
    provider.request = async (call) => {
      const chain = chains.#active;
      if (chain === first) chains.#touched = true;
      const result: unknown = await chain.request(call);
      // Reverting the state also reverts the number, so it is set again.
      if (call.method === "evm_revert") await chains.#setNumber(chain, chains.#number);
      return result;
    };
    networkHelpers.loadFixture = (async (fixture: Fixture) =>
      await chains.#load(fixture)) as typeof networkHelpers.loadFixture;
    return chains;
  }

  /** Time spent on making fixtures so far, in milliseconds. */
  get making(): number {
    return this.#milliseconds;
  }

  /** Begins a test on the chain without a fixture, in its first state. */
  async begin(number: bigint): Promise<void> {
    this.#number = number;
    this.#isMaking = false;
    this.#active = this.#first;
    if (this.#touched) await this.#restore(this.#first);
    this.#touched = false;
    await this.#setNumber(this.#first, number);
  }

  /** Loads a fixture. No mutant is on while it is made. A fixture inside another one is made on the other one's chain. */
  async #load(fixture: Fixture): Promise<unknown> {
    if (this.#isMaking) return await fixture();
    let chain = this.#made.get(fixture);
    if (chain === undefined) {
      const started = performance.now();
      const { provider } = await hre.network.create();
      const request = provider.request.bind(provider);
      chain = { request, snapshot: undefined, data: undefined, next: 0 };
      this.#active = chain;
      this.#isMaking = true;
      try {
        chain.data = await fixture();
      } finally {
        this.#isMaking = false;
        this.#milliseconds += performance.now() - started;
      }
      await this.#keep(chain);
      this.#made.set(fixture, chain);
    } else {
      await this.#restore(chain);
      this.#active = chain;
    }
    await this.#setNumber(chain, this.#number);
    return chain.data;
  }

  async #keep(chain: Chain): Promise<void> {
    const block = (await chain.request({ method: "eth_getBlockByNumber", params: ["latest", false] })) as Block;
    chain.next = Number(block.timestamp) + 1;
    chain.snapshot = await chain.request({ method: "evm_snapshot" });
  }

  async #restore(chain: Chain): Promise<void> {
    await chain.request({ method: "evm_revert", params: [chain.snapshot] });
    chain.snapshot = await chain.request({ method: "evm_snapshot" });
    // A test begins right after its fixture in chain time.
    await chain.request({ method: "evm_setNextBlockTimestamp", params: [chain.next] });
  }

  async #setNumber({ request }: Chain, number: bigint): Promise<void> {
    const shown = this.#isMaking ? 0n : number;
    await request({ method: "hardhat_setBalance", params: [SWITCH_ACCOUNT, `0x${shown.toString(16)}`] });
  }
}

// One chain for each fixture, so that a test finds the state it wants at once, in whatever order tests are played.

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
  /** The fixture's own answer. */
  data: unknown;
  /** Unix time of the first block after the fixture. */
  next: number;
}

/** The chain that the tests talk to, and the number that its contracts are told. */
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

  /** Takes the place of the one chain of `test/helpers/chain.ts`. */
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
      // The number goes with the state that a test leaves.
      if (call.method === "evm_revert") await chains.#tell(chain, chains.#number);
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

  /** Begins a test: on the chain without a fixture, as it was at first. */
  async begin(number: bigint): Promise<void> {
    this.#number = number;
    this.#isMaking = false;
    this.#active = this.#first;
    if (this.#touched) await this.#restore(this.#first);
    this.#touched = false;
    await this.#tell(this.#first, number);
  }

  /** No fixture depends on a mutant: none is on while it is made. A fixture inside another is made on the chain of that. */
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
    await this.#tell(chain, this.#number);
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
    // However long ago the fixture was made, a test begins right after it.
    await chain.request({ method: "evm_setNextBlockTimestamp", params: [chain.next] });
  }

  async #tell({ request }: Chain, number: bigint): Promise<void> {
    const told = this.#isMaking ? 0n : number;
    await request({ method: "hardhat_setBalance", params: [SWITCH_ACCOUNT, `0x${told.toString(16)}`] });
  }
}

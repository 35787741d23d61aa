import { expect } from "chai";

import { decodeEvents } from "../../src/contracts/events.js";
import { chainEventOf, watchEvents } from "../../src/watcher/index.js";
import type { ChainEvent, Watcher, WatchOptions, WatchStore } from "../../src/watcher/index.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import type { Shop } from "../helpers/fixture.js";
import { ask } from "../helpers/http.js";
import type { Ask } from "../helpers/http.js";
import type { Random } from "../helpers/random.js";
import { remember } from "./faulty.js";

/** Options for a test: no waiting. */
export const quick = { pollInterval: 1, longestWait: 2, confirmations: 0 } as const;

/** What events add up to: the keys that stand. Fails if one is delivered twice, or removed without having been delivered. */
export class Tally {
  readonly standing = new Map<string, ChainEvent>();
  #sequence = 0;

  /** Takes an event; one that was taken before is only compared. */
  take(chainEvent: ChainEvent): void {
    if (chainEvent.sequence <= this.#sequence) return;
    expect(chainEvent.sequence, "no gap").to.equal(this.#sequence + 1);
    this.#sequence = chainEvent.sequence;
    expect(this.standing.has(chainEvent.key), `${chainEvent.kind} ${chainEvent.id}`).to.equal(
      chainEvent.kind === "removed",
    );
    if (chainEvent.kind === "event") this.standing.set(chainEvent.key, chainEvent);
    else this.standing.delete(chainEvent.key);
  }

  /** In the order of the chain. */
  get keys(): string[] {
    const chainEvents = [...this.standing.values()];
    chainEvents.sort(({ event: a }, { event: b }) => a.blockNumber - b.blockNumber || a.index - b.index);
    return chainEvents.map(({ key }) => key);
  }
}

/** The keys of every event of the escrow from a block on, as the chain has them now. */
export async function truth(shop: Shop, fromBlock: number): Promise<string[]> {
  const logs = await ethers.provider.getLogs({ address: await shop.escrow.getAddress(), fromBlock });
  return decodeEvents(logs).map(({ blockHash, index }) => `31337:${blockHash}:${index}`);
}

/** Steps until everything there is has been read. */
export async function catchUp(watcher: Watcher): Promise<void> {
  for (let steps = 0; ; steps += 1) {
    expect(
      steps,
      `still at ${JSON.stringify(watcher.status, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}`,
    ).to.be.below(500);
    const { reorgs } = watcher.status;
    await watcher.step();
    const { head, lag, fault, reorgs: after } = watcher.status;
    if (fault === undefined && lag === 0 && head === (await ethers.provider.getBlockNumber()) && reorgs === after)
      return;
  }
}

/** Everything in the store after a sequence. */
export async function read(store: WatchStore, after = 0): Promise<ChainEvent[]> {
  return (await store.after(after, 100_000)).map(chainEventOf);
}

/** The first `count` events of a subscription. */
export async function take(options: WatchOptions, count: number): Promise<ChainEvent[]> {
  const chainEvents: ChainEvent[] = [];
  if (count === 0) return chainEvents;
  for await (const chainEvent of watchEvents(options)) {
    chainEvents.push(chainEvent);
    if (chainEvents.length === count) break;
  }
  return chainEvents;
}

/** Remembers the chain; the answer goes back to it. */
export async function fork(): Promise<() => Promise<void>> {
  const id = await ask("evm_snapshot", []);
  return async () => {
    expect(await ask("evm_revert", [id])).to.equal(true);
  };
}

/** Mines blocks that differ from those mined before at the same height. */
export async function mineOthers(count: number, salt: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await networkHelpers.time.increase(100 + salt);
  }
}

/** A chain that changes at random: with events, with blocks of others, and back to what it was before. */
export class ChangingChain {
  /** How a node answers that has not heard of the last way back. */
  stale: Ask | undefined;
  readonly #forks: (() => Promise<void>)[] = [];

  constructor(
    private readonly shop: Shop,
    private readonly random: Random,
  ) {}

  async change(): Promise<void> {
    const { random, shop } = this;
    switch (random.below(4n)) {
      case 0n:
        for (let i = 0n; i < random.between(1n, 3n); i += 1n) {
          await shop.escrow.connect(shop.holder).setRecovery(random.pick([shop.other, shop.payer, shop.stranger]));
        }
        break;
      case 1n:
        await mineOthers(Number(random.between(1n, 3n)), Number(random.below(1_000n)));
        break;
      case 2n:
        this.#forks.push(await fork());
        break;
      default: {
        const back = this.#forks.pop();
        if (back === undefined) break;
        this.stale = await remember();
        await back();
        await mineOthers(1, Number(random.below(1_000n)));
      }
    }
  }
}

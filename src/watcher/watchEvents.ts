import { chainEventOf } from "./chainEvent.js";
import type { ChainEvent } from "./chainEvent.js";
import type { WatchOptions } from "./options.js";
import { MemoryStore } from "./store.js";
import { Watcher } from "./watcher.js";

/**
 * Every event of the escrow and the deposit register from a block on, old and new ones, in the order of the chain; after a
 * reorganisation, the removals of the events that are gone. An event counts as taken when the next one is requested: after a crash,
 * a store that outlives the process delivers the event in work again, with the same `id`.
 *
 * ```ts
 * for await (const { id, kind, event } of watchEvents({ provider, contracts: { escrow }, fromBlock, signal })) { ... }
 * ```
 *
 * @throws WatchError (a subclass) if trying again would not help: see {@link Watcher.open} and {@link Watcher.step}.
 * @throws InvalidInputError if an option is out of its bounds.
 */
export async function* watchEvents(options: WatchOptions): AsyncGenerator<ChainEvent, void, undefined> {
  const { signal, reader = "default" } = options;
  const stopped = (): boolean => signal?.aborted === true;
  const store = options.store ?? new MemoryStore();
  if (stopped()) return;
  const watcher = await Watcher.open({ ...options, store });
  let position = await store.position(reader);
  while (!stopped()) {
    for (const kept of await store.after(position, 100)) {
      yield chainEventOf(kept);
      position = kept.sequence;
      await store.acknowledge(reader, position);
      if (stopped()) return;
    }
    if (watcher.status.sequence === position) await watcher.step();
  }
}

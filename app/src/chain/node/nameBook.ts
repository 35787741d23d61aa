import { toBeHex, zeroPadValue } from "ethers";
import type { EscrowClient } from "prepaid-escrow";

import { nameIn } from "../../lib/names";

/** Milliseconds after which a name that could not be read is asked for again. */
const AGAIN = 10_000;

/** The names in the metadata of merchants and programs, for pages that follow no events. Each is asked for once. */
export class NameBook {
  readonly #known = new Map<string, string | undefined>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(private readonly client: EscrowClient) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A number that grows with every name that was read. */
  readonly version = (): number => this.#version;

  /** A name if it is known; else it is asked for. */
  get(of: "merchant" | "program", id: bigint): string | undefined {
    const key = `${of} ${id}`;
    if (!this.#known.has(key)) {
      this.#known.set(key, undefined);
      void this.#ask(of, id).then(
        (name) => {
          this.#known.set(key, name);
          this.#version += 1;
          for (const listener of this.#listeners) listener();
        },
        () => setTimeout(() => this.#known.delete(key), AGAIN),
      );
    }
    return this.#known.get(key);
  }

  async #ask(of: "merchant" | "program", id: bigint): Promise<string | undefined> {
    const { history } = this.client;
    const topic = zeroPadValue(toBeHex(id), 32);
    if (of === "merchant") {
      const [registered] = await history.events("MerchantRegistered", [topic]);
      return nameIn(registered?.args.metadataURI);
    }
    const [published] = await history.events("ProgramPublished", [topic]);
    return nameIn(published?.args.terms.metadataURI);
  }
}

/** How many successes in a row it takes until a size that once failed is tried again. */
const PATIENCE = 20;

/**
 * How many blocks to ask for at once: half as many after a refusal, gradually more after success, and the size that was refused
 * only again when things have gone well for a while.
 */
export class AdaptiveRange {
  #size: number;
  #ceiling: number;
  #successes = 0;

  /** @param maximum The most blocks to ever ask for. */
  constructor(readonly maximum: number) {
    this.#size = maximum;
    this.#ceiling = maximum;
  }

  get size(): number {
    return this.#size;
  }

  /** The node refused this many blocks. Answers whether fewer can be asked for. */
  refused(blocks: number): boolean {
    this.#successes = 0;
    this.#ceiling = Math.max(1, blocks - 1);
    this.#size = Math.max(1, Math.floor(blocks / 2));
    return blocks > 1;
  }

  /** The node answered. */
  answered(): void {
    this.#successes += 1;
    if (this.#successes % PATIENCE === 0) this.#ceiling = Math.min(this.maximum, this.#ceiling * 2);
    this.#size = Math.min(this.#ceiling, Math.ceil(this.#size * 1.5));
  }
}

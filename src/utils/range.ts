/** Number of successes after which a size that was refused is tried again. */
const PATIENCE = 20;

/**
 * The number of blocks in one request: half as many after a refusal, gradually more after successes, and a size that was refused only
 * after twenty successes.
 */
export class AdaptiveRange {
  #size: number;
  #ceiling: number;
  #successes = 0;

  /** @param maximum Largest number of blocks in one request. */
  constructor(readonly maximum: number) {
    this.#size = maximum;
    this.#ceiling = maximum;
  }

  get size(): number {
    return this.#size;
  }

  /** Call after the node refused this many blocks. Returns whether fewer can be requested. */
  refused(blocks: number): boolean {
    this.#successes = 0;
    this.#ceiling = Math.max(1, blocks - 1);
    this.#size = Math.max(1, Math.floor(blocks / 2));
    return blocks > 1;
  }

  /** Call after an answer of the node. */
  answered(): void {
    this.#successes += 1;
    if (this.#successes % PATIENCE === 0) this.#ceiling = Math.min(this.maximum, this.#ceiling * 2);
    this.#size = Math.min(this.#ceiling, Math.ceil(this.#size * 1.5));
  }
}

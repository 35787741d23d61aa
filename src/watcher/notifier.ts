/** Lets readers wait until there is something to read. */
export class Notifier {
  readonly #sleepers = new Set<() => void>();

  /** Ends every wait. */
  notifyAll(): void {
    for (const wake of [...this.#sleepers]) wake();
  }

  /** Waits until the notifier rings, the signal is aborted, or the time is over. */
  async wait(signal: AbortSignal, milliseconds: number): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#sleepers.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

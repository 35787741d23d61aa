/**
 * Why watching ended. A fault that can pass (a silent node, a rate limit, a short reorganisation) is no error: the watcher tries again.
 */
export class WatchError extends Error {
  override readonly name: string = "WatchError";
}

/** The node did not answer at the start of watching. */
export class WatchedNodeUnreachableError extends WatchError {
  override readonly name = "WatchedNodeUnreachableError";

  /** @param reason The fault of the last attempt. */
  constructor(readonly reason: string) {
    super(`The node does not answer (${reason}). Next: check its URL and that it is running.`);
  }
}

/** There is no contract at a watched address. */
export class ContractMissingError extends WatchError {
  override readonly name = "ContractMissingError";

  constructor(
    readonly address: string,
    readonly chainId: bigint,
  ) {
    super(`There is no contract at ${address} on chain ${chainId}. Next: check the address and the network.`);
  }
}

/** The store belongs to a subscription of another chain, other contracts or other events. */
export class StoreMismatchError extends WatchError {
  override readonly name = "StoreMismatchError";

  constructor(
    readonly kept: string,
    readonly asked: string,
  ) {
    super(`The store belongs to ${kept}; asked for is ${asked}. Next: use another store for each subscription.`);
  }
}

/** Another process has written to the store. */
export class StoreSharedError extends WatchError {
  override readonly name = "StoreSharedError";

  constructor() {
    super("Another process writes to the same store. Next: stop one of the two, or give each its own store.");
  }
}

/** A reorganisation reaches below the oldest block that is remembered. */
export class ReorgTooDeepError extends WatchError {
  override readonly name = "ReorgTooDeepError";

  /** @param oldest The oldest remembered block. */
  constructor(readonly oldest: number) {
    super(
      `The chain has changed from before block ${oldest}, the oldest that is remembered. ` +
        "Next: check that the node follows the right chain; if it was reset, begin with a new store.",
    );
  }
}

/** The store could not be read or written: a full disk, a file that is no store, a permission that is missing. */
export class StoreFailedError extends WatchError {
  override readonly name = "StoreFailedError";

  constructor(
    readonly place: string,
    readonly reason: string,
    /** What to do about it. */
    readonly next = "check the disk and the permissions, then start again",
  ) {
    super(`The store ${place} cannot be used (${reason}). No event is lost. Next: ${next}.`);
  }
}

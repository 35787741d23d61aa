/**
 * Why watching has ended. Faults that may pass (a silent node, a limit, a short fork) are no errors: they are tried again.
 */
export class WatchError extends Error {
  override readonly name: string = "WatchError";
}

/** The node did not answer when watching began. */
export class WatchedNodeUnreachableError extends WatchError {
  override readonly name = "WatchedNodeUnreachableError";

  /** @param reason What the last attempt ended with. */
  constructor(readonly reason: string) {
    super(`The node does not answer (${reason}). Next: check its URL and that it is running.`);
  }
}

/** There is no contract at an address that is to be watched. */
export class ContractMissingError extends WatchError {
  override readonly name = "ContractMissingError";

  constructor(
    readonly address: string,
    readonly chainId: bigint,
  ) {
    super(`There is no contract at ${address} on chain ${chainId}. Next: check the address and the network.`);
  }
}

/** What a store keeps belongs to another chain, other contracts or another choice of events. */
export class StoreMismatchError extends WatchError {
  override readonly name = "StoreMismatchError";

  constructor(
    readonly kept: string,
    readonly asked: string,
  ) {
    super(
      `The store keeps the place of ${kept}; asked for is ${asked}. Next: use another store for each subscription.`,
    );
  }
}

/** Another process has written to the store. */
export class StoreSharedError extends WatchError {
  override readonly name = "StoreSharedError";

  constructor() {
    super("Another process writes to the same store. Next: stop one of the two, or give each its own store.");
  }
}

/** The chain was replaced from before the oldest block that is remembered. */
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
  ) {
    super(
      `The store ${place} cannot be used (${reason}). Nothing told is lost. Next: see to disk and permissions, then start again.`,
    );
  }
}

/** A fault that may pass. Never thrown to the user of the package. */
export class PassingFault extends Error {
  override readonly name: string = "PassingFault";
}

/** What an error says, on one line, whichever library threw it. */
export function reasonOf(error: unknown): string {
  for (const text of textsOf(error)) {
    // ethers' own words for an error it does not know say less than what the node answered.
    if (!text.startsWith("could not coalesce error")) return text.replace(/\s+/g, " ").slice(0, 200);
  }
  return "unknown reason";
}

/** Every text in an error, the most telling first: what the node said, then what the library made of it. */
export function textsOf(error: unknown): string[] {
  if (typeof error === "string") return [error];
  if (typeof error !== "object" || error === null) return [];
  const {
    info,
    error: inner,
    cause,
    errors,
    responseStatus,
    responseBody,
    shortMessage,
    message,
    code,
  } = error as Readonly<Record<string, unknown>>;
  const nested = [info, inner, cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  const own = [responseStatus, responseBody, shortMessage, message, code];
  return [
    ...nested.flatMap(textsOf),
    ...own.filter((text) => typeof text === "string" || typeof text === "number").map(String),
  ].filter((text) => text !== "");
}

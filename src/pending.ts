import type { Provider } from "ethers";

/** Thrown when nodes have forgotten a transaction that was sent and never mined. */
export class TransactionDroppedError extends Error {
  override readonly name = "TransactionDroppedError";

  constructor(readonly transactionHash: string) {
    super(
      `The node does not know transaction ${transactionHash} any more; it was dropped before it was mined, and nothing has happened. Next: send it again, with a higher price of gas if the wallet asks.`,
    );
  }
}

/**
 * Looks whether a node still knows a transaction, until `signal` ends it.
 *
 * @param provider Where to look.
 * @param hash The transaction's.
 * @param options `interval`: milliseconds between two looks, 4 000 unless told otherwise; `looks`: how many in a row must find
 * nothing, 3 unless told otherwise, for nodes behind one address do not all know the same.
 * @throws TransactionDroppedError
 */
export async function untilDropped(
  provider: Provider,
  hash: string,
  options: { readonly signal: AbortSignal; readonly interval?: number; readonly looks?: number },
): Promise<void> {
  const { signal, interval = 4_000, looks = 3 } = options;
  const ended = (): boolean => signal.aborted;
  let missing = 0;
  while (!ended()) {
    await new Promise((resolve) => setTimeout(resolve, interval));
    const known = await isKnown(provider, hash);
    if (known !== undefined) missing = known ? 0 : missing + 1;
    if (missing >= looks && !ended()) throw new TransactionDroppedError(hash);
  }
}

/** Whether a node knows a transaction; `undefined` if it does not answer, which says nothing. */
export async function isKnown(provider: Provider, hash: string): Promise<boolean | undefined> {
  return await provider.getTransaction(hash).then(
    (transaction) => transaction !== null,
    () => undefined,
  );
}

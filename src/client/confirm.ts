import { isError } from "ethers";

import type { ProviderLike, ReceiptLike, TransactionLike } from "./ethersLike.js";
import { OutcomeUnknownError, TransactionDroppedError, TransactionReplacedError } from "./errors.js";
import type { SentTransaction } from "./sending.js";

/** A known transaction counts as dropped after this many requests without it: the nodes behind one address can differ for a while. */
const LOOKS = 3;

/** Requests without a result until the outcome counts as unknown: the node may be down, or the wallet may send to miners privately. */
const SILENT_LOOKS = 30;

/**
 * Waits until a transaction is mined, as long as that is possible. It does not use ethers' `wait`, in which an error of the node can end
 * the whole process.
 *
 * @param interval Milliseconds between two requests.
 * @returns The transaction receipt, or that of the same call with other fees. The transaction may have been reverted.
 * @throws TransactionDroppedError, TransactionReplacedError, OutcomeUnknownError: see `EscrowClient.send`.
 */
export async function confirm(
  provider: ProviderLike,
  { hash, response, block }: Pick<SentTransaction, "hash" | "response" | "block">,
  interval: number,
): Promise<ReceiptLike> {
  let sent = response;
  let known = false;
  let missing = 0;
  let silent = 0;
  for (;;) {
    const receipt = await provider.getTransactionReceipt(hash).catch(() => null);
    if (receipt !== null) return receipt;
    const found = await findTransaction(provider, hash);
    if (found) {
      sent ??= block === undefined ? found : found.replaceableTransaction(block);
      [known, missing, silent] = [true, 0, 0];
    } else if (known && found === null) missing += 1;
    else silent += 1;
    if (found === null && sent !== undefined && (await isNonceUsed(provider, sent))) {
      const other = await replacementOf(sent, interval);
      if (other !== undefined) return other;
    }
    if (missing >= LOOKS && sent !== undefined && (await isNonceFree(provider, sent)))
      throw new TransactionDroppedError(hash);
    if (silent >= SILENT_LOOKS) throw new OutcomeUnknownError(hash, {});
    await pause(interval);
  }
}

/**
 * The transaction receipt of the same call with other fees, mined with the nonce of this one; `undefined` if it was not found.
 *
 * @throws TransactionReplacedError if another call was mined with the nonce.
 */
async function replacementOf(sent: TransactionLike, timeout: number): Promise<ReceiptLike | undefined> {
  try {
    return (await sent.wait(1, timeout)) ?? undefined;
  } catch (error) {
    if (!isError(error, "TRANSACTION_REPLACED")) return isError(error, "CALL_EXCEPTION") ? error.receipt : undefined;
    // The wallet changed the fees and nothing else.
    if (!error.cancelled) return error.receipt;
    throw new TransactionReplacedError(sent.hash, error.receipt.hash, { cause: error });
  }
}

/** A transaction that a node knows; `null` if it does not know it, `undefined` if it does not answer. */
async function findTransaction(provider: ProviderLike, hash: string): Promise<TransactionLike | null | undefined> {
  return await provider.getTransaction(hash).catch(() => undefined);
}

/** Whether a transaction with this nonce was mined. */
async function isNonceUsed(provider: ProviderLike, { from, nonce }: TransactionLike): Promise<boolean> {
  return await provider.getTransactionCount(from, "latest").then(
    (next) => next > nonce,
    () => false,
  );
}

/**
 * Whether no other transaction with the nonce is known. If so, the next transaction sent gets the nonce, and the lost one can never be
 * mined beside it. Otherwise {@link replacementOf} finds the other one once it is mined.
 */
async function isNonceFree(provider: ProviderLike, { from, nonce }: TransactionLike): Promise<boolean> {
  return await provider.getTransactionCount(from, "pending").then(
    (next) => next <= nonce,
    () => false,
  );
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

import { isError } from "ethers";

import type { ProviderLike, ReceiptLike, TransactionLike } from "./ethersLike.js";
import { OutcomeUnknownError, TransactionDroppedError, TransactionReplacedError } from "./errors.js";
import type { SentTransaction } from "./sending.js";

/** Looks in a row that must find nothing of a transaction that was known: nodes behind one address do not all know the same. */
const LOOKS = 3;

/** Looks without a sign of the transaction: of a node that does not answer, or of a wallet's way to the miners that no node sees. */
const SILENT_LOOKS = 30;

/**
 * Waits until a transaction is mined, however long that takes, as long as it may come to that. It asks by itself: ethers' `wait` lets
 * an error of the node in between end the whole process.
 *
 * @param interval Milliseconds between two looks.
 * @returns Its receipt, or that of the same call at another price; also of a transaction that was reverted.
 * @throws TransactionDroppedError, TransactionReplacedError, OutcomeUnknownError.
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
 * The receipt of what was mined in the place of a transaction, if it is the same call at another price; `undefined` if it was not found.
 *
 * @throws TransactionReplacedError
 */
async function replacementOf(sent: TransactionLike, timeout: number): Promise<ReceiptLike | undefined> {
  try {
    return (await sent.wait(1, timeout)) ?? undefined;
  } catch (error) {
    if (!isError(error, "TRANSACTION_REPLACED")) return isError(error, "CALL_EXCEPTION") ? error.receipt : undefined;
    // Repriced by the wallet, but the same in all else.
    if (!error.cancelled) return error.receipt;
    throw new TransactionReplacedError(sent.hash, error.receipt.hash, { cause: error });
  }
}

/** A transaction as a node knows it; `null` if it does not, `undefined` if it does not answer, which says nothing. */
async function findTransaction(provider: ProviderLike, hash: string): Promise<TransactionLike | null | undefined> {
  return await provider.getTransaction(hash).catch(() => undefined);
}

/** Whether a transaction with its nonce was mined. */
async function isNonceUsed(provider: ProviderLike, { from, nonce }: TransactionLike): Promise<boolean> {
  return await provider.getTransactionCount(from, "latest").then(
    (next) => next > nonce,
    () => false,
  );
}

/**
 * Whether no other transaction has taken the place of one. Where one has, ethers tells which once it is mined; where none has, what is
 * sent next takes the place, so that the lost one can never be mined beside it.
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

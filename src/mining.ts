import { isError } from "ethers";
import type { Provider, TransactionReceipt, TransactionResponse } from "ethers";

import { isUnreachable } from "./asking.js";
import { OutcomeUnknownError, TransactionFailedError, TransactionReplacedError } from "./clientErrors.js";
import { TransactionDroppedError, isKnown } from "./pending.js";

/** Looks in a row that must find nothing of a transaction that was known: nodes behind one address do not all know the same. */
const LOOKS = 3;

/** Looks without a sign of the transaction: of a node that does not answer, or of a wallet's way to the miners that no node sees. */
const PATIENCE = 30;

/**
 * Waits until a transaction is mined, however long that takes, as long as it may come to that.
 *
 * @param interval Milliseconds between two looks.
 * @returns Its receipt, or that of the same call at another price.
 * @throws TransactionDroppedError, TransactionReplacedError, OutcomeUnknownError, TransactionFailedError. A reverted transaction throws
 * what ethers throws.
 */
export async function untilMined(
  provider: Provider,
  sent: TransactionResponse,
  interval: number,
): Promise<TransactionReceipt> {
  let known = (await isKnown(provider, sent.hash)) === true;
  let missing = 0;
  let silent = 0;
  for (;;) {
    const began = Date.now();
    const receipt = await mined(sent, interval);
    if (receipt !== undefined) return receipt;
    // A node that is away refuses at once.
    await pause(Math.max(0, began + interval - Date.now()));
    const found = await isKnown(provider, sent.hash);
    known ||= found === true;
    if (found === true) [missing, silent] = [0, 0];
    else if (known && found === false) missing += 1;
    else silent += 1;
    if (missing >= LOOKS && (await isFree(provider, sent))) throw new TransactionDroppedError(sent.hash);
    if (silent >= PATIENCE) throw new OutcomeUnknownError(sent.hash, {});
  }
}

/** The receipt, if there is one within a time; `undefined` if not yet, or if the node does not say. */
async function mined(sent: TransactionResponse, timeout: number): Promise<TransactionReceipt | undefined> {
  try {
    const receipt = await sent.wait(1, timeout);
    if (receipt !== null) return receipt;
  } catch (error) {
    if (isError(error, "TRANSACTION_REPLACED")) {
      // Repriced by the wallet, but the same in all else.
      if (!error.cancelled) return error.receipt;
      throw new TransactionReplacedError(sent.hash, error.receipt.hash, { cause: error });
    }
    // The end of the time, too, is told so.
    if (isUnreachable(error)) return undefined;
    throw error;
  }
  throw new TransactionFailedError(sent.hash);
}

/**
 * Whether no other transaction has taken the place of one. Where one has, ethers tells which once it is mined; where none has, what is
 * sent next takes the place, so that the lost one can never be mined beside it.
 */
async function isFree(provider: Provider, { from, nonce }: TransactionResponse): Promise<boolean> {
  return await provider.getTransactionCount(from, "pending").then(
    (next) => next <= nonce,
    () => false,
  );
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

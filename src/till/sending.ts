import { JsonRpcSigner, Transaction, isError } from "ethers";
import type { Signer, TransactionRequest } from "ethers";

import { asked } from "../client/rpc.js";
import type { Call } from "../actions/calls.js";
import type { EscrowClient } from "../client/client.js";
import { GasMoneyShortError, RejectedByUserError, SignerMissingError } from "../client/errors.js";
import { submit } from "../client/confirm.js";

/** What is known of a transaction before it leaves. */
export interface Departure {
  readonly from: string;
  readonly nonce: number;
  /** Missing where the wallet signs and sends in one step. */
  readonly hash?: string;
  readonly raw?: string;
}

/** Where departures are kept. */
export interface Memory {
  /** Called with all that is known before anything leaves, and again if the hash becomes known only after. */
  readonly remember: (departure: Departure) => Promise<void>;
  /** Called if it is certain that nothing has left. */
  readonly forget: () => Promise<void>;
}

/**
 * Tries a call, has it remembered, and sends it.
 *
 * @throws RevertError if the contract would refuse, RejectedByUserError, GasMoneyShortError: nothing was sent.
 */
export async function sendRemembered(client: EscrowClient, call: Call, memory: Memory): Promise<Departure> {
  const { signer, provider } = client;
  if (signer === undefined) throw new SignerMissingError();
  const { from, gas } = await client.simulateCall(call);
  const nonce = await asked(() => provider.getTransactionCount(from, "pending"));
  // A margin, for the state may change until it is mined.
  const request = { ...call, from, nonce, gasLimit: (gas * 6n) / 5n };
  const raw = await asked(() => signedBy(signer, request), from);
  const hash = raw === undefined ? null : Transaction.from(raw).hash;
  const departure = { from, nonce, ...(raw === undefined || hash === null ? {} : { raw, hash }) };
  await memory.remember(departure);
  try {
    if (raw !== undefined) {
      await asked(() => provider.broadcastTransaction(raw), from);
      return departure;
    }
    const { hash: told } = await asked(() => submit(signer, request), from);
    await memory.remember({ from, nonce, hash: told });
    return { from, nonce, hash: told };
  } catch (error) {
    if (error instanceof RejectedByUserError || error instanceof GasMoneyShortError) await memory.forget();
    throw error;
  }
}

/**
 * Sends a transaction that nobody mines again in its own place, for a quarter more or for today's price, whichever is higher. Only one
 * of the two can be mined. What offers twice today's price already waits for something else than money.
 *
 * @param stuck The signed transaction.
 * @returns What was sent; `undefined` if nothing was: it offers enough, another account has sent it, or the wallet does not sign
 * without sending.
 */
export async function sendDearer(
  client: EscrowClient,
  stuck: string,
  remember: (departure: Departure) => Promise<void>,
): Promise<Departure | undefined> {
  const { signer, provider } = client;
  const { from, to, data, nonce, gasLimit, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(stuck);
  if (from === null || (await signer?.getAddress()) !== from || signer === undefined) return undefined;
  const today = await asked(() => provider.getFeeData());
  const isEnough = (old: bigint | null, now: bigint | null): boolean => (old ?? 0n) >= 2n * (now ?? 0n);
  const offersEnough =
    maxFeePerGas === null
      ? isEnough(gasPrice, today.gasPrice)
      : isEnough(maxFeePerGas, today.maxFeePerGas) && isEnough(maxPriorityFeePerGas, today.maxPriorityFeePerGas);
  if (offersEnough) return undefined;
  const dearer = (old: bigint | null, now: bigint | null): bigint => {
    const more = ((old ?? 0n) * 5n) / 4n + 1n;
    return now !== null && now > more ? now : more;
  };
  const fees =
    maxFeePerGas === null
      ? { gasPrice: dearer(gasPrice, today.gasPrice) }
      : {
          maxFeePerGas: dearer(maxFeePerGas, today.maxFeePerGas),
          maxPriorityFeePerGas: dearer(maxPriorityFeePerGas, today.maxPriorityFeePerGas),
        };
  const raw = await asked(() => signedBy(signer, { to, data, from, nonce, gasLimit, ...fees }), from);
  const hash = raw === undefined ? null : Transaction.from(raw).hash;
  if (raw === undefined || hash === null) return undefined;
  const departure = { from, nonce, raw, hash };
  await remember(departure);
  await asked(() => provider.broadcastTransaction(raw), from);
  return departure;
}

/** The signed transaction; `undefined` if the wallet keeps it to itself. */
async function signedBy(signer: Signer, request: TransactionRequest): Promise<string | undefined> {
  // A node's or a browser's wallet: asking would show its user something that cannot be done.
  if (signer instanceof JsonRpcSigner) return undefined;
  const filled = await signer.populateTransaction(request);
  try {
    return await signer.signTransaction(filled);
  } catch (error) {
    if (isError(error, "ACTION_REJECTED")) throw error;
    return undefined;
  }
}

import { Transaction, keccak256 } from "ethers";

import type { EscrowClient } from "../client/client.js";
import { rpcCall } from "../client/rpc.js";
import { signedBy } from "../client/sending.js";
import type { PreparedTransaction } from "../client/sending.js";

/**
 * Sends a transaction that is not mined again with the same nonce, for a quarter more or for today's price, whichever is higher. Only
 * one of the two can be mined. A transaction that already offers twice today's price is left alone: a higher fee will not help.
 *
 * @param stuck The signed transaction.
 * @param remember Called with the new transaction before it is sent.
 * @returns The new transaction; `undefined` if none was sent: the old one offers enough, another account has sent it, or the wallet
 * cannot sign without sending.
 * @throws NodeUnreachableError if the node does not answer, and any error of `remember`.
 */
export async function replaceWithHigherFee(
  client: EscrowClient,
  stuck: string,
  remember: (prepared: PreparedTransaction) => Promise<void>,
): Promise<PreparedTransaction | undefined> {
  const { signer, provider } = client;
  const { from, to, data, nonce, gasLimit, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(stuck);
  if (from === null || (await signer?.getAddress()) !== from || signer === undefined) return undefined;
  const today = await rpcCall(() => provider.getFeeData());
  const isEnough = (old: bigint | null, now: bigint | null): boolean => (old ?? 0n) >= 2n * (now ?? 0n);
  const offersEnough =
    maxFeePerGas === null
      ? isEnough(gasPrice, today.gasPrice)
      : isEnough(maxFeePerGas, today.maxFeePerGas) && isEnough(maxPriorityFeePerGas, today.maxPriorityFeePerGas);
  if (offersEnough) return undefined;
  const higher = (old: bigint | null, now: bigint | null): bigint => {
    const more = ((old ?? 0n) * 5n) / 4n + 1n;
    return now !== null && now > more ? now : more;
  };
  const fees =
    maxFeePerGas === null
      ? { gasPrice: higher(gasPrice, today.gasPrice) }
      : {
          maxFeePerGas: higher(maxFeePerGas, today.maxFeePerGas),
          maxPriorityFeePerGas: higher(maxPriorityFeePerGas, today.maxPriorityFeePerGas),
        };
  if (to === null) return undefined;
  const { chainId } = client;
  const request = { to, data, from, nonce, gasLimit, ...fees };
  const raw = await rpcCall(() => signedBy({ signer, provider, chainId }, request), from);
  if (raw === undefined) return undefined;
  const prepared = { from, nonce, raw, hash: keccak256(raw) };
  await remember(prepared);
  await rpcCall(() => provider.broadcastTransaction(raw), from);
  return prepared;
}

import { SignerMissingError, WrongNetworkError } from "prepaid-escrow";
import type { EscrowClient } from "prepaid-escrow";

import { useChain } from "../node/context";
import { signerOf, wallets } from "../wallet/wallets";

/**
 * Makes a client that sends and signs with the connected wallet, and reads where the page reads.
 *
 * It throws SignerMissingError if no wallet is connected, WrongNetworkError if the wallet is on another chain.
 */
export function useSigning(): () => EscrowClient {
  const { client, deployment } = useChain();
  return () => {
    const { connection } = wallets.get();
    if (connection === undefined) throw new SignerMissingError();
    if (connection.chainId !== deployment.chainId) {
      throw new WrongNetworkError(BigInt(connection.chainId), BigInt(deployment.chainId));
    }
    return client.withSigner(signerOf(connection));
  };
}

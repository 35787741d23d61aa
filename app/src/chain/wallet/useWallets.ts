import { useSyncExternalStore } from "react";

import { wallets } from "./wallets";

/** The wallets of this browser and the one in use. */
export function useWallets() {
  return useSyncExternalStore(wallets.subscribe, wallets.get);
}

/** The connected account, on whatever chain its wallet is. */
export function useAccount(): string | undefined {
  return useWallets().connection?.account;
}

import type { LedgerCard } from "prepaid-escrow/ledger";
import { useMemo, useSyncExternalStore } from "react";

import type { ConsoleLedger } from "../following/ledger";
import { useChain } from "../node/context";

/** All merchants and cards, from events. Following begins with the first page that asks. */
export function useLedger(): ConsoleLedger {
  const { follower } = useChain();
  return useSyncExternalStore(follower.subscribe, follower.get);
}

/** The cards of a merchant with their ids, without deleted ones. */
export function useCardsOf(merchantId: bigint): readonly (readonly [string, LedgerCard])[] {
  const { cards } = useLedger();
  return useMemo(() => [...cards].filter(([, { merchantId: of }]) => of === merchantId), [cards, merchantId]);
}

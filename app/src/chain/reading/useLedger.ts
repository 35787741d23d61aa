import type { FoldedCard } from "prepaid-escrow/ledger";
import { useMemo, useSyncExternalStore } from "react";

import type { Ledger } from "../following/ledger";
import { useChain } from "../node/context";

/** All merchants and cards, from events. Following begins with the first page that asks. */
export function useLedger(): Ledger {
  const { follower } = useChain();
  return useSyncExternalStore(follower.subscribe, follower.get);
}

/** The cards of a merchant with their ids, without deleted ones. */
export function useCardsOf(merchantId: bigint): readonly (readonly [string, FoldedCard])[] {
  const { cards } = useLedger();
  return useMemo(() => [...cards].filter(([, { merchantId: of }]) => of === merchantId), [cards, merchantId]);
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { useTill } from "./useTill";

/** The consumptions that are signed and not settled, those under way, and those lost. */
export function useBook(merchantId: bigint) {
  const till = useTill(merchantId);
  const queries = useQueryClient();
  const book = useQuery({
    queryKey: ["book", merchantId.toString()],
    queryFn: async () => {
      const own = await till();
      const { pending } = await own.settler.reconcile();
      const plan = await own.settler.plan();
      const vouchers = [...plan.vouchers, ...plan.contractVouchers];
      const cards = await own.cards(vouchers.map(({ voucher }) => voucher.cardId));
      return { token: own.token, plan, vouchers, cards, pending, lost: await own.lost() };
    },
    refetchInterval: 10_000,
  });
  const refresh = useCallback(() => queries.invalidateQueries({ queryKey: ["book"] }), [queries]);
  return { book, till, refresh };
}

/** The till's book as a page shows it. */
export type Book = NonNullable<ReturnType<typeof useBook>["book"]["data"]>;

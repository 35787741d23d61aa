import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { useChain } from "../lib/chain";
import { Till } from "./till";

/** The till of a merchant in this browser. */
export function useTill(merchantId: bigint): Till {
  const { client, database, deployment } = useChain();
  return useMemo(
    () => new Till(client, database, merchantId, deployment.chainId),
    [client, database, merchantId, deployment],
  );
}

/** What is signed and not settled; on a local chain with what the story's tills have left. */
export function useBook(merchantId: bigint) {
  const till = useTill(merchantId);
  const { settings, database, client } = useChain();
  const queries = useQueryClient();
  const book = useQuery({
    queryKey: ["book", merchantId.toString()],
    queryFn: async () => {
      const left = settings.development?.vouchers.find((each) => each.merchantId === merchantId.toString())?.rows ?? [];
      const mark = `taken over ${merchantId}`;
      if (left.length > 0 && (await database.get("watch", mark)) === undefined) {
        await till.adopt(left.map((row) => ({ ...row, cumulative: BigInt(row.cumulative) })));
        await database.put("watch", true, mark);
      }
      const vouchers = await till.unsettled();
      const cards = await Promise.all(vouchers.map(({ cardId }) => client.card(cardId)));
      // What the chain has booked meanwhile, by whoever sent it, is done.
      const booked = vouchers.filter(
        ({ cumulative }, i) => (cards[i]?.consumed ?? 0n) >= cumulative || cards[i]?.status !== "Open",
      );
      await till.forget(booked);
      return vouchers.flatMap((voucher, i) => {
        const card = cards[i];
        return card === undefined || booked.includes(voucher) ? [] : [{ voucher, card }];
      });
    },
    refetchInterval: 10_000,
  });
  return { book, till, refresh: () => queries.invalidateQueries({ queryKey: ["book"] }) };
}

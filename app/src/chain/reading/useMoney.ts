import { useQueries } from "@tanstack/react-query";
import { formatAmount } from "prepaid-escrow";
import type { Token } from "prepaid-escrow";
import { useMemo } from "react";

import { useWriters } from "../../i18n/writing";
import type { PageWriter } from "../../i18n/writing";
import { useChain } from "../node/context";
import { useLedger } from "./useLedger";

/** Writes amounts of many merchants, each in its own token. */
export interface MoneyWriter {
  readonly writer: (merchantId: bigint) => PageWriter;
  /** The amount in whole tokens, to sort by. */
  readonly whole: (merchantId: bigint, amount: bigint) => number;
  /** The amount as decimal text without a symbol, for files. */
  readonly plain: (merchantId: bigint, amount: bigint) => string;
  readonly symbol: (merchantId: bigint) => string;
}

/** See {@link MoneyWriter}. Until a token was read its amounts are written as "…". */
export function useMoney(): MoneyWriter {
  const { client } = useChain();
  const { merchants } = useLedger();
  const writers = useWriters();
  const addresses = useMemo(
    () => [...new Set([...merchants.values()].map(({ merchant }) => merchant.token))],
    [merchants],
  );
  const tokens = useQueries({
    queries: addresses.map((address) => ({
      queryKey: ["token", address],
      queryFn: () => client.token(address),
      staleTime: "static" as const,
    })),
    combine: (answers) =>
      new Map(answers.flatMap(({ data }): [string, Token][] => (data === undefined ? [] : [[data.address, data]]))),
  });
  return useMemo(() => {
    const addressOf = (merchantId: bigint): string => merchants.get(merchantId)?.merchant.token ?? "";
    const made = new Map([...tokens].map(([address, token]) => [address, writers(token)]));
    const unknown = writers(undefined);
    const plain = (merchantId: bigint, amount: bigint): string =>
      formatAmount(amount, tokens.get(addressOf(merchantId))?.decimals ?? 0);
    return {
      plain,
      writer: (merchantId) => made.get(addressOf(merchantId)) ?? unknown,
      whole: (merchantId, amount) => Number(plain(merchantId, amount)),
      symbol: (merchantId) => tokens.get(addressOf(merchantId))?.symbol ?? "",
    };
  }, [tokens, merchants, writers]);
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { EscrowClient } from "prepaid-escrow";

import { useChain } from "../node/context";

/** A value that is read from the chain, and read again as the chain goes on. */
export function useRead<Answer>(
  key: readonly unknown[],
  read: (client: EscrowClient) => Promise<Answer>,
  options: { readonly enabled?: boolean; readonly still?: boolean } = {},
) {
  const { client, pace } = useChain();
  return useQuery({
    queryKey: key.map((part) => (typeof part === "bigint" ? part.toString() : part)),
    queryFn: () => read(client),
    enabled: options.enabled ?? true,
    // A value that never changes is asked for until it is there.
    refetchInterval: ({ state }) => (options.still === true && state.data !== undefined ? false : pace * 2),
    staleTime: options.still === true ? "static" : pace,
  });
}

/** Makes every page read its values again, except those that never change. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries();
}

/** The token of a merchant, which never changes. */
export function useTokenOf(merchantId: bigint) {
  return useRead(["token of", merchantId], (client) => client.tokenOf(merchantId), { still: true });
}

/** A program, which never changes. */
export function useProgram(programId: bigint) {
  return useRead(["program", programId], (client) => client.program(programId), { still: true });
}

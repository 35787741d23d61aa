import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { EscrowClient } from "prepaid-escrow";
import { useEffect, useMemo, useState } from "react";

import { useChain } from "../node/context";

/** The chain's time in Unix seconds as it was read, and this machine's at that moment in milliseconds. */
interface ReadTime {
  readonly chain: bigint;
  readonly here: number;
}

function timeOf(client: EscrowClient) {
  const queryFn = async (): Promise<ReadTime> => ({ chain: await client.now(), here: Date.now() });
  return { queryKey: ["now"], queryFn };
}

/** The chain's time in Unix seconds. Between blocks it goes on with this machine's clock. */
function timeAt(read: ReadTime | undefined, here: number): bigint {
  if (read === undefined) return BigInt(Math.floor(here / 1_000));
  return read.chain + BigInt(Math.max(0, Math.floor((here - read.here) / 1_000)));
}

/** The chain's time in Unix seconds; it goes on every second between blocks. */
export function useNow(): bigint {
  const { client, pace } = useChain();
  const { data } = useQuery({ ...timeOf(client), refetchInterval: pace * 2 });
  const [here, setHere] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => {
      setHere(Date.now());
    }, 1_000);
    return () => {
      clearInterval(ticking);
    };
  }, []);
  return useMemo(() => timeAt(data, here), [data, here]);
}

/** The chain's time for functions that run later: `now` is right once `read` has returned. */
export function useClock(): { readonly read: () => Promise<unknown>; readonly now: () => bigint } {
  const { client, pace } = useChain();
  const queries = useQueryClient();
  useQuery({ ...timeOf(client), refetchInterval: pace * 2 });
  return useMemo(
    () => ({
      read: () => queries.query({ ...timeOf(client), staleTime: "static" }),
      now: () => timeAt(queries.getQueryData<ReadTime>(timeOf(client).queryKey), Date.now()),
    }),
    [queries, client],
  );
}

import type { EscrowClient } from "prepaid-escrow";
import { Till } from "prepaid-escrow/till";
import type { TillStore } from "prepaid-escrow/till";
import { useMemo, useRef } from "react";

import { useChain } from "../../chain/node/context";
import { LOCAL_CHAIN } from "../../chain/node/settings";
import { useClock } from "../../chain/reading/clock";
import { useNames } from "../../chain/reading/useNames";
import { once } from "../../lib/once";
import { takeOver } from "./leftovers";
import { openTillStore } from "./tillStore";

/** Open books, one a merchant, and those into which the demo's vouchers were put. */
const books = new Map<string, Promise<TillStore>>();
const takenOver = new Map<string, Promise<void>>();

/** Opens a merchant's till in this browser. With a client that signs, the till can settle. */
export function useTill(merchantId: bigint): (signing?: EscrowClient) => Promise<Till> {
  const { client, database, deployment, settings } = useChain();
  const clock = useClock();
  const names = useNames();
  // A name that is read later must not open the till again.
  const called = useRef(names);
  called.current = names;
  return useMemo(() => {
    const open = async (by: EscrowClient): Promise<Till> => {
      const name = `till ${merchantId} ${database.name}`;
      const [store] = await Promise.all([once(books, name, () => openTillStore(name)), clock.read()]);
      const till = await Till.open({
        ...{ client: by, merchantId, shop: called.current.merchant(merchantId), store, clock: clock.now },
        ...(deployment.chainId === LOCAL_CHAIN ? { confirmations: 1 } : {}),
      });
      const left = settings.development?.vouchers.find((each) => each.merchantId === merchantId.toString())?.vouchers;
      if (left !== undefined) await once(takenOver, name, () => takeOver(till, store, left));
      return till;
    };
    let reading: Promise<Till> | undefined;
    return (signing) => {
      if (signing !== undefined) return open(signing);
      reading ??= open(client).catch((error: unknown) => {
        reading = undefined;
        throw error;
      });
      return reading;
    };
  }, [client, database, deployment, settings, clock, merchantId]);
}

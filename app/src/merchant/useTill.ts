import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Till } from "prepaid-escrow/till";
import { hashItem } from "prepaid-escrow";
import type { BookedVisit, TillStore } from "prepaid-escrow/till";
import type { EscrowClient } from "prepaid-escrow";
import { useCallback, useMemo, useRef } from "react";

import { useChain, useClock, useNames } from "../lib/chain";
import { LOCAL_CHAIN } from "../lib/config";
import type { Settings } from "../lib/config";
import type { Database } from "../lib/database";
import { openTillStore } from "./tillStore";

/** Books that are open, one for each merchant, and those that have taken over what the story left. */
const books = new Map<string, Promise<TillStore>>();
const takenOver = new Map<string, Promise<void>>();

/** Makes something once for all who ask for it; what has failed is tried again. */
function once<Made>(made: Map<string, Promise<Made>>, key: string, make: () => Promise<Made>): Promise<Made> {
  const known = made.get(key);
  if (known !== undefined) return known;
  const making = make();
  made.set(key, making);
  making.catch(() => made.delete(key));
  return making;
}

/** Opens the till of a merchant in this browser; of a client that signs, one that can settle. */
export function useTill(merchantId: bigint): (signing?: EscrowClient) => Promise<Till> {
  const { client, database, deployment, settings } = useChain();
  const clock = useClock();
  const names = useNames();
  // A name that comes in later is no reason to open the till again.
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
      const left = settings.development?.vouchers.find((each) => each.merchantId === merchantId.toString())?.visits;
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

/** Keeps a visit beside those that were signed in this browser, so that the card's page can prove it too. */
export async function keepReceipt(database: Database, till: Till, visit: BookedVisit): Promise<void> {
  const { cardId, cumulative, previous, receipt, item, salt } = visit;
  const [visits, card] = await Promise.all([till.visits(cardId), till.card(cardId)]);
  const before = visits[visits.findIndex((each) => each.receipt === receipt) - 1]?.cumulative ?? 0n;
  const from = card !== undefined && card.consumed > before ? card.consumed : before;
  const itemHash = hashItem(salt, item);
  // Where the holder signed in this same browser, the signature is there already.
  const kept = await database.get("receipts", receipt);
  await database.put("receipts", {
    ...kept,
    ...{ cardId, from, cumulative, previous, receipt, item, salt, itemHash, at: Date.now() },
  });
}

type Left = NonNullable<Settings["development"]>["vouchers"][number]["visits"];

/** On a local chain: puts what the story's tills have left into the book, once. */
async function takeOver(till: Till, store: TillStore, left: Left): Promise<void> {
  const [before] = await store.recall(["taken over"]);
  if (before !== undefined) return;
  for (const { r, vs, cumulative, ...visit } of left) {
    const booked = { ...visit, cumulative: BigInt(cumulative), signature: r + vs.slice(2), contract: false };
    if (!till.verifier.verify({ ...booked, r, vs })) continue;
    await till.refresh(visit.cardId);
    await store.append({ ...booked, acceptedAt: till.now() }, 0n);
  }
  await store.remember({ "taken over": "yes" });
}

/** What is signed and not settled, and what became of the rest. */
export function useBook(merchantId: bigint) {
  const till = useTill(merchantId);
  const queries = useQueryClient();
  const book = useQuery({
    queryKey: ["book", merchantId.toString()],
    queryFn: async () => {
      const own = await till();
      const { pending } = await own.settler.reconcile();
      const plan = await own.settler.plan();
      const rows = [...plan.rows, ...plan.contractRows];
      const cards = await own.cards(rows.map(({ visit }) => visit.cardId));
      return { token: own.token, plan, rows, cards, pending, lost: await own.lost() };
    },
    refetchInterval: 10_000,
  });
  const refresh = useCallback(() => queries.invalidateQueries({ queryKey: ["book"] }), [queries]);
  return { book, till, refresh };
}

import { decodeCardId } from "prepaid-escrow";
import type { PlannedRow } from "prepaid-escrow/till";
import { useState } from "react";

import { useNames } from "../../chain/reading/useNames";
import { useAction } from "../../chain/sending/action";
import { useBook } from "../till/useBook";

/** The outcome of settling. */
export interface Settled {
  readonly settled: number;
  /** In base units of the shop's token. */
  readonly released: bigint;
  /** A line for each card that was not settled: its holder and the reason. */
  readonly skipped: readonly string[];
}

/** Settles what the book plans, transaction by transaction, until nothing new is planned. */
export function useSettling(merchantId: bigint) {
  const names = useNames();
  const { till, refresh } = useBook(merchantId);
  const { state, run, busy } = useAction();
  const [said, setSaid] = useState<Settled>();
  const settle = (payOut: boolean): void => {
    setSaid(undefined);
    void run(async ({ client, sent }) => {
      const { settler } = await till(client);
      const tried = new Set<string>();
      let [settled, released] = [0, 0n];
      const skipped: string[] = [];
      for (;;) {
        const next = await settler.plan({ payOut });
        const isNew = ({ visit }: PlannedRow): boolean => !tried.has(visit.receipt);
        const fresh = { ...next, rows: next.rows.filter(isNew), contractRows: next.contractRows.filter(isNew) };
        const planned = [...fresh.rows, ...fresh.contractRows];
        if (planned.length === 0) break;
        for (const { visit } of planned) tried.add(visit.receipt);
        for (const { hash } of await settler.send(fresh)) if (hash !== undefined) sent(hash);
        const outcomes = await settler.settleNow(planned.map(({ visit }) => visit.cardId));
        for (const { visit, settled: done, reason } of outcomes) {
          if (done) {
            settled += 1;
            released += planned.find((row) => row.visit.receipt === visit.receipt)?.worth ?? 0n;
          } else {
            skipped.push(`${names.account(decodeCardId(visit.cardId).holder)}: ${reason ?? ""}`);
          }
        }
        setSaid({ settled, released, skipped });
      }
    }).then(refresh);
  };
  return { state, busy, said, settle };
}

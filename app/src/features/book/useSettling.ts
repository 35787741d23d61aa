import { decodeCardId } from "prepaid-escrow";
import type { PlannedVoucher } from "prepaid-escrow/till";
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
  const [outcome, setOutcome] = useState<Settled>();
  const settle = (payOut: boolean): void => {
    setOutcome(undefined);
    void run(async ({ client, sent }) => {
      const { settler } = await till(client);
      const tried = new Set<string>();
      let [settled, released] = [0, 0n];
      const skipped: string[] = [];
      for (;;) {
        const next = await settler.plan({ payOut });
        const isNew = ({ voucher }: PlannedVoucher): boolean => !tried.has(voucher.receipt);
        const fresh = {
          ...next,
          vouchers: next.vouchers.filter(isNew),
          contractVouchers: next.contractVouchers.filter(isNew),
        };
        const planned = [...fresh.vouchers, ...fresh.contractVouchers];
        if (planned.length === 0) break;
        for (const { voucher } of planned) tried.add(voucher.receipt);
        for (const { hash } of await settler.send(fresh)) if (hash !== undefined) sent(hash);
        const outcomes = await settler.settleNow(planned.map(({ voucher }) => voucher.cardId));
        for (const { voucher, settled: done, reason } of outcomes) {
          if (done) {
            settled += 1;
            released += planned.find((one) => one.voucher.receipt === voucher.receipt)?.worth ?? 0n;
          } else {
            skipped.push(`${names.account(decodeCardId(voucher.cardId).holder)}: ${reason ?? ""}`);
          }
        }
        setOutcome({ settled, released, skipped });
      }
    }).then(refresh);
  };
  return { state, busy, outcome, settle };
}

import { isEvent } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useCardsOf } from "../../chain/reading/useLedger";
import { useTokenOf } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { useWriter } from "../../i18n/writing";
import { CARDS_AT_ONCE, batchesOf } from "../../lib/batches";
import { Progress } from "../../ui/answers";

/** Refunds every open card of a merchant, batch by batch. Batches that were sent stay done if it is interrupted. */
export function RefundAll({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const cards = useCardsOf(merchantId);
  const token = useTokenOf(merchantId);
  const writer = useWriter(token.data);
  const { state, run, busy } = useAction();
  const [done, setDone] = useState<{
    readonly cards: number;
    readonly all: number;
    readonly refunded: bigint;
    readonly failed: number;
  }>();
  const open = cards.filter(([, { card }]) => card.status === "Open").map(([cardId]) => cardId);
  if (open.length === 0 && done === undefined) return <p className="quiet">{t("No card is open.")}</p>;
  const refund = (): void => {
    const all = open.length;
    void run(async ({ send }) => {
      let [count, refunded, failed] = [0, 0n, 0];
      setDone({ cards: 0, all, refunded, failed });
      for (const cardIds of batchesOf(open, CARDS_AT_ONCE)) {
        const { events } = await send(client.call("refundCards", { merchantId, cardIds }));
        for (const event of events) {
          if (isEvent(event, "CardRefunded")) refunded += event.args.refunded;
          if (isEvent(event, "RefundFailed")) failed += 1;
        }
        count += cardIds.length;
        setDone({ cards: count, all, refunded, failed });
      }
    });
  };
  return (
    <>
      <button type="button" className="button" disabled={busy || open.length === 0} onClick={refund}>
        {t("Refund {{count}} cards", { count: open.length })}
      </button>
      {done === undefined ? null : (
        <>
          <progress value={done.cards} max={done.all} aria-label={t("Refunds")} />
          <p role="status">
            {t("{{cards}} of {{all}} cards, {{amount}} refunded", {
              cards: done.cards,
              all: done.all,
              amount: writer.amount(done.refunded),
            })}
            {done.failed === 0
              ? ""
              : ` · ${t("{{count}} could not be paid and keep their claim", { count: done.failed })}`}
          </p>
        </>
      )}
      <Progress state={state} />
    </>
  );
}

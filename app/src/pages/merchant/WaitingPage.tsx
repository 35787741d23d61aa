import { useTranslation } from "react-i18next";

import { useCardsOf, useLedger } from "../../chain/reading/useLedger";
import { Waiting } from "../../features/waiting/Waiting";
import { dueOf } from "../../features/waiting/due";
import { Empty } from "../../ui/panels";

/** Cards whose holders leave, complain or move them, with the time that is left to answer. */
export function WaitingPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { caughtUp } = useLedger();
  const cards = useCardsOf(merchantId);
  const waiting = cards.filter(([, entry]) => dueOf(entry) > 0n);
  waiting.sort(([, a], [, b]) => Number(dueOf(a) - dueOf(b)));
  if (waiting.length === 0) return <Empty>{caughtUp ? t("Nobody is waiting.") : t("Reading the chain …")}</Empty>;
  return waiting.map(([cardId, entry]) => (
    <Waiting key={cardId} cardId={cardId} entry={entry} merchantId={merchantId} />
  ));
}

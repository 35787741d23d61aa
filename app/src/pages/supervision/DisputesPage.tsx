import { useTranslation } from "react-i18next";

import { useLedger } from "../../chain/reading/useLedger";
import { StillReading } from "../../components/StillReading";
import { Dispute } from "../../features/disputing/Dispute";
import { Empty } from "../../ui/panels";

/** Disputes that wait for a ruling, the most urgent first. */
export function DisputesPage() {
  const { t } = useTranslation();
  const { cards, caughtUp } = useLedger();
  const open = [...cards].filter(([, { dispute }]) => dispute.kind !== "None");
  open.sort(([, a], [, b]) => Number(a.dispute.rulingUntil - b.dispute.rulingUntil));
  return (
    <>
      <div className="row">
        <h1>{t("Disputes")}</h1>
        <StillReading />
      </div>
      {open.length === 0 ? <Empty>{caughtUp ? t("No dispute is open.") : t("Reading the chain …")}</Empty> : null}
      {open.map(([cardId, card]) => (
        <Dispute key={cardId} cardId={cardId} card={card} />
      ))}
    </>
  );
}

import { useTranslation } from "react-i18next";

import { StillReading } from "../../components/StillReading";
import { DepositsTable } from "../../features/deposits/DepositsTable";

/** The deposit register: who must keep what for cards sold outside the escrow. */
export function DepositsPage() {
  const { t } = useTranslation();
  return (
    <>
      <div className="row">
        <h1>{t("Deposit register")}</h1>
        <StillReading />
      </div>
      <p className="quiet">
        {t("For cards sold outside the escrow: reported balances, and what must lie ready for them.")}
      </p>
      <DepositsTable />
    </>
  );
}

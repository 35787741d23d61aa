import { useTranslation } from "react-i18next";

import { StillReading } from "../../components/StillReading";
import { MerchantsTable } from "../../features/merchants/MerchantsTable";
import { RegisterMerchant } from "../../features/merchants/RegisterMerchant";

/** Every merchant, and registering one. */
export function MerchantsPage() {
  const { t } = useTranslation();
  return (
    <>
      <div className="row">
        <h1>{t("Merchants")}</h1>
        <StillReading />
      </div>
      <MerchantsTable />
      <p className="hint">{t("Figures as the last event left them.")}</p>
      <RegisterMerchant />
    </>
  );
}

import { useTranslation } from "react-i18next";

import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { Offer } from "../../features/buying/Offer";
import { Empty, Section } from "../../ui/panels";

/** The programs of one merchant, or of all. */
export default function BuyPage({ merchantId }: { readonly merchantId?: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const { merchants, programs, caughtUp } = useLedger();
  const shown = [...merchants.keys()].filter((each) => merchantId === undefined || each === merchantId);
  return (
    <>
      <h1>{merchantId === undefined ? t("Shops") : names.merchant(merchantId)}</h1>
      {shown.length === 0 ? (
        <Empty>{caughtUp ? t("No shop is registered here.") : t("Reading the chain …")}</Empty>
      ) : null}
      {shown.map((id) => {
        const offers = [...programs].filter(([, program]) => program.merchantId === id && !program.retired);
        return (
          <Section key={id.toString()} title={names.merchant(id)}>
            <ul className="offers">
              {offers.map(([programId]) => (
                <li key={programId.toString()}>
                  <Offer programId={programId} merchantId={id} />
                </li>
              ))}
            </ul>
            {offers.length === 0 ? <Empty>{t("It sells nothing at present.")}</Empty> : null}
          </Section>
        );
      })}
    </>
  );
}

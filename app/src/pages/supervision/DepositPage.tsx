import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useNames } from "../../chain/reading/useNames";
import { Claims } from "../../features/deposits/Claims";
import { DepositState } from "../../features/deposits/DepositState";
import { Objections } from "../../features/deposits/Objections";
import { OwnerForms } from "../../features/deposits/OwnerForms";
import { RuleForm } from "../../features/deposits/RuleForm";
import { SuretyForms } from "../../features/deposits/SuretyForms";
import { useRegistered } from "../../features/deposits/registered";
import { Answer } from "../../ui/answers";

/** One merchant at the deposit register, and what each party does there. */
export function DepositPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const shown = useRegistered(merchantId);
  return (
    <>
      <p className="crumbs">
        <Link href="/watch/deposits">{t("Deposit register")}</Link>
      </p>
      <h1>{names.merchant(merchantId)}</h1>
      <Answer of={shown}>
        {(registered) => (
          <>
            <DepositState {...registered} />
            <h2>{t("Owner, auditor, anyone")}</h2>
            <OwnerForms merchantId={merchantId} token={registered.token} />
            <h2>{t("Surety")}</h2>
            <SuretyForms merchantId={merchantId} token={registered.token} />
            <h2>{t("Regulator")}</h2>
            <RuleForm merchantId={merchantId} token={registered.token} />
            <Claims {...registered} />
            <Objections merchantId={merchantId} />
          </>
        )}
      </Answer>
    </>
  );
}

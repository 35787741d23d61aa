import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useAction } from "../../chain/sending/action";
import { SendButton } from "../../components/SendButton";
import { StillReading } from "../../components/StillReading";
import { RefundAll } from "../../features/leaving/RefundAll";
import { Measures } from "../../features/merchants/Measures";
import { MerchantFacts } from "../../features/merchants/MerchantFacts";
import { MerchantState } from "../../features/merchants/MerchantState";
import { isRefundable, useSupervised } from "../../features/merchants/supervised";
import type { Supervised } from "../../features/merchants/supervised";
import { StandingWarnings } from "../../features/warnings/StandingWarnings";
import { useWriter } from "../../i18n/writing";
import { Answer, Progress } from "../../ui/answers";
import { Empty, Section } from "../../ui/panels";

const History = lazy(() => import("../../features/merchants/History"));

/** One merchant, for the regulator. */
export function MerchantPage({ merchantId }: { readonly merchantId: bigint }) {
  const names = useNames();
  const shown = useSupervised(merchantId);
  return (
    <>
      <div className="row">
        <h1>{names.merchant(merchantId)}</h1>
        <StillReading />
      </div>
      <Answer of={shown}>{(supervised) => <Merchant {...supervised} />}</Answer>
    </>
  );
}

function Merchant(supervised: Supervised) {
  const { merchantId, merchant, token } = supervised;
  const { t } = useTranslation();
  const now = useNow();
  const writer = useWriter(token);
  const { client } = useChain();
  const action = useAction();
  const { events, warnings } = useLedger();
  const up = warnings.filter((warning) => warning.merchantId === merchantId);
  return (
    <>
      <MerchantState {...supervised} />
      <Section title={t("Warnings that are up")}>
        {up.length === 0 ? <Empty>{t("None.")}</Empty> : <StandingWarnings warnings={up} writer={writer} />}
        <SendButton action={action} look="plain small" call={() => client.call("reviewWarnings", { merchantId })}>
          {t("Look at the figures anew")}
        </SendButton>
        <Progress state={action.state} />
      </Section>
      <Section title={t("History")}>
        <Suspense fallback={<p role="status">{t("Loading …")}</p>}>
          <History events={events} merchantId={merchantId} token={token} />
        </Suspense>
      </Section>
      {isRefundable(merchant, now) ? (
        <Section title={t("Refunds")}>
          <RefundAll merchantId={merchantId} />
        </Section>
      ) : null}
      <MerchantFacts merchantId={merchantId} merchant={merchant} />
      <Measures merchantId={merchantId} merchant={merchant} />
    </>
  );
}

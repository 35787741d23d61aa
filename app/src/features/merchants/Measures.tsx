import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useAction } from "../../chain/sending/action";
import { FormAction } from "../../components/FormAction";
import { SendButton } from "../../components/SendButton";
import { Progress } from "../../ui/answers";
import { Section } from "../../ui/panels";
import { isRefundable } from "./supervised";
import type { Supervised } from "./supervised";

/** The regulator's measures: suspension, default flag, ceiling and policy. */
export function Measures({ merchantId, merchant }: Pick<Supervised, "merchantId" | "merchant">) {
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const action = useAction();
  return (
    <>
      {merchant.status === "Active" ? (
        <FormAction
          title={t("Suspend")}
          about={t("Sales and payouts stop for 90 days at most. Holders can leave all the while.")}
          fields={[]}
          evidence={t("Grounds")}
          button={t("Suspend")}
          act={({ send }, { evidence }) => send(client.call("suspend", { merchantId, evidence }))}
        />
      ) : null}
      {merchant.status === "Suspended" ? (
        <Section title={t("Suspension")}>
          <SendButton action={action} call={() => client.call("resume", { merchantId })}>
            {t("Let it go on")}
          </SendButton>
        </Section>
      ) : null}
      {merchant.status === "Active" || merchant.status === "Suspended" || merchant.status === "RunOff" ? (
        <FormAction
          title={t("Flag a default")}
          about={t(
            "One transaction for all cards: from now on the shop is paid nothing, and after the final settlement window everybody is refunded.",
          )}
          fields={[{ key: "stopped", label: t("No service since (beginning of the day)"), as: "day" }]}
          evidence={t("Grounds")}
          button={t("Flag the default")}
          danger
          act={({ send }, { big, evidence }) =>
            send(client.call("flagDefault", { merchantId, serviceStoppedAt: big("stopped"), evidence }))
          }
        />
      ) : null}
      {merchant.status === "Defaulted" && !isRefundable(merchant, now) ? (
        <Section title={t("Flag")}>
          <p>{t("A flag can be withdrawn once, before the window ends.")}</p>
          <SendButton action={action} look="plain" call={() => client.call("withdrawDefault", { merchantId })}>
            {t("Withdraw the flag")}
          </SendButton>
        </Section>
      ) : null}
      <FormAction
        title={t("Set the ceiling")}
        fields={[{ key: "cap", label: t("Ceiling in whole tokens, 0 for none"), as: "number" }]}
        button={t("Set")}
        act={({ send }, { big }) => send(client.call("setOutstandingCap", { merchantId, outstandingCap: big("cap") }))}
      />
      <FormAction
        title={t("Put under another policy")}
        about={t("Programs of the old one are sold no more; cards that are sold keep their rules.")}
        fields={[{ key: "policyId", label: t("Policy number"), as: "number" }]}
        button={t("Put under it")}
        act={({ send }, { big }) => send(client.call("setMerchantPolicy", { merchantId, policyId: big("policyId") }))}
      />
      <Progress state={action.state} />
    </>
  );
}

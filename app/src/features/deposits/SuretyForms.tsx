import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { FormAction } from "../../components/FormAction";
import type { Registered } from "./registered";
import { allow } from "./spending";

/** Forms for a surety: placing the money and taking it back. */
export function SuretyForms({ merchantId, token }: Pick<Registered, "merchantId" | "token">) {
  const { t } = useTranslation();
  const { client } = useChain();
  return (
    <>
      <FormAction
        title={t("Stand surety")}
        token={token}
        fields={[
          { key: "amount", label: t("Amount (empty: only prolong)"), as: "amount", optional: true },
          { key: "endsAt", label: t("Until"), as: "day" },
        ]}
        button={t("Place")}
        act={async (acting, { big }) => {
          await allow(acting, token, big("amount"));
          await acting.send(client.call("placeSurety", { merchantId, amount: big("amount"), endsAt: big("endsAt") }));
        }}
      />
      <FormAction
        title={t("Take the surety back")}
        fields={[{ key: "recipient", label: t("To"), as: "address" }]}
        button={t("Take back")}
        act={({ send }, { text }) => send(client.call("takeBackSurety", { merchantId, recipient: text("recipient") }))}
      />
    </>
  );
}

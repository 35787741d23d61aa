import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { FormAction } from "../../components/FormAction";
import type { Registered } from "./registered";
import { allow } from "./spending";

/** Forms for the owner, the auditor and anyone: reports, deposits, and naming a surety. */
export function OwnerForms({ merchantId, token }: Pick<Registered, "merchantId" | "token">) {
  const { t } = useTranslation();
  const { client } = useChain();
  return (
    <>
      <FormAction
        title={t("Report the balance")}
        token={token}
        fields={[
          { key: "amount", label: t("Balance of cards sold outside the escrow"), as: "amount" },
          { key: "asOf", label: t("As of (empty: now)"), as: "day", optional: true },
        ]}
        evidence={t("What it is based on")}
        button={t("Report")}
        act={async ({ send }, { big, evidence }) => {
          // Each report must be of a later moment than the last one: the default is the newest block's time.
          const asOf = big("asOf") === 0n ? await client.now() : big("asOf");
          return await send(client.call("reportOutstanding", { merchantId, amount: big("amount"), asOf, evidence }));
        }}
      />
      <FormAction
        title={t("Pay into the deposit")}
        token={token}
        fields={[{ key: "amount", label: t("Amount"), as: "amount" }]}
        button={t("Pay in")}
        act={async (acting, { big }) => {
          await allow(acting, token, big("amount"));
          await acting.send(client.call("deposit", { merchantId, amount: big("amount") }));
        }}
      />
      <FormAction
        title={t("Take out what is not required")}
        token={token}
        fields={[{ key: "amount", label: t("Amount"), as: "amount" }]}
        button={t("Take out")}
        act={({ send }, { big }) => send(client.call("withdraw", { merchantId, amount: big("amount") }))}
      />
      <FormAction
        title={t("Name a surety")}
        fields={[{ key: "surety", label: t("Address of the bank or insurer"), as: "address" }]}
        button={t("Name this address")}
        act={({ send }, { text }) => send(client.call("nameSurety", { merchantId, surety: text("surety") }))}
      />
    </>
  );
}

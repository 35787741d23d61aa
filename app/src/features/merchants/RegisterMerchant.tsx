import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { FormAction } from "../../components/FormAction";
import { nameUri } from "../../lib/names";

/** A form by which the regulator registers a merchant. */
export function RegisterMerchant() {
  const { t } = useTranslation();
  const { client } = useChain();
  return (
    <FormAction
      title={t("Register a merchant")}
      fields={[
        { key: "name", label: t("Name"), as: "text" },
        { key: "owner", label: t("Owner's address"), as: "address" },
        { key: "payout", label: t("Payout address"), as: "address" },
        { key: "policyId", label: t("Policy number"), as: "number" },
        { key: "cap", label: t("Ceiling in whole tokens, 0 for none"), as: "number", optional: true },
      ]}
      button={t("Register")}
      act={({ send }, { big, text }) =>
        send(
          client.call("registerMerchant", {
            owner: text("owner"),
            payout: text("payout"),
            policyId: big("policyId"),
            outstandingCap: big("cap"),
            metadataURI: nameUri(text("name")),
          }),
        )
      }
    />
  );
}

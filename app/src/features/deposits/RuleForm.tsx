import { NO_THRESHOLD } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { FormAction } from "../../components/FormAction";
import type { Registered } from "./registered";

/** A form for the regulator: the rule of a merchant's deposit. */
export function RuleForm({ merchantId, token }: Pick<Registered, "merchantId" | "token">) {
  const { t } = useTranslation();
  const { client } = useChain();
  return (
    <FormAction
      title={t("Set the rule")}
      token={token}
      about={t("The share applies to the whole reported balance. A rule that asks less somewhere acts 30 days later.")}
      fields={[
        { key: "bps", label: t("Share in basis points (3000 is 30 %)"), as: "number" },
        { key: "threshold", label: t("Above this balance (empty: no second tier)"), as: "amount", optional: true },
        { key: "bps1", label: t("Share above it, in basis points"), as: "number", optional: true },
        { key: "days", label: t("Days between two reports, 0 for none"), as: "number", optional: true },
        { key: "cureBy", label: t("Deposit complete by"), as: "day", end: true },
      ]}
      button={t("Set")}
      act={({ send }, { big }) => {
        const threshold1 = big("threshold") === 0n ? NO_THRESHOLD : big("threshold");
        const bps1 = big("threshold") === 0n ? big("bps") : big("bps1");
        const rule = {
          bps0: big("bps"),
          threshold1,
          bps1,
          threshold2: NO_THRESHOLD,
          bps2: bps1,
          reportDays: big("days"),
        };
        return send(client.call("setRule", { merchantId, rule, cureBy: big("cureBy") }));
      }}
    />
  );
}

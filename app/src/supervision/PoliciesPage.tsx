import { useTranslation } from "react-i18next";

import { useLedger, useRead } from "../lib/chain";
import { useWriter } from "../lib/writing";
import { Answer, Empty, Section } from "../ui/kit";
import { AddPolicy } from "./AddPolicy";

/** The rule sets that merchants can be put under, and adding one. */
export default function PoliciesPage() {
  const { t } = useTranslation();
  const { merchants } = useLedger();
  const writer = useWriter(undefined);
  const policies = useRead(["policies"], (client) => client.history.policies());
  const under = (policyId: bigint): number =>
    [...merchants.values()].filter(({ merchant }) => merchant.policyId === policyId).length;
  return (
    <>
      <h1>{t("Rule sets")}</h1>
      <Section title={t("In force")}>
        <Answer of={policies}>
          {(all) =>
            all.length === 0 ? (
              <Empty>{t("No rule set was added yet.")}</Empty>
            ) : (
              <ul className="list">
                {all.map(({ policyId, exitDelay, coolingOff, rulingTimeout, unilateralExit }) => (
                  <li key={policyId.toString()} className="row" data-policy={policyId.toString()}>
                    <span>
                      <strong>{String(policyId)}</strong>{" "}
                      {t("paid {{delay}} after asking", { delay: writer.duration(exitDelay) })}
                      {coolingOff === 0n
                        ? ""
                        : ` · ${t("{{time}} to change one's mind", { time: writer.duration(coolingOff) })}`}
                      {unilateralExit
                        ? ""
                        : ` · ${t("ruled on within {{time}}", { time: writer.duration(rulingTimeout) })}`}
                    </span>
                    <span className="quiet">
                      {t("Merchants: {{number}}", { number: writer.number(under(policyId)) })}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Answer>
      </Section>
      <AddPolicy />
    </>
  );
}

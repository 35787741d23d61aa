import type { Token } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useLedger } from "../../chain/reading/useLedger";
import { useRead } from "../../chain/reading/useRead";
import { StillReading } from "../../components/StillReading";
import { AddPolicy } from "../../features/policies/AddPolicy";
import { PolicySection } from "../../features/policies/RuleSet";
import { Answer } from "../../ui/answers";
import { Empty, Section } from "../../ui/panels";

/** The policies that merchants can be put under, and adding one. */
export default function PoliciesPage() {
  const { t } = useTranslation();
  const { merchants } = useLedger();
  const policies = useRead(["policies"], async (client) => {
    const all = await client.history.policies();
    const tokens = new Map<string, Token>();
    for (const address of new Set(all.map(({ token }) => token))) tokens.set(address, await client.token(address));
    return all.map((policy) => ({ policy, token: tokens.get(policy.token) }));
  });
  const under = (policyId: bigint): number =>
    [...merchants.values()].filter(({ merchant }) => merchant.policyId === policyId).length;
  return (
    <>
      <div className="row">
        <h1>{t("Policies")}</h1>
        <StillReading />
      </div>
      <Section title={t("In force")}>
        <Answer of={policies}>
          {(all) =>
            all.length === 0 ? (
              <Empty>{t("No policy was added yet.")}</Empty>
            ) : (
              <ul className="list">
                {all.map(({ policy, token }) => (
                  <li key={policy.policyId.toString()} data-policy={policy.policyId.toString()}>
                    <PolicySection policy={policy} token={token} merchants={under(policy.policyId)} />
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

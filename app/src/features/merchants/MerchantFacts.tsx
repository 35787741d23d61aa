import { isEvent } from "prepaid-escrow";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../../chain/node/context";
import { useLedger } from "../../chain/reading/useLedger";
import { Account } from "../../components/Account";
import { EvidenceLink } from "../../components/Evidence";
import { Section } from "../../ui/panels";
import type { Supervised } from "./supervised";

/** Who owns a merchant, where its money lies, its rules, and the grounds of flags and suspensions. */
export function MerchantFacts({ merchantId, merchant }: Pick<Supervised, "merchantId" | "merchant">) {
  const { t } = useTranslation();
  const { client } = useChain();
  const { events } = useLedger();
  const grounds = events
    .filter((event) => isEvent(event, "MerchantSuspended") || isEvent(event, "DefaultFlagged"))
    .filter(({ args }) => args.merchantId === merchantId);
  return (
    <Section title={t("Who and what")}>
      <dl className="fields">
        <div>
          <dt>{t("Owner")}</dt>
          <dd>
            <Account address={merchant.owner} /> <span className="mono small">{merchant.owner}</span>
          </dd>
        </div>
        <div>
          <dt>{t("Payout")}</dt>
          <dd className="mono small">{merchant.payout}</dd>
        </div>
        <div>
          <dt>{t("Vault")}</dt>
          <dd className="mono small">{merchant.vault}</dd>
        </div>
        <div>
          <dt>{t("Policy")}</dt>
          <dd>
            <Link href="/watch/policies">{String(merchant.policyId)}</Link>
          </dd>
        </div>
        {grounds.map(({ name, args, transactionHash, index }) => (
          <div key={`${transactionHash}${index}`}>
            <dt>{name === "DefaultFlagged" ? t("Flag") : t("Suspension")}</dt>
            <dd>
              <EvidenceLink hash={args.evidence} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="row start">
        <Link href={`/shop/${merchantId}/cards`}>{t("All cards")}</Link>
        {client.register === undefined ? null : (
          <Link href={`/watch/deposit/${merchantId}`}>{t("Deposit register")}</Link>
        )}
      </p>
    </Section>
  );
}

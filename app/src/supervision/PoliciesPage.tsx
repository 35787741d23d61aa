import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { longestTerm } from "prepaid-escrow";
import type { ListedPolicy, Policy, Token } from "prepaid-escrow";

import { useLedger, useRead } from "../lib/chain";
import { useTexts } from "../lib/texts";
import { useWriter } from "../lib/writing";
import { Answer, Empty, Section, StillReading } from "../ui/kit";
import { AddPolicy } from "./AddPolicy";
import { loadPresets } from "./presets";

/** The rule sets that merchants can be put under, and adding one. */
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
        <h1>{t("Rule sets")}</h1>
        <StillReading />
      </div>
      <Section title={t("In force")}>
        <Answer of={policies}>
          {(all) =>
            all.length === 0 ? (
              <Empty>{t("No rule set was added yet.")}</Empty>
            ) : (
              <ul className="list">
                {all.map(({ policy, token }) => (
                  <li key={policy.policyId.toString()} data-policy={policy.policyId.toString()}>
                    <RuleSet policy={policy} token={token} merchants={under(policy.policyId)} />
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

/** A rule set: whose it is, the rules that count most, and all of them below. */
function RuleSet(props: {
  readonly policy: ListedPolicy;
  readonly token: Token | undefined;
  readonly merchants: number;
}) {
  const { policy, token, merchants } = props;
  const { t } = useTranslation();
  const writer = useWriter(token);
  const texts = useTexts();
  const presets = useQuery({ queryKey: ["presets"], queryFn: loadPresets, staleTime: "static" });
  const alike = token === undefined ? undefined : presets.data?.presetsOf(policy, token.decimals);
  const { policyId, exitDelay, coolingOff, rulingTimeout, unilateralExit } = policy;
  return (
    <details>
      <summary>
        <strong>{String(policyId)}</strong>{" "}
        {alike === undefined
          ? "…"
          : alike.length === 0
            ? t("rules of its own")
            : alike.map(({ name }) => name).join(t(" or "))}
        {alike?.[0] === undefined ? null : <span className="about">{texts.presetTitle(alike[0])}</span>}
        <span className="quiet about">
          {t("paid {{delay}} after asking", { delay: writer.duration(exitDelay) })}
          {coolingOff === 0n ? "" : ` · ${t("{{time}} to change one's mind", { time: writer.duration(coolingOff) })}`}
          {unilateralExit ? "" : ` · ${t("ruled on within {{time}}", { time: writer.duration(rulingTimeout) })}`}
          {" · "}
          {t("Merchants: {{number}}", { number: writer.number(merchants) })}
        </span>
      </summary>
      <Rules policy={policy} token={token} />
    </details>
  );
}

/** Every rule of a rule set. */
function Rules({ policy, token }: { readonly policy: Policy; readonly token: Token | undefined }) {
  const { t } = useTranslation();
  const writer = useWriter(token);
  const none = t("none");
  const yes = (value: boolean): string => (value ? t("yes") : t("no"));
  const period = (value: bigint): string => (value === 0n ? none : writer.duration(value));
  const amount = (value: bigint): string => (value === 0n ? none : writer.amount(value));
  const percent = (bps: bigint): string => `${writer.number(Number(bps) / 100)} %`;
  const warned = (rejected: boolean): string => (rejected ? t("refused") : t("warned of"));
  const rows: readonly (readonly [string, string])[] = [
    [t("Token"), token === undefined ? policy.token : `${token.symbol} · ${token.address}`],
    [t("A request to leave is paid after"), period(policy.exitDelay)],
    [t("Cooling-off"), period(policy.coolingOff)],
    [t("Ends with the first use"), yes(policy.coolingOffRequiresUnused)],
    [t("The shop can object to leaving"), yes(!policy.unilateralExit)],
    [t("Time for a ruling"), period(policy.rulingTimeout)],
    [t("Most on a named card"), amount(policy.maxNamed)],
    [t("Most on a bearer card"), amount(policy.maxBearer)],
    [t("A card over its limit is"), warned(policy.rejectOverLimit)],
    [t("Most on all cards of a holder at a shop"), amount(policy.maxHolderExposure)],
    [t("A sale over the shop's ceiling is"), warned(policy.rejectOverCap)],
    [t("Longest pass"), writer.duration(longestTerm(policy))],
    [t("Most visits on a card"), policy.maxSessions === 0n ? none : writer.number(policy.maxSessions)],
    [t("A pass begins within"), period(policy.maxAdvance)],
    [t("Highest list price, of the price"), percent(policy.maxListBps)],
    [t("A day of a pass is paid to the shop after"), period(policy.accrualDelay)],
    [
      t("Complaints that warn"),
      policy.complaintCount === 0n
        ? none
        : t("{{count}}, with at least {{share}} of the outstanding balance", {
            count: Number(policy.complaintCount),
            share: percent(policy.complaintBps),
          }),
    ],
    [t("Notice before closing"), period(policy.runOffNotice)],
    [t("Time to settle after a flag"), period(policy.finalSettlement)],
  ];
  return (
    <dl className="fields wide">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

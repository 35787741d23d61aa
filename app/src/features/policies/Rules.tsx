import { longestPassTerm } from "prepaid-escrow";
import type { Policy, Token } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useWriter } from "../../i18n/writing";

/** Every rule of a policy. */
export function Rules({ policy, token }: { readonly policy: Policy; readonly token: Token | undefined }) {
  const { t } = useTranslation();
  const writer = useWriter(token);
  const none = t("none");
  const yes = (value: boolean): string => (value ? t("yes") : t("no"));
  const period = (value: bigint): string => (value === 0n ? none : writer.duration(value));
  const amount = (value: bigint): string => (value === 0n ? none : writer.amount(value));
  const percent = (bps: bigint): string => `${writer.number(Number(bps) / 100)} %`;
  const share = (bps: bigint): string => (bps === 0n ? none : percent(bps));
  const warned = (rejected: boolean): string => (rejected ? t("refused") : t("warned of"));
  const rows: readonly (readonly [string, string])[] = [
    [t("Token"), token === undefined ? policy.token : `${token.symbol} · ${token.address}`],
    [t("A request to leave is paid after"), period(policy.exitDelay)],
    [t("Cooling-off"), period(policy.coolingOff)],
    [t("Ends with the first use"), yes(policy.coolingOffRequiresUnused)],
    [t("Cooling-off of a pass, of its term"), share(policy.coolingOffTermBps)],
    [t("Days of a pass count in cooling-off"), yes(!policy.coolingOffInFull)],
    [t("Fee in cooling-off, of the price"), share(policy.coolingOffFeeBps)],
    [t("The shop can object to leaving"), yes(!policy.unilateralExit)],
    [t("Fee for leaving with an unused card"), amount(policy.feeFlat)],
    [t("Fee for leaving, of the price"), share(policy.feePriceBps)],
    [t("Fee for leaving, of what remains at the list price"), share(policy.feeRestBps)],
    [t("Largest fee for leaving"), policy.feeMax === 0n ? t("half the price") : writer.amount(policy.feeMax)],
    [t("Time for a ruling"), period(policy.rulingTimeout)],
    [t("Most on a named card"), amount(policy.maxNamed)],
    [t("Most on a bearer card"), amount(policy.maxBearer)],
    [t("A card over its limit is"), warned(policy.rejectOverLimit)],
    [t("Most on all cards of a holder at a shop"), amount(policy.maxHolderExposure)],
    [t("A sale over the shop's ceiling is"), warned(policy.rejectOverCap)],
    [t("Longest pass"), writer.duration(longestPassTerm(policy))],
    [t("Most visits on a card"), policy.maxCount === 0n ? none : writer.number(policy.maxCount)],
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

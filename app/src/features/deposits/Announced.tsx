import { formatBps } from "prepaid-escrow";
import type { Token } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useNow } from "../../chain/reading/clock";
import { useRead } from "../../chain/reading/useRead";
import { useWriter } from "../../i18n/writing";

/** Looser requirements that do not act yet: a new rule, and the owner's lower balances. */
export function Announced({ merchantId, token }: { readonly merchantId: bigint; readonly token: Token }) {
  const { t } = useTranslation();
  const now = useNow();
  const writer = useWriter(token);
  const { data } = useRead(["announced", merchantId], async ({ deposits }) => {
    const [rule, deposit] = await Promise.all([deposits.rule(merchantId), deposits.depositOf(merchantId)]);
    return { rule, deposit };
  });
  if (data === undefined) return null;
  const { nextRule, nextRuleAt } = data.rule;
  const { nextReported, nextActsAt, laterReported, laterActsAt } = data.deposit;
  const balances = [
    [nextReported, nextActsAt],
    [laterReported, laterActsAt],
  ] as const;
  return (
    <>
      {nextRuleAt > now ? (
        <p className="alert">
          {t("A rule that asks less somewhere acts from {{time}}: {{share}} of the whole balance in its lowest tier.", {
            time: writer.time(nextRuleAt),
            share: formatBps(nextRule.bps0),
          })}
        </p>
      ) : null}
      {balances.map(([amount, actsAt]) =>
        actsAt > now ? (
          <p key={`${amount} ${actsAt}`} className="alert">
            {t("The owner's lower balance of {{amount}} acts from {{time}}, unless an auditor reports another.", {
              amount: writer.amount(amount),
              time: writer.time(actsAt),
            })}
          </p>
        ) : null,
      )}
    </>
  );
}

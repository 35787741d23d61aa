import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useLedger } from "../../chain/reading/useLedger";
import { useMoney } from "../../chain/reading/useMoney";
import { useNames } from "../../chain/reading/useNames";
import { useWarningWords } from "../../i18n/words";
import { Badge, Empty, Section } from "../../ui/panels";

/** All warnings that are up. */
export function UpNow() {
  const { t } = useTranslation();
  const names = useNames();
  const words = useWarningWords();
  const money = useMoney();
  const { warnings, caughtUp } = useLedger();
  return (
    <Section title={t("Up now")}>
      {warnings.length === 0 ? <Empty>{caughtUp ? t("None.") : t("Reading the chain …")}</Empty> : null}
      <ul className="list">
        {warnings.map((warning) => (
          <li key={`${warning.merchantId} ${warning.kind}`} className="row">
            <span>
              <Badge tone={warning.level === "Notice" ? "wait" : "bad"}>{words.level(warning.level)}</Badge>{" "}
              <Link href={`/watch/merchant/${warning.merchantId}`}>{names.merchant(warning.merchantId)}</Link> ·{" "}
              {words.kind(warning.kind)}
            </span>
            <span className="quiet">{words.figures(warning, money.writer(warning.merchantId))}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

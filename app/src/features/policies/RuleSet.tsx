import { useQuery } from "@tanstack/react-query";
import type { ListedPolicy, Token } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useTexts } from "../../i18n/texts";
import { useWriter } from "../../i18n/writing";
import { Rules } from "./Rules";
import { loadPresets } from "./presets";

/** A policy: the presets it is equal to, its most important rules, and all of them below. */
export function PolicySection(props: {
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

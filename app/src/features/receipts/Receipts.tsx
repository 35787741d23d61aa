import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { settledReceipt } from "../../chain/reading/settled";
import { useLocale } from "../../i18n/locale";
import { useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { Copy } from "../../ui/Copy";
import { Answer } from "../../ui/answers";
import { Badge, Empty, Section } from "../../ui/panels";
import type { ShownCard } from "../card/shownCard";
import { receiptsOf, standings } from "./standing";

/** The visits of a card that this browser knows, and which of them the chain proves. */
export function Receipts({ cardId, card, program, quote }: ShownCard) {
  const { t } = useTranslation();
  const { client, database } = useChain();
  const units = useUnits();
  const writer = useWriter(quote.token);
  const { language, locale } = useLocale();
  const receipts = useQuery({
    queryKey: ["receipts", cardId, card.consumed.toString()],
    queryFn: async () => {
      const [entries, settled] = await Promise.all([receiptsOf(database, cardId), settledReceipt(client, cardId)]);
      return { entries, settled, standings: standings(entries, settled) };
    },
  });
  const words = {
    proved: t("settled and proved"),
    signed: t("signed, not settled yet"),
    unproved: t("does not lead to what was settled"),
  };
  const tones = { proved: "good", signed: "wait", unproved: "bad" } as const;
  if (program.kind === "Pass") return null;
  return (
    <Section title={t("Receipts")}>
      <Answer of={receipts}>
        {({ entries, settled, standings: all }) => (
          <>
            <p className="quiet">
              {t("Settled on chain: {{units}}", { units: units.write(program, settled.cumulative, writer) })}
            </p>
            {entries.length === 0 ? (
              <Empty>{t("Visits you sign in this browser are kept here, each provable.")}</Empty>
            ) : null}
            <ul className="list">
              {entries.map((entry, i) => (
                <li key={entry.receipt} className="row">
                  <span>
                    {entry.item}
                    <small className="quiet">
                      {" "}
                      {new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(entry.at)}
                    </small>
                  </span>
                  <span>
                    {units.write(program, entry.cumulative - entry.from, writer)}{" "}
                    <Badge tone={tones[all[i] ?? "signed"]}>{words[all[i] ?? "signed"]}</Badge>
                  </span>
                </li>
              ))}
            </ul>
            {entries.length === 0 ? null : (
              <Copy
                label={t("Copy all as proof")}
                text={JSON.stringify(
                  { cardId, language, settled, visits: entries },
                  (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
                  2,
                )}
              />
            )}
          </>
        )}
      </Answer>
    </Section>
  );
}

import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useNames } from "../../chain/reading/useNames";
import { Buying } from "../../features/buying/Buying";
import { useOffer } from "../../features/buying/useOffer";
import type { Offered } from "../../features/buying/useOffer";
import { useTexts } from "../../i18n/texts";
import { isOpen, useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { Answer } from "../../ui/answers";
import { Badge, Figures, Section } from "../../ui/panels";

/** One program: its rights in plain words, and how to buy. */
export default function ProgramPage({ programId }: { readonly programId: bigint }) {
  const shown = useOffer(programId);
  return <Answer of={shown}>{(offer) => <ProgramBody {...offer} />}</Answer>;
}

function ProgramBody(offer: Offered) {
  const { programId, program, merchant, policy, token } = offer;
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const texts = useTexts();
  const writer = useWriter(token);
  const open = isOpen(program);
  const onSale = !program.retired && merchant.status === "Active" && merchant.policyId === program.policyId;
  return (
    <>
      <p className="crumbs">
        <Link href={`/buy/${program.merchantId}`}>{names.merchant(program.merchantId)}</Link>
      </p>
      <h1>
        {names.program(programId)} {onSale ? null : <Badge tone="bad">{t("not on sale")}</Badge>}
      </h1>
      <Figures
        items={
          open
            ? [[t("You pay"), t("any amount")]]
            : [
                [t("You pay"), writer.amount(program.price)],
                [t("You get"), units.write(program, program.units, writer)],
                ...(program.listPrice > program.price
                  ? ([[t("Without the discount"), writer.amount(program.listPrice)]] as const)
                  : []),
              ]
        }
      />
      <Section title={t("Your rights")}>
        <ul className="rights">
          {texts.rights(program, policy, writer).map(({ right, title, text }) => (
            <li key={right}>
              <strong>{title}</strong>
              <span>{text}</span>
            </li>
          ))}
        </ul>
      </Section>
      {onSale ? <Buying {...offer} /> : null}
    </>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Accepted } from "../../features/till/Accepted";
import { Asking } from "../../features/till/Asking";
import { CardSearch } from "../../features/till/CardSearch";
import { Reply } from "../../features/till/Reply";
import { useTaking } from "../../features/till/useTaking";
import type { Taken } from "../../features/till/useTaking";
import { readCardId } from "../../lib/links";
import { LinkCode } from "../../ui/LinkCode";
import { Failure } from "../../ui/answers";
import { Section } from "../../ui/panels";

/** Serving card holders. */
export function TillPage({ merchantId, signature }: { readonly merchantId: bigint; readonly signature?: string }) {
  const { t } = useTranslation();
  const [card, setCard] = useState("");
  const [taken, setTaken] = useState<Taken>();
  const [asked, setAsked] = useState<string>();
  const cardId = readCardId(card);
  const take = useTaking(merchantId, signature, (outcome) => {
    setTaken(outcome);
    if ("acceptance" in outcome) setAsked(undefined);
  });
  return (
    <>
      {taken === undefined ? null : "acceptance" in taken ? (
        <Accepted key={taken.acceptance.voucher.receipt} acceptance={taken.acceptance} merchantId={merchantId} />
      ) : (
        <Failure error={taken.error} />
      )}
      <Section title={t("1. Whose card?")}>
        <CardSearch
          merchantId={merchantId}
          value={card}
          onChange={(next) => {
            setCard(next);
            setAsked(undefined);
            setTaken(undefined);
          }}
        />
      </Section>
      {cardId === undefined ? null : (
        <Asking
          key={cardId}
          merchantId={merchantId}
          cardId={cardId}
          onAsked={(link) => {
            setAsked(link);
            setTaken(undefined);
          }}
        />
      )}
      {asked === undefined ? null : (
        <Section title={t("3. The holder signs")}>
          <div className="sides">
            <div>
              <LinkCode
                link={asked}
                code={t("Code for the holder's phone")}
                copy={t("Copy the link for the holder")}
                shown="visit"
              />
            </div>
            <Reply onText={take} />
          </div>
        </Section>
      )}
    </>
  );
}

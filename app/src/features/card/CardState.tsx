import { coolingOffEndsAt, coolingOffOf, withdrawnFlagOf } from "prepaid-escrow";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useNow } from "../../chain/reading/clock";
import { useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { linkTo } from "../../lib/links";
import { LinkCode } from "../../ui/LinkCode";
import { Empty } from "../../ui/panels";
import { Legend, Ring } from "./CardPicture";
import type { ShownCard } from "./shownCard";

/** The balance of a card as a ring and in words, or the reason why there is none. */
export function CardState(shown: ShownCard) {
  const { card, program, programId, quote } = shown;
  const { t } = useTranslation();
  const units = useUnits();
  const writer = useWriter(quote.token);
  const left = quote.refund + quote.forfeited;
  const discount = quote.forfeited - quote.fee;
  if (card.status !== "Open") {
    return (
      <Empty>
        {card.status === "Closed"
          ? t("This card is closed; nothing is left on it.")
          : t("There is no such card. If the shop was flagged or closed, everything was paid back.")}
      </Empty>
    );
  }
  return (
    <div className="panel picture">
      <Ring principal={card.principal} quote={quote} />
      <div>
        <p className="big">{units.left(program, { ...card, consumed: quote.consumed }, writer)}</p>
        <Legend
          refund={writer.amount(quote.refund)}
          discount={discount === 0n ? undefined : writer.amount(discount)}
          fee={quote.fee === 0n ? undefined : writer.amount(quote.fee)}
          used={writer.amount(card.principal - left)}
        />
        <p className="quiet">
          {program.kind === "Pass"
            ? t("Bought for {{amount}}; it runs from {{day}}", {
                amount: writer.amount(card.principal),
                day: writer.day(card.openedAt),
              })
            : t("Bought for {{amount}} on {{day}}", {
                amount: writer.amount(card.principal),
                day: writer.day(card.openedAt),
              })}{" "}
          · <Link href={`/buy/${program.merchantId}/${programId}`}>{t("my rights")}</Link>
        </p>
        <CoolingOff {...shown} />
      </div>
    </div>
  );
}

/** Until when the holder can change their mind; nothing once that is over. */
function CoolingOff({ card, program, policy, merchant }: ShownCard) {
  const { t } = useTranslation();
  const writer = useWriter(undefined);
  const now = useNow();
  const ends = coolingOffEndsAt(withdrawnFlagOf(merchant), card.openedAt, coolingOffOf(policy, program));
  const used = policy.coolingOffRequiresUnused && card.consumed > 0n;
  if (card.coolingOffOver || used || now >= ends) return null;
  return <p className="quiet">{t("You can change your mind until {{time}}.", { time: writer.time(ends) })}</p>;
}

/** The card as a code that a till reads. */
export function ShowCard({ cardId }: { readonly cardId: string }) {
  const { t } = useTranslation();
  return (
    <details className="panel">
      <summary>{t("Show the card at the till")}</summary>
      <LinkCode link={linkTo(`/card/${cardId}`)} code={t("Code of this card")} copy={t("Copy the card's link")} />
    </details>
  );
}

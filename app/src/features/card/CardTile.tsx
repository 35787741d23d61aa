import type { FoundCard } from "prepaid-escrow";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useNow } from "../../chain/reading/clock";
import { useNames } from "../../chain/reading/useNames";
import { useProgram, useRead } from "../../chain/reading/useRead";
import { useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";
import { Badge } from "../../ui/panels";
import { Ring } from "./CardPicture";

/** An open card in a list. */
export function CardTile({ found: { cardId, card, programId } }: { readonly found: FoundCard }) {
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const now = useNow();
  const program = useProgram(programId);
  const quote = useRead(["quote", cardId, card.nonce, card.consumed], (client) => client.quote(cardId));
  const writer = useWriter(quote.data?.token);
  if (program.data === undefined || quote.data === undefined)
    return <div className="card-face loading" aria-busy="true" />;
  const due = quote.data.executableAt;
  return (
    <Link href={`/card/${cardId}`} className={`card-face kind-${program.data.kind}`}>
      <span className="card-shop">{names.merchant(program.data.merchantId)}</span>
      <span className="card-name">{names.program(programId)}</span>
      <span className="card-left">{units.left(program.data, { ...card, consumed: quote.data.consumed }, writer)}</span>
      <Ring principal={card.principal} quote={quote.data} />
      <span className="card-foot">{t("on leaving {{amount}}", { amount: writer.amount(quote.data.refund) })}</span>
      <span className="card-badges">
        {card.exitRequestedAt > 0n ? (
          <Badge tone="wait">
            {due > now ? t("leaving in {{time}}", { time: writer.duration(due - now) }) : t("ready to be paid")}
          </Badge>
        ) : null}
        {card.disputed ? <Badge tone="wait">{t("in dispute")}</Badge> : null}
        {card.moving ? <Badge tone="wait">{t("moving")}</Badge> : null}
        {quote.data.rule === "Default" ? <Badge tone="bad">{t("shop in default")}</Badge> : null}
        {quote.data.rule === "RunOff" ? <Badge tone="wait">{t("shop closing")}</Badge> : null}
      </span>
    </Link>
  );
}

/** A card of the past in a list. */
export function GoneCard({ found }: { readonly found: FoundCard }) {
  const { t } = useTranslation();
  const names = useNames();
  const words = { Open: "", Closed: t("closed"), Moved: t("moved"), ClosedOrMoved: t("closed or moved") };
  return (
    <Link href={`/card/${found.cardId}`}>
      {names.program(found.programId)} · {words[found.state]}
    </Link>
  );
}

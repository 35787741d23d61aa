import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { FoundCard } from "prepaid-escrow";

import { useNames, useNow, useRead } from "../lib/chain";
import { useUnits } from "../lib/units";
import { useWriter } from "../lib/writing";
import { Ring } from "../ui/CardPicture";
import { Answer, Badge, Empty } from "../ui/kit";

/** All cards of the wallet's address. */
export function CardsPage({ account }: { readonly account: string }) {
  const { t } = useTranslation();
  const cards = useRead(["cards", account], (client) => client.findCards(account));
  return (
    <>
      <header className="row">
        <h1>{t("My cards")}</h1>
        <div className="row">
          <Link href="/account" className="button plain">
            {t("Recovery")}
          </Link>
          <Link href="/buy" className="button">
            {t("Buy a card")}
          </Link>
        </div>
      </header>
      <Answer of={cards}>
        {(found) => {
          const open = found.filter(({ state }) => state === "Open");
          const gone = found.filter(({ state }) => state !== "Open");
          return (
            <>
              {open.length === 0 ? <Empty>{t("There is no open card at this address yet.")}</Empty> : null}
              <ul className="cards">
                {open.map((card) => (
                  <li key={card.cardId}>
                    <CardTile found={card} />
                  </li>
                ))}
              </ul>
              {gone.length === 0 ? null : (
                <>
                  <h2>{t("Closed and moved")}</h2>
                  <ul className="list">
                    {gone.map((card) => (
                      <li key={card.cardId}>
                        <GoneCard found={card} />
                      </li>
                    ))}
                  </ul>
                </>
              )}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function GoneCard({ found }: { readonly found: FoundCard }) {
  const { t } = useTranslation();
  const names = useNames();
  const words = { Open: "", Closed: t("closed"), Moved: t("moved"), ClosedOrMoved: t("closed or moved") };
  return (
    <Link href={`/card/${found.cardId}`}>
      {names.program(found.programId)} · {words[found.state]}
    </Link>
  );
}

function CardTile({ found: { cardId, card, programId } }: { readonly found: FoundCard }) {
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const now = useNow();
  const program = useRead(["program", programId], (client) => client.program(programId), { still: true });
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

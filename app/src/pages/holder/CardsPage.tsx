import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useRead } from "../../chain/reading/useRead";
import { CardTile, GoneCard } from "../../features/card/CardTile";
import { Answer } from "../../ui/answers";
import { Empty } from "../../ui/panels";

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

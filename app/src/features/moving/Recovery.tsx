import { ZeroAddress, getAddress, isAddress } from "ethers";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../../chain/node/context";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { Account } from "../../components/Account";
import { readCardId } from "../../lib/links";
import { Answer, Progress } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { Section } from "../../ui/panels";

/** Naming who may ask to move the holder's cards when the key is lost. */
export function NameRecovery({ account }: { readonly account: string }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const recovery = useRead(["recovery", account], (reader) => reader.recoveryOf(account));
  const [next, setNext] = useState("");
  const naming = useAction();
  return (
    <Section title={t("If you lose your key")}>
      <p>
        {t(
          "A friend, a second wallet or the association may ask to move your cards, which takes 30 days, and any act of yours ends it. Without one nobody can bring back your cards.",
        )}
      </p>
      <Answer of={recovery}>
        {(named) => (
          <p>
            {named === ZeroAddress ? (
              t("You have named nobody.")
            ) : (
              <>
                {t("You have named")} <Account address={named} />.
              </>
            )}
          </p>
        )}
      </Answer>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void naming.run(({ send }) => send(client.call("setRecovery", { recovery: getAddress(next) })));
        }}
      >
        <TextField
          label={t("Address of whom you trust")}
          className="mono"
          value={next}
          onChange={(event) => {
            setNext(event.target.value.trim());
          }}
        />
        <div className="row">
          <button type="submit" className="button" disabled={naming.busy || !isAddress(next)}>
            {t("Name this address")}
          </button>
          {recovery.data !== undefined && recovery.data !== ZeroAddress ? (
            <button
              type="button"
              className="button plain"
              disabled={naming.busy}
              onClick={() => void naming.run(({ send }) => send(client.call("setRecovery", { recovery: ZeroAddress })))}
            >
              {t("Name nobody")}
            </button>
          ) : null}
        </div>
      </form>
      <Progress state={naming.state} />
    </Section>
  );
}

/** Asking for a card of somebody who named this account. */
export function MoveForSomebody() {
  const { t } = useTranslation();
  const { client } = useChain();
  const [card, setCard] = useState("");
  const [to, setTo] = useState("");
  const moving = useAction();
  const cardId = readCardId(card);
  return (
    <Section title={t("If somebody trusted you")}>
      <p>{t("Ask for a card to be moved to the new wallet of somebody who named you.")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (cardId !== undefined)
            void moving.run(({ send }) => send(client.call("requestMove", { cardId, to: getAddress(to) })));
        }}
      >
        <TextField
          label={t("Card, its id or link")}
          className="mono"
          value={card}
          onChange={(event) => {
            setCard(event.target.value);
          }}
        />
        <TextField
          label={t("New address")}
          className="mono"
          value={to}
          onChange={(event) => {
            setTo(event.target.value.trim());
          }}
        />
        <button type="submit" className="button" disabled={moving.busy || cardId === undefined || !isAddress(to)}>
          {t("Ask for the move")}
        </button>
      </form>
      <Progress
        state={moving.state}
        done={t("Asked for. In 30 days anyone can have it moved, from the card's own page.")}
      />
      {cardId === undefined ? null : (
        <p>
          <Link href={`/card/${cardId}`}>{t("The card's page")}</Link>
        </p>
      )}
    </Section>
  );
}

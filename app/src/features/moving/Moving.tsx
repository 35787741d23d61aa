import { getAddress, isAddress } from "ethers";
import type { MoveView } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useRead } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { Account } from "../../components/Account";
import { SendButton } from "../../components/SendButton";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { TextField } from "../../ui/fields";
import { Badge, Section } from "../../ui/panels";
import type { ShownCard } from "../card/shownCard";

/** A move of a card to another address: under way, or to be asked for. */
export function Moving(shown: ShownCard) {
  const { cardId, card, mine } = shown;
  const move = useRead(["move", cardId, card.moving], (reader) => reader.pendingMove(cardId), { enabled: card.moving });
  if (card.exitRequestedAt > 0n || card.disputed) return null;
  if (card.moving && move.data) return <MoveUnderWay {...shown} move={move.data} />;
  return mine ? <GiveAway cardId={cardId} /> : null;
}

/** Once it is due anyone can execute a move: its holder may have lost the key. */
function MoveUnderWay({ cardId, programId, holder, mine, move }: ShownCard & { readonly move: MoveView }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const writer = useWriter(undefined);
  const action = useAction();
  const { to, by, executableAt } = move;
  const time = writer.duration(executableAt - now);
  return (
    <Section title={t("Moving")} aside={<Badge tone="wait">{t("asked")}</Badge>}>
      <p>
        {t("The card goes to")} <Account address={to} />
        {executableAt <= now
          ? ""
          : `, ${by === holder ? t("in {{time}} or as soon as the shop agrees", { time }) : t("in {{time}}", { time })}`}
        .
      </p>
      {mine && by !== holder ? (
        <p className="alert">
          {t("Whom you named for a lost key asked for it:")} <Account address={by} />.{" "}
          {t("Keep the card if your key is not lost.")}
        </p>
      ) : null}
      <div className="row">
        {executableAt <= now ? (
          <SendButton
            action={action}
            call={async () => client.call("executeMove", { cardId, serial: await client.freeSerial(to, programId) })}
          >
            {t("Move it now")}
          </SendButton>
        ) : null}
        {mine ? (
          <SendButton action={action} look="plain" call={() => client.call("cancelMove", { cardId })}>
            {t("Keep it")}
          </SendButton>
        ) : null}
      </div>
      <Progress state={action.state} />
    </Section>
  );
}

function GiveAway({ cardId }: { readonly cardId: string }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const [to, setTo] = useState("");
  const { state, run, busy } = useAction();
  return (
    <details className="panel">
      <summary>{t("Give the card to somebody else")}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(({ send }) => send(client.call("requestMove", { cardId, to: getAddress(to) })));
        }}
      >
        <TextField
          label={t("Their address")}
          value={to}
          onChange={(event) => {
            setTo(event.target.value.trim());
          }}
          className="mono"
          required
        />
        <button type="submit" className="button" disabled={busy || !isAddress(to)}>
          {t("Move the card")}
        </button>
      </form>
      <Progress state={state} />
    </details>
  );
}

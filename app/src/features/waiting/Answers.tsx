import { decodeCardId } from "prepaid-escrow";
import type { Quote } from "prepaid-escrow";
import type { LedgerCard } from "prepaid-escrow/ledger";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useRead } from "../../chain/reading/useRead";
import type { Action } from "../../chain/sending/action";
import { EvidenceFields, useEvidence } from "../../components/Evidence";
import { SendButton } from "../../components/SendButton";
import { EndComplaint, isEndable } from "../disputing/EndComplaint";
import { isAnyones } from "../leaving/exit";

/** The buttons by which a shop answers a card that waits. */
export function Answers(props: {
  readonly cardId: string;
  readonly entry: LedgerCard;
  readonly quote: Quote | undefined;
  readonly action: Action;
}) {
  const { cardId, entry, quote, action } = props;
  const { exit, dispute, move } = entry;
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const [contesting, setContesting] = useState(false);
  const { data: card } = useRead(["card view", cardId], (reader) => reader.card(cardId));
  const moving = move.executableAt > 0n;
  const consentable = move.executableAt > now && move.by === decodeCardId(cardId).holder;
  const contestable = exit.executableAt > now && quote?.rule === "NoObjection" && quote.forfeited > 0n;
  const executable = exit.executableAt > 0n && exit.executableAt <= now;
  const unruled = dispute.kind !== "None" && dispute.rulingUntil <= now;
  const payable = unruled && quote !== undefined && isAnyones(dispute, quote);
  const endable = unruled && quote !== undefined && isEndable(dispute, quote, now);
  return (
    <>
      <div className="row start">
        {moving ? null : (
          <SendButton action={action} look="plain" call={() => client.call("refundCard", { cardId })}>
            {t("Agree and pay all that is left")}
          </SendButton>
        )}
        {contestable && !contesting ? (
          <button
            type="button"
            className="button plain"
            onClick={() => {
              setContesting(true);
            }}
          >
            {t("Object")}
          </button>
        ) : null}
        {executable ? (
          <SendButton action={action} call={() => client.call("executeExit", { cardId })}>
            {t("Execute")}
          </SendButton>
        ) : null}
        {consentable ? (
          <SendButton
            action={action}
            look="plain"
            disabled={card === undefined}
            call={() => client.call("consentMove", { cardId, nonce: card?.nonce ?? 0n })}
          >
            {t("Agree to the move")}
          </SendButton>
        ) : null}
        {payable ? (
          <SendButton action={action} call={() => client.call("executeDispute", { cardId })}>
            {t("Nobody has ruled: execute")}
          </SendButton>
        ) : null}
        {endable ? <EndComplaint cardId={cardId} action={action} /> : null}
      </div>
      {contesting ? <Contesting cardId={cardId} action={action} /> : null}
    </>
  );
}

function Contesting({ cardId, action: { run, busy } }: { readonly cardId: string; readonly action: Action }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const evidence = useEvidence();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void run(async ({ send }) => send(client.call("contestExit", { cardId, evidence: await evidence.hash() })));
      }}
    >
      <EvidenceFields evidence={evidence} label={t("Why do you object?")} />
      <button type="submit" className="button danger" disabled={busy || !evidence.given}>
        {t("Object before the association")}
      </button>
    </form>
  );
}

import { decodeCardId, isEvent } from "prepaid-escrow";
import type { FoldedCard } from "prepaid-escrow/ledger";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAction } from "../lib/actions";
import { useCardsOf, useChain, useLedger, useNames, useNow, useRead } from "../lib/chain";
import { useTexts } from "../lib/texts";
import { useWriter } from "../lib/writing";
import { EvidenceFields, EvidenceLink, useEvidence } from "../ui/Evidence";
import { Account, Badge, Empty, Progress, Section } from "../ui/kit";

/** Those who leave, complain or move, with the time that is left to answer. */
export function WaitingPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { caughtUp } = useLedger();
  const cards = useCardsOf(merchantId);
  const waiting = cards.filter(([, folded]) => dueOf(folded) > 0n);
  waiting.sort(([, a], [, b]) => Number(dueOf(a) - dueOf(b)));
  if (waiting.length === 0) return <Empty>{caughtUp ? t("Nobody is waiting.") : t("Reading the chain …")}</Empty>;
  return waiting.map(([cardId, folded]) => (
    <Waiting key={cardId} cardId={cardId} folded={folded} merchantId={merchantId} />
  ));
}

/** By when somebody has to act; zero if nobody has to. */
function dueOf({ exit, dispute, move }: FoldedCard): bigint {
  return exit.executableAt || dispute.rulingUntil || move.executableAt;
}

function Waiting(props: { readonly cardId: string; readonly folded: FoldedCard; readonly merchantId: bigint }) {
  const { cardId, folded, merchantId } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const now = useNow();
  const texts = useTexts();
  const evidence = useEvidence();
  const { state, run, busy } = useAction();
  const [contesting, setContesting] = useState(false);
  const { holder, programId } = decodeCardId(cardId);
  const { events } = useLedger();
  const exit = folded.exit.executableAt === 0n ? undefined : folded.exit;
  const dispute = folded.dispute.kind === "None" ? undefined : folded.dispute;
  const move = folded.move.executableAt === 0n ? undefined : folded.move;
  const opened = events
    .filter((event) => isEvent(event, "ComplaintOpened") || isEvent(event, "ExitContested"))
    .findLast(({ args }) => args.cardId === cardId);
  const quote = useRead(["quote", cardId], (reader) => reader.quote(cardId));
  const chain = useRead(["card view", cardId], (reader) => reader.card(cardId));
  const writer = useWriter(quote.data?.token);
  const left = (until: bigint): string =>
    until > now ? t("{{time}} to go", { time: writer.duration(until - now) }) : t("due");
  const title = `${names.account(holder)} · ${names.program(programId)}`;
  const contestable = exit !== undefined && exit.executableAt > now && quote.data?.rule === "Silence";
  return (
    <Section
      title={title}
      aside={
        <Badge tone="wait">
          {exit
            ? t("leaving")
            : dispute
              ? dispute.kind === "Complaint"
                ? t("complaint")
                : t("contested")
              : t("moving")}
        </Badge>
      }
    >
      {exit ? <p className="lead">{left(exit.executableAt)}</p> : null}
      {quote.data && move === undefined ? (
        <p>{t("To the holder: {{quote}}", { quote: texts.quote(quote.data, writer) })}</p>
      ) : null}
      {dispute ? (
        <p>
          {t("The association rules from {{from}} until {{until}}.", {
            from: writer.time(dispute.rulingFrom),
            until: writer.time(dispute.rulingUntil),
          })}{" "}
          {opened === undefined ? null : <EvidenceLink hash={opened.args.evidence} />}
        </p>
      ) : null}
      {move ? (
        <p>
          {t("The card goes to")} <Account address={move.to} />, {left(move.executableAt)}
        </p>
      ) : null}
      <div className="row start">
        {move === undefined ? (
          <button
            type="button"
            className="button plain"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("refundCard", { cardId })))}
          >
            {t("Agree and pay all that is left")}
          </button>
        ) : null}
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
        {exit && exit.executableAt <= now ? (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("executeExit", { cardId })))}
          >
            {t("Execute")}
          </button>
        ) : null}
        {move && move.executableAt > now && move.by === holder ? (
          <button
            type="button"
            className="button plain"
            disabled={busy || chain.data === undefined}
            onClick={() =>
              void run(({ send }) => send(client.call("consentMove", { cardId, nonce: chain.data?.nonce ?? 0n })))
            }
          >
            {t("Agree to the move")}
          </button>
        ) : null}
        {dispute && dispute.rulingUntil <= now ? (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("executeDispute", { cardId })))}
          >
            {t("Nobody has ruled: execute")}
          </button>
        ) : null}
      </div>
      {contesting ? (
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
      ) : null}
      <Progress state={state} />
      <p className="quiet small mono wrap">
        {t("Shop")} {String(merchantId)} · {cardId}
      </p>
    </Section>
  );
}

import { decodeCardId, isEvent, releasedBy } from "prepaid-escrow";
import type { FoldedCard } from "prepaid-escrow/ledger";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useAction } from "../lib/actions";
import { useChain, useLedger, useNames, useNow, useRead } from "../lib/chain";
import { useWriter } from "../lib/writing";
import { EvidenceFields, EvidenceLink, useEvidence } from "../ui/Evidence";
import { Account, Badge, Empty, Failure, Figures, Progress, Section, StillReading, TextField } from "../ui/kit";

/** Disputes that wait for a ruling, the most urgent first. */
export function DisputesPage() {
  const { t } = useTranslation();
  const { cards, caughtUp } = useLedger();
  const open = [...cards].filter(([, { dispute }]) => dispute.kind !== "None");
  open.sort(([, a], [, b]) => Number(a.dispute.rulingUntil - b.dispute.rulingUntil));
  return (
    <>
      <div className="row">
        <h1>{t("Disputes")}</h1>
        <StillReading />
      </div>
      {open.length === 0 ? <Empty>{caughtUp ? t("No dispute is open.") : t("Reading the chain …")}</Empty> : null}
      {open.map(([cardId, card]) => (
        <Dispute key={cardId} cardId={cardId} card={card} />
      ))}
    </>
  );
}

function Dispute({ cardId, card }: { readonly cardId: string; readonly card: FoldedCard }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const now = useNow();
  const { events } = useLedger();
  const { merchantId, dispute } = card;
  const { programId, holder } = decodeCardId(cardId);
  const evidence = useEvidence();
  const [award, setAward] = useState("");
  const [invalid, setInvalid] = useState<unknown>();
  const { state, run, busy } = useAction();
  const about = useRead(["dispute about", cardId], async (reader) => {
    const [quote, view, program] = await Promise.all([
      reader.quote(cardId),
      reader.card(cardId),
      reader.program(programId),
    ]);
    return { quote, view, program };
  });
  const writer = useWriter(about.data?.quote.token);
  const early = now < dispute.rulingFrom;
  const late = now >= dispute.rulingUntil;
  // Both sides have spoken where a complaint came before a contest, or after one.
  const said = events.filter(
    (event) => (isEvent(event, "ComplaintOpened") || isEvent(event, "ExitContested")) && event.args.cardId === cardId,
  );
  const rule = (upheld: boolean): void => {
    let awarded = 0n;
    try {
      if (upheld)
        awarded = award.trim() === "" ? (about.data?.quote.refund ?? 0n) : (about.data?.quote.token.parse(award) ?? 0n);
      setInvalid(undefined);
    } catch (error) {
      setInvalid(error);
      return;
    }
    void run(async ({ send }) =>
      send(client.call("resolve", { cardId, upheld, awarded, decision: await evidence.hash() })),
    );
  };
  return (
    <Section
      title={`${names.account(holder)} · ${names.merchant(merchantId)}`}
      aside={
        <Badge tone={late ? "bad" : early ? "calm" : "wait"}>
          {dispute.kind === "Complaint" ? t("complaint") : t("contested exit")}
        </Badge>
      }
    >
      <p className={early || late ? "quiet" : "lead"}>
        {early
          ? t("Can be ruled on from {{time}}.", { time: writer.time(dispute.rulingFrom) })
          : late
            ? t("Not ruled on in time; anyone may execute it.")
            : t("{{time}} left to rule.", { time: writer.duration(dispute.rulingUntil - now) })}
      </p>
      <div className="sides">
        <div>
          <h3>{t("The holder")}</h3>
          <p>
            <Account address={holder} /> · <Link href={`/card/${cardId}`}>{names.program(programId)}</Link>
          </p>
          {said
            .filter((event) => event.name === "ComplaintOpened")
            .map((event) => (
              <p key={event.transactionHash}>
                <EvidenceLink hash={event.args.evidence} />
              </p>
            ))}
        </div>
        <div>
          <h3>{t("The shop")}</h3>
          <p>
            <Link href={`/watch/merchant/${merchantId}`}>{names.merchant(merchantId)}</Link>
          </p>
          {said
            .filter((event) => event.name === "ExitContested")
            .map((event) => (
              <p key={event.transactionHash}>
                <EvidenceLink hash={event.args.evidence} />
              </p>
            ))}
        </div>
      </div>
      {about.data === undefined ? null : (
        <Figures
          items={[
            [t("Paid"), writer.amount(about.data.view.principal)],
            [
              t("Used, at the price paid"),
              writer.amount(releasedBy(about.data.quote.consumed, about.data.view.principal, about.data.program.units)),
            ],
            [t("Least to award"), writer.amount(about.data.quote.refund)],
            [t("Most to award"), writer.amount(about.data.quote.refund + about.data.quote.forfeited)],
          ]}
        />
      )}
      {early || late ? null : (
        <details>
          <summary>{t("Rule")}</summary>
          <form
            onSubmit={(event) => {
              event.preventDefault();
            }}
          >
            <EvidenceFields evidence={evidence} label={t("Decision and reasons")} />
            <TextField
              label={t("Award, if for the holder (empty: the least)")}
              inputMode="decimal"
              value={award}
              onChange={(event) => {
                setAward(event.target.value);
              }}
            />
            <div className="row start">
              <button
                type="button"
                className="button"
                disabled={busy || !evidence.given}
                onClick={() => {
                  rule(true);
                }}
              >
                {t("For the holder")}
              </button>
              <button
                type="button"
                className="button plain"
                disabled={busy || !evidence.given}
                onClick={() => {
                  rule(false);
                }}
              >
                {t("For the shop")}
              </button>
            </div>
          </form>
        </details>
      )}
      {late ? (
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => void run(({ send }) => send(client.call("executeDispute", { cardId })))}
        >
          {t("Execute")}
        </button>
      ) : null}
      {invalid === undefined ? null : <Failure error={invalid} />}
      <Progress state={state} />
    </Section>
  );
}

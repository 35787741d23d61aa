import { useQuery } from "@tanstack/react-query";
import type { CardView, MerchantView, ProgramView, Quote } from "prepaid-escrow";
import { getAddress, isAddress } from "ethers";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useAction } from "../lib/actions";
import { useAccount, useChain, useNames, useNow, useRead } from "../lib/chain";
import { linkTo } from "../lib/links";
import { settledReceipt } from "../lib/settled";
import { useTexts } from "../lib/texts";
import { useUnits } from "../lib/units";
import { useLocale, useWriter } from "../lib/writing";
import { Legend, Ring } from "../ui/CardPicture";
import { EvidenceFields, useEvidence } from "../ui/Evidence";
import { Account, Answer, Badge, Copy, Empty, Progress, Section, TextField } from "../ui/kit";
import { receiptsOf, standings } from "./receipts";

const Code = lazy(() => import("../ui/Code"));
const SignForOthers = lazy(() => import("./SignForOthers"));

interface Shown {
  readonly cardId: string;
  readonly holder: string;
  readonly card: CardView;
  readonly program: ProgramView;
  readonly programId: bigint;
  readonly merchant: MerchantView;
  readonly quote: Quote;
  readonly mine: boolean;
}

/** One card: its picture, and everything its holder can do. */
export default function CardPage({ cardId }: { readonly cardId: string }) {
  const account = useAccount();
  const card = useRead(["card", cardId], async (client) => {
    const { decodeCardId } = await import("prepaid-escrow");
    const { holder, programId } = decodeCardId(cardId);
    const [view, program, quote] = await Promise.all([
      client.card(cardId),
      client.program(programId),
      client.quote(cardId),
    ]);
    return {
      cardId,
      holder,
      programId,
      card: view,
      program,
      quote,
      merchant: await client.merchant(program.merchantId),
    };
  });
  return <Answer of={card}>{(shown) => <CardBody {...shown} mine={account === shown.holder} />}</Answer>;
}

function CardBody(shown: Shown) {
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const { cardId, card, program, programId, quote, holder, mine } = shown;
  const writer = useWriter(quote.token);
  const open = card.status === "Open";
  const left = quote.refund + quote.forfeited;
  return (
    <>
      <p className="crumbs">
        <Link href="/cards">{t("My cards")}</Link>
      </p>
      <h1>
        {names.merchant(program.merchantId)} · {names.program(programId)}
      </h1>
      {mine ? null : (
        <p className="alert">
          {t("This card is held by")} <Account address={holder} />. {t("You may look; only the holder acts.")}
        </p>
      )}
      {open ? (
        <div className="panel picture">
          <Ring principal={card.principal} quote={quote} />
          <div>
            <p className="big">{units.left(program, { ...card, consumed: quote.consumed }, writer)}</p>
            <Legend
              refund={writer.amount(quote.refund)}
              forfeited={quote.forfeited === 0n ? undefined : writer.amount(quote.forfeited)}
              used={writer.amount(card.principal - left)}
            />
            <p className="quiet">
              {t("Bought for {{amount}} on {{day}}", {
                amount: writer.amount(card.principal),
                day: writer.day(card.openedAt),
              })}{" "}
              · <Link href={`/buy/${program.merchantId}/${programId}`}>{t("my rights")}</Link>
            </p>
          </div>
        </div>
      ) : (
        <Empty>
          {card.status === "Closed"
            ? t("This card is closed; nothing is left on it.")
            : t("There is no such card. If the shop was flagged or closed, everything was paid back.")}
        </Empty>
      )}
      {open && mine ? <ShowCard cardId={cardId} /> : null}
      {open ? <Leaving {...shown} /> : null}
      <Receipts {...shown} />
      {open && mine && shown.merchant.status !== "Defaulted" ? <Complaining {...shown} /> : null}
      {open && (mine || card.moving) && shown.merchant.status !== "Defaulted" ? <Moving {...shown} /> : null}
    </>
  );
}

/** The card as a code that a till reads. */
function ShowCard({ cardId }: { readonly cardId: string }) {
  const { t } = useTranslation();
  return (
    <details className="panel">
      <summary>{t("Show the card at the till")}</summary>
      <Suspense fallback={null}>
        <Code text={linkTo(`/card/${cardId}`)} label={t("Code of this card")} />
      </Suspense>
      <Copy text={linkTo(`/card/${cardId}`)} label={t("Copy the card's link")} />
    </details>
  );
}

function Leaving({ cardId, card, quote, merchant, program, mine }: Shown) {
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const writer = useWriter(quote.token);
  const { state, run, busy } = useAction();
  const [recipient, setRecipient] = useState("");
  const pending = card.exitRequestedAt > 0n;
  const due = quote.executableAt <= now;
  const everybody = quote.rule === "Default" || (quote.rule === "RunOff" && now >= merchant.noticeEndsAt);
  const sentence = useTexts().quote(quote, writer);
  const dispute = useRead(["dispute", cardId, card.disputed], (reader) => reader.dispute(cardId), {
    enabled: card.disputed,
  });
  const unruled = dispute.data !== undefined && dispute.data.kind !== "None" && now >= dispute.data.rulingUntil;
  const askable = mine && !pending && !everybody && (!card.disputed || dispute.data?.kind === "Complaint");
  return (
    <Section
      title={t("Leave")}
      aside={pending ? <Badge tone="wait">{due ? t("ready to be paid") : t("asked")}</Badge> : undefined}
    >
      <p className="lead">{sentence}</p>
      {pending && !due && !card.disputed ? (
        <p className="countdown" role="timer">
          {t("{{time}} to go", { time: writer.duration(quote.executableAt - now) })}
        </p>
      ) : null}
      {dispute.data && dispute.data.kind !== "None" ? (
        <p>
          {t("The association can rule from {{from}} until {{until}}. After that anyone may have the card paid.", {
            from: writer.time(dispute.data.rulingFrom),
            until: writer.time(dispute.data.rulingUntil),
          })}
        </p>
      ) : null}
      <div className="row">
        {askable ? (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("requestExit", { cardId })))}
          >
            {t("Ask to leave")}
          </button>
        ) : null}
        {pending && due && !everybody && !card.disputed ? (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("executeExit", { cardId })))}
          >
            {t("Have it paid: {{amount}}", { amount: writer.amount(quote.refund) })}
          </button>
        ) : null}
        {everybody && due ? (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() =>
              void run(({ send }) =>
                send(client.call("refundCards", { merchantId: program.merchantId, cardIds: [cardId] })),
              )
            }
          >
            {t("Have it paid: {{amount}}", { amount: writer.amount(quote.refund) })}
          </button>
        ) : null}
        {mine && pending && !everybody ? (
          <button
            type="button"
            className="button plain"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("cancelExit", { cardId })))}
          >
            {t("Stay after all")}
          </button>
        ) : null}
        {unruled ? (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void run(({ send }) => send(client.call("executeDispute", { cardId })))}
          >
            {t("Nobody has ruled: have it paid")}
          </button>
        ) : null}
      </div>
      {mine && (unruled || ((pending || everybody) && due)) ? (
        <details>
          <summary>{t("Pay to another address")}</summary>
          <TextField
            label={t("Address")}
            value={recipient}
            onChange={(event) => {
              setRecipient(event.target.value);
            }}
            className="mono"
          />
          <button
            type="button"
            className="button plain"
            disabled={busy || !isAddress(recipient)}
            onClick={() =>
              void run(({ send }) => send(client.call("executeExitTo", { cardId, recipient: getAddress(recipient) })))
            }
          >
            {t("Pay there")}
          </button>
        </details>
      ) : null}
      <Progress state={state} />
      {askable ? (
        <Suspense fallback={null}>
          <SignForOthers
            button={t("Sign the request to leave")}
            sign={async (signing) => ({
              operation: "requestExitWithSignature",
              input: await signing.sign(await signing.askExit(cardId)),
            })}
          />
        </Suspense>
      ) : null}
    </Section>
  );
}

function Receipts({ cardId, card, program, quote }: Shown) {
  const { t } = useTranslation();
  const { client, database } = useChain();
  const units = useUnits();
  const writer = useWriter(quote.token);
  const { language, locale } = useLocale();
  const receipts = useQuery({
    queryKey: ["receipts", cardId, card.consumed.toString()],
    queryFn: async () => {
      const [entries, settled] = await Promise.all([receiptsOf(database, cardId), settledReceipt(client, cardId)]);
      return { entries, settled, standings: standings(entries, settled) };
    },
  });
  const words = {
    proved: t("settled and proved"),
    signed: t("signed, not settled yet"),
    unproved: t("does not lead to what was settled"),
  };
  const tones = { proved: "good", signed: "wait", unproved: "bad" } as const;
  if (program.kind === "Term") return null;
  return (
    <Section title={t("Receipts")}>
      <Answer of={receipts}>
        {({ entries, settled, standings: all }) => (
          <>
            <p className="quiet">
              {t("Settled on chain: {{units}}", { units: units.write(program, settled.cumulative, writer) })}
            </p>
            {entries.length === 0 ? (
              <Empty>{t("Visits you sign in this browser are kept here, each provable.")}</Empty>
            ) : null}
            <ul className="list">
              {entries.map((entry, i) => (
                <li key={entry.receipt} className="row">
                  <span>
                    {entry.item}
                    <small className="quiet">
                      {" "}
                      {new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(entry.at)}
                    </small>
                  </span>
                  <span>
                    {units.write(program, entry.cumulative - entry.from, writer)}{" "}
                    <Badge tone={tones[all[i] ?? "signed"]}>{words[all[i] ?? "signed"]}</Badge>
                  </span>
                </li>
              ))}
            </ul>
            {entries.length === 0 ? null : (
              <Copy
                label={t("Copy all as proof")}
                text={JSON.stringify(
                  { cardId, language, settled, visits: entries },
                  (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
                  2,
                )}
              />
            )}
          </>
        )}
      </Answer>
    </Section>
  );
}

function Complaining({ cardId, card }: Shown) {
  const { t } = useTranslation();
  const { client } = useChain();
  const writer = useWriter(undefined);
  const now = useNow();
  const evidence = useEvidence();
  const { state, run, busy } = useAction();
  const dispute = useRead(["dispute of", cardId, card.disputed], (reader) => reader.dispute(cardId));
  if (card.exitRequestedAt > 0n) return null;
  const from = dispute.data?.complaintFrom ?? 0n;
  if (card.disputed) {
    return dispute.data?.kind === "Complaint" ? (
      <Section title={t("Complaint")} aside={<Badge tone="wait">{t("open")}</Badge>}>
        <p>{t("The association decides by {{time}}.", { time: writer.time(dispute.data.rulingUntil) })}</p>
      </Section>
    ) : null;
  }
  return (
    <details className="panel">
      <summary>{t("Complain about the shop")}</summary>
      {from > now ? (
        <p>{t("The last complaint was dismissed; the next is accepted from {{time}}.", { time: writer.time(from) })}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(async ({ send }) => send(client.call("complain", { cardId, evidence: await evidence.hash() })));
          }}
        >
          <EvidenceFields evidence={evidence} label={t("What is wrong?")} />
          <button type="submit" className="button" disabled={busy || !evidence.given}>
            {t("Complain")}
          </button>
        </form>
      )}
      <Progress state={state} done={t("The association has your complaint.")} />
      {from > now ? null : (
        <Suspense fallback={null}>
          <SignForOthers
            button={t("Sign the complaint")}
            disabled={!evidence.given}
            sign={async (signing) => ({
              operation: "complainWithSignature",
              input: await signing.sign(await signing.askComplaint(cardId, await evidence.hash())),
            })}
          />
        </Suspense>
      )}
    </details>
  );
}

/** Who trusted somebody has no key any more: a move that is due is anybody's to execute. */
function Moving({ cardId, card, programId, holder, mine }: Shown) {
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const writer = useWriter(undefined);
  const [to, setTo] = useState("");
  const { state, run, busy } = useAction();
  const move = useRead(["move", cardId, card.moving], (reader) => reader.pendingMove(cardId), { enabled: card.moving });
  if (card.exitRequestedAt > 0n || card.disputed) return null;
  if (card.moving && move.data) {
    const { to: next, by, executableAt } = move.data;
    const time = writer.duration(executableAt - now);
    return (
      <Section title={t("Moving")} aside={<Badge tone="wait">{t("asked")}</Badge>}>
        <p>
          {t("The card goes to")} <Account address={next} />
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
            <button
              type="button"
              className="button"
              disabled={busy}
              onClick={() =>
                void run(async ({ send }) =>
                  send(client.call("executeMove", { cardId, serial: await client.freeSerial(next, programId) })),
                )
              }
            >
              {t("Move it now")}
            </button>
          ) : null}
          {mine ? (
            <button
              type="button"
              className="button plain"
              disabled={busy}
              onClick={() => void run(({ send }) => send(client.call("cancelMove", { cardId })))}
            >
              {t("Keep it")}
            </button>
          ) : null}
        </div>
        <Progress state={state} />
      </Section>
    );
  }
  if (!mine) return null;
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

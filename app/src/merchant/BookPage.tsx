import { decodeCardId } from "prepaid-escrow";
import type { PlannedRow } from "prepaid-escrow/till";
import { formatEther } from "ethers";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAction } from "../lib/actions";
import { useAccount, useNames, useRead } from "../lib/chain";
import { useUnits } from "../lib/units";
import { useWriter } from "../lib/writing";
import { Account, Answer, Badge, Empty, Figures, Progress, Section } from "../ui/kit";
import { useUrgencyWords } from "../ui/words";
import { Backup } from "./Backup";
import { useBook } from "./useTill";

type Book = NonNullable<ReturnType<typeof useBook>["book"]["data"]>;

/** What holders have signed and the chain has not booked yet. */
export function BookPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { book } = useBook(merchantId);
  return (
    <>
      <Section title={t("Signed and not settled")}>
        <Answer of={book}>
          {(of) => (
            <>
              {of.rows.length === 0 ? <Empty>{t("Everything signed here is settled.")}</Empty> : null}
              <Rows merchantId={merchantId} book={of} />
              <Rest book={of} />
            </>
          )}
        </Answer>
      </Section>
      <Backup merchantId={merchantId} />
    </>
  );
}

function Rows({ merchantId, book }: { readonly merchantId: bigint; readonly book: Book }) {
  const { token, plan, rows, cards } = book;
  const { t } = useTranslation();
  const account = useAccount();
  const names = useNames();
  const units = useUnits();
  const urgency = useUrgencyWords();
  const writer = useWriter(token);
  const { till, refresh } = useBook(merchantId);
  const { state, run, busy } = useAction();
  const price = useRead(["price of gas"], async ({ provider }) => (await provider.getFeeData()).gasPrice);
  const [said, setSaid] = useState<{
    readonly settled: number;
    readonly released: bigint;
    readonly skipped: readonly string[];
  }>();
  const settle = (payOut: boolean): void => {
    setSaid(undefined);
    void run(async ({ client, sent }) => {
      const { settler } = await till(client);
      const tried = new Set<string>();
      let [settled, released] = [0, 0n];
      const skipped: string[] = [];
      for (;;) {
        const next = await settler.plan({ payOut });
        const isNew = ({ visit }: PlannedRow): boolean => !tried.has(visit.receipt);
        const fresh = { ...next, rows: next.rows.filter(isNew), contractRows: next.contractRows.filter(isNew) };
        const planned = [...fresh.rows, ...fresh.contractRows];
        if (planned.length === 0) break;
        for (const { visit } of planned) tried.add(visit.receipt);
        for (const { hash } of await settler.send(fresh)) if (hash !== undefined) sent(hash);
        const outcomes = await settler.settleNow(planned.map(({ visit }) => visit.cardId));
        for (const { visit, settled: done, reason } of outcomes) {
          if (done) {
            settled += 1;
            released += planned.find((row) => row.visit.receipt === visit.receipt)?.worth ?? 0n;
          } else {
            skipped.push(`${names.account(decodeCardId(visit.cardId).holder)}: ${reason ?? ""}`);
          }
        }
        setSaid({ settled, released, skipped });
      }
    }).then(refresh);
  };
  return (
    <>
      {rows.length === 0 ? null : (
        <>
          <Figures
            items={[
              [t("Cards"), writer.number(rows.length)],
              [t("Worth"), writer.amount(plan.worth)],
              [
                t("Gas of settling, at most"),
                price.data === undefined || price.data === null
                  ? writer.number(plan.gas)
                  : `${writer.number(plan.gas)} · ${Number(formatEther(plan.gas * price.data)).toPrecision(2)} ETH`,
              ],
            ]}
          />
          {plan.left === 0 ? null : (
            <p className="quiet">{t("{{count}} more go with the next transaction.", { count: plan.left })}</p>
          )}
          <div className="row start">
            <button
              type="button"
              className="button"
              disabled={busy || account === undefined}
              onClick={() => {
                settle(false);
              }}
            >
              {t("Settle all")}
            </button>
            <button
              type="button"
              className="button plain"
              disabled={busy || account === undefined}
              onClick={() => {
                settle(true);
              }}
            >
              {t("Settle and be paid")}
            </button>
          </div>
        </>
      )}
      <Progress
        state={state}
        {...(said === undefined
          ? {}
          : {
              done: t("{{count}} cards settled, {{amount}} released to the shop.", {
                count: said.settled,
                amount: writer.amount(said.released),
              }),
            })}
      />
      {said?.skipped.map((line) => (
        <p key={line} className="alert bad">
          {t("Skipped: {{line}}", { line })}
        </p>
      ))}
      <ul className="list">
        {rows.map(({ visit, worth, urgency: because }) => {
          const { holder, programId } = decodeCardId(visit.cardId);
          const card = cards.get(visit.cardId);
          return (
            <li key={visit.cardId} className="row" data-voucher={visit.cardId}>
              <span>
                <Account address={holder} /> · {names.program(programId)}
                <small className="quiet"> {writer.time(visit.acceptedAt)}</small>
                {because === undefined ? null : <small> {urgency(because)}</small>}
              </span>
              <span>
                {because === undefined ? null : <Badge tone="wait">{t("settle at once")}</Badge>}{" "}
                {card === undefined ? null : units.write(card, visit.cumulative - card.consumed, writer)} ·{" "}
                <strong>{writer.amount(worth)}</strong>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** What is on its way, and what can never be settled any more. */
function Rest({ book: { pending, lost, token } }: { readonly book: Book }) {
  const { t } = useTranslation();
  const names = useNames();
  const writer = useWriter(token);
  const underWay = pending.reduce((sum, { rows }) => sum + rows.length, 0);
  return (
    <>
      {underWay === 0 ? null : (
        <p className="quiet" data-book="pending">
          {t("{{count}} cards are in transactions that are not final yet; the book keeps them until they are.", {
            count: underWay,
          })}
        </p>
      )}
      {lost.length === 0 ? null : (
        <details>
          <summary>{t("Lost: {{count}} visits", { count: lost.length })}</summary>
          <ul className="list">
            {lost.map(({ visit, reason }) => (
              <li key={visit.receipt} className="row">
                <span>
                  {names.account(decodeCardId(visit.cardId).holder)} · {visit.item}
                </span>
                <span>
                  {writer.time(visit.acceptedAt)} · {reason}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

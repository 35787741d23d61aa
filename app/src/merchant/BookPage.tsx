import { decodeCardId, isEvent, releasedBy } from "prepaid-escrow";
import type { ProgramView, Token } from "prepaid-escrow";
import { formatEther } from "ethers";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAction } from "../lib/actions";
import { CARDS_AT_ONCE, batchesOf } from "../lib/batches";
import { useAccount, useChain, useNames, useRead } from "../lib/chain";
import { useUnits } from "../lib/units";
import { useLocale, useWriter } from "../lib/writing";
import { Account, Answer, Badge, Copy, Empty, Figures, Progress, Section } from "../ui/kit";
import type { Voucher } from "./till";
import { useBook } from "./useTill";

/** What holders have signed and the chain has not booked yet. */
export function BookPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const { book } = useBook(merchantId);
  const token = useRead(["token of", merchantId], (reader) => reader.tokenOf(merchantId), { still: true });
  const programs = useQuery({
    queryKey: ["programs of book", merchantId.toString(), book.data?.length],
    queryFn: async () => {
      const ids = new Set(book.data?.map(({ voucher }) => decodeCardId(voucher.cardId).programId));
      return new Map(await Promise.all([...ids].map(async (id) => [id, await client.program(id)] as const)));
    },
    enabled: book.data !== undefined,
  });
  return (
    <Section title={t("Signed and not settled")}>
      <Answer of={book}>
        {(rows) =>
          rows.length === 0 || token.data === undefined || programs.data === undefined ? (
            <Empty>{t("Everything signed here is settled.")}</Empty>
          ) : (
            <Rows merchantId={merchantId} rows={rows} token={token.data} programs={programs.data} />
          )
        }
      </Answer>
    </Section>
  );
}

function Rows(props: {
  readonly merchantId: bigint;
  readonly rows: NonNullable<ReturnType<typeof useBook>["book"]["data"]>;
  readonly token: Token;
  readonly programs: ReadonlyMap<bigint, ProgramView>;
}) {
  const { merchantId, rows, token, programs } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const account = useAccount();
  const names = useNames();
  const units = useUnits();
  const writer = useWriter(token);
  const { locale } = useLocale();
  const { till, refresh } = useBook(merchantId);
  const { state, run, busy } = useAction();
  const [said, setSaid] = useState<{
    readonly settled: number;
    readonly released: bigint;
    readonly skipped: readonly string[];
  }>();
  const valueOf = ({ voucher, card }: (typeof rows)[number]): bigint => {
    const program = programs.get(decodeCardId(voucher.cardId).programId);
    if (program === undefined) return 0n;
    return (
      releasedBy(voucher.cumulative, card.principal, program.units) -
      releasedBy(card.consumed, card.principal, program.units)
    );
  };
  const value = rows.reduce((sum, row) => sum + valueOf(row), 0n);
  const first = rows.slice(0, CARDS_AT_ONCE).map(({ voucher }) => signedRow(voucher));
  const price = useQuery({
    queryKey: ["price of settling", merchantId.toString(), account, first.map(({ receipt }) => receipt).join()],
    queryFn: () => client.simulateCall(client.call("settle", { merchantId, rows: first }), account),
    enabled: account !== undefined,
    retry: 0,
  });
  const settle = (payOut: boolean): void => {
    setSaid(undefined);
    void run(async ({ send }) => {
      let [settled, released] = [0, 0n];
      const skipped: string[] = [];
      for (const batch of batchesOf(rows, CARDS_AT_ONCE)) {
        const input = { merchantId, rows: batch.map(({ voucher }) => signedRow(voucher)) };
        const { events } = await send(client.call(payOut ? "settleAndPayOut" : "settle", input));
        for (const event of events) {
          if (isEvent(event, "ConsumptionSettled")) {
            settled += 1;
            released += event.args.released;
            await till.forget([event.args]);
          } else if (isEvent(event, "ConsumptionSkipped")) {
            skipped.push(`${names.account(decodeCardId(event.args.cardId).holder)}: ${event.args.reason}`);
          }
        }
        setSaid({ settled, released, skipped });
      }
    }).then(refresh);
  };
  return (
    <>
      <Figures
        items={[
          [t("Cards"), writer.number(rows.length)],
          [t("Worth"), writer.amount(value)],
          [
            t("Gas of settling"),
            price.data === undefined
              ? "–"
              : `${writer.number(price.data.gas)} · ${Number(formatEther(price.data.fee)).toPrecision(2)} ETH`,
          ],
        ]}
      />
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
        <Copy
          label={t("Copy as a backup")}
          text={JSON.stringify(
            rows.map(({ voucher }) => ({ ...voucher, cumulative: voucher.cumulative.toString() })),
            null,
            1,
          )}
        />
      </div>
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
        {rows.map((row) => {
          const { voucher, card } = row;
          const { holder, programId } = decodeCardId(voucher.cardId);
          const program = programs.get(programId);
          return (
            <li key={voucher.cardId} className="row" data-voucher={voucher.cardId}>
              <span>
                <Account address={holder} /> · {names.program(programId)}
                <small className="quiet">
                  {" "}
                  {new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(voucher.at)}
                </small>
              </span>
              <span>
                {card.exitRequestedAt > 0n || card.moving ? <Badge tone="wait">{t("settle at once")}</Badge> : null}{" "}
                {program === undefined ? null : units.write(program, voucher.cumulative - card.consumed, writer)} ·{" "}
                <strong>{writer.amount(valueOf(row))}</strong>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function signedRow({ cardId, cumulative, receipt, r, vs }: Voucher) {
  return { cardId, cumulative, receipt, r, vs };
}

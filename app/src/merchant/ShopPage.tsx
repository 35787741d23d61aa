import { getAddress, isAddress } from "ethers";
import type { MerchantView } from "prepaid-escrow";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useAction } from "../lib/actions";
import { useAccount, useChain, useLedger, useNow, useRead } from "../lib/chain";
import { RefundAll } from "../supervision/RefundAll";
import { useStatusWords, useWarningWords } from "../ui/words";
import { useWriter } from "../lib/writing";
import { Account, Answer, Badge, Empty, Figures, Progress, Section, TextField } from "../ui/kit";

/** The shop's money, warnings, tills, and its end. */
export function ShopPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const account = useAccount();
  const status = useStatusWords();
  const { state, run, busy } = useAction();
  const shop = useRead(["shop", merchantId], async (reader) => {
    const [merchant, pool, token] = await Promise.all([
      reader.merchant(merchantId),
      reader.pool(merchantId),
      reader.tokenOf(merchantId),
    ]);
    return { merchant, pool, token };
  });
  const writer = useWriter(shop.data?.token);
  return (
    <Answer of={shop}>
      {({ merchant, pool }) => (
        <>
          <Figures
            items={[
              [
                t("Status"),
                <Badge key="status" tone={status.tone(merchant.status)}>
                  {status.word(merchant.status)}
                </Badge>,
              ],
              [t("Owed to holders"), writer.amount(pool.outstanding)],
              [t("To be paid out"), writer.amount(pool.releasable)],
              [t("In the vault"), writer.amount(pool.balance)],
              [t("Ceiling"), pool.outstandingCap === 0n ? t("none") : writer.wholeTokens(pool.outstandingCap)],
            ]}
          />
          <Section title={t("Payout")}>
            <p>
              {t("Goes to")} <Account address={merchant.payout} />.
            </p>
            <button
              type="button"
              className="button"
              disabled={busy || pool.releasable === 0n}
              onClick={() => void run(({ send }) => send(client.call("payOut", { merchantId })))}
            >
              {t("Pay out {{amount}}", { amount: writer.amount(pool.releasable) })}
            </button>
            <Progress state={state} />
          </Section>
          <Warnings merchantId={merchantId} />
          <Tills merchantId={merchantId} owner={merchant.owner === account} />
          <Ending
            merchantId={merchantId}
            merchant={merchant}
            owner={merchant.owner === account}
            outstanding={pool.outstanding}
          />
        </>
      )}
    </Answer>
  );
}

function Warnings({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { warnings, caughtUp } = useLedger();
  const words = useWarningWords();
  const token = useRead(["token of", merchantId], (reader) => reader.tokenOf(merchantId), { still: true });
  const writer = useWriter(token.data);
  const mine = warnings.filter((warning) => warning.merchantId === merchantId);
  return (
    <Section title={t("Warnings that are up")}>
      {mine.length === 0 ? <Empty>{caughtUp ? t("None.") : t("Reading the chain …")}</Empty> : null}
      <ul className="list">
        {mine.map((warning) => (
          <li key={warning.kind}>
            <Badge tone={warning.level === "Notice" ? "wait" : "bad"}>{words.level(warning.level)}</Badge>{" "}
            {words.kind(warning.kind)} · {words.figures(warning, writer)}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Tills({ merchantId, owner }: { readonly merchantId: bigint; readonly owner: boolean }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const { merchants } = useLedger();
  const [next, setNext] = useState("");
  const { state, run, busy } = useAction();
  const operators = [...(merchants.get(merchantId)?.operators ?? [])];
  return (
    <Section title={t("Tills")}>
      <ul className="list">
        {operators.map((operator) => (
          <li key={operator} className="row">
            <span>
              <Account address={operator} /> <span className="quiet mono small wrap">{operator}</span>
            </span>
            {owner ? (
              <button
                type="button"
                className="button plain small"
                disabled={busy}
                onClick={() =>
                  void run(({ send }) => send(client.call("setOperator", { merchantId, operator, enabled: false })))
                }
              >
                {t("Disable")}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {owner ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(({ send }) =>
              send(client.call("setOperator", { merchantId, operator: getAddress(next), enabled: true })),
            );
          }}
        >
          <TextField
            label={t("Address of a till's wallet")}
            className="mono"
            value={next}
            onChange={(event) => {
              setNext(event.target.value.trim());
            }}
          />
          <button type="submit" className="button plain" disabled={busy || !isAddress(next)}>
            {t("Enable")}
          </button>
        </form>
      ) : null}
      <Progress state={state} />
    </Section>
  );
}

function Ending(props: {
  readonly merchantId: bigint;
  readonly merchant: MerchantView;
  readonly owner: boolean;
  readonly outstanding: bigint;
}) {
  const { merchantId, merchant, owner, outstanding } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const now = useNow();
  const writer = useWriter(undefined);
  const { state, run, busy } = useAction();
  const [day, setDay] = useState("");
  if (merchant.status === "RunOff") {
    const over = now >= merchant.noticeEndsAt;
    return (
      <Section title={t("Closing in order")}>
        <Figures
          items={[
            [t("Last day of service"), writer.day(merchant.lastServiceAt)],
            [t("Notice ends"), writer.time(merchant.noticeEndsAt)],
          ]}
        />
        {over ? (
          <>
            <RefundAll merchantId={merchantId} />
            <button
              type="button"
              className="button"
              disabled={busy || outstanding > 0n}
              onClick={() => void run(({ send }) => send(client.call("closeMerchant", { merchantId })))}
            >
              {t("Close the shop")}
            </button>
          </>
        ) : (
          <p>
            {t("{{time}} to go; then everybody is refunded.", { time: writer.duration(merchant.noticeEndsAt - now) })}
          </p>
        )}
        <Progress state={state} />
      </Section>
    );
  }
  if (!owner || merchant.status !== "Active") return null;
  return (
    <details className="panel">
      <summary>{t("Close the shop in order")}</summary>
      <p>
        {t("From now on nothing is sold, and after the notice everybody gets what is left. This cannot be taken back.")}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(({ send }) =>
            send(
              client.call("startRunOff", {
                merchantId,
                lastServiceAt: BigInt(Math.floor(Date.parse(`${day}T23:59:00`) / 1_000)),
              }),
            ),
          );
        }}
      >
        <TextField
          label={t("Last day of service")}
          type="date"
          required
          value={day}
          onChange={(event) => {
            setDay(event.target.value);
          }}
        />
        <button type="submit" className="button danger" disabled={busy || day === ""}>
          {t("Begin to close")}
        </button>
      </form>
      <Progress state={state} />
    </details>
  );
}

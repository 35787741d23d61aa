import { formatEther } from "ethers";
import { decodeCardId } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useNames } from "../../chain/reading/useNames";
import { useRead } from "../../chain/reading/useRead";
import { useAccount } from "../../chain/wallet/useWallets";
import { Account } from "../../components/Account";
import { useUnits } from "../../i18n/units";
import { useUrgencyWords } from "../../i18n/words";
import { useWriter } from "../../i18n/writing";
import { Progress } from "../../ui/answers";
import { Badge, Figures } from "../../ui/panels";
import type { Book } from "../till/useBook";
import { useSettling } from "./useSettling";

/** Consumptions that are signed and not settled, and settling them. */
export function Unsettled({ merchantId, book }: { readonly merchantId: bigint; readonly book: Book }) {
  const { token, plan, vouchers } = book;
  const { t } = useTranslation();
  const account = useAccount();
  const writer = useWriter(token);
  const { state, busy, outcome, settle } = useSettling(merchantId);
  const price = useRead(["price of gas"], async ({ provider }) => (await provider.getFeeData()).gasPrice);
  return (
    <>
      {vouchers.length === 0 ? null : (
        <>
          <Figures
            items={[
              [t("Cards"), writer.number(vouchers.length)],
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
        {...(outcome === undefined
          ? {}
          : {
              done: t("{{count}} cards settled, {{amount}} released to the shop.", {
                count: outcome.settled,
                amount: writer.amount(outcome.released),
              }),
            })}
      />
      {outcome?.skipped.map((line) => (
        <p key={line} className="alert bad">
          {t("Skipped: {{line}}", { line })}
        </p>
      ))}
      <Rows book={book} />
    </>
  );
}

function Rows({ book: { token, vouchers, cards } }: { readonly book: Book }) {
  const { t } = useTranslation();
  const names = useNames();
  const units = useUnits();
  const urgency = useUrgencyWords();
  const writer = useWriter(token);
  return (
    <ul className="list">
      {vouchers.map(({ voucher, worth, urgency: because }) => {
        const { holder, programId } = decodeCardId(voucher.cardId);
        const card = cards.get(voucher.cardId);
        return (
          <li key={voucher.cardId} className="row" data-voucher={voucher.cardId}>
            <span>
              <Account address={holder} /> · {names.program(programId)}
              <small className="quiet"> {writer.time(voucher.acceptedAt)}</small>
              {because === undefined ? null : <small> {urgency(because)}</small>}
            </span>
            <span>
              {because === undefined ? null : <Badge tone="wait">{t("settle at once")}</Badge>}{" "}
              {card === undefined ? null : units.write(card, voucher.cumulative - card.consumed, writer)} ·{" "}
              <strong>{writer.amount(worth)}</strong>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

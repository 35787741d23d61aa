import { decodeCardId } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

import { useNames } from "../../chain/reading/useNames";
import { useWriter } from "../../i18n/writing";
import type { Book } from "../till/useBook";

/** Consumptions whose transaction is under way, and consumptions that can never be settled. */
export function Rest({ book: { pending, lost, token } }: { readonly book: Book }) {
  const { t } = useTranslation();
  const names = useNames();
  const writer = useWriter(token);
  const underWay = pending.reduce((sum, { vouchers }) => sum + vouchers.length, 0);
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
            {lost.map(({ voucher, reason }) => (
              <li key={voucher.receipt} className="row">
                <span>
                  {names.account(decodeCardId(voucher.cardId).holder)} · {voucher.item}
                </span>
                <span>
                  {writer.time(voucher.acceptedAt)} · {reason}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

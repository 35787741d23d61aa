import { useTranslation } from "react-i18next";

import { useNow } from "../../chain/reading/clock";
import { useLedger } from "../../chain/reading/useLedger";
import { useStatusWords } from "../../i18n/words";
import { useWriter } from "../../i18n/writing";
import { Badge, Figures } from "../../ui/panels";
import { isRefundable } from "./supervised";
import type { Supervised } from "./supervised";

/** A merchant's figures, and the date on which its state changes. */
export function MerchantState({ merchantId, merchant, pool, token, held }: Supervised) {
  const { t } = useTranslation();
  const now = useNow();
  const status = useStatusWords();
  const writer = useWriter(token);
  const ledger = useLedger();
  const known = ledger.merchants.get(merchantId);
  return (
    <>
      <Figures
        items={[
          [
            t("Status"),
            <Badge key="status" tone={status.tone(merchant.status)}>
              {status.word(merchant.status)}
            </Badge>,
          ],
          [t("Outstanding"), writer.amount(pool.outstanding)],
          [t("In the vault, by the token"), writer.amount(held)],
          [t("Ceiling"), pool.outstandingCap === 0n ? t("none") : writer.wholeTokens(pool.outstandingCap)],
          [t("Open cards"), ledger.caughtUp ? writer.number(known?.openCards ?? 0) : "…"],
          [t("Open complaints"), writer.number(merchant.complaintCount)],
        ]}
      />
      {merchant.status === "Defaulted" ? (
        <p className="alert bad">
          {isRefundable(merchant, now)
            ? t("The final settlement window ended on {{time}}: everybody can be refunded.", {
                time: writer.time(merchant.windowEndsAt),
              })
            : t("Flagged. Signed visits can be settled until {{time}}; then everybody can be refunded.", {
                time: writer.time(merchant.windowEndsAt),
              })}
        </p>
      ) : null}
      {merchant.status === "Suspended" ? (
        <p className="alert bad">{t("Suspended until {{time}}.", { time: writer.time(merchant.suspendedUntil) })}</p>
      ) : null}
      {merchant.status === "RunOff" ? (
        <p className="alert">
          {t("Closing in order; the notice ends on {{time}}.", { time: writer.time(merchant.noticeEndsAt) })}
        </p>
      ) : null}
    </>
  );
}

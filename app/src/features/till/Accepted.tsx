import { decodeCardId } from "prepaid-escrow";
import type { Acceptance, VoucherOutcome } from "prepaid-escrow/till";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useNames } from "../../chain/reading/useNames";
import { useAction } from "../../chain/sending/action";
import { useUrgencyWords } from "../../i18n/words";
import { Progress } from "../../ui/answers";
import { Badge, Section } from "../../ui/panels";
import { useBook } from "./useBook";
import { useTill } from "./useTill";

/** A consumption that was taken into the book, and what to do before it is served. */
export function Accepted({ acceptance, merchantId }: { readonly acceptance: Acceptance; readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const { holder } = decodeCardId(acceptance.voucher.cardId);
  return (
    <>
      <p className="alert good" role="status" data-till={acceptance.kind}>
        <Badge tone="good">{t("accepted")}</Badge>{" "}
        {t("{{name}} has signed. It is in the book and survives a reload.", { name: names.account(holder) })}{" "}
        <Link href={`/shop/${merchantId}/book`}>{t("To the book")}</Link>
      </p>
      {acceptance.kind === "settleFirst" ? <SettleFirst acceptance={acceptance} merchantId={merchantId} /> : null}
    </>
  );
}

/** A consumption that must be settled before it is served. */
function SettleFirst(props: {
  readonly acceptance: Extract<Acceptance, { readonly kind: "settleFirst" }>;
  readonly merchantId: bigint;
}) {
  const { acceptance, merchantId } = props;
  const { t } = useTranslation();
  const urgency = useUrgencyWords();
  const till = useTill(merchantId);
  const { refresh } = useBook(merchantId);
  const { state, run, busy } = useAction();
  const [outcome, setOutcome] = useState<VoucherOutcome>();
  return (
    <Section title={t("Do not serve yet")}>
      <p>
        {urgency(acceptance.because)} {t("This visit has to be settled before it is served.")}
      </p>
      {outcome === undefined ? (
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() =>
            void run(async ({ client }) => {
              const { settler } = await till(client);
              setOutcome((await settler.settleNow([acceptance.voucher.cardId])).at(0));
            }).then(refresh)
          }
        >
          {t("Settle it now")}
        </button>
      ) : (
        <p className={outcome.settled ? "alert good" : "alert bad"} role="status" data-till="settled">
          {outcome.settled
            ? t("It is settled: serve the holder.")
            : t("It was not settled ({{reason}}). Do not serve.", { reason: outcome.reason ?? "" })}
        </p>
      )}
      <Progress state={state} />
    </Section>
  );
}

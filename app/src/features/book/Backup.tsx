import { decodeCardId } from "prepaid-escrow";
import type { RestoredVoucher } from "prepaid-escrow/till";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useNames } from "../../chain/reading/useNames";
import { useSentence } from "../../i18n/sentences";
import { saveFile } from "../../lib/files";
import { Failure } from "../../ui/answers";
import { Field } from "../../ui/fields";
import { Section } from "../../ui/panels";
import { useBook } from "../till/useBook";

/** Saves the book to a file and brings it back: unsettled consumptions are money, and they are in this browser alone. */
export function Backup({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { till, refresh } = useBook(merchantId);
  const [restored, setRestored] = useState<readonly RestoredVoucher[]>();
  const [error, setError] = useState<unknown>();
  const trying = async (act: () => Promise<void>): Promise<void> => {
    setRestored(undefined);
    setError(undefined);
    try {
      await act();
    } catch (problem) {
      setError(problem);
    }
  };
  const save = async (): Promise<void> => {
    const own = await till();
    const day = new Date().toISOString().slice(0, 10);
    saveFile(`book-${merchantId}-${day}.json`, new Blob([await own.backup()], { type: "application/json" }));
  };
  const restore = async (file: File): Promise<void> => {
    const own = await till();
    const outcomes = await own.restore(await file.text());
    // The book above shows the consumptions before the page reports them as brought back.
    await refresh();
    setRestored(outcomes);
  };
  const count = (outcome: RestoredVoucher["outcome"]): number =>
    (restored ?? []).filter((voucher) => voucher.outcome === outcome).length;
  return (
    <Section title={t("Backup")}>
      <p className="quiet">
        {t("What is signed and not settled is kept in this browser. A copy of it can be settled from any other.")}
      </p>
      <button type="button" className="button plain" onClick={() => void trying(save)}>
        {t("Save a backup")}
      </button>
      <Field label={t("Bring back a backup")}>
        {(id) => (
          <input
            id={id}
            type="file"
            accept=".json,application/json"
            onChange={({ target }) => {
              const file = target.files?.[0];
              target.value = "";
              if (file !== undefined) void trying(() => restore(file));
            }}
          />
        )}
      </Field>
      {error === undefined ? null : <Failure error={error} />}
      {restored === undefined ? null : (
        <p className={count("refused") === 0 ? "alert good" : "alert"} role="status" data-backup="restored">
          {t("{{kept}} visits brought back, {{known}} were here already, {{settled}} are settled.", {
            kept: count("kept"),
            known: count("known"),
            settled: count("settled"),
          })}
        </p>
      )}
      {restored?.map((voucher) =>
        voucher.error === undefined ? null : (
          <Refused key={voucher.voucher.receipt} voucher={voucher.voucher} error={voucher.error} />
        ),
      )}
    </Section>
  );
}

function Refused({ voucher, error }: { readonly voucher: RestoredVoucher["voucher"]; readonly error: Error }) {
  const { t } = useTranslation();
  const names = useNames();
  const sentence = useSentence(error);
  return (
    <p className="alert bad" role="alert" data-error={error.name}>
      {t("{{name}}, {{item}}: {{reason}}", {
        name: names.account(decodeCardId(voucher.cardId).holder),
        item: voucher.item,
        reason: sentence,
      })}
    </p>
  );
}

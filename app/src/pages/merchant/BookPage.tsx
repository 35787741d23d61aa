import { useTranslation } from "react-i18next";

import { Backup } from "../../features/book/Backup";
import { Rest } from "../../features/book/Rest";
import { Unsettled } from "../../features/book/Unsettled";
import { useBook } from "../../features/till/useBook";
import { Answer } from "../../ui/answers";
import { Empty, Section } from "../../ui/panels";

/** Consumptions that holders have signed and that are not settled yet, and backups of them. */
export function BookPage({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { book } = useBook(merchantId);
  return (
    <>
      <Section title={t("Signed and not settled")}>
        <Answer of={book}>
          {(of) => (
            <>
              {of.vouchers.length === 0 ? <Empty>{t("Everything signed here is settled.")}</Empty> : null}
              <Unsettled merchantId={merchantId} book={of} />
              <Rest book={of} />
            </>
          )}
        </Answer>
      </Section>
      <Backup merchantId={merchantId} />
    </>
  );
}

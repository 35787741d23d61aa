import type { DepositView } from "prepaid-escrow";
import type { LedgerMerchant } from "prepaid-escrow/ledger";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useLedger } from "../../chain/reading/useLedger";
import { useMoney } from "../../chain/reading/useMoney";
import { useNames } from "../../chain/reading/useNames";
import { useStatusWords } from "../../i18n/words";
import { useWriter } from "../../i18n/writing";
import { Grid } from "../../ui/Grid";
import type { GridColumn } from "../../ui/Grid";
import { Badge } from "../../ui/panels";

type Row = LedgerMerchant & { readonly merchantId: bigint; readonly deposit: DepositView | undefined };

/** Every merchant, to sort and filter. */
export function MerchantsTable() {
  const { t } = useTranslation();
  const names = useNames();
  const status = useStatusWords();
  const { accounts, merchants, warnings } = useLedger();
  const rows = useMemo(
    () =>
      [...merchants].map(([merchantId, entry]) => {
        return { merchantId, ...entry, deposit: accounts.get(merchantId)?.deposit };
      }),
    [accounts, merchants],
  );
  const money = useMoney();
  const writer = useWriter(undefined);
  const up = useMemo(() => {
    const counts = new Map<bigint, number>();
    for (const { merchantId } of warnings) counts.set(merchantId, (counts.get(merchantId) ?? 0) + 1);
    return counts;
  }, [warnings]);
  const columns: GridColumn<Row>[] = [
    {
      key: "name",
      label: t("Merchant"),
      width: "minmax(10.5rem, 1fr)",
      value: ({ merchantId }) => names.merchant(merchantId),
      cell: ({ merchantId }) => <Link href={`/watch/merchant/${merchantId}`}>{names.merchant(merchantId)}</Link>,
    },
    {
      key: "status",
      label: t("Status"),
      width: "6rem",
      value: ({ merchant }) => status.word(merchant.status),
      cell: ({ merchant }) => <Badge tone={status.tone(merchant.status)}>{status.word(merchant.status)}</Badge>,
    },
    {
      key: "outstanding",
      label: t("Outstanding"),
      width: "9.4rem",
      numeric: true,
      value: ({ merchantId, pool }) => money.whole(merchantId, pool.outstanding),
      exported: ({ merchantId, pool }) => money.plain(merchantId, pool.outstanding),
      cell: ({ merchantId, pool }) => money.writer(merchantId).amount(pool.outstanding),
    },
    {
      key: "cap",
      label: t("Ceiling"),
      width: "9.4rem",
      numeric: true,
      value: ({ pool }) => pool.outstandingCap,
      cell: ({ merchantId, pool }) =>
        pool.outstandingCap === 0n ? "–" : money.writer(merchantId).wholeTokens(pool.outstandingCap),
    },
    {
      key: "deposit",
      label: t("Deposit"),
      width: "13rem",
      numeric: true,
      value: ({ merchantId, deposit }) => money.whole(merchantId, deposit?.deposit ?? 0n),
      exported: ({ merchantId, deposit }) => money.plain(merchantId, deposit?.deposit ?? 0n),
      cell: ({ merchantId, deposit }) =>
        deposit === undefined || (deposit.deposit === 0n && deposit.required === 0n) ? (
          "–"
        ) : (
          <>
            {deposit.deposit < deposit.required ? <Badge tone="bad">{t("short")}</Badge> : null}{" "}
            {money.writer(merchantId).amount(deposit.deposit)}
          </>
        ),
    },
    {
      key: "cards",
      label: t("Cards"),
      width: "3.6rem",
      numeric: true,
      value: ({ openCards }) => openCards,
      cell: ({ openCards }) => writer.number(openCards),
    },
    {
      key: "warnings",
      label: t("Warnings"),
      width: "5.2rem",
      numeric: true,
      value: ({ merchantId }) => up.get(merchantId) ?? 0,
    },
    {
      key: "token",
      label: t("Token"),
      width: "0",
      fileOnly: true,
      value: ({ merchantId }) => money.symbol(merchantId),
    },
  ];
  return (
    <Grid
      label={t("Merchants")}
      rows={rows}
      columns={columns}
      idOf={({ merchantId }) => merchantId.toString()}
      words={({ merchantId, merchant }) =>
        `${names.merchant(merchantId)} ${merchantId} ${merchant.owner} ${status.word(merchant.status)}`
      }
      least="65rem"
      file="merchants"
      initialSort={{ key: "outstanding", down: true }}
    />
  );
}

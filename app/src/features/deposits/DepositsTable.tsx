import { ZeroAddress } from "ethers";
import type { LedgerAccount } from "prepaid-escrow/ledger";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useLedger } from "../../chain/reading/useLedger";
import { useMoney } from "../../chain/reading/useMoney";
import { useNames } from "../../chain/reading/useNames";
import { Grid } from "../../ui/Grid";
import type { GridColumn } from "../../ui/Grid";
import { Badge, Empty } from "../../ui/panels";

type Row = Pick<LedgerAccount, "deposit" | "surety"> & { readonly merchantId: bigint };

/** Whether a merchant has or had a rule, a report or money at the register. */
function isUsed({ rule, deposit, surety }: LedgerAccount): boolean {
  return (
    rule.since > 0n ||
    rule.nextRuleAt > 0n ||
    deposit.lastAsOf > 0n ||
    deposit.vault !== ZeroAddress ||
    surety.party !== ZeroAddress
  );
}

/** Every merchant at the register: the deposit it must keep, and the one it keeps. */
export function DepositsTable() {
  const { t } = useTranslation();
  const names = useNames();
  const { accounts, caughtUp } = useLedger();
  const money = useMoney();
  const rows = useMemo(
    () =>
      [...accounts]
        .filter(([, account]) => isUsed(account))
        .map(([merchantId, { deposit, surety }]) => ({ merchantId, deposit, surety })),
    [accounts],
  );
  const amount = (key: string, label: string, of: (row: Row) => bigint): GridColumn<Row> => ({
    ...{ key, label, width: "10rem", numeric: true },
    value: (row) => money.whole(row.merchantId, of(row)),
    exported: (row) => money.plain(row.merchantId, of(row)),
    cell: (row) => money.writer(row.merchantId).amount(of(row)),
  });
  const columns: GridColumn<Row>[] = [
    {
      key: "name",
      label: t("Merchant"),
      width: "minmax(10rem, 1.4fr)",
      value: ({ merchantId }) => names.merchant(merchantId),
      cell: ({ merchantId }) => <Link href={`/watch/deposit/${merchantId}`}>{names.merchant(merchantId)}</Link>,
    },
    amount("reported", t("Reported balance"), ({ deposit }) => deposit.reported),
    amount("surety", t("Surety counted"), ({ surety }) => surety.counted),
    amount("required", t("Required"), ({ deposit }) => deposit.required),
    amount("deposit", t("Deposit"), ({ deposit }) => deposit.deposit),
    {
      key: "short",
      label: t("State"),
      width: "6.5rem",
      value: ({ deposit }) => (deposit.deposit < deposit.required ? "short" : "covered"),
      cell: ({ deposit }) =>
        deposit.deposit < deposit.required ? (
          <Badge tone="bad">{t("short")}</Badge>
        ) : (
          <Badge tone="good">{t("covered")}</Badge>
        ),
    },
    {
      key: "token",
      label: t("Token"),
      width: "0",
      fileOnly: true,
      value: ({ merchantId }) => money.symbol(merchantId),
    },
  ];
  if (rows.length === 0)
    return <Empty>{caughtUp ? t("No merchant has a rule or a report yet.") : t("Reading the chain …")}</Empty>;
  return (
    <Grid
      label={t("Deposit register")}
      rows={rows}
      columns={columns}
      idOf={({ merchantId }) => merchantId.toString()}
      words={({ merchantId }) => `${names.merchant(merchantId)} ${merchantId}`}
      least="56rem"
      file="deposits"
    />
  );
}

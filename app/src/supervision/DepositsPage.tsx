import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain, useLedger, useNames, useRead } from "../lib/chain";
import { batchesOf } from "../lib/batches";
import { readDeposit } from "../lib/deposits";
import type { DepositPicture } from "../lib/deposits";
import { useWriter } from "../lib/writing";
import { Grid } from "../ui/Grid";
import type { Column } from "../ui/Grid";
import { Answer, Badge, Empty } from "../ui/kit";

/** The deposit register: who must keep what for cards sold outside the escrow. */
export function DepositsPage() {
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const { events, merchants } = useLedger();
  const ids = useMemo(() => {
    const found = new Set<bigint>();
    for (const { address, args } of events) {
      if (address !== client.register) continue;
      const { merchantId } = args as { readonly merchantId?: bigint };
      if (merchantId !== undefined) found.add(merchantId);
    }
    return [...found];
  }, [events, client.register]);
  const first = [...merchants.values()][0];
  const token = useRead(["token", first?.merchant.token], (reader) => reader.token(first?.merchant.token ?? ""), {
    enabled: first !== undefined,
    still: true,
  });
  const writer = useWriter(token.data);
  const pictures = useQuery({
    queryKey: ["deposits", events.length],
    queryFn: async () => {
      const all: DepositPicture[] = [];
      for (const batch of batchesOf(ids, 50))
        all.push(...(await Promise.all(batch.map((id) => readDeposit(client, id)))));
      return all;
    },
    enabled: ids.length > 0,
    placeholderData: (before) => before,
  });
  const columns: Column<DepositPicture>[] = [
    {
      key: "name",
      label: t("Merchant"),
      width: "minmax(10rem, 1.4fr)",
      value: ({ merchantId }) => names.merchant(merchantId),
      cell: ({ merchantId }) => <Link href={`/watch/deposit/${merchantId}`}>{names.merchant(merchantId)}</Link>,
    },
    {
      key: "reported",
      label: t("Reported balance"),
      width: "10rem",
      numeric: true,
      value: ({ deposit }) => deposit.reported,
      cell: ({ deposit }) => writer.amount(deposit.reported),
    },
    {
      key: "surety",
      label: t("Surety counted"),
      width: "10rem",
      numeric: true,
      value: ({ surety }) => surety.counted,
      cell: ({ surety }) => writer.amount(surety.counted),
    },
    {
      key: "required",
      label: t("Required"),
      width: "10rem",
      numeric: true,
      value: ({ deposit }) => deposit.required,
      cell: ({ deposit }) => writer.amount(deposit.required),
    },
    {
      key: "deposit",
      label: t("Deposit"),
      width: "10rem",
      numeric: true,
      value: ({ deposit }) => deposit.deposit,
      cell: ({ deposit }) => writer.amount(deposit.deposit),
    },
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
  ];
  return (
    <>
      <h1>{t("Deposit register")}</h1>
      <p className="quiet">
        {t("For cards sold outside the escrow: reported balances, and what must lie ready for them.")}
      </p>
      {ids.length === 0 ? <Empty>{t("No merchant has a rule or a report yet.")}</Empty> : null}
      {ids.length === 0 ? null : (
        <Answer of={pictures}>
          {(rows) => (
            <Grid
              label={t("Deposit register")}
              rows={rows}
              columns={columns}
              idOf={({ merchantId }) => merchantId.toString()}
              words={({ merchantId }) => `${names.merchant(merchantId)} ${merchantId}`}
              least="56rem"
              file="deposits"
            />
          )}
        </Answer>
      )}
    </>
  );
}

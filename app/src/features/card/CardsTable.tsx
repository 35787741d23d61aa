import { decodeCardId } from "prepaid-escrow";
import { cardFlows } from "prepaid-escrow/ledger";
import type { CardFlow, LedgerCard } from "prepaid-escrow/ledger";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../../chain/node/context";
import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useTokenOf } from "../../chain/reading/useRead";
import { useAction } from "../../chain/sending/action";
import { useWriter } from "../../i18n/writing";
import { CARDS_AT_ONCE, batchesOf } from "../../lib/batches";
import { Grid } from "../../ui/Grid";
import type { GridColumn } from "../../ui/Grid";
import { Progress } from "../../ui/answers";
import { Badge, Section } from "../../ui/panels";
import { Extending } from "./Extending";

type State = "open" | "closed" | "dispute" | "leaving" | "moving";
type Row = CardFlow & {
  readonly cardId: string;
  readonly holder: string;
  readonly programId: bigint;
  readonly state: State;
};

/** The state of a card. A card that was deleted after its refund is closed. */
function stateOf(entry: LedgerCard | undefined): State {
  if (entry?.card.status !== "Open") return "closed";
  if (entry.card.disputed) return "dispute";
  if (entry.card.exitRequestedAt > 0n) return "leaving";
  return entry.card.moving ? "moving" : "open";
}

/** Every card of a merchant. */
export function CardsTable({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const { cards, programs, events } = useLedger();
  const token = useTokenOf(merchantId);
  const writer = useWriter(token.data);
  const { state, run, busy } = useAction();
  const rows = useMemo(
    () =>
      [...cardFlows(events, merchantId)].map(([cardId, flow]) => ({
        ...{ cardId, ...decodeCardId(cardId), ...flow },
        state: stateOf(cards.get(cardId)),
      })),
    [events, cards, merchantId],
  );
  const passes = rows.filter(
    ({ state: word, programId }) => word !== "closed" && programs.get(programId)?.kind === "Pass",
  );
  const columns: GridColumn<Row>[] = useMemo(
    () => [
      {
        key: "holder",
        label: t("Holder"),
        width: "minmax(9rem, 1.2fr)",
        value: ({ holder }) => names.account(holder),
        cell: ({ holder, cardId }) => <Link href={`/card/${cardId}`}>{names.account(holder)}</Link>,
      },
      {
        key: "program",
        label: t("Program"),
        width: "minmax(9rem, 1.2fr)",
        value: ({ programId }) => names.program(programId),
      },
      {
        key: "principal",
        label: t("Paid"),
        width: "8.5rem",
        numeric: true,
        value: ({ principal }) => principal,
        cell: ({ principal }) => writer.amount(principal),
      },
      {
        key: "released",
        label: t("To the shop"),
        width: "8.5rem",
        numeric: true,
        value: ({ released }) => released,
        cell: ({ released }) => writer.amount(released),
      },
      {
        key: "refunded",
        label: t("Refunded"),
        width: "8.5rem",
        numeric: true,
        value: ({ refunded }) => refunded,
        cell: ({ refunded }) => writer.amount(refunded),
      },
      {
        key: "state",
        label: t("State"),
        width: "7rem",
        value: ({ state: word }) => word,
        cell: ({ state: word }) => <StateBadge state={word} />,
      },
    ],
    [t, names, writer],
  );
  return (
    <>
      <Section
        title={t("Cards")}
        aside={
          passes.length === 0 ? undefined : (
            <button
              type="button"
              className="button plain small"
              disabled={busy}
              onClick={() =>
                void run(async ({ send }) => {
                  for (const batch of batchesOf(passes, CARDS_AT_ONCE))
                    await send(client.call("accrue", { cardIds: batch.map(({ cardId }) => cardId) }));
                })
              }
            >
              {t("Count the time of {{count}} passes", { count: passes.length })}
            </button>
          )
        }
      >
        <Progress state={state} />
        <Grid
          label={t("Cards")}
          rows={rows}
          columns={columns}
          idOf={({ cardId }) => cardId}
          words={({ holder, programId, cardId }) =>
            `${names.account(holder)} ${holder} ${names.program(programId)} ${cardId}`
          }
          file={`cards-${merchantId}`}
        />
      </Section>
      {passes.length === 0 ? null : (
        <Extending title={t("Extend all passes")} cardIds={passes.map(({ cardId }) => cardId)} />
      )}
    </>
  );
}

function StateBadge({ state }: { readonly state: State }) {
  const { t } = useTranslation();
  switch (state) {
    case "closed":
      return <Badge tone="calm">{t("closed")}</Badge>;
    case "dispute":
      return <Badge tone="wait">{t("in dispute")}</Badge>;
    case "leaving":
      return <Badge tone="wait">{t("leaving")}</Badge>;
    case "moving":
      return <Badge tone="wait">{t("moving")}</Badge>;
    case "open":
      return <Badge tone="good">{t("open")}</Badge>;
  }
}

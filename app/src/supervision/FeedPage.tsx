import { useQuery } from "@tanstack/react-query";
import { isEvent } from "prepaid-escrow";
import type { DecodedEvent, EscrowEvent } from "prepaid-escrow";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain, useLedger, useNames, useRead } from "../lib/chain";
import { useMoney } from "../lib/money";
import { useTexts } from "../lib/texts";
import { useWriter } from "../lib/writing";
import { saveCsv } from "../ui/Grid";
import { Badge, Empty, Section } from "../ui/kit";
import { useWarningWords } from "../ui/words";

type Warning = DecodedEvent<"WarningRaised"> | DecodedEvent<"WarningCleared">;

const SEEN = "console.feed.seen";
const SHOWN = 200;

function isWarning(event: EscrowEvent): event is EscrowEvent & Warning {
  return isEvent(event, "WarningRaised") || isEvent(event, "WarningCleared");
}

/** Warnings as they happen, newest first. */
export function FeedPage() {
  const { t } = useTranslation();
  const names = useNames();
  const words = useWarningWords();
  const { database } = useChain();
  const { events, warnings, caughtUp, block, fault } = useLedger();
  const feed = useMemo(() => events.filter(isWarning).reverse(), [events]);
  const money = useMoney();
  const seenKey = `${SEEN} ${database.name}`;
  const [seen] = useState(() => Number(localStorage.getItem(seenKey) ?? 0));
  useEffect(() => {
    if (feed.length > 0) localStorage.setItem(seenKey, String(feed.length));
  }, [feed.length, seenKey]);
  return (
    <>
      <div className="row">
        <h1>{t("Warnings")}</h1>
        <span role="status" data-feed={caughtUp ? "live" : "reading"}>
          {fault !== undefined ? (
            <Badge tone="bad">{t("the node does not answer; nothing will be missed")}</Badge>
          ) : caughtUp ? (
            <Badge tone="good">{t("live, block {{block}}", { block })}</Badge>
          ) : (
            <Badge tone="wait">{t("reading history …")}</Badge>
          )}
        </span>
      </div>
      <Section title={t("Up now")}>
        {warnings.length === 0 ? <Empty>{caughtUp ? t("None.") : t("Reading the chain …")}</Empty> : null}
        <ul className="list">
          {warnings.map((warning) => (
            <li key={`${warning.merchantId} ${warning.kind}`} className="row">
              <span>
                <Badge tone={warning.level === "Notice" ? "wait" : "bad"}>{words.level(warning.level)}</Badge>{" "}
                <Link href={`/watch/merchant/${warning.merchantId}`}>{names.merchant(warning.merchantId)}</Link> ·{" "}
                {words.kind(warning.kind)}
              </span>
              <span className="quiet">{words.figures(warning, money.writer(warning.merchantId))}</span>
            </li>
          ))}
        </ul>
      </Section>
      <Section
        title={t("Feed")}
        aside={
          <button
            type="button"
            className="button plain small"
            onClick={() => {
              saveCsv(
                "warnings",
                [
                  { key: "block", label: "block", width: "", value: (event: Warning) => event.blockNumber },
                  { key: "event", label: "event", width: "", value: (event: Warning) => event.name },
                  { key: "merchant", label: "merchant", width: "", value: (event: Warning) => event.args.merchantId },
                  { key: "kind", label: "kind", width: "", value: (event: Warning) => event.args.kind },
                  {
                    key: "level",
                    label: "level",
                    width: "",
                    value: (event: Warning) => ("level" in event.args ? event.args.level : ""),
                  },
                  {
                    key: "observed",
                    label: "observed",
                    width: "",
                    value: (event: Warning) => ("observed" in event.args ? event.args.observed : ""),
                  },
                  {
                    key: "limit",
                    label: "limit",
                    width: "",
                    value: (event: Warning) => ("limit" in event.args ? event.args.limit : ""),
                  },
                  {
                    key: "transaction",
                    label: "transaction",
                    width: "",
                    value: (event: Warning) => event.transactionHash,
                  },
                ],
                feed,
              );
            }}
          >
            {t("Save as CSV")}
          </button>
        }
      >
        {feed.length === 0 && caughtUp ? <Empty>{t("No warning was raised yet.")}</Empty> : null}
        <ol className="feed" reversed start={feed.length}>
          {feed.slice(0, SHOWN).map((event, i) => (
            <Entry key={`${event.blockHash} ${event.index}`} event={event} fresh={seen > 0 && feed.length - i > seen} />
          ))}
        </ol>
      </Section>
    </>
  );
}

function Entry({ event, fresh }: { readonly event: Warning; readonly fresh: boolean }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const texts = useTexts();
  const words = useWarningWords();
  const { merchantId, kind } = event.args;
  const token = useRead(["token of", merchantId], (reader) => reader.tokenOf(merchantId), { still: true });
  const writer = useWriter(token.data);
  const time = useQuery({
    queryKey: ["time of block", event.blockNumber],
    queryFn: async () => BigInt((await client.provider.getBlock(event.blockNumber))?.timestamp ?? 0),
    staleTime: "static",
  });
  const raised = "level" in event.args;
  return (
    <li data-warning={`${event.blockNumber}:${event.index}`}>
      <Badge tone={!raised ? "good" : "level" in event.args && event.args.level === "Notice" ? "wait" : "bad"}>
        {"level" in event.args ? words.level(event.args.level) : t("cleared")}
      </Badge>
      <span>
        <Link href={`/watch/merchant/${merchantId}`}>{names.merchant(merchantId)}</Link>{" "}
        {fresh ? <Badge tone="calm">{t("new")}</Badge> : null}
        <br />
        {raised && token.data !== undefined
          ? texts.warning(event as DecodedEvent<"WarningRaised">, token.data, writer)
          : words.kind(kind)}
        <br />
        <time>{time.data === undefined ? "" : writer.time(time.data)}</time>
      </span>
    </li>
  );
}

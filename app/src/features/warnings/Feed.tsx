import { useQuery } from "@tanstack/react-query";
import type { DecodedEvent } from "prepaid-escrow";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useChain } from "../../chain/node/context";
import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useTokenOf } from "../../chain/reading/useRead";
import { useTexts } from "../../i18n/texts";
import { useWarningWords } from "../../i18n/words";
import { useWriter } from "../../i18n/writing";
import { saveCsv } from "../../lib/csv";
import { Badge, Empty, Section } from "../../ui/panels";
import { FEED_COLUMNS, warningsOf } from "./feedEvents";
import type { Warning } from "./feedEvents";

const SEEN = "console.feed.seen";
const SHOWN = 200;

/** Warnings as they were raised and cleared, newest first. */
export function Feed() {
  const { t } = useTranslation();
  const { database } = useChain();
  const { events, caughtUp } = useLedger();
  const feed = useMemo(() => warningsOf(events), [events]);
  const seenKey = `${SEEN} ${database.name}`;
  const [seen] = useState(() => Number(localStorage.getItem(seenKey) ?? 0));
  useEffect(() => {
    if (feed.length > 0) localStorage.setItem(seenKey, String(feed.length));
  }, [feed.length, seenKey]);
  return (
    <Section
      title={t("Feed")}
      aside={
        <button
          type="button"
          className="button plain small"
          onClick={() => {
            saveCsv("warnings", FEED_COLUMNS, feed);
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
  );
}

function Entry({ event, fresh }: { readonly event: Warning; readonly fresh: boolean }) {
  const { t } = useTranslation();
  const { client } = useChain();
  const names = useNames();
  const texts = useTexts();
  const words = useWarningWords();
  const { merchantId, kind } = event.args;
  const token = useTokenOf(merchantId);
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

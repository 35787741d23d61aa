import { useTranslation } from "react-i18next";

import { useLedger } from "../../chain/reading/useLedger";
import { Badge } from "../../ui/panels";

/** Whether the feed is live. */
export function FeedState() {
  const { t } = useTranslation();
  const { caughtUp, block, fault } = useLedger();
  return (
    <span role="status" data-feed={caughtUp ? "live" : "reading"}>
      {fault !== undefined ? (
        <Badge tone="bad">{t("the node does not answer; nothing will be missed")}</Badge>
      ) : caughtUp ? (
        <Badge tone="good">{t("live, block {{block}}", { block })}</Badge>
      ) : (
        <Badge tone="wait">{t("reading history …")}</Badge>
      )}
    </span>
  );
}

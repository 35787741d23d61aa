import { useTranslation } from "react-i18next";

import { useLedger } from "../chain/reading/useLedger";
import { Badge } from "../ui/panels";

/** A badge beside a list that is not complete yet. */
export function StillReading() {
  const { t } = useTranslation();
  const { caughtUp } = useLedger();
  return caughtUp ? null : (
    <span className="late" role="status">
      <Badge tone="wait">{t("reading history …")}</Badge>
    </span>
  );
}

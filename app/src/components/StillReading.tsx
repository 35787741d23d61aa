import { useTranslation } from "react-i18next";

import { useLedger } from "../chain/reading/useLedger";
import { Badge } from "../ui/panels";

/** Said beside what is listed, while it is not all there is yet. */
export function StillReading() {
  const { t } = useTranslation();
  const { caughtUp } = useLedger();
  return caughtUp ? null : (
    <span className="late" role="status">
      <Badge tone="wait">{t("reading history …")}</Badge>
    </span>
  );
}

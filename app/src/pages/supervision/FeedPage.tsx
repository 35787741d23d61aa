import { useTranslation } from "react-i18next";

import { Feed } from "../../features/warnings/Feed";
import { FeedState } from "../../features/warnings/FeedState";
import { UpNow } from "../../features/warnings/UpNow";

/** Warnings as they happen, newest first. */
export function FeedPage() {
  const { t } = useTranslation();
  return (
    <>
      <div className="row">
        <h1>{t("Warnings")}</h1>
        <FeedState />
      </div>
      <UpNow />
      <Feed />
    </>
  );
}

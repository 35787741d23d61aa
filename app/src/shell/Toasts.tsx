import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { toasts } from "../chain/sending/toasts";
import { short } from "../lib/short";

/** Notes of the actions that succeeded a moment ago. */
export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get);
  return (
    <div className="toasts" role="status">
      {shown.map(({ number, hash }) => (
        <p key={number} className="toast" data-toast={number}>
          ✓ {t("Done.")} {hash === undefined ? null : <span className="mono small">{short(hash)}</span>}
        </p>
      ))}
    </div>
  );
}

import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../../chain/node/context";
import { useNow } from "../../chain/reading/clock";
import { useWallets } from "../../chain/wallet/useWallets";
import { useWriter } from "../../i18n/writing";
import { short } from "../../lib/short";
import { developmentWallet } from "./state";

/** On a local chain: a choice of the person to be, and buttons that let time pass. */
export function DevelopmentBar() {
  const { t } = useTranslation();
  const { settings, client } = useChain();
  const { connection } = useWallets();
  const { current, accounts } = useSyncExternalStore(developmentWallet.subscribe, developmentWallet.get);
  const now = useNow();
  const writer = useWriter(undefined);
  if (settings.development === undefined || connection === undefined || accounts.length === 0) return null;
  const roles = [
    ["consumer", t("Consumers")],
    ["owner", t("Owners of shops")],
    ["operator", t("Tills")],
    ["other", t("Supervision")],
  ] as const;
  return (
    <aside className="development" aria-label={t("Development wallet")}>
      <label>
        {t("You are")}{" "}
        <select
          value={current?.address}
          onChange={(event) => {
            developmentWallet.become(event.target.value);
          }}
        >
          {roles.map(([role, label]) => (
            <optgroup key={role} label={label}>
              {accounts
                .filter(
                  (each) =>
                    each.role === role || (role === "other" && !["consumer", "owner", "operator"].includes(each.role)),
                )
                .map(({ address, name }) => (
                  <option key={address} value={address}>
                    {name} {short(address)}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </label>
      <span className="quiet">{writer.time(now)}</span>
      {[1, 7].map((days) => (
        <button
          key={days}
          type="button"
          className="button plain small"
          onClick={() => void developmentWallet.pass(days * 86_400).then(() => client.now())}
        >
          {t("Let {{duration}} pass", { duration: writer.duration(BigInt(days) * 86_400n) })}
        </button>
      ))}
    </aside>
  );
}

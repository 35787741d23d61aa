import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";

import { WalletButton } from "../features/wallet/WalletButton";
import { LanguageButton } from "./LanguageButton";

/** Name, areas, language and wallet. */
export function Header() {
  const { t } = useTranslation();
  const [location] = useLocation();
  const role = location.split("/")[1] ?? "";
  const areas = [
    ["/cards", t("My cards"), ["cards", "card", "buy", "sign", "send", "account"]],
    ["/shop", t("My shop"), ["shop"]],
    ["/watch", t("Supervision"), ["watch"]],
  ] as const;
  return (
    <header className="top">
      <div className="bar">
        <Link href="/" className="brand">
          <img src="./icon.svg" alt="" width="28" height="28" />
          <span>{t("Prepaid Escrow")}</span>
        </Link>
        <nav aria-label={t("Areas")}>
          {areas.map(([href, label, words]) => (
            <Link
              key={href}
              href={href}
              aria-current={(words as readonly string[]).includes(role) ? "page" : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
        <div className="tools">
          <LanguageButton />
          <WalletButton />
        </div>
      </div>
    </header>
  );
}

import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { MoveForSomebody, NameRecovery } from "../../features/moving/Recovery";

/** The recovery address of the holder, and asking for cards of somebody whose recovery address this is. */
export default function AccountPage({ account }: { readonly account: string }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="crumbs">
        <Link href="/cards">{t("My cards")}</Link>
      </p>
      <h1>{t("Recovery")}</h1>
      <NameRecovery account={account} />
      <MoveForSomebody />
    </>
  );
}

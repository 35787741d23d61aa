import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useLedger } from "../../chain/reading/useLedger";
import { useNames } from "../../chain/reading/useNames";
import { useAccount } from "../../chain/wallet/useWallets";
import { Empty } from "../../ui/panels";

/** The shops that the connected account owns or is a till of. */
export function ShopsPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const names = useNames();
  const { merchants, caughtUp } = useLedger();
  const mine = [...merchants].filter(
    ([, { merchant, operators }]) => account !== undefined && (merchant.owner === account || operators.has(account)),
  );
  return (
    <>
      <h1>{t("My shop")}</h1>
      {account === undefined ? <Empty>{t("Connect the wallet of the shop's owner or of a till.")}</Empty> : null}
      {account !== undefined && mine.length === 0 ? (
        <Empty>
          {caughtUp
            ? t(
                "This account owns no shop and is no till of one. The regulator registers merchants; their owners enable tills.",
              )
            : t("Reading the chain …")}
        </Empty>
      ) : null}
      <ul className="offers">
        {mine.map(([merchantId, { merchant }]) => (
          <li key={merchantId.toString()}>
            <Link href={`/shop/${merchantId}`} className="offer">
              <strong>{names.merchant(merchantId)}</strong>
              <span>{merchant.owner === account ? t("you are the owner") : t("you are a till")}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

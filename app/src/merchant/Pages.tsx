import { useTranslation } from "react-i18next";
import { Link, Route, Switch, useLocation } from "wouter";

import { useAccount, useLedger, useNames } from "../lib/chain";
import { Empty, StillReading } from "../ui/kit";
import { BookPage } from "./BookPage";
import { CardsPage } from "./CardsPage";
import { ProgramsPage } from "./ProgramsPage";
import { ShopPage } from "./ShopPage";
import { TillPage } from "./TillPage";
import { WaitingPage } from "./WaitingPage";

/** The pages of whoever runs a shop. */
export default function Pages() {
  return (
    <Switch>
      <Route path="/shop">
        <ShopsPage />
      </Route>
      <Route path="/shop/:merchantId/*?">{({ merchantId }) => <Shop merchantId={BigInt(merchantId)} />}</Route>
    </Switch>
  );
}

function ShopsPage() {
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

function Shop({ merchantId }: { readonly merchantId: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const [location] = useLocation();
  const base = `/shop/${merchantId}`;
  const tabs = [
    [base, t("Shop")],
    [`${base}/till`, t("Till")],
    [`${base}/book`, t("Book")],
    [`${base}/waiting`, t("Waiting")],
    [`${base}/cards`, t("Cards")],
    [`${base}/programs`, t("Programs")],
  ] as const;
  return (
    <>
      <div className="row">
        <h1>{names.merchant(merchantId)}</h1>
        <StillReading />
      </div>
      <nav className="tabs" aria-label={t("Parts of the shop")}>
        {tabs.map(([href, label]) => (
          <Link
            key={href}
            href={href}
            aria-current={location === href || (href !== base && location.startsWith(`${href}/`)) ? "page" : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      <Switch>
        <Route path={base}>
          <ShopPage merchantId={merchantId} />
        </Route>
        <Route path={`${base}/till`}>
          <TillPage merchantId={merchantId} />
        </Route>
        <Route path={`${base}/till/:signature`}>
          {({ signature }) => <TillPage key={signature} merchantId={merchantId} signature={signature} />}
        </Route>
        <Route path={`${base}/book`}>
          <BookPage merchantId={merchantId} />
        </Route>
        <Route path={`${base}/waiting`}>
          <WaitingPage merchantId={merchantId} />
        </Route>
        <Route path={`${base}/cards`}>
          <CardsPage merchantId={merchantId} />
        </Route>
        <Route path={`${base}/programs`}>
          <ProgramsPage merchantId={merchantId} />
        </Route>
      </Switch>
    </>
  );
}

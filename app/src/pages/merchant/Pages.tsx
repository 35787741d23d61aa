import { useTranslation } from "react-i18next";
import { Link, Route, Switch, useLocation } from "wouter";

import { useNames } from "../../chain/reading/useNames";
import { StillReading } from "../../components/StillReading";
import { CardsTable } from "../../features/card/CardsTable";
import { BookPage } from "./BookPage";
import { ProgramsPage } from "./ProgramsPage";
import { ShopPage } from "./ShopPage";
import { ShopsPage } from "./ShopsPage";
import { TillPage } from "./TillPage";
import { WaitingPage } from "./WaitingPage";

/** The pages of shopkeepers. */
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
          <CardsTable merchantId={merchantId} />
        </Route>
        <Route path={`${base}/programs`}>
          <ProgramsPage merchantId={merchantId} />
        </Route>
      </Switch>
    </>
  );
}

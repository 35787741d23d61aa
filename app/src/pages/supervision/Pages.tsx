import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Switch, useLocation } from "wouter";

import { DepositPage } from "./DepositPage";
import { DepositsPage } from "./DepositsPage";
import { DisputesPage } from "./DisputesPage";
import { FeedPage } from "./FeedPage";
import { MerchantPage } from "./MerchantPage";
import { MerchantsPage } from "./MerchantsPage";

const PoliciesPage = lazy(() => import("./PoliciesPage"));

/** The pages of the regulator and of the consumer association. */
export default function Pages() {
  const { t } = useTranslation();
  const [location] = useLocation();
  const tabs = [
    ["/watch", t("Warnings"), /^\/watch$/],
    ["/watch/merchants", t("Merchants"), /^\/watch\/merchants?(\/|$)/],
    ["/watch/disputes", t("Disputes"), /^\/watch\/disputes/],
    ["/watch/deposits", t("Deposits"), /^\/watch\/deposits?(\/|$)/],
    ["/watch/policies", t("Policies"), /^\/watch\/policies/],
  ] as const;
  return (
    <>
      <nav className="tabs" aria-label={t("Parts of supervision")}>
        {tabs.map(([href, label, pattern]) => (
          <Link key={href} href={href} aria-current={pattern.test(location) ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <Switch>
        <Route path="/watch">
          <FeedPage />
        </Route>
        <Route path="/watch/merchants">
          <MerchantsPage />
        </Route>
        <Route path="/watch/merchant/:merchantId">
          {({ merchantId }) => <MerchantPage merchantId={BigInt(merchantId)} />}
        </Route>
        <Route path="/watch/disputes">
          <DisputesPage />
        </Route>
        <Route path="/watch/deposits">
          <DepositsPage />
        </Route>
        <Route path="/watch/policies">
          <PoliciesPage />
        </Route>
        <Route path="/watch/deposit/:merchantId">
          {({ merchantId }) => <DepositPage merchantId={BigInt(merchantId)} />}
        </Route>
      </Switch>
    </>
  );
}

import { Suspense, lazy, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Route, Switch } from "wouter";

import { useChain } from "../chain/node/context";
import { LOCAL_CHAIN } from "../chain/node/settings";
import { DevelopmentBar } from "../features/development/DevelopmentBar";
import { Banners } from "./Banners";
import { Header } from "./Header";
import { Toasts } from "./Toasts";

const Home = lazy(() => import("../pages/Home"));
const Holder = lazy(() => import("../pages/holder/Pages"));
const Merchant = lazy(() => import("../pages/merchant/Pages"));
const Supervision = lazy(() => import("../pages/supervision/Pages"));
const DevelopmentDialog = lazy(() => import("../features/development/WalletDialog"));

/** The frame of every page. */
export function Shell() {
  const { t } = useTranslation();
  const { settings, deployment } = useChain();
  useEffect(() => {
    const { development } = settings;
    if (development === undefined || deployment.chainId !== LOCAL_CHAIN || deployment.node === undefined) return;
    const url = new URL(deployment.node, document.baseURI).href;
    void import("../features/development/wallet").then(({ announceDevelopmentWallet }) =>
      announceDevelopmentWallet(development.accounts, url),
    );
  }, [settings, deployment]);
  return (
    <>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {t("Skip to content")}
      </a>
      <Header />
      <Banners />
      <main id="main" className="page" tabIndex={-1}>
        <Suspense fallback={<p role="status">{t("Loading …")}</p>}>
          <Switch>
            <Route path="/" component={Home} />
            <Route path="/shop/*?" component={Merchant} />
            <Route path="/watch/*?" component={Supervision} />
            <Route component={Holder} />
          </Switch>
        </Suspense>
      </main>
      <Toasts />
      <DevelopmentBar />
      {settings.development === undefined ? null : (
        <Suspense fallback={null}>
          <DevelopmentDialog />
        </Suspense>
      )}
    </>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { setLanguage } from "./i18n";
import { ChainProvider, openChain, short, useChain, useNames, useNow, useWallets } from "./lib/chain";
import { LOCAL_CHAIN, loadSettings } from "./lib/config";
import { toasts } from "./lib/toasts";
import { switchChain, wallets } from "./lib/wallets";
import { useWriter } from "./lib/writing";
import { developmentWallet } from "./dev/state";
import { Dialog, Failure } from "./ui/kit";

const Home = lazy(() => import("./Home"));
const Consumer = lazy(() => import("./consumer/Pages"));
const Merchant = lazy(() => import("./merchant/Pages"));
const Supervision = lazy(() => import("./supervision/Pages"));
const DevelopmentDialog = lazy(() => import("./dev/Dialog"));

export function App() {
  const { t } = useTranslation();
  const settings = useQuery({ queryKey: ["settings"], queryFn: loadSettings, staleTime: "static" });
  const { connection } = useWallets();
  const needsWallet = settings.data?.deployments[0]?.node === undefined;
  const chain = useQuery({
    queryKey: ["chain", needsWallet ? connection?.account : ""],
    queryFn: () => (settings.data ? openChain(settings.data, connection) : Promise.reject(new Error())),
    enabled: settings.data !== undefined && (!needsWallet || connection !== undefined),
    staleTime: "static",
    retry: Infinity,
    retryDelay: 3_000,
  });
  const error: unknown = settings.error ?? chain.error ?? chain.failureReason;
  return (
    <Router hook={useHashLocation}>
      {chain.data !== undefined ? (
        <ChainProvider chain={chain.data}>
          <Shell />
        </ChainProvider>
      ) : (
        <main className="page narrow">
          <h1>{t("Prepaid Escrow")}</h1>
          {error !== null && error !== undefined ? (
            <Failure error={error} />
          ) : needsWallet && settings.data !== undefined ? (
            <>
              <p>{t("This page reads the chain through your wallet. Connect it to begin.")}</p>
              <WalletList onDone={() => undefined} />
            </>
          ) : (
            <p role="status">{t("Reading the chain …")}</p>
          )}
        </main>
      )}
    </Router>
  );
}

function Shell() {
  const { t } = useTranslation();
  const { settings, deployment } = useChain();
  const [location] = useLocation();
  useEffect(() => {
    const { development } = settings;
    if (development === undefined || deployment.chainId !== LOCAL_CHAIN || deployment.node === undefined) return;
    const url = new URL(deployment.node, document.baseURI).href;
    void import("./dev/wallet").then(({ announceDevelopmentWallet }) =>
      announceDevelopmentWallet(development.accounts, url),
    );
  }, [settings, deployment]);
  const role = location.split("/")[1] ?? "";
  const areas = [
    ["/cards", t("My cards"), ["cards", "card", "buy", "sign", "send", "account"]],
    ["/shop", t("My shop"), ["shop"]],
    ["/watch", t("Supervision"), ["watch"]],
  ] as const;
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
      <Banners />
      <main id="main" className="page" tabIndex={-1}>
        <Suspense fallback={<p role="status">{t("Loading …")}</p>}>
          <Switch>
            <Route path="/" component={Home} />
            <Route path="/shop/*?" component={Merchant} />
            <Route path="/watch/*?" component={Supervision} />
            <Route component={Consumer} />
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

/** What was done a moment ago. */
function Toasts() {
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

function LanguageButton() {
  const { i18n } = useTranslation();
  const chinese = i18n.language === "zh";
  return (
    <button
      type="button"
      className="button plain small"
      lang={chinese ? "en" : "zh-CN"}
      onClick={() => void setLanguage(chinese ? "en" : "zh")}
    >
      {chinese ? "English" : "中文"}
    </button>
  );
}

function WalletButton() {
  const { t } = useTranslation();
  const { connection } = useWallets();
  const names = useNames();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={`button small ${connection ? "plain" : ""}`}
        onClick={() => {
          setOpen(true);
        }}
      >
        <span className="name">{connection ? names.account(connection.account) : t("Connect wallet")}</span>
      </button>
      {open ? (
        <Dialog
          title={t("Wallet")}
          onClose={() => {
            setOpen(false);
          }}
        >
          {connection ? (
            <>
              <p>
                {connection.wallet.info.name}
                <br />
                <span className="mono wrap">{connection.account}</span>
              </p>
              <button
                type="button"
                className="button plain"
                onClick={() => {
                  wallets.disconnect();
                  setOpen(false);
                }}
              >
                {t("Disconnect")}
              </button>
            </>
          ) : (
            <WalletList
              onDone={() => {
                setOpen(false);
              }}
            />
          )}
        </Dialog>
      ) : null}
    </>
  );
}

function WalletList({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const { found } = useWallets();
  const [error, setError] = useState<unknown>();
  if (found.length === 0) {
    return (
      <p className="alert" data-error="NoWallet">
        {t(
          "No wallet was found in this browser. Install one that announces itself (EIP-6963), such as a browser extension, or open this page in your wallet's own browser; then reload. Looking works without one.",
        )}
      </p>
    );
  }
  return (
    <>
      <ul className="choices">
        {found.map((wallet) => (
          <li key={wallet.info.uuid}>
            <button
              type="button"
              className="choice"
              onClick={() => {
                wallets.connect(wallet).then(onDone, (cause: unknown) => {
                  void import("prepaid-escrow").then(({ RejectedByUserError }) => {
                    setError((cause as { code?: number }).code === 4001 ? new RejectedByUserError({ cause }) : cause);
                  });
                });
              }}
            >
              <img src={wallet.info.icon} alt="" width="32" height="32" />
              {wallet.info.name}
            </button>
          </li>
        ))}
      </ul>
      {error === undefined ? null : <Failure error={error} />}
    </>
  );
}

/** What is wrong with the whole page: another chain, a node that is silent. */
function Banners() {
  const { t } = useTranslation();
  const { deployment, client, pace } = useChain();
  const { connection } = useWallets();
  const [failed, setFailed] = useState<string>();
  const node = useQuery({ queryKey: ["node"], queryFn: () => client.now(), refetchInterval: pace * 2, retry: 0 });
  return (
    <div className="banners" aria-live="polite">
      {connection && connection.chainId !== deployment.chainId ? (
        <p className="alert bad" data-error="WrongNetworkError">
          {t("Your wallet is on chain {{found}}; this page works on chain {{wanted}} ({{name}}).", {
            found: connection.chainId,
            wanted: deployment.chainId,
            name: deployment.name,
          })}{" "}
          <button
            type="button"
            className="button small"
            onClick={() => {
              switchChain(connection, deployment.chainId).catch((error: unknown) => {
                setFailed(error instanceof Error ? error.message : String(error));
              });
            }}
          >
            {t("Switch")}
          </button>{" "}
          {failed}
        </p>
      ) : null}
      {node.error ? (
        <p className="alert bad" data-error="NodeUnreachableError">
          {t(
            "The node does not answer. What you see is from before; what you signed is kept here. The page tries again by itself.",
          )}
        </p>
      ) : null}
    </div>
  );
}

/** On a local chain: who to be, and time to pass. */
function DevelopmentBar() {
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

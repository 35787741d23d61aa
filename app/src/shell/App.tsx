import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Router } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { ChainProvider } from "../chain/node/context";
import { openChain } from "../chain/node/openChain";
import { loadSettings } from "../chain/node/settings";
import { useWallets } from "../chain/wallet/useWallets";
import { WalletList } from "../features/wallet/WalletList";
import { Failure } from "../ui/answers";
import { Shell } from "./Shell";

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

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useChain } from "../chain/node/context";
import { useWallets } from "../chain/wallet/useWallets";
import { switchChain } from "../chain/wallet/wallets";

/** Problems of the whole page: a wallet on another chain, a node that does not answer. */
export function Banners() {
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

import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useWallets } from "../../chain/wallet/useWallets";
import { wallets } from "../../chain/wallet/wallets";
import { Failure } from "../../ui/answers";

/** The wallets of this browser, to connect one. */
export function WalletList({ onDone }: { readonly onDone: () => void }) {
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

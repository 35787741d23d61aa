import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useNames } from "../../chain/reading/useNames";
import { useWallets } from "../../chain/wallet/useWallets";
import { wallets } from "../../chain/wallet/wallets";
import { Dialog } from "../../ui/Dialog";
import { WalletList } from "./WalletList";

/** The wallet in use, and a window to change it. */
export function WalletButton() {
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

import { Wallet } from "ethers";
import type { TypedDataDomain, TypedDataField } from "ethers";

import { NodeProvider } from "../../chain/node/node";
import { LOCAL_CHAIN } from "../../chain/node/settings";
import type { DevelopmentAccount } from "../../chain/node/settings";
import type { WalletProvider } from "../../chain/wallet/wallets";
import { developmentWallet } from "./state";

/*
 * A wallet for a local chain, with keys that everybody knows. It announces itself as any wallet does (EIP-6963), and the page
 * treats it like any other. It refuses to work on another chain.
 */

let node: NodeProvider | undefined;

/** Announces the wallet on a local chain, and returns whether it did. */
export async function announceDevelopmentWallet(
  accounts: readonly DevelopmentAccount[],
  url: string,
): Promise<boolean> {
  const local = new NodeProvider(url, LOCAL_CHAIN);
  if (Number(await local.send("eth_chainId", [])) !== LOCAL_CHAIN) return false;
  node = local;
  developmentWallet.open(accounts, async (seconds) => {
    await local.send("evm_increaseTime", [seconds]);
    await local.send("evm_mine", []);
  });
  const info = {
    uuid: crypto.randomUUID(),
    name: "Development wallet",
    icon: new URL("icon.svg", document.baseURI).href,
    rdns: "local.prepaid-escrow.development",
  };
  const announce = (): void => {
    const detail = Object.freeze({ info, provider });
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  };
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
  return true;
}

const provider: WalletProvider = {
  async request({ method, params }) {
    const { current } = developmentWallet.get();
    if (current === undefined || node === undefined) throw refusal(4100, "There is no account.");
    const values = (params ?? []) as unknown[];
    switch (method) {
      case "eth_requestAccounts":
      case "eth_accounts":
        return [current.address];
      case "eth_chainId":
        return `0x${LOCAL_CHAIN.toString(16)}`;
      case "wallet_switchEthereumChain": {
        const [{ chainId }] = values as [{ readonly chainId: string }];
        if (Number(chainId) !== LOCAL_CHAIN) throw refusal(4902, "This wallet works on the local chain only.");
        return null;
      }
      case "eth_sendTransaction": {
        const [transaction] = values as [Readonly<Record<string, string>>];
        await agreed("send", current, transaction);
        const { from: _from, gas, ...rest } = transaction;
        const wallet = new Wallet(current.key, node);
        const sent = await wallet.sendTransaction({ ...rest, ...(gas === undefined ? {} : { gasLimit: gas }) });
        return sent.hash;
      }
      case "eth_signTypedData_v4": {
        const [address, text] = values as [string, string];
        if (address.toLowerCase() !== current.address.toLowerCase())
          throw refusal(4100, "This is not the current account.");
        const data = JSON.parse(text) as {
          readonly domain: TypedDataDomain;
          readonly types: Record<string, TypedDataField[]>;
          readonly message: Record<string, unknown>;
        };
        if (Number(data.domain.chainId) !== LOCAL_CHAIN)
          throw refusal(4901, "This wallet works on the local chain only.");
        await agreed("sign", current, data);
        const { EIP712Domain: _domain, ...types } = data.types;
        return await new Wallet(current.key).signTypedData(data.domain, types, data.message);
      }
      default:
        return (await node.send(method, values)) as unknown;
    }
  },
  on(event, listener) {
    if (event === "accountsChanged") developmentWallet.followers.add(listener as (accounts: string[]) => void);
  },
  removeListener(event, listener) {
    if (event === "accountsChanged") developmentWallet.followers.delete(listener as (accounts: string[]) => void);
  },
};

/** Asks the user. A refusal is thrown as other wallets throw it. */
async function agreed(kind: "sign" | "send", account: DevelopmentAccount, content: unknown): Promise<void> {
  if (!(await developmentWallet.ask({ kind, account, content }))) throw refusal(4001, "The user declined.");
}

function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

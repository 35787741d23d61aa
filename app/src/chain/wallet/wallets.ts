import { BrowserProvider, JsonRpcSigner, getAddress } from "ethers";

/** A wallet's provider (EIP-1193). */
export interface WalletProvider {
  request(question: { method: string; params?: unknown }): Promise<unknown>;
  on?(event: string, listener: (value: never) => void): unknown;
  removeListener?(event: string, listener: (value: never) => void): unknown;
}

/** A wallet that has announced itself (EIP-6963). */
export interface AnnouncedWallet {
  readonly info: { readonly uuid: string; readonly name: string; readonly icon: string; readonly rdns: string };
  readonly provider: WalletProvider;
}

/** The wallet in use. */
export interface Connection {
  readonly wallet: AnnouncedWallet;
  readonly account: string;
  readonly chainId: number;
}

interface WalletsState {
  readonly found: readonly AnnouncedWallet[];
  readonly connection: Connection | undefined;
}

const LAST_WALLET = "console.wallet";

let state: WalletsState = { found: [], connection: undefined };
const listeners = new Set<() => void>();
let unfollow: (() => void) | undefined;

function set(next: Partial<WalletsState>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

export const wallets = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (): WalletsState => state,
  connect,
  disconnect,
};

/** Asks every wallet of the browser to announce itself, and connects the one used last. */
export function findWallets(): void {
  window.addEventListener("eip6963:announceProvider", (event) => {
    const wallet = (event as CustomEvent<AnnouncedWallet>).detail;
    if (state.found.some(({ info }) => info.uuid === wallet.info.uuid)) return;
    set({ found: [...state.found, wallet] });
    if (localStorage.getItem(LAST_WALLET) === wallet.info.rdns && state.connection === undefined) {
      // `eth_accounts` opens no window: a wallet that does not know the page returns no account.
      void take(wallet, "eth_accounts").catch(() => undefined);
    }
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
}

/** Asks a wallet for an account. */
async function connect(wallet: AnnouncedWallet): Promise<void> {
  await take(wallet, "eth_requestAccounts");
  localStorage.setItem(LAST_WALLET, wallet.info.rdns);
}

function disconnect(): void {
  unfollow?.();
  localStorage.removeItem(LAST_WALLET);
  set({ connection: undefined });
}

async function take(wallet: AnnouncedWallet, method: string): Promise<void> {
  const { provider } = wallet;
  const [account] = (await provider.request({ method })) as string[];
  if (account === undefined) return;
  const chainId = Number(await provider.request({ method: "eth_chainId" }));
  unfollow?.();
  set({ connection: { wallet, account: getAddress(account), chainId } });
  const onAccounts = ([next]: string[]): void => {
    if (next === undefined) disconnect();
    else if (state.connection) set({ connection: { ...state.connection, account: getAddress(next) } });
  };
  const onChain = (next: string): void => {
    if (state.connection) set({ connection: { ...state.connection, chainId: Number(next) } });
  };
  provider.on?.("accountsChanged", onAccounts);
  provider.on?.("chainChanged", onChain);
  unfollow = () => {
    provider.removeListener?.("accountsChanged", onAccounts);
    provider.removeListener?.("chainChanged", onChain);
  };
}

/** Asks the wallet to go to a chain. */
export async function switchChain({ wallet }: Connection, chainId: number): Promise<void> {
  const params = [{ chainId: `0x${chainId.toString(16)}` }];
  await wallet.provider.request({ method: "wallet_switchEthereumChain", params });
}

/** A signer for the account in use. */
export function signerOf({ wallet, account, chainId }: Connection): JsonRpcSigner {
  const provider = new BrowserProvider(wallet.provider, chainId, { cacheTimeout: -1 });
  provider.pollingInterval = 1_000;
  return new JsonRpcSigner(provider, account);
}

import { HDNodeWallet } from "ethers";
import type { Provider } from "ethers";

/** The key of an account of the test chain, with a provider if one is given. */
export function walletOf(index: number, provider?: Provider): HDNodeWallet {
  const wallet = HDNodeWallet.fromPhrase(`${"test ".repeat(11)}junk`, undefined, `m/44'/60'/0'/0/${index}`);
  return provider === undefined ? wallet : wallet.connect(provider);
}

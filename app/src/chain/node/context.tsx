import type { EscrowClient } from "prepaid-escrow";
import { createContext, useContext } from "react";
import type { ReactNode } from "react";

import type { Follower } from "../following/follower";
import type { Database } from "../storage/database";
import type { NameBook } from "./nameBook";
import type { DeploymentSettings, Settings } from "./settings";

/** Everything a page works with. */
export interface ConsoleChain {
  readonly settings: Settings;
  readonly deployment: DeploymentSettings;
  /** Reads; the connected wallet sends through it too. */
  readonly client: EscrowClient;
  readonly database: Database;
  readonly follower: Follower;
  readonly nameBook: NameBook;
  /** Milliseconds between two questions to the node. */
  readonly pace: number;
}

const ChainContext = createContext<ConsoleChain | undefined>(undefined);

export function ChainProvider({ chain, children }: { readonly chain: ConsoleChain; readonly children: ReactNode }) {
  return <ChainContext value={chain}>{children}</ChainContext>;
}

export function useChain(): ConsoleChain {
  const chain = useContext(ChainContext);
  if (chain === undefined) throw new Error("No chain around this page.");
  return chain;
}

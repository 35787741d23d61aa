import { useQuery, useQueryClient } from "@tanstack/react-query";
import { EscrowClient, NodeUnreachableError, WrongNetworkError } from "prepaid-escrow";
import type { FoldedCard } from "prepaid-escrow/ledger";
import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";

import { LOCAL_CHAIN } from "./config";
import type { DeploymentSettings, Settings } from "./config";
import { openDatabase } from "./database";
import type { Database } from "./database";
import { Follower } from "./follow";
import type { Ledger } from "./ledger";
import { NameBook, nameIn } from "./names";
import { Node } from "./node";
import { signerOf, wallets } from "./wallets";
import type { Connection } from "./wallets";

/** Everything a page works with. */
export interface Chain {
  readonly settings: Settings;
  readonly deployment: DeploymentSettings;
  /** Reads. */
  readonly client: EscrowClient;
  readonly database: Database;
  readonly follower: Follower;
  readonly nameBook: NameBook;
  /** Milliseconds between two looks at the chain. */
  readonly pace: number;
}

const ChainContext = createContext<Chain | undefined>(undefined);

/** Connects to the deployment's node, or to the wallet's where there is none. */
export async function openChain(settings: Settings, connection: Connection | undefined): Promise<Chain> {
  const [deployment] = settings.deployments;
  if (deployment === undefined) throw new RangeError("The settings name no deployment.");
  const { chainId, escrow, register, deployBlock } = deployment;
  const provider =
    deployment.node === undefined
      ? connection && signerOf(connection).provider
      : new Node(new URL(deployment.node, document.baseURI).href, chainId);
  if (provider === undefined) throw new NodeUnreachableError({});
  const reported = Number(
    await provider.send("eth_chainId", []).catch((cause: unknown) => {
      throw new NodeUnreachableError({ cause });
    }),
  );
  if (reported !== chainId) throw new WrongNetworkError(BigInt(reported), BigInt(chainId));
  const options = { escrow, deployBlock, ...(register === undefined ? {} : { register }) };
  const client = await EscrowClient.connect(provider, options);
  // Development chains begin anew with the same addresses: the block of the deployment tells them apart.
  const first = await provider.getBlock(Math.max(deployBlock, 1));
  const database = await openDatabase(`${chainId} ${escrow.slice(2, 10)} ${first?.hash?.slice(2, 10) ?? ""}`);
  const { hashEvidence } = await import("./evidence");
  for (const text of settings.development?.evidence ?? []) await hashEvidence(database, text, []);
  const pace = chainId === LOCAL_CHAIN ? 2_000 : 12_000;
  const follower = new Follower({ client, database, pollInterval: pace });
  return { settings, deployment, client, database, follower, nameBook: new NameBook(client), pace };
}

export function ChainProvider({ chain, children }: { readonly chain: Chain; readonly children: ReactNode }) {
  return <ChainContext value={chain}>{children}</ChainContext>;
}

export function useChain(): Chain {
  const chain = useContext(ChainContext);
  if (chain === undefined) throw new Error("No chain around this page.");
  return chain;
}

/** The wallets of this browser and the one in use. */
export function useWallets() {
  return useSyncExternalStore(wallets.subscribe, wallets.get);
}

/** The connected account on the right chain. */
export function useAccount(): string | undefined {
  return useWallets().connection?.account;
}

/**
 * Answers a client that sends and signs with the connected wallet.
 *
 * @throws WrongNetworkError if the wallet is on another chain.
 */
export function useSigning(): () => Promise<EscrowClient> {
  const { client, deployment, pace } = useChain();
  return async () => {
    const { connection } = wallets.get();
    if (connection === undefined) {
      const { SignerMissingError } = await import("prepaid-escrow");
      throw new SignerMissingError();
    }
    if (connection.chainId !== deployment.chainId) {
      throw new WrongNetworkError(BigInt(connection.chainId), BigInt(deployment.chainId));
    }
    const { escrow, register, deployBlock } = client;
    return await EscrowClient.connect(signerOf(connection), {
      ...{ escrow, deployBlock, chainId: BigInt(deployment.chainId), interval: pace },
      ...(register === undefined ? {} : { register }),
    });
  };
}

/** Something read from the chain, and read again as it goes on. */
export function useRead<Answer>(
  key: readonly unknown[],
  read: (client: EscrowClient) => Promise<Answer>,
  options: { readonly enabled?: boolean; readonly still?: boolean } = {},
) {
  const { client, pace } = useChain();
  return useQuery({
    queryKey: key.map((part) => (typeof part === "bigint" ? part.toString() : part)),
    queryFn: () => read(client),
    enabled: options.enabled ?? true,
    // What never changes is asked for until it is there.
    refetchInterval: ({ state }) => (options.still === true && state.data !== undefined ? false : pace * 2),
    staleTime: options.still === true ? "static" : pace,
  });
}

/** All merchants and cards, from events; following begins with the first page that asks. */
export function useLedger(): Ledger {
  const { follower } = useChain();
  return useSyncExternalStore(follower.subscribe, follower.get);
}

/** Cards of a merchant with their ids, those that were deleted left out. */
export function useCardsOf(merchantId: bigint): readonly (readonly [string, FoldedCard])[] {
  const { cards } = useLedger();
  return useMemo(() => [...cards].filter(([, { merchantId: of }]) => of === merchantId), [cards, merchantId]);
}

/** Has every page read again what it shows, but for what never changes. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries();
}

/** The chain's time as it was read, and this machine's at that moment, in milliseconds. */
interface ReadTime {
  readonly chain: bigint;
  readonly here: number;
}

function timeOf(client: EscrowClient) {
  const queryFn = async (): Promise<ReadTime> => ({ chain: await client.now(), here: Date.now() });
  return { queryKey: ["now"], queryFn };
}

/** The chain's time; between blocks it goes on with this machine's. */
function timeAt(read: ReadTime | undefined, here: number): bigint {
  if (read === undefined) return BigInt(Math.floor(here / 1_000));
  return read.chain + BigInt(Math.max(0, Math.floor((here - read.here) / 1_000)));
}

/** The chain's time, going on every second between blocks. */
export function useNow(): bigint {
  const { client, pace } = useChain();
  const { data } = useQuery({ ...timeOf(client), refetchInterval: pace * 2 });
  const [here, setHere] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => {
      setHere(Date.now());
    }, 1_000);
    return () => {
      clearInterval(ticking);
    };
  }, []);
  return useMemo(() => timeAt(data, here), [data, here]);
}

/** A clock that tells the chain's time whenever it is asked, once it has been read. */
export function useClock(): { readonly read: () => Promise<unknown>; readonly now: () => bigint } {
  const { client, pace } = useChain();
  const queries = useQueryClient();
  useQuery({ ...timeOf(client), refetchInterval: pace * 2 });
  return useMemo(
    () => ({
      read: () => queries.query({ ...timeOf(client), staleTime: "static" }),
      now: () => timeAt(queries.getQueryData<ReadTime>(timeOf(client).queryKey), Date.now()),
    }),
    [queries, client],
  );
}

/** What people call a merchant, a program and an account. */
export function useNames() {
  const { settings, follower, nameBook } = useChain();
  const { merchants, programs, accounts } = settings.names ?? {};
  const learned = useSyncExternalStore(nameBook.subscribe, nameBook.version);
  return useMemo(() => {
    // Where events are followed they bring every name with them.
    const ask = (of: "merchant" | "program", id: bigint) => (follower.started ? undefined : nameBook.get(of, id));
    const byAddress = new Map(Object.entries(accounts ?? {}).map(([address, name]) => [address.toLowerCase(), name]));
    for (const { address, name, role } of settings.development?.accounts ?? []) {
      if (!byAddress.has(address.toLowerCase()))
        byAddress.set(address.toLowerCase(), role === "operator" ? `${name} (till)` : name);
    }
    return {
      merchant: (id: bigint): string =>
        merchants?.[id.toString()] ??
        nameIn(follower.get().merchants.get(id)?.metadataURI) ??
        ask("merchant", id) ??
        `#${id}`,
      program: (id: bigint): string =>
        programs?.[id.toString()] ?? nameIn(follower.get().programURIs.get(id)) ?? ask("program", id) ?? `#${id}`,
      account: (address: string): string => byAddress.get(address.toLowerCase()) ?? short(address),
      known: (address: string): string | undefined => byAddress.get(address.toLowerCase()),
    };
  }, [merchants, programs, accounts, settings, follower, nameBook, learned]);
}

/** The ends of an address or hash. */
export function short(hex: string): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`;
}

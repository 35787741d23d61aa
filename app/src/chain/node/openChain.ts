import { EscrowClient, NodeUnreachableError, WrongNetworkError } from "prepaid-escrow";

import { Follower } from "../following/follower";
import { openDatabase } from "../storage/database";
import { signerOf } from "../wallet/wallets";
import type { Connection } from "../wallet/wallets";
import type { ConsoleChain } from "./context";
import { NameBook } from "./nameBook";
import { NodeProvider } from "./node";
import { LOCAL_CHAIN } from "./settings";
import type { Settings } from "./settings";

/** Connects to the deployment's node, or to the wallet's where there is none. */
export async function openChain(settings: Settings, connection: Connection | undefined): Promise<ConsoleChain> {
  const [deployment] = settings.deployments;
  if (deployment === undefined) throw new RangeError("The settings name no deployment.");
  const { chainId, escrow, register, deployBlock } = deployment;
  const provider =
    deployment.node === undefined
      ? connection && signerOf(connection).provider
      : new NodeProvider(new URL(deployment.node, document.baseURI).href, chainId);
  if (provider === undefined) throw new NodeUnreachableError({});
  const reported = Number(
    await provider.send("eth_chainId", []).catch((cause: unknown) => {
      throw new NodeUnreachableError({ cause });
    }),
  );
  if (reported !== chainId) throw new WrongNetworkError(BigInt(reported), BigInt(chainId));
  const pace = chainId === LOCAL_CHAIN ? 2_000 : 12_000;
  const options = { escrow, deployBlock, interval: pace, ...(register === undefined ? {} : { register }) };
  const client = await EscrowClient.connect(provider, options);
  // Development chains begin anew with the same addresses: the hash of the deployment's block distinguishes them.
  const first = await provider.getBlock(Math.max(deployBlock, 1));
  const database = await openDatabase(`${chainId} ${escrow.slice(2, 10)} ${first?.hash?.slice(2, 10) ?? ""}`);
  const { hashEvidence } = await import("../storage/evidence");
  for (const text of settings.development?.evidence ?? []) await hashEvidence(database, text, []);
  const follower = new Follower({ client, database, pollInterval: pace });
  return { settings, deployment, client, database, follower, nameBook: new NameBook(client), pace };
}

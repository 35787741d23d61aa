import { expect } from "chai";
import { verifyTypedData } from "ethers";
import * as own from "ethers";
import * as foreign from "ethers-oldest";

import { EscrowClient } from "../../src/client/client.js";
import type { ProviderLike, SignerLike } from "../../src/client/ethersLike.js";
import { exitRequest } from "../../src/actions/signing.js";
import { TransactionDroppedError } from "../../src/client/errors.js";
import { buyCard } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { serveChain } from "../helpers/http.js";
import { loadShop } from "../helpers/shop.js";

const INTERVAL = 30;

describe("Another copy of ethers", () => {
  let node: Awaited<ReturnType<typeof serveChain>>;
  let rpc: foreign.JsonRpcProvider;
  /** How often a client has begun to look for its transaction. */
  let looks = 0;

  before(async () => {
    node = await serveChain(async (ask, method, params) => {
      if (method === "eth_getTransactionReceipt") looks += 1;
      return await ask(method, params);
    });
    rpc = new foreign.JsonRpcProvider(node.url, 31_337, { staticNetwork: true, pollingInterval: 20, cacheTimeout: -1 });
  });
  after(async () => {
    rpc.destroy();
    await node.close();
  });
  afterEach(async () => {
    await ethers.provider.send("evm_setAutomine", [true]);
  });

  it("is one: its classes are not those of this package's", () => {
    expect(foreign.version).to.not.equal(own.version);
    expect(new foreign.Wallet(foreign.id("key"))).to.not.be.instanceOf(own.Wallet);
  });

  /** The signers of that copy, each for an account with ether. */
  const signers: Readonly<Record<string, (account: string) => SignerLike>> = {
    Wallet: () => new foreign.Wallet(foreign.id("key"), rpc),
    "Wallet without a provider": () => new foreign.Wallet(foreign.id("key")),
    NonceManager: () => new foreign.NonceManager(new foreign.Wallet(foreign.id("key"), rpc)),
    JsonRpcSigner: (account) => new foreign.JsonRpcSigner(rpc, account),
  };

  for (const [name, signerOf] of Object.entries(signers)) {
    it(`sends and signs with its ${name}`, async () => {
      const shop = await networkHelpers.loadFixture(loadShop);
      const escrow = await shop.escrow.getAddress();
      const reader = await EscrowClient.connect(rpc, { escrow, interval: INTERVAL });
      const client = reader.withSigner(signerOf(shop.holder.address));
      const account = await client.account();
      await networkHelpers.setBalance(account, 10n ** 18n);
      const { events } = await client.execute("setRecovery", { recovery: shop.other.address });
      expect(events.map((event) => event.name)).to.deep.equal(["RecoverySet"]);
      expect(await reader.recoveryOf(account)).to.equal(shop.other.address);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const { domain, types, message } = exitRequest(client.domain, account, { cardId, nonce: 0n, deadline: 1n });
      const signature = await client.signer!.signTypedData(domain, types, message);
      expect(verifyTypedData(domain, types, message, signature)).to.equal(account);
    });
  }

  it("reads with its provider: views, balances, logs", async () => {
    const shop = await networkHelpers.loadFixture(loadShop);
    const cardId = await buyCard(shop, { program: shop.programs.count });
    const provider: ProviderLike = rpc;
    const client = await EscrowClient.connect(provider, { escrow: await shop.escrow.getAddress() });
    expect((await client.card(cardId)).status).to.equal("Open");
    expect((await client.findCards(shop.holder.address)).map((found) => found.cardId)).to.deep.equal([cardId]);
    expect((await client.tokenOf(1n)).symbol).to.equal("TCNY");
    expect((await client.history.merchants()).length).to.be.at.least(1);
  });

  it("explains a refusal as this package's own does", async () => {
    const shop = await networkHelpers.loadFixture(loadShop);
    const escrow = await shop.escrow.getAddress();
    const ownRpc = new own.JsonRpcProvider(node.url, 31_337, { staticNetwork: true });
    const errors = await Promise.all(
      [rpc, ownRpc].map(async (provider) => {
        const client = await EscrowClient.connect(provider, { escrow });
        return await rejectionOf(client.simulate("payOut", { merchantId: 1n }, shop.holder.address));
      }),
    );
    ownRpc.destroy();
    expect(String(errors[0])).to.equal(String(errors[1]));
    expect(errors[0]!.constructor).to.equal(errors[1]!.constructor);
  });

  it("reports that a transaction was dropped, as over this package's own", async () => {
    const shop = await networkHelpers.loadFixture(loadShop);
    const wallet = new foreign.Wallet(foreign.id("key"), rpc);
    await networkHelpers.setBalance(wallet.address, 10n ** 18n);
    const client = await EscrowClient.connect(wallet, { escrow: await shop.escrow.getAddress(), interval: INTERVAL });
    await ethers.provider.send("evm_setAutomine", [false]);
    const call = client.call("setRecovery", { recovery: shop.other.address });
    const { hash, rejection } = await new Promise<{ hash: string; rejection: Promise<unknown> }>((resolve) => {
      const onSent = (sent: string): void => {
        resolve({ hash: sent, rejection: outcome });
      };
      const outcome = rejectionOf(client.send(call, { onSent }));
    });
    // The second look begins when the client has seen in the first that the node knows the transaction.
    const seen = looks + 2;
    while (looks < seen) await new Promise((resolve) => setTimeout(resolve, 5));
    await networkHelpers.dropTransaction(hash);
    expect(await rejection).to.be.instanceOf(TransactionDroppedError);
  });
});

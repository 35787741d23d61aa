import { expect } from "chai";
import { JsonRpcProvider, Wallet, toQuantity } from "ethers";

import { EscrowClient } from "../../src/client/client.js";
import type { RequestLike } from "../../src/client/ethersLike.js";
import { gasLimitFor } from "../../src/client/sending.js";
import type { SendOptions } from "../../src/client/sending.js";
import { GasMoneyShortError } from "../../src/client/errors.js";
import { RevertError, isRevert } from "../../src/contracts/reverts.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { serveChain } from "../helpers/http.js";
import { loadShop } from "../helpers/shop.js";

const GWEI = 10n ** 9n;

describe("Sending", () => {
  let node: Awaited<ReturnType<typeof serveChain>>;
  let rpc: JsonRpcProvider;
  let asked: string[] = [];

  before(async () => {
    node = await serveChain(async (ask, method, params) => {
      asked.push(method);
      return await ask(method, params);
    });
    rpc = new JsonRpcProvider(node.url, 31_337, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 });
  });
  after(async () => {
    rpc.destroy();
    await node.close();
  });
  afterEach(async () => {
    await ethers.provider.send("evm_setAutomine", [true]);
  });

  /** A client that only reads, and a wallet with ether that has no provider. */
  async function readerAndWallet() {
    const shop = await networkHelpers.loadFixture(loadShop);
    const escrow = await shop.escrow.getAddress();
    const reader = await EscrowClient.connect(rpc, { escrow, interval: 20, deployBlock: 1 });
    const wallet = new Wallet(Wallet.createRandom().privateKey);
    await networkHelpers.setBalance(wallet.address, 10n ** 18n);
    const call = reader.call("setRecovery", { recovery: shop.other.address });
    asked = [];
    return { shop, reader, wallet, call };
  }

  describe("with another signer", () => {
    it("uses the same contracts and node, which is not asked again", async () => {
      const { reader, wallet } = await readerAndWallet();
      const client = reader.withSigner(wallet);
      expect(await client.account()).to.equal(wallet.address);
      expect(asked).to.deep.equal([]);
      expect(client.provider).to.equal(reader.provider);
      for (const field of ["escrow", "chainId", "deployBlock", "interval", "register"] as const) {
        expect(client[field]).to.equal(reader[field]);
      }
      expect(reader.signer).to.equal(undefined);
    });

    it("sends over the client's node what a signer without one has signed", async () => {
      const { shop, reader, wallet, call } = await readerAndWallet();
      const { events } = await reader.withSigner(wallet).send(call);
      expect(events.map(({ name }) => name)).to.deep.equal(["RecoverySet"]);
      expect(await reader.recoveryOf(wallet.address)).to.equal(shop.other.address);
    });

    it("names by how much a signer without a node of its own is short of ether", async () => {
      const { reader, call } = await readerAndWallet();
      const error = await rejectionOf(reader.withSigner(new Wallet(Wallet.createRandom().privateKey)).send(call));
      expect(error).to.be.instanceOf(GasMoneyShortError);
      expect((error as GasMoneyShortError).needed! > 0n).to.equal(true);
    });
  });

  describe("with a gas limit of the caller's", () => {
    const fixed: SendOptions = {
      gasLimit: 100_000n,
      nonce: 0,
      fees: { maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI },
    };

    it("asks for the block, has the transaction taken, and asks for its receipt; nothing else", async () => {
      const { reader, wallet, call } = await readerAndWallet();
      await reader.withSigner(wallet).send(call, fixed);
      expect(asked).to.have.members(["eth_blockNumber", "eth_sendRawTransaction", "eth_getTransactionReceipt"]);
      const block = await rpc.getBlock("latest", true);
      const { gasLimit, maxFeePerGas, maxPriorityFeePerGas, nonce } = block!.prefetchedTransactions[0]!;
      expect({ gasLimit, nonce, fees: { maxFeePerGas, maxPriorityFeePerGas } }).to.deep.equal(fixed);
    });

    it("offers one price where the caller gives one", async () => {
      const { reader, wallet, call } = await readerAndWallet();
      await reader.withSigner(wallet).send(call, { ...fixed, fees: { gasPrice: 7n * GWEI } });
      const block = await rpc.getBlock("latest", true);
      expect(block!.prefetchedTransactions[0]!).to.include({ type: 0, gasPrice: 7n * GWEI });
    });

    it("finds out why the contract refused when it is mined", async () => {
      const { reader, wallet } = await readerAndWallet();
      await ethers.provider.send("evm_setAutomine", [false]);
      const client = reader.withSigner(wallet);
      const sent = await client.submit(client.call("payOut", { merchantId: 1n }), fixed);
      await networkHelpers.mine();
      const error = await rejectionOf(client.outcomeOf(sent));
      expect(error).to.be.instanceOf(RevertError);
      expect(isRevert(error, "PoolNothingReleasable")).to.equal(true);
    });
  });

  it("takes many at once, each with its nonce, before the first is mined", async () => {
    const { shop, reader, wallet, call } = await readerAndWallet();
    await ethers.provider.send("evm_setAutomine", [false]);
    const client = reader.withSigner(wallet);
    const hashes: string[] = [];
    const onSent = (hash: string): void => {
      hashes.push(hash);
    };
    const sent = [];
    for (const nonce of [0, 1, 2]) sent.push(await client.submit(call, { gasLimit: 100_000n, nonce, onSent }));
    expect(sent.map(({ hash }) => hash)).to.deep.equal(hashes);
    await networkHelpers.mine();
    const outcomes = await Promise.all(sent.map((one) => client.outcomeOf(one)));
    expect(new Set(outcomes.map(({ blockNumber }) => blockNumber)).size).to.equal(1);
    expect(outcomes.flatMap(({ events }) => events)).to.have.length(3);
    expect(await reader.recoveryOf(wallet.address)).to.equal(shop.other.address);
  });

  it("keeps a wallet to one request that signs and sends, and to the block from which a replacement is sought", async () => {
    const { shop, reader, call } = await readerAndWallet();
    const account = shop.holder.address;
    const wallet = {
      ...{ provider: null, getAddress: () => Promise.resolve(account) },
      signTypedData: () => Promise.reject(new Error("It signs nothing here.")),
      sendUncheckedTransaction: async ({ to, data, gasLimit }: RequestLike) =>
        (await rpc.send("eth_sendTransaction", [{ from: account, to, data, gas: toQuantity(gasLimit!) }])) as string,
    };
    const client = reader.withSigner(wallet);
    await client.send(call, { gasLimit: 100_000n });
    expect(asked).to.deep.equal(["eth_blockNumber", "eth_sendTransaction", "eth_getTransactionReceipt"]);
  });

  it("allows a fifth more gas than the estimate, and never more than one transaction may have", () => {
    const cap = 2n ** 24n;
    expect(gasLimitFor(100_000n)).to.equal(120_000n);
    const last = (cap * 5n) / 6n;
    expect(gasLimitFor(last) <= cap).to.equal(true);
    expect(gasLimitFor(last + 2n)).to.equal(cap);
    expect(gasLimitFor(cap - 1n)).to.equal(cap);
    // A node would not have answered such an estimate; it is left for the node to refuse.
    expect(gasLimitFor(cap)).to.equal((cap * 6n) / 5n);
  });
});

import { expect } from "chai";
import { JsonRpcProvider, JsonRpcSigner, Wallet } from "ethers";
import type { TransactionRequest } from "ethers";

import { EscrowClient } from "../../src/client/client.js";
import type { Outcome } from "../../src/client/client.js";
import { OutcomeUnknownError, TransactionDroppedError, TransactionReplacedError } from "../../src/client/errors.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { refusal, serveChain } from "../helpers/http.js";
import { loadShop } from "../helpers/shop.js";

/** Milliseconds between two looks: quick, but with room for the node to answer. */
const INTERVAL = 50;
const GWEI = 10n ** 9n;

/** Looks that change nothing, more than after which a transaction would be called dropped. */
const SOME = 5;

describe("A transaction that is not mined at once", () => {
  let node: Awaited<ReturnType<typeof serveChain>>;
  let rpc: JsonRpcProvider;
  /** The status with which the server answers instead of the node; to which questions, if not to all. */
  let status: number | undefined;
  let refused: string | undefined;
  /** What is answered to a question in place of the node. */
  let instead: Readonly<Record<string, unknown>> = {};
  /** How often a client has begun to look for its transaction. */
  let looks = 0;

  before(async () => {
    node = await serveChain(async (ask, method, params) => {
      if (method === "eth_getTransactionReceipt") looks += 1;
      if (method in instead) return instead[method];
      if (status !== undefined && (refused ?? method) === method) throw refusal(status);
      return await ask(method, params);
    });
    rpc = new JsonRpcProvider(node.url, 31_337, { staticNetwork: true, pollingInterval: 20, cacheTimeout: -1 });
  });
  after(async () => {
    rpc.destroy();
    await node.close();
  });
  afterEach(async () => {
    [status, refused, instead] = [undefined, undefined, {}];
    await ethers.provider.send("evm_setAutomine", [true]);
    // Whatever ended the waiting, nothing goes on asking.
    expect(await rpc.listenerCount()).to.equal(0);
  });

  /** Waits until the client has looked so many times, however long the machine takes for it. */
  async function waitFor(count: number): Promise<void> {
    const enough = looks + count;
    while (looks < enough) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** A client with its key, whose call has been sent to a node that mines nothing by itself. */
  async function sent() {
    const shop = await networkHelpers.loadFixture(loadShop);
    const wallet = new Wallet(Wallet.createRandom().privateKey, rpc);
    await networkHelpers.setBalance(wallet.address, 10n ** 18n);
    const client = await EscrowClient.connect(wallet, { escrow: await shop.escrow.getAddress(), interval: INTERVAL });
    await ethers.provider.send("evm_setAutomine", [false]);
    const call = client.call("setRecovery", { recovery: shop.other.address });
    let outcome: Promise<Outcome> | undefined;
    const hash = await new Promise<string>((resolve) => {
      outcome = client.send(call, { onSent: resolve });
      // What it ends with is looked at later.
      outcome.catch(() => undefined);
    });
    // The node is asked whether it knows it: the second look begins when the first is over.
    await waitFor(2);
    /** Sends another one in the place of the first. */
    const replace = async (request: TransactionRequest): Promise<string> => {
      const price = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 50n * GWEI };
      const replacement = await wallet.sendTransaction({ ...request, nonce: 0, gasLimit: 200_000n, ...price });
      return replacement.hash;
    };
    return { client, wallet, shop, call, hash, outcome: outcome!, replace };
  }

  async function expectDropped(outcome: Promise<Outcome>, hash: string): Promise<void> {
    const error = await rejectionOf(outcome);
    expect(error).to.be.instanceOf(TransactionDroppedError);
    expect((error as TransactionDroppedError).transactionHash).to.equal(hash);
  }

  it("is waited for as long as the node knows it", async () => {
    const { client, shop, wallet, hash, outcome } = await sent();
    await waitFor(SOME);
    await networkHelpers.mine();
    const { transactionHash, events } = await outcome;
    expect(transactionHash).to.equal(hash);
    expect(events.map(({ name }) => name)).to.deep.equal(["RecoverySet"]);
    expect(await client.recoveryOf(wallet.address)).to.equal(shop.other.address);
  });

  it("is reported as dropped once the node has forgotten it, and can be sent again", async () => {
    const { client, call, hash, outcome } = await sent();
    await networkHelpers.dropTransaction(hash);
    await expectDropped(outcome, hash);
    await ethers.provider.send("evm_setAutomine", [true]);
    expect((await client.send(call)).events).to.have.length(1);
  });

  it("is reported as replaced, and by which, once another one with its nonce is mined", async () => {
    const { wallet, hash, outcome, replace } = await sent();
    const replacement = await replace({ to: wallet.address });
    // The node knows only the second by now; that is no reason to call the first dropped.
    await waitFor(SOME);
    await networkHelpers.mine();
    const error = await rejectionOf(outcome);
    expect(error).to.be.instanceOf(TransactionReplacedError);
    expect(error).to.include({ transactionHash: hash, replacement });
  });

  it("counts as done when the same call is mined at another price", async () => {
    const { client, shop, wallet, call, outcome, replace } = await sent();
    const repriced = await replace(call);
    await waitFor(SOME);
    await networkHelpers.mine();
    expect((await outcome).transactionHash).to.equal(repriced);
    expect(await client.recoveryOf(wallet.address)).to.equal(shop.other.address);
  });

  it("is reported as dropped when what has replaced it is dropped, too", async () => {
    const { wallet, hash, outcome, replace } = await sent();
    const replacement = await replace({ to: wallet.address });
    await waitFor(SOME);
    await networkHelpers.dropTransaction(replacement);
    await expectDropped(outcome, hash);
  });

  it("is not given up while the node is away, nor because it was", async () => {
    const { hash, outcome } = await sent();
    status = 503;
    await waitFor(SOME);
    status = undefined;
    await waitFor(3);
    await networkHelpers.mine();
    expect((await outcome).transactionHash).to.equal(hash);
  });

  it("is waited for although the node fails the question for it, block after block", async () => {
    const { hash, outcome } = await sent();
    [status, refused] = [503, "eth_getTransactionReceipt"];
    await networkHelpers.mine();
    await waitFor(SOME);
    await networkHelpers.mine(2);
    await waitFor(SOME);
    status = undefined;
    expect((await outcome).transactionHash).to.equal(hash);
  });

  it("has an unknown outcome when the node does not come back", async () => {
    const { hash, outcome } = await sent();
    status = 503;
    const error = await rejectionOf(outcome);
    expect(error).to.be.instanceOf(OutcomeUnknownError).and.include({ transactionHash: hash });
  });

  it("has an unknown outcome, and is not reported as dropped, if no node has ever known it", async () => {
    const { shop, wallet, client: first, outcome: before } = await sent();
    await networkHelpers.mine();
    await before;
    // A wallet that sends by a way of its own answers a hash that the node has never heard of.
    class PrivateWallet extends Wallet {
      override async sendTransaction(request: TransactionRequest) {
        const signed = await this.signTransaction(await this.populateTransaction(request));
        const parsed = ethers.Transaction.from(signed);
        return new ethers.TransactionResponse(
          { ...parsed.toJSON(), hash: parsed.hash, from: this.address } as never,
          rpc,
        ).replaceableTransaction(await rpc.getBlockNumber());
      }
    }
    const { escrow } = first;
    const client = await EscrowClient.connect(new PrivateWallet(wallet.privateKey, rpc), { escrow, interval: 10 });
    const error = await rejectionOf(client.execute("setRecovery", { recovery: shop.owner.address }));
    expect(error).to.be.instanceOf(OutcomeUnknownError);
  });

  describe("of a wallet behind JSON-RPC, which returns the hash alone,", () => {
    /** A client with a wallet, whose call has been sent to a node that mines nothing by itself. */
    async function sentByWallet(interval = INTERVAL) {
      const shop = await networkHelpers.loadFixture(loadShop);
      const signer = new JsonRpcSigner(rpc, shop.holder.address);
      const client = await EscrowClient.connect(signer, { escrow: await shop.escrow.getAddress(), interval });
      await ethers.provider.send("evm_setAutomine", [false]);
      let outcome: Promise<Outcome> | undefined;
      const hash = await new Promise<string>((resolve) => {
        outcome = client.send(client.call("setRecovery", { recovery: shop.other.address }), { onSent: resolve });
        outcome.catch(() => undefined);
      });
      return { hash, outcome: outcome! };
    }

    it("is waited for", async () => {
      const { hash, outcome } = await sentByWallet();
      await waitFor(SOME);
      await networkHelpers.mine();
      expect((await outcome).transactionHash).to.equal(hash);
    });

    it("is waited for though no node knows it before it is mined", async () => {
      instead = { eth_getTransactionByHash: null };
      const { hash, outcome } = await sentByWallet();
      await waitFor(SOME);
      await networkHelpers.mine();
      expect((await outcome).transactionHash).to.equal(hash);
    });

    it("has an unknown outcome, and is not reported as dropped, if no node has ever known it", async () => {
      instead = { eth_sendTransaction: `0x${"ab".repeat(32)}` };
      const { hash, outcome } = await sentByWallet(10);
      const error = await rejectionOf(outcome);
      expect(error).to.be.instanceOf(OutcomeUnknownError).and.include({ transactionHash: hash });
    });

    it("is reported as dropped once the node has forgotten it", async () => {
      const { hash, outcome } = await sentByWallet();
      await waitFor(2);
      await networkHelpers.dropTransaction(hash);
      await expectDropped(outcome, hash);
    });
  });

  it("is reported as dropped over an account of the node, as commands use", async () => {
    const shop = await networkHelpers.loadFixture(loadShop);
    const escrow = await shop.escrow.getAddress();
    const provider = shop.holder.provider!;
    const getTransactionReceipt = provider.getTransactionReceipt.bind(provider);
    provider.getTransactionReceipt = async (hash) => {
      looks += 1;
      return await getTransactionReceipt(hash);
    };
    try {
      const client = await EscrowClient.connect(shop.holder, { escrow, interval: INTERVAL });
      await ethers.provider.send("evm_setAutomine", [false]);
      const call = client.call("setRecovery", { recovery: shop.other.address });
      const { hash, rejection } = await new Promise<{ hash: string; rejection: Promise<unknown> }>((resolve) => {
        const onSent = (sent: string): void => {
          resolve({ hash: sent, rejection: outcome });
        };
        const outcome = rejectionOf(client.send(call, { onSent }));
      });
      await waitFor(2);
      await networkHelpers.dropTransaction(hash);
      const error = await rejection;
      expect(error).to.be.instanceOf(TransactionDroppedError).and.include({ transactionHash: hash });
    } finally {
      provider.getTransactionReceipt = getTransactionReceipt;
    }
  });
});

import { expect } from "chai";
import { JsonRpcProvider } from "ethers";

import { EscrowClient } from "../../src/client/client.js";
import { OutcomeUnknownError } from "../../src/client/errors.js";
import { isRevert } from "../../src/contracts/reverts.js";
import { MemoryTillStore, SETTLE_GAS } from "../../src/till/index.js";
import type { SentBatch, TillStore, ConsumptionOrder } from "../../src/till/index.js";
import { at, buyCard, now, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { serveChain } from "../helpers/http.js";
import { DAY } from "../helpers/fixture.js";
import { EXIT_DELAY, flagDefault } from "../helpers/leaving.js";
import { deployTill } from "../helpers/settling.js";
import type { Till as Cards } from "../helpers/settling.js";
import { FaultyNode } from "../watcher/faulty.js";
import { fork } from "../watcher/watching.js";
import { mine, openCounter, sign, until, serve } from "./counter.js";
import type { Counter } from "./counter.js";
import { walletOf } from "./wallets.js";

const OPERATOR = 5;

describe("Settling a till's book", () => {
  let shop: Cards;
  let counter: Counter;
  const order = (overrides: Partial<ConsumptionOrder> = {}): ConsumptionOrder =>
    ({ cardId: shop.cards.count, units: 1n, item: "a cut", ...overrides }) as ConsumptionOrder;
  const consumed = async (cardId = shop.cards.count): Promise<bigint> => (await shop.escrow.card(cardId)).consumed;

  beforeEach(async () => {
    shop = await networkHelpers.loadFixture(deployTill);
    counter = await openCounter(shop);
  });

  /** Settles what is open, urgent or not. */
  async function settleAll({ till }: Counter = counter): Promise<readonly SentBatch[]> {
    return await till.settler.send(await till.settler.plan());
  }

  it("sends nothing before it is time, then all cards in one transaction", async () => {
    await serve(counter, order(), shop.holder);
    await serve(counter, order({ cardId: shop.cards.plan, units: 5n }), shop.holder);
    await serve(counter, order({ cardId: shop.cards.others }), shop.other);
    expect((await counter.till.settler.settleIfDue()).sent).to.deep.equal([]);
    counter.clock.time += DAY;
    const { sent, plan } = await counter.till.settler.settleIfDue();
    expect(sent).to.have.length(1);
    expect(plan.because).to.deep.equal(["Old"]);
    expect(await consumed()).to.equal(1n);
    expect(await consumed(shop.cards.plan)).to.equal(5n);
    expect(await consumed(shop.cards.others)).to.equal(1n);
  });

  it("pays out along", async () => {
    await serve(counter, order(), shop.holder);
    counter.clock.time += DAY;
    const before = await shop.token.balanceOf(shop.payout);
    await counter.till.settler.settleIfDue({ payOut: true });
    expect((await shop.token.balanceOf(shop.payout)) - before).to.equal(60_000_000n);
  });

  it("does not send what is on its way, and forgets it when it is final", async () => {
    await serve(counter, order(), shop.holder);
    await settleAll();
    counter.clock.time += DAY;
    expect((await counter.till.settler.settleIfDue()).sent).to.deep.equal([]);
    await mine(1);
    expect((await counter.till.settler.reconcile()).pending).to.have.length(1);
    await mine(1);
    const { final } = await counter.till.settler.reconcile();
    expect(final).to.have.length(1);
    expect(await counter.store.batches()).to.deep.equal([]);
    expect(await counter.store.open()).to.deep.equal([]);
  });

  it("sends a newer visit of a card whose older one is on its way", async () => {
    await serve(counter, order(), shop.holder);
    await settleAll();
    await serve(counter, order(), shop.holder);
    const plan = await counter.till.settler.plan();
    expect(plan.vouchers.map((voucher) => voucher.voucher.cumulative)).to.deep.equal([2n]);
  });

  it("takes what somebody else has settled as settled", async () => {
    const request = await counter.till.requestConsumption(order());
    const signature = await sign(request, shop.holder);
    await counter.till.accept(request, signature);
    const voucher = request.toSign.complete(signature);
    await shop.escrow.connect(shop.operator).settle(shop.merchantId, [voucher]);
    expect((await counter.till.settler.reconcile()).lost).to.deep.equal([]);
    expect((await counter.till.settler.plan()).vouchers).to.deep.equal([]);
    expect(await counter.store.open(), "not final yet").to.have.length(1);
    await mine(2);
    await counter.till.settler.reconcile();
    expect(await counter.store.open()).to.deep.equal([]);
  });

  it("reports a finally settled visit as settled, and reads no other card", async () => {
    await serve(counter, order(), shop.holder);
    await serve(counter, order({ cardId: shop.cards.others }), shop.other);
    await counter.till.settler.settleNow([shop.cards.count]);
    expect(await consumed(shop.cards.others)).to.equal(0n);
    await mine(2);
    await counter.till.settler.reconcile();
    const outcomes = await counter.till.settler.settleNow([shop.cards.count]);
    expect(outcomes.map((one) => [one.voucher.cumulative, one.settled])).to.deep.equal([[1n, true]]);
  });

  describe("what the gas model gives", () => {
    for (const count of [1, 2, 10, 40]) {
      it(`is above what ${count} rows cost, and by less than a quarter`, async () => {
        const cards: string[] = [];
        for (let i = 0; i < count; i += 1) cards.push(await buyCard(shop, { program: shop.programs.count }));
        for (const cardId of cards) await serve(counter, order({ cardId }), shop.holder);
        const plan = await counter.till.settler.plan();
        const [batch] = await counter.till.settler.send(plan);
        const used = (await ethers.provider.getTransactionReceipt(batch!.hash!))!.gasUsed;
        expect(plan.gas >= used, `${plan.gas} for ${used}`).to.be.true;
        expect(plan.gas * 4n < used * 5n, `${plan.gas} for ${used}`).to.be.true;
        expect(plan.gas).to.equal(SETTLE_GAS.base + SETTLE_GAS.perProgram + BigInt(count) * SETTLE_GAS.perVoucher);
      });
    }

    it("is above what a payout adds", async () => {
      await serve(counter, order(), shop.holder);
      const plan = await counter.till.settler.plan({ payOut: true });
      const [batch] = await counter.till.settler.send(plan);
      expect(plan.gas >= (await ethers.provider.getTransactionReceipt(batch!.hash!))!.gasUsed).to.be.true;
    });
  });

  describe("what is lost", () => {
    it("is named once the card's closing is final, with its reason, and not tried again", async () => {
      await serve(counter, order(), shop.holder);
      await shop.escrow.connect(shop.operator).refundCard(shop.cards.count);
      const early = await counter.till.settler.reconcile();
      expect(early.lost).to.deep.equal([]);
      expect((await counter.till.settler.plan()).vouchers).to.deep.equal([]);
      await mine(2);
      const { lost } = await counter.till.settler.reconcile();
      expect(lost.map(({ reason }) => reason)).to.deep.equal(["CardNotOpen"]);
      expect((await counter.till.lost()).map(({ reason }) => reason)).to.deep.equal(["CardNotOpen"]);
      expect((await counter.till.settler.reconcile()).lost).to.deep.equal([]);
      expect(await counter.store.open()).to.deep.equal([]);
    });

    it("is only what was not settled before the card was closed", async () => {
      await serve(counter, order(), shop.holder);
      await counter.till.settler.settleNow([shop.cards.count]);
      await serve(counter, order(), shop.holder);
      await serve(counter, order(), shop.holder);
      await shop.escrow.connect(shop.operator).refundCard(shop.cards.count);
      await mine(2);
      await counter.till.settler.reconcile();
      expect((await counter.till.lost()).map((one) => one.voucher.cumulative)).to.deep.equal([2n, 3n]);
      expect((await counter.till.vouchers(shop.cards.count)).map(({ cumulative }) => cumulative)).to.deep.equal([1n]);
    });

    it("is the row that the escrow skips in a batch, while the others are booked", async () => {
      await serve(counter, order(), shop.holder);
      await serve(counter, order({ cardId: shop.cards.others }), shop.other);
      const plan = await counter.till.settler.plan();
      await shop.escrow.connect(shop.operator).refundCard(shop.cards.count);
      await counter.till.settler.send(plan);
      await mine(2);
      const { final, lost } = await counter.till.settler.reconcile();
      expect(final).to.have.length(1);
      expect(lost.map((one) => [one.voucher.cardId, one.reason])).to.deep.equal([[shop.cards.count, "CardNotOpen"]]);
      expect(await consumed(shop.cards.others)).to.equal(1n);
      expect(await counter.store.open()).to.deep.equal([]);
    });
  });

  describe("a holder who signs and leaves", () => {
    it("is settled in time: the till learns of the request and sends at once", async () => {
      await serve(counter, order(), shop.holder);
      await shop.escrow.connect(shop.holder).requestExit(shop.cards.count);
      const { plan, sent } = await counter.till.settler.settleIfDue();
      expect(plan.because).to.deep.equal(["ExitPending"]);
      expect(sent).to.have.length(1);
      await at((await now()) + EXIT_DELAY);
      await shop.escrow.executeExit(shop.cards.count);
      await mine(2);
      await counter.till.settler.reconcile();
      expect(await counter.till.lost()).to.deep.equal([]);
      expect(await counter.store.open()).to.deep.equal([]);
    });
  });

  describe("after a default flag", () => {
    it("settles with anybody's account, until the window ends", async () => {
      await serve(counter, order(), shop.holder);
      await serve(counter, order({ cardId: shop.cards.others }), shop.other);
      const stranger = await openCounter(shop, { store: counter.store }, shop.stranger);
      const refusal = await rejectionOf(stranger.till.settler.settleNow([shop.cards.count]));
      expect(isRevert(refusal, "MerchantOperatorOnly")).to.be.true;
      expect(await counter.store.batches(), "nothing was sent").to.deep.equal([]);
      await flagDefault(shop);
      const { plan } = await stranger.till.settler.settleIfDue();
      expect(plan.because).to.deep.equal(["Defaulted"]);
      expect([await consumed(), await consumed(shop.cards.others)]).to.deep.equal([1n, 1n]);
    });

    it("gives up what is left when the window is over", async () => {
      await serve(counter, order(), shop.holder);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      await mine(3);
      const { lost } = await counter.till.settler.reconcile();
      expect(lost.map(({ reason }) => reason)).to.deep.equal(["WindowOver"]);
    });

    it("gives up nothing before the end of the window is final, and sends nothing after it", async () => {
      await serve(counter, order(), shop.holder);
      const { windowEndsAt } = await flagDefault(shop);
      await at(windowEndsAt);
      await mine(2);
      expect(await now()).to.equal(windowEndsAt + 1n);
      expect((await counter.till.settler.reconcile()).lost).to.deep.equal([]);
      expect((await counter.till.settler.settleIfDue()).sent).to.deep.equal([]);
      expect(await counter.store.open()).to.have.length(1);
      await mine(1);
      expect((await counter.till.settler.reconcile()).lost.map(({ reason }) => reason)).to.deep.equal(["WindowOver"]);
    });

    it("knows what was settled of a card that was refunded and deleted since", async () => {
      await serve(counter, order(), shop.holder);
      const { windowEndsAt } = await flagDefault(shop);
      await counter.till.settler.settleIfDue();
      await at(windowEndsAt);
      await shop.escrow.refundCards(shop.merchantId, [shop.cards.count]);
      // The batch is forgotten, as if another till had sent it.
      for (const { id } of await counter.store.batches()) await counter.store.dropBatch(id);
      await mine(3);
      expect((await counter.till.settler.reconcile()).lost).to.deep.equal([]);
      expect(await counter.store.open()).to.deep.equal([]);
    });
  });

  describe("holders that are contracts", () => {
    /** A card of a wallet contract that approves the signatures of the holder's key. */
    async function walletCard() {
      const wallet = await ethers.deployContract("KeyWallet", [shop.holder.address]);
      const holder = await wallet.getAddress();
      await shop.escrow.connect(shop.payer).buy(shop.programs.count, holder, 1_200_000_000n, 0n);
      return {
        wallet,
        cardId: `${holder.toLowerCase()}${shop.programs.count.toString(16).padStart(8, "0")}${"0".repeat(16)}`,
      };
    }

    it("are served once their visit is on chain", async () => {
      const { cardId } = await walletCard();
      const request = await counter.till.requestConsumption(order({ cardId }));
      const answer = await counter.till.accept(request, await sign(request, shop.holder));
      expect(answer).to.include({ kind: "settleFirst", because: "ContractHolder" });
      const outcomes = await counter.till.settler.settleNow([cardId]);
      expect(outcomes.map(({ settled }) => settled)).to.deep.equal([true]);
      expect(await consumed(cardId)).to.equal(1n);
    });

    it("are not served, nor counted, if their contract does not confirm it; and that costs no gas", async () => {
      const { cardId } = await walletCard();
      const request = await counter.till.requestConsumption(order({ cardId }));
      expect((await counter.till.accept(request, await sign(request, shop.other))).kind).to.equal("settleFirst");
      const nonce = await shop.operator.getNonce();
      const outcomes = await counter.till.settler.settleNow([cardId]);
      expect(outcomes.map(({ settled, reason }) => [settled, reason])).to.deep.equal([[false, "BadSignature"]]);
      expect(await shop.operator.getNonce()).to.equal(nonce);
      expect((await counter.till.requestConsumption(order({ cardId }))).cumulative).to.equal(1n);
      expect((await counter.till.lost()).map(({ reason }) => reason)).to.deep.equal(["BadSignature"]);
    });
  });

  describe("when the chain or the way to it fails", () => {
    it("settles again what a change of the chain has undone", async () => {
      await serve(counter, order(), shop.holder);
      const undo = await fork();
      await settleAll();
      expect(await consumed()).to.equal(1n);
      await undo();
      await mine(1);
      expect(await consumed()).to.equal(0n);
      counter.clock.time += 119n;
      expect((await counter.till.settler.reconcile()).pending).to.have.length(1);
      counter.clock.time += 1n;
      expect((await counter.till.settler.reconcile()).requeued).to.have.length(1);
      expect((await counter.till.settler.plan()).vouchers).to.have.length(1);
      await settleAll();
      expect(await consumed()).to.equal(1n);
    });

    it("charges right across a change of the chain that undoes a visit settled elsewhere", async () => {
      const undo = await fork();
      const voucher = await signVoucher(shop.escrow, shop.holder, shop.cards.count, 3n);
      await shop.escrow.connect(shop.operator).settle(shop.merchantId, [voucher]);
      expect((await counter.till.requestConsumption(order())).cumulative).to.equal(4n);
      await undo();
      expect((await counter.till.requestConsumption(order())).cumulative).to.equal(1n);
    });

    it("does not count a card as gone whose closing was undone", async () => {
      await serve(counter, order(), shop.holder);
      const undo = await fork();
      await shop.escrow.connect(shop.operator).refundCard(shop.cards.count);
      expect((await counter.till.settler.reconcile()).lost).to.deep.equal([]);
      await undo();
      await mine(3);
      expect((await counter.till.settler.reconcile()).lost).to.deep.equal([]);
      await settleAll();
      expect(await consumed()).to.equal(1n);
    });

    describe("with a wallet of its own", () => {
      let node: Awaited<ReturnType<typeof serveChain>>;
      let provider: JsonRpcProvider;
      before(async () => {
        node = await serveChain();
      });
      after(async () => {
        await node.close();
      });
      beforeEach(async () => {
        // The chain of the tests changes under it, so nothing is worth remembering.
        provider = new JsonRpcProvider(node.url, undefined, { cacheTimeout: -1, batchMaxCount: 1 });
        const wallet = walletOf(OPERATOR, provider);
        const client = await EscrowClient.connect(wallet, { escrow: await shop.escrow.getAddress() });
        counter = await openCounter(shop, { client });
        await ethers.provider.send("evm_setAutomine", [false]);
      });
      afterEach(async () => {
        await ethers.provider.send("evm_setAutomine", [true]);
        provider.destroy();
      });

      it("knows the hash, and keeps the signed transaction, before it leaves", async () => {
        await serve(counter, order(), shop.holder);
        const kept: SentBatch[] = [];
        const { store } = counter;
        const keep = store.keepBatch.bind(store);
        store.keepBatch = async (batch) => {
          expect(await provider.getTransaction(batch.hash!)).to.equal(null);
          kept.push(batch);
          await keep(batch);
        };
        const [batch] = await settleAll();
        expect(kept).to.deep.equal([batch]);
        await mine(1);
        expect((await provider.getTransactionReceipt(batch!.hash!))?.status).to.equal(1);
      });

      it("sends a transaction again that was dropped on the way, the same one", async () => {
        await serve(counter, order(), shop.holder);
        const [batch] = await settleAll();
        await ethers.provider.send("hardhat_dropTransaction", [batch!.hash!]);
        expect(await provider.getTransaction(batch!.hash!)).to.equal(null);
        const { pending } = await counter.till.settler.reconcile();
        expect(pending.map(({ hash }) => hash)).to.deep.equal([batch!.hash]);
        await mine(3);
        expect(await consumed()).to.equal(1n);
        expect((await counter.till.settler.reconcile()).final).to.have.length(1);
      });

      for (const [when, seconds, again] of [
        ["a second before ten minutes", 599n, false],
        ["after ten minutes", 600n, true],
      ] as const) {
        it(`${again ? "pays more for" : "waits for"} a transaction that nobody has mined ${when}`, async () => {
          await serve(counter, order(), shop.holder);
          const [batch] = await settleAll();
          const price = (await provider.getTransaction(batch!.hash!))!.maxFeePerGas!;
          counter.clock.time += seconds;
          const { pending } = await counter.till.settler.reconcile();
          expect(pending).to.have.length(1);
          const [now] = await counter.store.batches();
          expect(now!.nonce).to.equal(batch!.nonce);
          expect(now!.hash !== batch!.hash).to.equal(again);
          const dearer = (await provider.getTransaction(now!.hash!))!.maxFeePerGas!;
          expect(dearer * 4n >= price * 5n).to.equal(again);
          await mine(3);
          expect(await consumed()).to.equal(1n);
          expect((await counter.till.settler.reconcile()).final).to.have.length(1);
        });
      }

      it("pays no more than two and a half times what is asked, however long nobody mines it", async () => {
        await serve(counter, order(), shop.holder);
        await settleAll();
        const { maxFeePerGas, maxPriorityFeePerGas } = await provider.getFeeData();
        for (let i = 0; i < 30; i += 1) {
          counter.clock.time += 600n;
          await counter.till.settler.reconcile();
        }
        const [batch] = await counter.store.batches();
        const sent = (await provider.getTransaction(batch!.hash!))!;
        expect(sent.maxFeePerGas! * 2n <= maxFeePerGas! * 5n, `${sent.maxFeePerGas}`).to.be.true;
        expect(sent.maxPriorityFeePerGas! * 2n <= maxPriorityFeePerGas! * 5n, `${sent.maxPriorityFeePerGas}`).to.be
          .true;
        await mine(3);
        expect(await consumed()).to.equal(1n);
      });

      it("leaves a transaction alone that another account has sent, or that nobody here can sign", async () => {
        await serve(counter, order(), shop.holder);
        const [batch] = await settleAll();
        const { store } = counter;
        const escrow = await shop.escrow.getAddress();
        const other = await EscrowClient.connect(walletOf(OPERATOR + 1, provider), { escrow });
        const reader = await EscrowClient.connect(provider, { escrow });
        for (const client of [other, reader]) {
          const till = await openCounter(shop, { client, store });
          till.clock.time += 600n;
          const { pending } = await till.till.settler.reconcile();
          expect(pending.map(({ hash }) => hash)).to.deep.equal([batch!.hash]);
          expect(await store.batches()).to.deep.equal([batch]);
        }
        await mine(3);
        expect((await counter.till.settler.reconcile()).final).to.have.length(1);
      });

      it("keeps what was sent in mind when the account cannot pay more for it", async () => {
        await serve(counter, order(), shop.holder);
        const [batch] = await settleAll();
        const { gasLimit, maxFeePerGas } = (await provider.getTransaction(batch!.hash!))!;
        await networkHelpers.setBalance(batch!.from, gasLimit * maxFeePerGas!);
        counter.clock.time += 600n;
        expect((await counter.till.settler.reconcile()).pending).to.have.length(1);
        expect(await counter.store.batches()).to.deep.equal([batch]);
        await mine(3);
        expect((await counter.till.settler.reconcile()).final).to.have.length(1);
      });

      it("finds after a kill what was about to leave, and sends it", async () => {
        await serve(counter, order(), shop.holder);
        const killed: TillStore["keepBatch"] = counter.store.keepBatch.bind(counter.store);
        counter.store.keepBatch = async (batch) => {
          await killed(batch);
          throw new Error("killed here");
        };
        await rejectionOf(settleAll());
        counter.store.keepBatch = killed;
        expect((await counter.till.settler.reconcile()).pending).to.have.length(1);
        await mine(3);
        expect(await consumed()).to.equal(1n);
      });

      it("puts rows back whose transaction was replaced by another", async () => {
        await serve(counter, order(), shop.holder);
        const [batch] = await settleAll();
        await ethers.provider.send("hardhat_dropTransaction", [batch!.hash!]);
        const wallet = walletOf(OPERATOR, provider);
        await wallet.sendTransaction({ to: wallet.address, nonce: batch!.nonce });
        await mine(1);
        expect((await counter.till.settler.reconcile()).requeued).to.have.length(1);
        expect((await counter.till.settler.plan()).vouchers).to.have.length(1);
      });

      it("throws OutcomeUnknownError when it takes too long, and keeps the voucher", async () => {
        await serve(counter, order(), shop.holder);
        const refusal = await rejectionOf(counter.till.settler.settleNow([shop.cards.count], { timeout: 20 }));
        expect(refusal).to.be.instanceOf(OutcomeUnknownError);
        expect(await counter.store.open()).to.have.length(1);
        await mine(1);
        const outcomes = await counter.till.settler.settleNow([shop.cards.count]);
        expect(outcomes.map(({ settled }) => settled)).to.deep.equal([true]);
      });
    });

    it("waits before it gives up a transaction that another process may be about to send", async () => {
      await serve(counter, order(), shop.holder);
      const { from, nonce } = { from: shop.operator.address, nonce: await shop.operator.getNonce() };
      const vouchers = [{ cardId: shop.cards.count, cumulative: 1n }];
      await counter.store.keepBatch({
        id: "x",
        operation: "settle",
        vouchers,
        from,
        nonce,
        sentAt: counter.clock.time,
      });
      expect((await counter.till.settler.reconcile()).pending).to.have.length(1);
      counter.clock.time += 120n;
      expect((await counter.till.settler.reconcile()).requeued).to.have.length(1);
    });
  });

  describe("following the chain", () => {
    it("looks again when something happens to a card, and when it is taken back", async () => {
      await counter.till.requestConsumption(order());
      const end = new AbortController();
      const seen: string[] = [];
      const provider = new FaultyNode();
      const following = counter.till.follow(
        {
          provider,
          fromBlock: (await ethers.provider.getBlockNumber()) + 1,
          pollInterval: 5,
          longestWait: 5,
          signal: end.signal,
        },
        (event) => {
          seen.push(event.name);
        },
      );
      const leaving = async () => (await counter.till.card(shop.cards.count))?.leaving;
      const undo = await fork();
      await shop.escrow.connect(shop.holder).requestExit(shop.cards.count);
      await until(async () => (await leaving()) === true);
      await undo();
      await mine(3);
      await until(async () => (await leaving()) === false);
      await flagDefault(shop);
      await until(async () => (await counter.till.merchant())?.status === "Defaulted");
      end.abort();
      await following;
      expect(seen).to.include("ExitRequested");
      expect(seen).to.include("DefaultFlagged");
    });

    it("knows new cards of the merchant, and leaves those of others alone", async () => {
      const end = new AbortController();
      const provider = new FaultyNode();
      let opened = 0;
      await counter.till.follow(
        { provider, fromBlock: 0, pollInterval: 5, longestWait: 5, signal: end.signal },
        ({ name }) => {
          if (name === "CardOpened") opened += 1;
          if (opened === Object.keys(shop.cards).length) end.abort();
        },
      );
      for (const cardId of Object.values(shop.cards))
        expect((await counter.till.card(cardId))?.status).to.equal("Open");
      expect(await counter.till.card(shop.secondCard)).to.equal(undefined);
    });
  });

  it("lets tills at one book settle side by side: what is settled twice changes nothing", async () => {
    const store = new MemoryTillStore();
    const [one, two] = [await openCounter(shop, { store }), await openCounter(shop, { store })];
    await serve(one, order(), shop.holder);
    const plans = [await one.till.settler.plan(), await two.till.settler.plan()];
    await one.till.settler.send(plans[0]!);
    await two.till.settler.send(plans[1]!);
    await mine(3);
    await two.till.settler.reconcile();
    expect(await consumed()).to.equal(1n);
    expect(await store.open()).to.deep.equal([]);
    expect(await one.till.lost()).to.deep.equal([]);
  });
});

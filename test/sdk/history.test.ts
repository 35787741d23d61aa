import { expect } from "chai";
import { JsonRpcProvider, id } from "ethers";
import type { Filter, Log } from "ethers";

import { EscrowClient } from "../../src/client/client.js";
import { NodeUnreachableError } from "../../src/client/errors.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import { scanLogs } from "../../src/client/logs.js";
import type { ScanProgress } from "../../src/client/logs.js";
import { advance, buyCard, now, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY } from "../helpers/fixture.js";
import { loadShop } from "../helpers/shop.js";
import { openShopUnder } from "../helpers/tokens.js";

async function lists() {
  const shop = await loadShop();
  const second = await openShopUnder(shop, shop.token);
  const escrow = await shop.escrow.getAddress();
  return { shop, second, escrow, client: await EscrowClient.connect(ethers.provider, { escrow }) };
}

/**
 * A provider that answers as that of the chain, but refuses ranges over a limit; `asked` are the ranges it was asked for.
 *
 * @param upTo The last block to which the limit applies.
 */
function limited(limit: number, upTo = Infinity) {
  const asked: number[] = [];
  const provider = new Proxy(ethers.provider, {
    get(target, key) {
      if (key !== "getLogs") {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      }
      return async (filter: Filter): Promise<Log[]> => {
        const length = Number(filter.toBlock) - Number(filter.fromBlock) + 1;
        asked.push(length);
        if (length > limit && Number(filter.fromBlock) <= upTo) throw new Error(`query exceeds ${limit} blocks`);
        return await target.getLogs(filter);
      };
    },
  });
  return { provider, asked };
}

describe("EscrowHistory", () => {
  it("lists merchants, programs of one or all, and policies, with their numbers", async () => {
    const { client, shop, second } = await networkHelpers.loadFixture(lists);
    const merchants = await client.history.merchants();
    expect(merchants.map(({ merchantId, status }) => [merchantId, status])).to.deep.equal([
      [1n, "Active"],
      [2n, "Active"],
    ]);
    expect((await client.history.programs()).map(({ programId }) => programId)).to.deep.equal(
      Array.from({ length: 8 }, (_, i) => BigInt(i) + 1n),
    );
    const own = await client.history.programs(second.merchantId);
    expect(own.map(({ programId }) => programId)).to.deep.equal(Object.values(second.programs));
    const policies = await client.history.policies();
    expect(policies.at(-1)!.policyId).to.equal(second.policyId);
    expect(policies.find(({ policyId }) => policyId === shop.policyId)!.exitDelay).to.equal(5n * DAY);
  });

  it("lists operators that are enabled", async () => {
    const { client, shop } = await networkHelpers.loadFixture(lists);
    await shop.escrow.connect(shop.owner).setOperator(1n, shop.other, true);
    await shop.escrow.connect(shop.owner).setOperator(1n, shop.operator, false);
    expect(await client.history.operators(1n)).to.deep.equal([shop.other.address]);
  });

  it("lists the cards of a merchant, bought or moved to, and of no other", async () => {
    const { client, shop, second } = await networkHelpers.loadFixture(lists);
    const { escrow, holder, other, operator, programs } = shop;
    const moved = await buyCard(shop, { program: programs.count });
    const closed = await buyCard(shop, { program: programs.plan });
    await buyCard(second, { program: second.programs.count });
    await escrow.connect(holder).requestMove(moved, other);
    await escrow.connect(operator).consentMove(moved, (await escrow.card(moved)).nonce);
    await escrow.executeMove(moved, 0n);
    await escrow.connect(operator).refundCard(closed);
    const cards = await client.history.cards(1n);
    const now_ = encodeCardId({ holder: other.address, programId: programs.count, serial: 0n });
    expect(cards.map(({ cardId, card }) => [cardId, card.status])).to.have.deep.members([
      [closed, "Closed"],
      [moved, "Closed"],
      [now_, "Open"],
    ]);
    expect((await client.history.openCards(1n)).map(({ cardId }) => cardId)).to.deep.equal([now_]);
  });

  it("lists what waits, each with its times", async () => {
    const { client, shop } = await networkHelpers.loadFixture(lists);
    const { escrow, holder, other, programs } = shop;
    await buyCard(shop, { program: programs.open });
    const leaving = await buyCard(shop, { program: programs.plan });
    const disputed = await buyCard(shop, { program: programs.count });
    const moving = await buyCard(shop, { program: programs.count });
    await advance(7n * DAY);
    await escrow.connect(holder).requestExit(leaving);
    const asked = await now();
    await escrow.connect(holder).complain(disputed, id("why"));
    await escrow.connect(holder).requestMove(moving, other);
    const waiting = await client.history.waiting(1n);
    expect(waiting.map(({ cardId }) => cardId)).to.have.members([leaving, disputed, moving]);
    const of = (cardId: string) => waiting.find((each) => each.cardId === cardId)!;
    expect(of(leaving).exit!.executableAt).to.equal(asked + 5n * DAY);
    expect([of(leaving).dispute, of(leaving).move]).to.deep.equal([undefined, undefined]);
    expect(of(disputed).dispute!.kind).to.equal("Complaint");
    expect(of(moving).move!.to).to.equal(other.address);
  });

  it("knows what was settled last", async () => {
    const { client, shop } = await networkHelpers.loadFixture(lists);
    const { escrow, holder, operator, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    expect(await client.history.lastSettlement(cardId)).to.equal(undefined);
    for (const n of [1n, 2n]) {
      await escrow.connect(operator).settle(1n, [await signVoucher(escrow, holder, cardId, n)]);
      await advance(1n);
    }
    expect((await client.history.lastSettlement(cardId))!.args.cumulative).to.equal(2n);
  });

  describe("reads old events", () => {
    it("in chunks, with its progress", async () => {
      const { client, shop } = await networkHelpers.loadFixture(lists);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const progressed: ScanProgress[] = [];
      const onProgress = (progress: ScanProgress): void => void progressed.push(progress);
      const opened = await client.history.events("CardOpened", [null, cardId], { chunk: 10, onProgress });
      expect(opened.map(({ args }) => args.cardId)).to.deep.equal([cardId]);
      const last = await ethers.provider.getBlockNumber();
      expect(progressed.map(({ block }) => block)).to.deep.equal(
        Array.from({ length: Math.ceil((last + 1) / 10) }, (_, i) => Math.min(10 * i + 9, last)),
      );
      expect(progressed[0]).to.include({ fromBlock: 0, toBlock: last });
    });

    it("in halves where the node refuses the length, and every event once", async () => {
      const { shop, escrow } = await networkHelpers.loadFixture(lists);
      for (let i = 0; i < 5; i++) await buyCard(shop, { program: shop.programs.count });
      const { provider, asked } = limited(7);
      const client = await EscrowClient.connect(provider, { escrow });
      expect(await client.history.cards(1n)).to.have.length(5);
      expect(Math.max(...asked.filter((length) => length <= 7))).to.be.greaterThan(3);
    });

    it("in longer chunks again after a part that the node answers in short ones only", async () => {
      const { escrow } = await networkHelpers.loadFixture(lists);
      const { provider, asked } = limited(4, 60);
      await networkHelpers.mine(3_000);
      await (await EscrowClient.connect(provider, { escrow })).history.cards(1n);
      // Two events are looked for, cards that were bought and cards that were moved.
      expect(asked.length).to.be.below(250);
    });

    it("from the newest back where the last one is enough, and to the first where there is none", async () => {
      const { shop, escrow } = await networkHelpers.loadFixture(lists);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const none = await buyCard(shop, { program: shop.programs.count });
      await shop.escrow.connect(shop.operator).settle(1n, [await signVoucher(shop.escrow, shop.holder, cardId, 1n)]);
      const { provider, asked } = limited(Infinity);
      const { history } = await EscrowClient.connect(provider, { escrow });
      const progressed: number[] = [];
      const options = { chunk: 7, onProgress: ({ block }: ScanProgress) => void progressed.push(block) };
      expect((await history.lastSettlement(cardId, options))!.args.cumulative).to.equal(1n);
      expect(asked).to.deep.equal([7]);
      expect(await history.lastSettlement(none, options)).to.equal(undefined);
      const blocks = (await ethers.provider.getBlockNumber()) + 1;
      expect(asked.slice(1).reduce((sum, length) => sum + length)).to.equal(blocks);
      expect(progressed.at(-1)).to.equal(0);
    });

    it("and throws a node's error about a single block", async () => {
      const { provider, asked } = limited(0);
      const filter = { address: await (await networkHelpers.loadFixture(lists)).shop.token.getAddress(), topics: [] };
      const error: unknown = await scanLogs(provider, { ...filter, fromBlock: 0 }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Error);
      expect(asked.at(-1)).to.equal(1);
    });

    it("and asks a node that does not answer only once", async () => {
      const provider = new JsonRpcProvider("http://127.0.0.1:9", 1, { staticNetwork: true });
      const filter = { address: `0x${"1".repeat(40)}`, topics: [], fromBlock: 0 };
      const error: unknown = await scanLogs(provider, filter).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(NodeUnreachableError);
      provider.destroy();
    });
  });
});

import { expect } from "chai";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { decodeEvents } from "../../src/contracts/events.js";
import type { EscrowEvent } from "../../src/contracts/events.js";
import { cardFlows, merchantHistory } from "../../src/ledger/flows.js";
import { advance, buyCard, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { EVIDENCE } from "../helpers/leaving.js";

async function eventsOf({ escrow }: Shop): Promise<EscrowEvent[]> {
  return decodeEvents(await ethers.provider.getLogs({ address: await escrow.getAddress(), fromBlock: 0 }));
}

describe("where money went", () => {
  it("accounts for what was paid for every card, closed ones too", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, holder, operator, programs, merchantId } = shop;
    const used = await buyCard(shop, { program: programs.count });
    const refunded = await buyCard(shop, { program: programs.count });
    await escrow
      .connect(operator)
      .settle(merchantId, [
        await signVoucher(escrow, holder, used, 3n),
        await signVoucher(escrow, holder, refunded, 2n),
      ]);
    await escrow.connect(operator).refundCard(refunded);

    const flows = cardFlows(await eventsOf(shop), merchantId);

    expect([...flows.keys()]).to.deep.equal([used, refunded]);
    for (const [cardId, { principal, released, refunded: back }] of flows) {
      expect(principal - released - back, cardId).to.equal(await escrow.remaining(cardId));
    }
    expect(flows.get(used)).to.include({ principal: 1_200n * TOKEN, released: 180n * TOKEN, refunded: 0n });
    expect(flows.get(refunded)).to.include({ released: 120n * TOKEN, refunded: 1_080n * TOKEN });
    expect(cardFlows(await eventsOf(shop), merchantId + 1n).size).to.equal(0);
  });

  it("follows a card that was moved", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, holder, other, operator, programs, merchantId } = shop;
    const card = await buyCard(shop, { program: programs.count });
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, card, 3n)]);
    await escrow.connect(holder).requestMove(card, other);
    await advance(7n * DAY);
    await escrow.executeMove(card, 0n);
    const moved = encodeCardId({ holder: other.address, programId: programs.count, serial: 0n });
    await escrow.connect(operator).refundCard(moved);

    const flow = cardFlows(await eventsOf(shop), merchantId).get(moved);

    expect(flow).to.include({ principal: 1_200n * TOKEN, released: 180n * TOKEN, refunded: 1_020n * TOKEN });
  });
});

describe("a merchant's history", () => {
  it("has the sums after each block, and the pool's as the contract returns them", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, holder, operator, owner, programs, merchantId } = shop;
    const card = await buyCard(shop, { program: programs.count });
    const other = await buyCard(shop, { program: programs.count });
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, card, 3n)]);
    await advance(7n * DAY);
    await escrow.connect(holder).complain(card, EVIDENCE);
    await escrow.connect(owner).payOut(merchantId);
    await escrow.connect(operator).refundCard(other);

    const history = merchantHistory(await eventsOf(shop), merchantId);

    const blocks = history.map(({ blockNumber }) => blockNumber);
    expect(blocks).to.deep.equal([...new Set(blocks)].sort((a, b) => a - b));
    for (const { blockNumber: blockTag, outstanding } of history) {
      expect(outstanding).to.equal((await escrow.pool(merchantId, { blockTag })).outstanding);
    }
    expect(history.at(-1)).to.include({ sold: 2_400n * TOKEN, released: 180n * TOKEN, refunded: 1_200n * TOKEN });
    expect(history.map(({ complaints }) => complaints).slice(-4)).to.deep.equal([0, 1, 1, 1]);
    expect(merchantHistory([], merchantId)).to.deep.equal([]);
  });
});

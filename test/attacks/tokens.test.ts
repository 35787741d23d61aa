import { expect } from "chai";

import { MerchantStatus } from "../../src/contracts/enums.js";
import type { RebasingToken, TestToken } from "../../types/ethers-contracts/index.js";
import { advance, at, buyCard, now, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  FINAL_SETTLEMENT,
  askToLeave,
  consume,
  flagDefault,
  loadBlockingShop,
  runOff,
} from "../helpers/leaving.js";
import { expectRefusal } from "../helpers/refusals.js";
import { logsOf, moneyOf } from "../helpers/settling.js";
import { loadShop } from "../helpers/shop.js";
import { openShopUnder } from "../helpers/tokens.js";
import { expectSound, purse } from "./scene.js";

/** A merchant under an honest token, and one under a token whose issuer takes and stops; each with two holders. */
async function deployBoth() {
  const honest = await loadShop();
  const mock: RebasingToken = await ethers.deployContract("RebasingToken");
  const token: TestToken = await ethers.getContractAt("TestToken", await mock.getAddress());
  const shop = await openShopUnder(honest, token);
  const cards = [
    await buyCard(shop, { program: shop.programs.count }),
    await buyCard(shop, { program: shop.programs.count, holder: shop.other }),
  ] as const;
  const safe = await buyCard(honest, { program: honest.programs.count });
  await consume(shop, cards[0], 5n);
  return { shop, honest, mock, cards, safe };
}
const load = () => networkHelpers.loadFixture(deployBoth);

describe("Attack: by the token's issuer", () => {
  it("who pauses it through a whole default: nobody is paid, no claim is lost, and everybody is paid once it resumes", async () => {
    const { shop, mock, cards } = await load();
    const { escrow, token, holder, other, merchantId, stranger } = shop;
    await mock.setPaused(true);
    await flagDefault(shop, undefined, merchantId);
    await advance(FINAL_SETTLEMENT);
    const logs = await logsOf(escrow, escrow.connect(stranger).refundCards(merchantId, [...cards]));
    expect(logs.map(([name]) => name)).to.deep.equal(["RefundFailed", "RefundFailed", "PoolUpdated"]);
    await expectRefusal(escrow.connect(holder).executeExitTo(cards[0], stranger), mock, "TokenPaused");
    await expectRefusal(escrow.payOut(merchantId), mock, "TokenPaused");
    // Years later it makes no difference.
    await advance(1_000n * DAY);
    await mock.setPaused(false);
    const before = [await purse(token, holder), await purse(token, other)];
    await escrow.connect(stranger).refundCards(merchantId, [...cards]);
    expect((await purse(token, holder)) - before[0]!).to.equal(900n * TOKEN);
    expect((await purse(token, other)) - before[1]!).to.equal(1_200n * TOKEN);
    await expectSound(shop, []);
  });

  it("who pauses it while an exit is due: the request lapses, the money does not, and asking again takes one delay", async () => {
    const { shop, mock, cards } = await load();
    const { escrow, token, holder } = shop;
    const { executableAt, lapsesAt } = await askToLeave(shop, cards[0]);
    await mock.setPaused(true);
    await at(executableAt);
    await expectRefusal(escrow.executeExit(cards[0]), mock, "TokenPaused");
    await at(lapsesAt);
    await mock.setPaused(false);
    await expectRefusal(escrow.executeExit(cards[0]), escrow, "CardExitNotRequested", cards[0]);
    const again = await askToLeave(shop, cards[0]);
    await at(again.executableAt);
    const before = await purse(token, holder);
    await escrow.executeExit(cards[0]);
    expect((await purse(token, holder)) - before).to.be.at.least(800n * TOKEN);
  });

  it("who takes from a vault: its merchant sells nothing more, the loss is that merchant's holders', and no other's", async () => {
    const { shop, honest, mock, cards, safe } = await load();
    const { escrow, merchantId, vault } = shop;
    await mock.shrink(vault, 1_000n * TOKEN);
    await expectRefusal(buyCard(shop, { program: shop.programs.count }), escrow, "PoolDepositShort");
    await flagDefault(shop, undefined, merchantId);
    await advance(FINAL_SETTLEMENT);
    const logs = await logsOf(escrow, escrow.refundCards(merchantId, [...cards]));
    // First come, first served: what is left pays one, and the other's claim stands for when the vault is made whole.
    expect(logs.map(([name]) => name)).to.deep.equal(["CardRefunded", "RefundFailed", "PoolUpdated"]);
    expect(await escrow.remaining(cards[1])).to.equal(1_200n * TOKEN);
    await mock.mint(vault, 1_000n * TOKEN);
    await escrow.refundCards(merchantId, [cards[1]]);
    expect((await escrow.pool(merchantId)).outstanding).to.equal(0n);
    await expectSound(honest, [safe]);
    expect((await moneyOf(honest)).held).to.equal(1_200n * TOKEN);
  });

  it("who destroys its contract: money under it is gone for all, no call hangs, and no other merchant notices", async () => {
    const { shop, honest, cards, safe } = await load();
    const { escrow, merchantId, stranger } = shop;
    await networkHelpers.setCode(await shop.token.getAddress(), "0x");
    await expect(buyCard(shop, { program: shop.programs.count })).to.be.revert(ethers);
    await expect(escrow.payOut(merchantId)).to.be.revert(ethers);
    await flagDefault(shop, undefined, merchantId);
    await advance(FINAL_SETTLEMENT);
    const logs = await logsOf(escrow, escrow.connect(stranger).refundCards(merchantId, [...cards]));
    expect(logs.map(([name]) => name)).to.deep.equal(["RefundFailed", "RefundFailed", "PoolUpdated"]);
    await consume(honest, safe, 1n);
    await escrow.payOut(honest.merchantId);
    await expectSound(honest, [safe]);
  });
});

describe("Attack: with an address the token blocks", () => {
  it("one base unit on a card for a blocked address keeps a merchant from closing, and from nothing else", async () => {
    const shop = await loadBlockingShop();
    const { escrow, token, blocking, holder, payer, payout, stranger, merchantId, programs } = shop;
    const honest = await buyCard(shop, { program: programs.count });
    await escrow.connect(payer).buy(programs.open, stranger, 1n, 0n);
    const thorn = await escrow.cardIdOf(stranger, programs.open, 0n);
    await blocking.setBlocked(stranger, true);
    await consume(shop, honest, 5n);
    const { noticeEndsAt } = await runOff(shop, DAY, merchantId);
    await at(noticeEndsAt);
    const before = await purse(token, holder);
    await escrow.refundCards(merchantId, [honest, thorn]);
    expect((await purse(token, holder)) - before).to.equal(900n * TOKEN);
    await expectRefusal(escrow.closeMerchant(merchantId), escrow, "MerchantOutstandingLeft", merchantId, 1n);
    // All of the merchant's money but that unit is paid.
    await escrow.payOut(merchantId);
    expect(await purse(token, payout)).to.equal(300n * TOKEN);
    expect((await escrow.pool(merchantId)).balance).to.equal(1n);
    await blocking.setBlocked(stranger, false);
    await escrow.refundCards(merchantId, [thorn]);
    await escrow.closeMerchant(merchantId);
    expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.Closed);
  });

  it("the same card in a merchant's ordinary business can be paid back elsewhere by nobody but its holder, and closes by consumption", async () => {
    const shop = await loadBlockingShop();
    const { escrow, blocking, operator, other, payer, merchantId, programs } = shop;
    await escrow.connect(payer).buy(programs.open, other, 1n, 0n);
    const thorn = await escrow.cardIdOf(other, programs.open, 0n);
    await blocking.setBlocked(other, true);
    await expectRefusal(escrow.connect(operator).refundCard(thorn), blocking, "AccountBlocked", other.address);
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, other, thorn, 1n)]);
    expect((await escrow.pool(merchantId)).outstanding).to.equal(0n);
    await expectSound(shop, [thorn]);
  });

  it("a blocked vault and a blocked payout stop no exit's clock, no ruling and no other merchant", async () => {
    const shop = await loadBlockingShop();
    const { escrow, token, blocking, holder, other, association, payout, merchantId, programs, vault } = shop;
    const first = await buyCard(shop, { program: programs.count });
    const second = await buyCard(shop, { program: programs.count, holder: other });
    await blocking.setBlocked(payout, true);
    await advance(COOLING_OFF);
    const { executableAt } = await askToLeave(shop, first);
    await escrow.connect(other).complain(second, EVIDENCE);
    await at(executableAt);
    const before = await purse(token, holder);
    await escrow.executeExit(first);
    expect((await purse(token, holder)) - before).to.equal(1_200n * TOKEN);
    await blocking.setBlocked(vault, true);
    await at((await escrow.dispute(second)).rulingFrom + DAY);
    await expectRefusal(
      escrow.connect(association).resolve(second, true, 0n, EVIDENCE),
      blocking,
      "AccountBlocked",
      vault,
    );
    await escrow.connect(association).resolve(second, false, 0n, EVIDENCE);
    await blocking.setBlocked(vault, false);
    const again = await askToLeave(shop, second, other);
    await at(again.executableAt);
    await escrow.executeExit(second);
    await expectSound(shop, [first, second]);
    expect(await now()).to.be.at.least(again.executableAt);
    expect((await escrow.pool(merchantId)).outstanding).to.equal(0n);
  });
});

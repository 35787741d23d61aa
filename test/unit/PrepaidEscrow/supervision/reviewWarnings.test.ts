import { expect } from "chai";
import { ZeroHash } from "ethers";

import { WarningKind, WarningLevel } from "../../../../src/contracts/enums.js";
import { advance, buyCard } from "../../../helpers/actions.js";
import { complain } from "../../../helpers/disputes.js";
import { TOKEN } from "../../../helpers/fixture.js";
import { COOLING_OFF } from "../../../helpers/leaving.js";
import { everybodyBut, expectRefusal } from "../../../helpers/refusals.js";
import { logsOf } from "../../../helpers/settling.js";
import { loadShop } from "../../../helpers/shop.js";

describe("reviewWarnings", () => {
  it("changes nothing where the warnings are right, whoever asks", async () => {
    const shop = await loadShop();
    const { escrow, regulator, merchantId, programs } = shop;
    await buyCard(shop, { program: programs.count });
    await escrow.connect(regulator).setOutstandingCap(merchantId, 1_250n);
    const before = await escrow.warnings(merchantId);
    expect(before).to.have.length(1);
    for (const caller of everybodyBut(shop)) {
      expect(await logsOf(escrow, escrow.connect(caller).reviewWarnings(merchantId))).to.deep.equal([]);
    }
    expect(await escrow.warnings(merchantId)).to.deep.equal(before);
  });

  it("raises Complaints once the cards that hid them are gone", async () => {
    const shop = await loadShop();
    const { escrow, operator, owner, token, merchantId, programs } = shop;
    await token.mint(owner, 50_000n * TOKEN);
    await token.connect(owner).approve(escrow, 50_000n * TOKEN);
    const cards = [];
    for (let i = 0; i < 3; i += 1) cards.push(await buyCard(shop, { program: programs.count }));
    const hiding = await buyCard(shop, { program: programs.open, holder: owner, principal: 50_000n * TOKEN });
    await advance(COOLING_OFF);
    for (const cardId of cards) await complain(shop, cardId);
    expect(await logsOf(escrow, escrow.reviewWarnings(merchantId))).to.deep.equal([]);
    await escrow.connect(operator).refundCard(hiding);
    expect(await logsOf(escrow, escrow.reviewWarnings(merchantId))).to.deep.equal([
      ["WarningRaised", merchantId, WarningKind.Complaints, ZeroHash, 3n, 3n, WarningLevel.Warning],
    ]);
  });

  it("does not clear Complaints while more is outstanding for a moment", async () => {
    const shop = await loadShop();
    const { escrow, merchantId, programs } = shop;
    const cards = [];
    for (let i = 0; i < 3; i += 1) cards.push(await buyCard(shop, { program: programs.count }));
    await advance(COOLING_OFF);
    for (const cardId of cards) await complain(shop, cardId);
    expect(await escrow.warnings(merchantId)).to.have.length(1);
    await buyCard(shop, { program: programs.open, principal: 90_000n * TOKEN });
    expect(await logsOf(escrow, escrow.reviewWarnings(merchantId))).to.deep.equal([]);
    expect(await escrow.warnings(merchantId)).to.have.length(1);
  });

  it("is refused for a merchant nobody registered", async () => {
    const { escrow } = await loadShop();
    await expectRefusal(escrow.reviewWarnings(99n), escrow, "MerchantUnknown", 99n);
  });
});

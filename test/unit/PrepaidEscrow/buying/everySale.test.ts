import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, MerchantStatus } from "../../../../src/contracts/enums.js";
import { advance, anotherMerchant, anotherPolicy, at, now } from "../../../helpers/actions.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { routes } from "../../../helpers/sales.js";
import type { Route, SaleOptions } from "../../../helpers/sales.js";
import { loadShop } from "../../../helpers/shop.js";
import { bring } from "../../../helpers/statuses.js";
import type { Standing } from "../../../helpers/statuses.js";
import { fieldsOf } from "../../../helpers/struct.js";

const PRICE = 3_600n * TOKEN;
const passOf = (shop: Shop, serial = 0n) =>
  encodeCardId({ holder: shop.holder.address, programId: shop.programs.pass, serial });

/** A sale that is refused: what happens before, what is bought, and what is answered. */
interface Refusal {
  readonly when: string;
  readonly before?: (shop: Shop, buy: Route) => Promise<unknown>;
  readonly options?: (shop: Shop) => SaleOptions | Promise<SaleOptions>;
  readonly error: string;
  readonly args?: (shop: Shop) => readonly unknown[] | Promise<readonly unknown[]>;
}

const inStatus = (standing: Exclude<Standing, "Active" | "Lapsed">): Refusal => ({
  when: `the merchant is ${standing}`,
  before: async (shop) => {
    await bring(shop, standing);
  },
  error: "MerchantStatusForbids",
  args: ({ merchantId }) => [merchantId, MerchantStatus[standing]],
});

const forHolder = (who: string, holderOf: (shop: Shop) => string | Promise<string>): Refusal => ({
  when: `the holder is ${who}`,
  options: async (shop) => ({ holder: await holderOf(shop) }),
  error: "RecipientForbidden",
  args: async (shop) => [await holderOf(shop)],
});

const refusals: readonly Refusal[] = [
  inStatus("Suspended"),
  inStatus("RunOff"),
  inStatus("Closed"),
  inStatus("Defaulted"),
  {
    when: "no program has the number zero",
    options: () => ({ program: 0n }),
    error: "ProgramUnknown",
    args: () => [0n],
  },
  {
    when: "the program was not published",
    options: () => ({ program: 5n }),
    error: "ProgramUnknown",
    args: () => [5n],
  },
  {
    when: "the program is retired",
    before: async ({ escrow, owner, programs }) => await escrow.connect(owner).retireProgram(programs.pass),
    error: "ProgramAlreadyRetired",
    args: ({ programs }) => [programs.pass],
  },
  {
    when: "the merchant has moved to another policy",
    before: async (shop) => {
      const policyId = await anotherPolicy(shop, {});
      await shop.escrow.connect(shop.regulator).setMerchantPolicy(shop.merchantId, policyId);
    },
    error: "ProgramPolicyOutdated",
    args: ({ programs, policyId }) => [programs.pass, policyId, policyId + 1n],
  },
  forHolder("nobody", () => ZeroAddress),
  forHolder("the escrow", async ({ escrow }) => await escrow.getAddress()),
  forHolder("the token", async ({ token }) => await token.getAddress()),
  forHolder("the merchant's vault", ({ vault }) => vault),
  {
    when: "the holder is another merchant's vault",
    before: async (shop) => await anotherMerchant(shop),
    options: async ({ escrow }) => ({ holder: await escrow.vaultOf(2n) }),
    error: "RecipientForbidden",
    args: async ({ escrow }) => [await escrow.vaultOf(2n)],
  },
  { when: "nothing is paid", options: () => ({ principal: 0n }), error: "CardPrincipalZero" },
  {
    when: "less than the price is paid",
    options: () => ({ principal: PRICE - 1n }),
    error: "CardPriceMismatch",
    args: () => [PRICE - 1n, PRICE],
  },
  {
    when: "more than the price is paid",
    options: () => ({ principal: PRICE + 1n }),
    error: "CardPriceMismatch",
    args: () => [PRICE + 1n, PRICE],
  },
  {
    when: "the serial is taken",
    before: async (shop, buy) => await buy(shop),
    error: "CardSerialTaken",
    args: (shop) => [passOf(shop)],
  },
  {
    when: "the serial was that of a card refunded by the merchant",
    before: async (shop, buy) => {
      await buy(shop);
      await shop.escrow.connect(shop.operator).refundCard(passOf(shop));
    },
    error: "CardSerialTaken",
    args: (shop) => [passOf(shop)],
  },
  {
    when: "the serial was that of a card whose holder left",
    before: async (shop, buy) => {
      await buy(shop);
      await shop.escrow.connect(shop.holder).requestExit(passOf(shop));
      await advance(5n * DAY);
      await shop.escrow.executeExit(passOf(shop));
    },
    error: "CardSerialTaken",
    args: (shop) => [passOf(shop)],
  },
];

for (const [name, buy] of Object.entries<Route>(routes)) {
  describe(`${name}, as every sale`, () => {
    it("opens a card for the holder, who need not be the payer, and emits it", async () => {
      const shop = await loadShop();
      const { escrow, holder, payer, merchantId } = shop;
      const time = (await now()) + 100n;
      await at(time);
      await expect(buy(shop))
        .to.emit(escrow, "CardOpened")
        .withArgs(merchantId, passOf(shop), holder.address, payer.address, PRICE, time, PRICE, PRICE);
      expect(fieldsOf(await escrow.card(passOf(shop)))).to.deep.equal({
        status: CardStatus.Open,
        principal: PRICE,
        consumed: 0n,
        openedAt: time,
        exitRequestedAt: 0n,
        nonce: 0n,
        disputed: false,
        moving: false,
        coolingOffOver: false,
      });
      expect(await escrow.remaining(passOf(shop))).to.equal(PRICE);
    });

    it("brings the whole principal from the payer to the vault, and books it", async () => {
      const shop = await loadShop();
      const { escrow, token, holder, payer, merchantId, vault } = shop;
      const before = await token.balanceOf(payer);
      const holders = await token.balanceOf(holder);
      await buy(shop);
      expect(await token.balanceOf(payer)).to.equal(before - PRICE);
      expect(await token.balanceOf(holder)).to.equal(holders);
      expect(await token.balanceOf(vault)).to.equal(PRICE);
      expect(await token.balanceOf(escrow)).to.equal(0n);
      const pool = { outstanding: PRICE, balance: PRICE, outstandingCap: 0n };
      expect(fieldsOf(await escrow.pool(merchantId))).to.deep.equal(pool);
      expect(await escrow.releasable(merchantId)).to.equal(0n);
    });

    it("adds to what is outstanding and to what is held", async () => {
      const shop = await loadShop();
      const { escrow, operator, holder, payer, merchantId } = shop;
      await buy(shop);
      await at((await now()) + 8n * DAY);
      await escrow.accrue([passOf(shop)]);
      const refundedAt = (await now()) + 1n;
      await at(refundedAt);
      await escrow.connect(operator).refundCard(passOf(shop));
      // One day of the pass is released and waits to be paid out.
      const released = PRICE / 365n;
      await buy(shop, { serial: 1n });
      const time = refundedAt + 100n;
      await at(time);
      const pool = [2n * PRICE, 2n * PRICE + released];
      await expect(buy(shop, { serial: 2n }))
        .to.emit(escrow, "CardOpened")
        .withArgs(merchantId, passOf(shop, 2n), holder.address, payer.address, PRICE, time, ...pool);
      const { outstanding, balance } = await escrow.pool(merchantId);
      expect([outstanding, balance]).to.deep.equal(pool);
    });

    it("is possible again when a suspension has lapsed", async () => {
      const shop = await loadShop();
      await bring(shop, "Lapsed");
      await buy(shop);
      expect((await shop.escrow.card(passOf(shop))).status).to.equal(CardStatus.Open);
    });

    for (const { when, before, options, error, args } of refusals) {
      it(`is refused when ${when}`, async () => {
        const shop = await loadShop();
        await before?.(shop, buy);
        const pool = fieldsOf(await shop.escrow.pool(shop.merchantId));
        const refused = buy(shop, await options?.(shop));
        await expectRefusal(refused, shop.escrow, error, ...((await args?.(shop)) ?? []));
        expect(fieldsOf(await shop.escrow.pool(shop.merchantId))).to.deep.equal(pool);
      });
    }

    it("is refused when the payer has too little", async () => {
      const shop = await loadShop();
      const { token, payer, stranger } = shop;
      await token.connect(payer).transfer(stranger, (await token.balanceOf(payer)) - PRICE + 1n);
      await expectRefusal(buy(shop), token, "ERC20InsufficientBalance", payer.address, PRICE - 1n, PRICE);
      await token.connect(stranger).transfer(payer, 1n);
      await buy(shop);
      expect(await token.balanceOf(payer)).to.equal(0n);
    });
  });
}

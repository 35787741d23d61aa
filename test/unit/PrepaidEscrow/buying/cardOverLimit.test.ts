import { expect } from "chai";

import { ProgramKind, WarningKind, WarningLevel } from "../../../../src/contracts/enums.js";
import type { PolicyStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { anotherMerchant, anotherPolicy, anotherProgram } from "../../../helpers/actions.js";
import { networkHelpers } from "../../../helpers/chain.js";
import { TOKEN } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { routes, signAuthorization } from "../../../helpers/sales.js";
import type { Route } from "../../../helpers/sales.js";
import { loadShop } from "../../../helpers/shop.js";
import { warningsIn } from "../../../helpers/warnings.js";

const NAMED = 5_000n * TOKEN;
const BEARER = 1_000n * TOKEN;
const OPEN = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n };
const VISITS = { kind: ProgramKind.Count, price: NAMED + 1n, units: 10n, listPrice: NAMED + 1n };
const PASS = { kind: ProgramKind.Pass, price: NAMED + 1n, units: 10n, listPrice: NAMED + 1n };

/** The shop, and another under `overrides` that sells open amounts on named and on bearer cards. */
async function deployLimited(overrides: Partial<PolicyStruct>) {
  const shop = await loadShop();
  const policyId = await anotherPolicy(shop, overrides);
  const merchantId = await anotherMerchant(shop, { policyId });
  const named = await anotherProgram(shop, OPEN, merchantId);
  const bearer = await anotherProgram(shop, { ...OPEN, bearer: true }, merchantId);
  return { ...shop, merchantId, vault: await shop.escrow.vaultOf(merchantId), named, bearer };
}
async function deployWarning() {
  return await deployLimited({});
}
async function deployRejecting() {
  return await deployLimited({ rejectOverLimit: true });
}
async function deployUnlimited() {
  return await deployLimited({ maxNamed: 0n, maxBearer: 0n, rejectOverLimit: true });
}

type Limited = Awaited<ReturnType<typeof deployLimited>>;

/** What the sale of the holder's card emits about its limit. */
async function said(shop: Limited, program: bigint, principal: bigint, route: Route = routes.buy) {
  return await warningsIn(shop.escrow, route(shop, { program, principal }), WarningKind.CardOverLimit);
}

async function overLimit(shop: Limited, program: bigint, principal: bigint, limit: bigint) {
  const cardId = await shop.escrow.cardIdOf(shop.holder, program, 0n);
  const kind = WarningKind.CardOverLimit;
  return [["WarningRaised", shop.merchantId, kind, cardId, principal, limit, WarningLevel.Warning]];
}

const kinds = [
  ["named", NAMED],
  ["bearer", BEARER],
] as const;

describe("The limit of a card", () => {
  describe("where the policy warns", () => {
    const load = () => networkHelpers.loadFixture(deployWarning);

    for (const [kind, limit] of kinds) {
      for (const principal of [limit - 1n, limit]) {
        it(`lets a ${kind} card of ${principal} pass in silence`, async () => {
          const shop = await load();
          expect(await said(shop, shop[kind], principal)).to.deep.equal([]);
        });
      }

      it(`warns of a ${kind} card of one base unit more, and sells it`, async () => {
        const shop = await load();
        const warned = await said(shop, shop[kind], limit + 1n);
        expect(warned).to.deep.equal(await overLimit(shop, shop[kind], limit + 1n, limit));
        const cardId = await shop.escrow.cardIdOf(shop.holder, shop[kind], 0n);
        expect((await shop.escrow.card(cardId)).principal).to.equal(limit + 1n);
      });
    }

    it("warns each time, and leaves no lasting warning", async () => {
      const shop = await load();
      const { escrow, merchantId, named } = shop;
      for (const serial of [0n, 1n]) {
        const sold = routes.buy(shop, { program: named, principal: NAMED + 1n, serial });
        expect(await warningsIn(escrow, sold, WarningKind.CardOverLimit)).to.have.lengthOf(1);
      }
      expect(await escrow.warnings(merchantId)).to.deep.equal([]);
    });

    it("warns of a fixed price over the limit at each sale, and of one at the limit never", async () => {
      const shop = await load();
      const over = await anotherProgram(shop, VISITS, shop.merchantId);
      const fixed = { ...VISITS, price: NAMED, listPrice: NAMED };
      const within = await anotherProgram(shop, fixed, shop.merchantId);
      expect(await said(shop, over, NAMED + 1n)).to.deep.equal(await overLimit(shop, over, NAMED + 1n, NAMED));
      expect(await said(shop, within, NAMED)).to.deep.equal([]);
    });

    it("looks at what is paid, not at the face", async () => {
      const shop = await load();
      const plan = { kind: ProgramKind.StoredValue, price: NAMED, units: 2n * NAMED, listPrice: 2n * NAMED };
      const program = await anotherProgram(shop, plan, shop.merchantId);
      expect(await said(shop, program, NAMED)).to.deep.equal([]);
    });

    for (const [name, route] of Object.entries<Route>(routes)) {
      it(`warns of a pass sold by ${name}`, async () => {
        const shop = await load();
        const program = await anotherProgram(shop, PASS, shop.merchantId);
        const warned = await said(shop, program, NAMED + 1n, route);
        expect(warned).to.deep.equal(await overLimit(shop, program, NAMED + 1n, NAMED));
      });
    }

    it("warns of the card before it warns of the merchant's ceiling", async () => {
      const shop = await load();
      const { escrow, regulator, merchantId, named } = shop;
      await escrow.connect(regulator).setOutstandingCap(merchantId, 5_000n);
      const receipt = await (await routes.buy(shop, { program: named, principal: NAMED + 1n })).wait();
      const kindsRaised = receipt!.logs
        .map((log) => escrow.interface.parseLog(log))
        .filter((event) => event?.name === "WarningRaised")
        .map((event) => event!.args.getValue("kind") as bigint);
      expect(kindsRaised).to.deep.equal([WarningKind.CardOverLimit, WarningKind.OutstandingCap]);
    });
  });

  describe("where the policy rejects", () => {
    const load = () => networkHelpers.loadFixture(deployRejecting);

    for (const [kind, limit] of kinds) {
      it(`sells a ${kind} card up to it, in silence, and none of one base unit more`, async () => {
        const shop = await load();
        const over = routes.buy(shop, { program: shop[kind], principal: limit + 1n });
        await expectRefusal(over, shop.escrow, "CardPrincipalOverLimit", limit + 1n, limit);
        expect(await said(shop, shop[kind], limit)).to.deep.equal([]);
      });
    }

    it("rejects by every way to buy an open amount", async () => {
      const shop = await load();
      const { buy, buyWithPermit, buyWithAuthorization } = routes;
      for (const route of [buy, buyWithPermit, buyWithAuthorization]) {
        const over = route(shop, { program: shop.named, principal: NAMED + 1n });
        await expectRefusal(over, shop.escrow, "CardPrincipalOverLimit", NAMED + 1n, NAMED);
      }
    });

    it("leaves the payer of a rejected card the authorization", async () => {
      const shop = await load();
      const sale = { program: shop.named, principal: NAMED + 1n };
      await expectRefusal(
        routes.buyWithAuthorization(shop, sale),
        shop.escrow,
        "CardPrincipalOverLimit",
        NAMED + 1n,
        NAMED,
      );
      const { nonce } = await signAuthorization(shop, sale);
      expect(await shop.token.authorizationState(shop.payer, nonce)).to.equal(false);
    });
  });

  describe("where the policy has none", () => {
    for (const kind of ["named", "bearer"] as const) {
      it(`sells a ${kind} card of any amount in silence`, async () => {
        const shop = await networkHelpers.loadFixture(deployUnlimited);
        expect(await said(shop, shop[kind], 900_000n * TOKEN)).to.deep.equal([]);
      });
    }
  });
});

import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";

import { ProgramKind } from "../../../../src/contracts/enums.js";
import type { WarningLevelName } from "../../../../src/contracts/enums.js";
import type { PrepaidEscrow } from "../../../../types/ethers-contracts/index.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  at,
  buyCard,
  now,
  signVoucher,
  signSettlement,
} from "../../../helpers/actions.js";
import type { SignedVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import type { Shop } from "../../../helpers/fixture.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { routes } from "../../../helpers/sales.js";
import type { Route } from "../../../helpers/sales.js";
import { contractVoucher } from "../../../helpers/settling.js";
import { loadShop } from "../../../helpers/shop.js";
import { deployDecimals, openShopUnder } from "../../../helpers/tokens.js";
import { capCleared, capLevel, capRaised, capWarningsIn } from "../../../helpers/warnings.js";
import type { Said } from "../../../helpers/warnings.js";

const NOTHING: Said = [];
const open = { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n };

/** Lets what is outstanding rise by sales and fall by visits, on cards of any amount. */
class Till {
  readonly shop: Shop;
  readonly #cards: { cardId: string; principal: bigint; consumed: bigint }[] = [];

  constructor(shop: Shop) {
    this.shop = shop;
  }

  /** Brings what is outstanding to `target` in one transaction, and returns what that emits about warnings. */
  async moveTo(target: bigint): Promise<Said> {
    const { escrow, merchantId } = this.shop;
    const { outstanding } = await escrow.pool(merchantId);
    const said = await capWarningsIn(
      escrow,
      target > outstanding ? this.#sell(target - outstanding) : this.#serve(outstanding - target),
    );
    expect((await escrow.pool(merchantId)).outstanding).to.equal(target);
    return said;
  }

  async #sell(principal: bigint): Promise<ContractTransactionResponse> {
    const { escrow, holder, programs } = this.shop;
    const serial = BigInt(this.#cards.length);
    const cardId = await escrow.cardIdOf(holder, programs.open, serial);
    this.#cards.push({ cardId, principal, consumed: 0n });
    return await escrow.connect(holder).buy(programs.open, holder, principal, serial);
  }

  async #serve(amount: bigint): Promise<ContractTransactionResponse> {
    const { escrow, operator, holder, merchantId } = this.shop;
    const vouchers: SignedVoucher[] = [];
    let left = amount;
    for (const card of this.#cards) {
      const spent = left < card.principal - card.consumed ? left : card.principal - card.consumed;
      if (spent === 0n) continue;
      card.consumed += spent;
      left -= spent;
      vouchers.push(await signVoucher(escrow, holder, card.cardId, card.consumed));
    }
    return await escrow.connect(operator).settle(merchantId, vouchers);
  }
}

/** The shop with a ceiling of 1 000 whole tokens. */
async function deployCapped() {
  const shop = await loadShop();
  const setCap = async (cap: bigint) =>
    await shop.escrow.connect(shop.regulator).setOutstandingCap(shop.merchantId, cap);
  await setCap(1_000n);
  return { ...shop, setCap };
}

async function load() {
  const shop = await networkHelpers.loadFixture(deployCapped);
  return { ...shop, till: new Till(shop) };
}

const notice = (observed: bigint, limit = 900n * TOKEN) => capRaised("Notice", 1n, observed, limit);
const warning = (observed: bigint, limit = 1_000n * TOKEN) => capRaised("Warning", 1n, observed, limit);
const cleared = capCleared(1n);

type Level = WarningLevelName | undefined;

/** What is outstanding after each step, what the step emits, and the level after it. */
const paths: readonly { readonly name: string; readonly steps: readonly (readonly [bigint, Said, Level])[] }[] = [
  {
    name: "notices above 90 % and warns above 100 %, once each",
    steps: [
      [900n * TOKEN - 1n, NOTHING, undefined],
      [900n * TOKEN, NOTHING, undefined],
      [900n * TOKEN + 1n, notice(900n * TOKEN + 1n), "Notice"],
      [950n * TOKEN, NOTHING, "Notice"],
      [1_000n * TOKEN - 1n, NOTHING, "Notice"],
      [1_000n * TOKEN, NOTHING, "Notice"],
      [1_000n * TOKEN + 1n, warning(1_000n * TOKEN + 1n), "Warning"],
      [1_500n * TOKEN, NOTHING, "Warning"],
    ],
  },
  {
    name: "only notices at exactly 100 %",
    steps: [[1_000n * TOKEN, notice(1_000n * TOKEN), "Notice"]],
  },
  {
    name: "warns at once, without a notice, when one sale passes 100 %",
    steps: [[1_000n * TOKEN + 1n, warning(1_000n * TOKEN + 1n), "Warning"]],
  },
  {
    name: "falls to a notice at 95 % and ends at 85 %",
    steps: [
      [1_000n * TOKEN + 1n, warning(1_000n * TOKEN + 1n), "Warning"],
      [950n * TOKEN + 1n, NOTHING, "Warning"],
      [950n * TOKEN, notice(950n * TOKEN), "Notice"],
      [950n * TOKEN - 1n, NOTHING, "Notice"],
      [850n * TOKEN + 1n, NOTHING, "Notice"],
      [850n * TOKEN, cleared, undefined],
      [850n * TOKEN - 1n, NOTHING, undefined],
      [0n, NOTHING, undefined],
    ],
  },
  {
    name: "falls to a notice below 95 %, and ends below 85 %",
    steps: [
      [1_000n * TOKEN + 1n, warning(1_000n * TOKEN + 1n), "Warning"],
      [950n * TOKEN - 1n, notice(950n * TOKEN - 1n), "Notice"],
      [850n * TOKEN - 1n, cleared, undefined],
    ],
  },
  {
    name: "falls only to a notice above 85 %",
    steps: [
      [1_000n * TOKEN + 1n, warning(1_000n * TOKEN + 1n), "Warning"],
      [850n * TOKEN + 1n, notice(850n * TOKEN + 1n), "Notice"],
    ],
  },
  {
    name: "ends at once, without a notice, when a warning falls to 85 %",
    steps: [
      [1_000n * TOKEN + 1n, warning(1_000n * TOKEN + 1n), "Warning"],
      [850n * TOKEN, cleared, undefined],
    ],
  },
  {
    name: "does not flicker at 90 %",
    steps: [
      [900n * TOKEN + 1n, notice(900n * TOKEN + 1n), "Notice"],
      [900n * TOKEN, NOTHING, "Notice"],
      [900n * TOKEN + 1n, NOTHING, "Notice"],
      [851n * TOKEN, NOTHING, "Notice"],
      [990n * TOKEN, NOTHING, "Notice"],
    ],
  },
  {
    name: "does not flicker at 100 %",
    steps: [
      [1_000n * TOKEN + 1n, warning(1_000n * TOKEN + 1n), "Warning"],
      [1_000n * TOKEN, NOTHING, "Warning"],
      [1_000n * TOKEN + 1n, NOTHING, "Warning"],
    ],
  },
  {
    name: "comes up again after it has fallen or ended",
    steps: [
      [1_001n * TOKEN, warning(1_001n * TOKEN), "Warning"],
      [940n * TOKEN, notice(940n * TOKEN), "Notice"],
      [1_002n * TOKEN, warning(1_002n * TOKEN), "Warning"],
      [1n, cleared, undefined],
      [900n * TOKEN, NOTHING, undefined],
      [901n * TOKEN, notice(901n * TOKEN), "Notice"],
    ],
  },
];

/** Brings a merchant's one card of 1 200 tokens to its end. */
type Ending = (shop: Shop, cardId: string) => Promise<ContractTransactionResponse>;
const asTill = (shop: Shop): PrepaidEscrow => shop.escrow.connect(shop.operator);
const asHolder = (shop: Shop): PrepaidEscrow => shop.escrow.connect(shop.holder);
const allVisits = async (shop: Shop, cardId: string) => await signVoucher(shop.escrow, shop.holder, cardId, 20n);
const leave = async (shop: Shop, cardId: string) => {
  await asHolder(shop).requestExit(cardId);
  await advance(5n * DAY);
};

const endings: readonly (readonly [string, Ending])[] = [
  ["settle", async (shop, cardId) => await asTill(shop).settle(shop.merchantId, [await allVisits(shop, cardId)])],
  [
    "settleAndPayOut",
    async (shop, cardId) => await asTill(shop).settleAndPayOut(shop.merchantId, [await allVisits(shop, cardId)]),
  ],
  [
    "settleWithSignature",
    async (shop, cardId) => {
      const vouchers = [await allVisits(shop, cardId)];
      const signed = await signSettlement(shop.escrow, shop.operator, shop.merchantId, vouchers);
      const { deadline, operator, signature } = signed;
      return await shop.escrow.settleWithSignature(shop.merchantId, vouchers, deadline, operator, signature);
    },
  ],
  [
    "settleContractHolders",
    async (shop, cardId) => {
      const voucher = await contractVoucher(shop.escrow, shop.holder, cardId, 20n);
      return await asTill(shop).settleContractHolders(shop.merchantId, [voucher]);
    },
  ],
  ["refundCard", async (shop, cardId) => await asTill(shop).refundCard(cardId)],
  [
    "executeExit",
    async (shop, cardId) => {
      await leave(shop, cardId);
      return await shop.escrow.executeExit(cardId);
    },
  ],
  [
    "executeExitTo",
    async (shop, cardId) => {
      await leave(shop, cardId);
      return await asHolder(shop).executeExitTo(cardId, shop.other);
    },
  ],
  [
    "executeExitTo after a default",
    async (shop, cardId) => {
      await shop.escrow.connect(shop.regulator).flagDefault(shop.merchantId, await now(), ethers.ZeroHash);
      await advance(7n * DAY);
      return await asHolder(shop).executeExitTo(cardId, shop.other);
    },
  ],
  [
    "refundCards after a default",
    async (shop, cardId) => {
      await shop.escrow.connect(shop.regulator).flagDefault(shop.merchantId, await now(), ethers.ZeroHash);
      await advance(7n * DAY);
      return await shop.escrow.refundCards(shop.merchantId, [cardId]);
    },
  ],
  [
    "refundCards after a run-off",
    async (shop, cardId) => {
      await shop.escrow.connect(shop.owner).startRunOff(shop.merchantId, (await now()) + DAY);
      await advance(30n * DAY);
      return await shop.escrow.refundCards(shop.merchantId, [cardId]);
    },
  ],
];

/** A pass for 1 000 tokens. */
const PASS = { kind: ProgramKind.Pass, price: 1_000n * TOKEN, units: 100n * DAY, listPrice: 1_000n * TOKEN };

/** What is outstanding when the ceiling moves, the old and the new ceiling in whole tokens, and what comes of it. */
const changes: readonly (readonly [string, bigint, bigint, bigint, Said, Level])[] = [
  ["a first ceiling that leaves 90 %", 900n * TOKEN, 0n, 1_000n, NOTHING, undefined],
  ["a first ceiling that leaves less", 900n * TOKEN - 1n, 0n, 1_000n, NOTHING, undefined],
  ["a first ceiling passed to 90 %", 900n * TOKEN + 1n, 0n, 1_000n, notice(900n * TOKEN + 1n), "Notice"],
  ["a first ceiling just reached", 1_000n * TOKEN, 0n, 1_000n, notice(1_000n * TOKEN), "Notice"],
  ["a first ceiling passed", 1_000n * TOKEN + 1n, 0n, 1_000n, warning(1_000n * TOKEN + 1n), "Warning"],
  ["a lower ceiling that notices", 800n * TOKEN, 1_000n, 880n, notice(800n * TOKEN, 792n * TOKEN), "Notice"],
  ["a lower ceiling that warns", 800n * TOKEN, 1_000n, 799n, warning(800n * TOKEN, 799n * TOKEN), "Warning"],
  [
    "a lower ceiling that warns after a notice",
    950n * TOKEN,
    1_000n,
    949n,
    warning(950n * TOKEN, 949n * TOKEN),
    "Warning",
  ],
  ["a lower ceiling after a notice", 950n * TOKEN, 1_000n, 960n, NOTHING, "Notice"],
  ["a lower ceiling after a warning", 1_100n * TOKEN, 1_000n, 900n, NOTHING, "Warning"],
  ["a higher ceiling that leaves over 85 %", 935n * TOKEN + 1n, 1_000n, 1_100n, NOTHING, "Notice"],
  ["a higher ceiling that leaves 85 %", 935n * TOKEN, 1_000n, 1_100n, cleared, undefined],
  ["a higher ceiling that leaves less", 935n * TOKEN - 1n, 1_000n, 1_100n, cleared, undefined],
  ["a higher ceiling that leaves over 95 %", 1_045n * TOKEN + 1n, 1_000n, 1_100n, NOTHING, "Warning"],
  ["a higher ceiling that leaves 95 %", 1_045n * TOKEN, 1_000n, 1_100n, notice(1_045n * TOKEN, 990n * TOKEN), "Notice"],
  [
    "a higher ceiling that leaves just less than 95 %",
    1_045n * TOKEN - 1n,
    1_000n,
    1_100n,
    notice(1_045n * TOKEN - 1n, 990n * TOKEN),
    "Notice",
  ],
  ["a much higher ceiling after a warning", 1_001n * TOKEN, 1_000n, 2_000n, cleared, undefined],
  ["no ceiling after a notice", 950n * TOKEN, 1_000n, 0n, cleared, undefined],
  ["no ceiling after a warning", 1_001n * TOKEN, 1_000n, 0n, cleared, undefined],
  ["no ceiling after none", 1_001n * TOKEN, 0n, 0n, NOTHING, undefined],
  ["the same ceiling after a notice", 950n * TOKEN, 1_000n, 1_000n, NOTHING, "Notice"],
  ["the same ceiling after a warning", 1_001n * TOKEN, 1_000n, 1_000n, NOTHING, "Warning"],
];

describe("The OutstandingCap warning", () => {
  describe("as outstanding rises and falls", () => {
    for (const { name, steps } of paths) {
      it(name, async () => {
        const { escrow, merchantId, till } = await load();
        for (const [target, said, level] of steps) {
          expect(await till.moveTo(target), `at ${target}`).to.deep.equal(said);
          expect(await capLevel(escrow, merchantId), `at ${target}`).to.equal(level);
        }
      });
    }

    it("stays down without a ceiling", async () => {
      const { escrow, merchantId, till, setCap } = await load();
      await setCap(0n);
      expect(await till.moveTo(100_000n * TOKEN)).to.deep.equal(NOTHING);
      expect(await till.moveTo(1n)).to.deep.equal(NOTHING);
      expect(await capLevel(escrow, merchantId)).to.equal(undefined);
    });

    it("concerns one merchant alone", async () => {
      const shop = await load();
      const { escrow, till } = shop;
      const second = await anotherMerchant(shop, { outstandingCap: 1_000n });
      expect(await till.moveTo(1_001n * TOKEN)).to.deep.equal(warning(1_001n * TOKEN));
      expect(await capLevel(escrow, second)).to.equal(undefined);
      const program = await anotherProgram(shop, open, second);
      const sold = capWarningsIn(escrow, escrow.connect(shop.holder).buy(program, shop.holder, 900n * TOKEN + 1n, 0n));
      expect(await sold).to.deep.equal(capRaised("Notice", second, 900n * TOKEN + 1n, 900n * TOKEN));
      expect(await capLevel(escrow, shop.merchantId)).to.equal("Warning");
    });

    it("stays as it is when released money is paid out", async () => {
      const { escrow, merchantId, till, setCap } = await load();
      await till.moveTo(1_100n * TOKEN);
      await till.moveTo(1_001n * TOKEN);
      expect(await capWarningsIn(escrow, escrow.payOut(merchantId))).to.deep.equal(NOTHING);
      expect(await capLevel(escrow, merchantId)).to.equal("Warning");
      expect((await escrow.pool(merchantId)).balance).to.equal(1_001n * TOKEN);
      await setCap(0n);
      await till.moveTo(1n);
      expect(await capWarningsIn(escrow, escrow.payOut(merchantId))).to.deep.equal(NOTHING);
    });

    it("looks at what is outstanding, not at what the vault holds", async () => {
      const { escrow, merchantId, till } = await load();
      await till.moveTo(1_001n * TOKEN);
      expect(await till.moveTo(1n)).to.deep.equal(cleared);
      expect((await escrow.pool(merchantId)).balance).to.equal(1_001n * TOKEN);
    });
  });

  describe("is raised by", () => {
    for (const [name, sell] of Object.entries<Route>(routes)) {
      it(name, async () => {
        const shop = await load();
        const { escrow, merchantId } = shop;
        const program = await anotherProgram(shop, PASS);
        expect(await capWarningsIn(escrow, sell(shop, { program, principal: PASS.price }))).to.deep.equal(
          notice(1_000n * TOKEN),
        );
        expect(await capLevel(escrow, merchantId)).to.equal("Notice");
      });
    }
  });

  describe("is ended by", () => {
    for (const [name, end] of endings) {
      it(name, async () => {
        const shop = await load();
        const { escrow, merchantId, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        expect(await capLevel(escrow, merchantId)).to.equal("Warning");
        expect(await capWarningsIn(escrow, end(shop, cardId))).to.deep.equal(cleared);
        expect(await capLevel(escrow, merchantId)).to.equal(undefined);
        expect((await escrow.pool(merchantId)).outstanding).to.equal(0n);
      });
    }

    it("the time of a pass, level by level", async () => {
      const shop = await load();
      const { escrow, merchantId } = shop;
      const program = await anotherProgram(shop, { ...PASS, price: 1_100n * TOKEN, listPrice: 1_100n * TOKEN });
      const cardId = await buyCard(shop, { program });
      const { openedAt } = await escrow.card(cardId);
      // Eleven tokens a day, counted seven days later.
      for (const [days, said, level] of [
        [13n, NOTHING, "Warning"],
        [14n, notice(946n * TOKEN), "Notice"],
        [22n, NOTHING, "Notice"],
        [23n, cleared, undefined],
      ] as const) {
        await at(openedAt + (days + 7n) * DAY);
        expect(await capWarningsIn(escrow, escrow.accrue([cardId]))).to.deep.equal(said);
        expect(await capLevel(escrow, merchantId)).to.equal(level);
      }
    });
  });

  describe("follows", () => {
    for (const [name, outstanding, from, to, said, level] of changes) {
      it(name, async () => {
        const { escrow, merchantId, till, setCap } = await load();
        await setCap(from);
        await till.moveTo(outstanding);
        expect(await capWarningsIn(escrow, setCap(to))).to.deep.equal(said);
        expect(await capLevel(escrow, merchantId)).to.equal(level);
      });
    }
  });

  describe("where the policy rejects", () => {
    /** A merchant whose sales over its ceiling of 1 000 tokens are rejected. */
    async function deployRejecting() {
      const shop = await deployCapped();
      const policyId = await anotherPolicy(shop, { rejectOverCap: true });
      const merchantId = await anotherMerchant(shop, { policyId, outstandingCap: 1_000n });
      const programs = { ...shop.programs, open: await anotherProgram(shop, open, merchantId) };
      const strict = { ...shop, policyId, merchantId, programs, vault: await shop.escrow.vaultOf(merchantId) };
      const setCap = async (cap: bigint) =>
        await shop.escrow.connect(shop.regulator).setOutstandingCap(merchantId, cap);
      return { ...strict, setCap };
    }
    const loadRejecting = async () => {
      const shop = await networkHelpers.loadFixture(deployRejecting);
      return { ...shop, till: new Till(shop) };
    };

    it("sells up to the ceiling, with the notice, and not one base unit more", async () => {
      const { escrow, merchantId, till } = await loadRejecting();
      const tooMuch = till.moveTo(1_000n * TOKEN + 1n);
      const args = [merchantId, 1_000n * TOKEN + 1n, 1_000n * TOKEN];
      await expectRefusal(tooMuch, escrow, "MerchantCapExceeded", ...args);
      const again = new Till(till.shop);
      expect(await again.moveTo(900n * TOKEN)).to.deep.equal(NOTHING);
      const noticed = capRaised("Notice", merchantId, 1_000n * TOKEN - 1n, 900n * TOKEN);
      expect(await again.moveTo(1_000n * TOKEN - 1n)).to.deep.equal(noticed);
      expect(await again.moveTo(1_000n * TOKEN)).to.deep.equal(NOTHING);
      await expectRefusal(again.moveTo(1_000n * TOKEN + 1n), escrow, "MerchantCapExceeded", ...args);
      expect(await capLevel(escrow, merchantId)).to.equal("Notice");
    });

    it("sells again when visits have made room", async () => {
      const { till } = await loadRejecting();
      await till.moveTo(1_000n * TOKEN);
      await till.moveTo(999n * TOKEN);
      expect(await till.moveTo(1_000n * TOKEN)).to.deep.equal(NOTHING);
    });

    it("warns and stops sales when the ceiling is lowered below what is outstanding", async () => {
      const { escrow, merchantId, till, setCap } = await loadRejecting();
      await till.moveTo(500n * TOKEN);
      const warned = capRaised("Warning", merchantId, 500n * TOKEN, 499n * TOKEN);
      expect(await capWarningsIn(escrow, setCap(499n))).to.deep.equal(warned);
      const args = [merchantId, 500n * TOKEN + 1n, 499n * TOKEN];
      await expectRefusal(till.moveTo(500n * TOKEN + 1n), escrow, "MerchantCapExceeded", ...args);
    });

    it("sells any amount without a ceiling", async () => {
      const { till, setCap } = await loadRejecting();
      await setCap(0n);
      expect(await till.moveTo(200_000n * TOKEN)).to.deep.equal(NOTHING);
    });
  });

  describe("counts whole tokens", () => {
    async function deployEighteen() {
      return await deployWithDecimals(18n);
    }
    async function deployNone() {
      return await deployWithDecimals(0n);
    }
    async function deployWithDecimals(decimals: bigint) {
      const base = await loadShop();
      const token = await (await deployDecimals(decimals)).getAddress();
      const shop = await openShopUnder(base, await ethers.getContractAt("TestToken", token));
      await shop.token.mint(shop.holder, 10n ** 30n);
      return shop;
    }

    it("of a token with eighteen decimals", async () => {
      const shop = await networkHelpers.loadFixture(deployEighteen);
      const { escrow, merchantId } = shop;
      const unit = 10n ** 18n;
      await escrow.connect(shop.regulator).setOutstandingCap(merchantId, 10n);
      const till = new Till(shop);
      expect(await till.moveTo(9n * unit)).to.deep.equal(NOTHING);
      const noticed = capRaised("Notice", merchantId, 9n * unit + 1n, 9n * unit);
      expect(await till.moveTo(9n * unit + 1n)).to.deep.equal(noticed);
      expect(await till.moveTo(10n * unit)).to.deep.equal(NOTHING);
      const warned = capRaised("Warning", merchantId, 10n * unit + 1n, 10n * unit);
      expect(await till.moveTo(10n * unit + 1n)).to.deep.equal(warned);
    });

    it("up to the widest ceiling", async () => {
      const shop = await networkHelpers.loadFixture(deployEighteen);
      const { escrow, merchantId } = shop;
      await escrow.connect(shop.regulator).setOutstandingCap(merchantId, 2n ** 48n - 1n);
      expect(await new Till(shop).moveTo(2n ** 88n - 1n)).to.deep.equal(NOTHING);
      expect(await capLevel(escrow, merchantId)).to.equal(undefined);
    });

    it("of a token without decimals, where 90 % need not be whole", async () => {
      const shop = await networkHelpers.loadFixture(deployNone);
      const { escrow, merchantId } = shop;
      await escrow.connect(shop.regulator).setOutstandingCap(merchantId, 15n);
      const till = new Till(shop);
      // 90 % are 13.5, 85 % are 12.75.
      expect(await till.moveTo(13n)).to.deep.equal(NOTHING);
      expect(await till.moveTo(14n)).to.deep.equal(capRaised("Notice", merchantId, 14n, 13n));
      expect(await till.moveTo(13n)).to.deep.equal(NOTHING);
      expect(await till.moveTo(12n)).to.deep.equal(capCleared(merchantId));
    });
  });
});

import { expect } from "chai";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import { ZeroHash } from "ethers";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { SkipReason } from "../../src/contracts/enums.js";
import type { HeavyToken, TestToken } from "../../types/ethers-contracts/index.js";
import { advance, at, buyCard, permit, signExit, signVoucher } from "../helpers/actions.js";
import type { SignedVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { COOLING_OFF, EVIDENCE, FINAL_SETTLEMENT, flagDefault } from "../helpers/leaving.js";
import { expectRefusal } from "../helpers/refusals.js";
import { listOf, pay, placeSurety, publish, withRegister } from "../helpers/register.js";
import { consumption, contractVoucher, logsOf, spoiltVoucher } from "../helpers/settling.js";
import { loadShop } from "../helpers/shop.js";
import { openShopUnder } from "../helpers/tokens.js";
import { expectSound, mined, purse } from "./scene.js";

/** A voucher's share of the transaction. */
const perVoucher = (receipt: ContractTransactionReceipt, vouchers: number): number =>
  Number(receipt.gasUsed) / vouchers;

/** A card of twenty visits for any address. */
async function buyFor({ escrow, payer, programs }: Shop, address: string): Promise<string> {
  await escrow.connect(payer).buy(programs.count, address, 1_200n * TOKEN, 0n);
  return encodeCardId({ holder: address, programId: programs.count, serial: 0n });
}

/** What a transaction with `gasLimit` answers: the names of its events, or that it was refused. */
async function eventsWithin(
  shop: Shop,
  send: (gas: { readonly gasLimit: bigint }) => Promise<ContractTransactionResponse>,
  gasLimit: bigint,
): Promise<string> {
  try {
    return (await logsOf(shop.escrow, send({ gasLimit }))).map(([name]) => name).join(" ");
  } catch {
    return "refused";
  }
}

/** Every outcome of `send`, over gas limits from `from` to `to`; each is tried on the same state. */
async function sweep(
  shop: Shop,
  send: (gas: { readonly gasLimit: bigint }) => Promise<ContractTransactionResponse>,
  [from, to, step]: readonly [bigint, bigint, bigint],
): Promise<Set<string>> {
  const outcomes = new Set<string>();
  for (let gasLimit = from; gasLimit <= to; gasLimit += step) {
    const snapshot = await networkHelpers.takeSnapshot();
    outcomes.add(await eventsWithin(shop, send, gasLimit));
    await snapshot.restore();
  }
  return outcomes;
}

describe("Attack: gas, by a holder's contract", () => {
  const hostile = {
    "burns all it gets": ["GasBurnerWallet", []],
    "answers 410 000 bytes": ["ReturnBombWallet", [true]],
    "reverts with 410 000 bytes": ["ReturnBombWallet", [false]],
  } as const;
  for (const [name, [contract, args]] of Object.entries(hostile)) {
    it(`that ${name} costs a batch at most 450 000 gas a voucher, and stops no voucher beside it`, async () => {
      const shop = await loadShop();
      const { escrow, operator, holder, merchantId, programs } = shop;
      const wallet = await ethers.deployContract(contract, [...args]);
      const hostileCard = await buyFor(shop, await wallet.getAddress());
      const honest = await buyCard(shop, { program: programs.count });
      const bad = { ...consumption(hostileCard, 1n), signature: "0x" };
      const vouchers = [bad, bad, bad, await contractVoucher(escrow, holder, honest, 1n)];
      const receipt = await mined(
        escrow.connect(operator).settleContractHolders(merchantId, vouchers, { gasLimit: 5_000_000n }),
      );
      expect(perVoucher(receipt, 3)).to.be.below(450_000);
      expect((await escrow.card(honest)).consumed).to.equal(1n);
      await expectSound(shop, [hostileCard, honest]);
    });

    it(`that ${name} cannot keep its own card from being refunded, nor anybody's`, async () => {
      const shop = await loadShop();
      const { escrow, token, merchantId } = shop;
      const wallet = await ethers.deployContract(contract, [...args]);
      const address = await wallet.getAddress();
      const cards = [await buyFor(shop, address), await buyCard(shop, { program: shop.programs.count })];
      await flagDefault(shop);
      await advance(FINAL_SETTLEMENT);
      // Nobody asks a contract before it is paid.
      await escrow.refundCards(merchantId, cards, { gasLimit: 200_000n });
      expect(await token.balanceOf(address)).to.equal(1_200n * TOKEN);
      await expectSound(shop, []);
    });
  }

  it("whose request is relayed with too little gas to ask it: the request is refused whole, and good when sent again", async () => {
    const shop = await loadShop();
    const { escrow, relayer } = shop;
    const key = shop.other;
    const wallet = await ethers.deployContract("KeyWallet", [key.address]);
    const cardId = await buyFor(shop, await wallet.getAddress());
    const { deadline, signature } = await signExit(escrow, key, cardId);
    const send = (gas: { readonly gasLimit: bigint }) =>
      escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature, gas);
    const outcomes = await sweep(shop, send, [60_000n, 600_000n, 20_000n]);
    expect([...outcomes]).to.deep.equal(["refused", "ExitRequested"]);
  });
});

describe("Attack: gas, by whoever sends the transaction", () => {
  it("a batch of refunds with any amount of gas pays every card or reverts: none is skipped that would have been paid", async () => {
    const shop = await loadShop();
    const { escrow, merchantId, programs, other, stranger } = shop;
    const cards = [
      await buyCard(shop, { program: programs.count }),
      await buyCard(shop, { program: programs.count, holder: other }),
    ];
    await flagDefault(shop);
    await advance(FINAL_SETTLEMENT);
    const send = (gas: { readonly gasLimit: bigint }) => escrow.connect(stranger).refundCards(merchantId, cards, gas);
    const outcomes = await sweep(shop, send, [30_000n, 160_000n, 500n]);
    expect([...outcomes]).to.deep.equal(["refused", "CardRefunded CardRefunded PoolUpdated"]);
  });

  it("a batch of visits with any amount of gas books every voucher or reverts", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, other, merchantId, programs } = shop;
    const vouchers: SignedVoucher[] = [];
    for (const person of [holder, other]) {
      const cardId = await buyCard(shop, { program: programs.count, holder: person });
      vouchers.push(await signVoucher(escrow, person, cardId, 1n));
    }
    const send = (gas: { readonly gasLimit: bigint }) => escrow.connect(operator).settle(merchantId, vouchers, gas);
    const outcomes = await sweep(shop, send, [30_000n, 110_000n, 500n]);
    expect([...outcomes]).to.deep.equal(["refused", "ConsumptionSettled ConsumptionSettled PoolUpdated"]);
  });

  it("a sale by permit with any amount of gas sells or reverts: a permit starved of gas never sells on an allowance alone", async () => {
    const shop = await loadShop();
    const { escrow, token, payer, holder, programs } = shop;
    await token.connect(payer).approve(escrow, 0n);
    const signed = await permit(shop, payer, 1_200n * TOKEN);
    const purchase = { programId: programs.count, holder, principal: 1_200n * TOKEN, serial: 0n, startsAt: 0n };
    const send = (gas: { readonly gasLimit: bigint }) => escrow.connect(payer).buyWithPermit(purchase, ...signed, gas);
    const outcomes = await sweep(shop, send, [40_000n, 260_000n, 1_000n]);
    expect([...outcomes]).to.deep.equal(["refused", "CardOpened"]);
  });

  describe("under a token that is dear beyond what is assumed", () => {
    async function deployHeavy() {
      const shop = await withRegister(await loadShop());
      const heavy: HeavyToken = await ethers.deployContract("HeavyToken");
      const token: TestToken = await ethers.getContractAt("TestToken", await heavy.getAddress());
      const under = await withRegister(await openShopUnder(shop, token));
      return { ...under, heavy };
    }
    const load = () => networkHelpers.loadFixture(deployHeavy);

    it("a refund can be starved, and is only put off: the claim stays, and anyone sends it again with more", async () => {
      const shop = await load();
      const { escrow, token, heavy, holder, merchantId, programs, stranger } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      await flagDefault(shop, undefined, merchantId);
      await advance(FINAL_SETTLEMENT);
      await heavy.setBurden(2_000_000n);
      const send = (gas: { readonly gasLimit: bigint }) =>
        escrow.connect(stranger).refundCards(merchantId, [cardId], gas);
      const outcomes = await sweep(shop, send, [500_000n, 2_500_000n, 50_000n]);
      expect([...outcomes]).to.deep.equal(["RefundFailed PoolUpdated", "CardRefunded PoolUpdated"]);
      const before = await purse(token, holder);
      expect(await eventsWithin(shop, send, 2_000_000n)).to.equal("RefundFailed PoolUpdated");
      await expectSound(shop, [cardId]);
      await send({ gasLimit: 3_000_000n });
      expect((await purse(token, holder)) - before).to.equal(1_200n * TOKEN);
      await expectSound(shop, []);
    });

    it("a claim on a deposit can be starved in a batch, and is only put off", async () => {
      const shop = await load();
      const { register, token, heavy, holder, merchantId, stranger } = shop;
      await pay(shop, 100n);
      const list = listOf([{ account: holder.address, amount: 100n }]);
      await flagDefault(shop, undefined, merchantId);
      await publish(shop, list);
      await at((await register.distribution(merchantId)).opensAt);
      await register.openClaims(merchantId);
      await heavy.setBurden(2_000_000n);
      const before = await purse(token, holder);
      const send = async (gasLimit: bigint) =>
        await register.connect(stranger).claimMany(merchantId, [list.claim(0)], { gasLimit });
      await expect(send(2_000_000n)).to.emit(register, "ClaimSkipped");
      expect((await register.depositOf(merchantId)).deposit).to.equal(100n);
      await expect(send(3_000_000n)).to.emit(register, "ClaimPaid");
      expect((await purse(token, holder)) - before).to.equal(100n);
    });

    it("the draw of a surety can be starved, and is tried again by the next call: the rate rises for all, those paid before too", async () => {
      const shop = await load();
      const { register, token, heavy, holder, other, merchantId, stranger } = shop;
      await pay(shop, 50n);
      await placeSurety(shop, 50n);
      const list = listOf([holder, other].map(({ address }) => ({ account: address, amount: 50n })));
      await flagDefault(shop, undefined, merchantId);
      await publish(shop, list);
      await at((await register.distribution(merchantId)).opensAt);
      await heavy.setBurden(2_000_000n);
      await expect(register.connect(stranger).openClaims(merchantId, { gasLimit: 2_000_000n })).to.emit(
        register,
        "SuretyDrawFailed",
      );
      expect((await register.surety(merchantId)).bound).to.be.true;
      const before = await purse(token, holder);
      await heavy.setBurden(0n);
      await expect(register.connect(stranger).claim(merchantId, list.claim(0))).to.emit(register, "SuretyDrawn");
      await register.claim(merchantId, list.claim(1));
      expect((await purse(token, holder)) - before).to.equal(50n);
    });

    for (const bytes of [0n, 32n, 100_000n]) {
      it(`a refusal of ${bytes} bytes is not copied into a batch: the others are paid`, async () => {
        const shop = await load();
        const { escrow, heavy, holder, other, merchantId, programs } = shop;
        const cards = [
          await buyCard(shop, { program: programs.count }),
          await buyCard(shop, { program: programs.count, holder: other }),
        ];
        await flagDefault(shop, undefined, merchantId);
        await advance(FINAL_SETTLEMENT);
        await heavy.refuse(holder, bytes);
        const logs = await logsOf(escrow, escrow.refundCards(merchantId, cards, { gasLimit: 400_000n }));
        expect(logs.map(([name]) => name)).to.deep.equal(["RefundFailed", "CardRefunded", "PoolUpdated"]);
        await expectSound(shop, cards);
      });
    }
  });
});

describe("Attack: batches", () => {
  it("a thousand bad vouchers of every kind around one good one: the good one is booked, and each bad one costs less than a visit", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, other, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const pass = await buyCard(shop, { program: programs.pass });
    const good = await signVoucher(escrow, holder, cardId, 1n);
    const forged = await signVoucher(escrow, other, cardId, 2n);
    const kinds = [
      spoiltVoucher(encodeCardId({ holder: holder.address, programId: programs.count, serial: 99n }), 1n),
      spoiltVoucher(encodeCardId({ holder: holder.address, programId: 999n, serial: 0n }), 1n),
      spoiltVoucher(pass, 1n),
      spoiltVoucher(cardId, 21n),
      spoiltVoucher(cardId, 1n),
      forged,
      { ...good, cumulative: 3n },
      { ...good, receipt: ZeroHash },
    ];
    const bad = Array.from({ length: 1_000 }, (_, i) => kinds[i % kinds.length]!);
    const vouchers = [...bad.slice(0, 500), good, ...bad.slice(500)];
    const gas = { gasLimit: 16_000_000n };
    const receipt = await mined(escrow.connect(operator).settle(merchantId, vouchers, gas));
    expect(receipt.logs.length).to.equal(1_002);
    expect((await escrow.card(cardId)).consumed).to.equal(1n);
    expect(perVoucher(receipt, 1_001)).to.be.below(14_900);
    await expectSound(shop, [cardId, pass]);
  });

  it("one card again and again in one batch of visits: each count is booked once, in whatever order they come", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const vouchers = [];
    for (const count of [3n, 1n, 3n, 5n, 5n, 4n, 20n, 20n])
      vouchers.push(await signVoucher(escrow, holder, cardId, count));
    const logs = await logsOf(escrow, escrow.connect(operator).settle(merchantId, vouchers));
    const stale = ["ConsumptionSkipped", cardId, SkipReason.Stale];
    expect(
      logs.map(([name, , , released]) => (name === "ConsumptionSettled" ? released : undefined)).slice(0, 8),
    ).to.deep.equal([180n * TOKEN, undefined, undefined, 120n * TOKEN, undefined, undefined, 900n * TOKEN, undefined]);
    expect(logs[1]).to.deep.equal(stale);
    expect(await escrow.releasable(merchantId)).to.equal(1_200n * TOKEN);
    await expectSound(shop, [cardId]);
  });

  it("one card again and again in one batch of a wallet's visits, of passes, of refunds and of exposure: once, or refused", async () => {
    const shop = await loadShop();
    const { escrow, token, operator, holder, stranger, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const pass = await buyCard(shop, { program: programs.pass });
    const voucher = await contractVoucher(escrow, holder, cardId, 5n);
    await escrow.connect(operator).settleContractHolders(merchantId, [voucher, voucher, voucher]);
    expect(await escrow.releasable(merchantId)).to.equal(300n * TOKEN);
    await advance(30n * DAY);
    await escrow.connect(stranger).accrue([pass, pass, pass]);
    const once = (await escrow.card(pass)).consumed;
    await expectSound(shop, [cardId, pass]);
    await expectRefusal(
      escrow.reportHolderExposure(merchantId, [cardId, cardId]),
      escrow,
      "ExposureCardsUnordered",
      cardId,
      cardId,
    );
    await flagDefault(shop);
    await advance(FINAL_SETTLEMENT);
    const before = await purse(token, holder);
    await escrow.connect(stranger).refundCards(merchantId, [cardId, cardId, pass, cardId, pass]);
    const { units, price } = await escrow.program(programs.pass);
    expect((await purse(token, holder)) - before).to.be.within(
      900n * TOKEN + price - ((once + 8n * DAY) * price) / units,
      900n * TOKEN + price - (once * price) / units,
    );
    await expectSound(shop, []);
  });

  it("no list that anybody else can make longer stands between a holder and the money", async () => {
    const shop = await loadShop();
    const { escrow, payer, holder, other, stranger, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    // The vault is not emptied by the refund, which would be cheaper.
    await buyCard(shop, { program: programs.count, holder: other });
    const measure = async (): Promise<bigint> => {
      const snapshot = await networkHelpers.takeSnapshot();
      await escrow.connect(holder).requestExit(cardId);
      await advance(6n * DAY);
      const { gasUsed } = await mined(escrow.connect(stranger).executeExit(cardId));
      await snapshot.restore();
      return gasUsed;
    };
    await advance(COOLING_OFF);
    const alone = await measure();
    // A hundred cards of others, dust on the holder's name, complaints, disputes, moves and programs.
    for (let serial = 0n; serial < 50n; serial += 1n) {
      await escrow.connect(payer).buy(programs.open, holder, 1n, serial);
      await escrow.connect(payer).buy(programs.open, other, 1n, serial);
    }
    await advance(COOLING_OFF);
    for (let serial = 0n; serial < 50n; serial += 1n) {
      const dust = encodeCardId({ holder: other.address, programId: programs.open, serial });
      await (serial % 2n === 0n
        ? escrow.connect(other).complain(dust, EVIDENCE)
        : escrow.connect(other).requestMove(dust, stranger));
    }
    const crowded = await measure();
    expect(Number(crowded) - Number(alone), `${alone} gas alone, ${crowded} in the crowd`).to.be.within(-500, 500);
  });
});

import { expect } from "chai";
import { ZeroHash } from "ethers";

import { MerchantStatus } from "../../src/contracts/enums.js";
import { RoleId, supervisedFunctions } from "../../src/contracts/roles.js";
import { advance, anotherPolicy, at, buyCard, now, signExit, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, testPolicy } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import {
  COOLING_OFF,
  EVIDENCE,
  EXIT_DELAY,
  FINAL_SETTLEMENT,
  RULING_TIMEOUT,
  askToLeave,
  consume,
} from "../helpers/leaving.js";
import { expectRefusal } from "../helpers/refusals.js";
import { logsOf, moneyOf } from "../helpers/settling.js";
import { SUSPENSION } from "../helpers/statuses.js";
import { loadShop } from "../helpers/shop.js";
import { expectSound, mined, purse } from "./scene.js";

/*
 * One person, `villain`, is owner, till, payout, regulator, association, reporter and administrator of the roles, without any
 * delay. What is left to a holder then is what no role can take.
 */
async function deployCaptured() {
  const shop = await loadShop();
  const { escrow, manager, admin, owner: villain, other, merchantId, programs } = shop;
  for (const role of [RoleId.Regulator, RoleId.Association, RoleId.Reporter]) {
    await manager.connect(admin).grantRole(role, villain, 0);
  }
  await manager.connect(admin).grantRole(0n, villain, 0);
  await escrow.connect(villain).setOperator(merchantId, villain, true);
  await escrow.connect(villain).setPayout(merchantId, villain);
  const cards = {
    count: await buyCard(shop, { program: programs.count }),
    plan: await buyCard(shop, { program: programs.plan }),
    others: await buyCard(shop, { program: programs.count, holder: other }),
    pass: await buyCard(shop, { program: programs.pass }),
  };
  const passOpenedAt = await now();
  await consume(shop, cards.count, 5n);
  await advance(COOLING_OFF);
  return {
    ...shop,
    villain,
    cards,
    passOpenedAt,
    regulator: villain,
    association: villain,
    operator: villain,
  };
}
type Captured = Awaited<ReturnType<typeof deployCaptured>>;
const load = () => networkHelpers.loadFixture(deployCaptured);

const allCards = ({ cards }: Captured): string[] => Object.values(cards);

/** What a call answers, or that it was refused. */
const attempt = async (call: () => Promise<unknown>): Promise<boolean> => {
  try {
    await call();
    return true;
  } catch {
    return false;
  }
};

describe("Attack: every role, the administrator and the merchant are one villain", () => {
  it("who tries every way to money there is: not one base unit of what is not consumed leaves the vault to the villain", async () => {
    const shop = await load();
    const { escrow, token, register, manager, villain, merchantId, cards, vault } = shop;
    const as = escrow.connect(villain);
    await escrow.payOut(merchantId);
    const [before, held] = [await purse(token, villain), (await moneyOf(shop)).held];
    const fake = await signVoucher(escrow, villain, cards.plan, 4_000n * TOKEN);
    const exit = await signExit(escrow, villain, cards.plan);
    const policy = await anotherPolicy(shop, { exitDelay: DAY, finalSettlement: 3n * DAY });
    const vaultAt = (await ethers.getContractAt("MerchantVault", vault)).connect(villain);
    const tries: Readonly<Record<string, () => Promise<unknown>>> = {
      "a voucher the holder has not signed": () => as.settle(merchantId, [fake]),
      "a payout": () => as.payOut(merchantId),
      "a request in the holder's name": () => as.requestExit(cards.plan),
      "a request signed by another": () => as.requestExitWithSignature(cards.plan, exit.deadline, exit.signature),
      "a recipient of its own": () => as.executeExitTo(cards.plan, villain),
      "a move of a card": () => as.requestMove(cards.plan, villain),
      "a cancelled exit": () => as.cancelExit(cards.plan),
      "a complaint in the holder's name": () => as.complain(cards.plan, EVIDENCE),
      "a ruling without a dispute": () => as.resolve(cards.plan, true, 0n, EVIDENCE),
      "the vault itself": () => vaultAt.pay(villain, 1n),
      "the vault's other door": () => vaultAt.tryPay(villain, 1n),
      "another policy": () => as.setMerchantPolicy(merchantId, policy),
      "another policy of another token": async () => as.setMerchantPolicy(merchantId, await otherToken(shop)),
      "a closed merchant": () => as.closeMerchant(merchantId),
      "refunds before their time": () => as.refundCards(merchantId, allCards(shop)),
      "a flag and a payout": async () => {
        await as.flagDefault(merchantId, 0n, EVIDENCE);
        await as.payOut(merchantId);
      },
      "the deposit register": () => register.connect(villain).withdraw(merchantId, 1n),
      "the role manager executing in its name": () =>
        manager.connect(villain).execute(escrow, escrow.interface.encodeFunctionData("requestExit", [cards.plan])),
      "the role manager on the vault": () =>
        manager.connect(villain).execute(vault, vaultAt.interface.encodeFunctionData("pay", [villain.address, 1n])),
      "the role manager on the token": () =>
        manager
          .connect(villain)
          .execute(token, token.interface.encodeFunctionData("transferFrom", [vault, villain.address, 1n])),
    };
    for (const [name, call] of Object.entries(tries)) {
      await attempt(call);
      expect(await purse(token, villain), name).to.equal(before);
      expect((await moneyOf(shop)).held, name).to.equal(held);
      await expectSound(shop, allCards(shop));
    }
  });

  describe("who wants to keep a holder's money from moving", () => {
    it("cannot put a refund off beyond two exit delays, a ruling timeout and two windows, using all of them to the last second", async () => {
      const shop = await load();
      const { escrow, token, holder, stranger, villain, merchantId, cards } = shop;
      const as = escrow.connect(villain);
      const begun = await now();
      const before = await purse(token, holder);
      // Asked for, and contested in the last second.
      const { executableAt } = await askToLeave(shop, cards.count);
      await at(executableAt - 1n);
      await as.contestExit(cards.count, EVIDENCE);
      // Rejected in the last second there is for a ruling, and asked for again.
      await at((await escrow.dispute(cards.count)).rulingUntil - 1n);
      await as.resolve(cards.count, false, 0n, EVIDENCE);
      const again = await askToLeave(shop, cards.count);
      await expectRefusal(as.contestExit(cards.count, EVIDENCE), escrow, "CardContestDismissed");
      // Flagged in the last second, the flag withdrawn in the last second of its window, and raised again.
      await at(again.executableAt - 1n);
      await as.flagDefault(merchantId, await now(), EVIDENCE);
      const { windowEndsAt } = await escrow.merchant(merchantId);
      await at(windowEndsAt - 1n);
      const both = [
        escrow.interface.encodeFunctionData("withdrawDefault", [merchantId]),
        escrow.interface.encodeFunctionData("flagDefault", [merchantId, 0n, EVIDENCE]),
      ];
      // In one transaction, so that no block lies between them.
      const { manager } = shop;
      const calls = both.map((data) =>
        manager.interface.encodeFunctionData("execute", [escrow.target as string, data]),
      );
      await manager.connect(villain).multicall(calls);
      expect((await escrow.merchant(merchantId)).status).to.equal(MerchantStatus.Defaulted);
      expect(await attempt(() => as.withdrawDefault(merchantId))).to.be.false;
      const last = (await escrow.merchant(merchantId)).windowEndsAt;
      await at(last);
      await escrow.connect(stranger).refundCards(merchantId, [cards.count]);
      const waited = (await now()) - begun;
      expect(waited <= 2n * EXIT_DELAY + RULING_TIMEOUT + 2n * FINAL_SETTLEMENT + 10n, `waited ${waited} s`).to.be.true;
      // What all of it has brought the villain is the discount forgone: under a flag all that remains is paid.
      expect((await purse(token, holder)) - before).to.equal(900n * TOKEN);
    });

    it("cannot by suspending for ever: holders leave meanwhile, and between two suspensions lie 90 days", async () => {
      const shop = await load();
      const { escrow, token, holder, stranger, villain, merchantId, cards } = shop;
      const as = escrow.connect(villain);
      await as.suspend(merchantId, EVIDENCE);
      const suspendedUntil = (await now()) + SUSPENSION;
      const { executableAt } = await askToLeave(shop, cards.count);
      const before = await purse(token, holder);
      await at(executableAt);
      await escrow.connect(stranger).executeExit(cards.count);
      expect((await purse(token, holder)) - before).to.equal(800n * TOKEN);
      // Ended and begun again, or lapsed and begun again: both wait.
      await at(suspendedUntil);
      await expectRefusal(as.suspend(merchantId, EVIDENCE), escrow, "MerchantTooEarly");
      await at(suspendedUntil + SUSPENSION - 1n);
      await expectRefusal(as.suspend(merchantId, EVIDENCE), escrow, "MerchantTooEarly");
      await at(suspendedUntil + SUSPENSION);
      await as.suspend(merchantId, EVIDENCE);
      await as.resume(merchantId);
      await expectRefusal(as.suspend(merchantId, EVIDENCE), escrow, "MerchantTooEarly");
    });

    it("cannot by a run-off at the edge of its dates, before, at or after the last day of service", async () => {
      const shop = await load();
      const { escrow, token, holder, stranger, villain, merchantId, cards } = shop;
      const as = escrow.connect(villain);
      const notice = (await now()) + 30n * DAY;
      await as.startRunOff(merchantId, notice);
      const { executableAt } = await askToLeave(shop, cards.count);
      const before = await purse(token, holder);
      await expectRefusal(as.contestExit(cards.count, EVIDENCE), escrow, "MerchantStatusForbids");
      await at(executableAt);
      await escrow.connect(stranger).executeExit(cards.count);
      expect((await purse(token, holder)) - before).to.equal(800n * TOKEN);
      // Who waits gets all of it.
      const { noticeEndsAt } = await escrow.merchant(merchantId);
      await at(noticeEndsAt);
      await escrow.connect(stranger).refundCards(merchantId, [cards.plan]);
      expect((await purse(token, holder)) - before).to.equal((800n + 3_000n) * TOKEN);
    });

    it("cannot by closing the restricted functions, revoking every role, or handing the escrow to a manager of its own", async () => {
      const shop = await load();
      const { escrow, token, manager, holder, other, stranger, villain, merchantId, cards } = shop;
      await manager.connect(villain).setTargetClosed(escrow, true);
      const hostile = await ethers.deployContract("HostileManager");
      await manager.connect(villain).updateAuthority(escrow, hostile);
      expect(await escrow.authority()).to.equal(await hostile.getAddress());
      const before = await purse(token, holder);
      const { executableAt } = await askToLeave(shop, cards.count);
      await escrow.connect(other).requestMove(cards.others, stranger);
      await at(executableAt + 1n);
      await escrow.connect(stranger).executeExit(cards.count);
      await escrow.connect(stranger).executeMove(cards.others, 0n);
      expect((await purse(token, holder)) - before).to.equal(800n * TOKEN);
      // And the merchant is paid what was consumed.
      await escrow.payOut(merchantId);
      await expectSound(shop, [cards.plan, cards.pass, await escrow.cardIdOf(stranger, shop.programs.count, 0n)]);
    });
  });

  describe("whose role manager calls back in the middle of a restricted function", () => {
    it("finds every function of the escrow locked", async () => {
      const shop = await load();
      const { escrow, manager, villain, merchantId, cards } = shop;
      const hostile = await ethers.deployContract("HostileManager");
      await manager.connect(villain).updateAuthority(escrow, hostile);
      const address = await escrow.getAddress();
      const inner = {
        payOut: escrow.interface.encodeFunctionData("payOut", [merchantId]),
        accrue: escrow.interface.encodeFunctionData("accrue", [[cards.pass]]),
        flagDefault: escrow.interface.encodeFunctionData("flagDefault", [merchantId, 0n, ZeroHash]),
        startRunOff: escrow.interface.encodeFunctionData("startRunOff", [merchantId, (await now()) + 10n * DAY]),
      };
      const outer = {
        setOutstandingCap: async () => await escrow.connect(villain).setOutstandingCap(merchantId, 1_000_000n),
        // Asked for in the middle of the function, after the guard.
        startRunOff: async () => await escrow.connect(shop.stranger).startRunOff(merchantId, (await now()) + 10n * DAY),
      };
      for (const [name, call] of Object.entries(outer)) {
        for (const [back, data] of Object.entries(inner)) {
          const snapshot = await networkHelpers.takeSnapshot();
          await hostile.getFunction("arm").send(address, data);
          await call();
          expect(await hostile.getFunction("callbacks").staticCall(), `${back} during ${name}`).to.equal(1n);
          expect(await hostile.getFunction("reached").staticCall(), `${back} during ${name}`).to.be.false;
          await snapshot.restore();
        }
      }
    });

    it("changes the escrow under the register's feet, and the register moves no money for it", async () => {
      const shop = await load();
      const { escrow, register, manager, token, villain, stranger, merchantId } = shop;
      const hostile = await ethers.deployContract("HostileManager");
      await token.mint(villain, 100n);
      await token.connect(villain).approve(register, 100n);
      await register.connect(villain).deposit(merchantId, 100n);
      await manager.connect(villain).updateAuthority(register, hostile);
      await manager.connect(villain).updateAuthority(escrow, hostile);
      // While a reporter reports, the manager flags the merchant in the escrow.
      const flag = escrow.interface.encodeFunctionData("flagDefault", [merchantId, 0n, ZeroHash]);
      await hostile.getFunction("arm").send(await escrow.getAddress(), flag);
      await register.connect(stranger).reportOutstanding(merchantId, 1_000n, await now(), EVIDENCE);
      expect((await register.depositOf(merchantId)).deposit).to.equal(100n);
      expect(await token.balanceOf(await register.depositVaultOf(merchantId))).to.equal(100n);
      // And a call back into the register is refused.
      const withdraw = register.interface.encodeFunctionData("refreshWarnings", [merchantId]);
      await hostile.getFunction("arm").send(await register.getAddress(), withdraw);
      await register.connect(stranger).reportOutstanding(merchantId, 1_000n, await now(), EVIDENCE);
      expect(await hostile.getFunction("reached").staticCall()).to.be.false;
    });
  });

  describe("who trims what a holder gets", () => {
    it("by policies made for it: a card sold keeps the delays, the cooling-off and the ruling timeout it was sold under", async () => {
      const shop = await load();
      const { escrow, villain, merchantId, cards } = shop;
      const trap = await anotherPolicy(shop, {
        exitDelay: 30n * DAY,
        coolingOff: 0n,
        rulingTimeout: 90n * DAY,
        runOffNotice: 90n * DAY,
        finalSettlement: 30n * DAY,
        unilateralExit: false,
      });
      await escrow.connect(villain).setMerchantPolicy(merchantId, trap);
      const { requestedAt } = await askToLeave(shop, cards.count);
      await escrow.connect(villain).contestExit(cards.count, EVIDENCE);
      const { rulingUntil } = await escrow.dispute(cards.count);
      expect(rulingUntil).to.equal((await now()) + RULING_TIMEOUT);
      await at(rulingUntil);
      await expect(escrow.executeDispute(cards.count)).to.emit(escrow, "CardRefunded");
      expect(rulingUntil - requestedAt <= EXIT_DELAY + RULING_TIMEOUT).to.be.true;
      // Only what concerns everybody is the new policy's: 30 days of window and 90 of notice, the most there is.
      await escrow.connect(villain).flagDefault(merchantId, 0n, EVIDENCE);
      expect((await escrow.merchant(merchantId)).windowEndsAt).to.equal((await now()) + 30n * DAY);
    });

    it("to no less than the list price leaves, on any card, by any of the ways a card can close", async () => {
      const shop = await load();
      const { escrow, villain, merchantId, cards } = shop;
      const as = escrow.connect(villain);
      const closings: Readonly<Record<string, () => Promise<unknown>>> = {
        exit: async () => {
          await at((await askToLeave(shop, cards.count)).executableAt);
          return escrow.executeExit(cards.count);
        },
        timeout: async () => {
          await askToLeave(shop, cards.count);
          await as.contestExit(cards.count, EVIDENCE);
          await at((await escrow.dispute(cards.count)).rulingUntil);
          return escrow.executeDispute(cards.count);
        },
        "ruling for nothing": async () => {
          await escrow.connect(shop.holder).complain(cards.count, EVIDENCE);
          await at((await escrow.dispute(cards.count)).rulingFrom);
          return as.resolve(cards.count, true, 0n, EVIDENCE);
        },
        consent: async () => as.refundCard(cards.count),
        flag: async () => {
          await as.flagDefault(merchantId, 0n, EVIDENCE);
          await advance(FINAL_SETTLEMENT);
          return as.refundCards(merchantId, [cards.count]);
        },
      };
      const paid: Record<string, bigint> = {};
      for (const [name, close] of Object.entries(closings)) {
        const snapshot = await networkHelpers.takeSnapshot();
        const before = await purse(shop.token, shop.holder);
        await close();
        paid[name] = (await purse(shop.token, shop.holder)) - before;
        await snapshot.restore();
      }
      expect(paid).to.deep.equal({
        exit: 800n * TOKEN,
        timeout: 800n * TOKEN,
        "ruling for nothing": 800n * TOKEN,
        consent: 900n * TOKEN,
        flag: 900n * TOKEN,
      });
    });

    it("by naming a stop of service that is too late: a pass pays to the flag, never beyond it, and less than was ever counted is not taken", async () => {
      const shop = await load();
      const { escrow, villain, token, holder, stranger, merchantId, cards, passOpenedAt } = shop;
      const flaggedAt = passOpenedAt + 40n * DAY;
      await at(flaggedAt);
      await escrow.connect(villain).flagDefault(merchantId, flaggedAt, EVIDENCE);
      await expectRefusal(
        escrow.connect(villain).flagDefault(merchantId, flaggedAt + 1n, EVIDENCE),
        escrow,
        "MerchantStatusForbids",
      );
      const before = await purse(token, holder);
      await at(flaggedAt + FINAL_SETTLEMENT);
      await escrow.connect(stranger).refundCards(merchantId, [cards.pass]);
      const served = (40n * DAY * 3_600n * TOKEN) / (365n * DAY);
      expect((await purse(token, holder)) - before).to.equal(3_600n * TOKEN - served);
    });

    it("by flags, withdrawals and flags again around a request: no delay runs twice, and a third flag does not exist", async () => {
      const shop = await load();
      const { escrow, villain, stranger, merchantId, cards } = shop;
      const as = escrow.connect(villain);
      const { executableAt } = await askToLeave(shop, cards.count);
      await as.flagDefault(merchantId, 0n, EVIDENCE);
      await at(executableAt);
      await as.withdrawDefault(merchantId);
      // The delay ran on under the flag.
      await escrow.connect(stranger).executeExit(cards.count);
      await as.flagDefault(merchantId, 0n, EVIDENCE);
      await expectRefusal(as.withdrawDefault(merchantId), escrow, "MerchantFlagStands", merchantId);
      await expectRefusal(as.flagDefault(merchantId, 0n, EVIDENCE), escrow, "MerchantStatusForbids");
      await expectRefusal(as.startRunOff(merchantId, (await now()) + DAY), escrow, "MerchantStatusForbids");
      await advance(FINAL_SETTLEMENT);
      await escrow.connect(stranger).refundCards(merchantId, allCards(shop));
      expect((await escrow.pool(merchantId)).outstanding).to.equal(0n);
    });
  });

  it("who registers a merchant under a token that obeys the villain: no other merchant's vault and no allowance is touched", async () => {
    const shop = await load();
    const { escrow, token, villain, holder, merchantId } = shop;
    const before = [(await moneyOf(shop)).held, await purse(token, holder), await purse(token, villain)];
    const trick = await ethers.deployContract("ReentrantToken");
    const policy = testPolicy(await trick.getAddress());
    const policyId = await escrow.connect(villain).addPolicy.staticCall(policy);
    await escrow.connect(villain).addPolicy(policy);
    await escrow.connect(villain).registerMerchant(villain, villain, policyId, 0n, "");
    const terms = { kind: 0n, bearer: false, feeFree: false, price: 0n, units: 0n, listPrice: 0n, metadataURI: "" };
    const programId = await escrow.connect(villain).publishProgram.staticCall(2n, terms);
    await escrow.connect(villain).publishProgram(2n, terms);
    await trick.getFunction("mint").send(villain, 10n ** 18n);
    await trick
      .connect(villain)
      .getFunction("approve")
      .send(escrow, 10n ** 18n);
    // In the middle of a sale, the token calls the holder's real tokens: the allowance is the escrow's, not the token's.
    const theft = token.interface.encodeFunctionData("transferFrom", [holder.address, villain.address, 1n]);
    await trick.getFunction("arm").send("0x23b872dd", await token.getAddress(), theft);
    await expect(escrow.connect(villain).buy(programId, villain, 1_000n, 0n)).to.be.revertedWithCustomError(
      token,
      "ERC20InsufficientAllowance",
    );
    await trick.getFunction("arm").send("0x00000000", await token.getAddress(), "0x");
    await escrow.connect(villain).buy(programId, villain, 1_000n, 0n);
    const after = [(await moneyOf(shop)).held, await purse(token, holder), await purse(token, villain)];
    expect(after).to.deep.equal(before);
    expect((await escrow.merchant(merchantId)).token).to.equal(await token.getAddress());
  });

  it("who wants a visit nobody made: only the holder's signature books one, to the signed unit", async () => {
    const shop = await load();
    const { escrow, villain, holder, merchantId, cards } = shop;
    const logs = await logsOf(
      escrow,
      escrow.connect(villain).settle(merchantId, [await signVoucher(escrow, holder, cards.count, 6n)]),
    );
    expect(logs[0]?.[3]).to.equal(60n * TOKEN);
    await mined(escrow.payOut(merchantId));
    expect((await moneyOf(shop)).balance).to.equal((await moneyOf(shop)).outstanding);
  });

  it("has the functions it was given, and none to pay, settle, execute or refund among them", () => {
    const names = [
      ...supervisedFunctions.Regulator,
      ...supervisedFunctions.Association,
      ...supervisedFunctions.Reporter,
    ];
    const aboutMoney = names.filter((name) =>
      /^(pay|settle|execute|refund|buy|accrue|claim|deposit|withdraw(?!Default)|bookDeposit)/.test(name),
    );
    expect(aboutMoney).to.be.empty;
    expect(names).to.include("resolve");
  });
});

/** Another token's policy, added by the villain. */
async function otherToken(shop: Shop): Promise<bigint> {
  const token = await ethers.deployContract("TestToken");
  const policy = testPolicy(await token.getAddress());
  const policyId = await shop.escrow.connect(shop.owner).addPolicy.staticCall(policy);
  await shop.escrow.connect(shop.owner).addPolicy(policy);
  return policyId;
}

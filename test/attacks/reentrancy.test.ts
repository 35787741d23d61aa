import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { Interface, ZeroHash } from "ethers";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { CardStatus } from "../../src/contracts/enums.js";
import { IDepositRegister__factory, IPrepaidEscrow__factory } from "../../types/ethers-contracts/index.js";
import { advance, at, buyCard, now, signVoucher } from "../helpers/actions.js";
import { changingCalls } from "../helpers/calls.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import { COOLING_OFF, EVIDENCE, EXIT_DELAY, FINAL_SETTLEMENT } from "../helpers/leaving.js";
import { expectRefusal } from "../helpers/refusals.js";
import { listOf, pay, publish, withRegister } from "../helpers/register.js";
import { purchaseOf, routes } from "../helpers/sales.js";
import { consumption, logsOf } from "../helpers/settling.js";
import { arm, deployShopUnder, disarm } from "../helpers/tokens.js";
import type { Hook } from "../helpers/tokens.js";
import { expectSound, purse } from "./scene.js";

const escrowCalls = changingCalls(Interface.from(IPrepaidEscrow__factory.abi));
const registerCalls = changingCalls(Interface.from(IDepositRegister__factory.abi));

/* THE SCENE */

/** A merchant under a token that calls back: 100 of 1 000 are released, and a deposit of 100 lies in the register. */
async function deployReentrant() {
  const shop = await withRegister(await deployShopUnder("ReentrantToken"));
  const { escrow, operator, holder, other, merchantId, programs } = shop;
  const cardId = await buyCard(shop, { program: programs.open });
  const disputed = await buyCard(shop, { program: programs.open, holder: other });
  await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cardId, 100n * TOKEN)]);
  await pay(shop, 100n);
  return { ...shop, cardId, disputed };
}
type Scene = Awaited<ReturnType<typeof deployReentrant>>;
const load = () => networkHelpers.loadFixture(deployReentrant);
const nothing = async (): Promise<void> => {
  await Promise.resolve();
};

interface Entry {
  readonly name: string;
  readonly hooks: readonly Hook[];
  readonly before: (scene: Scene) => Promise<void>;
  readonly enter: (scene: Scene) => Promise<ContractTransactionResponse>;
}

const complaint = async ({ escrow, other, disputed }: Scene): Promise<bigint> => {
  await advance(COOLING_OFF);
  await escrow.connect(other).complain(disputed, EVIDENCE);
  const { rulingFrom, rulingUntil } = await escrow.dispute(disputed);
  await at(rulingFrom);
  return rulingUntil;
};
const flagged = async ({ escrow, regulator, merchantId }: Scene): Promise<void> => {
  await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
  await advance(FINAL_SETTLEMENT);
};

/** Every function of the escrow from which a token is called, and the token's functions that are. */
const entries: readonly Entry[] = [
  { name: "buy", hooks: ["transferFrom", "balanceOf"], before: nothing, enter: routes.buy },
  { name: "buyPass", hooks: ["transferFrom", "balanceOf"], before: nothing, enter: routes.buyPass },
  { name: "buyWithPermit", hooks: ["transferFrom", "balanceOf"], before: nothing, enter: routes.buyWithPermit },
  {
    name: "buyWithAuthorization",
    hooks: ["receiveWithAuthorization", "balanceOf"],
    before: nothing,
    enter: routes.buyWithAuthorization,
  },
  {
    name: "payOut",
    hooks: ["transfer"],
    before: nothing,
    enter: ({ escrow, merchantId }) => escrow.payOut(merchantId),
  },
  {
    name: "settleAndPayOut",
    hooks: ["transfer"],
    before: nothing,
    enter: ({ escrow, operator, merchantId }) => escrow.connect(operator).settleAndPayOut(merchantId, []),
  },
  {
    name: "executeExit",
    hooks: ["transfer"],
    before: async ({ escrow, holder, cardId }) => {
      await escrow.connect(holder).requestExit(cardId);
      await advance(EXIT_DELAY);
    },
    enter: ({ escrow, cardId }) => escrow.executeExit(cardId),
  },
  {
    name: "executeExitTo",
    hooks: ["transfer"],
    before: flagged,
    enter: ({ escrow, holder, cardId, stranger }) => escrow.connect(holder).executeExitTo(cardId, stranger),
  },
  {
    name: "refundCard",
    hooks: ["transfer"],
    before: nothing,
    enter: ({ escrow, operator, cardId }) => escrow.connect(operator).refundCard(cardId),
  },
  {
    name: "resolve",
    hooks: ["transfer"],
    before: async (scene) => {
      await complaint(scene);
    },
    enter: ({ escrow, association, disputed }) => escrow.connect(association).resolve(disputed, true, 1n, EVIDENCE),
  },
  {
    name: "executeDispute",
    hooks: ["transfer"],
    before: async (scene) => {
      await at(await complaint(scene));
    },
    enter: ({ escrow, disputed }) => escrow.executeDispute(disputed),
  },
];

describe("Attack: re-entrancy through the token", () => {
  for (const { name, hooks, before, enter } of entries) {
    for (const hook of hooks) {
      it(`${hook} during ${name} tries every function of the escrow: each is locked, and nothing happens at all`, async () => {
        const scene = await load();
        const { escrow, merchantId, cardId, disputed } = scene;
        await before(scene);
        const target = await escrow.getAddress();
        const pool = await escrow.pool(merchantId);
        for (const { name: inner, data } of escrowCalls) {
          await arm(scene, hook, target, data);
          const entered = enter(scene);
          await expectRefusal(entered, escrow, "ReentrancyGuardReentrantCall").catch((error: unknown) => {
            throw new Error(`${inner} was reached`, { cause: error });
          });
        }
        await disarm(scene);
        expect(await escrow.pool(merchantId)).to.deep.equal(pool);
        await expectSound(scene, [cardId, disputed]);
        // The scene was real: without the attack the call is good.
        await enter(scene);
      });
    }
  }

  it("permit, whose failure is ignored, tries every function: the sale is made on the allowance and nothing else happens", async () => {
    const scene = await load();
    const { escrow, payer, merchantId, programs, mock, cardId, disputed, holder } = scene;
    const cards = [cardId, disputed];
    const target = await escrow.getAddress();
    for (const [i, { data }] of escrowCalls.entries()) {
      await arm(scene, "permit", target, data);
      const purchase = await purchaseOf(scene, { program: programs.open, principal: 1n, serial: BigInt(i) + 1n });
      await escrow.connect(payer).buyWithPermit(purchase, 0n, 27n, ZeroHash, ZeroHash);
      cards.push(encodeCardId({ holder: holder.address, programId: programs.open, serial: BigInt(i) + 1n }));
    }
    expect(await mock.callbacks()).to.equal(0n);
    expect((await escrow.pool(merchantId)).outstanding).to.equal(1_900n * TOKEN + BigInt(escrowCalls.length));
    await expectSound(scene, cards);
  });

  it("a batch of refunds, whose failures are skipped, tries every function: no card is paid, lost or paid twice", async () => {
    const scene = await load();
    const { escrow, token, holder, other, merchantId, cardId, disputed } = scene;
    await flagged(scene);
    const target = await escrow.getAddress();
    const [pool, before] = [await escrow.pool(merchantId), await purse(token, holder)];
    for (const { name, data } of escrowCalls) {
      await arm(scene, "transfer", target, data);
      const logs = await logsOf(escrow, escrow.refundCards(merchantId, [cardId, cardId, disputed]));
      expect(
        logs.map(([event]) => event),
        name,
      ).to.deep.equal(["RefundFailed", "RefundFailed", "RefundFailed", "PoolUpdated"]);
    }
    expect(await escrow.pool(merchantId)).to.deep.equal(pool);
    await disarm(scene);
    await escrow.refundCards(merchantId, [cardId, cardId, disputed]);
    expect((await purse(token, holder)) - before).to.equal(900n * TOKEN);
    expect(await purse(token, other)).to.equal(1_000_000n * TOKEN);
    await expectSound(scene, []);
  });

  describe("from one contract into the other, whose guard is another one", () => {
    it("the escrow's payout into every function of the register: what gets through is what the token could do anyway", async () => {
      const scene = await load();
      const { escrow, token, register, merchantId, cardId, disputed, payout } = scene;
      const [vault, deposit] = [await register.depositVaultOf(merchantId), await register.depositOf(merchantId)];
      for (const { data } of registerCalls) {
        const snapshot = await networkHelpers.takeSnapshot();
        await arm(scene, "transfer", await register.getAddress(), data);
        await escrow.payOut(merchantId).catch(() => undefined);
        await disarm(scene);
        expect((await register.depositOf(merchantId)).deposit).to.equal(deposit.deposit);
        expect(await token.balanceOf(vault)).to.equal(100n);
        expect(await purse(token, payout)).to.be.oneOf([0n, 100n * TOKEN]);
        await expectSound(scene, [cardId, disputed]);
        await snapshot.restore();
      }
    });

    it("a deposit into the register into a payout of the escrow: each books its own, once", async () => {
      const scene = await load();
      const { escrow, token, register, owner, payout, merchantId, mock, cardId, disputed } = scene;
      await arm(
        scene,
        "transferFrom",
        await escrow.getAddress(),
        escrow.interface.encodeFunctionData("payOut", [merchantId]),
      );
      await register.connect(owner).deposit(merchantId, 50n);
      expect(await mock.callbacks()).to.equal(1n);
      expect(await purse(token, payout)).to.equal(100n * TOKEN);
      expect((await register.depositOf(merchantId)).deposit).to.equal(150n);
      expect(await token.balanceOf(await register.depositVaultOf(merchantId))).to.equal(150n);
      await expectSound(scene, [cardId, disputed]);
    });

    it("a claim on the deposit into the escrow's refunds: each holder is paid once by each", async () => {
      const scene = await load();
      const { escrow, token, register, holder, merchantId, cardId, disputed } = scene;
      const list = listOf([{ account: holder.address, amount: 100n }]);
      await escrow.connect(scene.regulator).flagDefault(merchantId, await now(), EVIDENCE);
      await publish(scene, list);
      await at((await register.distribution(merchantId)).opensAt);
      await register.openClaims(merchantId);
      const before = await purse(token, holder);
      const refund = escrow.interface.encodeFunctionData("refundCards", [merchantId, [cardId, disputed]]);
      await arm(scene, "transfer", await escrow.getAddress(), refund);
      // The refunds call the token again, which calls the escrow again, which is locked by then: the batch skips its cards.
      await register.claim(merchantId, list.claim(0));
      await disarm(scene);
      expect((await purse(token, holder)) - before).to.equal(100n);
      await escrow.refundCards(merchantId, [cardId, disputed]);
      expect((await purse(token, holder)) - before).to.equal(100n + 900n * TOKEN);
      await expectSound(scene, []);
    });
  });

  it("balanceOf during a deposit tries every function of the register: each is locked", async () => {
    const scene = await load();
    const { register, owner, merchantId } = scene;
    for (const { name, data } of registerCalls) {
      await arm(scene, "balanceOf", await register.getAddress(), data);
      for (const call of [
        () => register.connect(owner).deposit(merchantId, 1n),
        () => register.bookDeposit(merchantId),
      ]) {
        const entered = call();
        await expectRefusal(entered, register, "ReentrancyGuardReentrantCall").catch((error: unknown) => {
          throw new Error(`${name} was reached`, { cause: error });
        });
      }
    }
  });
});

describe("Attack: re-entrancy through a holder's contract", () => {
  /** A card of twenty visits of a wallet that tries a call whenever it is asked. */
  async function deployProbing() {
    const scene = await deployReentrant();
    const { escrow, payer, programs, merchantId, owner } = scene;
    const wallet = await ethers.deployContract("ProbingWallet");
    const address = await wallet.getAddress();
    await escrow.connect(payer).buy(programs.count, address, 1_200n * TOKEN, 0n);
    // As a till it signs batches too.
    await escrow.connect(owner).setOperator(merchantId, address, true);
    await advance(COOLING_OFF);
    const walletsCard = encodeCardId({ holder: address, programId: programs.count, serial: 0n });
    return { ...scene, wallet, address, walletsCard };
  }
  const gas = { gasLimit: 2_000_000n };

  const asked: Readonly<
    Record<
      string,
      (scene: Awaited<ReturnType<typeof deployProbing>>, deadline: bigint) => Promise<ContractTransactionResponse>
    >
  > = {
    settleContractHolders: ({ escrow, operator, merchantId, walletsCard }) =>
      escrow
        .connect(operator)
        .settleContractHolders(merchantId, [{ ...consumption(walletsCard, 1n), signature: "0x" }], gas),
    settleWithSignature: ({ escrow, merchantId, address }, deadline) =>
      escrow.settleWithSignature(merchantId, [], deadline, address, "0x", gas),
    requestExitWithSignature: ({ escrow, walletsCard }, deadline) =>
      escrow.requestExitWithSignature(walletsCard, deadline, "0x", gas),
    complainWithSignature: ({ escrow, walletsCard }, deadline) =>
      escrow.complainWithSignature(walletsCard, EVIDENCE, deadline, "0x", gas),
  };
  for (const [name, ask] of Object.entries(asked)) {
    it(`isValidSignature during ${name} tries every function of the escrow: each is locked, or the wallet would not agree`, async () => {
      const scene = await networkHelpers.loadFixture(deployProbing);
      const { escrow, wallet, walletsCard } = scene;
      const deadline = (await now()) + DAY;
      for (const { name: inner, data } of escrowCalls) {
        const snapshot = await networkHelpers.takeSnapshot();
        await wallet.getFunction("arm").send(await escrow.getAddress(), data);
        const logs = await logsOf(escrow, ask(scene, deadline));
        expect(logs[0]?.[0], inner).to.not.equal("ConsumptionSkipped");
        await snapshot.restore();
      }
      expect((await escrow.card(walletsCard)).status).to.equal(CardStatus.Open);
    });
  }

  it("isValidSignature is asked statically: a wallet cannot call the register either, whose lock is open", async () => {
    const scene = await networkHelpers.loadFixture(deployProbing);
    const { escrow, register, wallet, merchantId } = scene;
    const data = register.interface.encodeFunctionData("refreshWarnings", [merchantId]);
    await wallet.getFunction("arm").send(await register.getAddress(), data);
    const logs = await logsOf(escrow, asked.settleContractHolders!(scene, 0n));
    expect(logs[0]?.[0]).to.equal("ConsumptionSkipped");
  });

  it("a wallet that buys, leaves and is paid inside one transaction gains nothing: the delay is one of time", async () => {
    const scene = await networkHelpers.loadFixture(deployProbing);
    const { escrow, token, wallet, address, walletsCard } = scene;
    const target = await escrow.getAddress();
    const run = async (data: string) => await wallet.getFunction("run").send(target, data);
    await run(escrow.interface.encodeFunctionData("requestExit", [walletsCard]));
    const early = escrow.executeExit(walletsCard);
    await expectRefusal(early, escrow, "CardExitTooEarly");
    await advance(EXIT_DELAY);
    await run(escrow.interface.encodeFunctionData("executeExit", [walletsCard]));
    expect(await token.balanceOf(address)).to.equal(1_200n * TOKEN);
  });
});

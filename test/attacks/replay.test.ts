import { expect } from "chai";
import { Signature, Wallet, ZeroAddress, ZeroHash, id, toBeHex } from "ethers";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { CardStatus, SkipReason } from "../../src/contracts/enums.js";
import { compactSignature, escrowDomain, typedDataTypes } from "../../src/contracts/typedData.js";
import { advance, at, buyCard, now, signComplaint, signExit, signVoucher, signSettlement } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import { EVIDENCE, EXIT_DELAY, flagDefault, runOff } from "../helpers/leaving.js";
import { idAt, moveAtOnce } from "../helpers/moves.js";
import { expectRefusal } from "../helpers/refusals.js";
import { asContractVoucher, consumption, contractVoucher, deployTill, logsOf } from "../helpers/settling.js";
import { loadShop } from "../helpers/shop.js";

/** Half of the order of secp256k1: a signature's `s` above it has a twin below it. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const skipped = (cardId: string, reason: bigint) => ["ConsumptionSkipped", cardId, reason] as const;

/** Two deployments side by side in which the same people hold a card of the same id. */
async function deployTwice() {
  const first = await loadShop();
  const second = await deployShop();
  const cardId = await buyCard(first, { program: first.programs.count });
  expect(await buyCard(second, { program: second.programs.count })).to.equal(cardId);
  return { first, second, cardId };
}

describe("Attack: replay", () => {
  describe("of what was signed for another deployment, where the card has the same id", () => {
    it("a visit books nothing there", async () => {
      const { first, second, cardId } = await networkHelpers.loadFixture(deployTwice);
      const voucher = await signVoucher(first.escrow, first.holder, cardId, 5n);
      const logs = await logsOf(second.escrow, second.escrow.connect(second.operator).settle(1n, [voucher]));
      expect(logs[0]).to.deep.equal(skipped(cardId, SkipReason.BadSignature));
      expect((await second.escrow.card(cardId)).consumed).to.equal(0n);
    });

    it("a request to leave, a complaint and a till's batch are refused there", async () => {
      const { first, second, cardId } = await networkHelpers.loadFixture(deployTwice);
      const { escrow, holder, operator, relayer } = second;
      const exit = await signExit(first.escrow, holder, cardId);
      const requested = escrow.connect(relayer).requestExitWithSignature(cardId, exit.deadline, exit.signature);
      await expectRefusal(requested, escrow, "SignatureInvalid", holder.address);
      const complaint = await signComplaint(first.escrow, holder, cardId, EVIDENCE);
      const complained = escrow.complainWithSignature(cardId, EVIDENCE, complaint.deadline, complaint.signature);
      await expectRefusal(complained, escrow, "SignatureInvalid", holder.address);
      const vouchers = [await signVoucher(escrow, holder, cardId, 5n)];
      const batch = await signSettlement(first.escrow, operator, 1n, vouchers);
      const settled = escrow.settleWithSignature(1n, vouchers, batch.deadline, operator, batch.signature);
      await expectRefusal(settled, escrow, "SignatureInvalid", operator.address);
    });
  });

  describe("of what was signed under another domain", () => {
    const changes = {
      "another chain's": { chainId: 1n },
      "another contract's": { verifyingContract: "0x00000000000000000000000000000000000000c1" },
      "another version's": { version: "2" },
      "another name's": { name: "PrepaidEscrow " },
    } as const;
    for (const [name, change] of Object.entries(changes)) {
      it(`${name}: the voucher is passed over`, async () => {
        const shop = await loadShop();
        const { escrow, operator, holder, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        const { chainId } = await ethers.provider.getNetwork();
        const domain = { ...escrowDomain(chainId, await escrow.getAddress()), ...change };
        const message = consumption(cardId, 5n);
        const signature = await holder.signTypedData(domain, typedDataTypes.Consumption, { ...message });
        const voucher = { ...message, ...compactSignature(signature) };
        const logs = await logsOf(escrow, escrow.connect(operator).settle(1n, [voucher]));
        expect(logs[0]).to.deep.equal(skipped(cardId, SkipReason.BadSignature));
      });
    }
  });

  it("of a visit on every other card of the same holder: nothing is booked on any", async () => {
    const till = await networkHelpers.loadFixture(deployTill);
    const { escrow, operator, holder, cards, secondCard } = till;
    const voucher = await signVoucher(escrow, holder, cards.count, 5n);
    const vouchers = [cards.open, cards.plan, cards.others, secondCard].map((cardId) => ({ ...voucher, cardId }));
    const logs = await logsOf(escrow, escrow.connect(operator).settle(1n, vouchers));
    const bad = [cards.open, cards.plan, cards.others].map((cardId) => skipped(cardId, SkipReason.BadSignature));
    expect(logs.slice(0, 4)).to.deep.equal([...bad, skipped(secondCard, SkipReason.OtherMerchant)]);
  });

  it("of one signature with another count or another receipt: the voucher is passed over", async () => {
    const till = await networkHelpers.loadFixture(deployTill);
    const { escrow, operator, holder, cards } = till;
    const voucher = await signVoucher(escrow, holder, cards.count, 5n);
    const vouchers = [
      { ...voucher, cumulative: 6n },
      { ...voucher, receipt: ZeroHash },
    ];
    const logs = await logsOf(escrow, escrow.connect(operator).settle(1n, vouchers));
    const bad = skipped(cards.count, SkipReason.BadSignature);
    expect(logs.slice(0, 2)).to.deep.equal([bad, bad]);
  });

  describe("on an id that comes open again", () => {
    it("a card that is left, moved and bought for again never opens its id a second time: an old voucher has no card", async () => {
      const shop = await loadShop();
      const { escrow, operator, holder, other, stranger, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const vouchers = [await signVoucher(escrow, holder, cardId, 20n)];
      await escrow.connect(holder).requestExit(cardId);
      await advance(EXIT_DELAY);
      await escrow.connect(stranger).executeExit(cardId);
      await expectRefusal(buyCard(shop, { program: programs.count, serial: 0n }), escrow, "CardSerialTaken", cardId);
      const from = await buyCard(shop, { program: programs.count, holder: other });
      await expectRefusal(moveAtOnce(shop, from, holder, 0n, other), escrow, "CardSerialTaken", cardId);
      const logs = await logsOf(escrow, escrow.connect(operator).settle(1n, vouchers));
      expect(logs[0]).to.deep.equal(skipped(cardId, SkipReason.CardNotOpen));
    });

    it("a card that goes away and comes back by moves has another id: vouchers for neither old id count on it", async () => {
      const shop = await loadShop();
      const { escrow, operator, holder, other, programs } = shop;
      const first = await buyCard(shop, { program: programs.count });
      const atOther = idAt(first, other);
      const old = [await signVoucher(escrow, holder, first, 20n), await signVoucher(escrow, other, atOther, 20n)];
      await moveAtOnce(shop, first, other);
      await moveAtOnce(shop, atOther, holder, 1n, other);
      const logs = await logsOf(escrow, escrow.connect(operator).settle(1n, old));
      expect(logs.slice(0, 2)).to.deep.equal([
        skipped(first, SkipReason.CardNotOpen),
        skipped(atOther, SkipReason.CardNotOpen),
      ]);
      expect((await escrow.card(idAt(first, holder, 1n))).consumed).to.equal(0n);
    });

    for (const [name, end] of [
      ["a default", async (shop: Awaited<ReturnType<typeof deployShop>>) => (await flagDefault(shop)).windowEndsAt],
      ["a run-off", async (shop: Awaited<ReturnType<typeof deployShop>>) => (await runOff(shop)).noticeEndsAt],
    ] as const) {
      it(`a slot deleted by ${name} is an id that nothing opens again, whatever supervision does next`, async () => {
        const shop = await loadShop();
        const { escrow, regulator, operator, holder, merchantId, programs } = shop;
        const cardId = await buyCard(shop, { program: programs.count });
        const voucher = await signVoucher(escrow, holder, cardId, 20n);
        const kept = await buyCard(shop, { program: programs.count });
        await at(await end(shop));
        await escrow.refundCards(merchantId, [cardId]);
        expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
        // Everything a hostile regulator can try to bring the merchant back into business.
        for (const call of [
          () => escrow.connect(regulator).withdrawDefault(merchantId),
          () => escrow.connect(regulator).resume(merchantId),
          () => escrow.connect(regulator).setMerchantPolicy(merchantId, 1n),
          () => buyCard(shop, { program: programs.count, serial: 0n }),
          () => escrow.connect(holder).requestMove(kept, holder),
        ]) {
          await expect(call()).to.be.revert(ethers);
        }
        const settled = escrow.connect(operator).settle(merchantId, [voucher]);
        if (name === "a run-off") {
          expect((await logsOf(escrow, settled))[0]).to.deep.equal(skipped(cardId, SkipReason.CardNotOpen));
          await escrow.connect(regulator).flagDefault(merchantId, await now(), EVIDENCE);
          await escrow.connect(regulator).withdrawDefault(merchantId);
          await expect(buyCard(shop, { program: programs.count, serial: 0n })).to.be.revert(ethers);
        } else {
          await expectRefusal(settled, escrow, "MerchantSettlementClosed");
        }
        expect((await escrow.card(cardId)).status).to.equal(CardStatus.None);
      });
    }
  });

  it("of a signed request to leave: 255 cancellations bring its nonce back, and only the holder can make them", async () => {
    const shop = await loadShop();
    const { escrow, holder, operator, relayer, other, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow.connect(holder).setRecovery(relayer);
    const old = await signExit(escrow, holder, cardId, { deadline: (await now()) + 29n * DAY });
    await escrow.connect(holder).cancelExit(cardId);
    // Nobody else's act moves the nonce on towards the old one.
    await escrow.connect(relayer).requestMove(cardId, other);
    await escrow.connect(operator).settle(1n, [await signVoucher(escrow, holder, cardId, 1n)]);
    expect((await escrow.card(cardId)).nonce).to.equal(1n);
    const replay = async () => await escrow.requestExitWithSignature(cardId, old.deadline, old.signature);
    await expectRefusal(replay(), escrow, "SignatureInvalid", holder.address);
    for (let i = 0; i < 255; i += 1) await escrow.connect(holder).cancelExit(cardId);
    expect((await escrow.card(cardId)).nonce).to.equal(0n);
    await expect(replay()).to.emit(escrow, "ExitRequested");
  });
});

describe("Attack: forged and malleable signatures", () => {
  it("the twin of a good signature in a voucher, by flipping s and the parity, is refused in every form", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const voucher = await signVoucher(escrow, holder, cardId, 1n);
    const { r, s, yParity } = Signature.from({ r: voucher.r, yParityAndS: voucher.vs });
    const high = ORDER - BigInt(s);
    // A compact form has one bit for the parity: of a high s, none is left.
    const twins = [
      toBeHex(high, 32),
      toBeHex(high | (BigInt(1 - yParity) << 255n), 32),
      toBeHex(BigInt(s) | (BigInt(1 - yParity) << 255n), 32),
    ];
    const vouchers = twins.map((vs) => ({ ...voucher, r, vs }));
    const logs = await logsOf(escrow, escrow.connect(operator).settle(1n, vouchers));
    const bad = skipped(cardId, SkipReason.BadSignature);
    expect(logs.slice(0, 3)).to.deep.equal([bad, bad, bad]);

    const full = `${r}${toBeHex(high, 32).slice(2)}${toBeHex(27 + (1 - yParity), 1).slice(2)}`;
    const forContracts = { ...asContractVoucher(voucher), signature: full };
    const again = await logsOf(escrow, escrow.connect(operator).settleContractHolders(1n, [forContracts]));
    expect(again[0]).to.deep.equal(bad);
    expect((await escrow.card(cardId)).consumed).to.equal(0n);
  });

  it("the compact and the long form of one visit are one visit: it is booked once", async () => {
    const shop = await loadShop();
    const { escrow, operator, holder, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    const voucher = await signVoucher(escrow, holder, cardId, 1n);
    await escrow.connect(operator).settle(1n, [voucher]);
    const logs = await logsOf(escrow, escrow.connect(operator).settleContractHolders(1n, [asContractVoucher(voucher)]));
    expect(logs[0]).to.deep.equal(skipped(cardId, SkipReason.Stale));
    expect(await escrow.releasable(1n)).to.equal(60n * TOKEN);
  });

  it("a signature that recovers nobody is nobody's: not for a card of the zero address, which cannot exist either", async () => {
    const shop = await loadShop();
    const { escrow, operator, payer, programs } = shop;
    const cardId = encodeCardId({ holder: ZeroAddress, programId: programs.count, serial: 0n });
    const bought = escrow.connect(payer).buy(programs.count, ZeroAddress, 1_200n * TOKEN, 0n);
    await expectRefusal(bought, escrow, "RecipientForbidden", ZeroAddress);
    const unsigned = { ...consumption(cardId, 1n), r: ZeroHash, vs: ZeroHash };
    const logs = await logsOf(escrow, escrow.connect(operator).settle(1n, [unsigned]));
    expect(logs[0]).to.deep.equal(skipped(cardId, SkipReason.CardNotOpen));
    const { deadline } = await signExit(escrow, payer, cardId);
    for (const signature of ["0x", `0x${"00".repeat(65)}`]) {
      const exit = escrow.requestExitWithSignature(cardId, deadline, signature);
      await expectRefusal(exit, escrow, "CardNotOpen", cardId, CardStatus.None);
    }
  });

  describe("an account whose code comes or goes between signing and settling (EIP-7702)", () => {
    const account = new Wallet(id("an account whose code changes"));
    async function deployAccount() {
      const shop = await loadShop();
      const { escrow, payer, programs } = shop;
      await escrow.connect(payer).buy(programs.count, account.address, 1_200n * TOKEN, 0n);
      const cardId = encodeCardId({ holder: account.address, programId: programs.count, serial: 0n });
      return { ...shop, cardId };
    }
    const place = async (contract: string, ...args: unknown[]) => {
      const code = await ethers.deployContract(contract, args);
      await networkHelpers.setCode(account.address, await ethers.provider.getCode(code));
    };

    it("cannot void what its key has signed by adding code that rejects every signature, or by removing it", async () => {
      const { escrow, operator, cardId } = await networkHelpers.loadFixture(deployAccount);
      const [one, two, three] = await Promise.all([1n, 2n, 3n].map((n) => contractVoucher(escrow, account, cardId, n)));
      const settle = async (voucher: typeof one) =>
        await escrow.connect(operator).settleContractHolders(1n, [voucher!], { gasLimit: 1_000_000n });
      await settle(one);
      await place("AnsweringWallet", ZeroHash);
      await settle(two);
      await networkHelpers.setCode(account.address, "0x");
      await settle(three);
      expect((await escrow.card(cardId)).consumed).to.equal(3n);
    });

    it("can void what only its code agreed to: such a visit is good once it is settled, and stays booked", async () => {
      const { escrow, operator, stranger, cardId } = await networkHelpers.loadFixture(deployAccount);
      const session = new Wallet(id("a session key"));
      await place("KeyWallet", session.address);
      const [first, second] = await Promise.all([1n, 2n].map((n) => contractVoucher(escrow, session, cardId, n)));
      const settle = async (voucher: typeof first) =>
        await logsOf(escrow, escrow.connect(operator).settleContractHolders(1n, [voucher!], { gasLimit: 1_000_000n }));
      await settle(first);
      await networkHelpers.setCode(account.address, "0x");
      expect((await settle(second))[0]).to.deep.equal(skipped(cardId, SkipReason.BadSignature));
      expect((await escrow.card(cardId)).consumed).to.equal(1n);
      expect(stranger.address).to.not.equal(account.address);
    });
  });
});

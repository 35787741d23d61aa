import { expect } from "chai";
import { Signature, Wallet, ZeroAddress, ZeroHash, id, toBeHex } from "ethers";

import { SkipReason } from "../../../../src/contracts/enums.js";
import { typedDataTypes } from "../../../../src/contracts/typedData.js";
import { at, now, signVoucher, signSettlement } from "../../../helpers/actions.js";
import type { SignedVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { deployTill, domainOf, logsOf, moneyOf } from "../../../helpers/settling.js";
import type { TypedDataSigner } from "../../../helpers/settling.js";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** Without an estimate a refused transaction is mined too, at the time that was set for it. */
const GAS = { gasLimit: 2_000_000n };

/** The till and two visits of two holders. */
async function deployVisits() {
  const till = await deployTill();
  const { escrow, holder, other, cards } = till;
  const vouchers = [
    await signVoucher(escrow, holder, cards.count, 2n),
    await signVoucher(escrow, other, cards.others, 1n),
  ];
  return { ...till, vouchers: vouchers as [SignedVoucher, SignedVoucher] };
}

describe("settleWithSignature", () => {
  const load = () => networkHelpers.loadFixture(deployVisits);
  type Visits = Awaited<ReturnType<typeof load>>;

  /** What anyone sends whom the operator has given a signature. */
  const relay = async (
    { escrow, relayer, merchantId, operator }: Visits,
    vouchers: readonly SignedVoucher[],
    signed: { readonly deadline: bigint; readonly signature: string; readonly operator?: string },
  ) =>
    escrow
      .connect(relayer)
      .settleWithSignature(
        merchantId,
        [...vouchers],
        signed.deadline,
        signed.operator ?? operator,
        signed.signature,
        GAS,
      );

  /** A settlement signed by anything with a key. */
  const signedBy = async ({ escrow, merchantId, vouchers }: Visits, signer: TypedDataSigner) => {
    const deadline = (await now()) + DAY;
    const consumptions = vouchers.map(({ cardId, cumulative, receipt }) => ({ cardId, cumulative, receipt }));
    const message = { merchantId, consumptions, deadline };
    const signature = await signer.signTypedData(await domainOf(escrow), typedDataTypes.Settlement, message);
    return { deadline, signature };
  };

  it("books what an operator has signed, sent by anyone", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, vouchers, cards } = shop;
    const { outstanding, balance } = await moneyOf(shop);
    const sent = relay(shop, vouchers, await signSettlement(escrow, operator, merchantId, vouchers));
    expect(await logsOf(escrow, sent)).to.deep.equal([
      ["ConsumptionSettled", merchantId, cards.count, 120n * TOKEN, 2n, vouchers[0].receipt],
      ["ConsumptionSettled", merchantId, cards.others, 60n * TOKEN, 1n, vouchers[1].receipt],
      ["PoolUpdated", merchantId, outstanding - 180n * TOKEN, balance],
    ]);
  });

  it("changes nothing when it is sent again", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, vouchers } = shop;
    const signed = await signSettlement(escrow, operator, merchantId, vouchers);
    await relay(shop, vouchers, signed);
    const { outstanding, balance } = await moneyOf(shop);
    expect(await logsOf(escrow, relay(shop, vouchers, signed))).to.deep.equal([
      ...vouchers.map(({ cardId }) => ["ConsumptionSkipped", cardId, SkipReason.Stale]),
      ["PoolUpdated", merchantId, outstanding, balance],
    ]);
  });

  it("settles an empty batch", async () => {
    const shop = await load();
    const { escrow, operator, merchantId } = shop;
    const { outstanding, balance } = await moneyOf(shop);
    const sent = relay(shop, [], await signSettlement(escrow, operator, merchantId, []));
    expect(await logsOf(escrow, sent)).to.deep.equal([["PoolUpdated", merchantId, outstanding, balance]]);
  });

  it("passes over a voucher whose holder's signature the relayer has spoilt, and takes the good one later", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, vouchers, cards } = shop;
    const signed = await signSettlement(escrow, operator, merchantId, vouchers);
    const spoilt = [{ ...vouchers[0], r: id("spoilt") }, vouchers[1]];
    await expect(relay(shop, spoilt, signed))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(cards.count, SkipReason.BadSignature);
    await expect(relay(shop, vouchers, signed))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cards.count, 120n * TOKEN, 2n, vouchers[0].receipt);
  });

  describe("is good until its deadline", () => {
    for (const [when, offset, good] of [
      ["a second before", -1n, true],
      ["at", 0n, true],
      ["a second after", 1n, false],
    ] as const) {
      it(`${when} it: ${good ? "settles" : "is refused"}`, async () => {
        const shop = await load();
        const { escrow, operator, merchantId, vouchers } = shop;
        const deadline = (await now()) + DAY;
        const signed = await signSettlement(escrow, operator, merchantId, vouchers, deadline);
        await at(deadline + offset);
        const sent = relay(shop, vouchers, signed);
        if (good) await expect(sent).to.emit(escrow, "ConsumptionSettled");
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(escrow, "SignatureExpired")
            .withArgs(deadline + 1n, deadline);
        }
        expect(await now()).to.equal(deadline + offset);
      });
    }
  });

  describe("lies at most 30 days ahead", () => {
    for (const [when, offset, good] of [
      ["a second less", -1n, true],
      ["30 days", 0n, true],
      ["a second more", 1n, false],
    ] as const) {
      it(`${when}: ${good ? "settles" : "is refused"}`, async () => {
        const shop = await load();
        const { escrow, operator, merchantId, vouchers } = shop;
        const time = (await now()) + 100n;
        const max = time + 30n * DAY;
        const signed = await signSettlement(escrow, operator, merchantId, vouchers, max + offset);
        await at(time);
        const sent = relay(shop, vouchers, signed);
        if (good) await expect(sent).to.emit(escrow, "ConsumptionSettled");
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(escrow, "SignatureDeadlineTooFar")
            .withArgs(max + 1n, max);
        }
        expect(await now()).to.equal(time);
      });
    }
  });

  describe("is refused", () => {
    /** Each alters what the operator has signed. */
    const alterations: Readonly<
      Record<string, (vouchers: [SignedVoucher, SignedVoucher], foreign: SignedVoucher) => SignedVoucher[]>
    > = {
      "with another count": ([first, second]) => [{ ...first, cumulative: 3n }, second],
      "with another receipt": ([first, second]) => [first, { ...second, receipt: ZeroHash }],
      "with another card": ([first, second]) => [first, { ...second, cardId: first.cardId }],
      "with a voucher less": ([first]) => [first],
      "with a voucher more": ([first, second], third) => [first, second, third],
      "with a voucher twice": ([first, second]) => [first, second, second],
      "in another order": ([first, second]) => [second, first],
      "without vouchers": () => [],
    };
    for (const [name, alter] of Object.entries(alterations)) {
      it(name, async () => {
        const shop = await load();
        const { escrow, holder, operator, merchantId, vouchers, cards } = shop;
        const signed = await signSettlement(escrow, operator, merchantId, vouchers);
        const third = await signVoucher(escrow, holder, cards.plan, 1n);
        await expect(relay(shop, alter(vouchers, third), signed))
          .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
          .withArgs(operator.address);
      });
    }

    it("with another deadline", async () => {
      const shop = await load();
      const { escrow, operator, merchantId, vouchers } = shop;
      const { deadline, signature } = await signSettlement(escrow, operator, merchantId, vouchers);
      await expect(relay(shop, vouchers, { deadline: deadline + 1n, signature }))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator.address);
    });

    it("for another merchant than the one it was signed for", async () => {
      const shop = await load();
      const { escrow, operator, secondId, vouchers } = shop;
      const signed = await signSettlement(escrow, operator, secondId, vouchers);
      await expect(relay(shop, vouchers, signed))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator.address);
    });

    it("if somebody else than the named operator has signed", async () => {
      const shop = await load();
      const { escrow, operator, stranger, merchantId, vouchers } = shop;
      const { deadline, signature } = await signSettlement(escrow, stranger, merchantId, vouchers);
      await expect(relay(shop, vouchers, { deadline, signature }))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator.address);
    });

    it("if the zero address is named as operator, with a signature that recovers nobody", async () => {
      const shop = await load();
      const { escrow, operator, merchantId, vouchers } = shop;
      const { deadline } = await signSettlement(escrow, operator, merchantId, vouchers);
      for (const signature of ["0x", `0x${"00".repeat(65)}`, `0x${"00".repeat(64)}1b`]) {
        await expect(relay(shop, vouchers, { deadline, signature, operator: ZeroAddress }))
          .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
          .withArgs(ZeroAddress);
      }
    });

    it("with the upper one of the two signatures a key has for it, and with a compact one", async () => {
      const shop = await load();
      const { escrow, operator, merchantId, vouchers } = shop;
      const { deadline, signature } = await signSettlement(escrow, operator, merchantId, vouchers);
      const { r, s, v, compactSerialized } = Signature.from(signature);
      const upper = r + toBeHex(CURVE_ORDER - BigInt(s), 32).slice(2) + toBeHex(v === 27 ? 28 : 27).slice(2);
      for (const bad of [upper, compactSerialized]) {
        await expect(relay(shop, vouchers, { deadline, signature: bad }))
          .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
          .withArgs(operator.address);
      }
    });

    it("if the one who has signed is an operator no more", async () => {
      const shop = await load();
      const { escrow, owner, operator, merchantId, vouchers } = shop;
      const signed = await signSettlement(escrow, operator, merchantId, vouchers);
      await escrow.connect(owner).setOperator(merchantId, operator, false);
      await expect(relay(shop, vouchers, signed))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, operator.address);
    });

    it("if the one who has signed is a till of another merchant", async () => {
      const shop = await load();
      const { escrow, owner, stranger, merchantId, secondId, vouchers } = shop;
      await escrow.connect(owner).setOperator(secondId, stranger, true);
      await expect(relay(shop, vouchers, await signSettlement(escrow, stranger, merchantId, vouchers)))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, stranger.address);
    });
  });

  describe("of an operator that is a contract (ERC-1271)", () => {
    /** Makes a wallet a till of the merchant. */
    const hire = async ({ escrow, owner, merchantId }: Visits, wallet: { getAddress(): Promise<string> }) => {
      const operator = await wallet.getAddress();
      await escrow.connect(owner).setOperator(merchantId, operator, true);
      return operator;
    };

    it("books what the contract agrees to", async () => {
      const shop = await load();
      const { escrow, stranger, merchantId, vouchers, cards } = shop;
      const operator = await hire(shop, await ethers.deployContract("KeyWallet", [stranger.address]));
      await expect(relay(shop, vouchers, { ...(await signedBy(shop, stranger)), operator }))
        .to.emit(escrow, "ConsumptionSettled")
        .withArgs(merchantId, cards.count, 120n * TOKEN, 2n, vouchers[0].receipt);
    });

    it("is refused if the contract does not agree", async () => {
      const shop = await load();
      const { escrow, stranger, other, vouchers } = shop;
      const operator = await hire(shop, await ethers.deployContract("KeyWallet", [stranger.address]));
      await expect(relay(shop, vouchers, { ...(await signedBy(shop, other)), operator }))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator);
    });

    it("is refused if the contract agrees, but is no operator", async () => {
      const shop = await load();
      const { escrow, stranger, merchantId, vouchers } = shop;
      const wallet = await ethers.deployContract("KeyWallet", [stranger.address]);
      const operator = await wallet.getAddress();
      await expect(relay(shop, vouchers, { ...(await signedBy(shop, stranger)), operator }))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, operator);
    });

    it("reverts with its own error if it was sent with too little gas to ask the contract", async () => {
      const shop = await load();
      const { escrow, relayer, stranger, merchantId, vouchers } = shop;
      const operator = await hire(shop, await ethers.deployContract("KeyWallet", [stranger.address]));
      const { deadline, signature } = await signedBy(shop, stranger);
      const sent = escrow
        .connect(relayer)
        .settleWithSignature(merchantId, vouchers, deadline, operator, signature, { gasLimit: 440_000n });
      await expect(sent)
        .to.be.revertedWithCustomError(escrow, "GasInsufficient")
        .withArgs((available: bigint) => available < 416_349n, 416_349n);
    });

    it("whose key signs, code or not (EIP-7702), is taken by the key", async () => {
      const shop = await load();
      const { escrow, vouchers } = shop;
      const account = new Wallet(id("a till with code"));
      const refusing = await ethers.deployContract("AnsweringWallet", [ZeroHash]);
      await networkHelpers.setCode(account.address, await ethers.provider.getCode(refusing));
      const operator = await hire(shop, account);
      await expect(relay(shop, vouchers, { ...(await signedBy(shop, account)), operator })).to.emit(
        escrow,
        "ConsumptionSettled",
      );
    });
  });
});

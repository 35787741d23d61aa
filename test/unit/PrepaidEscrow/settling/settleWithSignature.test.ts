import { expect } from "chai";
import { Signature, Wallet, ZeroAddress, ZeroHash, id, toBeHex } from "ethers";

import { SkipReason } from "../../../../src/contracts/enums.js";
import { typedDataTypes } from "../../../../src/contracts/typedData.js";
import { at, now, signRow, signSettlement } from "../../../helpers/actions.js";
import type { SignedRow } from "../../../helpers/actions.js";
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
  const rows = [await signRow(escrow, holder, cards.session, 2n), await signRow(escrow, other, cards.others, 1n)];
  return { ...till, rows: rows as [SignedRow, SignedRow] };
}

describe("settleWithSignature", () => {
  const load = () => networkHelpers.loadFixture(deployVisits);
  type Visits = Awaited<ReturnType<typeof load>>;

  /** What anyone sends whom the operator has given a signature. */
  const relay = async (
    { escrow, relayer, merchantId, operator }: Visits,
    rows: readonly SignedRow[],
    signed: { readonly deadline: bigint; readonly signature: string; readonly operator?: string },
  ) =>
    escrow
      .connect(relayer)
      .settleWithSignature(merchantId, [...rows], signed.deadline, signed.operator ?? operator, signed.signature, GAS);

  /** A settlement signed by anything with a key. */
  const signedBy = async ({ escrow, merchantId, rows }: Visits, signer: TypedDataSigner) => {
    const deadline = (await now()) + DAY;
    const consumptions = rows.map(({ cardId, cumulative, receipt }) => ({ cardId, cumulative, receipt }));
    const message = { merchantId, consumptions, deadline };
    const signature = await signer.signTypedData(await domainOf(escrow), typedDataTypes.Settlement, message);
    return { deadline, signature };
  };

  it("books what an operator has signed, sent by anyone", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, rows, cards } = shop;
    const { outstanding, balance } = await moneyOf(shop);
    const sent = relay(shop, rows, await signSettlement(escrow, operator, merchantId, rows));
    expect(await logsOf(escrow, sent)).to.deep.equal([
      ["ConsumptionSettled", merchantId, cards.session, 120n * TOKEN, 2n, rows[0].receipt],
      ["ConsumptionSettled", merchantId, cards.others, 60n * TOKEN, 1n, rows[1].receipt],
      ["PoolUpdated", merchantId, outstanding - 180n * TOKEN, balance],
    ]);
  });

  it("changes nothing when it is sent again", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, rows } = shop;
    const signed = await signSettlement(escrow, operator, merchantId, rows);
    await relay(shop, rows, signed);
    const { outstanding, balance } = await moneyOf(shop);
    expect(await logsOf(escrow, relay(shop, rows, signed))).to.deep.equal([
      ...rows.map(({ cardId }) => ["ConsumptionSkipped", cardId, SkipReason.Stale]),
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

  it("passes over a row whose holder's signature the relayer has spoilt, and takes the good one later", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, rows, cards } = shop;
    const signed = await signSettlement(escrow, operator, merchantId, rows);
    const spoilt = [{ ...rows[0], r: id("spoilt") }, rows[1]];
    await expect(relay(shop, spoilt, signed))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(cards.session, SkipReason.BadSignature);
    await expect(relay(shop, rows, signed))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cards.session, 120n * TOKEN, 2n, rows[0].receipt);
  });

  describe("is good until its deadline", () => {
    for (const [when, offset, good] of [
      ["a second before", -1n, true],
      ["at", 0n, true],
      ["a second after", 1n, false],
    ] as const) {
      it(`${when} it: ${good ? "settles" : "is refused"}`, async () => {
        const shop = await load();
        const { escrow, operator, merchantId, rows } = shop;
        const deadline = (await now()) + DAY;
        const signed = await signSettlement(escrow, operator, merchantId, rows, deadline);
        await at(deadline + offset);
        const sent = relay(shop, rows, signed);
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
        const { escrow, operator, merchantId, rows } = shop;
        const time = (await now()) + 100n;
        const max = time + 30n * DAY;
        const signed = await signSettlement(escrow, operator, merchantId, rows, max + offset);
        await at(time);
        const sent = relay(shop, rows, signed);
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
    const alterations: Readonly<Record<string, (rows: [SignedRow, SignedRow], foreign: SignedRow) => SignedRow[]>> = {
      "with another count": ([first, second]) => [{ ...first, cumulative: 3n }, second],
      "with another receipt": ([first, second]) => [first, { ...second, receipt: ZeroHash }],
      "with another card": ([first, second]) => [first, { ...second, cardId: first.cardId }],
      "with a row less": ([first]) => [first],
      "with a row more": ([first, second], third) => [first, second, third],
      "with a row twice": ([first, second]) => [first, second, second],
      "in another order": ([first, second]) => [second, first],
      "without rows": () => [],
    };
    for (const [name, alter] of Object.entries(alterations)) {
      it(name, async () => {
        const shop = await load();
        const { escrow, holder, operator, merchantId, rows, cards } = shop;
        const signed = await signSettlement(escrow, operator, merchantId, rows);
        const third = await signRow(escrow, holder, cards.plan, 1n);
        await expect(relay(shop, alter(rows, third), signed))
          .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
          .withArgs(operator.address);
      });
    }

    it("with another deadline", async () => {
      const shop = await load();
      const { escrow, operator, merchantId, rows } = shop;
      const { deadline, signature } = await signSettlement(escrow, operator, merchantId, rows);
      await expect(relay(shop, rows, { deadline: deadline + 1n, signature }))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator.address);
    });

    it("for another merchant than the one it was signed for", async () => {
      const shop = await load();
      const { escrow, operator, secondId, rows } = shop;
      const signed = await signSettlement(escrow, operator, secondId, rows);
      await expect(relay(shop, rows, signed))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator.address);
    });

    it("if somebody else has signed than it says", async () => {
      const shop = await load();
      const { escrow, operator, stranger, merchantId, rows } = shop;
      const { deadline, signature } = await signSettlement(escrow, stranger, merchantId, rows);
      await expect(relay(shop, rows, { deadline, signature }))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator.address);
    });

    it("if nobody is said to have signed, with a signature that recovers nobody", async () => {
      const shop = await load();
      const { escrow, operator, merchantId, rows } = shop;
      const { deadline } = await signSettlement(escrow, operator, merchantId, rows);
      for (const signature of ["0x", `0x${"00".repeat(65)}`, `0x${"00".repeat(64)}1b`]) {
        await expect(relay(shop, rows, { deadline, signature, operator: ZeroAddress }))
          .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
          .withArgs(ZeroAddress);
      }
    });

    it("with the upper one of the two signatures a key has for it, and with a compact one", async () => {
      const shop = await load();
      const { escrow, operator, merchantId, rows } = shop;
      const { deadline, signature } = await signSettlement(escrow, operator, merchantId, rows);
      const { r, s, v, compactSerialized } = Signature.from(signature);
      const upper = r + toBeHex(CURVE_ORDER - BigInt(s), 32).slice(2) + toBeHex(v === 27 ? 28 : 27).slice(2);
      for (const bad of [upper, compactSerialized]) {
        await expect(relay(shop, rows, { deadline, signature: bad }))
          .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
          .withArgs(operator.address);
      }
    });

    it("if the one who has signed is an operator no more", async () => {
      const shop = await load();
      const { escrow, owner, operator, merchantId, rows } = shop;
      const signed = await signSettlement(escrow, operator, merchantId, rows);
      await escrow.connect(owner).setOperator(merchantId, operator, false);
      await expect(relay(shop, rows, signed))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, operator.address);
    });

    it("if the one who has signed is a till of another merchant", async () => {
      const shop = await load();
      const { escrow, owner, stranger, merchantId, secondId, rows } = shop;
      await escrow.connect(owner).setOperator(secondId, stranger, true);
      await expect(relay(shop, rows, await signSettlement(escrow, stranger, merchantId, rows)))
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
      const { escrow, stranger, merchantId, rows, cards } = shop;
      const operator = await hire(shop, await ethers.deployContract("KeyWallet", [stranger.address]));
      await expect(relay(shop, rows, { ...(await signedBy(shop, stranger)), operator }))
        .to.emit(escrow, "ConsumptionSettled")
        .withArgs(merchantId, cards.session, 120n * TOKEN, 2n, rows[0].receipt);
    });

    it("is refused if the contract does not agree", async () => {
      const shop = await load();
      const { escrow, stranger, other, rows } = shop;
      const operator = await hire(shop, await ethers.deployContract("KeyWallet", [stranger.address]));
      await expect(relay(shop, rows, { ...(await signedBy(shop, other)), operator }))
        .to.be.revertedWithCustomError(escrow, "SignatureInvalid")
        .withArgs(operator);
    });

    it("is refused if the contract agrees, but is no operator", async () => {
      const shop = await load();
      const { escrow, stranger, merchantId, rows } = shop;
      const wallet = await ethers.deployContract("KeyWallet", [stranger.address]);
      const operator = await wallet.getAddress();
      await expect(relay(shop, rows, { ...(await signedBy(shop, stranger)), operator }))
        .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
        .withArgs(merchantId, operator);
    });

    it("says so if it was sent with too little gas to ask the contract", async () => {
      const shop = await load();
      const { escrow, relayer, stranger, merchantId, rows } = shop;
      const operator = await hire(shop, await ethers.deployContract("KeyWallet", [stranger.address]));
      const { deadline, signature } = await signedBy(shop, stranger);
      const sent = escrow
        .connect(relayer)
        .settleWithSignature(merchantId, rows, deadline, operator, signature, { gasLimit: 440_000n });
      await expect(sent)
        .to.be.revertedWithCustomError(escrow, "GasInsufficient")
        .withArgs((available: bigint) => available < 416_349n, 416_349n);
    });

    it("whose key signs, code or not (EIP-7702), is taken by the key", async () => {
      const shop = await load();
      const { escrow, rows } = shop;
      const account = new Wallet(id("a till with code"));
      const refusing = await ethers.deployContract("AnsweringWallet", [ZeroHash]);
      await networkHelpers.setCode(account.address, await ethers.provider.getCode(refusing));
      const operator = await hire(shop, account);
      await expect(relay(shop, rows, { ...(await signedBy(shop, account)), operator })).to.emit(
        escrow,
        "ConsumptionSettled",
      );
    });
  });
});

import { expect } from "chai";
import { ErrorFragment, Interface, ZeroHash, id } from "ethers";
import type { ParamType } from "ethers";

import { explainErrorInChinese } from "../../src/locales/zh.js";
import { RevertError, UnknownRevertError, decodeRevert, findRevert, isRevert } from "../../src/contracts/reverts.js";
import type { EscrowErrorFields, RevertName } from "../../src/contracts/reverts.js";
import { LAST_TIME, formatTime } from "../../src/utils/units.js";
import {
  AccessManager__factory,
  DepositRegister__factory,
  DepositVault__factory,
  IDepositRegister__factory,
  IPrepaidEscrow__factory,
  MerchantVault__factory,
  PrepaidEscrow__factory,
  TestToken__factory,
} from "../../types/ethers-contracts/index.js";
import { at, authorize, buyCard, now, signVoucher, signSettlement } from "../helpers/actions.js";
import { networkHelpers, provider } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { TOKEN, deployShop } from "../helpers/fixture.js";
import { loadShop } from "../helpers/shop.js";

const escrowAbi = IPrepaidEscrow__factory.createInterface();
const registerAbi = IDepositRegister__factory.createInterface();
const CARD = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8000000030000000000000005";
const HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

function errorsOf(abi: Interface): ErrorFragment[] {
  return abi.fragments.filter((fragment) => ErrorFragment.isFragment(fragment));
}

/** A value of each kind of parameter that can be found again in a message. */
function sample(input: ParamType, position: number): bigint | string {
  if (input.name === "status") return 2n;
  if (input.name === "kind" || input.name === "rule") return 1n;
  if (input.name === "cardId") return CARD;
  if (input.type === "address") return `0x${String(position + 1).repeat(40)}`;
  if (input.type === "bytes32") return `0x${String(position + 1).repeat(64)}`;
  if (input.type === "string") return "someText";
  return BigInt(40 + position);
}

/** Whether a message has a field: a card by its parts, a number as it is or as a time. */
function says(message: string, name: string, field: unknown): boolean {
  if (name === "cardId") return message.includes(`ard 5 of ${HOLDER} in program 3`);
  if (typeof field === "bigint")
    return message.includes(formatTime(field)) || message.split(/[^\d]+/).includes(`${field}`);
  return message.toLowerCase().includes(String(field).toLowerCase());
}

describe("errors", () => {
  describe("of the escrow and the deposit register", () => {
    const shared = new Set(errorsOf(escrowAbi).map(({ selector }) => selector));
    const own = errorsOf(registerAbi).filter(({ selector }) => !shared.has(selector));
    for (const fragment of [...errorsOf(escrowAbi), ...own]) {
      it(`${fragment.name} is decoded with its fields, and its message has them`, () => {
        const values = fragment.inputs.map(sample);
        const error = decodeRevert(new Interface([fragment]).encodeErrorResult(fragment, values));
        expect(error).to.be.instanceOf(RevertError);
        const { revert, fields, message } = error as RevertError;
        expect(revert).to.equal(fragment.name);
        expect(Object.keys(fields)).to.deep.equal(fragment.inputs.map((input) => input.name));
        expect(message).to.match(/^[A-Z0-9].*\. Next: \S.*[^.]\.$/);
        fragment.inputs.forEach((input, i) => {
          const field = (fields as Record<string, unknown>)[input.name];
          if (!["status", "kind", "rule"].includes(input.name)) expect(field).to.equal(values[i]);
          expect(says(message, input.name, field), `${input.name} in "${message}"`).to.be.true;
        });
      });
    }
  });

  describe("of tokens, the role manager and what lies in between", () => {
    /** Thrown only while a contract is deployed, or by functions nobody reaches through the escrow. */
    const unreachable = [
      "InvalidShortString",
      "StringTooLong",
      "AccessManagedInvalidAuthority",
      "AccessManagerAlreadyScheduled",
      "AccessManagerInvalidInitialAdmin",
      "AccessManagerLockedFunction",
      "AccessManagerUnauthorizedCall",
      "AccessManagerUnauthorizedCancel",
      "AccessManagerUnauthorizedConsume",
      "AddressEmptyCode",
      "FailedCall",
      "InsufficientBalance",
    ];
    const factories = [
      PrepaidEscrow__factory,
      MerchantVault__factory,
      DepositRegister__factory,
      DepositVault__factory,
      TestToken__factory,
      AccessManager__factory,
    ];
    const abis = factories.map((factory) => new Interface(factory.abi));
    const fragments = new Map(abis.flatMap(errorsOf).map((fragment) => [fragment.name, fragment]));
    const foreign = [...fragments.values()].filter(
      ({ name }) =>
        escrowAbi.getError(name) === null && registerAbi.getError(name) === null && !unreachable.includes(name),
    );

    for (const fragment of foreign) {
      it(`${fragment.name} is decoded with its fields`, () => {
        const values = fragment.inputs.map(sample);
        const error = decodeRevert(new Interface([fragment]).encodeErrorResult(fragment, values));
        expect(error).to.be.instanceOf(RevertError);
        const { revert, fields, message } = error as RevertError;
        expect(revert).to.equal(fragment.name);
        expect(fields).to.deep.equal(Object.fromEntries(fragment.inputs.map((input, i) => [input.name, values[i]])));
        expect(message).to.match(/^[A-Z0-9].*\. Next: \S.*[^.]\.$/);
      });
    }

    it("texts and panics are decoded", () => {
      const builtin = new Interface(["error Error(string)", "error Panic(uint256)"]);
      const text = decodeRevert(builtin.encodeErrorResult("Error", ["ERC20: transfer amount exceeds balance"]));
      expect(isRevert(text, "Error") && text.fields).to.deep.equal({
        message: "ERC20: transfer amount exceeds balance",
      });
      const panic = decodeRevert(builtin.encodeErrorResult("Panic", [0x11n]));
      expect(isRevert(panic, "Panic") && panic.fields).to.deep.equal({ code: 0x11n });
    });

    for (const data of ["0x", "0x12345678", `0xdeadbeef${"00".repeat(32)}`, id("CardPrincipalZero()").slice(0, 8)]) {
      it(`${data.slice(0, 20)} stays unknown, with its selector`, () => {
        const error = decodeRevert(data);
        expect(error)
          .to.be.instanceOf(UnknownRevertError)
          .and.include({ data, selector: data.slice(0, 10) });
      });
    }

    it("a known selector with data that does not fit stays unknown", () => {
      const data = escrowAbi.encodeErrorResult("CardPriceMismatch", [1n, 2n]).slice(0, -2);
      expect(decodeRevert(data)).to.be.instanceOf(UnknownRevertError).and.include({ data });
    });
  });

  describe("of a number that does not fit", () => {
    async function holding() {
      const shop = await loadShop();
      return { shop, cardId: await buyCard(shop, { program: shop.programs.count }) };
    }

    /** The message of a refused call in both languages. */
    async function sentences(name: RevertName, work: Promise<unknown>): Promise<readonly [string, string]> {
      const found = findRevert(await rejectionOf(work));
      expect(isRevert(found, name)).to.be.true;
      return [found!.message, explainErrorInChinese(found)!];
    }

    it("name the time that is past the end of 32-bit time, and no smaller amount", async () => {
      const { shop, cardId } = await networkHelpers.loadFixture(holding);
      const { escrow, holder, other, owner, regulator, merchantId } = shop;
      await at(LAST_TIME - 2n);
      for (const [name, work] of [
        ["SafeCastOverflowedUintDowncast", () => escrow.connect(holder).complain(cardId, ZeroHash)],
        ["SafeCastOverflowedUintDowncast", () => escrow.connect(holder).requestMove(cardId, other)],
        ["SafeCastOverflowedUintDowncast", () => escrow.connect(owner).setPayout(merchantId, other)],
        ["WordFieldOverflow", () => escrow.connect(regulator).suspend(merchantId, ZeroHash)],
        ["WordFieldOverflow", () => escrow.connect(regulator).flagDefault(merchantId, 1n, ZeroHash)],
      ] as const) {
        const [english, chinese] = await sentences(name, work());
        expect(english).to.match(/^It would end \d{6,7} seconds after 2106-02-07 06:28:15 UTC, .+ Next: /);
        expect(english).to.not.include("amount");
        expect(chinese).to.include("2106-02-07 06:28:15 UTC").and.to.not.include("减小");
      }
      await networkHelpers.time.increaseTo(LAST_TIME + 10n);
      const [late] = await sentences("WordFieldOverflow", buyCard(shop, { program: shop.programs.count }));
      expect(late).to.match(/^It would end 1\d seconds after 2106/);
    });

    it("name the amount that is too large", () => {
      const abi = new Interface(["error WordFieldOverflow(uint256 value, uint256 bits)"]);
      const error = decodeRevert(abi.encodeErrorResult("WordFieldOverflow", [2n ** 96n, 96n]));
      expect(error.message).to.equal(`${2n ** 96n} does not fit 96 bits. Next: use a smaller amount.`);
      expect(explainErrorInChinese(error)).to.include("减小");
    });
  });

  describe("are found in what a call throws", () => {
    async function refused() {
      const shop = await networkHelpers.loadFixture(deployShop);
      const { escrow, holder, stranger, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const vouchers = [await signVoucher(escrow, holder, cardId, 1n)];
      return { ...shop, cardId, vouchers, call: escrow.connect(stranger), merchantId };
    }

    function expectOperatorOnly(error: unknown, account: string): void {
      const found = findRevert(error);
      expect(isRevert(found, "MerchantOperatorOnly")).to.be.true;
      expect(found).to.have.deep.property("fields", { merchantId: 1n, account });
      expect(found).to.have.property("cause", error);
    }

    it("by a transaction", async () => {
      const { call, merchantId, vouchers, stranger } = await networkHelpers.loadFixture(refused);
      expectOperatorOnly(await rejectionOf(call.settle(merchantId, vouchers)), stranger.address);
    });

    it("by a static call", async () => {
      const { call, merchantId, vouchers, stranger } = await networkHelpers.loadFixture(refused);
      expectOperatorOnly(await rejectionOf(call.settle.staticCall(merchantId, vouchers)), stranger.address);
    });

    it("by a gas estimate", async () => {
      const { call, merchantId, vouchers, stranger } = await networkHelpers.loadFixture(refused);
      expectOperatorOnly(await rejectionOf(call.settle.estimateGas(merchantId, vouchers)), stranger.address);
    });

    it("by JSON-RPC", async () => {
      const { escrow, merchantId, vouchers, stranger } = await networkHelpers.loadFixture(refused);
      const data = escrow.interface.encodeFunctionData("settle", [merchantId, vouchers]);
      const params = [{ from: stranger.address, to: await escrow.getAddress(), data }, "latest"];
      expectOperatorOnly(await rejectionOf(provider.request({ method: "eth_call", params })), stranger.address);
    });

    it("of a view", async () => {
      const { escrow } = await networkHelpers.loadFixture(refused);
      expect(isRevert(findRevert(await rejectionOf(escrow.merchant(99n))), "MerchantUnknown")).to.be.true;
    });

    it("of a linked library, an enumeration by name", async () => {
      const { escrow, owner, regulator, merchantId, cardId } = await networkHelpers.loadFixture(refused);
      await escrow.connect(regulator).suspend(merchantId, ZeroHash);
      const purchase = escrow.connect(owner).buy(1n, owner, TOKEN, 0n);
      const found = findRevert(await rejectionOf(purchase));
      expect(found).to.have.deep.property("fields", { merchantId: 1n, status: "Suspended" });
      const unknown = findRevert(await rejectionOf(escrow.connect(owner).refundCard(cardId.slice(0, -1) + "9")));
      expect(isRevert(unknown, "CardNotOpen") && unknown.fields.status).to.equal("None");
    });

    it("of the token", async () => {
      const { escrow, token, stranger } = await networkHelpers.loadFixture(refused);
      await token.mint(stranger, 4n * TOKEN);
      const unapproved = findRevert(await rejectionOf(escrow.connect(stranger).buy(1n, stranger, 5n * TOKEN, 0n)));
      expect(unapproved).to.have.deep.property("fields", {
        spender: await escrow.getAddress(),
        allowance: 0n,
        needed: 5n * TOKEN,
      });
      await token.connect(stranger).approve(escrow, 5n * TOKEN);
      const poor = findRevert(await rejectionOf(escrow.connect(stranger).buy(1n, stranger, 5n * TOKEN, 0n)));
      expect(poor).to.have.deep.property("fields", {
        sender: stranger.address,
        balance: 4n * TOKEN,
        needed: 5n * TOKEN,
      });
    });

    it("of the token's authorization, through the vault", async () => {
      const shop = await networkHelpers.loadFixture(refused);
      const { args } = await authorize(shop, { program: shop.programs.open, validBefore: await now() });
      const found = findRevert(await rejectionOf(shop.escrow.connect(shop.relayer).buyWithAuthorization(...args)));
      expect(found).to.have.deep.property("fields", { validAfter: 0n, validBefore: args[3] });
    });

    it("of the role manager", async () => {
      const { escrow, stranger, merchantId } = await networkHelpers.loadFixture(refused);
      const found = findRevert(await rejectionOf(escrow.connect(stranger).suspend(merchantId, ZeroHash)));
      expect(isRevert(found, "AccessManagedUnauthorized") && found.fields.caller).to.equal(stranger.address);
    });

    it("of a signature", async () => {
      const { escrow, operator, relayer, merchantId, vouchers } = await networkHelpers.loadFixture(refused);
      const signed = await signSettlement(escrow, relayer, merchantId, vouchers);
      const relayed = escrow.settleWithSignature(merchantId, vouchers, signed.deadline, operator, signed.signature);
      const found = findRevert(await rejectionOf(relayed));
      expect(isRevert(found, "SignatureInvalid") && found.fields.signer).to.equal(operator.address);
    });

    it("when they are decoded already", () => {
      const known = decodeRevert(escrowAbi.encodeErrorResult("CardPrincipalZero"));
      const unknown = decodeRevert("0x12345678");
      expect(findRevert(known)).to.equal(known);
      expect(findRevert(unknown)).to.equal(unknown);
    });

    it("wherever a wallet or node puts the data", () => {
      const data = escrowAbi.encodeErrorResult("CardPrincipalZero");
      for (const error of [
        { data },
        { data: { data, message: "reverted" } },
        { info: { error: { code: 3, data } } },
        { error: { error: { data: { data } } } },
        new Error("failed", { cause: new Error("failed", { cause: { data } }) }),
      ]) {
        expect(isRevert(findRevert(error), "CardPrincipalZero")).to.be.true;
      }
    });

    it("without end in an error that contains itself", () => {
      const error: { cause?: unknown } = {};
      error.cause = error;
      expect(findRevert(error)).to.equal(undefined);
    });

    it("and nowhere else", () => {
      const payload = { transaction: { data: "0x12345678" } };
      for (const error of [new Error("no connection"), "0x12345678", null, undefined, 5, payload]) {
        expect(findRevert(error)).to.equal(undefined);
      }
    });
  });

  it("have fields that are known by name", () => {
    const error = decodeRevert(escrowAbi.encodeErrorResult("MerchantStatusForbids", [7n, 5n]));
    expect(isRevert(error, "CardNotOpen")).to.be.false;
    if (!isRevert(error, "MerchantStatusForbids")) throw error;
    const fields: EscrowErrorFields["MerchantStatusForbids"] = error.fields;
    expect(fields).to.deep.equal({ merchantId: 7n, status: "Defaulted" });
    expect(isRevert(new Error("MerchantStatusForbids"), "MerchantStatusForbids")).to.be.false;
  });
});

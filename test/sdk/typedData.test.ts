import { expect } from "chai";
import { AbiCoder, Signature, TypedDataEncoder, ZeroAddress, concat, id, keccak256 } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { ExitRule } from "../../src/contracts/enums.js";
import {
  compactSignature,
  escrowDomain,
  purchaseNonce,
  typedDataDigest,
  typedDataPayload,
  typedDataTypes,
} from "../../src/contracts/typedData.js";
import type { TypedDataMessages, TypedDataName } from "../../src/contracts/typedData.js";
import { advance, authorize, buyCard, now, permit, signVoucher } from "../helpers/actions.js";
import { ethers, networkHelpers, provider } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";

const coder = AbiCoder.defaultAbiCoder();
const CARD = `0x${"ab".repeat(32)}`;
const RECEIPT = `0x${"cd".repeat(32)}`;

/** The hashes as EIP-712 spells them out, without any help of a library. */
function digestByHand(chainId: bigint, contract: string, structHash: string): string {
  const domainType = id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  const separator = keccak256(
    coder.encode(
      ["bytes32", "bytes32", "bytes32", "uint256", "address"],
      [domainType, id("PrepaidEscrow"), id("1"), chainId, contract],
    ),
  );
  return keccak256(concat(["0x1901", separator, structHash]));
}

function consumptionHash(cumulative: bigint): string {
  const type = id("Consumption(bytes32 cardId,uint88 cumulative,bytes32 receipt)");
  return keccak256(coder.encode(["bytes32", "bytes32", "uint256", "bytes32"], [type, CARD, cumulative, RECEIPT]));
}

/** What a wallet behind JSON-RPC answers to `eth_signTypedData_v4`. */
async function signByWallet<Name extends TypedDataName>(
  shop: Shop,
  signer: HardhatEthersSigner,
  name: Name,
  message: TypedDataMessages[Name],
): Promise<string> {
  const { chainId } = await ethers.provider.getNetwork();
  const payload = typedDataPayload(escrowDomain(chainId, await shop.escrow.getAddress()), name, message);
  const params = [signer.address, JSON.stringify(payload)];
  return (await provider.request({ method: "eth_signTypedData_v4", params })) as string;
}

describe("typed data", () => {
  const ESCROW = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
  const domain = escrowDomain(31_337n, ESCROW);

  describe("digests", () => {
    it("of a consumption", () => {
      const message = { cardId: CARD, cumulative: 7n, receipt: RECEIPT };
      expect(typedDataDigest(domain, "Consumption", message)).to.equal(
        digestByHand(31_337n, ESCROW, consumptionHash(7n)),
      );
    });

    it("of a settlement, whose vouchers are hashed as structs", () => {
      const type = id(
        "Settlement(uint32 merchantId,Consumption[] consumptions,uint48 deadline)" +
          "Consumption(bytes32 cardId,uint88 cumulative,bytes32 receipt)",
      );
      const vouchers = keccak256(concat([consumptionHash(7n), consumptionHash(8n)]));
      const structHash = keccak256(
        coder.encode(["bytes32", "uint256", "bytes32", "uint256"], [type, 3n, vouchers, 1_800_000_000n]),
      );
      const message = {
        merchantId: 3n,
        consumptions: [7n, 8n].map((cumulative) => ({ cardId: CARD, cumulative, receipt: RECEIPT })),
        deadline: 1_800_000_000n,
      };
      expect(typedDataDigest(domain, "Settlement", message)).to.equal(digestByHand(31_337n, ESCROW, structHash));
    });

    it("of a request to leave", () => {
      const type = id("ExitRequest(bytes32 cardId,uint8 nonce,uint48 deadline)");
      const structHash = keccak256(
        coder.encode(["bytes32", "bytes32", "uint256", "uint256"], [type, CARD, 255n, 1_800_000_000n]),
      );
      const message = { cardId: CARD, nonce: 255n, deadline: 1_800_000_000n };
      expect(typedDataDigest(domain, "ExitRequest", message)).to.equal(digestByHand(31_337n, ESCROW, structHash));
    });

    it("of a complaint", () => {
      const type = id("Complaint(bytes32 cardId,bytes32 evidence,uint8 nonce,uint48 deadline)");
      const structHash = keccak256(
        coder.encode(
          ["bytes32", "bytes32", "bytes32", "uint256", "uint256"],
          [type, CARD, RECEIPT, 255n, 1_800_000_000n],
        ),
      );
      const message = { cardId: CARD, evidence: RECEIPT, nonce: 255n, deadline: 1_800_000_000n };
      expect(typedDataDigest(domain, "Complaint", message)).to.equal(digestByHand(31_337n, ESCROW, structHash));
    });

    it("are those of ethers, every message", () => {
      const [from, to] = [ESCROW, ZeroAddress];
      const messages: TypedDataMessages = {
        Consumption: { cardId: CARD, cumulative: 2n ** 88n - 1n, receipt: RECEIPT },
        Settlement: { merchantId: 2n ** 32n - 1n, consumptions: [], deadline: 2n ** 48n - 1n },
        ExitRequest: { cardId: CARD, nonce: 0n, deadline: 0n },
        Complaint: { cardId: CARD, evidence: RECEIPT, nonce: 255n, deadline: 2n ** 48n - 1n },
        ReceiveWithAuthorization: { from, to, value: 1n, validAfter: 2n, validBefore: 3n, nonce: RECEIPT },
        Permit: { owner: from, spender: to, value: 1n, nonce: 2n, deadline: 3n },
      };
      for (const name of Object.keys(messages) as TypedDataName[]) {
        const expected = TypedDataEncoder.hash(domain, typedDataTypes[name], { ...messages[name] });
        expect(typedDataDigest(domain, name, messages[name]), name).to.equal(expected);
      }
    });

    it("differ with chain and escrow", () => {
      const message = { cardId: CARD, cumulative: 7n, receipt: RECEIPT };
      const others = [escrowDomain(1n, ESCROW), escrowDomain(31_337n, ZeroAddress)];
      const digests = [domain, ...others].map((each) => typedDataDigest(each, "Consumption", message));
      expect(new Set(digests).size).to.equal(3);
    });
  });

  it("have the domain the contract reports (ERC-5267)", async () => {
    const { escrow } = await networkHelpers.loadFixture(deployShop);
    const reported = await escrow.eip712Domain();
    const { name, version, chainId, verifyingContract } = reported;
    expect({ name, version, chainId, verifyingContract }).to.deep.equal(
      escrowDomain((await ethers.provider.getNetwork()).chainId, await escrow.getAddress()),
    );
    expect(reported.fields).to.equal("0x0f");
  });

  describe("signed by a wallet with eth_signTypedData_v4", () => {
    it("settle a visit", async () => {
      const shop = await networkHelpers.loadFixture(deployShop);
      const { escrow, holder, operator, merchantId, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const message = { cardId, cumulative: 3n, receipt: RECEIPT };
      const voucher = { ...message, ...compactSignature(await signByWallet(shop, holder, "Consumption", message)) };

      await expect(escrow.connect(operator).settle(merchantId, [voucher]))
        .to.emit(escrow, "ConsumptionSettled")
        .withArgs(merchantId, cardId, 180n * TOKEN, 3n, RECEIPT);
    });

    it("let anyone relay a batch of an operator", async () => {
      const shop = await networkHelpers.loadFixture(deployShop);
      const { escrow, holder, operator, relayer, merchantId, programs } = shop;
      const cards = [
        await buyCard(shop, { program: programs.count }),
        await buyCard(shop, { program: programs.count }),
      ];
      const vouchers = await Promise.all(cards.map((cardId) => signVoucher(escrow, holder, cardId, 1n)));
      const deadline = (await now()) + DAY;
      const message = { merchantId, consumptions: vouchers, deadline };
      const signature = await signByWallet(shop, operator, "Settlement", message);

      await escrow.connect(relayer).settleWithSignature(merchantId, vouchers, deadline, operator, signature);
      for (const cardId of cards) expect((await escrow.card(cardId)).consumed).to.equal(1n);
    });

    it("let anyone relay a request to leave", async () => {
      const shop = await networkHelpers.loadFixture(deployShop);
      const { escrow, holder, relayer, programs } = shop;
      const cardId = await buyCard(shop, { program: programs.open });
      const deadline = (await now()) + DAY;
      const signature = await signByWallet(shop, holder, "ExitRequest", { cardId, nonce: 0n, deadline });

      await escrow.connect(relayer).requestExitWithSignature(cardId, deadline, signature);
      const card = await escrow.card(cardId);
      expect([card.exitRequestedAt, card.nonce]).to.deep.equal([await now(), 1n]);
      await advance(5n * DAY);
      expect((await escrow.quoteExit(cardId)).rule).to.equal(ExitRule.CoolingOff);
    });
  });

  it("make both compact forms of one signature the same", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const signature = Signature.from(await shop.holder.signMessage("any"));
    const compact = compactSignature(signature.serialized);
    expect(compact).to.deep.equal({ r: signature.r, vs: signature.yParityAndS });
    expect(compactSignature(signature.compactSerialized)).to.deep.equal(compact);
  });

  describe("of the payer", () => {
    it("pay one purchase with ERC-3009, whose nonce names all of it", async () => {
      const shop = await networkHelpers.loadFixture(deployShop);
      const { escrow, token, payer, relayer, vault, programs } = shop;
      const authorization = await authorize(shop, { program: programs.plan });

      const sale = escrow.connect(relayer).buyWithAuthorization(...authorization.args);
      await expect(sale).to.emit(token, "AuthorizationUsed").withArgs(payer.address, authorization.nonce);
      expect(await token.balanceOf(vault)).to.equal(3_000n * TOKEN);
    });

    it("have another nonce for every other purchase", () => {
      const purchase = {
        escrow: ESCROW,
        programId: 1n,
        holder: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        principal: 5n,
        startsAt: 0n,
        salt: RECEIPT,
      };
      const byHand = keccak256(
        coder.encode(
          ["address", "uint256", "address", "uint256", "uint256", "bytes32"],
          [ESCROW, 1n, purchase.holder, 5n, 0n, RECEIPT],
        ),
      );
      expect(purchaseNonce(purchase)).to.equal(byHand);
      const variants = [
        { escrow: ZeroAddress },
        { programId: 2n },
        { holder: ESCROW },
        { principal: 6n },
        { startsAt: 1n },
        { salt: CARD },
      ].map((change) => purchaseNonce({ ...purchase, ...change }));
      expect(new Set([byHand, ...variants]).size).to.equal(7);
    });

    it("approve one purchase with ERC-2612", async () => {
      const shop = await networkHelpers.loadFixture(deployShop);
      const { escrow, token, payer, holder, vault, programs } = shop;
      await token.connect(payer).approve(escrow, 0n);
      const purchase = {
        programId: programs.open,
        holder: holder.address,
        principal: 70n * TOKEN,
        serial: 0n,
        startsAt: 0n,
      };
      await escrow.connect(payer).buyWithPermit(purchase, ...(await permit(shop, payer, 70n * TOKEN)));
      expect(await token.balanceOf(vault)).to.equal(70n * TOKEN);
    });
  });
});

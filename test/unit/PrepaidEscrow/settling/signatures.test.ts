import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import {
  AbiCoder,
  Signature,
  TypedDataEncoder,
  concat,
  id,
  keccak256,
  recoverAddress,
  toUtf8Bytes,
  verifyTypedData,
} from "ethers";

import {
  compactSignature,
  typedDataDigest,
  typedDataPayload,
  typedDataTypes,
} from "../../../../src/contracts/typedData.js";
import type { TypedDataMessages, TypedDataName } from "../../../../src/contracts/typedData.js";
import { now } from "../../../helpers/actions.js";
import { networkHelpers, provider } from "../../../helpers/chain.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { consumption, deployTill, domainOf } from "../../../helpers/settling.js";
import type { Till } from "../../../helpers/settling.js";

/** The messages as the specification writes them. */
const written = {
  Consumption: "Consumption(bytes32 cardId,uint88 cumulative,bytes32 receipt)",
  Settlement:
    "Settlement(uint32 merchantId,Consumption[] consumptions,uint48 deadline)Consumption(bytes32 cardId,uint88 cumulative,bytes32 receipt)",
  ExitRequest: "ExitRequest(bytes32 cardId,uint8 nonce,uint48 deadline)",
} as const;

describe("What wallets sign", () => {
  const load = () => networkHelpers.loadFixture(deployTill);
  const coder = AbiCoder.defaultAbiCoder();

  /** Signed as a browser wallet does it: the account's own `eth_signTypedData_v4`. */
  async function walletSigns<Name extends TypedDataName>(
    till: Till,
    who: HardhatEthersSigner,
    name: Name,
    message: TypedDataMessages[Name],
  ): Promise<string> {
    const payload = typedDataPayload(await domainOf(till.escrow), name, message);
    const params = [who.address, JSON.stringify(payload)];
    return (await provider.request({ method: "eth_signTypedData_v4", params })) as string;
  }

  /** EIP-712 by hand: 0x1901, the domain, the struct. */
  async function digestOf(till: Till, structHash: string): Promise<string> {
    const { chainId } = await domainOf(till.escrow);
    const domainType = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    const domain = keccak256(
      coder.encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [id(domainType), id("PrepaidEscrow"), id("1"), chainId, await till.escrow.getAddress()],
      ),
    );
    return keccak256(concat(["0x1901", domain, structHash]));
  }
  const hashOf = ({ cardId, cumulative, receipt }: TypedDataMessages["Consumption"]) =>
    keccak256(
      coder.encode(["bytes32", "bytes32", "uint88", "bytes32"], [id(written.Consumption), cardId, cumulative, receipt]),
    );

  it("is in the domain that eip712Domain() returns", async () => {
    const till = await load();
    const { escrow } = till;
    const { fields, name, version, chainId, verifyingContract, salt, extensions } = await escrow.eip712Domain();
    expect({ fields, name, version, chainId, verifyingContract, salt, extensions: [...extensions] }).to.deep.equal({
      fields: "0x0f",
      ...(await domainOf(escrow)),
      verifyingContract: await escrow.getAddress(),
      salt: `0x${"00".repeat(32)}`,
      extensions: [],
    });
  });

  for (const [name, type] of Object.entries(written)) {
    it(`is a ${name} of the fields and in the order of the specification`, () => {
      const encoder = TypedDataEncoder.from(typedDataTypes[name as keyof typeof written]);
      expect(encoder.encodeType(name)).to.equal(type);
      expect(keccak256(toUtf8Bytes(encoder.encodeType(name)))).to.equal(id(type));
    });
  }

  it("confirms a visit: wallet, library and contract agree", async () => {
    const till = await load();
    const { escrow, holder, operator, merchantId, cards } = till;
    const message = consumption(cards.count, 2n);
    const signature = await walletSigns(till, holder, "Consumption", message);
    const digest = await digestOf(till, hashOf(message));
    expect(typedDataDigest(await domainOf(escrow), "Consumption", message)).to.equal(digest);
    expect(recoverAddress(digest, signature)).to.equal(holder.address);
    const { Consumption } = typedDataTypes;
    expect(verifyTypedData(await domainOf(escrow), Consumption, message, signature)).to.equal(holder.address);
    await expect(escrow.connect(operator).settle(merchantId, [{ ...message, ...compactSignature(signature) }]))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cards.count, 120n * TOKEN, 2n, message.receipt);
  });

  it("confirms a visit with numbers a JavaScript number cannot hold", async () => {
    const till = await load();
    const { escrow, token, holder, operator, merchantId, programs } = till;
    const principal = 2n ** 87n + 1n;
    await token.mint(holder, principal);
    await escrow.connect(holder).buy(programs.open, holder, principal, 1n);
    const cardId = await escrow.cardIdOf(holder, programs.open, 1n);
    const message = consumption(cardId, principal);
    const signature = await walletSigns(till, holder, "Consumption", message);
    await expect(escrow.connect(operator).settle(merchantId, [{ ...message, ...compactSignature(signature) }]))
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cardId, principal, principal, message.receipt);
  });

  it("confirms a batch: wallet, library and contract agree, and the array is hashed as EIP-712 has it", async () => {
    const till = await load();
    const { escrow, holder, other, operator, relayer, merchantId, cards } = till;
    const consumptions = [consumption(cards.count, 2n), consumption(cards.others, 1n)];
    const deadline = (await now()) + DAY;
    const message = { merchantId, consumptions, deadline };
    const signature = await walletSigns(till, operator, "Settlement", message);
    const structHash = keccak256(
      coder.encode(
        ["bytes32", "uint32", "bytes32", "uint48"],
        [id(written.Settlement), merchantId, keccak256(concat(consumptions.map(hashOf))), deadline],
      ),
    );
    const digest = await digestOf(till, structHash);
    expect(typedDataDigest(await domainOf(escrow), "Settlement", message)).to.equal(digest);
    expect(recoverAddress(digest, signature)).to.equal(operator.address);
    const vouchers = await Promise.all(
      [holder, other].map(async (who, i) => ({
        ...consumptions[i]!,
        ...compactSignature(await walletSigns(till, who, "Consumption", consumptions[i]!)),
      })),
    );
    const sent = escrow.connect(relayer).settleWithSignature(merchantId, vouchers, deadline, operator, signature);
    await expect(sent)
      .to.emit(escrow, "ConsumptionSettled")
      .withArgs(merchantId, cards.others, 60n * TOKEN, 1n, consumptions[1]!.receipt);
  });

  it("asks to leave: wallet, library and contract agree", async () => {
    const till = await load();
    const { escrow, holder, relayer, cards } = till;
    const { nonce } = await escrow.card(cards.count);
    const message = { cardId: cards.count, nonce, deadline: (await now()) + DAY };
    const signature = await walletSigns(till, holder, "ExitRequest", message);
    const structHash = keccak256(
      coder.encode(
        ["bytes32", "bytes32", "uint8", "uint48"],
        [id(written.ExitRequest), message.cardId, message.nonce, message.deadline],
      ),
    );
    const digest = await digestOf(till, structHash);
    expect(typedDataDigest(await domainOf(escrow), "ExitRequest", message)).to.equal(digest);
    expect(recoverAddress(digest, signature)).to.equal(holder.address);
    await expect(escrow.connect(relayer).requestExitWithSignature(cards.count, message.deadline, signature)).to.emit(
      escrow,
      "ExitRequested",
    );
  });

  it("is the same in 65 bytes and in the 64 of a voucher", async () => {
    const till = await load();
    const message = consumption(till.cards.count, 1n);
    const signature = await walletSigns(till, till.holder, "Consumption", message);
    const { r, vs } = compactSignature(signature);
    expect(Signature.from({ r, yParityAndS: vs }).serialized).to.equal(signature);
    expect(Signature.from(signature).compactSerialized).to.equal(concat([r, vs]));
  });
});

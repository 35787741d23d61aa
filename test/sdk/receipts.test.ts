import { expect } from "chai";
import { AbiCoder, ZeroHash, id, keccak256, toUtf8Bytes } from "ethers";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import {
  EMPTY_RECEIPT,
  hashItem,
  nextReceipt,
  proveConsumption,
  receiptOf,
  verifyConsumption,
} from "../../src/actions/receipts.js";
import { buyCard, signVoucher } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { errorOf } from "../helpers/errors.js";
import { deployShop } from "../helpers/fixture.js";

const coder = AbiCoder.defaultAbiCoder();
const CARD = `0x${"ab".repeat(32)}`;

describe("receipts", () => {
  const links = [1n, 2n, 5n, 6n].map((cumulative) => ({
    cumulative,
    itemHash: hashItem(id(`salt ${cumulative}`), `massage no. ${cumulative}`),
  }));

  it("begin with zero", () => {
    expect(EMPTY_RECEIPT).to.equal(ZeroHash);
    expect(receiptOf(CARD, [])).to.equal(ZeroHash);
  });

  it("chain the hash of previous receipt, card, consumption and item", () => {
    const link = links[0]!;
    const expected = keccak256(
      coder.encode(["bytes32", "bytes32", "uint256", "bytes32"], [ZeroHash, CARD, 1n, link.itemHash]),
    );
    expect(nextReceipt(ZeroHash, CARD, link)).to.equal(expected);
    expect(receiptOf(CARD, links.slice(0, 2))).to.equal(nextReceipt(expected, CARD, links[1]!));
  });

  it("hide an item behind its salt", () => {
    const item = "足底按摩 60 min";
    const expected = keccak256(coder.encode(["bytes32", "bytes32"], [id("a"), keccak256(toUtf8Bytes(item))]));
    expect(hashItem(id("a"), item)).to.equal(expected);
    expect(hashItem(id("b"), item)).to.not.equal(expected);
    expect(hashItem(id("a"), `${item} `)).to.not.equal(expected);
  });

  it("prove each visit against the settled receipt", () => {
    const settled = receiptOf(CARD, links);
    links.forEach((link, index) => {
      const proof = proveConsumption(CARD, links, index);
      expect(proof.link).to.deep.equal(link);
      expect(proof.later).to.have.length(links.length - 1 - index);
      expect(verifyConsumption(proof, settled)).to.be.true;
    });
  });

  it("prove nothing that was changed, moved to another card, or settled otherwise", () => {
    const settled = receiptOf(CARD, links);
    const proof = proveConsumption(CARD, links, 1);
    expect(verifyConsumption({ ...proof, link: { ...proof.link, cumulative: 3n } }, settled)).to.be.false;
    expect(verifyConsumption({ ...proof, link: { ...proof.link, itemHash: id("other") } }, settled)).to.be.false;
    expect(verifyConsumption({ ...proof, cardId: `0x${"ac".repeat(32)}` }, settled)).to.be.false;
    expect(verifyConsumption({ ...proof, previous: ZeroHash }, settled)).to.be.false;
    expect(verifyConsumption({ ...proof, later: proof.later.slice(1) }, settled)).to.be.false;
    expect(verifyConsumption(proof, receiptOf(CARD, links.slice(0, 3)))).to.be.false;
  });

  it("prove no chain in which consumption does not rise", () => {
    const stuck = [links[0]!, links[1]!, { ...links[2]!, cumulative: 2n }];
    expect(verifyConsumption(proveConsumption(CARD, stuck, 1), receiptOf(CARD, stuck))).to.be.false;
  });

  for (const index of [-1, 4, 0.5]) {
    it(`have no visit ${index} of 4`, () => {
      const failure = errorOf(() => proveConsumption(CARD, links, index));
      expect(failure).to.be.instanceOf(InvalidInputError).and.include({ field: "index", value: index });
    });
  }

  it("are proved against the event of the settled row", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, holder, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.count });
    await escrow
      .connect(operator)
      .settle(merchantId, [await signVoucher(escrow, holder, cardId, 6n, receiptOf(cardId, links))]);

    const [event] = await escrow.queryFilter(escrow.filters.ConsumptionSettled(merchantId, cardId));
    expect(verifyConsumption(proveConsumption(cardId, links, 2), event!.args.receipt)).to.be.true;
  });
});

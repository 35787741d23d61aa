import { expect } from "chai";
import { AbiCoder, ZeroHash, id, keccak256, toUtf8Bytes } from "ethers";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import {
  EMPTY_RECEIPT,
  hashItem,
  nextReceipt,
  proveVisit,
  receiptOf,
  verifyVisit,
} from "../../src/actions/receipts.js";
import { buyCard, signRow } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { errorOf } from "../helpers/errors.js";
import { deployShop } from "../helpers/fixture.js";

const coder = AbiCoder.defaultAbiCoder();
const CARD = `0x${"ab".repeat(32)}`;

describe("receipts", () => {
  const visits = [1n, 2n, 5n, 6n].map((cumulative) => ({
    cumulative,
    itemHash: hashItem(id(`salt ${cumulative}`), `massage no. ${cumulative}`),
  }));

  it("begin with zero", () => {
    expect(EMPTY_RECEIPT).to.equal(ZeroHash);
    expect(receiptOf(CARD, [])).to.equal(ZeroHash);
  });

  it("chain the hash of previous receipt, card, consumption and item", () => {
    const visit = visits[0]!;
    const expected = keccak256(
      coder.encode(["bytes32", "bytes32", "uint256", "bytes32"], [ZeroHash, CARD, 1n, visit.itemHash]),
    );
    expect(nextReceipt(ZeroHash, CARD, visit)).to.equal(expected);
    expect(receiptOf(CARD, visits.slice(0, 2))).to.equal(nextReceipt(expected, CARD, visits[1]!));
  });

  it("hide an item behind its salt", () => {
    const item = "足底按摩 60 min";
    const expected = keccak256(coder.encode(["bytes32", "bytes32"], [id("a"), keccak256(toUtf8Bytes(item))]));
    expect(hashItem(id("a"), item)).to.equal(expected);
    expect(hashItem(id("b"), item)).to.not.equal(expected);
    expect(hashItem(id("a"), `${item} `)).to.not.equal(expected);
  });

  it("prove each visit against the settled receipt", () => {
    const settled = receiptOf(CARD, visits);
    visits.forEach((visit, index) => {
      const proof = proveVisit(CARD, visits, index);
      expect(proof.visit).to.deep.equal(visit);
      expect(proof.later).to.have.length(visits.length - 1 - index);
      expect(verifyVisit(proof, settled)).to.be.true;
    });
  });

  it("prove nothing that was changed, moved to another card, or settled otherwise", () => {
    const settled = receiptOf(CARD, visits);
    const proof = proveVisit(CARD, visits, 1);
    expect(verifyVisit({ ...proof, visit: { ...proof.visit, cumulative: 3n } }, settled)).to.be.false;
    expect(verifyVisit({ ...proof, visit: { ...proof.visit, itemHash: id("other") } }, settled)).to.be.false;
    expect(verifyVisit({ ...proof, cardId: `0x${"ac".repeat(32)}` }, settled)).to.be.false;
    expect(verifyVisit({ ...proof, previous: ZeroHash }, settled)).to.be.false;
    expect(verifyVisit({ ...proof, later: proof.later.slice(1) }, settled)).to.be.false;
    expect(verifyVisit(proof, receiptOf(CARD, visits.slice(0, 3)))).to.be.false;
  });

  it("prove no chain in which consumption does not rise", () => {
    const stuck = [visits[0]!, visits[1]!, { ...visits[2]!, cumulative: 2n }];
    expect(verifyVisit(proveVisit(CARD, stuck, 1), receiptOf(CARD, stuck))).to.be.false;
  });

  for (const index of [-1, 4, 0.5]) {
    it(`have no visit ${index} of 4`, () => {
      const failure = errorOf(() => proveVisit(CARD, visits, index));
      expect(failure).to.be.instanceOf(InvalidInputError).and.include({ field: "index", value: index });
    });
  }

  it("are proved against the event of the settled row", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, holder, operator, merchantId, programs } = shop;
    const cardId = await buyCard(shop, { program: programs.session });
    await escrow
      .connect(operator)
      .settle(merchantId, [await signRow(escrow, holder, cardId, 6n, receiptOf(cardId, visits))]);

    const [event] = await escrow.queryFilter(escrow.filters.ConsumptionSettled(merchantId, cardId));
    expect(verifyVisit(proveVisit(cardId, visits, 2), event!.args.receipt)).to.be.true;
  });
});

import { expect } from "chai";

import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { networkHelpers } from "../helpers/chain.js";
import { errorOf } from "../helpers/errors.js";
import { deploySystem } from "../helpers/fixture.js";

const HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("card ids", () => {
  const parts = { holder: HOLDER, programId: 0xabcdef01n, serial: 0x1122334455667788n };
  const cardId = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8abcdef011122334455667788";

  it("put holder, program and serial side by side", () => {
    expect(encodeCardId(parts)).to.equal(cardId);
    expect(decodeCardId(cardId)).to.deep.equal(parts);
  });

  it("carry the largest program and serial, and the smallest", () => {
    for (const extreme of [
      { holder: HOLDER, programId: 2n ** 32n - 1n, serial: 2n ** 64n - 1n },
      { holder: HOLDER, programId: 0n, serial: 0n },
      { holder: `0x${"0".repeat(39)}1`, programId: 1n, serial: 1n },
    ]) {
      expect(decodeCardId(encodeCardId(extreme))).to.deep.equal(extreme);
    }
  });

  it("are those of the contract", async () => {
    const { escrow } = await networkHelpers.loadFixture(deploySystem);
    expect(await escrow.cardIdOf(HOLDER, parts.programId, parts.serial)).to.equal(cardId);
    expect(await escrow.holderOf(cardId)).to.equal(HOLDER);
  });

  it("checksum the holder on entry, and refuse a wrong checksum", () => {
    expect(encodeCardId({ ...parts, holder: HOLDER.toLowerCase() })).to.equal(cardId);
    const wrong = HOLDER.replace("C5", "c5");
    const failure = errorOf(() => encodeCardId({ ...parts, holder: wrong }));
    expect(failure).to.be.instanceOf(InvalidInputError).and.include({ field: "holder", value: wrong });
  });

  for (const [field, value] of [
    ["programId", 2n ** 32n],
    ["programId", -1n],
    ["serial", 2n ** 64n],
    ["serial", -1n],
  ] as const) {
    it(`refuse ${field} ${value}`, () => {
      const failure = errorOf(() => encodeCardId({ ...parts, [field]: value }));
      expect(failure).to.be.instanceOf(InvalidInputError).and.include({ field, value });
    });
  }

  for (const text of [
    "",
    "0x",
    cardId.slice(0, -1),
    `${cardId}0`,
    cardId.replace("0x", ""),
    cardId.replace("a", "g"),
  ]) {
    it(`are not read from "${text}"`, () => {
      expect(errorOf(() => decodeCardId(text)))
        .to.be.instanceOf(InvalidInputError)
        .and.include({ value: text });
    });
  }
});

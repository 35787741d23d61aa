import { randomBytes } from "node:crypto";

import { expect } from "chai";
import { concat, id, toBeHex } from "ethers";

import type { ReleaseHarness } from "../../../types/ethers-contracts/index.js";
import { ethers, networkHelpers } from "../../helpers/chain.js";

const MAX = 2n ** 88n - 1n;
const ROUNDS = 400;

/** An exact number: numerator over denominator, which is positive. */
interface Rational {
  readonly over: bigint;
  readonly under: bigint;
}

/** Whether `whole` is the largest whole number not above a rational. Compared, not divided. */
function isFloor(whole: bigint, { over, under }: Rational): boolean {
  return whole * under <= over && over < (whole + 1n) * under;
}

/** Whether `whole` is the smallest whole number not below a rational. */
function isCeiling(whole: bigint, { over, under }: Rational): boolean {
  return (whole - 1n) * under < over && over <= whole * under;
}

const minus = (whole: bigint, { over, under }: Rational): Rational => ({ over: whole * under - over, under });

/** Numbers that follow from a seed alone. */
function generator(seed: string) {
  let count = 0;
  const upTo = (max: bigint): bigint => {
    count += 1;
    return BigInt(id(concat([seed, toBeHex(count)]))) % (max + 1n);
  };
  return {
    upTo,
    /** As often small as large, for most mistakes are made near zero and near the end. */
    ofAnySize: (max: bigint): bigint => {
      const bits = upTo(BigInt(max.toString(2).length));
      const value = upTo(2n ** bits - 1n);
      return value > max ? max : value;
    },
  };
}

/** A number for the title of a test. */
function short(value: bigint): string {
  if (value < 2n ** 80n) return value.toString();
  return value === MAX ? "the largest number" : "almost the largest number";
}

async function deployHarness() {
  const harness: ReleaseHarness = await ethers.deployContract("ReleaseHarness");
  return { harness };
}

describe("Release against exact rationals", () => {
  const seed = process.env.SEED ?? `0x${randomBytes(16).toString("hex")}`;

  it(`agrees to the unit in ${ROUNDS} random programs (SEED=${seed})`, async () => {
    const { harness } = await networkHelpers.loadFixture(deployHarness);
    const random = generator(seed);
    let zeroRefunds = 0;
    let inexact = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const price = 1n + random.ofAnySize(MAX - 1n);
      const units = 1n + random.ofAnySize(MAX - 1n);
      const most = price * 3n < MAX ? price * 3n : MAX;
      const listPrice = price + random.ofAnySize(most - price);
      const consumed = [units, random.upTo(units), random.ofAnySize(units)][round % 3]!;
      const [released, refund] = await Promise.all([
        harness.released(consumed, price, units),
        harness.refundAtListPrice(consumed, price, units, listPrice),
      ]);
      const values = JSON.stringify({ round, price, units, listPrice, consumed }, (_, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      );

      // The merchant has earned the floor of the exact share; the holder is owed the rest, which is the ceiling of the exact rest.
      const earned: Rational = { over: consumed * price, under: units };
      expect(isFloor(released, earned), `released ${released} of ${values}`).to.be.true;
      expect(isCeiling(price - released, minus(price, earned)), `remaining of ${values}`).to.be.true;
      if (released * units !== earned.over) inexact += 1;

      // At holder's cause the list price of what was consumed is taken, and what is left is never below zero.
      const left = minus(price, { over: consumed * listPrice, under: units });
      if (left.over <= 0n) {
        zeroRefunds += 1;
        expect(refund, `refund of ${values}`).to.equal(0n);
      } else expect(isCeiling(refund, left), `refund ${refund} of ${values}`).to.be.true;
      expect(refund <= price - released, `refund ${refund} above what remains of ${values}`).to.be.true;
    }
    // The programs were not all of one sort.
    expect(inexact).to.be.above(ROUNDS / 4);
    expect(zeroRefunds).to.be.within(ROUNDS / 4, ROUNDS / 2);
  });

  it(`releases in random steps what it releases at once (SEED=${seed})`, async () => {
    const { harness } = await networkHelpers.loadFixture(deployHarness);
    const random = generator(id(seed));
    for (let round = 0; round < 20; round += 1) {
      const price = 1n + random.ofAnySize(MAX - 1n);
      const units = 1n + random.ofAnySize(MAX - 1n);
      const stops = Array.from({ length: 8 }, () => random.upTo(units));
      const visits = [...stops, units].sort((a, b) => (a < b ? -1 : 1));
      let before = 0n;
      let sum = 0n;
      for (const consumed of visits) {
        const released = await harness.released(consumed, price, units);
        expect(released >= before, `${consumed} of ${units} for ${price} takes money back`).to.be.true;
        sum += released - before;
        before = released;
      }
      expect(sum).to.equal(price);
    }
  });

  for (const [consumed, price, units, released] of [
    [0n, 500_000n, 60n, 0n],
    [1n, 500_000n, 60n, 8_333n],
    [59n, 500_000n, 60n, 491_666n],
    [60n, 500_000n, 60n, 500_000n],
    [MAX, MAX, MAX, MAX],
    [MAX - 1n, MAX, MAX, MAX - 1n],
    [MAX, 1n, MAX, 1n],
    [MAX - 1n, 1n, MAX, 0n],
    [1n, MAX, 1n, MAX],
    [1n, MAX, 2n, 2n ** 87n - 1n],
  ] as const) {
    it(`releases ${short(released)} for ${short(consumed)} of ${short(units)} units at ${short(price)}`, async () => {
      const { harness } = await networkHelpers.loadFixture(deployHarness);
      expect(await harness.released(consumed, price, units)).to.equal(released);
    });
  }

  for (const [consumed, price, units, listPrice, refund] of [
    [0n, 120_000n, 20n, 160_000n, 120_000n],
    [14n, 120_000n, 20n, 160_000n, 8_000n],
    [15n, 120_000n, 20n, 160_000n, 0n],
    [16n, 120_000n, 20n, 160_000n, 0n],
    [1n, 10n, 3n, 20n, 4n],
    [MAX, MAX, MAX, MAX, 0n],
    [MAX - 1n, MAX, MAX, MAX, 1n],
    [5n, 12n, 0n, 0n, 7n],
    [12n, 12n, 0n, 0n, 0n],
  ] as const) {
    it(`refunds ${short(refund)} for ${short(consumed)} of ${short(units)} units at ${short(price)}, list price ${short(listPrice)}`, async () => {
      const { harness } = await networkHelpers.loadFixture(deployHarness);
      expect(await harness.refundAtListPrice(consumed, price, units, listPrice)).to.equal(refund);
    });
  }

  for (const [until, seconds] of [
    [0n, 0n],
    [999n, 0n],
    [1_000n, 0n],
    [1_001n, 1n],
    [1_099n, 99n],
    [1_100n, 100n],
    [1_101n, 100n],
    [2_000n, 100n],
  ] as const) {
    it(`counts ${seconds} seconds of a pass of 100 from 1000 at ${until}`, async () => {
      const { harness } = await networkHelpers.loadFixture(deployHarness);
      expect(await harness.elapsed(1_000n, until, 100n)).to.equal(seconds);
    });
  }

  it("takes the face from the units, or from the principal of an open amount", async () => {
    const { harness } = await networkHelpers.loadFixture(deployHarness);
    expect(await harness.face(7n, 0n)).to.equal(7n);
    expect(await harness.face(7n, 9n)).to.equal(9n);
  });
});

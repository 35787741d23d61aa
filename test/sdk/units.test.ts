import { expect } from "chai";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import {
  formatAmount,
  formatBps,
  formatDuration,
  formatTime,
  parseAmount,
  parseDuration,
  parseTime,
} from "../../src/utils/units.js";
import { errorOf } from "../helpers/errors.js";

describe("units", () => {
  describe("amounts", () => {
    for (const [text, decimals, value] of [
      ["0", 6, 0n],
      ["1200", 6, 1_200_000_000n],
      ["12.5", 6, 12_500_000n],
      ["0.000001", 6, 1n],
      [" 7 ", 0, 7n],
      ["007.10", 2, 710n],
      ["123456789012345678901234567890.123456789012345678", 18, 123456789012345678901234567890123456789012345678n],
    ] as const) {
      it(`read "${text}" with ${decimals} decimals`, () => {
        expect(parseAmount(text, decimals)).to.equal(value);
      });
    }

    for (const text of ["", ".5", "5.", "-1", "+1", "1,200", "1e3", "0x10", "1 200", "12.5.1", "NaN", "١"]) {
      it(`are not read from "${text}"`, () => {
        expect(errorOf(() => parseAmount(text, 6)))
          .to.be.instanceOf(InvalidInputError)
          .and.include({ value: text });
      });
    }

    it("carry exactly the token's decimals and no more", () => {
      expect(parseAmount("1.123456", 6)).to.equal(1_123_456n);
      expect(errorOf(() => parseAmount("1.1234567", 6))).to.be.instanceOf(InvalidInputError);
      expect(errorOf(() => parseAmount("1.0", 0))).to.be.instanceOf(InvalidInputError);
    });

    for (const [value, decimals, minDecimals, text] of [
      [0n, 6, 0, "0"],
      [0n, 6, 2, "0.00"],
      [1n, 6, 0, "0.000001"],
      [12_500_000n, 6, 0, "12.5"],
      [12_500_000n, 6, 2, "12.50"],
      [12_345_600n, 6, 2, "12.3456"],
      [1_200_000_000n, 6, 0, "1200"],
      [-12_500_000n, 6, 0, "-12.5"],
      [-1n, 2, 0, "-0.01"],
      [42n, 0, 2, "42"],
    ] as const) {
      it(`write ${value} with ${decimals} decimals as ${text}`, () => {
        expect(formatAmount(value, decimals, minDecimals)).to.equal(text);
      });
    }

    it("come back as they went", () => {
      for (const value of [0n, 1n, 999_999n, 1_000_000n, 2n ** 88n - 1n]) {
        expect(parseAmount(formatAmount(value, 6), 6)).to.equal(value);
      }
    });
  });

  it("write basis points as a percentage", () => {
    expect([0n, 1n, 2_000n, 2_050n, 10_000n, 30_000n].map(formatBps)).to.deep.equal([
      "0 %",
      "0.01 %",
      "20 %",
      "20.5 %",
      "100 %",
      "300 %",
    ]);
  });

  describe("periods", () => {
    for (const [text, seconds] of [
      ["0 s", 0n],
      ["90 s", 90n],
      ["5 min", 300n],
      ["36 h", 129_600n],
      ["5 d", 432_000n],
      ["5d", 432_000n],
      ["1 d 12 h", 129_600n],
      ["1 d 2 h 3 min 4 s", 93_784n],
    ] as const) {
      it(`read "${text}"`, () => {
        expect(parseDuration(text)).to.equal(seconds);
      });
    }

    for (const text of ["", "5", "d", "5 w", "1.5 d", "-1 d", "5 days", "5 d, 1 h"]) {
      it(`are not read from "${text}"`, () => {
        expect(errorOf(() => parseDuration(text)))
          .to.be.instanceOf(InvalidInputError)
          .and.include({ value: text });
      });
    }

    it("are written in their largest units", () => {
      expect([0n, 59n, 60n, 3_600n, 86_400n, 93_784n].map(formatDuration)).to.deep.equal([
        "0 s",
        "59 s",
        "1 min",
        "1 h",
        "1 d",
        "1 d 2 h 3 min 4 s",
      ]);
    });
  });

  describe("times", () => {
    it("are read with their time zone", () => {
      expect(parseTime("1970-01-01T00:00:00Z")).to.equal(0n);
      expect(parseTime("2026-05-01T00:00:00Z")).to.equal(1_777_593_600n);
      expect(parseTime("2026-05-01T08:00+08:00")).to.equal(1_777_593_600n);
      expect(parseTime("2106-02-07T06:28:15Z")).to.equal(2n ** 32n - 1n);
    });

    for (const text of [
      "",
      "2026-05-01",
      "2026-05-01T00:00:00",
      "2026-13-01T00:00:00Z",
      "1969-12-31T23:59:59Z",
      "2106-02-07T06:28:16Z",
      "tomorrow",
    ]) {
      it(`are not read from "${text}"`, () => {
        expect(errorOf(() => parseTime(text)))
          .to.be.instanceOf(InvalidInputError)
          .and.include({ value: text });
      });
    }

    it("are written in UTC, and as a number where the calendar ends", () => {
      expect(formatTime(1_777_593_600n)).to.equal("2026-05-01 00:00:00 UTC");
      expect(formatTime(2n ** 32n - 1n)).to.equal("2106-02-07 06:28:15 UTC");
      expect(formatTime(2n ** 32n)).to.equal("4294967296");
    });
  });
});

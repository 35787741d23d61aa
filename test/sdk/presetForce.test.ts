import { expect } from "chai";

import {
  calendarDay,
  explainForce,
  findPreset,
  forceOfPreset,
  presets,
  presetsOutOfForce,
} from "../../src/presets/index.js";
import type { PresetForce } from "../../src/presets/index.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { errorOf } from "../helpers/errors.js";

/** The presets that are not in force on a day, as a person reads it. */
const outOn = (name: string, day: string): readonly string[] =>
  presetsOutOfForce([findPreset(name)], day).map((each) => `${each.preset.name} ${explainForce(each)}`);

describe("The force of a preset", () => {
  const whole = { kind: "sector", validFrom: "2025-03-01", validUntil: "2026-12-31" } as const;
  const { validFrom, validUntil } = whole;
  for (const [dates, day, force] of [
    [whole, "2025-02-28", "NotYet"],
    [whole, "2025-03-01", "InForce"],
    [whole, "2025-03-02", "InForce"],
    [whole, "2026-12-30", "InForce"],
    [whole, "2026-12-31", "InForce"],
    [whole, "2027-01-01", "NoLonger"],
    [{ kind: "base", validFrom }, "2025-02-28", "NotYet"],
    [{ kind: "base", validFrom }, "9999-12-31", "InForce"],
    [{ kind: "base", validUntil }, "2027-01-01", "NoLonger"],
    [{ kind: "base", validUntil }, "0001-01-01", "InForce"],
    [{ kind: "base" }, "2026-01-01", "InForce"],
    [{ kind: "draft", validFrom: "2020-01-01" }, "2026-01-01", "Draft"],
  ] as const) {
    it(`on ${day} of ${JSON.stringify(dates)} is ${force satisfies PresetForce}`, () => {
      expect(forceOfPreset(dates, day)).to.equal(force);
    });
  }

  it("is known of all together by their names, each once", () => {
    expect(outOn("CN-SH-GYM-2025", "2026-12-31")).to.deep.equal([]);
    expect(outOn("CN-SH-GYM-2025", "2027-01-01")).to.deep.equal(["CN-SH-GYM-2025 ended on 2026-12-31"]);
    expect(outOn("CN-WEIHAI-2021 + CN-SH-GYM-2025 + CN-SPC-2025", "2025-02-28")).to.deep.equal([
      "CN-SH-GYM-2025 begins on 2025-03-01",
      "CN-SPC-2025 begins on 2025-05-01",
    ]);
    const twice = [findPreset("CN-SZ-2026-draft"), findPreset("CN-BJ-2022 + CN-SZ-2026-draft")];
    expect(presetsOutOfForce(twice, "2026-06-01").map(explainForce)).to.deep.equal(["is a draft"]);
  });

  it("ends for some presets of the package, and begins for others", () => {
    const out = (day: string): readonly string[] =>
      presetsOutOfForce(presets.values(), day).map(({ preset, force }) => `${preset.name} ${force}`);
    const always = ["CN-SZ-2026-draft Draft", "HK-proposal Draft"];
    expect(out("2026-12-31")).to.have.members([...always, "CN-SH-2019 NoLonger"]);
    expect(out("2027-01-01")).to.have.members([...always, "CN-SH-2019 NoLonger", "CN-SH-GYM-2025 NoLonger"]);
    expect(out("2025-12-31")).to.include.members(["UK-SAVINGS-2026 NotYet", "UK-CASS15-2026 NotYet"]);
    expect(out("2026-01-01")).to.include("UK-CASS15-2026 NotYet").and.not.include("UK-SAVINGS-2026 NotYet");
  });

  it("has sane dates in every preset", () => {
    const dated = [...presets.values()].flatMap(({ name, validFrom, validUntil }) =>
      [validFrom, validUntil].filter((day) => day !== undefined).map((day) => ({ name, day })),
    );
    expect(dated).to.have.length.of.at.least(19);
    for (const { name, day } of dated) {
      expect(calendarDay(day), name).to.equal(day);
      // No law of the file is older than 2003, and nobody knows one of the far future.
      expect(day >= "2003-07-01" && day < "2036-01-01", `${name} ${day}`).to.be.true;
      // A year in the name is the year in which the law was made, or begins.
      const year = /\d{4}(?!.*\d{4})/.exec(name)?.[0];
      if (year !== undefined) expect(day.slice(0, 4) >= year, `${name} ${day}`).to.be.true;
    }
    for (const { name, validFrom = "", validUntil } of presets.values()) {
      if (validUntil !== undefined) expect(validFrom < validUntil, name).to.be.true;
    }
  });

  it("takes a moment by its date in UTC", () => {
    expect(calendarDay(new Date("2026-12-31T23:59:59Z"))).to.equal("2026-12-31");
    expect(calendarDay(new Date("2027-01-01T00:30:00+02:00"))).to.equal("2026-12-31");
    expect(calendarDay("2024-02-29")).to.equal("2024-02-29");
  });

  for (const day of [
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-1-1",
    "31.12.2026",
    "tomorrow",
    "",
    "2026-12-31T00:00:00Z",
  ]) {
    it(`is not asked for "${day}"`, () => {
      const preset = findPreset("CN-SH-GYM-2025");
      for (const failure of [
        errorOf(() => forceOfPreset(preset, day)),
        errorOf(() => presetsOutOfForce([preset], day)),
      ]) {
        expect(failure).to.be.instanceOf(InvalidInputError).and.include({ field: "date", value: day });
      }
    });
  }
});

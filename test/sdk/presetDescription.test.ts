import { expect } from "chai";

import { describePreset, summarizePreset } from "../../src/presets/presetDescription.js";
import type { DescribedField, PresetDescription } from "../../src/presets/presetDescription.js";
import { findPreset, presets } from "../../src/presets/presets.js";
import type { Preset, PresetDepositRule, PresetPolicy } from "../../src/presets/presets.js";

function fieldsOf({ rights, limits, supervision }: PresetDescription): readonly DescribedField[] {
  return [...rights, ...limits, ...supervision];
}

function fieldOf(preset: Preset, field: keyof PresetPolicy): DescribedField {
  return fieldsOf(describePreset(preset)).find((each) => each.field === field)!;
}

/** A preset in yuan with some fields of its own. */
function withPolicy(policy: Partial<PresetPolicy>): Preset {
  const preset = findPreset("CN-WEIHAI-2021");
  return { ...preset, policy: { ...preset.policy, ...policy } };
}

function depositWords(name: string, rule: PresetDepositRule): string {
  const register = { basis: "balance", rules: { GENERAL: rule } };
  return describePreset({ ...findPreset(name), register }).deposit!.rules[0]!.words;
}

describe("A preset in words", () => {
  it("has every field of its policy once, with its value", () => {
    for (const preset of presets.values()) {
      const fields = fieldsOf(describePreset(preset));
      expect(fields).to.have.length(Object.keys(preset.policy).length);
      expect(Object.fromEntries(fields.map(({ field, value }) => [field, value]))).to.deep.equal(preset.policy);
    }
  });

  it("says which values are its own and which are defaults", () => {
    for (const preset of presets.values()) {
      const own = fieldsOf(describePreset(preset)).filter(({ decidedBy }) => decidedBy !== null);
      expect(own.map(({ field }) => field)).to.have.members([...preset.stated]);
      for (const { decidedBy } of own) expect(decidedBy).to.equal(preset.name);
    }
  });

  for (const [policy, field, words] of [
    [{ coolingOffDays: 0 }, "coolingOffDays", "none"],
    [{ coolingOffDays: 1 }, "coolingOffDays", "1 day from each payment"],
    [{ coolingOffDays: 7 }, "coolingOffDays", "7 days from each payment"],
    [{ coolingOffDays: 0, coolingOffRequiresUnused: true }, "coolingOffRequiresUnused", "none"],
    [{ coolingOffDays: 7, coolingOffRequiresUnused: false }, "coolingOffRequiresUnused", "the same"],
    [
      { coolingOffDays: 7, coolingOffRequiresUnused: true },
      "coolingOffRequiresUnused",
      "none: it ends with the first use",
    ],
    [{ coolingOffTermBps: 0 }, "coolingOffTermBps", "the same as of other cards"],
    [{ coolingOffTermBps: 1_000 }, "coolingOffTermBps", "at least 10 % of its term, up to 60 days"],
    [{ coolingOffInFull: true }, "coolingOffInFull", "are not counted"],
    [{ coolingOffInFull: false }, "coolingOffInFull", "are counted"],
    [{ coolingOffFeeBps: 0 }, "coolingOffFeeBps", "none"],
    [{ coolingOffFeeBps: 250 }, "coolingOffFeeBps", "2.5 % of the price"],
    [{ feeFlat: 0 }, "feeFlat", "as for a used one"],
    [{ feeFlat: 200_000 }, "feeFlat", "2,000.00 CNY, except of a pass"],
    [{ feePriceBps: 0 }, "feePriceBps", "none"],
    [{ feePriceBps: 1_000 }, "feePriceBps", "10 % of the price"],
    [{ feeRestBps: 0 }, "feeRestBps", "none"],
    [{ feeRestBps: 2_000 }, "feeRestBps", "20 % of what remains at the price without discount"],
    [{ feeMax: 0 }, "feeMax", "half the price, the contracts' own limit"],
    [{ feeMax: 600_000 }, "feeMax", "6,000.00 CNY, or half the price"],
    [{ unilateralExit: true }, "unilateralExit", "at any time, and the merchant cannot contest it"],
    [{ unilateralExit: false }, "unilateralExit", "at any time; the merchant may contest it before the association"],
    [{ exitDelayDays: 5 }, "exitDelayDays", "due after 5 days"],
    [{ runOffNoticeDays: 30 }, "runOffNoticeDays", "30 days, then everyone is refunded"],
    [{ finalSettlementDays: 7 }, "finalSettlementDays", "7 days to settle signed visits, then everyone is refunded"],
    [{ maxNamed: 0 }, "maxNamed", "no limit"],
    [{ maxNamed: 123_456_789 }, "maxNamed", "at most 1,234,567.89 CNY"],
    [{ maxBearer: 100_000 }, "maxBearer", "at most 1,000.00 CNY"],
    [{ rejectOverLimit: true }, "rejectOverLimit", "is refused"],
    [{ rejectOverLimit: false }, "rejectOverLimit", "is sold with a warning"],
    [{ maxHolderExposure: 0 }, "maxHolderExposure", "no limit"],
    [{ maxHolderExposure: 2_000_000 }, "maxHolderExposure", "a warning above 20,000.00 CNY"],
    [{ maxPassTermDays: 0 }, "maxPassTermDays", "3,650 days, the contracts' own limit"],
    [{ maxPassTermDays: 1_095 }, "maxPassTermDays", "1,095 days"],
    [{ maxCount: 0 }, "maxCount", "no limit"],
    [{ maxCount: 60 }, "maxCount", "60"],
    [{ maxAdvanceDays: 0 }, "maxAdvanceDays", "on the day it is paid only"],
    [{ maxAdvanceDays: 31 }, "maxAdvanceDays", "up to 31 days after it is paid"],
    [{ maxListBps: 10_000 }, "maxListBps", "the price: no discount, no bonus"],
    [{ maxListBps: 12_550 }, "maxListBps", "at most 125.5 % of the price"],
    [{ rejectOverCap: true }, "rejectOverCap", "is refused"],
    [{ rejectOverCap: false }, "rejectOverCap", "is made with a warning"],
    [{ accrualDelayDays: 0 }, "accrualDelayDays", "as its time passes"],
    [{ accrualDelayDays: 7 }, "accrualDelayDays", "7 days behind its time"],
    [{ rulingTimeoutDays: 30 }, "rulingTimeoutDays", "within 30 days, or the holder's claim goes ahead"],
    [{ complaintCount: 3 }, "complaintCount", "3 open at a time"],
    [{ complaintBps: 1_000 }, "complaintBps", "10 % of the outstanding value"],
  ] as const) {
    it(`says ${JSON.stringify(policy)} as "${words}"`, () => {
      expect(fieldOf(withPolicy(policy), field).words).to.equal(words);
    });
  }

  it("writes money with the decimals of its currency", () => {
    const yen = findPreset("JP-PSA");
    const changed = { ...yen, policy: { ...yen.policy, maxNamed: 1_234_567 } };
    expect(fieldOf(changed, "maxNamed").words).to.equal("at most 1,234,567 JPY");
  });

  describe("says a deposit rule", () => {
    for (const [rule, words] of [
      [{ bps0: 0 }, "nothing"],
      [{ bps0: 10_000 }, "100 % of the whole balance"],
      [
        { bps0: 2_000, threshold1: 100_000_000, bps1: 4_000 },
        "up to 1,000,000.00 CNY: 20 % of the whole balance; above: 40 % of the whole balance",
      ],
      [
        { bps0: 0, threshold1: 20_000_000, bps1: 4_000, threshold2: 5_000_000_000, bps2: 10_000 },
        "up to 200,000.00 CNY: nothing; up to 50,000,000.00 CNY: 40 % of the whole balance; " +
          "above: 100 % of the whole balance",
      ],
    ] as const) {
      it(`with tiers as "${words}"`, () => {
        expect(depositWords("CN-WEIHAI-2021", rule)).to.equal(words);
      });
    }

    it("with its date of report", () => {
      const rules = describePreset(findPreset("CN-MOFCOM-2012")).deposit!.rules;
      expect(rules.map(({ name, report }) => [name, report])).to.deep.equal([
        ["OTHER", "no date named"],
        ["SCALE", "no date named"],
        ["GROUP", "within 120 days"],
        ["BRAND", "within 120 days"],
      ]);
    });

    it("with what else is to be known of it", () => {
      const { rules, ...rest } = describePreset(findPreset("CN-SH-2019")).deposit!;
      expect(rules.map(({ rule }) => rule)).to.deep.equal(Object.values(findPreset("CN-SH-2019").register!.rules));
      expect(rest).to.deep.equal({
        decidedBy: "CN-SH-2019",
        basis: "outstanding balance",
        guaranteeOffset: true,
        reporting: "Due on the 25th of the first month of each quarter.",
        remarks: findPreset("CN-SH-2019").register!.remarks,
      });
      expect(describePreset(findPreset("CN-WEIHAI-2021")).deposit).to.include({
        guaranteeOffset: false,
        reporting: null,
      });
    });

    it("only where there is one", () => {
      expect(describePreset(findPreset("CN-SPC-2025")).deposit).to.equal(null);
    });
  });

  for (const [status, checked] of [
    ["P", "the primary text was read"],
    ["V", "read in an excerpt of a published page"],
    ["M", "from memory"],
    ["V (draft)", "read in an excerpt of a published page (draft)"],
    ["V/P; lapsed", "read in an excerpt of a published page; in part the primary text was read; lapsed"],
  ] as const) {
    it(`says how it was checked: ${status}`, () => {
      const [part] = describePreset({ ...findPreset("JP-PSA"), status }).parts;
      expect(part).to.deep.include({ name: "JP-PSA", source: findPreset("JP-PSA").source, checked });
    });
  }

  for (const [dates, words] of [
    [{}, null],
    [{ validFrom: "2025-05-01" }, "from 2025-05-01"],
    [{ validUntil: "2024-04-30" }, "until 2024-04-30"],
    [{ validFrom: "2025-03-01", validUntil: "2026-12-31" }, "2025-03-01 to 2026-12-31"],
  ] as const) {
    it(`says when its law is in force: ${words ?? "nothing"}`, () => {
      const dated = { ...findPreset("JP-PSA"), ...dates };
      expect(describePreset(dated).parts[0]).to.include({ inForce: words });
      expect(summarizePreset(dated).inForce).to.equal(words ?? "–");
    });
  }

  it("put together from several, says which of them decides what", () => {
    const both = findPreset("CN-MOFCOM-2012 + CN-SPC-2025 + CN-BJ-COMMERCE-2023");
    const description = describePreset(both);
    expect(description.parts.map(({ name, kind }) => [name, kind])).to.deep.equal([
      ["CN-MOFCOM-2012", "base"],
      ["CN-SPC-2025", "overlay"],
      ["CN-BJ-COMMERCE-2023", "sector"],
    ]);
    const deciders = Object.fromEntries(
      fieldsOf(description).flatMap(({ field, decidedBy }) => (decidedBy === null ? [] : [[field, decidedBy]])),
    );
    expect(deciders).to.deep.equal({
      maxNamed: "CN-MOFCOM-2012",
      maxBearer: "CN-MOFCOM-2012",
      rejectOverLimit: "CN-MOFCOM-2012",
      coolingOffDays: "CN-SPC-2025",
      coolingOffRequiresUnused: "CN-SPC-2025",
      coolingOffInFull: "CN-SPC-2025",
      runOffNoticeDays: "CN-BJ-COMMERCE-2023",
    });
    expect(description.deposit!.decidedBy).to.equal("CN-BJ-COMMERCE-2023");
    for (const kind of ["everyCard", "notExpressed"] as const) {
      const expected = both.parts.flatMap((part) => part[kind].map((text) => ({ from: part.name, text })));
      expect(description[kind]).to.deep.equal(expected);
      expect(expected).to.not.be.empty;
    }
  });

  it("names the others of its currency, with which it can be put together", () => {
    expect(describePreset(findPreset("KR-2024")).combinesWith).to.deep.equal([
      "KR-KFTC-VOUCHER-2025",
      "KR-CRITERIA",
      "KR-GYM-2025",
    ]);
    expect(describePreset(findPreset("SG-CASETRUST")).combinesWith).to.be.empty;
    for (const preset of presets.values()) {
      for (const name of describePreset(preset).combinesWith) {
        expect(findPreset(`${preset.name} + ${name}`).currency).to.equal(preset.currency);
      }
    }
    const both = describePreset(findPreset("UK-CASS15-2026 + UK-SAVINGS-2026"));
    expect(both.combinesWith).to.be.empty;
  });

  it("is the same after it was written as JSON", () => {
    for (const preset of presets.values()) {
      const description = describePreset(preset);
      expect(JSON.parse(JSON.stringify(description))).to.deep.equal(description);
    }
  });

  describe("in one line", () => {
    for (const [name, expected] of [
      ["CN-SPC-2025", { kind: "overlay", cardLimits: "–", coolingOff: "7 days", depositShare: "–" }],
      [
        "CN-MOFCOM-2012",
        { cardLimits: "5,000.00 CNY, bearer 1,000.00 CNY", coolingOff: "–", depositShare: "up to 40 %" },
      ],
      ["CN-SH-2019", { depositShare: "up to 100 %" }],
      ["CN-SH-GYM-2025", { cardLimits: "5,000.00 CNY", coolingOff: "7 days", depositShare: "–" }],
      ["CN-BJ-2022", { coolingOff: "7 days, if unused" }],
      ["JP-PSA", { currency: "JPY", depositShare: "up to 50 %" }],
      [
        "TW-GYM-2022",
        {
          inForce: "from 2022-01-01",
          coolingOff: "7 days, if unused",
          fee: "20 % of what remains, at most 6,000.00 TWD",
          depositShare: "50 %",
        },
      ],
      ["CN-SH-GYM-2025", { inForce: "2025-03-01 to 2026-12-31", fee: "–" }],
      ["JP-ASCT-BEAUTY", { fee: "20,000 JPY unused; 10 % of what remains, at most 20,000 JPY" }],
      ["KR-CRITERIA", { coolingOff: "–", fee: "10 % of the price" }],
      ["CA-QC-GYM", { coolingOff: "10 % of term", fee: "in cooling-off 10 % of the price" }],
      [
        "AU-QLD-GYM",
        {
          coolingOff: "2 days",
          fee: "10 % of the price, at most 75.00 AUD; in cooling-off 10 % of the price, at most 75.00 AUD",
        },
      ],
    ] as const) {
      it(`says the figures of ${name}`, () => {
        const preset = findPreset(name);
        expect(summarizePreset(preset)).to.include({ name, title: preset.title, ...expected });
      });
    }

    it("says all fees and periods that there are", () => {
      const all = { feePriceBps: 1_000, feeRestBps: 500, coolingOffDays: 7, coolingOffTermBps: 250 };
      expect(summarizePreset(withPolicy(all))).to.include({
        fee: "10 % of the price and 5 % of what remains",
        coolingOff: "7 days, or 2.5 % of term",
      });
    });

    it("says a limit that only one kind of card has", () => {
      const summary = (policy: Partial<PresetPolicy>) => summarizePreset(withPolicy(policy)).cardLimits;
      expect(summary({ maxNamed: 0, maxBearer: 50_000 })).to.equal("no limit, bearer 500.00 CNY");
      expect(summary({ maxNamed: 50_000, maxBearer: 0 })).to.equal("500.00 CNY, bearer no limit");
    });
  });
});

import { expect } from "chai";

import { NO_THRESHOLD, checkDepositRule, requiredDeposit } from "../../src/contracts/depositRule.js";
import type { DepositRule } from "../../src/contracts/depositRule.js";
import {
  PresetAmountError,
  PresetFieldError,
  PresetRuleUnknownError,
  depositRuleFromPreset,
  findPreset,
  presets,
} from "../../src/presets/index.js";
import type { Preset, PresetDepositRule } from "../../src/presets/index.js";
import { errorOf } from "../helpers/errors.js";
import { read } from "../helpers/markdown.js";

const MILLION = 1_000_000n;

/** A preset in yuan whose register has one rule. */
function withRule(rule: PresetDepositRule): Preset {
  const preset = findPreset("CN-WEIHAI-2021");
  return { ...preset, register: { basis: "outstanding balance", rules: { GENERAL: rule } } };
}

describe("Deposit rules of presets", () => {
  it("become what the register takes, tier by tier", () => {
    expect(depositRuleFromPreset(findPreset("CN-SH-2019"), "GENERAL", 6)).to.deep.equal({
      bps0: 0n,
      threshold1: 200_000n * MILLION,
      bps1: 4_000n,
      threshold2: 50n * MILLION * MILLION,
      bps2: 10_000n,
      reportDays: 117n,
    });
  });

  it("have no threshold and the share before it where there is no tier", () => {
    const none = { threshold2: NO_THRESHOLD, reportDays: 0n };
    expect(depositRuleFromPreset(findPreset("CN-MOFCOM-2012"), "SCALE", 6)).to.deep.equal({
      ...none,
      bps0: 2_000n,
      threshold1: NO_THRESHOLD,
      bps1: 2_000n,
      bps2: 2_000n,
    });
    expect(depositRuleFromPreset(findPreset("KR-2024"), "GENERAL", 18)).to.deep.equal({
      ...none,
      bps0: 0n,
      threshold1: 3_000_000_000n * 10n ** 18n,
      bps1: 10_000n,
      bps2: 10_000n,
    });
  });

  it("are all taken by the register, for tokens of 2, 6 and 18 decimals", () => {
    let rules = 0;
    for (const preset of presets.values()) {
      for (const name of Object.keys(preset.register?.rules ?? {})) {
        for (const decimals of [2, 6, 18]) {
          expect(checkDepositRule(depositRuleFromPreset(preset, name, decimals))).to.deep.equal([]);
        }
        rules += 1;
      }
    }
    expect(rules).to.equal(17);
  });

  it("are those of the preset that decides, where several apply", () => {
    const both = findPreset("CN-MOFCOM-2012 + CN-BJ-COMMERCE-2023");
    expect(depositRuleFromPreset(both, "GENERAL", 6)).to.include({ bps0: 4_000n, bps2: 4_000n });
    expect(errorOf(() => depositRuleFromPreset(both, "SCALE", 6))).to.be.instanceOf(PresetRuleUnknownError);
  });

  describe("ask what published examples ask", () => {
    interface Case {
      readonly id: string;
      readonly desc: string;
      readonly input: {
        readonly balance: number;
        readonly revenue?: number;
        readonly young?: boolean;
        readonly cls?: string;
      };
      readonly expect: { readonly required: number };
    }
    const { cases } = JSON.parse(read("test/data/acceptance.json")) as { readonly cases: readonly Case[] };
    const ratios = cases.filter(({ expect: { required } }) => (required as number | undefined) !== undefined);

    function ruleOf({ id, input }: Case): DepositRule {
      if (id.startsWith("JP")) return depositRuleFromPreset(findPreset("JP-PSA"), "GENERAL", 0);
      if (id.startsWith("MO")) return depositRuleFromPreset(findPreset("CN-MOFCOM-2012"), input.cls!, 2);
      const rule = depositRuleFromPreset(findPreset("CN-SH-2019"), input.young === true ? "YOUNG" : "GENERAL", 2);
      const fifth = BigInt(input.revenue!) / 5n;
      return input.young !== true && fifth < rule.threshold2 ? { ...rule, threshold2: fifth } : rule;
    }

    it("of Shanghai, Japan and the Ministry of Commerce", () => {
      expect(ratios.map(({ id }) => id.slice(0, 2))).to.include.members(["SH", "JP", "MO"]);
    });

    for (const example of ratios) {
      it(`${example.id}: ${example.desc}`, () => {
        expect(requiredDeposit(ruleOf(example), BigInt(example.input.balance))).to.equal(
          BigInt(example.expect.required),
        );
      });
    }
  });

  for (const [balance, required] of [
    [0n, 0n],
    [999n, 100n],
    [1_000n, 100n],
    [1_001n, 201n],
    [1_999n, 400n],
    [2_000n, 400n],
    [2_001n, 601n],
  ] as const) {
    it(`ask ${required} for ${balance}, under 10 %, above 1 000 20 % and above 2 000 30 % of all of it`, () => {
      const rule = {
        bps0: 1_000n,
        threshold1: 1_000n,
        bps1: 2_000n,
        threshold2: 2_000n,
        bps2: 3_000n,
        reportDays: 0n,
      };
      expect(requiredDeposit(rule, balance)).to.equal(required);
    });
  }

  describe("are refused", () => {
    it("by a name the preset does not have", () => {
      const preset = findPreset("CN-SH-2019");
      expect(errorOf(() => depositRuleFromPreset(preset, "SCALE", 6)))
        .to.be.instanceOf(PresetRuleUnknownError)
        .and.deep.include({ preset: "CN-SH-2019", rule: "SCALE", known: ["GENERAL", "YOUNG"] });
      expect(errorOf(() => depositRuleFromPreset(preset, "toString", 6))).to.be.instanceOf(PresetRuleUnknownError);
    });

    it("where the preset asks for no deposit", () => {
      expect(errorOf(() => depositRuleFromPreset(findPreset("CN-SPC-2025"), "GENERAL", 6)))
        .to.be.instanceOf(PresetRuleUnknownError)
        .and.deep.include({ preset: "CN-SPC-2025", rule: "GENERAL", known: [] });
    });

    for (const field of ["threshold1", "threshold2"] as const) {
      it(`with a ${field} the token cannot carry`, () => {
        const rule = { bps0: 0, threshold1: 10_000, bps1: 1, threshold2: 20_000, bps2: 2 };
        expect(depositRuleFromPreset(withRule(rule), "GENERAL", 0)).to.include({ threshold1: 100n, threshold2: 200n });
        const changed = { ...rule, [field]: rule[field] + 50 };
        expect(errorOf(() => depositRuleFromPreset(withRule(changed), "GENERAL", 0)))
          .to.be.instanceOf(PresetAmountError)
          .and.deep.include({ field: `GENERAL.${field}`, value: BigInt(rule[field] + 50), tokenDecimals: 0 });
      });
    }

    it("with a threshold that would be none", () => {
      const yen = (threshold1: number): Preset => {
        const register = { basis: "balance", rules: { GENERAL: { bps0: 0, threshold1, bps1: 1 } } };
        return { ...findPreset("JP-PSA"), register };
      };
      const most = NO_THRESHOLD / 10n ** 18n;
      expect(depositRuleFromPreset(yen(Number(most)), "GENERAL", 18).threshold1).to.equal(most * 10n ** 18n);
      expect(errorOf(() => depositRuleFromPreset(yen(Number(most) + 1), "GENERAL", 18)))
        .to.be.instanceOf(PresetFieldError)
        .and.deep.include({ field: "GENERAL.threshold1", value: most + 1n, max: most, unit: "minor units" });
    });

    for (const [rule, field, value, min, max, unit] of [
      [{ bps0: 20_001 }, "bps0", 20_001n, 0n, 20_000n, "basis points"],
      [{ bps0: 2, threshold1: 5, bps1: 1 }, "bps1", 1n, 2n, 20_000n, "basis points"],
      [{ bps0: 0, threshold1: 5, bps1: 3, threshold2: 6, bps2: 2 }, "bps2", 2n, 3n, 20_000n, "basis points"],
      [
        { bps0: 0, threshold1: 6, bps1: 1, threshold2: 5, bps2: 2 },
        "threshold2",
        5n,
        6n,
        (2n ** 96n - 1n) / 10_000n,
        "minor units",
      ],
      [{ bps0: 0, reportDays: 65_536 }, "reportDays", 65_536n, 0n, 65_535n, "days"],
    ] as const) {
      it(`with ${field} ${value}, in the units of the file`, () => {
        expect(errorOf(() => depositRuleFromPreset(withRule(rule), "GENERAL", 6)))
          .to.be.instanceOf(PresetFieldError)
          .and.deep.include({ preset: "CN-WEIHAI-2021", field: `GENERAL.${field}`, value, min, max, unit });
      });
    }
  });
});

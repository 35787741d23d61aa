import { readFileSync } from "node:fs";

import { expect } from "chai";

import { findPreset } from "../../../src/presets/presets.js";
import { networkHelpers } from "../../helpers/chain.js";
import { deployRegister, pay, report, setRule, standing } from "../../helpers/register.js";
import type { Tiers } from "../../helpers/register.js";

/**
 * Published deposit rules, run through the register: a balance is reported, and what is required must be the integer of the
 * source. One minor unit of the currency is one base unit of the token.
 */
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
  readonly basis: string;
}
const data = new URL("../../data/acceptance.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(data, "utf8")) as { readonly cases: readonly Case[] };
const ratios = cases.filter(({ id }) => /^(SH|JP|MO)/.test(id));

/** The rule of a case: a preset's, with the threshold that depends on the issuer's revenue put in. */
function tiersOf({ id, input }: Case): Tiers {
  if (id.startsWith("JP")) return presetRule("JP-PSA", "GENERAL");
  if (id.startsWith("MO")) return presetRule("CN-MOFCOM-2012", input.cls!);
  if (input.young === true) return presetRule("CN-SH-2019", "YOUNG");
  const general = presetRule("CN-SH-2019", "GENERAL");
  const fifth = BigInt(input.revenue!) / 5n;
  const threshold2 = fifth < general.threshold2! ? fifth : general.threshold2!;
  return { ...general, threshold2 };
}

function presetRule(preset: string, name: string): Tiers {
  const rule = findPreset(preset).register!.rules[name]!;
  const { bps0, ...rest } = rule;
  const tiers = Object.entries(rest).map(([field, value]) => [field, BigInt(value ?? 0)] as const);
  return { bps0: BigInt(bps0), ...Object.fromEntries(tiers) };
}

describe("DepositRegister: published deposit rules", () => {
  it("has a case of each", () => {
    expect(ratios.map(({ id }) => id.slice(0, 2))).to.include.members(["SH", "JP", "MO"]);
    expect(ratios).to.have.length(8);
  });

  for (const example of ratios) {
    const required = BigInt(example.expect.required);
    it(`${example.id}: ${example.desc} requires ${required} (${example.basis})`, async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      await setRule(shop, tiersOf(example));
      await report(shop, shop.owner, BigInt(example.input.balance));
      expect(await shop.register.required(shop.merchantId)).to.equal(required);
      expect(await standing(shop)).to.deep.equal(required === 0n ? [] : ["DepositShort"]);
      if (required === 0n) return;
      await pay(shop, required - 1n);
      expect(await standing(shop)).to.deep.equal(["DepositShort"]);
      await pay(shop, 1n);
      expect(await standing(shop)).to.deep.equal([]);
    });
  }

  for (const [balance, required] of [
    [10_000_001n, 5_000_001n],
    [10_000_002n, 5_000_001n],
  ] as const) {
    it(`JPY ${balance} requires ${required}: half of the whole balance, rounded up`, async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      await setRule(shop, presetRule("JP-PSA", "GENERAL"));
      await report(shop, shop.owner, balance);
      expect(await shop.register.required(shop.merchantId)).to.equal(required);
    });
  }

  for (const [balance, required] of [
    [20_000_000n, 0n],
    [20_000_001n, 8_000_001n],
    [40_000_000n, 16_000_000n],
    [40_000_001n, 40_000_001n],
  ] as const) {
    it(`Shanghai: ${balance} fen with a revenue of 200 000 000 requires ${required}`, async () => {
      const shop = await networkHelpers.loadFixture(deployRegister);
      await setRule(shop, { ...presetRule("CN-SH-2019", "GENERAL"), threshold2: 40_000_000n });
      await report(shop, shop.owner, balance);
      expect(await shop.register.required(shop.merchantId)).to.equal(required);
    });
  }
});

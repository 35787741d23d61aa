import { expect } from "chai";

import { coolingOffOf } from "../../src/contracts/policy.js";
import type { Policy } from "../../src/contracts/policy.js";
import { presets, policyFromPreset } from "../../src/presets/index.js";
import { ProgramKind } from "../../src/contracts/enums.js";
import { DAY } from "../helpers/fixture.js";
import { refundCases, soldIn } from "../helpers/refundCases.js";
import type { RefundCase } from "../helpers/refundCases.js";
import { closingOf } from "../model/refund.js";

/*
 * A preset has the fees and rights that the cases of its law were reckoned with. So each case is reckoned again under the preset, by the
 * model of the contracts, and must come out as it was awarded. Where it does not, the reason is here.
 */

interface Pairing {
  readonly preset: string;
  /** The case was reckoned before any fee, so the preset's fees are left out. */
  readonly beforeFees?: true;
  /** Why the preset pays the holder more than the case. */
  readonly paysMore?: string;
}

const pairings: Readonly<Record<string, Pairing>> = {
  CN01: { preset: "CN-JS-2021" },
  CN02: { preset: "CN-SPC-2025" },
  CN04: { preset: "CN-SPC-2025" },
  CN10: { preset: "CN-SPC-2025" },
  CN11: { preset: "CN-SPC-2025" },
  CN20: { preset: "CN-SPC-2025" },
  CN25: { preset: "CN-BJ-2022" },
  TW02: { preset: "TW-GYM-2022" },
  TW05: { preset: "TW-VOUCHER" },
  JA01: { preset: "JP-ASCT-BEAUTY" },
  JA03: { preset: "JP-ASCT-MEDICAL" },
  JA04: { preset: "JP-ASCT-LANGUAGE", beforeFees: true },
  JA05: { preset: "JP-ASCT-LANGUAGE", beforeFees: true },
  KO01: { preset: "KR-CRITERIA" },
  KO03: { preset: "KR-GYM-2025" },
  KO04: { preset: "KR-CRITERIA" },
  KO06: { preset: "KR-GYM-2025" },
  KO07: { preset: "KR-GYM-2025" },
  KO10: { preset: "KR-KFTC-VOUCHER-2025", paysMore: "a fee would be taken of the rest of a used voucher too" },
  KO11: { preset: "KR-CRITERIA" },
  KO12: { preset: "KR-CRITERIA" },
  CA02: { preset: "CA-QC-GYM" },
  CA04: { preset: "CA-QC-GYM" },
  CA05: { preset: "CA-BC-GYM" },
  US01: { preset: "US-FL-GYM" },
  US02: { preset: "US-FL-GYM" },
  US05: { preset: "US-CA-GYM" },
  BR01: { preset: "BR-CDC" },
  BR03: { preset: "BR-CDC" },
  AU01: { preset: "AU-QLD-GYM" },
  SG01: { preset: "SG-CASETRUST" },
};

/** The cases that run and whose law has no preset, with the reason. */
const without: Readonly<Record<string, string>> = {
  CN05: "a price in the contract of a single shop",
  CN06: "a course of 2021, before the rules for tutoring",
  CN08: "the balance of a dissolved company",
  CN15: "a fee that a court found fair; Shanghai's rules name none",
  CN18: "a ruling within the court's discretion",
  CN21: "a claim of 2015, before the rules",
  CN23: "a list price in the contract of a single shop",
  US06: "an offer of a single club",
  IN01: "no rules for prepaid cards were read in India",
  IN03: "no rules for prepaid cards were read in India",
  IN04: "no rules for prepaid cards were read in India",
  IN05: "no rules for prepaid cards were read in India",
  NL01: "no rules for prepaid cards were read in the Netherlands",
  ES01: "no rules for prepaid cards were read in Spain",
  HK02: "a fee that a shop names by itself; the proposal has none",
};

const runs = refundCases.filter((one) => one.runs);
const caseOf = (id: string): RefundCase => runs.find((one) => one.id === id)!;

/** Whether a preset's field is as strict for the merchant as a case's, or stricter: a smaller fee, ceiling or list price. */
const asStrict = (field: keyof Policy, preset: Policy, inCase: bigint): boolean => {
  const value = preset[field] as bigint;
  const isNoCeiling = field === "feeMax" && value === 0n;
  return !isNoCeiling && value <= inCase;
};

/** The policy of a preset, with one base unit for one minor unit. */
function policyOf(name: string): Policy {
  const preset = presets.get(name)!;
  return policyFromPreset(preset, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", preset.currencyDecimals);
}

/** What the holder of a case is paid under a policy, in minor units, by the model of the contracts. */
function refundUnder(policy: Policy, one: RefundCase, beforeFees: boolean): bigint {
  const { principal, units, listPrice, kind, used } = soldIn(one);
  const { cause } = one.input;
  const isPass = kind === ProgramKind.Pass;
  const coolingOff = coolingOffOf(policy, { kind: isPass ? "Pass" : "Count", units });
  const inCoolingOff = cause === "coolingOff" || cause === "coolingOffUnused";
  const booked = isPass ? 0n : used;
  const unused = booked === 0n;
  const closing = closingOf({
    principal,
    units,
    listPrice,
    isPass,
    booked,
    ran: isPass ? used : 0n,
    // A pass is left at the moment its time was used; another card on its first day.
    regretted: inCoolingOff && (isPass ? used : DAY) < coolingOff && (unused || !policy.coolingOffRequiresUnused),
    coolingOffInFull: policy.coolingOffInFull,
    beforeStart: false,
    fees: beforeFees ? undefined : policy,
  });
  return cause === "merchant" ? closing.full : closing.holder;
}

describe("The presets and the refunds of their laws", () => {
  it("are compared for every case that runs, or it is said why not", () => {
    const compared = [...Object.keys(pairings), ...Object.keys(without)];
    expect(compared).to.have.members(runs.map(({ id }) => id));
  });

  it("are in the same place and the same currency", () => {
    const currencies: Readonly<Record<string, string>> = {
      CN: "CNY",
      TW: "TWD",
      JP: "JPY",
      KR: "KRW",
      CA: "CAD",
      US: "USD",
      BR: "BRL",
      AU: "AUD",
      SG: "SGD",
    };
    for (const [id, { preset }] of Object.entries(pairings)) {
      const { jurisdiction } = caseOf(id);
      expect(preset.slice(0, 2), id).to.equal(jurisdiction);
      expect(presets.get(preset)?.currency, id).to.equal(currencies[jurisdiction]);
    }
  });

  for (const [id, { preset, beforeFees = false, paysMore }] of Object.entries(pairings)) {
    it(`${id} under ${preset} is paid ${paysMore === undefined ? "as awarded" : `more: ${paysMore}`}`, () => {
      const one = caseOf(id);
      const paid = refundUnder(policyOf(preset), one, beforeFees);
      const difference = paid - BigInt(one.expect.refund);
      if (paysMore !== undefined) expect(difference > 0n).to.be.true;
      else expect(Number(difference)).to.be.within(-(one.tolerance ?? 1), one.tolerance ?? 1);
    });

    it(`${id} allows the merchant no less than ${preset} does`, () => {
      const policy = policyOf(preset);
      for (const [field, inCase] of Object.entries(caseOf(id).input.policy ?? {}) as [
        keyof Policy,
        number | boolean,
      ][]) {
        if (typeof inCase === "boolean") expect(policy[field], field).to.equal(inCase);
        else expect(asStrict(field, policy, BigInt(inCase)), `${field} ${String(policy[field])}`).to.be.true;
      }
    });
  }

  it("would differ under another preset: a wrong fee is found", () => {
    const differs = (id: string, preset: string): boolean =>
      refundUnder(policyOf(preset), caseOf(id), false) !== BigInt(caseOf(id).expect.refund);
    expect(differs("TW02", "TW-VOUCHER")).to.be.true;
    expect(differs("JA01", "JP-ASCT-MEDICAL")).to.be.true;
    expect(differs("KO07", "KR-KFTC-VOUCHER-2025")).to.be.true;
    expect(differs("CN25", "CN-SPC-2025")).to.be.true;
    expect(differs("AU01", "SG-CASETRUST")).to.be.true;
  });
});

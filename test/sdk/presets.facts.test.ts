import { expect } from "chai";

import { presets } from "../../src/presets/presets.js";
import type { Preset, PresetDepositRule, PresetPolicy } from "../../src/presets/presets.js";
import { read } from "../helpers/markdown.js";

/** The numbers of each preset, as they were taken from its source: minor units, basis points and days. */
const lawFacts = JSON.parse(read("test/data/presetFacts.json")) as Record<string, Record<string, unknown>>;

type Fact = number | boolean;
type Place = (preset: Preset, value: unknown) => void;

/** The fact is a field of the policy, in the same unit. */
const policy =
  (field: keyof PresetPolicy): Place =>
  (preset, value) => {
    expect(preset.policy[field]).to.equal(value);
    if (value !== 0 && value !== false) expect(preset.stated).to.include(field);
  };

/** It is a field of the policy in another unit or a value rounded to what a policy can hold. */
const policyAs =
  (field: keyof PresetPolicy, expected: Fact, ...given: Fact[]): Place =>
  (preset, value) => {
    expect(given).to.include(value);
    expect(preset.policy[field]).to.equal(expected);
    expect(preset.stated).to.include(field);
  };

/** It is a number of a deposit rule. */
const rule =
  (name: string, field: keyof PresetDepositRule): Place =>
  (preset, value) => {
    expect(preset.register?.rules[name]?.[field]).to.equal(value);
  };

/** It stands in words, beside the preset. */
const said =
  (...words: RegExp[]): Place =>
  (preset) => {
    const { source, everyCard, notExpressed, register } = preset;
    const { basis = "", reporting = "", remarks = [] } = register ?? {};
    const text = [source, basis, reporting, ...everyCard, ...notExpressed, ...remarks].join("\n");
    for (const each of words) expect(text).to.match(each);
  };

const unexpressed =
  (...words: RegExp[]): Place =>
  ({ notExpressed }) => {
    for (const each of words) expect(notExpressed.join("\n")).to.match(each);
  };

const met =
  (...words: RegExp[]): Place =>
  ({ everyCard }) => {
    for (const each of words) expect(everyCard.join("\n")).to.match(each);
  };

const all =
  (...places: Place[]): Place =>
  (preset, value) => {
    for (const place of places) place(preset, value);
  };

/** It is the first or the last day of the law. */
const day =
  (field: "validFrom" | "validUntil"): Place =>
  (preset, value) => {
    expect(preset[field]).to.equal(value);
  };

/** Leaving at any time, for any reason, is a right: the merchant cannot contest it. */
const leavingAtWill: Place = ({ policy: { unilateralExit }, stated }, value) => {
  expect(unilateralExit).to.equal(value);
  expect(stated).to.include("unilateralExit");
};

const offset: Place = ({ register }, value) => {
  expect(register?.guaranteeOffset).to.equal(value);
};

const ofJapan: Record<string, Place> = {
  coolingOffDays: policy("coolingOffDays"),
  coolingOffRefund: unexpressed(/everything is paid back, used or not/),
  leaveAnytime: leavingAtWill,
  maxListBps: all(policy("maxListBps"), met(/no price without discount/)),
  feeUnused: policy("feeFlat"),
  feeRestBps: policy("feeRestBps"),
  feeMax: policy("feeMax"),
  exemptUpTo: unexpressed(/up to 50 000 yen/),
};

const ofKorea: Record<string, Place> = {
  leaveAnytime: leavingAtWill,
  feePriceBps: policy("feePriceBps"),
  maxListBps: policy("maxListBps"),
  merchantAddsBps: unexpressed(/adds 10 % of the price to what remains/),
  doorstepDays: unexpressed(/within 14 days/),
  instalmentDays: unexpressed(/instalments within 7/),
};

/** Where each fact is kept. `kind`, `currency` and `status` are looked at for every preset. */
const places: Record<string, Record<string, Place>> = {
  "CN-SPC-2025": {
    coolingOffDays: policy("coolingOffDays"),
    coolingOffRequiresUnused: policy("coolingOffRequiresUnused"),
    coolingOffExcludesPriorUser: unexpressed(/earlier contract has no seven days/),
    refundMethod: met(
      /discount price/,
      /in the ratio of what was paid/,
      /never below zero/,
      /in proportion to its time/,
    ),
    interestIssuerCause: unexpressed(/one-year loan prime rate at the date of the contract for the issuer's cause/),
    interestHolderCause: unexpressed(/one-year deposit benchmark for the holder's/),
    interestEscrowed: unexpressed(/on money in custody what the account has earned/),
    transferByNotice: unexpressed(/transfer binds once notice of it reaches the merchant/),
    validFrom: day("validFrom"),
  },
  "CN-MOFCOM-2012": {
    maxNamed: policy("maxNamed"),
    maxBearer: policy("maxBearer"),
    bearerMinValidityDays: met(/bearer cards are good for at least 3 years \(1 095 days\)/),
    namedMaxValidityDays: met(/Named cards do not expire/),
    idThresholdBearer: unexpressed(/bearer cards from 10 000 yuan need an identity document/),
    transferOnlyPerson: unexpressed(/payments from 50 000 yuan by a person/),
    transferOnlyEntity: unexpressed(/5 000 yuan by an entity/),
    depositBps: ({ register }, value) => {
      const shares = Object.entries(register!.rules).map(([name, { bps0 }]) => [name, bps0]);
      expect(Object.fromEntries(shares)).to.deep.equal(value);
    },
    depositBase: said(/end of the previous quarter/),
    capBpsOfRevenue: unexpressed(/40 % in retail and catering, 100 % in resident services/),
    capGroupBps: unexpressed(/30 % for a group/),
    capYoungMultipleOfCapitalBps: unexpressed(/twice the capital for a young issuer/),
    cashRefundMax: unexpressed(/at most 100 yuan may be paid back in cash/),
    terminationNoticeDays: policy("runOffNoticeDays"),
    reportDueBusinessDaysGroupBrand: all(
      said(/Group and brand issuers report within 20 working days/),
      ({ register }) => {
        expect(register?.rules.GROUP?.reportDays).to.equal(register?.rules.BRAND?.reportDays).and.equal(120);
      },
    ),
    coolingOffDays: policy("coolingOffDays"),
    guaranteeOffsetAllowed: offset,
    fineMin: unexpressed(/Fines of 10 000 to 30 000 yuan/),
    fineMax: unexpressed(/Fines of 10 000 to 30 000 yuan/),
    validFrom: day("validFrom"),
  },
  "CN-SH-2019": {
    warnGeneral: all(rule("GENERAL", "threshold1"), rule("YOUNG", "threshold1")),
    depositBpsGeneral: rule("GENERAL", "bps1"),
    warnSpecialBpsOfRevenue: said(/second threshold is 20 % of last year's revenue/),
    warnSpecialMax: rule("GENERAL", "threshold2"),
    warnSpecialMin: all(
      rule("GENERAL", "threshold1"),
      said(/above 200 000 yuan and at most 50 million/),
      unexpressed(/at most 200 000 yuan both lines are the same, and the rule is YOUNG/),
    ),
    validFrom: day("validFrom"),
    validUntil: day("validUntil"),
    depositBpsSpecial: rule("GENERAL", "bps2"),
    youngIssuerDays: said(/issuers of less than 365 days/),
    depositBpsYoung: rule("YOUNG", "bps1"),
    reportDueDayOfQuarterMonth1: all(said(/25th of the first month of each quarter/), ({ register }) => {
      expect(register?.rules.GENERAL?.reportDays).to.equal(register?.rules.YOUNG?.reportDays).and.equal(117);
    }),
    terminationNoticeDays: policy("runOffNoticeDays"),
    guaranteeOffsetAllowed: offset,
  },
  "CN-SH-GYM-2025": {
    maxTermCard: policy("maxNamed"),
    maxTermMonths: all(policyAs("maxPassTermDays", 730, 24), unexpressed(/24 months are 730 days/)),
    maxCourse: unexpressed(/a course may cost up to 20 000 yuan/),
    maxCourseSessions: policy("maxCount"),
    maxStoredValue: all(policy("maxNamed"), policy("maxBearer")),
    maxPerHolderPerIssuer: policy("maxHolderExposure"),
    coolingOffDays: policy("coolingOffDays"),
    coolingOffRefundBusinessDays: all(policyAs("exitDelayDays", 7, 5), unexpressed(/within 5 working days/)),
    otherRefundBusinessDays: unexpressed(/any other within 15/),
    validFrom: day("validFrom"),
    validUntil: day("validUntil"),
  },
  "CN-BJ-2022": {
    coolingOffDays: policy("coolingOffDays"),
    coolingOffRequiresUnused: policy("coolingOffRequiresUnused"),
    coolingOffInFull: all(policy("coolingOffInFull"), met(/unused pass is paid back in full/)),
    validFrom: day("validFrom"),
    coolingOffRefundDays: policy("exitDelayDays"),
    refundDays: unexpressed(/may take 15 days/),
    recordYears: met(/Records are kept for 3 years/),
    complaintBusinessDays: unexpressed(/taken up within 7 working days/),
    issuerBlockList: unexpressed(/Dishonest judgment debtors.*list of abnormal operation.*being deregistered/),
    issuerCauseKeepsDiscount: met(/The discount is kept when the issuer is the cause/),
  },
  "CN-BJ-COMMERCE-2023": {
    filingOutstanding: unexpressed(/file from a balance of 500 000 yuan/),
    depositBps: rule("GENERAL", "bps0"),
    depositBase: said(/end of the previous quarter/),
    terminationNoticeDays: policy("runOffNoticeDays"),
  },
  "CN-BJ-TRANSPORT-2023": {
    filingCumulative: unexpressed(/received 100 000 yuan/),
    filingOutstandingCards: unexpressed(/100 cards outstanding/),
    filingBusinessDays: unexpressed(/within 5 working days/),
  },
  "CN-JS-2021": {
    validFrom: day("validFrom"),
    filingDays: unexpressed(/file within 30 days/),
    coolingOffDays: policy("coolingOffDays"),
    coolingOffMayDeductReasonableCost: unexpressed(/may deduct reasonable cost/),
    guaranteeRequiredOnIssued: unexpressed(/guarantee for what is issued is required/),
  },
  "CN-JS-GYM-2023": {
    maxNamed: policy("maxNamed"),
    maxBearer: policy("maxBearer"),
    capBpsOfRevenue: unexpressed(/ceiling on the balance is last year's revenue/),
    capYoungMultipleOfCapitalBps: unexpressed(/twice the capital of a young issuer/),
    cardTermLeLease: unexpressed(/may not outlast the lease/),
    maxAdvanceDays: policy("maxAdvanceDays"),
    depositMode: all(met(/All prepayments go into custody/), unexpressed(/share that stays in custody rises/)),
  },
  "CN-ZJ-2017": {
    minIssuerAgeDays: unexpressed(/half a year \(183 days\)/),
    maxNamedCompany: policy("maxNamed"),
    maxBearerCompany: policy("maxBearer"),
    maxNamedOther: unexpressed(/limited to 2 000 yuan named/),
    maxBearerOther: unexpressed(/500 bearer/),
    faceLimitWaivedIfEscrowedPayOnInstruction: all(
      unexpressed(/limits are waived for cards under custody that pays on instruction/),
      ({ policy: { rejectOverLimit } }) => {
        expect(rejectOverLimit).to.equal(false);
      },
    ),
    refundDays: policy("exitDelayDays"),
    expiredBalance: met(/expired balance is refunded or its term extended/),
    terminationNoticeDays: policy("runOffNoticeDays"),
  },
  "CN-SD-2017": {
    terminationNoticeDays: policy("runOffNoticeDays"),
    refundUnused: all(said(/unused cards refunded in full/), unexpressed(/Interest on a refund/)),
    refundUsed: unexpressed(/Used cards are refunded at the discount price/),
  },
  "CN-WEIHAI-2021": {
    depositBps: rule("GENERAL", "bps0"),
    refundAnytime: policy("unilateralExit"),
    platformFeeBps: met(/no fee is taken from merchants/),
    cardKinds: met(/Stored-value, count and period cards/),
    warnings: met(/Warnings for the card limit, the deposit ratio and complaints/),
    validFrom: day("validFrom"),
  },
  "CN-EDU-2021": {
    depositBps: rule("GENERAL", "bps0"),
    maxCount: policy("maxCount"),
    maxPassTermDays: policy("maxPassTermDays"),
    maxAmount: all(policy("maxNamed"), policy("maxBearer")),
    maxAdvanceDays: policy("maxAdvanceDays"),
    topUpWhenSessionsLeftLe: unexpressed(/once 20 or fewer are left/),
    noLoanFunding: unexpressed(/not be paid with a loan/),
    confirmTimeoutBusinessDays: unexpressed(/Fifteen working days' silence confirms a lesson/),
    refundResponseBusinessDays: all(policyAs("exitDelayDays", 7, 5), unexpressed(/Five working days' silence agree/)),
    release: met(/released lesson by lesson/),
  },
  "CN-SZ-2026-draft": {
    coolingOffDays: policy("coolingOffDays"),
    coolingOffInFull: policy("coolingOffInFull"),
    coolingOffRequiresUnused: policy("coolingOffRequiresUnused"),
    refundDays: policy("exitDelayDays"),
  },
  "JP-PSA": {
    depositThreshold: rule("GENERAL", "threshold1"),
    depositBps: rule("GENERAL", "bps1"),
    baseDates: said(/31 March and 30 September/),
    filingMonths: all(said(/within 2 months of a base date/), ({ register }) => {
      expect(register?.rules.GENERAL?.reportDays).to.equal(244);
    }),
    exemptValidityMonths: unexpressed(/valid for 6 months or less are exempt/),
    refundDefault: unexpressed(/forbids refunds but for its exceptions/),
  },
  "JP-ASCT-BEAUTY": { ...ofJapan, exemptUpToMonths: unexpressed(/up to one month are exempt/) },
  "JP-ASCT-MEDICAL": { ...ofJapan, exemptUpToMonths: unexpressed(/up to one month are exempt/) },
  "JP-ASCT-LANGUAGE": { ...ofJapan, exemptUpToMonths: unexpressed(/up to two months are exempt/) },
  "KR-2024": {
    depositBps: rule("GENERAL", "bps1"),
    depositIncludesBonus: said(/outstanding balance, bonus included/),
    bonusAllowedMaxDebtRatioBps: all(
      policyAs("maxListBps", 10_000, 20_000),
      unexpressed(/debt ratio of at most 200 %/),
    ),
    exemptOutstanding: rule("GENERAL", "threshold1"),
    exemptAnnualIssued: unexpressed(/50 billion won/),
    validFrom: day("validFrom"),
  },
  "KR-KFTC-VOUCHER-2025": {
    validFrom: day("validFrom"),
    coolingOffDays: policy("coolingOffDays"),
    tinyVoucherMax: all(said(/vouchers up to 10 000 won/), unexpressed(/voucher of at most 10 000 won/)),
    balanceRefundAfterUsedTinyBps: unexpressed(/or 80 % of a voucher/),
    refundExpiredBps: all(said(/refunded at 95 %/), unexpressed(/fee of 5 or 10 %/), ({ policy: { feeRestBps } }) => {
      expect(feeRestBps).to.equal(0);
    }),
    refundExpiredAsPointsBps: said(/100 % as points/),
    smallVoucherMax: said(/up to 50 000 won/),
    refundExpiredSmallBps: said(/90 % up to/),
    balanceRefundAfterUsedBps: all(policyAs("unilateralExit", true, 6_000), unexpressed(/once 60 % is used/)),
  },
  "KR-CRITERIA": ofKorea,
  "KR-GYM-2025": { ...ofKorea, validFrom: day("validFrom"), terminationNoticeDays: policy("runOffNoticeDays") },
  "UK-CASS15-2026": {
    validFrom: day("validFrom"),
    depositBps: rule("GENERAL", "bps0"),
    reconciliation: said(/every reconciliation day/),
    shortfall: said(/shortfall made good promptly/),
    auditThreshold: unexpressed(/from 100 000 pounds/),
    auditThresholdWeeks: unexpressed(/within 53 weeks/),
    resolutionPackHours: unexpressed(/within 48 hours/),
    monthlyReturn: all(said(/Monthly return\./), ({ register }) => {
      expect(register?.rules.GENERAL?.reportDays).to.equal(31);
    }),
    guaranteeOffsetAllowed: offset,
  },
  "UK-SAVINGS-2026": {
    validFrom: day("validFrom"),
    depositBps: rule("GENERAL", "bps0"),
    guaranteeOffsetAllowed: offset,
    independentTrustees: unexpressed(/half of the trustees must be independent/),
  },
  "SG-CASETRUST": {
    depositBps: rule("GENERAL", "bps0"),
    coolingOffBusinessDays: all(policyAs("coolingOffDays", 7, 5), unexpressed(/5 working days is 7 days/)),
    closureTriggerDays: unexpressed(/closed for 30 days/),
    deductible: unexpressed(/150 dollars/),
    noUtilisationReportDays: unexpressed(/not used its prepayment protection for 15 days/),
    explainsToScheme: unexpressed(/business explains it in writing to CaseTrust/),
    coolingOffRefund: met(/unconsumed part is paid back/),
    coolingOffFee: all(met(/without a charge/), policy("coolingOffFeeBps")),
    maxComplaints12m: all(policy("complaintCount"), unexpressed(/5 complaints in 12 months/)),
  },
  "HK-proposal": {
    minContract: unexpressed(/under 3 000 dollars/),
    coolingOffDays: policy("coolingOffDays"),
    refundDays: policy("exitDelayDays"),
  },
  "US-CARD-2009": {
    validFrom: day("validFrom"),
    minValidityDays: met(/at least 5 years \(1 826 days\)/),
    dormancyFeeAfterDays: met(/after a year \(365 days\) without use/),
    dormancyFeeMaxPerMonth: met(/one a month at most/),
  },
  "US-NY-GYM": {
    maxPerYear: all(policy("maxNamed"), policy("maxBearer"), unexpressed(/limit is by year/)),
    maxTermMonths: policyAs("maxPassTermDays", 1_095, 36),
    bondUpTo12m: unexpressed(/50 000 dollars up to 12 months/),
    bond12to24m: unexpressed(/75 000 up to 24/),
    bond24to36m: unexpressed(/150 000 up to 36/),
    extraBond: unexpressed(
      /three or more locations/,
      /50 000 dollars \(three or four\), 100 000 \(five or six\), 150 000 \(seven to nine\) or 200 000 \(ten or more\)/,
    ),
    coolingOffBusinessDays: all(policyAs("coolingOffDays", 5, 3), unexpressed(/3 working days is 5 days/)),
    refundDays: policy("exitDelayDays"),
  },
  "US-IL-GYM": {
    coolingOffBusinessDays: unexpressed(/three business days after the first, or seven days/),
    coolingOffOffPremisesDays: policy("coolingOffDays"),
    coolingOffRefund: unexpressed(/everything is paid back, used or not/),
    maxTermYears: policyAs("maxPassTermDays", 365, 1),
    moveMiles: unexpressed(/over 25 miles/),
    feeRestBps: policy("feeRestBps"),
    feeMax: policy("feeMax"),
  },
  "US-FL-GYM": {
    coolingOffBusinessDays: all(policyAs("coolingOffDays", 5, 3), unexpressed(/3 days without holidays/)),
    coolingOffKeeps: all(said(/of which the days passed are kept/), ({ policy: { coolingOffInFull } }) => {
      expect(coolingOffInFull).to.equal(false);
    }),
    refundDays: unexpressed(/due within 30 days/),
    moveMiles: unexpressed(/more than 5 miles/),
    maxTermYears: policyAs("maxPassTermDays", 1_095, 3),
    bond: unexpressed(/25 000 dollars for each location/),
  },
  "US-CA-GYM": {
    maxContract: all(policy("maxNamed"), policy("maxBearer"), ({ policy: { rejectOverLimit } }) => {
      expect(rejectOverLimit).to.equal(true);
    }),
    maxTermYears: policyAs("maxPassTermDays", 1_095, 3),
    coolingOffBusinessDays: all(policyAs("coolingOffDays", 7, 5), unexpressed(/5 business days is 7 days/)),
    coolingOffDaysByPrice: unexpressed(/1 500 to 2 000 dollars is 20 days, up to 2 500 dollars 30, and above it 45/),
    moveMiles: unexpressed(/more than 25 miles/),
  },
  "TW-GYM-2022": {
    depositBps: rule("GENERAL", "bps0"),
    coolingOffDays: policy("coolingOffDays"),
    coolingOffRequiresUnused: policy("coolingOffRequiresUnused"),
    reviewDays: unexpressed(/3 days to read the contract/),
    validFrom: day("validFrom"),
    coolingOffInFull: policy("coolingOffInFull"),
    leaveAnytime: leavingAtWill,
    feeRestBps: policy("feeRestBps"),
    feeMax: policy("feeMax"),
    feeFixed: unexpressed(/fixed fee of 600 dollars/),
    smallPrepayment: unexpressed(/less than 5 000 dollars need no guarantee/),
    suspension: unexpressed(/may suspend, free of charge/),
  },
  "TW-TRAINER-2022": {
    validFrom: day("validFrom"),
    leaveAnytime: leavingAtWill,
    feeRestBps: policy("feeRestBps"),
    feeMax: policy("feeMax"),
    feeFixed: unexpressed(/fixed fee of 600 dollars/),
    reviewDays: unexpressed(/3 days to read the contract/),
    smallPrepayment: unexpressed(/less than 5 000 dollars need no guarantee/),
    lessonsPerWeek: unexpressed(/five a week/),
    lessonsPerMonth: unexpressed(/twenty a month/),
    depositBps: rule("GENERAL", "bps0"),
  },
  "TW-VOUCHER": {
    leaveAnytime: leavingAtWill,
    feeRestBps: policy("feeRestBps"),
    expires: met(/no date of expiry/),
    guaranteeYears: unexpressed(/may end after a year/),
    depositBps: rule("GENERAL", "bps0"),
  },
  "CA-QC-GYM": {
    coolingOffTermBps: policy("coolingOffTermBps"),
    coolingOffFeeBps: all(policy("coolingOffFeeBps"), unexpressed(/may keep a tenth of the price/)),
    beforeStartFree: all(met(/not begun is left free of charge/), policy("coolingOffInFull")),
    leaveAnytime: leavingAtWill,
    maxTermYears: policyAs("maxPassTermDays", 365, 1),
    instalments: unexpressed(/at least two instalments/),
    instalmentsAbove: unexpressed(/but for 100 dollars and less/),
  },
  "CA-BC-GYM": {
    coolingOffDays: policy("coolingOffDays"),
    feeRestBps: policy("feeRestBps"),
    refundDays: policy("exitDelayDays"),
    maxTermYears: policyAs("maxPassTermDays", 730, 2),
    moveKm: unexpressed(/over 30 km/),
  },
  "AU-QLD-GYM": {
    validFrom: day("validFrom"),
    coolingOffHours: policyAs("coolingOffDays", 2, 48),
    coolingOffFeeBps: all(policy("coolingOffFeeBps"), policy("feePriceBps")),
    feeMax: policy("feeMax"),
    refundDays: policy("exitDelayDays"),
    maxAdvanceYears: all(policyAs("maxPassTermDays", 365, 1), unexpressed(/not paid in advance/)),
  },
  "BR-CDC": {
    coolingOffDays: policy("coolingOffDays"),
    feeRestBps: policy("feeRestBps"),
    maxListBps: policy("maxListBps"),
    leaveAnytime: leavingAtWill,
  },
  "ZA-CPA": {
    validFrom: day("validFrom"),
    leaveNoticeBusinessDays: all(policyAs("exitDelayDays", 28, 20), unexpressed(/20 business days is 28 days/)),
    maxTermMonths: policyAs("maxPassTermDays", 730, 24),
    closingNoticeBusinessDays: all(policyAs("runOffNoticeDays", 56, 40), unexpressed(/40 business days, is 56/)),
    voucherYears: met(/at least three years/),
    directMarketingBusinessDays: unexpressed(/within 5 business days \(from memory\)/),
    reasonableFee: unexpressed(/for which the law has no figure/),
  },
};

describe("Everything a preset says", () => {
  it("is looked for in every preset", () => {
    expect(Object.keys(lawFacts)).to.deep.equal([...presets.keys()]);
    expect(Object.keys(places)).to.deep.equal([...presets.keys()]);
  });

  for (const [name, preset] of presets) {
    it(`is in the preset of ${name}, or beside it in words`, () => {
      const { kind, currency, status, ...facts } = lawFacts[name]!;
      expect(preset).to.include({ kind, currency });
      expect(preset.status[0]).to.equal(String(status)[0]);
      expect(Object.keys(places[name]!)).to.have.members(Object.keys(facts));
      for (const [fact, value] of Object.entries(facts)) places[name]![fact]!(preset, value);
    });
  }
});

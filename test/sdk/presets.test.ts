import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { ProgramKind } from "../../src/contracts/enums.js";
import { checkPolicy } from "../../src/contracts/policy.js";
import type { Policy } from "../../src/contracts/policy.js";
import {
  PresetAmountError,
  PresetFieldError,
  PresetFileError,
  PresetUnknownError,
  findPreset,
  overlaid,
  partsOf,
  policyFromPreset,
  presetsOf,
  presets,
  readPresets,
} from "../../src/presets/index.js";
import { networkHelpers } from "../helpers/chain.js";
import { errorOf } from "../helpers/errors.js";
import { anotherMerchant, anotherPolicy, anotherProgram } from "../helpers/actions.js";
import { DAY, TOKEN, deploySystem } from "../helpers/fixture.js";
import { loadShop } from "../helpers/shop.js";

const TOKEN_ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const names = [
  "CN-SPC-2025",
  "CN-MOFCOM-2012",
  "CN-SH-2019",
  "CN-SH-GYM-2025",
  "CN-BJ-2022",
  "CN-BJ-COMMERCE-2023",
  "CN-BJ-TRANSPORT-2023",
  "CN-JS-2021",
  "CN-JS-GYM-2023",
  "CN-ZJ-2017",
  "CN-SD-2017",
  "CN-WEIHAI-2021",
  "CN-EDU-2021",
  "CN-SZ-2026-draft",
  "JP-PSA",
  "JP-ASCT-BEAUTY",
  "JP-ASCT-MEDICAL",
  "JP-ASCT-LANGUAGE",
  "KR-2024",
  "KR-KFTC-VOUCHER-2025",
  "KR-CRITERIA",
  "KR-GYM-2025",
  "UK-CASS15-2026",
  "UK-SAVINGS-2026",
  "SG-CASETRUST",
  "HK-proposal",
  "US-CARD-2009",
  "US-NY-GYM",
  "US-IL-GYM",
  "US-FL-GYM",
  "US-CA-GYM",
  "TW-GYM-2022",
  "TW-TRAINER-2022",
  "TW-VOUCHER",
  "CA-QC-GYM",
  "CA-BC-GYM",
  "AU-QLD-GYM",
  "BR-CDC",
  "ZA-CPA",
];

/** The file as JSON, fresh for every change a test makes. */
async function presetFile() {
  const text = await readFile(new URL("../../data/presets.json", import.meta.url), "utf8");
  return JSON.parse(text) as {
    defaults: Record<string, unknown>;
    presets: {
      name: string;
      status: string;
      validFrom?: string;
      validUntil?: string;
      policy: Record<string, unknown>;
      register?: { rules: Record<string, object> };
    }[];
  };
}

describe("presets", () => {
  it("are the 39 presets", () => {
    expect([...presets.keys()]).to.deep.equal(names);
  });

  it("become policies within the bounds of the escrow, for tokens of 2, 6 and 18 decimals", () => {
    for (const preset of presets.values()) {
      for (const decimals of [2, 6, 18]) {
        expect(checkPolicy(policyFromPreset(preset, TOKEN_ADDRESS, decimals))).to.deep.equal([]);
      }
    }
  });

  it("say what a preset decides itself, and take the rest from the defaults", async () => {
    const { defaults, presets: read } = await presetFile();
    for (const { name, policy } of read) {
      const preset = findPreset(name);
      expect([...preset.stated]).to.deep.equal(Object.keys(policy));
      expect({ ...preset.policy }).to.deep.equal({ ...defaults, ...policy });
    }
  });

  it("translate every field", () => {
    const preset = {
      ...findPreset("CN-WEIHAI-2021"),
      policy: {
        exitDelayDays: 2,
        coolingOffDays: 3,
        coolingOffRequiresUnused: true,
        unilateralExit: true,
        rejectOverLimit: true,
        rejectOverCap: true,
        maxNamed: 500_000,
        maxBearer: 100_000,
        maxPassTermDays: 365,
        maxCount: 60,
        maxListBps: 15_000,
        maxHolderExposure: 2_000_000,
        accrualDelayDays: 8,
        rulingTimeoutDays: 9,
        runOffNoticeDays: 10,
        finalSettlementDays: 11,
        complaintCount: 12,
        complaintBps: 13,
        maxAdvanceDays: 14,
        feeFlat: 2_000,
        feeMax: 30_000,
        feePriceBps: 1_001,
        feeRestBps: 2_002,
        coolingOffFeeBps: 303,
        coolingOffTermBps: 404,
        coolingOffInFull: true,
      },
    };
    expect(policyFromPreset(preset, TOKEN_ADDRESS.toLowerCase(), 6)).to.deep.equal({
      token: TOKEN_ADDRESS,
      exitDelay: 2n * DAY,
      coolingOff: 3n * DAY,
      coolingOffRequiresUnused: true,
      unilateralExit: true,
      rejectOverLimit: true,
      rejectOverCap: true,
      maxNamed: 5_000n * TOKEN,
      maxBearer: 1_000n * TOKEN,
      maxPassTerm: 365n * DAY,
      maxCount: 60n,
      maxListBps: 15_000n,
      maxHolderExposure: 20_000n * TOKEN,
      accrualDelay: 8n * DAY,
      rulingTimeout: 9n * DAY,
      runOffNotice: 10n * DAY,
      finalSettlement: 11n * DAY,
      complaintCount: 12n,
      complaintBps: 13n,
      maxAdvance: 14n * DAY,
      feeFlat: 20n * TOKEN,
      feeMax: 300n * TOKEN,
      feePriceBps: 1_001n,
      feeRestBps: 2_002n,
      coolingOffFeeBps: 303n,
      coolingOffTermBps: 404n,
      coolingOffInFull: true,
    });
  });

  describe("carry the numbers of their sources", () => {
    const facts = {
      "CN-SPC-2025": { coolingOffDays: 7, coolingOffRequiresUnused: false },
      "CN-MOFCOM-2012": { maxNamed: 500_000, maxBearer: 100_000, coolingOffDays: 0, runOffNoticeDays: 30 },
      "CN-SH-2019": { runOffNoticeDays: 30 },
      "CN-SH-GYM-2025": { maxNamed: 500_000, maxCount: 60, maxHolderExposure: 2_000_000, coolingOffDays: 7 },
      "CN-BJ-2022": { coolingOffDays: 7, coolingOffRequiresUnused: true, coolingOffInFull: true, exitDelayDays: 5 },
      "CN-JS-2021": { coolingOffDays: 15 },
      "CN-JS-GYM-2023": { maxNamed: 500_000, maxBearer: 100_000, maxAdvanceDays: 30 },
      "CN-ZJ-2017": { maxNamed: 500_000, maxBearer: 100_000, exitDelayDays: 5, rejectOverLimit: false },
      "CN-WEIHAI-2021": { unilateralExit: true },
      "CN-EDU-2021": { maxNamed: 500_000, maxCount: 60, maxPassTermDays: 92, maxAdvanceDays: 31, exitDelayDays: 7 },
      "CN-SZ-2026-draft": {
        coolingOffDays: 7,
        coolingOffRequiresUnused: true,
        coolingOffInFull: true,
        exitDelayDays: 10,
      },
      "JP-ASCT-BEAUTY": { coolingOffDays: 8, maxListBps: 10_000, feeFlat: 20_000, feeRestBps: 1_000, feeMax: 20_000 },
      "JP-ASCT-MEDICAL": { coolingOffDays: 8, maxListBps: 10_000, feeFlat: 20_000, feeRestBps: 2_000, feeMax: 50_000 },
      "JP-ASCT-LANGUAGE": { coolingOffDays: 8, maxListBps: 10_000, feeFlat: 15_000, feeRestBps: 2_000, feeMax: 50_000 },
      "KR-CRITERIA": { unilateralExit: true, maxListBps: 10_000, feePriceBps: 1_000 },
      "KR-GYM-2025": { unilateralExit: true, maxListBps: 10_000, feePriceBps: 1_000, runOffNoticeDays: 14 },
      "KR-2024": { maxListBps: 10_000 },
      "KR-KFTC-VOUCHER-2025": { unilateralExit: true, coolingOffDays: 7, feeRestBps: 0, feePriceBps: 0 },
      "SG-CASETRUST": { coolingOffDays: 7, coolingOffRequiresUnused: false, coolingOffFeeBps: 0, complaintCount: 5 },
      "HK-proposal": { coolingOffDays: 7, exitDelayDays: 14 },
      "US-NY-GYM": { maxNamed: 360_000, maxPassTermDays: 1_095, coolingOffDays: 5, exitDelayDays: 15 },
      "US-IL-GYM": { coolingOffDays: 7, maxPassTermDays: 365, feeRestBps: 1_000, feeMax: 5_000 },
      "US-FL-GYM": { coolingOffDays: 5, maxPassTermDays: 1_095, coolingOffInFull: false },
      "US-CA-GYM": { coolingOffDays: 7, maxPassTermDays: 1_095, maxNamed: 440_000, rejectOverLimit: true },
      "TW-GYM-2022": {
        coolingOffDays: 7,
        coolingOffRequiresUnused: true,
        coolingOffInFull: true,
        unilateralExit: true,
      },
      "TW-TRAINER-2022": { unilateralExit: true, feeRestBps: 2_000, feeMax: 900_000 },
      "TW-VOUCHER": { unilateralExit: true, feeRestBps: 300, feeMax: 0 },
      "CA-QC-GYM": { coolingOffInFull: true, coolingOffFeeBps: 1_000, coolingOffTermBps: 1_000, maxPassTermDays: 365 },
      "CA-BC-GYM": { coolingOffDays: 10, exitDelayDays: 15, feeRestBps: 3_000, maxPassTermDays: 730 },
      "AU-QLD-GYM": {
        coolingOffDays: 2,
        coolingOffFeeBps: 1_000,
        feePriceBps: 1_000,
        feeMax: 7_500,
        exitDelayDays: 21,
      },
      "BR-CDC": { coolingOffDays: 7, feeRestBps: 1_000, maxListBps: 10_000 },
      "ZA-CPA": { exitDelayDays: 28, runOffNoticeDays: 56, maxPassTermDays: 730 },
    };
    for (const [name, policy] of Object.entries(facts)) {
      it(`in the policy of ${name}`, () => {
        expect(findPreset(name).policy).to.include(policy);
      });
    }

    const rules = {
      "CN-MOFCOM-2012": {
        OTHER: { bps0: 0 },
        SCALE: { bps0: 2_000 },
        GROUP: { bps0: 3_000, reportDays: 92 + 28 },
        BRAND: { bps0: 4_000, reportDays: 92 + 28 },
      },
      "CN-SH-2019": {
        GENERAL: {
          bps0: 0,
          threshold1: 20_000_000,
          bps1: 4_000,
          threshold2: 5_000_000_000,
          bps2: 10_000,
          reportDays: 92 + 25,
        },
        YOUNG: { bps0: 0, threshold1: 20_000_000, bps1: 10_000, reportDays: 92 + 25 },
      },
      "CN-BJ-COMMERCE-2023": { GENERAL: { bps0: 4_000 } },
      "CN-WEIHAI-2021": { GENERAL: { bps0: 10_000 } },
      "CN-EDU-2021": { GENERAL: { bps0: 10_000 } },
      "JP-PSA": { GENERAL: { bps0: 0, threshold1: 10_000_000, bps1: 5_000, reportDays: 183 + 61 } },
      "KR-2024": { GENERAL: { bps0: 0, threshold1: 3_000_000_000, bps1: 10_000 } },
      "UK-CASS15-2026": { GENERAL: { bps0: 10_000, reportDays: 31 } },
      "UK-SAVINGS-2026": { GENERAL: { bps0: 10_000 } },
      "SG-CASETRUST": { GENERAL: { bps0: 10_000 } },
      "TW-GYM-2022": { GENERAL: { bps0: 5_000 } },
      "TW-TRAINER-2022": { GENERAL: { bps0: 5_000 } },
      "TW-VOUCHER": { GENERAL: { bps0: 10_000 } },
    };
    for (const name of names) {
      it(`in the deposit rules of ${name}`, () => {
        expect(findPreset(name).register?.rules).to.deep.equal(
          name in rules ? rules[name as keyof typeof rules] : undefined,
        );
      });
    }
  });

  describe("apply together", () => {
    it("the later deciding what it decides itself", () => {
      const both = findPreset("CN-MOFCOM-2012 + CN-BJ-2022+CN-BJ-COMMERCE-2023");
      const [base, beijing, commerce] = ["CN-MOFCOM-2012", "CN-BJ-2022", "CN-BJ-COMMERCE-2023"].map(findPreset);
      expect(both.name).to.equal("CN-MOFCOM-2012 + CN-BJ-2022 + CN-BJ-COMMERCE-2023");
      expect(both.policy).to.deep.equal({
        ...base!.policy,
        exitDelayDays: 5,
        coolingOffDays: 7,
        coolingOffRequiresUnused: true,
        coolingOffInFull: true,
      });
      expect(both.stated).to.include.members([...base!.stated, ...beijing!.stated]);
      expect(new Set(both.stated).size).to.equal(both.stated.length);
      expect(both.notExpressed).to.have.length(
        base!.notExpressed.length + beijing!.notExpressed.length + commerce!.notExpressed.length,
      );
      expect(both.everyCard).to.deep.equal([...base!.everyCard, ...beijing!.everyCard]);
      expect(both.parts).to.deep.equal([base, beijing, commerce]);
      expect(partsOf(both)).to.equal(both.parts);
      expect(partsOf(base!)).to.deep.equal([base]);
      expect(both.register).to.deep.equal(commerce!.register);
      expect(findPreset("CN-MOFCOM-2012 + CN-SPC-2025").register).to.deep.equal(base!.register);
    });

    it("whatever a default of the later says", () => {
      const both = findPreset("CN-WEIHAI-2021 + CN-SPC-2025").policy;
      expect(both).to.include({ unilateralExit: true, maxNamed: 500_000, coolingOffDays: 7 });
    });

    it("so that passes can be published, whatever is combined", () => {
      const pairs = [...presets.values()].flatMap((base) =>
        [...presets.values()]
          .filter(({ currency }) => currency === base.currency)
          .map((overlay) => overlaid(base, overlay)),
      );
      const broken = pairs.filter(({ policy }) => {
        const { coolingOffInFull, coolingOffRequiresUnused, coolingOffFeeBps, coolingOffTermBps, feeMax } = policy;
        const paid = coolingOffFeeBps > 0 && coolingOffFeeBps >= coolingOffTermBps && feeMax === 0;
        return coolingOffInFull && !coolingOffRequiresUnused && !paid;
      });
      expect(pairs).to.have.length.above(200);
      expect(broken.map(({ name }) => name)).to.deep.equal([]);
    });

    it("from the last of their first days to the first of their last days", () => {
      expect(findPreset("CN-SH-GYM-2025 + CN-SPC-2025")).to.include({
        validFrom: "2025-05-01",
        validUntil: "2026-12-31",
      });
      expect(findPreset("CN-SPC-2025 + CN-SH-GYM-2025")).to.include({
        validFrom: "2025-05-01",
        validUntil: "2026-12-31",
      });
      expect(findPreset("CN-SH-GYM-2025 + CN-SH-2019")).to.include({
        validFrom: "2025-03-01",
        validUntil: "2024-04-30",
      });
      expect(findPreset("CN-ZJ-2017 + CN-SD-2017")).to.not.have.any.keys("validFrom", "validUntil");
    });

    it("in one currency only", () => {
      expect(errorOf(() => findPreset("CN-WEIHAI-2021 + JP-PSA")))
        .to.be.instanceOf(InvalidInputError)
        .and.include({ field: "currency", value: "JPY" });
    });

    it("by names that exist", () => {
      for (const name of ["CN-WEIHAI-2021 +", "+ CN-WEIHAI-2021", "CN-WEIHAI-2021 + CN", ""]) {
        expect(errorOf(() => findPreset(name))).to.be.instanceOf(PresetUnknownError);
      }
    });
  });

  it("are taken by the escrow as they are, and read back unchanged", async () => {
    const { escrow, token, regulator } = await networkHelpers.loadFixture(deploySystem);
    const supervised = escrow.connect(regulator);
    for (const preset of presets.values()) {
      const policy = policyFromPreset(preset, await token.getAddress(), 6);
      const policyId = await supervised.addPolicy.staticCall(policy);
      await supervised.addPolicy(policy);
      const read = await escrow.policy(policyId);
      for (const field of Object.keys(policy) as (keyof Policy)[]) {
        expect(read[field], `${preset.name} ${field}`).to.equal(policy[field]);
      }
    }
  });

  it("let a merchant sell a pass of ninety days, and a card of ten visits", async () => {
    const shop = await loadShop();
    const token = await shop.token.getAddress();
    for (const preset of presets.values()) {
      const policyId = await anotherPolicy(shop, policyFromPreset(preset, token, 6));
      const merchantId = await anotherMerchant(shop, { policyId });
      const terms = { price: 100n * TOKEN, listPrice: 100n * TOKEN };
      const pass = await anotherProgram(shop, { ...terms, kind: ProgramKind.Pass, units: 90n * DAY }, merchantId);
      const count = await anotherProgram(shop, { ...terms, kind: ProgramKind.Count, units: 10n }, merchantId);
      expect(count, preset.name).to.equal(pass + 1n);
    }
  });

  it("are known again by the policies they become, alone and under an overlay", () => {
    const known = (name: string, decimals = 6): string[] =>
      presetsOf(policyFromPreset(findPreset(name), TOKEN_ADDRESS, decimals), decimals).map((preset) => preset.name);
    for (const name of names) {
      expect(known(name)).to.include(name);
      expect(known(name).filter((other) => other.includes("+"))).to.deep.equal([]);
    }
    expect(known("CN-WEIHAI-2021 + CN-SPC-2025")).to.deep.equal(["CN-WEIHAI-2021 + CN-SPC-2025"]);
    expect(known("CN-WEIHAI-2021", 2)).to.deep.equal(["CN-WEIHAI-2021"]);
    const policy = policyFromPreset(findPreset("CN-WEIHAI-2021"), TOKEN_ADDRESS, 6);
    for (const other of [
      { exitDelay: policy.exitDelay + 1n },
      { maxNamed: policy.maxNamed + 1n },
      { rejectOverCap: true },
    ])
      expect(presetsOf({ ...policy, ...other }, 6)).to.deep.equal([]);
    // Nor are amounts of any preset possible with so many decimals.
    expect(presetsOf({ ...policy, exitDelay: policy.exitDelay + 1n }, 40)).to.deep.equal([]);
    // A token without decimals cannot carry some of their amounts; the others are still known.
    expect(
      presetsOf(policyFromPreset(findPreset("CN-SPC-2025"), TOKEN_ADDRESS, 0), 0).map(({ name }) => name),
    ).to.include("CN-SPC-2025");
  });

  describe("are refused", () => {
    it("by a name that does not exist", () => {
      expect(errorOf(() => findPreset("CN-WEIHAI")))
        .to.be.instanceOf(PresetUnknownError)
        .and.deep.include({ preset: "CN-WEIHAI", known: names, near: ["CN-WEIHAI-2021"] });
    });

    for (const [name, near] of [
      ["cn-weihai-2021", ["CN-WEIHAI-2021"]],
      ["CN-WEIHAI-2012", ["CN-WEIHAI-2021"]],
      ["mofcom", ["CN-MOFCOM-2012"]],
      ["US-GYM", ["US-NY-GYM", "US-IL-GYM", "US-FL-GYM"]],
      ["SH-GYM-2025", ["KR-GYM-2025", "CN-SH-GYM-2025", "TW-GYM-2022"]],
      ["zzzz", []],
      ["", []],
    ] as const) {
      it(`by the name "${name}", near which are ${near.length === 0 ? "none" : near.join(", ")}`, () => {
        expect(errorOf(() => findPreset(name))).to.have.deep.property("near", near);
      });
    }

    it("with at most three near names", () => {
      expect(errorOf(() => findPreset("CN-")))
        .to.have.property("near")
        .with.length(3);
    });

    for (const [field, value, min, max, unit] of [
      ["exitDelayDays", 0, 1n, 30n, "days"],
      ["exitDelayDays", 31, 1n, 30n, "days"],
      ["coolingOffDays", 31, 0n, 30n, "days"],
      ["maxPassTermDays", 3_651, 0n, 3_650n, "days"],
      ["maxListBps", 9_999, 10_000n, 30_000n, "basis points"],
      ["maxListBps", 30_001, 10_000n, 30_000n, "basis points"],
      ["runOffNoticeDays", 6, 7n, 90n, "days"],
      ["finalSettlementDays", 2, 3n, 30n, "days"],
      ["complaintCount", 65_536, 0n, 65_535n, "complaints"],
      ["maxCount", 2 ** 32, 0n, 2n ** 32n - 1n, "visits"],
      ["feePriceBps", 3_001, 0n, 3_000n, "basis points"],
      ["feeRestBps", 5_001, 0n, 5_000n, "basis points"],
      ["coolingOffFeeBps", 1_001, 0n, 1_000n, "basis points"],
      ["coolingOffTermBps", 1_001, 0n, 1_000n, "basis points"],
    ] as const) {
      it(`with ${field} ${value}, in the units of the file`, () => {
        const preset = findPreset("CN-WEIHAI-2021");
        const changed = { ...preset, policy: { ...preset.policy, [field]: value } };
        const failure = errorOf(() => policyFromPreset(changed, TOKEN_ADDRESS, 6));
        const expected = { preset: "CN-WEIHAI-2021", field, value: BigInt(value), min, max, unit };
        expect(failure).to.be.instanceOf(PresetFieldError).and.deep.include(expected);
      });
    }

    it("with a notice shorter than the exit delay", () => {
      const preset = findPreset("US-NY-GYM");
      const changed = { ...preset, policy: { ...preset.policy, runOffNoticeDays: 14 } };
      expect(errorOf(() => policyFromPreset(changed, TOKEN_ADDRESS, 6)))
        .to.be.instanceOf(PresetFieldError)
        .and.deep.include({ field: "runOffNoticeDays", value: 14n, min: 15n, max: 90n });
    });

    it("with an amount over 88 bits", () => {
      const preset = findPreset("JP-PSA");
      const changed = { ...preset, policy: { ...preset.policy, maxNamed: 400_000_000 } };
      expect(errorOf(() => policyFromPreset(changed, TOKEN_ADDRESS, 18)))
        .to.be.instanceOf(PresetFieldError)
        .and.deep.include({ field: "maxNamed", value: 400_000_000n, max: 309_485_009n, unit: "minor units" });
    });

    it("with an amount the token cannot carry", () => {
      const preset = findPreset("CN-WEIHAI-2021");
      expect(policyFromPreset(preset, TOKEN_ADDRESS, 0).maxNamed).to.equal(5_000n);
      const changed = { ...preset, policy: { ...preset.policy, maxBearer: 100_050 } };
      expect(errorOf(() => policyFromPreset(changed, TOKEN_ADDRESS, 0)))
        .to.be.instanceOf(PresetAmountError)
        .and.deep.include({ field: "maxBearer", value: 100_050n, currencyDecimals: 2, tokenDecimals: 0 });
    });

    it("with a token that is no address", () => {
      expect(errorOf(() => policyFromPreset(findPreset("JP-PSA"), "yen", 6))).to.be.instanceOf(InvalidInputError);
    });

    type File = Awaited<ReturnType<typeof presetFile>>;
    const faults: Record<string, [change: (file: File) => void, problem: RegExp]> = {
      "an unknown field": [(file) => (file.presets[0]!.policy.fee = 1), /^presets\.0\.policy: .*fee/],
      "a negative number": [(file) => (file.presets[0]!.policy.maxNamed = -1), /^presets\.0\.policy\.maxNamed: /],
      "a fraction": [(file) => (file.presets[0]!.policy.exitDelayDays = 1.5), /^presets\.0\.policy\.exitDelayDays: /],
      "a number as text": [(file) => (file.defaults.maxNamed = "5000"), /^defaults\.maxNamed: /],
      "a default left out": [(file) => delete file.defaults.exitDelayDays, /^defaults\.exitDelayDays: /],
      "a name twice": [(file) => (file.presets[1]!.name = file.presets[0]!.name), /names are unique/],
      "a threshold without its share": [
        (file) => (file.presets[0]!.register = { rules: { GENERAL: { bps0: 0, threshold1: 1 } } }),
        /threshold1 and bps1/,
      ],
      "a second tier without the first": [
        (file) => (file.presets[0]!.register = { rules: { GENERAL: { bps0: 0, threshold2: 1, bps2: 1 } } }),
        /second tier/,
      ],
      "thresholds that do not rise": [
        (file) =>
          (file.presets[0]!.register = {
            rules: { GENERAL: { bps0: 0, threshold1: 5, bps1: 1, threshold2: 5, bps2: 1 } },
          }),
        /thresholds rise/,
      ],
      "shares that fall": [
        (file) => (file.presets[0]!.register = { rules: { GENERAL: { bps0: 2, threshold1: 5, bps1: 1 } } }),
        /never fall/,
      ],
      "a date of report out of range": [
        (file) => (file.presets[0]!.register = { rules: { GENERAL: { bps0: 0, reportDays: 65_536 } } }),
        /reportDays/,
      ],
      "a status that no letter begins": [(file) => (file.presets[0]!.status = "Read"), /^presets\.0\.status: /],
      "a date that the calendar does not have": [
        (file) => (file.presets[0]!.validFrom = "2025-02-30"),
        /^presets\.0\.validFrom: /,
      ],
      "a last day before the first": [
        (file) => (file.presets[0]!.validUntil = "2025-04-30"),
        /^presets\.0: the last day is before the first/,
      ],
      "a cooling-off in full that costs nothing": [
        (file) => (file.presets[0]!.policy.coolingOffInFull = true),
        /coolingOffInFull needs/,
      ],
      "a cooling-off in full that costs less than its share of the term": [
        (file) => {
          Object.assign(file.presets[0]!.policy, {
            coolingOffInFull: true,
            coolingOffFeeBps: 999,
            coolingOffTermBps: 1_000,
          });
        },
        /coolingOffInFull needs/,
      ],
      "a cooling-off in full whose fee has a ceiling": [
        (file) => {
          Object.assign(file.presets[0]!.policy, { coolingOffInFull: true, coolingOffFeeBps: 1_000, feeMax: 1 });
        },
        /coolingOffInFull needs/,
      ],
      "a share over 200 %": [
        (file) => (file.presets[0]!.register = { rules: { GENERAL: { bps0: 20_001 } } }),
        /never fall/,
      ],
    };
    for (const [fault, [change, problem]] of Object.entries(faults)) {
      it(`in a file with ${fault}`, async () => {
        const file = await presetFile();
        change(file);
        const failure = errorOf(() => readPresets(file));
        expect(failure).to.be.instanceOf(PresetFileError);
        const { problems } = failure as PresetFileError;
        expect(
          problems.some((each) => problem.test(each)),
          problems.join("; "),
        ).to.be.true;
      });
    }

    it("when the file is no file of presets", () => {
      for (const data of [null, 5, "x", [], {}]) {
        expect(errorOf(() => readPresets(data))).to.be.instanceOf(PresetFileError);
      }
    });
  });
});

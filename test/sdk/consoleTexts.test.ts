import { expect } from "chai";
import { build } from "esbuild";
import { ZeroAddress } from "ethers";

import { english } from "../../src/locales/en.js";
import { chinese, explainErrorInChinese, explainQuoteInChinese, presetTitleInChinese } from "../../src/locales/zh.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import * as clientErrors from "../../src/client/errors.js";
import { RevertError, decodeRevert } from "../../src/contracts/reverts.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { findPreset, policyFromPreset, presets } from "../../src/presets/presets.js";
import { faceOf, releasedBy } from "../../src/contracts/release.js";
import { explainQuote } from "../../src/format/quotes.js";
import { describeRights } from "../../src/format/rights.js";
import * as tillErrors from "../../src/till/errors.js";
import { Token } from "../../src/utils/token.js";
import type { ProgramView } from "../../src/contracts/views.js";
import { plainWriter } from "../../src/format/formatter.js";

const token = new Token(ZeroAddress, "CNY", 6);
const writer = plainWriter(token);
const cny = (amount: bigint): bigint => amount * 10n ** 6n;

const program: ProgramView = {
  merchantId: 1n,
  policyId: 1n,
  kind: "Count",
  bearer: false,
  retired: false,
  price: cny(1_200n),
  units: 20n,
  listPrice: cny(1_600n),
  feeFree: false,
};

describe("Titles of presets in Chinese", () => {
  it("are there for every one of them, and for those under one another", () => {
    for (const preset of presets.values())
      expect(presetTitleInChinese(preset), preset.name).to.match(/[\u4e00-\u9fff]/);
    expect(presetTitleInChinese(findPreset("CN-WEIHAI-2021 + CN-SPC-2025"))).to.equal(
      "威海：预付卡平台；中国：最高人民法院预付式消费司法解释",
    );
    expect(presetTitleInChinese({ name: "XX-own", title: "Ours", parts: [] })).to.equal("Ours");
  });
});

describe("Rights in plain words", () => {
  const policy = policyFromPreset(findPreset("CN-WEIHAI-2021 + CN-SPC-2025"), ZeroAddress, 6);

  it("say the same things in both languages", () => {
    for (const kind of ["StoredValue", "Count", "Pass"] as const) {
      const inEnglish = describeRights({ ...program, kind }, policy, writer);
      const inChinese = describeRights({ ...program, kind }, policy, writer, chinese);
      expect(describeRights({ ...program, kind }, policy, writer, english)).to.deep.equal(inEnglish);
      expect(inChinese.map(({ right }) => right)).to.deep.equal(inEnglish.map(({ right }) => right));
      for (const { title, text } of inChinese) expect(title + text).to.match(/[\u4e00-\u9fff]/);
    }
  });

  it("change with the rules", () => {
    const titleOf = (rules: typeof policy, right: string): string | undefined =>
      describeRights(program, rules, writer).find((each) => each.right === right)?.title;
    const none = { ...policy, coolingOff: 0n };
    expect(titleOf(policy, "regret")).to.not.equal(titleOf(none, "regret"));
    const leave = (rules: typeof policy): string | undefined =>
      describeRights(program, rules, writer).find(({ right }) => right === "leave")?.text;
    expect(leave({ ...policy, unilateralExit: true })).to.not.equal(leave({ ...policy, unilateralExit: false }));
    expect(leave(policy)).to.include(token.format(cny(1_600n)));
  });

  describe("of a policy with fees", () => {
    const textOf = (right: string, rules: typeof policy, terms = program, words = english): string =>
      describeRights(terms, rules, writer, words).find((each) => each.right === right)!.text;
    const fees = { ...policy, feePriceBps: 1_000n, feeRestBps: 500n, feeMax: cny(200n) };

    it("name what the shop keeps on leaving, in both languages", () => {
      const bounds = "never more than half the price, and none while it is suspended or closing.";
      for (const [rules, inEnglish, inChinese] of [
        [{ ...policy, feePriceBps: 1_000n }, `a fee: 10 % of the price; ${bounds}`, "退卡费：价格的 10 %；"],
        [
          { ...policy, feeRestBps: 2_000n },
          `a fee: 20 % of what remains at the list price; ${bounds}`,
          "退卡费：按原价计算的剩余部分的 20 %；",
        ],
        [
          fees,
          `a fee: 10 % of the price and 5 % of what remains at the list price, at most 200.00 CNY; ${bounds}`,
          "退卡费：价格的 10 %加按原价计算的剩余部分的 5 %，最多 200.00 CNY；",
        ],
        [
          { ...policy, feeFlat: cny(100n) },
          `a fee: 100.00 CNY if the card is unused; ${bounds}`,
          "退卡费：未使用的卡 100.00 CNY；",
        ],
        [
          { ...fees, feeFlat: cny(100n) },
          "a fee: 100.00 CNY if the card is unused, else 10 % of the price and 5 % of what remains at the list price",
          "退卡费：未使用的卡 100.00 CNY，已使用的价格的 10 %加",
        ],
      ] as const) {
        expect(textOf("leave", rules)).to.include(inEnglish);
        expect(textOf("leave", rules, program, chinese)).to.include(inChinese);
      }
    });

    it("name no fee where the policy has none, the merchant charges none, or only a flat one that no pass has", () => {
      for (const words of [english, chinese]) {
        const none = textOf("leave", policy, program, words);
        expect(textOf("leave", fees, { ...program, feeFree: true }, words)).to.equal(none);
        expect(textOf("leave", { ...policy, coolingOffFeeBps: 100n }, program, words)).to.equal(none);
        const pass = { ...program, kind: "Pass" } as const;
        const flat = { ...policy, feeFlat: cny(100n) };
        expect(textOf("leave", flat, pass, words)).to.equal(textOf("leave", policy, pass, words));
      }
    });

    it("name the fee of a cooling-off, and whether the days of a pass count", () => {
      const rules = { ...policy, coolingOffFeeBps: 250n };
      const pass = { ...program, kind: "Pass" } as const;
      const fee = "less a fee of 2.5 % of the price. The shop cannot object.";
      expect(textOf("regret", rules)).to.equal(`Leave within this time and you get all that is left, ${fee}`);
      expect(textOf("regret", { ...rules, coolingOffRequiresUnused: true })).to.equal(
        `Leave within this time without having used the card, and you get everything back, ${fee}`,
      );
      expect(textOf("regret", rules, pass)).to.include("what you paid less the days that have passed, less a fee");
      expect(textOf("regret", { ...policy, coolingOffInFull: true }, pass)).to.equal(
        "Leave within this time and you get everything back. The shop cannot object.",
      );
      expect(textOf("regret", rules, { ...program, feeFree: true })).to.equal(textOf("regret", policy));
      expect(textOf("regret", rules, program, chinese)).to.include("另扣价格的 2.5 % 作为退卡费");
      expect(textOf("regret", { ...policy, coolingOffInFull: true }, pass, chinese)).to.include("全额退款");
      expect(textOf("regret", policy, pass, chinese)).to.include("减去已经过去的天数");
    });

    it("name the cooling-off that is a share of a pass's term", () => {
      const rules = { ...policy, coolingOffTermBps: 1_000n };
      const pass = { ...program, kind: "Pass", units: 365n * 86_400n } as const;
      const titleOf = (terms: ProgramView) =>
        describeRights(terms, rules, writer).find(({ right }) => right === "regret")!.title;
      expect(titleOf(pass)).to.equal("36 d 12 h to change your mind");
      expect(titleOf(program)).to.equal("7 d to change your mind");
    });
  });
});

describe("Principal released by consumption", () => {
  it("is rounded down, and one for one for open amounts", () => {
    expect(releasedBy(7n, 100n, 3n)).to.equal(233n);
    expect(releasedBy(1n, 100n, 3n)).to.equal(33n);
    expect(releasedBy(7n, 100n, 0n)).to.equal(7n);
    expect(faceOf(100n, 0n)).to.equal(100n);
    expect(faceOf(100n, 3n)).to.equal(3n);
  });
});

describe("Sentences in Chinese", () => {
  it("are not loaded by the entry point of the package", async () => {
    const inputsOf = async (entry: string): Promise<string[]> => {
      const { metafile } = await build({
        entryPoints: [entry],
        bundle: true,
        write: false,
        metafile: true,
        format: "esm",
        packages: "external",
      });
      return Object.keys(metafile.inputs).filter((file) => file.startsWith("src/locales/zh"));
    };
    expect(await inputsOf("src/locales/zh.ts")).to.include("src/locales/zh/errors.ts");
    expect(await inputsOf("src/index.ts")).to.deep.equal([]);
  });

  it("carry the values of a refusal", () => {
    const error = new RevertError("ERC20InsufficientBalance", { sender: ZeroAddress, balance: 5n, needed: 7n });
    expect(explainErrorInChinese(error)).to.match(/5.*7.*[\u4e00-\u9fff]/);
    expect(explainErrorInChinese(decodeRevert("0x12345678"))).to.include("0x12345678");
    expect(explainErrorInChinese(decodeRevert("0x"))).to.match(/[\u4e00-\u9fff]/);
  });

  it("exist for every error a client throws, and for no other", () => {
    const made = [
      new clientErrors.WrongNetworkError(1n, 2n),
      new clientErrors.WrongContractError(ZeroAddress, "PrepaidEscrow", 1n),
      new clientErrors.NodeUnreachableError({}),
      new clientErrors.OutcomeUnknownError("0x1", {}),
      new clientErrors.OutcomeUnknownError(undefined, {}),
      new clientErrors.SignerMissingError(),
      new clientErrors.WrongSignerError(ZeroAddress, ZeroAddress),
      new clientErrors.RejectedByUserError({}),
      new clientErrors.GasMoneyShortError(ZeroAddress, {}),
      new clientErrors.TransactionDroppedError("0x1"),
      new clientErrors.TransactionFailedError("0x1"),
      new clientErrors.TransactionReplacedError("0x1", "0x2", {}),
      new clientErrors.TokenDomainUnknownError(ZeroAddress),
      new clientErrors.RoleMissingError(ZeroAddress, "regulator", [ZeroAddress], {}),
      new clientErrors.AllowanceShortError(ZeroAddress, token, { spender: ZeroAddress, allowance: 1n, needed: 3n }, {}),
      new clientErrors.BalanceShortError(token, { sender: ZeroAddress, balance: 1n, needed: 3n }, {}),
      new clientErrors.TokenRefusedError(token, ZeroAddress, {}),
      new clientErrors.StaleNonceError("0x1", 1n, 2n),
    ];
    const names = new Set(made.map((error) => error.constructor.name));
    expect([...names].sort()).to.deep.equal(Object.keys(clientErrors).sort());
    for (const error of [...made, new InvalidInputError("a", 1, "b", "c")]) {
      expect(explainErrorInChinese(error), error.constructor.name).to.match(/[\u4e00-\u9fff]/);
    }
    expect(explainErrorInChinese(new Error("another"))).to.equal(undefined);
  });

  it("exist for every reason a till refuses or fails with", () => {
    const cardId = encodeCardId({ holder: ZeroAddress, programId: 1n, serial: 0n });
    const made = [
      new tillErrors.CardOfOtherMerchantError(cardId, 1n, 2n),
      new tillErrors.CardNotUsableError(cardId, "Closed"),
      new tillErrors.CardIsPassError(cardId),
      new tillErrors.OverFaceError(cardId, 11n, 10n, 9n),
      new tillErrors.CardUnknownError(cardId),
      new tillErrors.CardStateTooOldError(cardId, 2n, 1n),
      new tillErrors.TillClockError(cardId, 1_800_000_000n, 1_900_000_000n),
      new tillErrors.MerchantNotServingError(1n, "Defaulted"),
      new tillErrors.SignatureMalformedError("0x1", "64 bytes"),
      new tillErrors.SignatureMalleableError("0x1"),
      new tillErrors.VoucherSignerError(cardId, ZeroAddress),
      new tillErrors.RequestStaleError(cardId, 1n, 2n),
      new tillErrors.VoucherRepeatedError(cardId, 1n, 1_800_000_000n),
      new tillErrors.VoucherNotRequestedError(cardId, 1n),
      new tillErrors.VoucherUnknownError(cardId, "0x1"),
      new tillErrors.BookMismatchError("one", "another"),
      new tillErrors.BookFailedError("till.db", "full"),
    ];
    const names = made.map((error) => error.constructor.name);
    expect([...names, "TillError"].sort()).to.deep.equal(Object.keys(tillErrors).sort());
    for (const error of made) expect(explainErrorInChinese(error), error.name).to.match(/[\u4e00-\u9fff].*下一步/);
  });

  it("carry the amounts of a quote", () => {
    const quote = {
      ...{ refund: cny(960n), forfeited: cny(60n), fee: 0n, released: 0n, consumed: 3n, executableAt: 1_800_000_000n },
      ...{ lapsesAt: 0n, rule: "Unilateral" as const },
    };
    expect(explainQuoteInChinese(quote, writer))
      .to.include(token.format(cny(960n)))
      .and.include(token.format(cny(60n)));
    expect(explainQuoteInChinese({ ...quote, rule: "None" }, writer)).to.not.include("960");
    expect(explainQuoteInChinese(quote, writer)).to.equal(explainQuote(quote, token, writer, chinese));
  });

  it("name the discount and the fee of a quote apart, in both languages", () => {
    const quote = {
      ...{ refund: cny(900n), forfeited: cny(60n), fee: cny(20n), released: 0n, consumed: 3n },
      ...{ executableAt: 1_800_000_000n, lapsesAt: 1_800_000_060n, rule: "NoObjection" as const },
    };
    const kept = (forfeited: bigint, fee: bigint) => explainQuote({ ...quote, forfeited, fee }, token, writer);
    expect(kept(cny(60n), cny(20n))).to.include(
      "you get 900.00 CNY; 40.00 CNY of the discount and a fee of 20.00 CNY stay with the merchant. It can be had",
    );
    expect(kept(cny(20n), cny(20n))).to.include("you get 900.00 CNY; a fee of 20.00 CNY stays with the merchant.");
    expect(kept(cny(40n), 0n)).to.include("you get 900.00 CNY; 40.00 CNY of the discount stays with the merchant.");
    expect(kept(0n, 0n)).to.include("you get 900.00 CNY. It can be had from");
    const inChinese = explainQuoteInChinese(quote, writer);
    expect(inChinese).to.include("退还您 900.00 CNY；优惠部分 40.00 CNY、退卡费 20.00 CNY 归商家。");
  });
});

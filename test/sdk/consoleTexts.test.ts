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
      ...{ refund: cny(960n), forfeited: cny(60n), released: 0n, consumed: 3n, executableAt: 1_800_000_000n },
      ...{ lapsesAt: 0n, rule: "Unilateral" as const },
    };
    expect(explainQuoteInChinese(quote, writer))
      .to.include(token.format(cny(960n)))
      .and.include(token.format(cny(60n)));
    expect(explainQuoteInChinese({ ...quote, rule: "None" }, writer)).to.not.include("960");
    expect(explainQuoteInChinese(quote, writer)).to.equal(explainQuote(quote, token, writer, chinese));
  });
});

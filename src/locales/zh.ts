import { decodeCardId } from "../contracts/cardId.js";
import {
  AllowanceShortError,
  BalanceShortError,
  GasMoneyShortError,
  NodeUnreachableError,
  OutcomeUnknownError,
  RejectedByUserError,
  RoleMissingError,
  SignerMissingError,
  StaleNonceError,
  TokenDomainUnknownError,
  TokenRefusedError,
  TransactionDroppedError,
  TransactionFailedError,
  TransactionReplacedError,
  WrongContractError,
  WrongNetworkError,
  WrongSignerError,
} from "../client/errors.js";
import type { ExitRuleName, MerchantStatusName, WarningKindName } from "../contracts/enums.js";
import { RevertError, UnknownRevertError } from "../contracts/reverts.js";
import type { RevertFields, RevertName } from "../contracts/reverts.js";
import type { DecodedEvent } from "../contracts/events.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import { overflownTime } from "../utils/overflow.js";
import {
  BookFailedError,
  BookMismatchError,
  CardIsPassError,
  CardNotUsableError,
  CardOfOtherMerchantError,
  CardStateTooOldError,
  CardUnknownError,
  MerchantNotServingError,
  OverFaceError,
  SignatureMalformedError,
  SignatureMalleableError,
  TillClockError,
  TillError,
  VisitNotAskedError,
  VisitRepeatedError,
  VisitStaleError,
  VisitUnknownError,
  VoucherSignerError,
} from "../till/errors.js";
import { LAST_TIME, formatTime } from "../utils/units.js";
import type { ExitQuote } from "../contracts/views.js";
import type { Preset } from "../presets/presets.js";
import { warningUnits } from "../format/warnings.js";
import type { Writer } from "../format/formatter.js";

/*
 * The package's sentences in Chinese: quotes, warnings, rule sets and errors. A page that is read in English does not need this file.
 */

/* QUOTES AND WARNINGS */

const causes: Readonly<Record<Exclude<ExitRuleName, "None">, string>> = {
  CoolingOff: "您仍在冷静期内",
  Unilateral: "本卡随时可退，已用部分按原价计算",
  Silence: "商家未提出异议即可退卡，已用部分按原价计算",
  MerchantConsent: "商家已同意",
  RunOff: "商家正在有序停业",
  Default: "商家已被认定违约，所有持卡人均获退款",
  Ruling: "消费者协会已作出裁决",
  RulingTimeout: "您的退卡存在争议；逾期未裁决则照常退卡，已用部分按原价计算",
};

/** The same as `explainQuote`, in Chinese. */
export function explainQuoteInChinese(quote: ExitQuote, writer: Writer): string {
  if (quote.rule === "None") return "此卡未在使用中，没有余额。";
  const kept = quote.forfeited === 0n ? "" : `；优惠部分 ${writer.amount(quote.forfeited)} 归商家`;
  const until = quote.lapsesAt === 0n ? "" : `，须在 ${writer.time(quote.lapsesAt)} 之前领取`;
  return `${causes[quote.rule]}：退还您 ${writer.amount(quote.refund)}${kept}。自 ${writer.time(quote.executableAt)} 起可领取${until}。`;
}

const warnings: Readonly<Record<WarningKindName, string>> = {
  CardOverLimit: "单张卡超过限额",
  HolderExposure: "同一持卡人的各卡合计超过限额",
  OutstandingCap: "预收资金余额超过上限",
  Complaints: "投诉集中",
  DepositShort: "存管资金不足",
  SuretyExpiring: "担保即将到期",
  ReportOverdue: "逾期未报告",
};

/** The same as `describeWarning`, in Chinese. */
export function describeWarningInChinese(
  { args: { merchantId, kind, level, observed, limit } }: DecodedEvent<"WarningRaised">,
  writer: Writer,
): string {
  const say = (value: bigint): string => {
    switch (warningUnits[kind]) {
      case "amount":
        return writer.amount(value);
      case "count":
        return value.toString();
      case "seconds":
        return writer.duration(value);
    }
  };
  const [grade, cause] = level === "Notice" ? ["提示", "预收资金余额接近上限"] : ["警告", warnings[kind]];
  return `商家 ${merchantId} ${grade}：${cause}（${say(observed)}，限额 ${say(limit)}）。`;
}

/* RULE SETS */

const presetTitles: Readonly<Record<string, string>> = {
  "CN-SPC-2025": "中国：最高人民法院预付式消费司法解释",
  "CN-MOFCOM-2012": "中国：单用途商业预付卡",
  "CN-SH-2019": "上海：2019 年单用途预付消费卡管理规定",
  "CN-SH-GYM-2025": "上海：健身",
  "CN-BJ-2022": "北京：单用途预付卡管理条例",
  "CN-BJ-COMMERCE-2023": "北京：零售、餐饮与服务",
  "CN-BJ-TRANSPORT-2023": "北京：交通",
  "CN-JS-2021": "江苏：预付卡",
  "CN-JS-GYM-2023": "江苏：健身",
  "CN-ZJ-2017": "浙江：预付卡",
  "CN-SD-2017": "山东：预付卡",
  "CN-WEIHAI-2021": "威海：预付卡平台",
  "CN-EDU-2021": "中国：校外培训",
  "CN-SZ-2026-draft": "深圳：草案",
  "JP-PSA": "日本：预付式支付手段",
  "KR-2024": "韩国：预付电子支付手段",
  "KR-KFTC-VOUCHER-2025": "韩国：礼品券标准条款",
  "UK-CASS15-2026": "英国：资金保障",
  "SG-CASETRUST": "新加坡：CaseTrust 认证",
  "HK-proposal": "香港：冷静期建议",
  "US-CARD-2009": "美国：礼品卡",
  "US-NY-GYM": "纽约：健身俱乐部",
  "TW-GYM-2022": "台湾：健身中心",
};

/** The title of a preset in Chinese; of one that does not come with the project its own. */
export function presetTitleInChinese(preset: Pick<Preset, "name" | "title" | "parts">): string {
  if (preset.parts.length > 0) return preset.parts.map(presetTitleInChinese).join("；");
  return presetTitles[preset.name] ?? preset.title;
}

/* ERRORS */

/**
 * An error of this package in Chinese: what was found, and what to do.
 *
 * @returns `undefined` for an error that is none of this package's.
 */
export function explainErrorInChinese(error: unknown): string | undefined {
  if (error instanceof RoleMissingError) {
    const who = error.holders.length === 0 ? "链上未找到持有者" : `持有者为 ${error.holders.join("、")}`;
    return `${error.account} 没有此功能所需的角色 ${error.role}；${who}。下一步：由持有该角色的账户发送，或请管理员授予。`;
  }
  if (error instanceof AllowanceShortError) {
    return `${error.account} 给出的授权额度不足，还差 ${error.token.format(error.missing)}。下一步：增加授权，或在代币支持时签署许可。`;
  }
  if (error instanceof BalanceShortError) {
    return `${error.fields.sender} 的余额不足，还差 ${error.token.format(error.missing)}。下一步：转入所差金额。`;
  }
  if (error instanceof TokenRefusedError) {
    return error.account === undefined
      ? `代币 ${error.token.symbol} 目前不从商家资金库转出任何款项。下一步：联系其发行方；款项留在资金库中，恢复后再转。`
      : `代币 ${error.token.symbol} 拒绝 ${error.account} 的收付。下一步：向其发行方询问该账户为何被冻结；持卡人可将退款付至其他地址。`;
  }
  if (error instanceof RevertError) {
    const name = error.revert as RevertName;
    const [problem, next] = (explanations[name] as (fields: unknown) => readonly [string, string])(error.fields);
    return `${problem}。下一步：${next}。`;
  }
  if (error instanceof UnknownRevertError) {
    return error.data === "0x"
      ? "合约拒绝且未说明原因。下一步：核对合约地址与所在链。"
      : `合约以未知错误（${error.selector}）拒绝。下一步：在代币或钱包的接口中查找该代码。`;
  }
  if (error instanceof StaleNonceError) {
    return `该请求以序号 ${error.nonce} 签名，而卡 ${error.cardId} 的序号现为 ${error.cardNonce}。下一步：持卡人其后另有请求，请重新签名。`;
  }
  if (error instanceof WrongNetworkError) {
    return `当前在链 ${error.chainId}，应为链 ${error.expected}。下一步：将钱包或节点切换到链 ${error.expected}。`;
  }
  if (error instanceof WrongContractError) {
    return `链 ${error.chainId} 上的 ${error.address} 不是 ${error.expected}。下一步：核对地址与网络。`;
  }
  if (error instanceof NodeUnreachableError)
    return "节点没有响应。下一步：检查其地址与网络连接后重试；没有任何内容丢失。";
  if (error instanceof OutcomeUnknownError) {
    if (error.transactionHash === undefined) {
      return "提交交易时节点停止响应，交易可能已经送达。下一步：重发之前先查看该账户的最新交易。";
    }
    return `交易 ${error.transactionHash} 已发出，但节点未告知结果。下一步：重发之前先查询该交易。`;
  }
  if (error instanceof SignerMissingError) return "尚未连接账户。下一步：连接钱包。";
  if (error instanceof WrongSignerError) {
    return `当前账户是 ${error.account}，须由 ${error.expected} 签名。下一步：切换到该账户。`;
  }
  if (error instanceof RejectedByUserError) return "您在钱包中拒绝了；没有发送任何内容。下一步：在钱包中确认。";
  if (error instanceof GasMoneyShortError) {
    return `${error.account} 的以太币不足以支付燃料费。下一步：转入一些，或由他人代发。`;
  }
  if (error instanceof TransactionFailedError) {
    return `交易 ${error.transactionHash} 失败。下一步：在区块浏览器中查看，并以更多燃料重发。`;
  }
  if (error instanceof TransactionReplacedError) {
    return `交易 ${error.transactionHash} 被同一账户的 ${error.replacement} 取代。下一步：查看后者的结果，必要时重发。`;
  }
  if (error instanceof TransactionDroppedError) {
    return `节点已不认识交易 ${error.transactionHash}；它未被打包即被丢弃，什么也没有发生。下一步：重新发送，必要时提高燃料价格。`;
  }
  if (error instanceof TokenDomainUnknownError)
    return `无法得知代币 ${error.token} 的签名方式。下一步：先授权托管合约，再以授权额度购买。`;
  if (error instanceof TillError) return explainTillError(error);
  if (error instanceof InvalidInputError) {
    return `${error.field} 的值 ${String(error.value)} 不可用；允许：${error.allowed}。下一步：${error.remedy}。`;
  }
  return undefined;
}

function explainTillError(error: TillError): string | undefined {
  if (error instanceof CardOfOtherMerchantError) {
    return `${card(error.cardId)}属于商家 ${error.merchantId}，本收银台属于商家 ${error.expected}。下一步：请出示本店的卡。`;
  }
  if (error instanceof CardNotUsableError) {
    const found = error.status === "None" ? "从未售出，或已在违约或停业后退款" : "已关闭";
    return `${card(error.cardId)}${found}；须为使用中的卡。下一步：若已转移，请查找新卡号，或另售一张。`;
  }
  if (error instanceof CardIsPassError) {
    return `${card(error.cardId)}是期限卡，按时间消费。下一步：有效期内直接放行，无需记账。`;
  }
  if (error instanceof OverFaceError) {
    return `连同本次将消费 ${error.cumulative}，卡内共 ${error.face}，只剩 ${error.left}。下一步：最多记 ${error.left}，其余记入另一张卡。`;
  }
  if (error instanceof CardUnknownError) {
    return `${card(error.cardId)}的情况未知，且节点没有响应。下一步：先联网一次，之后可离线服务。`;
  }
  if (error instanceof CardStateTooOldError) {
    return `${card(error.cardId)}上次读取于 ${error.age} 秒前，离线服务最多 ${error.limit} 秒。下一步：联网后重新记账。`;
  }
  if (error instanceof TillClockError) {
    return `收银端时钟为 ${formatTime(error.now)}，早于${card(error.cardId)}上次读取的 ${formatTime(error.readAt)}。下一步：校准时钟，或联网后重新记账。`;
  }
  if (error instanceof MerchantNotServingError) {
    const next =
      error.status === "Defaulted" ? "在最后结算期结束前结算已签名的消费，不再记账" : "核对商家编号，不再记账";
    return `商家 ${error.merchantId} ${statuses[error.status][0]}，不能记账。下一步：${next}。`;
  }
  if (error instanceof SignatureMalformedError) {
    return `签名 ${error.signature.slice(0, 20)}… 的格式不对。下一步：请持卡人的钱包重新签名。`;
  }
  if (error instanceof SignatureMalleableError) {
    return `签名的 s 为 ${error.s}，在曲线阶的上半区，托管合约不接受。下一步：使用符合 EIP-2 的钱包签名。`;
  }
  if (error instanceof VoucherSignerError) {
    return `签名不是持卡人 ${error.holder} 的，或内容与所请求的不同。下一步：由持卡人的账户按原样签名。`;
  }
  if (error instanceof VisitStaleError) {
    return `请求计至 ${error.cumulative}，但其后已另有消费（现为 ${error.consumed}）。下一步：重新记账并签名。`;
  }
  if (error instanceof VisitRepeatedError) {
    return `本次消费（计至 ${error.cumulative}）已于 ${formatTime(error.acceptedAt)} 记入账本。下一步：只服务一次；下次消费重新记账。`;
  }
  if (error instanceof VisitNotAskedError) {
    return `所签内容计至 ${error.cumulative}，不是本收银台最后所请求的。下一步：在此重新记账并签名。`;
  }
  if (error instanceof VisitUnknownError) {
    return `账本中没有${card(error.cardId)}收据为 ${error.receipt} 的消费。下一步：选择该卡某次消费的收据。`;
  }
  if (error instanceof BookMismatchError) {
    return `账本属于 ${error.kept}，所求为 ${error.asked}。下一步：每个商家使用各自的账本。`;
  }
  if (error instanceof BookFailedError) {
    return `账本 ${error.place} 无法使用（${error.reason}）。已接受的均已保存，请暂停服务。下一步：检查磁盘、服务器与权限，然后重新接受该凭证；若已保存，收银台会说明。`;
  }
  return undefined;
}

function card(cardId: string): string {
  const { holder, programId, serial } = decodeCardId(cardId);
  return `${holder} 在方案 ${programId} 的第 ${serial} 号卡`;
}

const statuses: Readonly<Record<MerchantStatusName, readonly [status: string, advice: string]>> = {
  None: ["不存在", "核对商家编号"],
  Active: ["营业中", "仅在暂停、停业或违约时可以这样做"],
  Suspended: ["已暂停", "等待暂停期满，或由监管部门恢复"],
  RunOff: ["停业中", "商家正在停业，不再售卡，余额将退还"],
  Closed: ["已停业", "商家已停业，不再办理业务"],
  Defaulted: ["已违约", "最后结算期结束后退还余额"],
};

type Explanation<Fields> = (fields: Fields) => readonly [problem: string, next: string];

const rejected = ["权限管理拒绝了该操作", "由有权限的账户发送"] as const;
const reported = "由部署者或开发者查明";

function overflow(fields: { readonly value: bigint; readonly bits: bigint }): readonly [string, string] {
  const time = overflownTime(fields);
  if (time === undefined) return [`数值 ${fields.value} 过大`, "减小数值"];
  const late = `结束时间比合约能记录的最后时间 ${formatTime(LAST_TIME)} 晚 ${time - LAST_TIME} 秒`;
  return [late, "此前开始的照常进行；新的请使用更新版本的合约"];
}

/** The message of each error. Amounts are in token base units. */
const explanations: { readonly [Name in RevertName]: Explanation<RevertFields[Name]> } = {
  PolicyFieldOutOfBounds: (e) => [`规则的 ${e.field} 为 ${e.value}；允许 ${e.min} 至 ${e.max}`, "选择范围内的值"],
  PolicyTokenWithoutCode: (e) => [`规则的代币 ${e.token} 不是合约`, "填写本链上 ERC-20 代币的地址"],
  PolicyTokenDecimalsTooMany: (e) => [
    `代币 ${e.token} 有 ${e.decimals} 位小数；最多 ${e.max} 位`,
    "选择小数位较少的代币",
  ],
  PolicyUnknown: (e) => [`没有规则 ${e.policyId}`, "先添加规则，或填写已有规则的编号"],
  PolicyTokenMismatch: (e) => [`规则的代币是 ${e.token}，商家的是 ${e.merchantToken}`, "选择与商家代币相同的规则"],
  MerchantUnknown: (e) => [`没有商家 ${e.merchantId}`, "核对商家编号"],
  MerchantStatusForbids: (e) => [`商家 ${e.merchantId} ${statuses[e.status][0]}，不允许此操作`, statuses[e.status][1]],
  MerchantOwnerOnly: (e) => [`${e.caller} 不是商家 ${e.merchantId} 的所有者，所有者是 ${e.owner}`, "用所有者账户发送"],
  MerchantOperatorOnly: (e) => [
    `${e.account} 不是商家 ${e.merchantId} 的收银账户`,
    "由所有者启用该账户，或换用已启用的收银账户",
  ],
  MerchantNextOwnerOnly: (e) => [
    `${e.caller} 不是商家 ${e.merchantId} 的下任所有者 ${e.nextOwner}`,
    "用被转让的账户接受",
  ],
  MerchantNothingPending: (e) => [`商家 ${e.merchantId} 没有待处理事项`, "无可取消"],
  MerchantTooEarly: (e) => [
    `现在是 ${formatTime(e.nowAt)}；商家 ${e.merchantId} 自 ${formatTime(e.notBefore)} 起才可以`,
    "届时再试",
  ],
  MerchantSettlementClosed: (e) => [
    `商家 ${e.merchantId} 的最后结算期已于 ${formatTime(e.windowEndedAt)} 结束`,
    "不能再结算；余额将退还持卡人",
  ],
  MerchantFlagStands: (e) => [`商家 ${e.merchantId} 的违约认定是第二次，只能撤回第一次`, "等待最后结算期结束并退款"],
  MerchantOutstandingLeft: (e) => [`商家 ${e.merchantId} 仍欠持卡人 ${e.outstanding}`, "先退还各卡余额"],
  MerchantTimeOutOfRange: (e) => [
    `时间为 ${formatTime(e.time)}；允许 ${formatTime(e.min)} 至 ${formatTime(e.max)}`,
    "选择其间的时间",
  ],
  MerchantCapExceeded: (e) => [
    `售出后商家 ${e.merchantId} 的余额将为 ${e.outstanding}；上限 ${e.cap}`,
    "少售、先结算，或申请提高上限",
  ],
  PoolNothingReleasable: (e) => [`商家 ${e.merchantId} 没有可支付的款项`, "先结算已确认的消费"],
  PoolDepositShort: (e) => [
    `商家 ${e.merchantId} 的资金库有 ${e.held}，账面为 ${e.accounted}`,
    "该代币收取费用或误报余额；换用其他代币",
  ],
  ProgramUnknown: (e) => [`没有方案 ${e.programId}`, "核对方案编号"],
  ProgramAlreadyRetired: (e) => [`方案 ${e.programId} 已停售`, "选择在售方案"],
  ProgramPolicyOutdated: (e) => [
    `方案 ${e.programId} 属于旧规则 ${e.policyId}，商家现为 ${e.merchantPolicyId}`,
    "请商家按新规则重新发布",
  ],
  ProgramPriceOverLimit: (e) => [`价格 ${e.price}；允许 ${e.limit}`, "降低价格，或分多张卡出售"],
  ProgramUnitsOutOfBounds: (e) => [`单位数 ${e.units}；允许 ${e.min} 至 ${e.max}`, "选择范围内的数"],
  ProgramListPriceOutOfBounds: (e) => [`原价 ${e.listPrice}；允许 ${e.min} 至 ${e.max}`, "选择范围内的原价"],
  ProgramPriceZero: () => ["此类方案的价格不能为 0", "填写价格"],
  CardSerialTaken: (e) => [`${card(e.cardId)}已存在`, "使用下一个序号"],
  CardSerialNotNext: (e) => [`${card(e.cardId)}的前一号尚未使用`, "使用最小的空序号"],
  CardPrincipalZero: () => ["金额为 0", "填写大于 0 的金额"],
  CardPriceMismatch: (e) => [`金额 ${e.principal}，方案价格 ${e.price}`, "按方案价格支付"],
  CardPrincipalOverLimit: (e) => [`金额 ${e.principal}，限额 ${e.limit}`, "少付，或选择较小的方案"],
  CardNotAPass: (e) => [`方案 ${e.programId} 不是期限卡`, "按普通卡购买"],
  CardStartOutOfRange: (e) => [
    `开始时间 ${formatTime(e.startsAt)}；允许 ${formatTime(e.min)} 至 ${formatTime(e.max)}`,
    "选择其间的时间",
  ],
  CardNotOpen: (e) => [`${card(e.cardId)}${e.status === "Closed" ? "已关闭" : "不存在"}`, "选择使用中的卡"],
  CardOtherMerchant: (e) => [`${card(e.cardId)}属于其他商家`, "在其商家处使用"],
  CardHolderOnly: (e) => [`${e.caller} 不是持卡人 ${e.holder}`, "用持卡人账户发送"],
  CardExitPending: (e) => [`${card(e.cardId)}已申请退卡，${formatTime(e.executableAt)} 到期`, "等待到期，或先取消申请"],
  CardExitNotRequested: (e) => [`${card(e.cardId)}没有退卡申请`, "先申请退卡"],
  CardExitTooEarly: (e) => [
    `现在是 ${formatTime(e.nowAt)};${card(e.cardId)}自 ${formatTime(e.executableAt)} 起可退`,
    "届时再试，或请商家同意立即退款",
  ],
  CardInDispute: (e) => [`${card(e.cardId)}正在争议中`, "等待裁决或裁决期满"],
  CardNotInDispute: (e) => [`${card(e.cardId)}没有争议`, "无需裁决"],
  CardComplaintTooEarly: (e) => [
    `${card(e.cardId)}自 ${formatTime(e.complaintFrom)} 起才可再次投诉`,
    "届时再试，或申请退卡",
  ],
  CardExitNotContestable: (e) => [`${card(e.cardId)}的退卡不可提出异议`, "结算已签名的消费并等待退卡"],
  CardContestTooLate: (e) => [`${card(e.cardId)}的异议期已于 ${formatTime(e.executableAt)} 结束`, "退卡将照常进行"],
  CardContestDismissed: (e) => [`${card(e.cardId)}的异议已被驳回过一次`, "不能再次提出异议"],
  CardRulingOutOfTime: (e) => [
    `现在是 ${formatTime(e.nowAt)}；裁决须在 ${formatTime(e.rulingFrom)} 至 ${formatTime(e.rulingUntil)} 之间`,
    e.nowAt < e.rulingFrom ? "届时再裁决" : "裁决期已过，任何人可执行",
  ],
  CardRulingPending: (e) => [`裁决期至 ${formatTime(e.rulingUntil)}`, "等待裁决或期满"],
  CardAwardOnDismissal: () => ["驳回时不能判给金额", "金额填 0"],
  CardMovePending: (e) => [`${card(e.cardId)}正在转移，${formatTime(e.executableAt)} 到期`, "等待或先取消"],
  CardMoveNotRequested: (e) => [`${card(e.cardId)}没有转移申请`, "先申请转移"],
  CardMoveTooEarly: (e) => [`${card(e.cardId)}自 ${formatTime(e.executableAt)} 起可转移`, "届时再试，或请商家同意"],
  CardMoveAlreadyDue: (e) => [`${card(e.cardId)}的转移已于 ${formatTime(e.executableAt)} 到期`, "直接执行"],
  CardMoveByRecovery: (e) => [`${card(e.cardId)}由找回地址申请转移，商家不能缩短等待期`, "等待 30 天"],
  CardNonceMismatch: (e) => [`${card(e.cardId)}的申请编号为 ${e.nonce}，现为 ${e.cardNonce}`, "刷新后重试"],
  ExposureCardsUnordered: () => ["卡号须严格递增", "排序后重试"],
  ExposureWithinLimit: (e) => [`合计 ${e.principal}，未超过限额 ${e.limit}`, "无需报告"],
  ExposureReported: (e) => [`合计 ${e.principal}，已报告过 ${e.highest}`, "仅报告更高的合计"],
  RecipientForbidden: (e) => [`${e.recipient} 不能收款或持卡`, "填写个人或商家的地址"],
  SignatureInvalid: (e) => [`签名不是 ${e.signer} 的`, "由该账户对所示内容签名"],
  SignatureExpired: (e) => [`签名已于 ${formatTime(e.deadline)} 过期`, "重新签名"],
  SignatureDeadlineTooFar: (e) => [`签名期限最晚为 ${formatTime(e.max)}`, "选择较早的期限"],
  GasInsufficient: (e) => [`剩余燃料 ${e.available}，需要 ${e.needed}`, "提高燃料上限"],
  AmountZero: () => ["金额为 0", "填写大于 0 的金额"],
  RuleBpsTooHigh: (e) => [`比例 ${e.bps} 个基点；最高 ${e.max}`, "降低比例"],
  RuleBpsFalling: () => ["比例不能逐档下降", "按非递减填写"],
  RuleThresholdFalling: () => ["门槛不能逐档下降", "按非递减填写"],
  RuleCureDatePassed: (e) => [`补足日期 ${formatTime(e.cureBy)} 已过`, "填写今后的日期"],
  ReportDateOutOfRange: (e) => [`截止日期须在 ${formatTime(e.min)} 至 ${formatTime(e.max)} 之间`, "选择其间的时间"],
  ReportNotInTime: (e) => [`报告应于 ${formatTime(e.dueAt)} 前提交`, "先报告余额"],
  DepositNotReceived: (e) => [`资金库有 ${e.held}，账面 ${e.accounted}`, "核对代币"],
  DepositExceeded: (e) => [`要求 ${e.amount}，存管资金只有 ${e.deposit}`, "减少金额"],
  DepositBelowRequired: (e) => [`取出后剩 ${e.left}，须保留 ${e.required}`, "减少金额"],
  SuretyNamedOnly: (e) => [`${e.caller} 不是指定的担保人 ${e.named}`, "由指定的担保人发送"],
  SuretyOfAnotherStands: (e) => [`${e.party} 的担保仍有效`, "等待其到期"],
  SuretyEndOutOfRange: (e) => [`到期日须在 ${formatTime(e.min)} 至 ${formatTime(e.max)} 之间`, "选择其间的日期"],
  SuretyNone: () => ["没有担保", "先设立担保"],
  SuretyPartyOnly: (e) => [`${e.caller} 不是担保人 ${e.party}`, "由担保人发送"],
  SuretyNotEnded: (e) => [`担保至 ${formatTime(e.endsAt)}`, "到期后再取回"],
  SuretyBound: () => ["担保已被违约认定锁定", "等待分配完成"],
  ClaimsRootMismatch: () => ["债权清单与合计不一致", "核对清单"],
  ClaimsAlreadyPublished: () => ["债权清单已公布", "等待异议期结束"],
  ClaimsNotPublished: () => ["尚未公布该债权清单", "先公布清单"],
  ClaimsObjectionsEnded: (e) => [`异议期已于 ${formatTime(e.endedAt)} 结束`, "不能再提异议"],
  ClaimsObjectionsUsed: (e) => [`已提出 ${e.objections} 次异议，最多 ${e.max} 次`, "不能再提异议"],
  ClaimsObjectedBefore: () => ["您已提出过异议", "等待新的清单"],
  ClaimsNotOpen: (e) => [`自 ${formatTime(e.opensAt)} 起可领取`, "届时再试"],
  ClaimsAlreadyOpen: () => ["领取已开始", "直接领取"],
  ClaimNotListed: (e) => [`第 ${e.index} 项不在清单中`, "核对清单与证明"],
  ClaimOverTotal: (e) => [`累计 ${e.counted} 将超过清单合计 ${e.claims}`, "核对清单"],
  ClaimNothingDue: (e) => [`第 ${e.index} 项已付 ${e.paid}，暂无可领`, "等待更多资金"],
  ClaimAccountOnly: (e) => [`只有 ${e.account} 可以指定收款人`, "由该账户发送"],
  SurplusNone: (e) => [`资金 ${e.funds} 未超过债权 ${e.claims}`, "没有剩余"],
  SurplusRefused: () => ["收款方无法收款", "联系代币发行方"],
  AccessManagedUnauthorized: (e) => [`${e.caller} 没有此操作的权限`, "由监管部门或协会的账户发送"],
  AccessManagedRequiredDelay: (e) => [`${e.caller} 须等待 ${e.delay} 秒`, "先预约再执行"],
  AccessManagerUnauthorizedAccount: (e) => [`${e.msgsender} 没有角色 ${e.roleId}`, "由有该角色的账户发送"],
  AccessManagerLockedRole: () => rejected,
  AccessManagerNotScheduled: () => rejected,
  AccessManagerNotReady: () => rejected,
  AccessManagerExpired: () => rejected,
  AccessManagerBadConfirmation: () => rejected,
  ERC20InsufficientBalance: (e) => [`${e.sender} 有 ${e.balance}，需要 ${e.needed}`, "先转入代币，或减少金额"],
  ERC20InsufficientAllowance: (e) => [`授权额度为 ${e.allowance}，需要 ${e.needed}`, "先授权托管合约"],
  ERC20InvalidSender: (e) => [`代币不能从 ${e.sender} 转出`, "换用其他账户"],
  ERC20InvalidReceiver: (e) => [`代币不能转给 ${e.receiver}`, "换用其他账户"],
  ERC20InvalidApprover: (e) => [`${e.approver} 不能授权`, "换用其他账户"],
  ERC20InvalidSpender: (e) => [`不能授权给 ${e.spender}`, "换用其他账户"],
  ERC2612ExpiredSignature: (e) => [`许可已于 ${formatTime(e.deadline)} 过期`, "重新签名"],
  ERC2612InvalidSigner: (e) => [`许可由 ${e.signer} 签名，应为 ${e.owner}`, "由付款人签名"],
  ERC3009InvalidSignature: () => ["付款授权的签名无效", "由付款人重新签名"],
  ERC3009InvalidAuthorizationTime: (e) => [
    `付款授权仅在 ${formatTime(e.validAfter)} 至 ${formatTime(e.validBefore)} 有效`,
    "重新签名",
  ],
  ERC3009UsedAuthorization: () => ["付款授权已使用", "如需再买一张，重新签名"],
  InvalidAccountNonce: (e) => [`签名编号应为 ${e.currentNonce}`, "重新签名"],
  ECDSAInvalidSignature: () => ["签名无效", "重新签名"],
  ECDSAInvalidSignatureLength: () => ["签名长度无效", "重新签名"],
  ECDSAInvalidSignatureS: () => ["签名无效", "重新签名"],
  SafeERC20FailedOperation: (e) => [`代币 ${e.token} 拒绝了转账`, "联系代币发行方，或换用其他收款账户"],
  SafeCastOverflowedUintDowncast: overflow,
  WordFieldOverflow: overflow,
  ReentrancyGuardReentrantCall: () => ["合约正在被调用", "单独发送该操作"],
  VaultCallerNotEscrow: () => ["资金库只听从托管合约", "通过托管合约操作"],
  VaultCallerNotRegister: () => ["资金库只听从存管合约", "通过存管合约操作"],
  Error: (e) => [`代币拒绝：${e.message}`, "查看代币的说明，或联系发行方"],
  Panic: (e) => [`合约内部错误（代码 ${e.code}）`, reported],
};

import { decodeCardId } from "../../contracts/cardId.js";
import type { MerchantStatusName } from "../../contracts/enums.js";
import type { RevertFields, RevertName } from "../../contracts/reverts.js";
import { overflownTime } from "../../utils/overflow.js";
import { LAST_TIME, formatTime } from "../../utils/units.js";

/** A card by its holder, program and serial. */
export function cardName(cardId: string): string {
  const { holder, programId, serial } = decodeCardId(cardId);
  return `${holder} 在方案 ${programId} 的第 ${serial} 号卡`;
}

/** Each status, and advice for a call that it forbids. */
export const statuses: Readonly<Record<MerchantStatusName, readonly [status: string, advice: string]>> = {
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

/** The problem and the next step of each error of the contracts. Amounts are in token base units. */
export const reverts: { readonly [Name in RevertName]: Explanation<RevertFields[Name]> } = {
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
  ProgramCoolingOffFree: (e) => [
    `冷静期退卡费为价格的 ${e.feeBps} 个基点；因不计已过天数，至少须为 ${e.neededBps} 个基点`,
    "改用要求未使用、或收取足额退卡费且不设上限的规则",
  ],
  ProgramPriceOverLimit: (e) => [`价格 ${e.price}；允许 ${e.limit}`, "降低价格，或分多张卡出售"],
  ProgramUnitsOutOfBounds: (e) => [`单位数 ${e.units}；允许 ${e.min} 至 ${e.max}`, "选择范围内的数"],
  ProgramListPriceOutOfBounds: (e) => [`原价 ${e.listPrice}；允许 ${e.min} 至 ${e.max}`, "选择范围内的原价"],
  ProgramPriceZero: () => ["此类方案的价格不能为 0", "填写价格"],
  CardSerialTaken: (e) => [`${cardName(e.cardId)}已存在`, "使用下一个序号"],
  CardSerialNotNext: (e) => [`${cardName(e.cardId)}的前一号尚未使用`, "使用最小的空序号"],
  CardPrincipalZero: () => ["金额为 0", "填写大于 0 的金额"],
  CardPriceMismatch: (e) => [`金额 ${e.principal}，方案价格 ${e.price}`, "按方案价格支付"],
  CardPrincipalOverLimit: (e) => [`金额 ${e.principal}，限额 ${e.limit}`, "少付，或选择较小的方案"],
  CardNotAPass: (e) => [`方案 ${e.programId} 不是期限卡，不能推迟开始或延期`, "选择期限卡，或不填开始时间与延期"],
  CardStartOutOfRange: (e) => [
    `开始时间 ${formatTime(e.startsAt)}；允许 ${formatTime(e.min)} 至 ${formatTime(e.max)}`,
    "选择其间的时间，或缩短延期",
  ],
  CardNotOpen: (e) => [`${cardName(e.cardId)}${e.status === "Closed" ? "已关闭" : "不存在"}`, "选择使用中的卡"],
  CardOtherMerchant: (e) => [`${cardName(e.cardId)}属于其他商家`, "在其商家处使用"],
  CardHolderOnly: (e) => [`${e.caller} 不是持卡人 ${e.holder}`, "用持卡人账户发送"],
  CardExitPending: (e) => [
    `${cardName(e.cardId)}已申请退卡，${formatTime(e.executableAt)} 到期`,
    "等待到期，或先取消申请",
  ],
  CardExitNotRequested: (e) => [`${cardName(e.cardId)}没有退卡申请`, "先申请退卡"],
  CardExitTooEarly: (e) => [
    `现在是 ${formatTime(e.nowAt)};${cardName(e.cardId)}自 ${formatTime(e.executableAt)} 起可退`,
    "届时再试，或请商家同意立即退款",
  ],
  CardInDispute: (e) => [`${cardName(e.cardId)}正在争议中`, "等待裁决或裁决期满"],
  CardNotInDispute: (e) => [`${cardName(e.cardId)}没有争议`, "无需裁决"],
  CardInCoolingOff: (e) => [
    `现在是 ${formatTime(e.nowAt)}；${cardName(e.cardId)}` +
      (e.until <= LAST_TIME ? `的冷静期至 ${formatTime(e.until)}` : "的商家在冷静期内停业，冷静期不再结束") +
      "，退卡无需裁决即可退款",
    e.until <= LAST_TIME ? "直接申请退卡；冷静期后可投诉" : "直接申请退卡",
  ],
  CardComplaintPending: (e) => [
    `现在是 ${formatTime(e.nowAt)}；${cardName(e.cardId)}的投诉自 ${formatTime(e.endsAt)} 起才可由他人终结`,
    "届时再试；持卡人可随时申请退卡以结束投诉",
  ],
  CardNoComplaint: (e) => [
    `${cardName(e.cardId)}的争议不是投诉，而是${e.kind === "Contest" ? "商家的异议" : "其他争议"}`,
    "作出裁决，或在裁决期满后执行",
  ],
  CardComplaintTooEarly: (e) => [
    `${cardName(e.cardId)}自 ${formatTime(e.complaintFrom)} 起才可再次投诉`,
    "届时再试，或申请退卡",
  ],
  CardExitNotContestable: (e) => [`${cardName(e.cardId)}的退卡不可提出异议`, "结算已签名的消费并等待退卡"],
  CardExitPaysInFull: (e) => [
    `${cardName(e.cardId)}退卡将退还全部余额 ${e.refund}，无可异议`,
    "结算已签名的消费并等待退卡",
  ],
  CardContestTooLate: (e) => [`${cardName(e.cardId)}的异议期已于 ${formatTime(e.executableAt)} 结束`, "退卡将照常进行"],
  CardContestDismissed: (e) => [`${cardName(e.cardId)}的异议已被驳回过一次`, "不能再次提出异议"],
  CardRulingOutOfTime: (e) => [
    `现在是 ${formatTime(e.nowAt)}；裁决须在 ${formatTime(e.rulingFrom)} 至 ${formatTime(e.rulingUntil)} 之间`,
    e.nowAt < e.rulingFrom ? "届时再裁决" : "裁决期已过，可执行",
  ],
  CardRulingPending: (e) => [`裁决期至 ${formatTime(e.rulingUntil)}`, "等待裁决或期满"],
  CardAwardOnDismissal: () => ["驳回时不能判给金额", "金额填 0"],
  CardMovePending: (e) => [`${cardName(e.cardId)}正在转移，${formatTime(e.executableAt)} 到期`, "等待或先取消"],
  CardMoveNotRequested: (e) => [`${cardName(e.cardId)}没有转移申请`, "先申请转移"],
  CardMoveTooEarly: (e) => [`${cardName(e.cardId)}自 ${formatTime(e.executableAt)} 起可转移`, "届时再试，或请商家同意"],
  CardMoveAlreadyDue: (e) => [`${cardName(e.cardId)}的转移已于 ${formatTime(e.executableAt)} 到期`, "直接执行"],
  CardMoveByRecovery: (e) => [`${cardName(e.cardId)}由找回地址申请转移，商家不能缩短等待期`, "等待 30 天"],
  CardNonceMismatch: (e) => [`${cardName(e.cardId)}的申请编号为 ${e.nonce}，现为 ${e.cardNonce}`, "刷新后重试"],
  ExposureCardsUnordered: () => ["卡号须严格递增", "排序后重试"],
  ExposureWithinLimit: (e) => [`合计 ${e.principal}，未超过限额 ${e.limit}`, "无需报告"],
  ExposureReported: (e) => [
    `合计 ${e.principal}，已报告过 ${e.highest}`,
    `合计更高时再报告，或自 ${formatTime(e.repeatableFrom)} 起再报告`,
  ],
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

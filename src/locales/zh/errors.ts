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
} from "../../client/errors.js";
import { RevertError, UnknownRevertError } from "../../contracts/reverts.js";
import type { RevertName } from "../../contracts/reverts.js";
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
  VoucherNotRequestedError,
  VoucherRepeatedError,
  RequestStaleError,
  VoucherUnknownError,
  VoucherSignerError,
} from "../../till/errors.js";
import { InvalidInputError } from "../../utils/invalidInput.js";
import { formatTime } from "../../utils/units.js";
import { cardName, reverts, statuses } from "./reverts.js";

/** The sentence for an error of a class; `undefined` for another error. */
type Sentence = (error: unknown) => string | undefined;

function sentence<Class>(type: abstract new (...args: never[]) => Class, words: (error: Class) => string): Sentence {
  return (error) => (error instanceof type ? words(error) : undefined);
}

/** A class stands before the class it extends. */
const sentences: readonly Sentence[] = [
  sentence(RoleMissingError, (error) => {
    const who = error.holders.length === 0 ? "链上未找到持有者" : `持有者为 ${error.holders.join("、")}`;
    return `${error.account} 没有此功能所需的角色 ${error.role}；${who}。下一步：由持有该角色的账户发送，或请管理员授予。`;
  }),
  sentence(
    AllowanceShortError,
    (error) =>
      `${error.account} 给出的授权额度不足，还差 ${error.token.format(error.missing)}。下一步：增加授权，或在代币支持时签署许可。`,
  ),
  sentence(
    BalanceShortError,
    (error) => `${error.fields.sender} 的余额不足，还差 ${error.token.format(error.missing)}。下一步：转入所差金额。`,
  ),
  sentence(TokenRefusedError, (error) =>
    error.account === undefined
      ? `代币 ${error.token.symbol} 目前不从商家资金库转出任何款项。下一步：联系其发行方；款项留在资金库中，恢复后再转。`
      : `代币 ${error.token.symbol} 拒绝 ${error.account} 的收付。下一步：向其发行方询问该账户为何被冻结；持卡人可将退款付至其他地址。`,
  ),
  sentence(RevertError, (error) => {
    const name = error.revert as RevertName;
    const [problem, next] = (reverts[name] as (fields: unknown) => readonly [string, string])(error.fields);
    return `${problem}。下一步：${next}。`;
  }),
  sentence(UnknownRevertError, (error) =>
    error.data === "0x"
      ? "合约拒绝且未说明原因。下一步：核对合约地址与所在链。"
      : `合约以未知错误（${error.selector}）拒绝。下一步：在代币或钱包的接口中查找该代码。`,
  ),
  sentence(
    StaleNonceError,
    (error) =>
      `该请求以序号 ${error.nonce} 签名，而卡 ${error.cardId} 的序号现为 ${error.cardNonce}。下一步：持卡人其后另有请求，请重新签名。`,
  ),
  sentence(
    WrongNetworkError,
    (error) => `当前在链 ${error.chainId}，应为链 ${error.expected}。下一步：将钱包或节点切换到链 ${error.expected}。`,
  ),
  sentence(
    WrongContractError,
    (error) => `链 ${error.chainId} 上的 ${error.address} 不是 ${error.expected}。下一步：核对地址与网络。`,
  ),
  sentence(NodeUnreachableError, () => "节点没有响应。下一步：检查其地址与网络连接后重试；没有任何内容丢失。"),
  sentence(OutcomeUnknownError, (error) => {
    if (error.transactionHash === undefined) {
      return "提交交易时节点停止响应，交易可能已经送达。下一步：重发之前先查看该账户的最新交易。";
    }
    return `交易 ${error.transactionHash} 已发出，但节点未告知结果。下一步：重发之前先查询该交易。`;
  }),
  sentence(SignerMissingError, () => "尚未连接账户。下一步：连接钱包。"),
  sentence(
    WrongSignerError,
    (error) => `当前账户是 ${error.account}，须由 ${error.expected} 签名。下一步：切换到该账户。`,
  ),
  sentence(RejectedByUserError, () => "您在钱包中拒绝了；没有发送任何内容。下一步：在钱包中确认。"),
  sentence(
    GasMoneyShortError,
    (error) => `${error.account} 的以太币不足以支付燃料费。下一步：转入一些，或由他人代发。`,
  ),
  sentence(
    TransactionFailedError,
    (error) => `交易 ${error.transactionHash} 失败。下一步：在区块浏览器中查看，并以更多燃料重发。`,
  ),
  sentence(
    TransactionReplacedError,
    (error) =>
      `交易 ${error.transactionHash} 被同一账户的 ${error.replacement} 取代。下一步：查看后者的结果，必要时重发。`,
  ),
  sentence(
    TransactionDroppedError,
    (error) =>
      `节点已不认识交易 ${error.transactionHash}；它未被打包即被丢弃，什么也没有发生。下一步：重新发送，必要时提高燃料价格。`,
  ),
  sentence(
    TokenDomainUnknownError,
    (error) => `无法得知代币 ${error.token} 的签名方式。下一步：先授权托管合约，再以授权额度购买。`,
  ),
  sentence(
    InvalidInputError,
    (error) => `${error.field} 的值 ${String(error.value)} 不可用；允许：${error.allowed}。下一步：${error.remedy}。`,
  ),

  /* THE TILL */

  sentence(
    CardOfOtherMerchantError,
    (error) =>
      `${cardName(error.cardId)}属于商家 ${error.merchantId}，本收银台属于商家 ${error.expected}。下一步：请出示本店的卡。`,
  ),
  sentence(CardNotUsableError, (error) => {
    const found = error.status === "None" ? "从未售出，或已在违约或停业后退款" : "已关闭";
    return `${cardName(error.cardId)}${found}；须为使用中的卡。下一步：若已转移，请查找新卡号，或另售一张。`;
  }),
  sentence(
    CardIsPassError,
    (error) => `${cardName(error.cardId)}是期限卡，按时间消费。下一步：有效期内直接放行，无需记账。`,
  ),
  sentence(
    OverFaceError,
    (error) =>
      `连同本次将消费 ${error.cumulative}，卡内共 ${error.face}，只剩 ${error.left}。下一步：最多记 ${error.left}，其余记入另一张卡。`,
  ),
  sentence(
    CardUnknownError,
    (error) => `${cardName(error.cardId)}的情况未知，且节点没有响应。下一步：先联网一次，之后可离线服务。`,
  ),
  sentence(
    CardStateTooOldError,
    (error) =>
      `${cardName(error.cardId)}上次读取于 ${error.age} 秒前，离线服务最多 ${error.limit} 秒。下一步：联网后重新记账。`,
  ),
  sentence(
    TillClockError,
    (error) =>
      `收银端时钟为 ${formatTime(error.now)}，早于${cardName(error.cardId)}上次读取的 ${formatTime(error.readAt)}。下一步：校准时钟，或联网后重新记账。`,
  ),
  sentence(MerchantNotServingError, (error) => {
    const next =
      error.status === "Defaulted" ? "在最后结算期结束前结算已签名的消费，不再记账" : "核对商家编号，不再记账";
    return `商家 ${error.merchantId} ${statuses[error.status][0]}，不能记账。下一步：${next}。`;
  }),
  sentence(
    SignatureMalformedError,
    (error) => `签名 ${error.signature.slice(0, 20)}… 的格式不对。下一步：请持卡人的钱包重新签名。`,
  ),
  sentence(
    SignatureMalleableError,
    (error) => `签名的 s 为 ${error.s}，在曲线阶的上半区，托管合约不接受。下一步：使用符合 EIP-2 的钱包签名。`,
  ),
  sentence(
    VoucherSignerError,
    (error) => `签名不是持卡人 ${error.holder} 的，或内容与所请求的不同。下一步：由持卡人的账户按原样签名。`,
  ),
  sentence(
    RequestStaleError,
    (error) => `请求计至 ${error.cumulative}，但其后已另有消费（现为 ${error.consumed}）。下一步：重新记账并签名。`,
  ),
  sentence(
    VoucherRepeatedError,
    (error) =>
      `本次消费（计至 ${error.cumulative}）已于 ${formatTime(error.acceptedAt)} 记入账本。下一步：只服务一次；下次消费重新记账。`,
  ),
  sentence(
    VoucherNotRequestedError,
    (error) => `所签内容计至 ${error.cumulative}，不是本收银台最后所请求的。下一步：在此重新记账并签名。`,
  ),
  sentence(
    VoucherUnknownError,
    (error) => `账本中没有${cardName(error.cardId)}收据为 ${error.receipt} 的消费。下一步：选择该卡某次消费的收据。`,
  ),
  sentence(
    BookMismatchError,
    (error) => `账本属于 ${error.kept}，所求为 ${error.asked}。下一步：每个商家使用各自的账本。`,
  ),
  sentence(
    BookFailedError,
    (error) =>
      `账本 ${error.place} 无法使用（${error.reason}）。已接受的均已保存，请暂停服务。下一步：检查磁盘、服务器与权限，然后重新接受该凭证；若已保存，收银台会说明。`,
  ),
];

/**
 * An error of this package in Chinese: the problem, and the next step.
 *
 * @returns `undefined` for an error of another package.
 */
export function explainErrorInChinese(error: unknown): string | undefined {
  for (const explain of sentences) {
    const text = explain(error);
    if (text !== undefined) return text;
  }
  return undefined;
}

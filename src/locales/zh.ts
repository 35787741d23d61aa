import type { DecodedEvent } from "../contracts/events.js";
import type { ExitQuote } from "../contracts/views.js";
import type { FeeParts, QuoteParts, RightParts, WarningParts } from "../format/catalogue.js";
import type { Writer } from "../format/formatter.js";
import { quoteSentence } from "../format/quotes.js";
import { warningSentence } from "../format/warnings.js";
import type { Preset } from "../presets/presets.js";
import type { Locale } from "./locale.js";
import { explainErrorInChinese } from "./zh/errors.js";

export { explainErrorInChinese };

/* All texts of this package in Chinese, an entry point of its own: programs that show English alone do not load it. */

/** Why each rule decides, as the beginning of a sentence. */
const quoteCauses: Readonly<Record<QuoteParts["rule"], string>> = {
  CoolingOff: "您仍在冷静期内",
  Unilateral: "本卡随时可退，已用部分按原价计算",
  NoObjection: "商家未提出异议即可退卡，已用部分按原价计算",
  MerchantConsent: "商家已同意",
  RunOff: "商家正在有序停业",
  Default: "商家已被认定违约，所有持卡人均获退款",
  Ruling: "消费者协会已作出裁决",
  RulingTimeout: "您的卡存在争议；逾期未裁决即可退卡，已用部分按原价计算",
};

const warningCauses: Readonly<Record<WarningParts["kind"], string>> = {
  CardOverLimit: "单张卡超过限额",
  HolderExposure: "同一持卡人的各卡合计超过限额",
  OutstandingCap: "预收资金余额超过上限",
  Complaints: "投诉集中",
  DepositShort: "存管资金不足",
  SuretyExpiring: "担保即将到期",
  ReportOverdue: "逾期未报告",
};

/** The cause at the lower level, which only `OutstandingCap` has. */
const nearCap = "预收资金余额接近上限";

/** Titles of the presets that come with the package. */
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
  "JP-ASCT-BEAUTY": "日本：美容服务",
  "JP-ASCT-MEDICAL": "日本：医疗美容",
  "JP-ASCT-LANGUAGE": "日本：语言与电脑教室",
  "KR-2024": "韩国：预付电子支付手段",
  "KR-KFTC-VOUCHER-2025": "韩国：礼品券标准条款",
  "KR-CRITERIA": "韩国：持续性服务",
  "KR-GYM-2025": "韩国：健身房标准条款",
  "UK-CASS15-2026": "英国：资金保障",
  "UK-SAVINGS-2026": "英国：消费者储蓄计划",
  "SG-CASETRUST": "新加坡：CaseTrust 认证",
  "HK-proposal": "香港：冷静期建议",
  "US-CARD-2009": "美国：礼品卡",
  "US-NY-GYM": "纽约：健身俱乐部",
  "US-IL-GYM": "伊利诺伊：健身中心",
  "US-FL-GYM": "佛罗里达：健身房",
  "US-CA-GYM": "加利福尼亚：健身房",
  "TW-GYM-2022": "台湾：健身中心",
  "TW-TRAINER-2022": "台湾：健身教练",
  "TW-VOUCHER": "台湾：礼券",
  "CA-QC-GYM": "魁北克：健身房",
  "CA-BC-GYM": "不列颠哥伦比亚：持续性服务",
  "AU-QLD-GYM": "昆士兰：健身服务",
  "BR-CDC": "巴西：消费者法典",
  "ZA-CPA": "南非：消费者保护",
};

const used = ({ isPass, listPrice }: RightParts): string => {
  if (isPass) return "已经过去的天数";
  return listPrice === undefined ? "已用部分" : `按原价（整卡 ${listPrice}）计算的已用部分`;
};

/** The part of the merchant beside what was used; empty if it keeps nothing. */
function kept({ discount, fee }: QuoteParts): string {
  const parts = [
    ...(discount === undefined ? [] : [`优惠部分 ${discount}`]),
    ...(fee === undefined ? [] : [`退卡费 ${fee}`]),
  ];
  return parts.length === 0 ? "" : `；${parts.join("、")} 归商家`;
}

function feeSentence({ flat, ofPrice, ofRest, most }: FeeParts): string {
  const shares = [
    ...(ofPrice === undefined ? [] : [`价格的 ${ofPrice}`]),
    ...(ofRest === undefined ? [] : [`按原价计算的剩余部分的 ${ofRest}`]),
  ].join("加");
  const capped = most === undefined || shares === "" ? shares : `${shares}，最多 ${most}`;
  const cases = flat === undefined ? [capped] : [`未使用的卡 ${flat}`, ...(capped === "" ? [] : [`已使用的${capped}`])];
  return `商家收取退卡费：${cases.join("，")}；不超过价格的一半，商家被暂停或停业期间不收。`;
}

function regretSentence({ isPass, coolingOffRequiresUnused, coolingOffInFull, coolingOffFee }: RightParts): string {
  const condition = coolingOffRequiresUnused ? "在此期间未使用而退卡" : "在此期间退卡";
  const whole = isPass ? coolingOffInFull : coolingOffRequiresUnused;
  const what = whole ? "全额退款" : isPass ? "退还您所付金额减去已经过去的天数" : "余额全部退还";
  const fee = coolingOffFee === undefined ? "" : `，另扣价格的 ${coolingOffFee} 作为退卡费`;
  return `${condition}，${what}${fee}，商家不得异议。`;
}

/** Chinese. */
export const chinese: Locale = {
  language: "zh",
  nothingToRefund: "此卡未在使用中，没有余额。",

  quote(parts) {
    const { rule, refund, from, until } = parts;
    const before = until === undefined ? "" : `，须在 ${until} 之前领取`;
    return `${quoteCauses[rule]}：退还您 ${refund}${kept(parts)}。自 ${from} 起可领取${before}。`;
  },

  warning({ merchantId, kind, level, observed, limit }) {
    const [grade, cause] = level === "Notice" ? ["提示", nearCap] : ["警告", warningCauses[kind]];
    return `商家 ${merchantId} ${grade}：${cause}（${observed}，限额 ${limit}）。`;
  },

  rights: {
    confirm: ({ isPass, accrualDelay }) =>
      isPass
        ? ["按天付款", `商家只能收取已经过去的天数的款项，且至少延后${accrualDelay}。`]
        : ["您签名才扣款", "商家只能收取您签名确认过的金额，别无其他。"],
    regret: (parts) => {
      const { coolingOff } = parts;
      if (coolingOff === undefined) return ["没有冷静期", "该规则未规定冷静期；其他退卡方式从第一天起即可使用。"];
      return [`${coolingOff}冷静期`, regretSentence(parts)];
    },
    leave: (parts) => {
      const objection = parts.unilateralExit
        ? "商家不得异议。"
        : `如商家提出异议，由消费者协会在${parts.rulingTimeout}内裁决；逾期未裁决，款项退还给您。`;
      const fee = parts.fee === undefined ? "" : feeSentence(parts.fee);
      return ["随时可退", `之后退卡，退还您所付金额减去${used(parts)}。${fee}${objection}`];
    },
    delay: ({ exitDelay }) => ["何时到账", `提出申请后${exitDelay}。商家同意的，立即全额退还余额。`],
    complain: ({ rulingTimeout }) => [
      "有处投诉",
      `您可投诉，消费者协会在${rulingTimeout}内裁决；逾期未裁决，您可照上述规则退卡，也可继续用卡。`,
    ],
    closing: ({ runOffNotice }) => ["商家有序停业", `商家须提前${runOffNotice}公告，余额全部退还给您。`],
    default: ({ finalSettlement }) => [
      "商家跑路",
      `您的钱不在商家手中。监管部门认定违约后${finalSettlement}，余额全部退还给您。`,
    ],
    expiry: ({ isPass }) => ["余额不过期", isPass ? "尚未享用的天数始终归您。" : "卡内余额始终归您，没有期限。"],
    move: ({ exitDelay }) => ["可以转让", `您可将卡转给他人：商家同意的立即生效，否则${exitDelay}后生效。`],
  },

  explainError: explainErrorInChinese,
  presetTitle: presetTitleInChinese,
};

/** The same as `explainQuote`, in Chinese. */
export function explainQuoteInChinese(quote: ExitQuote, writer: Writer): string {
  return quoteSentence(quote, writer, chinese);
}

/** The same as `describeWarning`, in Chinese. */
export function describeWarningInChinese(
  warning: DecodedEvent<"WarningRaised">,
  writer: Pick<Writer, "amount" | "duration">,
): string {
  return warningSentence(warning, writer, chinese);
}

/** The title of a preset in Chinese. A preset of another project keeps its own title. */
export function presetTitleInChinese(preset: Pick<Preset, "name" | "title" | "parts">): string {
  if (preset.parts.length > 0) return preset.parts.map(presetTitleInChinese).join("；");
  return presetTitles[preset.name] ?? preset.title;
}

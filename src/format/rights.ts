import type { Policy } from "../contracts/policy.js";
import type { ProgramView } from "../contracts/views.js";
import type { Language, Writer } from "./formatter.js";

/** What a right is about. */
export type RightName =
  "confirm" | "regret" | "leave" | "delay" | "complain" | "closing" | "default" | "expiry" | "move";

/** One right of whoever buys a card of a program, in plain words. */
export interface Right {
  readonly right: RightName;
  /** A few words. */
  readonly title: string;
  /** A sentence or two. */
  readonly text: string;
}

type Rights = Readonly<Record<RightName, readonly [title: string, text: string]>>;

/**
 * What somebody who buys a card of a program can count on, from the rules on chain.
 *
 * @param program The program.
 * @param policy Its policy, under which it was published.
 * @param writer How amounts and periods are written.
 */
export function describeRights(
  program: ProgramView,
  policy: Policy,
  writer: Writer,
  language: Language = "en",
): readonly Right[] {
  const rights = (language === "zh" ? chinese : english)(program, policy, writer);
  return (Object.entries(rights) as [RightName, Rights[RightName]][]).map(([right, [title, text]]) => ({
    right,
    title,
    text,
  }));
}

function english(program: ProgramView, policy: Policy, writer: Writer): Rights {
  const { kind, price, listPrice } = program;
  const days = (seconds: bigint): string => writer.duration(seconds);
  const open = kind === "StoredValue" && price === 0n;
  const discounted = !open && listPrice > price;
  const used =
    kind === "Term"
      ? "the days that have passed"
      : discounted
        ? `what you used, at the list price (${writer.amount(listPrice)} for the whole card)`
        : "what you used";
  return {
    confirm:
      kind === "Term"
        ? [
            "Paid by the day",
            `The shop is paid for days that have passed, ${days(policy.accrualDelay)} later at the earliest.`,
          ]
        : ["Only with your signature", "The shop is paid for what you have signed and for nothing else."],
    regret:
      policy.coolingOff === 0n
        ? ["No cooling-off period", "These rules name none. The other ways to leave are open from the first day."]
        : [
            `${days(policy.coolingOff)} to change your mind`,
            policy.coolingOffRequiresUnused
              ? "Leave within this time without having used the card, and you get everything back. The shop cannot object."
              : "Leave within this time and you get all that is left. The shop cannot object.",
          ],
    leave: [
      "Leave whenever you like",
      `Later you get back what you paid less ${used}. ` +
        (policy.unilateralExit
          ? "The shop cannot object."
          : `If the shop objects, the consumer association rules within ${days(policy.rulingTimeout)}; if it does not, you get your money.`),
    ],
    delay: [
      "When the money comes",
      `${days(policy.exitDelay)} after you ask. If the shop agrees, at once and in full.`,
    ],
    complain: [
      "Somebody to turn to",
      `Complain, and the consumer association rules within ${days(policy.rulingTimeout)}. If it stays silent, you get your money.`,
    ],
    closing: [
      "If the shop closes in order",
      `It must say so ${days(policy.runOffNotice)} ahead. You get all that is left.`,
    ],
    default: [
      "If the shop runs away",
      `Your money is not in its hands. ${days(policy.finalSettlement)} after the regulator's flag you get all that is left.`,
    ],
    expiry: [
      "Nothing expires",
      kind === "Term" ? "Days you have not had are always yours." : "What is left on the card is yours without an end.",
    ],
    move: [
      "Give it away",
      `You may move the card to somebody else; at once if the shop agrees, else after ${days(policy.exitDelay)}.`,
    ],
  };
}

function chinese(program: ProgramView, policy: Policy, writer: Writer): Rights {
  const { kind, price, listPrice } = program;
  const days = (seconds: bigint): string => writer.duration(seconds);
  const open = kind === "StoredValue" && price === 0n;
  const discounted = !open && listPrice > price;
  const used =
    kind === "Term"
      ? "已经过去的天数"
      : discounted
        ? `按原价（整卡 ${writer.amount(listPrice)}）计算的已用部分`
        : "已用部分";
  return {
    confirm:
      kind === "Term"
        ? ["按天付款", `商家只能收取已经过去的天数的款项，且至少延后${days(policy.accrualDelay)}。`]
        : ["您签名才扣款", "商家只能收取您签名确认过的金额，别无其他。"],
    regret:
      policy.coolingOff === 0n
        ? ["没有冷静期", "该规则未规定冷静期；其他退卡方式从第一天起即可使用。"]
        : [
            `${days(policy.coolingOff)}冷静期`,
            policy.coolingOffRequiresUnused
              ? "在此期间未使用而退卡，全额退款，商家不得异议。"
              : "在此期间退卡，余额全部退还，商家不得异议。",
          ],
    leave: [
      "随时可退",
      `之后退卡，退还您所付金额减去${used}。` +
        (policy.unilateralExit
          ? "商家不得异议。"
          : `如商家提出异议，由消费者协会在${days(policy.rulingTimeout)}内裁决；逾期未裁决，款项退还给您。`),
    ],
    delay: ["何时到账", `提出申请后${days(policy.exitDelay)}。商家同意的，立即全额退还余额。`],
    complain: ["有处投诉", `您可投诉，消费者协会在${days(policy.rulingTimeout)}内裁决；逾期未裁决，款项退还给您。`],
    closing: ["商家有序停业", `商家须提前${days(policy.runOffNotice)}公告，余额全部退还给您。`],
    default: ["商家跑路", `您的钱不在商家手中。监管部门认定违约后${days(policy.finalSettlement)}，余额全部退还给您。`],
    expiry: ["余额不过期", kind === "Term" ? "尚未享用的天数始终归您。" : "卡内余额始终归您，没有期限。"],
    move: ["可以转让", `您可将卡转给他人：商家同意的立即生效，否则${days(policy.exitDelay)}后生效。`],
  };
}

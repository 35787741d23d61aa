import type { Catalogue, FeeParts, QuoteParts, RightParts, WarningParts } from "./catalogue.js";

/** Why each rule decides, as the beginning of a sentence. */
const quoteCauses: Readonly<Record<QuoteParts["rule"], string>> = {
  CoolingOff: "You are within the cooling-off period",
  Unilateral: "This program lets you leave at any time, and what you used is counted at the list price",
  NoObjection: "You may leave unless the merchant contests it, and what you used is counted at the list price",
  MerchantConsent: "The merchant agreed",
  RunOff: "The merchant is closing down in order",
  Default: "The merchant is flagged as defaulted, and everybody is refunded",
  Ruling: "The consumer association ruled so",
  RulingTimeout:
    "Your card is in dispute; without a ruling in time you can leave, with what you used counted at the list price",
};

const warningCauses: Readonly<Record<WarningParts["kind"], string>> = {
  CardOverLimit: "a card is over its limit",
  HolderExposure: "one holder's cards are over their limit together",
  OutstandingCap: "the outstanding balance is over its cap",
  Complaints: "complaints pile up",
  DepositShort: "the deposit is short",
  SuretyExpiring: "the surety is near its end",
  ReportOverdue: "a report is overdue",
};

/** The cause at the lower level, which only `OutstandingCap` has. */
const nearCap = "the outstanding balance is near its cap";

const used = ({ isPass, listPrice }: RightParts): string => {
  if (isPass) return "the days that have passed";
  if (listPrice === undefined) return "what you used";
  return `what you used, at the list price (${listPrice} for the whole card)`;
};

/** The part of the merchant beside what was used; empty if it keeps nothing. */
function kept({ discount, fee }: QuoteParts): string {
  const parts = [
    ...(discount === undefined ? [] : [`${discount} of the discount`]),
    ...(fee === undefined ? [] : [`a fee of ${fee}`]),
  ];
  if (parts.length === 0) return "";
  return `; ${parts.join(" and ")} ${parts.length === 1 ? "stays" : "stay"} with the merchant`;
}

function feeSentence({ flat, ofPrice, ofRest, most }: FeeParts): string {
  const shares = [
    ...(ofPrice === undefined ? [] : [`${ofPrice} of the price`]),
    ...(ofRest === undefined ? [] : [`${ofRest} of what remains at the list price`]),
  ].join(" and ");
  const capped = most === undefined || shares === "" ? shares : `${shares}, at most ${most}`;
  const cases =
    flat === undefined ? [capped] : [`${flat} if the card is unused`, ...(capped === "" ? [] : [`else ${capped}`])];
  return ` The shop keeps a fee: ${cases.join(", ")}; never more than half the price, and none while it is suspended or closing.`;
}

function regretSentence({ isPass, coolingOffRequiresUnused, coolingOffInFull, coolingOffFee }: RightParts): string {
  const condition = coolingOffRequiresUnused ? " without having used the card," : "";
  const whole = isPass ? coolingOffInFull : coolingOffRequiresUnused;
  const what = whole ? "everything back" : isPass ? "what you paid less the days that have passed" : "all that is left";
  const fee = coolingOffFee === undefined ? "" : `, less a fee of ${coolingOffFee} of the price`;
  return `Leave within this time${condition} and you get ${what}${fee}. The shop cannot object.`;
}

/** English, the default language. */
export const english: Catalogue = {
  language: "en",
  nothingToRefund: "The card is not open; nothing is left on it.",

  quote(parts) {
    const { rule, refund, from, until } = parts;
    const before = until === undefined ? "" : ` and before ${until}`;
    return `${quoteCauses[rule]}: you get ${refund}${kept(parts)}. It can be had from ${from}${before}.`;
  },

  warning({ merchantId, kind, level, observed, limit }) {
    const cause = level === "Notice" ? nearCap : warningCauses[kind];
    return `${level} for merchant ${merchantId}: ${cause} (${observed}, limit ${limit}).`;
  },

  rights: {
    confirm: ({ isPass, accrualDelay }) =>
      isPass
        ? ["Paid by the day", `The shop is paid for days that have passed, ${accrualDelay} later at the earliest.`]
        : ["Only with your signature", "The shop is paid for what you have signed and for nothing else."],
    regret: (parts) => {
      const { coolingOff } = parts;
      if (coolingOff === undefined) {
        const text = "These rules name none. The other ways to leave are open from the first day.";
        return ["No cooling-off period", text];
      }
      return [`${coolingOff} to change your mind`, regretSentence(parts)];
    },
    leave: (parts) => {
      const objection = parts.unilateralExit
        ? "The shop cannot object."
        : `If the shop objects, the consumer association rules within ${parts.rulingTimeout}; if it does not, you get your money.`;
      const fee = parts.fee === undefined ? "" : feeSentence(parts.fee);
      return ["Leave whenever you like", `Later you get back what you paid less ${used(parts)}.${fee} ${objection}`];
    },
    delay: ({ exitDelay }) => [
      "When the money comes",
      `${exitDelay} after you ask. If the shop agrees, at once and in full.`,
    ],
    complain: ({ rulingTimeout }) => [
      "Somebody to turn to",
      `Complain, and the consumer association rules within ${rulingTimeout}. If it does not, you may leave as above, or keep the card.`,
    ],
    closing: ({ runOffNotice }) => [
      "If the shop closes in order",
      `It must say so ${runOffNotice} ahead. You get all that is left.`,
    ],
    default: ({ finalSettlement }) => [
      "If the shop runs away",
      `Your money is not in its hands. ${finalSettlement} after the regulator's flag you get all that is left.`,
    ],
    expiry: ({ isPass }) => [
      "Nothing expires",
      isPass ? "Days you have not had are always yours." : "What is left on the card is yours without an end.",
    ],
    move: ({ exitDelay }) => [
      "Give it away",
      `You may move the card to somebody else; at once if the shop agrees, else after ${exitDelay}.`,
    ],
  },
};

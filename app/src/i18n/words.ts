import { warningUnits } from "prepaid-escrow";
import type { MerchantStatusName, StandingWarning, WarningKindName, WarningLevelName, Writer } from "prepaid-escrow";
import type { Urgency } from "prepaid-escrow/till";
import { useTranslation } from "react-i18next";

/** Words for a merchant's status. */
export function useStatusWords() {
  const { t } = useTranslation();
  const words: Readonly<Record<MerchantStatusName, string>> = {
    None: t("unknown"),
    Active: t("active"),
    Suspended: t("suspended"),
    RunOff: t("closing"),
    Closed: t("closed"),
    Defaulted: t("defaulted"),
  };
  return {
    word: (status: MerchantStatusName): string => words[status],
    tone: (status: MerchantStatusName): "good" | "bad" | "wait" | "calm" =>
      status === "Active"
        ? "good"
        : status === "Defaulted"
          ? "bad"
          : status === "Suspended" || status === "RunOff"
            ? "wait"
            : "calm",
  };
}

/** Words for the reason why a signed visit cannot wait. */
export function useUrgencyWords(): (urgency: Urgency) => string {
  const { t } = useTranslation();
  const words: Readonly<Record<Urgency, string>> = {
    ExitPending: t("The holder has asked to leave."),
    MovePending: t("The card is about to be moved."),
    DisputeOpen: t("A dispute about the card is open."),
    ContractHolder: t("The holder's wallet is a contract, which can change its mind."),
    RunOffEnding: t("The shop is closing, and the notice is nearly over."),
    Defaulted: t("The shop was flagged as defaulted."),
  };
  return (urgency) => words[urgency];
}

/** Words for warnings. */
export function useWarningWords() {
  const { t } = useTranslation();
  const kinds: Readonly<Record<WarningKindName, string>> = {
    CardOverLimit: t("a card over its limit"),
    HolderExposure: t("one holder's cards over their limit"),
    OutstandingCap: t("near or over the ceiling"),
    Complaints: t("complaints pile up"),
    DepositShort: t("deposit short"),
    SuretyExpiring: t("surety near its end"),
    ReportOverdue: t("report overdue"),
  };
  return {
    kind: (kind: WarningKindName): string => kinds[kind],
    level: (level: WarningLevelName): string => (level === "Notice" ? t("notice") : t("warning")),
    figures: (
      { kind, observed, limit }: Pick<StandingWarning, "kind" | "observed" | "limit">,
      writer: Writer,
    ): string => {
      const write = {
        amount: (value: bigint) => writer.amount(value),
        count: String,
        seconds: (value: bigint) => writer.duration(value),
      }[warningUnits[kind]];
      return t("{{observed}} when it was raised, limit {{limit}}", { observed: write(observed), limit: write(limit) });
    },
  };
}

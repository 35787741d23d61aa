import type { Preset, PresetPolicy } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

/** The label of each field, in the order of the form. */
export function useLabels({ currency }: Preset): Readonly<Record<keyof PresetPolicy, string>> {
  const { t } = useTranslation();
  return {
    exitDelayDays: t("Days until a request to leave is paid"),
    coolingOffDays: t("Days to change one's mind, 0 for none"),
    coolingOffRequiresUnused: t("Changing one's mind ends with the first use"),
    coolingOffTermBps: t("Cooling-off of a pass in basis points of its term, 0 for none; 60 days at most"),
    coolingOffInFull: t("Days of a pass are not counted for who leaves in cooling-off"),
    coolingOffFeeBps: t("Fee for leaving in cooling-off, in basis points of the price"),
    feeFlat: t("Fee for leaving with an unused card in {{currency}}, 0 for the shares below", { currency }),
    feePriceBps: t("Fee for leaving, in basis points of the price"),
    feeRestBps: t("Fee for leaving, in basis points of what remains at the list price"),
    feeMax: t("Largest fee for leaving in {{currency}}, 0 for half the price", { currency }),
    unilateralExit: t("The shop cannot object to leaving"),
    rulingTimeoutDays: t("Days for the association to rule"),
    maxNamed: t("Most on a named card in {{currency}}, 0 for no limit", { currency }),
    maxBearer: t("Most on a bearer card in {{currency}}, 0 for no limit", { currency }),
    rejectOverLimit: t("A card over its limit is refused, not only warned of"),
    maxHolderExposure: t("Most on all cards of a holder at a shop in {{currency}}, 0 for no limit", { currency }),
    rejectOverCap: t("Sales over the merchant's ceiling are refused, not only warned of"),
    maxPassTermDays: t("Longest pass in days, 0 for no limit"),
    maxCount: t("Most visits on a card, 0 for no limit"),
    maxAdvanceDays: t("Days ahead that a pass may begin"),
    maxListBps: t("Highest price without discount, in basis points of the price"),
    accrualDelayDays: t("Days until the shop is paid for a day of a pass"),
    complaintCount: t("Open complaints that warn, 0 for none"),
    complaintBps: t("Share of the outstanding balance in complaint that warns, in basis points"),
    runOffNoticeDays: t("Days of notice before a shop closes"),
    finalSettlementDays: t("Days to settle what is signed after a flag"),
  };
}

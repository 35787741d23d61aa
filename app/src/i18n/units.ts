import { faceOf } from "prepaid-escrow";
import type { CardView, ProgramView, Writer } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

type Counted = Writer & { readonly number: (value: bigint) => string; readonly day: (seconds: bigint) => string };

/** Whether a program sells any amount, spent one for one. */
export function isOpen({ kind, price }: Pick<ProgramView, "kind" | "price">): boolean {
  return kind === "StoredValue" && price === 0n;
}

/** Writes units of a program: money of face value, visits, or days. */
export function useUnits() {
  const { t } = useTranslation();
  return {
    write: (program: Pick<ProgramView, "kind">, units: bigint, writer: Counted): string => {
      switch (program.kind) {
        case "StoredValue":
          return writer.amount(units);
        case "Count":
          return t("{{count}} visits", { count: Number(units), number: writer.number(units) });
        case "Pass":
          return writer.duration(units);
      }
    },
    /** The use that is left on a card. */
    left: (
      program: ProgramView,
      card: Pick<CardView, "principal" | "consumed" | "openedAt">,
      writer: Counted,
    ): string => {
      const face = faceOf(card.principal, program.units);
      switch (program.kind) {
        case "StoredValue":
          return t("{{amount}} to spend", { amount: writer.amount(face - card.consumed) });
        case "Count":
          return t("{{left}} of {{all}} visits left", {
            left: writer.number(face - card.consumed),
            all: writer.number(face),
          });
        case "Pass":
          return t("until {{day}}", { day: writer.day(card.openedAt + face) });
      }
    },
  };
}

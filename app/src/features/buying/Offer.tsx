import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useNames } from "../../chain/reading/useNames";
import { useProgram, useTokenOf } from "../../chain/reading/useRead";
import { isOpen, useUnits } from "../../i18n/units";
import { useWriter } from "../../i18n/writing";

/** A program in a list of what a shop sells. */
export function Offer({ programId, merchantId }: { readonly programId: bigint; readonly merchantId: bigint }) {
  const names = useNames();
  const units = useUnits();
  const { t } = useTranslation();
  const program = useProgram(programId);
  const token = useTokenOf(merchantId);
  const writer = useWriter(token.data);
  if (program.data === undefined) return null;
  return (
    <Link href={`/buy/${merchantId}/${programId}`} className="offer">
      <strong>{names.program(programId)}</strong>
      <span>
        {isOpen(program.data)
          ? t("any amount")
          : `${writer.amount(program.data.price)} · ${units.write(program.data, program.data.units, writer)}`}
      </span>
    </Link>
  );
}

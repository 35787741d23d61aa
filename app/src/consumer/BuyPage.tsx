import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useLedger, useNames, useRead } from "../lib/chain";
import { isOpen, useUnits } from "../lib/units";
import { useWriter } from "../lib/writing";
import { Empty, Section } from "../ui/kit";

/** What one merchant sells, or all. */
export default function BuyPage({ merchantId }: { readonly merchantId?: bigint }) {
  const { t } = useTranslation();
  const names = useNames();
  const { merchants, programs, caughtUp } = useLedger();
  const shown = [...merchants.keys()].filter((each) => merchantId === undefined || each === merchantId);
  return (
    <>
      <h1>{merchantId === undefined ? t("Shops") : names.merchant(merchantId)}</h1>
      {shown.length === 0 ? (
        <Empty>{caughtUp ? t("No shop is registered here.") : t("Reading the chain …")}</Empty>
      ) : null}
      {shown.map((id) => {
        const offers = [...programs].filter(([, program]) => program.merchantId === id && !program.retired);
        return (
          <Section key={id.toString()} title={names.merchant(id)}>
            <ul className="offers">
              {offers.map(([programId]) => (
                <li key={programId.toString()}>
                  <Offer programId={programId} merchantId={id} />
                </li>
              ))}
            </ul>
            {offers.length === 0 ? <Empty>{t("It sells nothing at present.")}</Empty> : null}
          </Section>
        );
      })}
    </>
  );
}

function Offer({ programId, merchantId }: { readonly programId: bigint; readonly merchantId: bigint }) {
  const names = useNames();
  const units = useUnits();
  const { t } = useTranslation();
  const program = useRead(["program", programId], (client) => client.program(programId), { still: true });
  const token = useRead(["token of", merchantId], (client) => client.tokenOf(merchantId), { still: true });
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

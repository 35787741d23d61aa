import type { ExitQuote } from "prepaid-escrow";
import { useTranslation } from "react-i18next";

/** A ring of three shares: used, refunded on leaving, and what the shop keeps on leaving: the discount and the fee. */
export function Ring({
  principal,
  quote,
}: {
  readonly principal: bigint;
  readonly quote: Pick<ExitQuote, "refund" | "forfeited">;
}) {
  const { t } = useTranslation();
  const share = (value: bigint): number => (principal === 0n ? 0 : Number((value * 10_000n) / principal) / 100);
  const refund = share(quote.refund);
  const forfeited = share(quote.forfeited);
  const around = 2 * Math.PI * 15.9155;
  const arc = (from: number, length: number) => ({
    strokeDasharray: `${(length / 100) * around} ${around}`,
    strokeDashoffset: `${(-from / 100) * around}`,
  });
  const used = Math.max(0, 100 - refund - forfeited);
  return (
    <svg
      className="ring"
      viewBox="0 0 36 36"
      role="img"
      aria-label={t("Used {{used}} %, comes back {{refund}} %, stays with the shop on leaving now {{forfeited}} %", {
        used: Math.round(used),
        refund: Math.round(refund),
        forfeited: Math.round(forfeited),
      })}
    >
      <circle className="ring-ground" cx="18" cy="18" r="15.9155" />
      <circle className="ring-refund" cx="18" cy="18" r="15.9155" {...arc(0, refund)} />
      <circle className="ring-forfeited" cx="18" cy="18" r="15.9155" {...arc(refund, forfeited)} />
      <text x="18" y="20.8">
        {Math.round(refund)} %
      </text>
    </svg>
  );
}

/** The meaning of the ring's colours, with the amounts. */
export function Legend(props: {
  readonly used: string;
  readonly refund: string;
  readonly discount: string | undefined;
  readonly fee: string | undefined;
}) {
  const { t } = useTranslation();
  return (
    <dl className="legend">
      <div className="of-refund">
        <dt>{t("You get on leaving")}</dt>
        <dd>{props.refund}</dd>
      </div>
      {props.discount === undefined ? null : (
        <div className="of-forfeited">
          <dt>{t("Discount taken back on leaving")}</dt>
          <dd>{props.discount}</dd>
        </div>
      )}
      {props.fee === undefined ? null : (
        <div className="of-forfeited">
          <dt>{t("Fee for leaving")}</dt>
          <dd>{props.fee}</dd>
        </div>
      )}
      <div className="of-used">
        <dt>{t("Used")}</dt>
        <dd>{props.used}</dd>
      </div>
    </dl>
  );
}

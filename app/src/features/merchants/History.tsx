import { useQuery } from "@tanstack/react-query";
import type { EscrowEvent, Token } from "prepaid-escrow";
import { merchantHistory } from "prepaid-escrow/ledger";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { useChain } from "../../chain/node/context";
import { useLocale } from "../../i18n/locale";
import { useWriter } from "../../i18n/writing";

/** The most points that are drawn; each needs the time of its block. */
const POINTS = 90;

/** A merchant's history, drawn. */
export default function History(props: {
  readonly events: readonly EscrowEvent[];
  readonly merchantId: bigint;
  readonly token: Token;
}) {
  const { events, merchantId, token } = props;
  const { t } = useTranslation();
  const { client } = useChain();
  const { locale } = useLocale();
  const writer = useWriter(token);
  const box = useRef<HTMLDivElement>(null);
  const sampled = useMemo(() => {
    const points = merchantHistory(events, merchantId);
    const step = Math.max(1, Math.ceil(points.length / POINTS));
    return points.filter((_, i) => i % step === 0 || i === points.length - 1);
  }, [events, merchantId]);
  const times = useQuery({
    queryKey: ["times", merchantId.toString(), sampled.at(-1)?.blockNumber, sampled.length],
    queryFn: () =>
      Promise.all(
        sampled.map(async ({ blockNumber }) => (await client.provider.getBlock(blockNumber))?.timestamp ?? 0),
      ),
    staleTime: "static",
  });
  const unit = 10 ** token.decimals;
  useEffect(() => {
    const element = box.current;
    if (element === null || times.data?.length !== sampled.length) return;
    const style = getComputedStyle(document.body);
    const ink = style.color;
    const whole = new Intl.NumberFormat(locale, { notation: "compact" });
    /** The value under the pointer; the last one if there is no pointer. */
    const shown = (plot: uPlot, series: number): number =>
      plot.data[series]?.[plot.legend.idx ?? sampled.length - 1] ?? 0;
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const line = (label: string, stroke: string, scale = "y"): uPlot.Series => ({
      ...{ label, stroke, scale, width: 2, points: { show: false } },
      ...(stepped === undefined ? {} : { paths: stepped }),
      value: (plot, _value, series) =>
        new Intl.NumberFormat(locale, { maximumFractionDigits: 2, roundingMode: "trunc" }).format(shown(plot, series)),
    });
    const axis = { stroke: ink, grid: { stroke: "rgb(128 140 136 / 25%)", width: 1 }, ticks: { show: false } };
    const data: uPlot.AlignedData = [
      times.data,
      sampled.map(({ sold }) => Number(sold) / unit),
      sampled.map(({ released }) => Number(released) / unit),
      sampled.map(({ outstanding }) => Number(outstanding) / unit),
      sampled.map(({ complaints }) => complaints),
    ];
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 280,
        tzDate: (seconds) => new Date(seconds * 1_000),
        series: [
          {
            label: t("Day"),
            value: (plot, _value, series) =>
              new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(shown(plot, series) * 1_000),
          },
          line(t("Sold"), "#3b6fd4"),
          line(t("To the shop"), "#c98a1b"),
          line(t("Outstanding"), "#0f8a7c"),
          line(t("Complaints"), "#c2453b", "complaints"),
        ],
        axes: [
          {
            ...axis,
            space: 80,
            values: (_plot, ticks) =>
              ticks.map((tick) =>
                new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }).format(tick * 1_000),
              ),
          },
          { ...axis, size: 64, values: (_plot, ticks) => ticks.map((tick) => whole.format(tick)) },
        ],
        scales: { complaints: { range: [0, Math.max(4, ...sampled.map(({ complaints }) => complaints * 3))] } },
      },
      data,
      element,
    );
    const resize = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: 280 });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [sampled, times.data, unit, locale, t]);
  const last = sampled.at(-1);
  return (
    <figure className="chart">
      <div ref={box} aria-hidden="true" />
      {last === undefined ? null : (
        <figcaption className="quiet">
          {t(
            "So far {{sold}} sold, {{released}} to the shop, {{outstanding}} outstanding, {{complaints}} complaints.",
            {
              sold: writer.amount(last.sold),
              released: writer.amount(last.released),
              outstanding: writer.amount(last.outstanding),
              complaints: last.complaints,
            },
          )}
        </figcaption>
      )}
    </figure>
  );
}

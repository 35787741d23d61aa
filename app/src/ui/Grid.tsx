import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { saveCsv } from "../lib/csv";
import type { CsvColumn } from "../lib/csv";

/** A column of a {@link Grid}. */
export interface GridColumn<Row> extends CsvColumn<Row> {
  readonly key: string;
  /** A track of a CSS grid. */
  readonly width: string;
  readonly numeric?: boolean;
  /** Stands in files only. */
  readonly fileOnly?: boolean;
  readonly cell?: (row: Row) => ReactNode;
}

/** Height of a row where columns stand side by side. On a phone a row is as high as its content. */
const ROW = 48;
const phone = matchMedia("(max-width: 560px)");

function useIsPhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      phone.addEventListener("change", listener);
      return () => {
        phone.removeEventListener("change", listener);
      };
    },
    () => phone.matches,
  );
}

/** A table of any length. Only the rows in sight are drawn. */
export function Grid<Row>(props: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly GridColumn<Row>[];
  readonly idOf: (row: Row) => string;
  /** Texts that the filter looks in. */
  readonly words: (row: Row) => string;
  readonly least?: string;
  /** Name of the file that it is exported to. */
  readonly file: string;
  readonly initialSort?: { readonly key: string; readonly down: boolean };
  readonly aside?: ReactNode;
}) {
  const { label, rows, columns, idOf, words, least = "44rem", file, initialSort } = props;
  const { t } = useTranslation();
  const [sort, setSort] = useState(initialSort);
  const [filter, setFilter] = useState("");
  const isPhone = useIsPhone();
  const scroller = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    const found = wanted === "" ? [...rows] : rows.filter((row) => words(row).toLowerCase().includes(wanted));
    const column = columns.find(({ key }) => key === sort?.key);
    if (column === undefined) return found;
    const sign = sort?.down === true ? -1 : 1;
    const keyed = found.map((row) => [column.value(row), row] as const);
    keyed.sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
    return keyed.map(([, row]) => row);
  }, [rows, columns, sort, filter, words]);
  const drawn = columns.filter(({ fileOnly }) => fileOnly !== true);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const style = {
    "--tracks": drawn.map(({ width }) => width).join(" "),
    "--least": least,
  } as React.CSSProperties;
  return (
    <>
      <div className="row">
        <input
          type="search"
          aria-label={t("Filter")}
          placeholder={t("Filter")}
          value={filter}
          onChange={(event) => {
            setFilter(event.target.value);
          }}
          className="filter"
        />
        <span className="quiet" role="status">
          {t("{{shown}} of {{all}}", { shown: shown.length, all: rows.length })}
        </span>
        {props.aside}
        <button
          type="button"
          className="button plain small"
          onClick={() => {
            saveCsv(file, columns, shown);
          }}
        >
          {t("Save as CSV")}
        </button>
      </div>
      <div className="grid-table" ref={scroller} tabIndex={0} role="region" aria-label={label}>
        <div role="table" aria-label={label} aria-rowcount={shown.length + 1}>
          <div className="grid-head" role="row" aria-rowindex={1} style={style}>
            {drawn.map(({ key, label: name, numeric }) => (
              <span
                key={key}
                role="columnheader"
                className={numeric === true ? "num" : ""}
                aria-sort={sort?.key === key ? (sort.down ? "descending" : "ascending") : "none"}
              >
                <button
                  type="button"
                  onClick={() => {
                    setSort({ key, down: sort?.key === key ? !sort.down : numeric === true });
                  }}
                >
                  {name}
                  {sort?.key === key ? (sort.down ? " ↓" : " ↑") : ""}
                </button>
              </span>
            ))}
          </div>
          <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const row = shown[index];
              if (row === undefined) return null;
              return (
                <div
                  key={idOf(row)}
                  role="row"
                  aria-rowindex={index + 2}
                  data-index={index}
                  ref={isPhone ? virtual.measureElement : undefined}
                  className="grid-row"
                  style={{ ...style, position: "absolute", insetInline: 0, transform: `translateY(${start}px)` }}
                >
                  {drawn.map(({ key, label: name, cell, value, numeric }) => (
                    <span key={key} role="cell" data-label={name} className={numeric === true ? "num" : ""}>
                      {cell ? cell(row) : String(value(row))}
                    </span>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}

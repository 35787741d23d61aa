import { saveFile } from "./files";

/** A column of a file for spreadsheets. */
export interface CsvColumn<Row> {
  readonly label: string;
  readonly value: (row: Row) => string | bigint | number;
  /** The text in the file, if it is not the value. */
  readonly exported?: (row: Row) => string;
}

/** Saves rows as a file for spreadsheets. */
export function saveCsv<Row>(file: string, columns: readonly CsvColumn<Row>[], rows: readonly Row[]): void {
  const field = (value: unknown): string => {
    const text = String(value);
    // A spreadsheet would evaluate a text that begins like a formula.
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [
    columns.map(({ label }) => field(label)),
    ...rows.map((row) => columns.map(({ value, exported }) => field((exported ?? value)(row)))),
  ];
  const text = `\uFEFF${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
  saveFile(`${file}.csv`, new Blob([text], { type: "text/csv" }));
}

import type { DeadLetter, KeptChainEvent, ReaderState } from "../watcher/store.js";

/** A delivery as databases return it. PostgreSQL returns 64-bit numbers as texts. */
export interface ChainEventRow {
  readonly sequence: number | string;
  readonly kind: KeptChainEvent["kind"];
  readonly key: string;
  readonly delivery: number;
  readonly log: string;
}

export interface DeadLetterRow extends ChainEventRow {
  readonly reader: string;
  readonly tries: number;
  readonly reason: string;
  readonly died_at: number | string;
}

export interface ReaderRow {
  readonly name: string;
  readonly sequence: number | string;
  readonly waiting: number | string;
  readonly tried: number | string | null;
  readonly count: number | null;
  readonly next_at: number | string | null;
  readonly reason: string | null;
}

export function chainEventOfRow({ sequence, kind, key, delivery, log }: ChainEventRow): KeptChainEvent {
  return { sequence: Number(sequence), kind, key, delivery, log: JSON.parse(log) as KeptChainEvent["log"] };
}

export function deadLetterOf(row: DeadLetterRow): DeadLetter {
  const { reader, tries, reason, died_at: diedAt } = row;
  return { reader, chainEvent: chainEventOfRow(row), tries, reason, diedAt: Number(diedAt) };
}

export function readerStateOf(row: ReaderRow): ReaderState {
  const { name, sequence, waiting, tried, count, next_at: nextAt, reason } = row;
  const tries =
    count === null ? undefined : { sequence: Number(tried), count, nextAt: Number(nextAt), reason: reason ?? "" };
  return { name, sequence: Number(sequence), waiting: Number(waiting), tries };
}

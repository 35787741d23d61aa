/** Unix seconds of a day as date fields give it and a time such as "23:59:59", in the reader's time zone. */
export function secondsOf(day: string, time: string): bigint {
  return BigInt(Math.floor(Date.parse(`${day}T${time}`) / 1_000));
}

/** The day of a time in Unix seconds, in UTC, as date fields take it. */
export function dayOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1_000).toISOString().slice(0, 10);
}

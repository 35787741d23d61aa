/** Unix seconds of a time of day, such as "23:59:59", of a day as date fields give it, where the reader is. */
export function secondsOf(day: string, time: string): bigint {
  return BigInt(Math.floor(Date.parse(`${day}T${time}`) / 1_000));
}

/** The day of a time in Unix seconds as date fields take it. */
export function dayOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1_000).toISOString().slice(0, 10);
}

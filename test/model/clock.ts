import { excess, min } from "./fraction.js";

/** A flag that was taken back. It was up in [flaggedAt, withdrawnAt). */
export interface Pause {
  readonly flaggedAt: bigint;
  readonly withdrawnAt: bigint;
}

/** The clock of a pass at `time`: time itself, less the part of a withdrawn flag that lies before it. */
export function clockAt(time: bigint, pause: Pause | undefined): bigint {
  if (pause === undefined) return time;
  return time - excess(min(time, pause.withdrawnAt), pause.flaggedAt);
}

/** The first moment at which the clock of a pass shows `reading`. */
export function timeAt(reading: bigint, pause: Pause | undefined): bigint {
  if (pause === undefined || reading <= pause.flaggedAt) return reading;
  return reading + pause.withdrawnAt - pause.flaggedAt;
}

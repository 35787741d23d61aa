import { TransientFault } from "./faults.js";

/** Waits until the time is over or the signal is aborted. Leaves no timer and no listener behind. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Waits until the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener("abort", resolve, { once: true });
  });
}

/** There was no answer in time, or the signal was aborted first. */
export class TimedOut extends TransientFault {}

/**
 * Waits for a promise, with a time limit.
 *
 * @param work The promise. It is not stopped after the time limit.
 * @param sentence The message of the error.
 * @throws TimedOut if it takes too long or the signal is aborted.
 */
export async function withTimeout<T>(
  work: Promise<T>,
  milliseconds: number,
  sentence: string,
  signal?: AbortSignal,
): Promise<T> {
  let give: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    give = () => {
      reject(new TimedOut(sentence));
    };
    timer = setTimeout(give, milliseconds);
    signal?.addEventListener("abort", give, { once: true });
    if (signal?.aborted === true) give();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    if (give !== undefined) signal?.removeEventListener("abort", give);
  }
}

/**
 * The delay before the next attempt, in milliseconds: twice as long each time, and shortened at random so that many clients do not
 * return at once.
 *
 * @param attempts Number of attempts that have failed, from 1.
 * @param first Longest delay after the first attempt, in milliseconds.
 * @param longest Longest delay of all, in milliseconds.
 */
export function backoff(attempts: number, first: number, longest: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(attempts - 1, 30));
  return Math.round(full * (0.5 + Math.random() / 2));
}

import { PassingFault } from "./faults.js";

/** Waits, or less if the signal ends it. Leaves no timer and no listener behind. */
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

/** Waits until the signal. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener("abort", resolve, { once: true });
  });
}

/** No answer in time, or no time left to wait for one. */
export class TimedOut extends PassingFault {}

/**
 * A promise, or a fault when it takes too long or the signal ends the waiting.
 *
 * @param work What is waited for; it is not stopped, only no longer waited for.
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
 * How long to wait before the next attempt: twice as long each time, shortened at random so that many do not come back at once.
 *
 * @param attempts How many have failed so far, from 1.
 * @param first The longest wait after the first one, in milliseconds.
 * @param longest The longest wait of all.
 */
export function backoff(attempts: number, first: number, longest: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(attempts - 1, 30));
  return Math.round(full * (0.5 + Math.random() / 2));
}

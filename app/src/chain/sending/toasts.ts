/** A note that an action succeeded. It stands beside the page, because the part of the page that acted may be gone. */
export interface Toast {
  readonly number: number;
  readonly hash: string | undefined;
}

/** Milliseconds that a toast stays. */
const STAY = 7_000;

let shown: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

export const toasts = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (): readonly Toast[] => shown,
  add(hash: string | undefined): void {
    count += 1;
    const toast = { number: count, hash };
    set([...shown, toast]);
    setTimeout(() => {
      set(shown.filter((each) => each !== toast));
    }, STAY);
  },
};

import type { DevelopmentAccount } from "../../chain/node/settings";

/** A question to the wallet's user. */
export interface WalletQuestion {
  readonly kind: "sign" | "send";
  readonly account: DevelopmentAccount;
  /** The message to sign, or the transaction to send. */
  readonly content: unknown;
  readonly answer: (agreed: boolean) => void;
}

interface DevelopmentState {
  readonly accounts: readonly DevelopmentAccount[];
  readonly current: DevelopmentAccount | undefined;
  readonly question: WalletQuestion | undefined;
  /** Whether it agrees without asking. */
  readonly trusting: boolean;
}

const CURRENT = "console.development.account";

let state: DevelopmentState = { accounts: [], current: undefined, question: undefined, trusting: false };
const listeners = new Set<() => void>();
const followers = new Set<(accounts: string[]) => void>();
let passTime: (seconds: number) => Promise<void> = () => Promise.resolve();

function set(next: Partial<DevelopmentState>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

/** The development wallet's state, and what its user can do. */
export const developmentWallet = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (): DevelopmentState => state,
  /** Opens it for these people. The account chosen last is the current one. */
  open(accounts: readonly DevelopmentAccount[], pass: (seconds: number) => Promise<void>): void {
    const remembered = sessionStorage.getItem(CURRENT);
    passTime = pass;
    set({ accounts, current: accounts.find(({ address }) => address === remembered) ?? accounts[0] });
  },
  /** Becomes somebody else. */
  become(address: string): void {
    const current = state.accounts.find((account) => account.address === address);
    if (current === undefined) return;
    sessionStorage.setItem(CURRENT, address);
    set({ current });
    for (const follower of followers) follower([address]);
  },
  /** Asks its user. */
  async ask(question: Omit<WalletQuestion, "answer">): Promise<boolean> {
    if (state.trusting) return true;
    const agreed = await new Promise<boolean>((answer) => {
      set({ question: { ...question, answer } });
    });
    set({ question: undefined });
    return agreed;
  },
  trust(trusting: boolean): void {
    set({ trusting });
  },
  /** Lets time pass on the local chain. */
  pass: (seconds: number): Promise<void> => passTime(seconds),
  followers,
};

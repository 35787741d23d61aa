import { decodeCardId } from "../../src/contracts/cardId.js";
import type { CardView, ExitQuote, MerchantView } from "../../src/contracts/views.js";
import { excess } from "../model/fraction.js";
import type { Said } from "../model/transaction.js";
import type { FuzzRun } from "./handlers.js";
import { nameFields } from "./run.js";
import type { Stage } from "./stage.js";

/* The way of a holder out of a card, read from the chain as any wallet would, and how long it may take. */

/** What a holder does next. */
export interface Step {
  readonly name: "requestExit" | "executeExitTo";
  readonly args: readonly unknown[];
  /** From when it can be done. */
  readonly from: bigint;
  /** When the refund can be had if nobody comes in between. */
  readonly out: bigint;
}

/** The next step out of a card, with the money to `recipient`; none once the card is closed, or the merchant, and nothing is left. */
export async function nextStep(run: FuzzRun, cardId: string, recipient: string): Promise<Step | undefined> {
  const { stage } = run;
  const merchantId = run.originOf(cardId).m.id;
  const views = [
    ["card", cardId],
    ["quoteExit", cardId],
    ["merchant", merchantId],
    ["remaining", cardId],
  ] as const;
  const answers = await stage.ask("escrow", views);
  const [card, quote, merchant, remaining] = answers.map((answer, i) => nameFields(views[i]![0], answer)) as [
    CardView,
    ExitQuote,
    MerchantView,
    bigint,
  ];
  if (card.status !== "Open" || (merchant.status === "Closed" && remaining === 0n)) return undefined;
  const out = quote.executableAt;
  const replaced =
    merchant.status === "Defaulted" || (merchant.status === "RunOff" && merchant.noticeEndsAt <= stage.now);
  return card.exitRequestedAt === 0n && !replaced
    ? { name: "requestExit", args: [cardId], from: 0n, out }
    : { name: "executeExitTo", args: [cardId, recipient], from: out, out };
}

/** How many flags a merchant can have in its run. */
const FLAGS = 2;

/** The longest a holder may have to wait: it grows with each flag, up to the second one of the merchant's run. */
export class Allowance {
  readonly #merchantId: bigint;
  #flags: number;
  #seconds: bigint;

  constructor(run: FuzzRun, cardId: string) {
    const { stage } = run;
    const { m, policy } = run.originOf(cardId);
    this.#merchantId = m.id;
    this.#flags = stage.events.filter(({ name, args }) => name === "DefaultFlagged" && args.merchantId === m.id).length;
    // Exit delay and ruling timeout, and an exit delay once more after a dismissal.
    this.#seconds = 2n * policy.exitDelay + policy.rulingTimeout;
    // A flag that is up counts with what is left of its window.
    if (m.status === "Defaulted") this.#seconds += excess(stage.escrow.flagOf(m).windowEndsAt, stage.now);
  }

  get seconds(): bigint {
    return this.#seconds;
  }

  /** Takes notice of what a call has said. */
  hear(said: readonly Said[], { now }: Stage): void {
    for (const { name, args } of said) {
      if (name !== "DefaultFlagged" || args.merchantId !== this.#merchantId) continue;
      this.#flags += 1;
      if (this.#flags <= FLAGS) this.#seconds += (args.windowEndsAt as bigint) - now;
    }
  }
}

/** Open cards whose holders can send transactions. */
export function openCards({ stage }: FuzzRun): string[] {
  const { keys, contractHolder } = stage.set;
  return [...stage.escrow.state.cards]
    .filter(([cardId, { open }]) => {
      const { holder } = decodeCardId(cardId);
      return open && (keys.has(holder) || holder === contractHolder);
    })
    .map(([cardId]) => cardId);
}

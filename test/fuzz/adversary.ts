import { ZeroHash } from "ethers";

import { DAY } from "../helpers/fixture.js";
import { EVIDENCE } from "../helpers/leaving.js";
import type { Random } from "../helpers/random.js";
import type { Merchant } from "../model/state.js";
import type { FuzzRun } from "./handlers.js";
import type { Call, Outcome } from "./stage.js";
import { nextStep } from "./wayOut.js";
import type { Step } from "./wayOut.js";

/*
 * Whoever has a say, against one holder who wants out: merchant, regulator and association as one, with everything they may do,
 * in the worst order there is and in the last second before it would be too late.
 */

/** Seconds by which no act counts as putting a refund off. */
const NOTHING = 60n;

/** As many as one transaction takes in, about: a voucher that is passed over costs 4,500 gas, a pass up to 4,800. */
const MANY = 2_500;

/** Something to do at a moment. */
type Act = (at: bigint) => Call;

/** Acts that belong together, second by second. */
interface Move {
  readonly name: string;
  readonly acts: readonly Act[];
}

function movesOf(run: FuzzRun, cardId: string): Readonly<Record<"worst" | "aside", readonly Move[]>> {
  const { stage, people } = run;
  const { m } = run.originOf(cardId);
  const operator = [...m.operators][0] ?? m.owner;
  const act =
    (name: string, sender: string, args: readonly unknown[], told = args): Act =>
    (at) => ({ to: "escrow", name, sender, args, told, at });
  const move = (name: string, ...acts: readonly Act[]): Move => ({ name, acts });
  const flag = act("flagDefault", people.regulator, [m.id, run.random.pick([0n, stage.now]), EVIDENCE]);
  const suspend = act("suspend", people.regulator, [m.id, EVIDENCE]);
  const garbage = { cardId, cumulative: 2n ** 88n - 1n, receipt: ZeroHash, signedBy: people.stranger };
  const many = <T>(one: T): readonly T[] => Array.from({ length: MANY }, () => one);
  return {
    // From the one that costs the holder most to the one that costs least, of those that can be had at a time.
    worst: [
      move("contest", act("contestExit", operator, [cardId, EVIDENCE])),
      move("dismissal", act("resolve", people.association, [cardId, false, 0n, EVIDENCE])),
      move("withdrawal and flag", act("withdrawDefault", people.regulator, [m.id]), flag),
      move("flag", flag),
      move("withdrawal", act("withdrawDefault", people.regulator, [m.id])),
      move("suspension", suspend),
      move("run-off", (at) => act("startRunOff", people.regulator, [m.id, at])(at)),
      move("ruling for nothing", act("resolve", people.association, [cardId, true, 0n, EVIDENCE])),
    ],
    aside: [
      move("suspension", suspend),
      move("longest window", act("setMerchantPolicy", people.regulator, [m.id, longestWindow(run, m)])),
      move("end of suspension", act("resume", people.regulator, [m.id])),
      move("payout", act("setPayout", m.owner, [m.id, people.secondPayout]), act("payOut", people.stranger, [m.id])),
      move(
        "batch of vouchers",
        act("settle", operator, [m.id, many(stage.signVoucher(garbage))], [m.id, many(garbage)]),
      ),
      move("batch of refunds", act("refundCards", people.stranger, [m.id, many(cardId)])),
      move("extension", act("extendPasses", operator, [[cardId], 30n * DAY])),
      move("batch of passes", act("accrue", people.stranger, [many(cardId)])),
    ],
  };
}

/** The policy under the merchant's token that has the longest final window. */
function longestWindow({ stage }: FuzzRun, m: Merchant): bigint {
  const [longest] = [...stage.escrow.state.policies]
    .filter(([, { token }]) => token === m.token)
    .toSorted(([, a], [, b]) => Number(b.finalSettlement - a.finalSettlement));
  return longest![0];
}

/** One who knows what comes next, and does of all that can be done what puts the refund off furthest. */
export class Adversary {
  /** What was tried in passing and what put the refund off, in order. */
  readonly done: string[] = [];
  readonly #moves: ReturnType<typeof movesOf>;

  constructor(
    private readonly run: FuzzRun,
    private readonly cardId: string,
    private readonly recipient: string,
  ) {
    const { worst, aside } = movesOf(run, cardId);
    // The worst order is not always the one that was thought of.
    this.#moves = { worst: run.random.chance(70n) ? worst : shuffled(worst, run.random), aside };
  }

  /** Acts before a step of the holder. */
  async against(step: Step): Promise<Outcome[]> {
    const { random, stage } = this.run;
    const outcomes: Outcome[] = [];
    // A holder who has to ask first is let ask: what can be done now costs more later.
    if (step.name === "requestExit" && random.chance(80n)) return outcomes;
    const room = step.from > stage.now + DAY;
    if (room && random.chance(50n)) {
      const aside = random.pick(this.#moves.aside);
      outcomes.push(...(await this.play(aside, stage.now + random.between(1n, 3_600n))));
      this.done.push(aside.name);
    }
    for (const move of this.#moves.worst) {
      const first = step.from - BigInt(move.acts.length);
      const late = random.chance(85n) || !room ? first : random.between(stage.now + 1n, first);
      const at = late > stage.now ? late : stage.now + 1n;
      if (!(await this.putsOff(move, at, step))) continue;
      outcomes.push(...(await this.play(move, at)));
      this.done.push(move.name);
      break;
    }
    return outcomes;
  }

  /** Whether a move would put the refund off, which is tried and taken back. */
  private async putsOff(move: Move, at: bigint, { out }: Step): Promise<boolean> {
    const { stage } = this.run;
    return await stage.whatIf(async () => {
      for (const { refused } of await this.play(move, at)) if (refused !== undefined) return false;
      const next = await nextStep(this.run, this.cardId, this.recipient);
      return next !== undefined && next.out > out + NOTHING;
    });
  }

  private async play({ acts }: Move, at: bigint): Promise<Outcome[]> {
    const { stage } = this.run;
    const outcomes: Outcome[] = [];
    for (const act of acts) outcomes.push(await stage.play(act(at > stage.now ? at : stage.now + 1n)));
    return outcomes;
  }
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const left = [...all];
  return all.map(() => left.splice(Number(random.below(BigInt(left.length))), 1)[0]!);
}

import {
  CardStatus,
  DisputeKind,
  ExitRule,
  MerchantStatus,
  ProgramKind,
  WarningKind,
  WarningLevel,
  nameOf,
} from "../../src/contracts/enums.js";
import { randomOf } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";
import {
  cardView,
  claimQuote,
  depositView,
  disputeView,
  distributionView,
  merchantView,
  moveView,
  poolView,
  programView,
  quoteView,
  registerWarningsView,
  ruleView,
  suretyView,
  warningsView,
} from "../model/views.js";
import { FuzzRun, NothingToTry, escrowParts, policyOf, publishFor } from "./handlers.js";
import type { Part } from "./handlers.js";
import { registerParts } from "./registerHandlers.js";
import { Difference, Stage, compares, same, show } from "./stage.js";
import type { Call, Outcome, Target } from "./stage.js";

/** All handlers, by the name under which their calls are counted. */
export const parts: Readonly<Record<string, Part>> = { ...escrowParts, ...registerParts };

/** How often each call was sent and accepted, in all and by the status of the merchant it was about. */
export class Tally {
  readonly calls = new Map<string, { sent: number; accepted: number }>();
  readonly statuses = new Map<string, { sent: number; accepted: number }>();
  readonly refusals = new Map<string, number>();
  runs = 0;

  count(name: string, status: string, refused: string | undefined): void {
    for (const [map, key] of [
      [this.calls, name],
      [this.statuses, status],
    ] as const) {
      const entry = map.get(key) ?? { sent: 0, accepted: 0 };
      entry.sent += 1;
      if (refused === undefined) entry.accepted += 1;
      map.set(key, entry);
    }
    if (refused !== undefined) this.refusals.set(refused, (this.refusals.get(refused) ?? 0) + 1);
  }

  get sent(): number {
    return [...this.calls.values()].reduce((sum, { sent }) => sum + sent, 0);
  }

  get accepted(): number {
    return [...this.calls.values()].reduce((sum, { accepted }) => sum + accepted, 0);
  }
}

/** What watches a run from outside the model: it is shown each outcome, and asked for its verdict now and then. */
export interface Watcher {
  readonly after: (outcome: Outcome, run: FuzzRun) => void;
  readonly now: (run: FuzzRun) => Promise<void>;
}

/** A run that went wrong, and how to see it again. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
}

export interface FuzzOptions {
  readonly calls: number;
  /** Every so many calls everything is read and compared. */
  readonly every: number;
  readonly tally?: Tally;
  /** Makes those who watch it. */
  readonly watchers: () => readonly Watcher[];
}

/** Merchants under different rules and tokens, each with programs of all kinds. */
async function furnish(run: FuzzRun): Promise<void> {
  const { stage, people, random } = run;
  const { plainToken, blockingToken } = stage.set.addresses;
  const play = async (call: Call): Promise<void> => {
    const { refused } = await stage.play(call);
    if (refused !== undefined) throw new Error(`${call.name} was refused at the beginning: ${refused}`);
  };
  for (const token of [plainToken, plainToken, blockingToken, blockingToken]) {
    await play(run.call("addPolicy", people.regulator, [policyOf(run, token)]));
    const policyId = BigInt(stage.escrow.state.policies.size);
    const owner = random.pick([people.owner, people.secondOwner]);
    const cap = random.pick([0n, 1_000n, 3_000n]);
    await play(
      run.call("registerMerchant", people.regulator, [owner, people.payout, policyId, cap, "ipfs://merchant"]),
    );
    const merchantId = BigInt(stage.escrow.state.merchants.size);
    await play(run.call("setOperator", owner, [merchantId, people.operator, true]));
    const m = stage.escrow.merchantOf(merchantId);
    for (let i = 0; i < 3; i++) {
      const { refused } = await stage.play(publishFor(run, m, owner));
      if (refused !== undefined) i -= 1;
    }
  }
}

/** A run that is over: what was sent, and what handlers drew from. */
export interface Played {
  readonly run: FuzzRun;
  readonly calls: readonly Call[];
}

/** Draws handlers by weight; each run has a temper of its own, in which some matters come up more often. */
function temperOf(random: Random): readonly string[] {
  const tempers = [
    [],
    ["requestExit", "executeExit", "contestExit", "complain", "resolve", "executeDispute"],
    ["requestMove", "consentMove", "executeMove", "setRecovery", "cancelMove"],
    ["suspend", "resume", "flagDefault", "withdrawDefault", "startRunOff", "refundCards", "closeMerchant"],
    Object.keys(registerParts),
    ["flagDefault", "publishClaims", "objectToClaims", "openClaims", "claim", "claimMany", "paySurplus", "deposit"],
    ["buyPass", "accrue", "suspend", "payOut"],
    ["buyPass", "extendPasses", "settleFirstVisit", "complain", "resolveByExtension", "endComplaint", "accrue"],
    ["buyPass", "requestExit", "setRecovery", "recoverPass", "contestExit", "resolve", "withdrawDefault", "accrue"],
  ];
  const favoured = random.pick(tempers);
  return Object.entries(parts).flatMap(([name, { weight }]) => {
    const times = weight * (favoured.includes(name) ? 4 : 1);
    return Array.from({ length: times }, () => name);
  });
}

/**
 * Plays one run: the same random calls on the chain and on the model.
 *
 * @throws FuzzFailure naming the seed, at the first call they differ about or the first promise that is broken.
 */
export async function playRun(seed: bigint, options: FuzzOptions): Promise<Played> {
  const random = randomOf(seed);
  const run = new FuzzRun(await Stage.open(), random);
  const { calls, every, tally, watchers } = options;
  const watching = watchers();
  try {
    await furnish(run);
    const lots = temperOf(random);
    for (let n = 1; n <= calls; n++) {
      let call: Call | undefined;
      let name = "";
      while (call === undefined) {
        name = random.pick(lots);
        call = tryPart(name, run);
      }
      const status = statusOf(run, call);
      const outcome = await run.stage.play(call);
      tally?.count(name, status, outcome.refused);
      remember(run, outcome);
      for (const watcher of watching) watcher.after(outcome, run);
      if (n % every === 0 || n === calls) await lookAtAll(run, watching);
    }
    if (tally !== undefined) tally.runs += 1;
    return { run, calls: run.stage.played };
  } catch (error) {
    const played = [...run.stage.played];
    const short = await shorten(run, played, error, watchers);
    const told = short.map(
      ({ at, name, sender, args }) => `  ${at} ${name} from ${nameOfAccount(run, sender)} ${oneLine(args)}`,
    );
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new FuzzFailure(
      `SEED=${seed} plays it again. ${played.length} calls; these ${short.length} of them are enough:\n${told.join("\n")}\n${reason}`,
    );
  }
}

async function lookAtAll(run: FuzzRun, watching: readonly Watcher[]): Promise<void> {
  if (compares) {
    await compareState(run.stage);
    await compareClaims(run);
  }
  for (const watcher of watching) await watcher.now(run);
}

const oneLine = (value: unknown): string => show(value).replaceAll(/\s+/g, " ");

function nameOfAccount({ people, stage }: FuzzRun, account: string): string {
  const named = Object.entries(people).find(([, address]) => address === account)?.[0];
  return named ?? (account === stage.set.contractHolder ? "the contract holder" : account);
}

/* SHORTENING */

/** How many shorter sequences are tried before the shortest so far is shown. */
const TRIES = 60;

/** What is wrong, without the figures. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name} ${error.message.split(/[^\w .]/)[0] ?? ""}`;
}

/** Leaves out whatever the failure does not need, as far as a few tries get. */
async function shorten(
  run: FuzzRun,
  calls: readonly Call[],
  failure: unknown,
  watchers: FuzzOptions["watchers"],
): Promise<readonly Call[]> {
  let shortest = calls;
  let tries = 0;
  for (
    let size = Math.ceil(calls.length / 2);
    size >= 1 && tries < TRIES;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < shortest.length && tries < TRIES;) {
      const shorter = shortest.toSpliced(from, size);
      tries += 1;
      const found = await failureOf(run, shorter, watchers);
      if (found !== undefined && kindOf(found) === kindOf(failure)) shortest = shorter;
      else from += size;
    }
  }
  return shortest;
}

/** Plays recorded calls on a new stage, and answers what goes wrong. */
async function failureOf(run: FuzzRun, calls: readonly Call[], watchers: FuzzOptions["watchers"]): Promise<unknown> {
  const again = new FuzzRun(await Stage.open(), randomOf(0n));
  for (const [root, claims] of run.lists) again.lists.set(root, claims);
  const watching = watchers();
  try {
    for (const call of calls) {
      const outcome = await again.stage.play(call);
      for (const watcher of watching) watcher.after(outcome, again);
    }
    await lookAtAll(again, watching);
    return undefined;
  } catch (error) {
    return error;
  }
}

function tryPart(name: string, run: FuzzRun): Call | undefined {
  try {
    return parts[name]!.handler(run);
  } catch (error) {
    if (error instanceof NothingToTry) return undefined;
    throw error;
  }
}

/** The status of the merchant a call is about. */
function statusOf(run: FuzzRun, { name, args, to }: Call): string {
  const { escrow, now } = run.stage;
  if (to === "plainToken" || to === "blockingToken") return "none";
  const [first] = args;
  if (typeof first === "string" && first.length === 66) {
    return escrow.state.cards.has(first) ? escrow.statusOf(run.originOf(first).m, now) : "none";
  }
  if (name.startsWith("buy") || name === "retireProgram") {
    const programId = typeof first === "bigint" ? first : (first as { readonly programId: bigint }).programId;
    const program = escrow.state.programs.get(programId);
    return program === undefined ? "none" : escrow.statusOf(escrow.merchantOf(program.merchantId), now);
  }
  const m = typeof first === "bigint" ? escrow.state.merchants.get(first) : undefined;
  return m === undefined ? "none" : escrow.statusOf(m, now);
}

/** Keeps the vouchers that were booked. */
function remember(run: FuzzRun, { call, said }: Outcome): void {
  if (call.to !== "escrow" || !["settle", "settleAndPayOut"].includes(call.name)) return;
  const [merchantId, vouchers] = call.told as [bigint, readonly (typeof run.booked)[number]["voucher"][]];
  const receipts = said.filter(({ name }) => name === "ConsumptionSettled").map(({ args }) => args.receipt);
  for (const voucher of vouchers) if (receipts.includes(voucher.receipt)) run.booked.push({ merchantId, voucher });
}

/* STATE */

type Question = readonly [to: Target, name: string, arg: unknown, expected: unknown];

const named: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, bigint>>>>>> = {
  merchant: { status: MerchantStatus },
  program: { kind: ProgramKind },
  card: { status: CardStatus },
  dispute: { kind: DisputeKind },
  quoteExit: { rule: ExitRule },
  warnings: { kind: WarningKind, level: WarningLevel },
};

/** An answer of the chain with enumerations by name. */
export function nameFields(view: string, answer: unknown): unknown {
  const fields = named[view];
  if (fields === undefined) return answer;
  if (Array.isArray(answer)) return answer.map((item) => nameFields(view, item));
  const entries = Object.entries(answer as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key in fields ? nameOf(fields[key]!, value as bigint) : value]),
  );
}

/** Every card there ever was. */
export function allCards(stage: Stage): string[] {
  const ids = new Set<string>();
  for (const event of stage.events) {
    if (event.name === "CardOpened") ids.add(event.args.cardId);
    if (event.name === "CardMoved") ids.add(event.args.newCardId);
  }
  return [...ids];
}

/** Reads all state and compares it with the model's, to the unit. */
export async function compareState(stage: Stage): Promise<void> {
  const { escrow, register, now } = stage;
  const questions: Question[] = [];
  for (const { id, operators } of escrow.state.merchants.values()) {
    questions.push(["escrow", "merchant", id, merchantView(escrow, id, now)]);
    questions.push(["escrow", "pool", id, poolView(escrow, id)]);
    questions.push(["escrow", "releasable", id, escrow.releasable(escrow.merchantOf(id))]);
    questions.push(["escrow", "warnings", id, warningsView(escrow, id)]);
    questions.push(["register", "rule", id, ruleView(register, id, now)]);
    questions.push(["register", "depositOf", id, depositView(register, id, now)]);
    questions.push(["register", "required", id, register.required(register.accountOf(id), now)]);
    questions.push(["register", "surety", id, suretyView(register, id, now)]);
    questions.push(["register", "distribution", id, distributionView(register, id, now)]);
    questions.push(["register", "warnings", id, registerWarningsView(register, id)]);
    for (const operator of [stage.set.people.operator, stage.set.people.secondOperator]) {
      questions.push(["escrow", "isOperator", [id, operator], operators.has(operator)]);
    }
  }
  for (const programId of escrow.state.programs.keys()) {
    questions.push(["escrow", "program", programId, programView(escrow, programId)]);
  }
  for (const cardId of allCards(stage)) {
    questions.push(["escrow", "card", cardId, cardView(escrow, cardId, now)]);
    questions.push(["escrow", "remaining", cardId, escrow.remaining(cardId)]);
    questions.push(["escrow", "dispute", cardId, disputeView(escrow, cardId)]);
    questions.push(["escrow", "pendingMove", cardId, moveView(escrow, cardId, now)]);
    questions.push(["escrow", "quoteExit", cardId, quoteView(escrow, cardId, now)]);
  }
  for (const holder of stage.set.rich) {
    const recovery = escrow.state.recoveries.get(holder)?.account ?? "0x0000000000000000000000000000000000000000";
    questions.push(["escrow", "recoveryOf", holder, recovery]);
  }
  for (const to of ["plainToken", "blockingToken"] as const) {
    const { balances } = stage.tokens.get(stage.set.addresses[to])!.state;
    for (const [account, balance] of balances) questions.push([to, "balanceOf", account, balance]);
  }
  for (const target of ["escrow", "register", "plainToken", "blockingToken"] as const) {
    const asked = questions.filter(([to]) => to === target);
    const answers = await stage.ask(
      target,
      asked.map(([, name, arg]) => [name, ...(Array.isArray(arg) ? (arg as unknown[]) : [arg])] as const),
    );
    asked.forEach(([, name, arg, expected], i) => {
      const answer = nameFields(name, answers[i]);
      if (!same(expected, answer)) {
        throw new Difference(
          `${target}.${name}(${String(arg)}) at ${now}\nmodel: ${show(expected)}\nchain: ${show(answer)}`,
        );
      }
    });
  }
}

/** What each published claim has had and is due. */
async function compareClaims({ stage, lists }: FuzzRun): Promise<void> {
  for (const m of stage.escrow.state.merchants.values()) {
    for (const { root } of stage.register.accountOf(m.id).distributions) {
      const lines = lists.get(root) ?? [];
      const answers = await stage.ask(
        "register",
        lines.map(({ index, account, amount }) => ["quoteClaim", m.id, index, account, amount] as const),
      );
      lines.forEach((line, i) => {
        const expected = claimQuote(stage.register, m.id, line, stage.now);
        if (!same(expected, answers[i])) {
          throw new Difference(`quoteClaim ${show(line)}\nmodel: ${show(expected)}\nchain: ${show(answers[i])}`);
        }
      });
    }
  }
}

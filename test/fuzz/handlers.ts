import { ZeroAddress, ZeroHash, id } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import { ProgramKind } from "../../src/contracts/enums.js";
import { purchaseNonce } from "../../src/contracts/typedData.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { Random } from "../helpers/random.js";
import type { Purchase, Voucher, Terms } from "../model/escrow.js";
import { max } from "../model/fraction.js";
import type { Fees } from "../model/refund.js";
import type { Card, Merchant, Policy } from "../model/state.js";
import type { Signed } from "../model/transaction.js";
import type { Call, Person, Stage, Target } from "./stage.js";

/** What fits a voucher: 88 bits. */
const MOST_UNITS = 2n ** 88n - 1n;

/*
 * One handler for each call of the escrow: it makes up a call that somebody could send now. Mostly an honest one, at a moment
 * that matters; now and then from the wrong sender, too early, too late, with a stale voucher or somebody else's signature.
 */

/** Makes up a call; nothing where there is nothing to try. */
export type Handler = (run: FuzzRun) => Call | undefined;

/** Nothing fits: another handler's turn. */
export class NothingToTry extends Error {
  override readonly name = "NothingToTry";
}

/** What handlers draw from. */
export class FuzzRun {
  #receipts = 0n;
  /** Vouchers that were booked, to be sent again. */
  readonly booked: { readonly merchantId: bigint; readonly voucher: Voucher }[] = [];
  /** Lists of claims that were published, by root. */
  readonly lists = new Map<string, readonly ListedClaim[]>();

  constructor(
    readonly stage: Stage,
    readonly random: Random,
  ) {}

  get people(): Readonly<Record<Person, string>> {
    return this.stage.set.people;
  }

  /** Everybody who holds cards. */
  get holders(): readonly string[] {
    return this.stage.set.rich;
  }

  /* CHOOSING */

  /** True in most cases: what follows is as it should be. */
  honest(percent = 88n): boolean {
    return this.random.chance(percent);
  }

  /** The right sender, mostly. */
  from(right: string): string {
    return this.honest(93n) && this.canSend(right) ? right : this.anybody();
  }

  anybody(): string {
    return this.random.pick(Object.values(this.people));
  }

  private canSend(account: string): boolean {
    return this.stage.set.keys.has(account) || account === this.stage.set.contractHolder;
  }

  /** One of those that fit, mostly. */
  pick<T>(all: readonly T[], fits: (one: T) => boolean = () => true): T | undefined {
    if (all.length === 0) return undefined;
    if (!this.honest()) return this.random.pick(all);
    const fitting = all.filter(fits);
    if (fitting.length === 0) throw new NothingToTry();
    return this.random.pick(fitting);
  }

  merchant(fits?: (m: Merchant) => boolean): Merchant {
    return this.pick([...this.stage.escrow.state.merchants.values()], fits)!;
  }

  /** An id of a card: one that fits, mostly. */
  card(fits: (card: Card, cardId: string) => boolean = ({ open }) => open): string | undefined {
    return this.pick([...this.stage.escrow.state.cards], ([cardId, card]) => card.open && fits(card, cardId))?.[0];
  }

  originOf(cardId: string) {
    return this.stage.escrow.originOf(cardId);
  }

  /** An account that can be paid, mostly. */
  account(): string {
    const { escrow, plainToken } = this.stage.set.addresses;
    const { random } = this;
    if (random.chance(8n)) return random.pick([ZeroAddress, escrow, plainToken, this.merchant().vault]);
    return random.pick([...this.holders, this.people.stranger]);
  }

  hash(): string {
    this.#receipts += 1n;
    return id(`word ${this.#receipts}`);
  }

  /* TIME */

  /** Soon. */
  soon(): bigint {
    const { random, stage } = this;
    return stage.now + (random.chance(70n) ? random.between(1n, 600n) : random.between(600n, DAY / 2n));
  }

  /** A moment just before, at or just after a date, if it lies ahead: dates are where mistakes are. */
  around(date: bigint, percent = 85n): bigint {
    const ahead = date > this.stage.now + 1n && date < this.stage.now + 800n * DAY;
    if (!ahead || !this.random.chance(percent)) return this.soon();
    const early = this.random.chance(25n);
    const moment = early ? date - 1n : date + this.random.pick([0n, 0n, 1n, this.random.between(0n, 3n * DAY)]);
    return moment <= this.stage.now ? this.stage.now + 1n : moment;
  }

  /** Before a date, mostly in the last second of it. */
  before(date: bigint): bigint {
    if (date <= this.stage.now + 1n || !this.honest()) return this.soon();
    return this.random.chance(40n) ? date - 1n : this.stage.now + this.random.between(1n, date - this.stage.now - 1n);
  }

  /* CALLS */

  call(name: string, sender: string, args: readonly unknown[], more: Partial<Call> = {}): Call {
    return { to: "escrow", name, sender, args, at: this.soon(), ...more };
  }

  /* ROWS */

  /** A voucher for a card: mostly a good one, sometimes over the face, stale, or signed by somebody else. */
  voucher(cardId: string): Voucher {
    const card = this.stage.escrow.state.cards.get(cardId)!;
    const { program } = this.originOf(cardId);
    const face = program.price === 0n ? card.principal : program.units;
    const left = face - card.consumed;
    const { random } = this;
    // The first visit of a pass is one second.
    if (program.kind === "Pass" && random.chance(85n)) return this.sign(cardId, 1n);
    const visit = left <= 0n ? 0n : random.between(1n, random.chance(25n) ? left : (left + 9n) / 10n);
    let cumulative = card.consumed + visit;
    // More than a signature can say at all is no voucher.
    if (face < MOST_UNITS && random.chance(4n)) cumulative = face + 1n;
    if (random.chance(4n)) cumulative = random.below(card.consumed + 1n);
    return this.sign(cardId, cumulative);
  }

  /** A voucher by the holder's key, mostly. */
  private sign(cardId: string, cumulative: bigint): Voucher {
    const key = this.stage.escrow.keyOf(decodeCardId(cardId).holder);
    const signedBy = this.stage.set.keys.has(key) && this.random.chance(95n) ? key : this.anybody();
    return { cardId, cumulative, receipt: this.hash(), signedBy };
  }

  /** A merchant with cards to settle, and some vouchers, now and then of another merchant's card or sent twice. */
  batch(fits: (m: Merchant) => boolean): { readonly m: Merchant; readonly vouchers: readonly Voucher[] } {
    const { escrow } = this.stage;
    const m = this.merchant((one) => fits(one) && escrow.openCards(one.id).length > 0);
    const mine = escrow.openCards(m.id).filter(([cardId, { consumed }]) => {
      const { program, policy } = this.originOf(cardId);
      return program.kind !== "Pass" || (policy.coolingOffRequiresUnused && consumed === 0n);
    });
    const vouchers: Voucher[] = [];
    for (let i = this.random.between(1n, 4n); i > 0n; i--) {
      const repeated = this.booked.length > 0 && this.random.chance(6n);
      const cardId = this.honest(94n) && mine.length > 0 ? this.random.pick(mine)[0] : this.card(() => true);
      if (repeated) vouchers.push(this.random.pick(this.booked).voucher);
      else if (cardId !== undefined) vouchers.push(this.voucher(cardId));
    }
    return { m, vouchers };
  }

  operator(m: Merchant): string {
    const operators = [...m.operators];
    return this.from(operators.length === 0 ? this.people.operator : this.random.pick(operators));
  }

  freeSerial(holder: string, programId: bigint): bigint {
    let serial = 0n;
    while (this.stage.escrow.state.cards.has(encodeCardId({ holder, programId, serial }))) serial += 1n;
    if (this.random.chance(3n)) return serial === 0n ? 5n : serial - 1n;
    return this.random.chance(3n) ? serial + 2n : serial;
  }
}

/** A line of a published list. */
export interface ListedClaim {
  readonly index: bigint;
  readonly account: string;
  readonly amount: bigint;
  readonly proof: readonly string[];
}

const isBusy = (run: FuzzRun) => (m: Merchant) => run.stage.escrow.statusOf(m, run.stage.now) === "Active";

/** The status allows leaving. */
const canLeave = (run: FuzzRun, cardId: string): boolean => {
  const { status } = run.originOf(cardId).m;
  return status !== "Defaulted" && status !== "Closed";
};

const pendingExit = (run: FuzzRun, cardId: string): bigint => run.stage.escrow.pendingExit(cardId, run.stage.now);

/* RULES OF ALL KINDS */

export function policyOf(run: FuzzRun, token: string): Policy {
  const { random } = run;
  const exitDelay = random.pick([1n, 2n, 5n, 10n, 30n]) * DAY;
  return {
    token,
    exitDelay,
    coolingOff: random.pick([0n, 3n, 7n, 7n, 30n]) * DAY,
    coolingOffRequiresUnused: random.chance(50n),
    unilateralExit: random.chance(35n),
    rejectOverLimit: random.chance(40n),
    rejectOverCap: random.chance(40n),
    maxNamed: random.pick([0n, 1_500n, 5_000n]) * TOKEN,
    maxBearer: random.pick([0n, 400n, 1_000n]) * TOKEN,
    maxPassTerm: random.pick([0n, 400n]) * DAY,
    maxCount: random.pick([0n, 60n]),
    maxListBps: random.pick([10_000n, 15_000n, 20_000n, 30_000n]),
    maxHolderExposure: random.pick([0n, 1_000n, 4_000n]) * TOKEN,
    accrualDelay: random.pick([0n, 1n, 7n, 60n]) * DAY,
    rulingTimeout: exitDelay + random.pick([7n, 7n, 30n, 60n]) * DAY,
    runOffNotice: exitDelay + random.pick([7n, 20n, 60n]) * DAY,
    finalSettlement: random.pick([3n, 7n, 30n]) * DAY,
    complaintCount: random.pick([0n, 1n, 2n, 3n]),
    complaintBps: random.pick([0n, 500n, 2_000n]),
    maxAdvance: random.pick([0n, 30n, 365n]) * DAY,
    ...feesOf(run),
    coolingOffTermBps: random.pick([0n, 0n, 500n, 1_000n]),
    coolingOffInFull: random.chance(35n),
  };
}

/** No fees in two of five policies. */
function feesOf({ random }: FuzzRun): Fees {
  const shares = { feePriceBps: 0n, feeRestBps: 0n, coolingOffFeeBps: 0n };
  if (random.chance(40n)) return { feeFlat: 0n, feeMax: random.pick([0n, TOKEN]), ...shares };
  return {
    feeFlat: random.pick([0n, 0n, 1n, 150n * TOKEN]),
    feeMax: random.pick([0n, 0n, 30n * TOKEN, 90n * TOKEN]),
    feePriceBps: random.pick([0n, 0n, 1_000n, 3_000n]),
    feeRestBps: random.pick([0n, 2_000n, 5_000n]),
    coolingOffFeeBps: random.pick([0n, 300n, 1_000n]),
  };
}

export function termsOf(run: FuzzRun, policy: Policy): Terms {
  const { random } = run;
  const kind = random.pick(["StoredValue", "StoredValue", "Count", "Pass"] as const);
  const bearer = random.chance(25n);
  const limit = bearer ? policy.maxBearer : policy.maxNamed;
  const top = limit === 0n || (!policy.rejectOverLimit && random.chance(30n)) ? 2_000n * TOKEN : limit;
  const price = random.between(TOKEN, top);
  const list = (price * policy.maxListBps) / 10_000n;
  const rest = { kind, bearer, feeFree: random.chance(15n), metadataURI: "ipfs://program" };
  if (kind === "StoredValue") {
    if (random.chance(40n)) return { ...rest, price: 0n, units: 0n, listPrice: 0n };
    const units = random.between(price, list);
    return { ...rest, price, units, listPrice: units };
  }
  if (kind === "Count") {
    const units = random.between(1n, policy.maxCount === 0n ? 50n : policy.maxCount);
    return { ...rest, price, units, listPrice: random.between(price, list) };
  }
  const most = policy.maxPassTerm === 0n ? 365n * DAY : policy.maxPassTerm;
  return { ...rest, price, units: random.between(DAY, most), listPrice: price };
}

/* MERCHANTS AND PROGRAMS */

const addPolicy: Handler = (run) => {
  const { random, stage } = run;
  const { plainToken, blockingToken } = stage.set.addresses;
  const token = random.pick([plainToken, blockingToken]);
  let policy = policyOf(run, token);
  if (!run.honest(75n)) {
    const wrong: Partial<Policy>[] = [
      { exitDelay: random.pick([DAY - 1n, 30n * DAY + 1n]) },
      { coolingOff: 30n * DAY + 1n },
      { maxPassTerm: 3_650n * DAY + 1n },
      { maxListBps: random.pick([9_999n, 30_001n]) },
      { accrualDelay: 60n * DAY + 1n },
      { rulingTimeout: random.pick([policy.exitDelay, 90n * DAY + 1n]) },
      { runOffNotice: random.pick([policy.exitDelay - 1n, 90n * DAY + 1n]) },
      { finalSettlement: random.pick([3n * DAY - 1n, 30n * DAY + 1n]) },
      { complaintBps: 10_001n },
      { maxAdvance: 365n * DAY + 1n },
      { feePriceBps: 3_001n },
      { feeRestBps: 5_001n },
      { coolingOffFeeBps: 1_001n },
      { coolingOffTermBps: 1_001n },
      { token: run.people.stranger },
    ];
    policy = { ...policy, ...random.pick(wrong) };
  }
  return run.call("addPolicy", run.from(run.people.regulator), [policy]);
};

const registerMerchant: Handler = (run) => {
  const { random, stage, people } = run;
  const policyId = run.honest() ? random.between(1n, BigInt(stage.escrow.state.policies.size)) : 9_999n;
  const owner = run.honest(95n) ? random.pick([people.owner, people.secondOwner]) : ZeroAddress;
  const payout = run.honest() ? random.pick([people.payout, people.secondPayout]) : run.account();
  const args = [owner, payout, policyId, random.pick([0n, 0n, 500n, 3_000n]), "ipfs://merchant"];
  return run.call("registerMerchant", run.from(people.regulator), args);
};

const setMerchantPolicy: Handler = (run) => {
  const m = run.merchant(({ status }) => status === "Active" || status === "Suspended");
  const policies = [...run.stage.escrow.state.policies];
  const policyId = run.pick(policies, ([, { token }]) => token === m.token)![0];
  return run.call("setMerchantPolicy", run.from(run.people.regulator), [m.id, policyId]);
};

const setOutstandingCap: Handler = (run) => {
  const m = run.merchant();
  const outstanding = run.stage.escrow.outstanding(m.id) / TOKEN;
  const near = (outstanding * run.random.pick([80n, 100n, 105n, 111n, 118n, 150n])) / 100n;
  return run.call("setOutstandingCap", run.from(run.people.regulator), [m.id, run.random.pick([0n, near, near])]);
};

const setOperator: Handler = (run) => {
  const m = run.merchant();
  const operator = run.random.pick([run.people.operator, run.people.secondOperator, run.people.secondOperator]);
  const enabled = operator === run.people.operator || run.random.chance(60n);
  return run.call("setOperator", run.from(m.owner), [m.id, run.honest(96n) ? operator : ZeroAddress, enabled]);
};

const setPayout: Handler = (run) => {
  const m = run.merchant();
  const to = run.honest() ? run.random.pick([run.people.payout, run.people.secondPayout]) : run.account();
  const at = run.around(m.payoutChange?.effectiveAt ?? 0n, 50n);
  return run.call("setPayout", run.from(m.owner), [m.id, to], { at });
};

const cancelPayout: Handler = (run) => {
  const m = run.merchant(({ payoutChange }) => (payoutChange?.effectiveAt ?? 0n) > run.stage.now + 1n);
  const at = run.before(m.payoutChange?.effectiveAt ?? 0n);
  return run.call("cancelPayout", run.from(m.owner), [m.id], { at });
};

const transferOwnership: Handler = (run) => {
  const m = run.merchant(({ ownershipChange }) => ownershipChange === undefined);
  const to = run.honest(96n) ? run.random.pick([run.people.owner, run.people.secondOwner]) : ZeroAddress;
  return run.call("transferOwnership", run.from(m.owner), [m.id, to]);
};

const cancelOwnershipTransfer: Handler = (run) => {
  const m = run.merchant(({ ownershipChange }) => ownershipChange !== undefined);
  return run.call("cancelOwnershipTransfer", run.from(m.owner), [m.id]);
};

const acceptOwnership: Handler = (run) => {
  const m = run.merchant(({ ownershipChange }) => ownershipChange !== undefined);
  const change = m.ownershipChange;
  const at = run.around(change?.acceptableAt ?? 0n);
  return run.call("acceptOwnership", run.from(change?.to ?? run.people.secondOwner), [m.id], { at });
};

/** Terms as the contract takes them. */
const encoded = (terms: Terms) => ({ ...terms, kind: ProgramKind[terms.kind] });

export const publishFor = (run: FuzzRun, m: Merchant, sender: string): Call => {
  let terms = termsOf(run, run.stage.escrow.policyOf(m.policyId));
  if (!run.honest(92n)) {
    const { price, units, listPrice } = terms;
    const wrong = [
      { units: 0n },
      { units: 2n ** 88n - 1n },
      { listPrice: listPrice + price * 3n + 1n },
      { listPrice: 0n },
      { price: 0n },
      { price: price + 10n ** 12n, units, listPrice: price + 10n ** 12n },
    ];
    terms = { ...terms, ...run.random.pick(wrong) };
  }
  return run.call("publishProgram", sender, [m.id, encoded(terms)], { told: [m.id, terms] });
};

const publishProgram: Handler = (run) => {
  const m = run.merchant(isBusy(run));
  return publishFor(run, m, run.from(m.owner));
};

const retireProgram: Handler = (run) => {
  const programs = [...run.stage.escrow.state.programs];
  const program = run.pick(programs, ([, { retired }]) => !retired);
  if (program === undefined) return undefined;
  const owner = run.stage.escrow.merchantOf(program[1].merchantId).owner;
  return run.call("retireProgram", run.from(owner), [run.honest(96n) ? program[0] : 9_999n]);
};

/* BUYING */

/** A purchase that could be made now, mostly. */
function purchaseOf(run: FuzzRun, fitting: (kind: string) => boolean = () => true): Purchase {
  const { stage, random } = run;
  const programs = [...stage.escrow.state.programs];
  const [programId, program] = run.pick(programs, ([, { retired, merchantId, policyId, kind }]) => {
    const m = stage.escrow.merchantOf(merchantId);
    return !retired && fitting(kind) && m.policyId === policyId && isBusy(run)(m);
  })!;
  const policy = stage.escrow.policyOf(program.policyId);
  const holder = run.honest(96n) ? random.pick(run.holders) : run.account();
  const limit = program.bearer ? policy.maxBearer : policy.maxNamed;
  let principal = program.price;
  if (principal === 0n) {
    principal = random.between(1n, random.pick([9n, 20n * TOKEN, 800n * TOKEN]));
    if (limit !== 0n && random.chance(15n)) principal = limit + random.pick([0n, 1n]);
  }
  if (random.chance(3n)) principal = random.pick([0n, principal + 1n]);
  const serial = run.freeSerial(holder, programId);
  return { programId: run.honest(99n) ? programId : 9_999n, holder, principal, serial, startsAt: 0n };
}

/** When a purchase says it starts, if it is a pass and says so. */
function startOf(run: FuzzRun, purchase: Purchase, at: bigint): bigint {
  const program = run.stage.escrow.state.programs.get(purchase.programId);
  if (program === undefined || (program.kind !== "Pass" && run.honest(95n))) return 0n;
  const { maxAdvance } = run.stage.escrow.policyOf(program.policyId);
  return at + run.random.pick([0n, maxAdvance, run.random.below(maxAdvance + 1n), run.honest() ? 0n : maxAdvance + 1n]);
}

const payers = (run: FuzzRun) => run.random.pick([run.people.payer, run.people.holder, run.people.other]);

const buy: Handler = (run) => {
  const { programId, holder, principal, serial } = purchaseOf(run);
  const payer = run.honest(96n) ? payers(run) : run.people.stranger;
  return run.call("buy", payer, [programId, holder, principal, serial]);
};

const buyPass: Handler = (run) => {
  const purchase = purchaseOf(run, (kind) => kind === "Pass");
  const { programId, holder, principal, serial } = purchase;
  const at = run.soon();
  const startsAt = startOf(run, purchase, at);
  return run.call("buyPass", payers(run), [programId, holder, principal, serial, startsAt], { at });
};

/** The token of a program's merchant, as far as there is one. */
const tokenOf = (run: FuzzRun, programId: bigint): string => {
  const program = run.stage.escrow.state.programs.get(programId);
  return program === undefined
    ? run.stage.set.addresses.plainToken
    : run.stage.escrow.merchantOf(program.merchantId).token;
};

/** The relayer has approved nothing: it pays by permits alone. */
const buyWithPermit: Handler = (run) => {
  const { stage, people, random } = run;
  const at = run.soon();
  const bare = purchaseOf(run);
  const purchase = { ...bare, startsAt: random.chance(50n) ? startOf(run, bare, at) : 0n };
  const payer = people.relayer;
  const token = tokenOf(run, purchase.programId);
  const current = stage.tokens.get(token)!.state.permitNonces.get(payer) ?? 0n;
  const nonce = run.honest(93n) ? current : current + 1n;
  const signer = run.honest(93n) ? payer : run.anybody();
  const deadline = at + DAY;
  const message = { owner: payer, spender: stage.set.addresses.escrow, value: purchase.principal, nonce, deadline };
  const { v, r, s } = stage.sign(stage.tokenDomain(token), "Permit", message, signer);
  const signed: Signed = { signer, nonce };
  return run.call("buyWithPermit", payer, [purchase, deadline, v, r, s], { at, told: [purchase], signed });
};

const buyWithAuthorization: Handler = (run) => {
  const { stage, people, random } = run;
  const at = run.soon();
  const bare = purchaseOf(run);
  const purchase = { ...bare, startsAt: random.chance(50n) ? startOf(run, bare, at) : 0n };
  const program = stage.escrow.state.programs.get(purchase.programId);
  if (program === undefined) return undefined;
  const { vault, token } = stage.escrow.merchantOf(program.merchantId);
  const payer = payers(run);
  const signer = run.honest(95n) ? payer : run.anybody();
  const salt = random.chance(10n) ? ZeroHash : run.hash();
  const nonce = purchaseNonce({ ...purchase, escrow: stage.set.addresses.escrow, salt });
  const validAfter = run.honest(97n) ? 0n : at;
  const validBefore = run.honest(97n) ? at + 1n : at;
  const made = { from: payer, to: vault, value: purchase.principal, validAfter, validBefore, nonce };
  const { v, r, s } = stage.sign(stage.tokenDomain(token), "ReceiveWithAuthorization", made, signer);
  const args = [purchase, payer, validAfter, validBefore, salt, v, r, s];
  const told = [purchase, payer, validAfter, validBefore, nonce, signer === payer];
  return run.call("buyWithAuthorization", run.random.pick([people.relayer, people.stranger]), args, { at, told });
};

/* CONSUMPTION */

const settles = (run: FuzzRun) => (m: Merchant) =>
  m.status === "Defaulted" ? run.stage.now + 1n < run.stage.escrow.flagOf(m).windowEndsAt : m.status !== "Closed";

const settle: Handler = (run) => {
  const { m, vouchers } = run.batch(settles(run));
  const sender = m.status === "Defaulted" ? run.anybody() : run.operator(m);
  const signed = vouchers.map((voucher) => run.stage.signVoucher(voucher));
  const windowEndsAt = m.status === "Defaulted" ? run.stage.escrow.flagOf(m).windowEndsAt : 0n;
  const at = run.random.chance(15n) ? run.around(windowEndsAt) : run.soon();
  return run.call("settle", sender, [m.id, signed], { told: [m.id, vouchers], at });
};

/** A voucher in the last second before a pending request falls due: it must still count. */
const settleLastMinute: Handler = (run) => {
  const { stage } = run;
  const cardId = run.card(
    (card, one) => canLeave(run, one) && (pendingExit(run, one) !== 0n || card.move !== undefined),
  );
  if (cardId === undefined) return undefined;
  const { m, policy } = run.originOf(cardId);
  const dueAt = pendingExit(run, cardId) + policy.exitDelay;
  const voucher = run.voucher(cardId);
  const at = dueAt - 1n > stage.now ? dueAt - 1n : run.soon();
  return run.call("settle", run.operator(m), [m.id, [stage.signVoucher(voucher)]], { told: [m.id, [voucher]], at });
};

/** Vouchers that were booked before are sent again, as they were. */
const settleAgain: Handler = (run) => {
  if (run.booked.length === 0) return undefined;
  const { merchantId, voucher } = run.random.pick(run.booked);
  const m = run.stage.escrow.merchantOf(merchantId);
  const signed = run.stage.signVoucher(voucher);
  return run.call("settle", run.operator(m), [merchantId, [signed, signed]], {
    told: [merchantId, [voucher, voucher]],
  });
};

/** The first visit of a pass that has to be unused in cooling-off. */
const settleFirstVisit: Handler = (run) => {
  const cardId = run.card(({ consumed }, one) => {
    const { m, program, policy } = run.originOf(one);
    const first = program.kind === "Pass" && policy.coolingOffRequiresUnused && consumed === 0n;
    return first && settles(run)(m) && run.stage.set.keys.has(decodeCardId(one).holder);
  });
  if (cardId === undefined) return undefined;
  const { m } = run.originOf(cardId);
  const voucher = run.voucher(cardId);
  const at = run.around(run.stage.escrow.coolingOffEndsAt(cardId), 30n);
  return run.call("settle", run.operator(m), [m.id, [run.stage.signVoucher(voucher)]], { told: [m.id, [voucher]], at });
};

const settleAndPayOut: Handler = (run) => {
  const { m, vouchers } = run.batch((one) =>
    ["Active", "RunOff"].includes(run.stage.escrow.statusOf(one, run.stage.now)),
  );
  const signed = vouchers.map((voucher) => run.stage.signVoucher(voucher));
  return run.call("settleAndPayOut", run.operator(m), [m.id, signed], { told: [m.id, vouchers] });
};

const settleWithSignature: Handler = (run) => {
  const { stage } = run;
  const { m, vouchers } = run.batch(settles(run));
  const at = run.soon();
  const deadline = deadlineOf(run, at);
  const operator = run.operator(m);
  const signer = run.honest(94n) ? operator : run.anybody();
  if (!stage.set.keys.has(operator) || !stage.set.keys.has(signer)) return undefined;
  const consumptions = vouchers.map(({ cardId, cumulative, receipt }) => ({ cardId, cumulative, receipt }));
  const good = run.honest(95n);
  const message = { merchantId: m.id, consumptions, deadline: good ? deadline : deadline + 1n };
  const { serialized } = stage.sign(stage.escrowDomain, "Settlement", message, signer);
  const args = [m.id, vouchers.map((voucher) => stage.signVoucher(voucher)), deadline, operator, serialized];
  return run.call("settleWithSignature", run.anybody(), args, {
    told: [m.id, vouchers, deadline, operator, good],
    signed: { signer },
    at,
  });
};

/** A deadline of a signed request, mostly in time. */
function deadlineOf(run: FuzzRun, at: bigint): bigint {
  if (run.honest(94n)) return at + run.random.pick([0n, 1n, DAY, 30n * DAY]);
  return run.random.pick([at - 1n, at + 30n * DAY + 1n]);
}

const settleContractHolders: Handler = (run) => {
  const { m, vouchers } = run.batch(settles(run));
  const wallets = run.stage.escrow.openCards(m.id).filter(([one]) => isContract(run, one));
  const all = [...vouchers, ...wallets.slice(0, 2).map(([cardId]) => run.voucher(cardId))];
  const sender = m.status === "Defaulted" ? run.anybody() : run.operator(m);
  const signed = all.map((voucher) => run.stage.signContractVoucher(voucher));
  return run.call("settleContractHolders", sender, [m.id, signed], { told: [m.id, all] });
};

const isContract = (run: FuzzRun, cardId: string): boolean =>
  decodeCardId(cardId).holder === run.stage.set.contractHolder;

const accrue: Handler = (run) => {
  const cards = [...run.stage.escrow.state.cards];
  if (cards.length === 0) return undefined;
  const passes = cards.filter(([cardId]) => run.originOf(cardId).program.kind === "Pass");
  const some: string[] = [];
  for (let i = run.random.between(1n, 5n); i > 0n; i--) {
    const from = run.honest(85n) && passes.length > 0 ? passes : cards;
    some.push(run.random.pick(from)[0]);
  }
  if (run.random.chance(3n)) some.push(encodeCardId({ holder: run.people.stranger, programId: 9_999n, serial: 0n }));
  const [first] = some;
  const card = run.stage.escrow.state.cards.get(first!)!;
  const { m, program, policy } = run.originOf(first!);
  const dates = [
    run.stage.escrow.coolingOffEndsAt(first!),
    card.openedAt + policy.accrualDelay,
    card.openedAt + program.units,
    m.suspendedUntil,
    card.dispute?.rulingUntil ?? 0n,
  ];
  const at = run.random.chance(30n) ? run.around(run.random.pick(dates)) : run.soon();
  return run.call("accrue", run.anybody(), [some], { at });
};

const isPass = (run: FuzzRun, cardId: string): boolean => run.originOf(cardId).program.kind === "Pass";

/** Seconds by which a pass is extended: mostly a leave of absence, now and then too long. */
const extensionOf = ({ random }: FuzzRun): bigint =>
  random.pick([0n, 1n, DAY, random.below(60n * DAY), random.below(200n * DAY), random.below(800n * DAY)]);

const extendPasses: Handler = (run) => {
  const free = (card: Card, cardId: string): boolean =>
    canLeave(run, cardId) && isPass(run, cardId) && card.exitRequestedAt === 0n && card.dispute === undefined;
  const cardId = run.card(free);
  if (cardId === undefined) return undefined;
  const { m } = run.originOf(cardId);
  const mine = run.stage.escrow.openCards(m.id);
  const some = [cardId];
  if (run.random.chance(50n)) some.push(run.random.pick(mine.length === 0 ? some : mine.map(([one]) => one)));
  const stray = run.honest(96n) ? undefined : run.card(() => true);
  if (stray !== undefined) some.push(stray);
  const at = run.around(run.stage.escrow.coolingOffEndsAt(cardId), 30n);
  return run.call("extendPasses", run.operator(m), [some, extensionOf(run)], { at });
};

const payOut: Handler = (run) => {
  const { escrow } = run.stage;
  const m = run.merchant((one) => escrow.releasable(one) > 0n && escrow.statusOf(one, run.stage.now) !== "Suspended");
  const date = m.status === "Defaulted" ? escrow.flagOf(m).windowEndsAt : (m.payoutChange?.effectiveAt ?? 0n);
  return run.call("payOut", run.anybody(), [m.id], { at: run.around(date, 50n) });
};

/* LEAVING */

const requestExit: Handler = (run) => {
  const cardId = run.card((_, one) => canLeave(run, one) && pendingExit(run, one) === 0n);
  if (cardId === undefined) return undefined;
  const { holder } = decodeCardId(cardId);
  const at = run.random.chance(20n) ? run.around(run.stage.escrow.coolingOffEndsAt(cardId)) : run.soon();
  return run.call("requestExit", run.from(holder), [cardId], { at });
};

/** A holder's request under a signature: whose it is and over which nonce. */
function signRequest(
  run: FuzzRun,
  name: "ExitRequest" | "Complaint",
  cardId: string,
  at: bigint,
): { readonly deadline: bigint; readonly evidence: string; readonly signature: string; readonly signed: Signed } {
  const { stage } = run;
  const { holder } = decodeCardId(cardId);
  const card = stage.escrow.state.cards.get(cardId)!;
  const deadline = deadlineOf(run, at);
  const nonce = run.honest(94n) ? card.nonce : (card.nonce + 255n) % 256n;
  const key = stage.escrow.keyOf(holder);
  const signer = run.honest(95n) && stage.set.keys.has(key) ? key : run.anybody();
  const evidence = run.hash();
  const { serialized } =
    name === "ExitRequest"
      ? stage.sign(stage.escrowDomain, name, { cardId, nonce, deadline }, signer)
      : stage.sign(stage.escrowDomain, name, { cardId, evidence, nonce, deadline }, signer);
  const more = name === "Complaint" ? { evidence } : {};
  return { deadline, evidence, signature: serialized, signed: { signer, nonce, cardId, ...more } };
}

const requestExitWithSignature: Handler = (run) => {
  const cardId = run.card((_, one) => canLeave(run, one) && pendingExit(run, one) === 0n);
  if (cardId === undefined) return undefined;
  const at = run.soon();
  const { deadline, signature, signed } = signRequest(run, "ExitRequest", cardId, at);
  const told = [cardId, deadline];
  return run.call("requestExitWithSignature", run.anybody(), [cardId, deadline, signature], { at, told, signed });
};

const cancelExit: Handler = (run) => {
  const cardId = run.card();
  return cardId === undefined ? undefined : run.call("cancelExit", run.from(decodeCardId(cardId).holder), [cardId]);
};

/** When a pending request falls due, or lapses. */
function exitDate(run: FuzzRun, cardId: string): bigint {
  const since = run.stage.escrow.state.cards.get(cardId)!.exitRequestedAt;
  const { exitDelay } = run.originOf(cardId).policy;
  return since + (run.random.chance(80n) ? exitDelay : 2n * exitDelay);
}

const executeExit: Handler = (run) => {
  const cardId = run.card(
    ({ dispute }, one) => canLeave(run, one) && dispute === undefined && pendingExit(run, one) !== 0n,
  );
  if (cardId === undefined) return undefined;
  return run.call("executeExit", run.anybody(), [cardId], { at: run.around(exitDate(run, cardId), 97n) });
};

/** When a holder can have the money elsewhere. */
function leavingDate(run: FuzzRun, cardId: string): bigint {
  const { m } = run.originOf(cardId);
  const { dispute } = run.stage.escrow.state.cards.get(cardId)!;
  if (m.status === "Defaulted") return run.stage.escrow.flagOf(m).windowEndsAt;
  if (dispute !== undefined) return dispute.rulingUntil;
  return exitDate(run, cardId);
}

const executeExitTo: Handler = (run) => {
  const { stage } = run;
  const cardId = run.card(({ dispute }, one) => {
    const { m } = run.originOf(one);
    return m.status === "Defaulted" || dispute !== undefined || stage.escrow.pendingExit(one, stage.now) !== 0n;
  });
  if (cardId === undefined) return undefined;
  const at = run.around(leavingDate(run, cardId), 92n);
  return run.call("executeExitTo", run.from(decodeCardId(cardId).holder), [cardId, run.account()], { at });
};

const refundCard: Handler = (run) => {
  const cardId = run.card((_, one) => canLeave(run, one));
  return cardId === undefined ? undefined : run.call("refundCard", run.operator(run.originOf(cardId).m), [cardId]);
};

const refundCards: Handler = (run) => {
  const { escrow } = run.stage;
  const m = run.merchant((one) => ["RunOff", "Defaulted"].includes(one.status) && escrow.openCards(one.id).length > 0);
  const mine = [...escrow.state.cards].filter(([cardId]) => run.originOf(cardId).m === m).map(([cardId]) => cardId);
  if (mine.length === 0) return undefined;
  const some = Array.from({ length: Number(run.random.between(1n, 5n)) }, () => run.random.pick(mine));
  const stray = run.honest(97n) ? undefined : run.card();
  if (stray !== undefined) some.push(stray);
  const date = m.status === "Defaulted" ? escrow.flagOf(m).windowEndsAt : (m.runOff?.noticeEndsAt ?? 0n);
  return run.call("refundCards", run.anybody(), [m.id, some], { at: run.around(date, 90n) });
};

/* DISPUTES */

/** From when the holder of a card can complain: after cooling-off, and some time after a complaint without success. */
function complainsFrom({ stage }: FuzzRun, cardId: string): bigint {
  const { escrow } = stage;
  const again = escrow.state.complaintFrom.get(cardId) ?? 0n;
  if (!escrow.isRegretted(cardId, escrow.reckonedAt(cardId, stage.now))) return again;
  return max(again, escrow.coolingOffEndsAt(cardId));
}

const complain: Handler = (run) => {
  const cardId = run.card(
    ({ dispute }, one) => canLeave(run, one) && dispute === undefined && pendingExit(run, one) === 0n,
  );
  if (cardId === undefined) return undefined;
  const at = run.around(complainsFrom(run, cardId), 95n);
  return run.call("complain", run.from(decodeCardId(cardId).holder), [cardId, run.hash()], { at });
};

const complainWithSignature: Handler = (run) => {
  const cardId = run.card(
    ({ dispute }, one) => canLeave(run, one) && dispute === undefined && pendingExit(run, one) === 0n,
  );
  if (cardId === undefined) return undefined;
  const at = run.around(complainsFrom(run, cardId), 95n);
  const { deadline, evidence, signature, signed } = signRequest(run, "Complaint", cardId, at);
  const args = [cardId, evidence, deadline, signature];
  return run.call("complainWithSignature", run.anybody(), args, { at, told: [cardId, evidence, deadline], signed });
};

const contestExit: Handler = (run) => {
  const { stage } = run;
  const cardId = run.card((card, one) => {
    const { m, policy } = run.originOf(one);
    const since = pendingExit(run, one);
    const { escrow, now } = stage;
    const { rule, forfeited } = escrow.quote(one, escrow.reckonedAt(one, now), now);
    const contestable = since !== 0n && rule === "NoObjection" && forfeited !== 0n && !card.contestDismissed;
    const open = canLeave(run, one) && m.status !== "RunOff" && card.dispute === undefined;
    return contestable && open && since + policy.exitDelay > stage.now + 1n;
  });
  if (cardId === undefined) return undefined;
  const { m, policy } = run.originOf(cardId);
  const at = run.before(pendingExit(run, cardId) + policy.exitDelay);
  return run.call("contestExit", run.operator(m), [cardId, run.hash()], { at });
};

const resolve: Handler = (run) => {
  const { random, stage } = run;
  const cardId = run.card(({ dispute }, one) => canLeave(run, one) && (dispute?.rulingUntil ?? 0n) > stage.now + 1n);
  if (cardId === undefined) return undefined;
  const { principal, dispute } = stage.escrow.state.cards.get(cardId)!;
  const from = dispute?.rulingFrom ?? 0n;
  const at = from > stage.now ? run.around(from, 95n) : run.around(dispute?.rulingUntil ?? 0n, 10n);
  const upheld = random.chance(50n);
  const awarded = upheld ? random.below(principal + 2n) : run.honest(93n) ? 0n : 1n;
  return run.call("resolve", run.from(run.people.association), [cardId, upheld, awarded, run.hash()], { at });
};

const isComplaint = ({ dispute }: Card): boolean => dispute?.kind === "Complaint";

const resolveByExtension: Handler = (run) => {
  const { stage } = run;
  const cardId = run.card((card, one) => {
    const inTime = (card.dispute?.rulingUntil ?? 0n) > stage.now + 1n;
    return canLeave(run, one) && isComplaint(card) && inTime && isPass(run, one);
  });
  if (cardId === undefined) return undefined;
  const from = stage.escrow.state.cards.get(cardId)!.dispute?.rulingFrom ?? 0n;
  const args = [cardId, extensionOf(run), run.hash()];
  return run.call("resolveByExtension", run.from(run.people.association), args, { at: run.around(from, 95n) });
};

const executeDispute: Handler = (run) => {
  const cardId = run.card(({ dispute }, one) => canLeave(run, one) && dispute !== undefined);
  if (cardId === undefined) return undefined;
  const { dispute } = run.stage.escrow.state.cards.get(cardId)!;
  const sender = run.random.chance(50n) ? run.from(decodeCardId(cardId).holder) : run.anybody();
  return run.call("executeDispute", sender, [cardId], { at: run.around(dispute?.rulingUntil ?? 0n, 97n) });
};

const endComplaint: Handler = (run) => {
  const cardId = run.card((card, one) => canLeave(run, one) && isComplaint(card));
  if (cardId === undefined) return undefined;
  const { escrow } = run.stage;
  const endsAt = isComplaint(escrow.state.cards.get(cardId)!) ? escrow.complaintEndsAt(cardId) : 0n;
  return run.call("endComplaint", run.anybody(), [cardId], { at: run.around(endsAt, 97n) });
};

/* MOVES */

const requestMove: Handler = (run) => {
  const { stage, random } = run;
  const cardId = run.card((card, one) => {
    const free = pendingExit(run, one) === 0n && card.dispute === undefined;
    const { m } = run.originOf(one);
    const movable = canLeave(run, one) && !stage.escrow.refundsOpen(m, stage.now);
    const pending = stage.escrow.pendingMove(one, stage.now);
    return free && movable && (pending === undefined || pending.naming !== undefined);
  });
  if (cardId === undefined) return undefined;
  const { holder } = decodeCardId(cardId);
  const recovery = stage.escrow.state.recoveries.get(holder)?.account;
  const by = recovery !== undefined && recovery !== ZeroAddress && random.chance(60n) ? recovery : holder;
  return run.call("requestMove", run.from(by), [cardId, run.account()]);
};

/** The recovery address of a holder who asked to leave a pass, and did not. */
const recoverPass: Handler = (run) => {
  const { escrow, now } = run.stage;
  const recoveryOf = (cardId: string): string | undefined => {
    const account = escrow.state.recoveries.get(decodeCardId(cardId).holder)?.account;
    return account === ZeroAddress ? undefined : account;
  };
  const cardId = run.card(({ dispute }, one) => {
    const movable = canLeave(run, one) && !escrow.refundsOpen(run.originOf(one).m, now);
    const asked = isPass(run, one) && pendingExit(run, one) !== 0n && dispute === undefined;
    return movable && asked && recoveryOf(one) !== undefined;
  });
  if (cardId === undefined) return undefined;
  const { m, policy } = run.originOf(cardId);
  const since = pendingExit(run, cardId);
  const yieldsAt = escrow.lapsesAt(m, since, since + policy.exitDelay, policy.exitDelay);
  const sender = run.from(recoveryOf(cardId) ?? run.people.friend);
  return run.call("requestMove", sender, [cardId, run.account()], { at: run.around(yieldsAt, 97n) });
};

const consentMove: Handler = (run) => {
  const { stage } = run;
  const cardId = run.card((_, one) => {
    const move = stage.escrow.pendingMove(one, stage.now);
    return canLeave(run, one) && move !== undefined && move.naming === undefined && move.notBefore > stage.now + 1n;
  });
  if (cardId === undefined) return undefined;
  const { nonce, move } = stage.escrow.state.cards.get(cardId)!;
  const at = run.before(move?.notBefore ?? 0n);
  const said = run.honest(94n) ? nonce : (nonce + 1n) % 256n;
  return run.call("consentMove", run.operator(run.originOf(cardId).m), [cardId, said], { at });
};

const cancelMove: Handler = (run) => {
  const cardId = run.card((_, one) => run.stage.escrow.pendingMove(one, run.stage.now) !== undefined);
  return cardId === undefined ? undefined : run.call("cancelMove", run.from(decodeCardId(cardId).holder), [cardId]);
};

const executeMove: Handler = (run) => {
  const { stage, random } = run;
  const cardId = run.card((_, one) => canLeave(run, one) && stage.escrow.pendingMove(one, stage.now) !== undefined);
  if (cardId === undefined) return undefined;
  const { move } = stage.escrow.state.cards.get(cardId)!;
  const { exitDelay } = run.originOf(cardId).policy;
  const { programId } = decodeCardId(cardId);
  const serial = run.freeSerial(move?.to ?? run.people.friend, programId);
  const date = (move?.notBefore ?? 0n) + (random.chance(85n) ? 0n : exitDelay);
  return run.call("executeMove", run.anybody(), [cardId, serial], { at: run.around(date, 97n) });
};

const setRecovery: Handler = (run) => {
  const { escrow } = run.stage.set.addresses;
  const account = run.honest() ? run.random.pick([run.people.friend, run.people.relayer, ZeroAddress]) : escrow;
  return run.call("setRecovery", run.random.pick(run.holders), [account]);
};

/* SUPERVISION */

const suspend: Handler = (run) => {
  const { stage } = run;
  const m = run.merchant(
    (one) => isBusy(run)(one) && (one.suspendedUntil === 0n || stage.now > one.suspendedUntil + 60n * DAY),
  );
  const at = run.around(m.suspendedUntil === 0n ? 0n : m.suspendedUntil + 90n * DAY, 70n);
  return run.call("suspend", run.from(run.people.regulator), [m.id, run.hash()], { at });
};

const resume: Handler = (run) => {
  const m = run.merchant((one) => run.stage.escrow.statusOf(one, run.stage.now) === "Suspended");
  const at = run.random.chance(20n) ? run.around(m.suspendedUntil) : run.soon();
  return run.call("resume", run.from(run.people.regulator), [m.id], { at });
};

const startRunOff: Handler = (run) => {
  const m = run.merchant(isBusy(run));
  const at = run.soon();
  const { runOffNotice } = run.stage.escrow.policyOf(m.policyId);
  const lastServiceAt = run.honest()
    ? at + run.random.below(runOffNotice + 1n)
    : run.random.pick([at - 1n, at + runOffNotice + 1n]);
  return run.call("startRunOff", run.from(run.random.pick([m.owner, run.people.regulator])), [m.id, lastServiceAt], {
    at,
  });
};

const closeMerchant: Handler = (run) => {
  const { escrow } = run.stage;
  const m = run.merchant((one) => one.status === "RunOff" && escrow.outstanding(one.id) === 0n);
  return run.call("closeMerchant", run.anybody(), [m.id], { at: run.around(m.runOff?.noticeEndsAt ?? 0n) });
};

const flagDefault: Handler = (run) => {
  const m = run.merchant(({ status }) => status !== "Defaulted");
  const at = run.soon();
  const ago = run.honest(93n) ? run.random.below(60n * DAY) : -1n;
  // One in twenty says that there was no service at all.
  const stoppedAt = ago > 57n * DAY ? 0n : at - ago;
  return run.call("flagDefault", run.from(run.people.regulator), [m.id, stoppedAt, run.hash()], { at });
};

const withdrawDefault: Handler = (run) => {
  const { stage } = run;
  const m = run.merchant(
    (one) =>
      one.status === "Defaulted" &&
      one.withdrawn === undefined &&
      stage.escrow.flagOf(one).windowEndsAt > stage.now + 1n,
  );
  const at = m.status === "Defaulted" ? run.before(stage.escrow.flagOf(m).windowEndsAt) : run.soon();
  return run.call("withdrawDefault", run.from(run.people.regulator), [m.id], { at });
};

const reportHolderExposure: Handler = (run) => {
  const { escrow } = run.stage;
  const idsOf = (m: Merchant, holder: string): string[] =>
    escrow
      .openCards(m.id)
      .map(([cardId]) => cardId)
      .filter((cardId) => decodeCardId(cardId).holder === holder)
      .toSorted();
  const sumOf = (ids: readonly string[]): bigint =>
    ids.reduce((sum, cardId) => sum + escrow.state.cards.get(cardId)!.principal, 0n);
  const all = [...escrow.state.merchants.values()].flatMap((m) => run.holders.map((holder) => ({ m, holder })));
  const over = run.pick(all, ({ m, holder }) => {
    const limit = escrow.policyOf(m.policyId).maxHolderExposure;
    const sum = sumOf(idsOf(m, holder));
    return limit !== 0n && sum > limit;
  });
  if (over === undefined) return undefined;
  const ids = idsOf(over.m, over.holder);
  if (!run.honest(90n)) ids.reverse();
  const m = run.honest(97n) ? over.m : run.merchant();
  const last = over.m.exposures.get(over.holder);
  const waits = last !== undefined && sumOf(ids) <= last.principal;
  const at = waits ? run.around(last.repeatableFrom) : run.soon();
  return run.call("reportHolderExposure", run.anybody(), [m.id, ids], { at });
};

const reviewWarnings: Handler = (run) =>
  run.call("reviewWarnings", run.anybody(), [run.honest(97n) ? run.merchant().id : 9_999n]);

/* THE TOKEN'S ISSUER, AND GIFTS */

const setBlocked: Handler = (run) => {
  const { people, random } = run;
  const account = random.pick([
    people.blockedHolder,
    people.blockedHolder,
    people.secondPayout,
    people.bank,
    people.other,
  ]);
  const value = account === people.blockedHolder ? random.chance(80n) : random.chance(35n);
  return run.call("setBlocked", people.admin, [account, value], { to: "blockingToken" });
};

/** Somebody sends tokens to a vault past the contracts. */
const transfer: Handler = (run) => {
  const m = run.merchant();
  const to: Target = m.token === run.stage.set.addresses.plainToken ? "plainToken" : "blockingToken";
  const vault = run.random.chance(50n) ? m.vault : run.stage.register.vaultOf(m, run.random.chance(40n));
  return run.call("transfer", run.people.other, [vault, run.random.between(1n, 50n * TOKEN)], { to });
};

/** A handler, how often its turn comes, and the least share of its calls, in percent, that must be accepted. */
export interface Part {
  readonly handler: Handler;
  readonly weight: number;
  readonly share: number;
}

export const escrowParts: Readonly<Record<string, Part>> = {
  addPolicy: { handler: addPolicy, weight: 2, share: 40 },
  registerMerchant: { handler: registerMerchant, weight: 2, share: 40 },
  setMerchantPolicy: { handler: setMerchantPolicy, weight: 2, share: 35 },
  setOutstandingCap: { handler: setOutstandingCap, weight: 4, share: 60 },
  setOperator: { handler: setOperator, weight: 3, share: 60 },
  setPayout: { handler: setPayout, weight: 3, share: 50 },
  cancelPayout: { handler: cancelPayout, weight: 2, share: 20 },
  transferOwnership: { handler: transferOwnership, weight: 2, share: 60 },
  cancelOwnershipTransfer: { handler: cancelOwnershipTransfer, weight: 1, share: 15 },
  acceptOwnership: { handler: acceptOwnership, weight: 2, share: 20 },
  publishProgram: { handler: publishProgram, weight: 4, share: 40 },
  retireProgram: { handler: retireProgram, weight: 1, share: 40 },
  buy: { handler: buy, weight: 26, share: 50 },
  buyPass: { handler: buyPass, weight: 12, share: 40 },
  buyWithPermit: { handler: buyWithPermit, weight: 5, share: 35 },
  buyWithAuthorization: { handler: buyWithAuthorization, weight: 5, share: 35 },
  settle: { handler: settle, weight: 14, share: 50 },
  settleLastMinute: { handler: settleLastMinute, weight: 5, share: 50 },
  settleFirstVisit: { handler: settleFirstVisit, weight: 4, share: 40 },
  settleAgain: { handler: settleAgain, weight: 3, share: 25 },
  settleAndPayOut: { handler: settleAndPayOut, weight: 5, share: 35 },
  settleWithSignature: { handler: settleWithSignature, weight: 4, share: 30 },
  settleContractHolders: { handler: settleContractHolders, weight: 6, share: 50 },
  accrue: { handler: accrue, weight: 10, share: 100 },
  extendPasses: { handler: extendPasses, weight: 5, share: 35 },
  payOut: { handler: payOut, weight: 7, share: 35 },
  requestExit: { handler: requestExit, weight: 12, share: 40 },
  requestExitWithSignature: { handler: requestExitWithSignature, weight: 5, share: 30 },
  cancelExit: { handler: cancelExit, weight: 3, share: 50 },
  executeExit: { handler: executeExit, weight: 9, share: 25 },
  executeExitTo: { handler: executeExitTo, weight: 6, share: 15 },
  refundCard: { handler: refundCard, weight: 3, share: 35 },
  refundCards: { handler: refundCards, weight: 6, share: 20 },
  complain: { handler: complain, weight: 8, share: 35 },
  complainWithSignature: { handler: complainWithSignature, weight: 4, share: 30 },
  contestExit: { handler: contestExit, weight: 6, share: 15 },
  resolve: { handler: resolve, weight: 8, share: 15 },
  resolveByExtension: { handler: resolveByExtension, weight: 4, share: 10 },
  executeDispute: { handler: executeDispute, weight: 5, share: 15 },
  endComplaint: { handler: endComplaint, weight: 4, share: 15 },
  requestMove: { handler: requestMove, weight: 9, share: 35 },
  recoverPass: { handler: recoverPass, weight: 4, share: 10 },
  consentMove: { handler: consentMove, weight: 4, share: 15 },
  cancelMove: { handler: cancelMove, weight: 2, share: 15 },
  executeMove: { handler: executeMove, weight: 7, share: 15 },
  setRecovery: { handler: setRecovery, weight: 4, share: 60 },
  suspend: { handler: suspend, weight: 3, share: 20 },
  resume: { handler: resume, weight: 3, share: 15 },
  startRunOff: { handler: startRunOff, weight: 2, share: 25 },
  closeMerchant: { handler: closeMerchant, weight: 2, share: 5 },
  flagDefault: { handler: flagDefault, weight: 4, share: 40 },
  withdrawDefault: { handler: withdrawDefault, weight: 4, share: 10 },
  reportHolderExposure: { handler: reportHolderExposure, weight: 3, share: 5 },
  reviewWarnings: { handler: reviewWarnings, weight: 3, share: 80 },
  setBlocked: { handler: setBlocked, weight: 3, share: 100 },
  transfer: { handler: transfer, weight: 2, share: 60 },
};

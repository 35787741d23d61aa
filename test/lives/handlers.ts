import { ZeroAddress, ZeroHash, id } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import { ProgramKind } from "../../src/contracts/enums.js";
import { purchaseNonce } from "../../src/contracts/typedData.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { Random } from "../helpers/random.js";
import type { Purchase, Row, Terms } from "../model/escrow.js";
import type { Card, Merchant, Policy } from "../model/state.js";
import type { Signed } from "../model/transaction.js";
import type { Call, Person, Stage, Target } from "./stage.js";

/** What fits a row: 88 bits. */
const MOST_UNITS = 2n ** 88n - 1n;

/*
 * One handler for each call of the escrow: it makes up a call that somebody could send now. Mostly an honest one, at a moment
 * that matters; now and then from the wrong sender, too early, too late, with a stale row or somebody else's signature.
 */

/** Makes up a call; nothing where there is nothing to try. */
export type Handler = (life: Life) => Call | undefined;

/** Nothing fits: another handler's turn. */
export class NothingToTry extends Error {
  override readonly name = "NothingToTry";
}

/** What handlers draw from. */
export class Life {
  #receipts = 0n;
  /** Rows that were booked, to be sent again. */
  readonly booked: { readonly merchantId: bigint; readonly row: Row }[] = [];
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

  /** A row for a card: mostly a good one, sometimes over the face, stale, or signed by somebody else. */
  row(cardId: string): Row {
    const card = this.stage.escrow.state.cards.get(cardId)!;
    const { program } = this.originOf(cardId);
    const face = program.price === 0n ? card.principal : program.units;
    const left = face - card.consumed;
    const { random } = this;
    const visit = left <= 0n ? 0n : random.between(1n, random.chance(25n) ? left : (left + 9n) / 10n);
    let cumulative = card.consumed + visit;
    // More than a signature can say at all is no row.
    if (face < MOST_UNITS && random.chance(4n)) cumulative = face + 1n;
    if (random.chance(4n)) cumulative = random.below(card.consumed + 1n);
    const { holder } = decodeCardId(cardId);
    const key = this.stage.escrow.keyOf(holder);
    const signedBy = this.stage.set.keys.has(key) && random.chance(95n) ? key : this.anybody();
    return { cardId, cumulative, receipt: this.hash(), signedBy };
  }

  /** A merchant with cards to settle, and some rows, now and then of another merchant's card or sent twice. */
  batch(fits: (m: Merchant) => boolean): { readonly m: Merchant; readonly rows: readonly Row[] } {
    const { escrow } = this.stage;
    const m = this.merchant((one) => fits(one) && escrow.openCards(one.id).length > 0);
    const mine = escrow.openCards(m.id).filter(([cardId]) => this.originOf(cardId).program.kind !== "Term");
    const rows: Row[] = [];
    for (let i = this.random.between(1n, 4n); i > 0n; i--) {
      const repeated = this.booked.length > 0 && this.random.chance(6n);
      const cardId = this.honest(94n) && mine.length > 0 ? this.random.pick(mine)[0] : this.card(() => true);
      if (repeated) rows.push(this.random.pick(this.booked).row);
      else if (cardId !== undefined) rows.push(this.row(cardId));
    }
    return { m, rows };
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

const isBusy = (life: Life) => (m: Merchant) => life.stage.escrow.statusOf(m, life.stage.now) === "Active";

/** The status allows leaving. */
const canLeave = (life: Life, cardId: string): boolean => {
  const { status } = life.originOf(cardId).m;
  return status !== "Defaulted" && status !== "Closed";
};

const pendingExit = (life: Life, cardId: string): bigint => life.stage.escrow.pendingExit(cardId, life.stage.now);

/* RULES OF ALL KINDS */

export function policyOf(life: Life, token: string): Policy {
  const { random } = life;
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
    maxTerm: random.pick([0n, 400n]) * DAY,
    maxSessions: random.pick([0n, 60n]),
    maxListBps: random.pick([10_000n, 15_000n, 20_000n, 30_000n]),
    maxHolderExposure: random.pick([0n, 1_000n, 4_000n]) * TOKEN,
    accrualDelay: random.pick([0n, 1n, 7n, 60n]) * DAY,
    rulingTimeout: exitDelay + random.pick([7n, 7n, 30n, 60n]) * DAY,
    runOffNotice: exitDelay + random.pick([7n, 20n, 60n]) * DAY,
    finalSettlement: random.pick([3n, 7n, 30n]) * DAY,
    complaintCount: random.pick([0n, 1n, 2n, 3n]),
    complaintBps: random.pick([0n, 500n, 2_000n]),
    maxAdvance: random.pick([0n, 30n, 365n]) * DAY,
  };
}

export function termsOf(life: Life, policy: Policy): Terms {
  const { random } = life;
  const kind = random.pick(["StoredValue", "StoredValue", "Session", "Term"] as const);
  const bearer = random.chance(25n);
  const limit = bearer ? policy.maxBearer : policy.maxNamed;
  const top = limit === 0n || (!policy.rejectOverLimit && random.chance(30n)) ? 2_000n * TOKEN : limit;
  const price = random.between(TOKEN, top);
  const list = (price * policy.maxListBps) / 10_000n;
  const rest = { kind, bearer, metadataURI: "ipfs://program" };
  if (kind === "StoredValue") {
    if (random.chance(40n)) return { ...rest, price: 0n, units: 0n, listPrice: 0n };
    const units = random.between(price, list);
    return { ...rest, price, units, listPrice: units };
  }
  if (kind === "Session") {
    const units = random.between(1n, policy.maxSessions === 0n ? 50n : policy.maxSessions);
    return { ...rest, price, units, listPrice: random.between(price, list) };
  }
  const most = policy.maxTerm === 0n ? 365n * DAY : policy.maxTerm;
  return { ...rest, price, units: random.between(DAY, most), listPrice: price };
}

/* MERCHANTS AND PROGRAMS */

const addPolicy: Handler = (life) => {
  const { random, stage } = life;
  const { plainToken, blockingToken } = stage.set.addresses;
  const token = random.pick([plainToken, blockingToken]);
  let policy = policyOf(life, token);
  if (!life.honest(75n)) {
    const wrong: Partial<Policy>[] = [
      { exitDelay: random.pick([DAY - 1n, 30n * DAY + 1n]) },
      { coolingOff: 30n * DAY + 1n },
      { maxTerm: 3_650n * DAY + 1n },
      { maxListBps: random.pick([9_999n, 30_001n]) },
      { accrualDelay: 60n * DAY + 1n },
      { rulingTimeout: random.pick([policy.exitDelay, 90n * DAY + 1n]) },
      { runOffNotice: random.pick([policy.exitDelay - 1n, 90n * DAY + 1n]) },
      { finalSettlement: random.pick([3n * DAY - 1n, 30n * DAY + 1n]) },
      { complaintBps: 10_001n },
      { maxAdvance: 365n * DAY + 1n },
      { token: life.people.stranger },
    ];
    policy = { ...policy, ...random.pick(wrong) };
  }
  return life.call("addPolicy", life.from(life.people.regulator), [policy]);
};

const registerMerchant: Handler = (life) => {
  const { random, stage, people } = life;
  const policyId = life.honest() ? random.between(1n, BigInt(stage.escrow.state.policies.size)) : 9_999n;
  const owner = life.honest(95n) ? random.pick([people.owner, people.secondOwner]) : ZeroAddress;
  const payout = life.honest() ? random.pick([people.payout, people.secondPayout]) : life.account();
  const args = [owner, payout, policyId, random.pick([0n, 0n, 500n, 3_000n]), "ipfs://merchant"];
  return life.call("registerMerchant", life.from(people.regulator), args);
};

const setMerchantPolicy: Handler = (life) => {
  const m = life.merchant(({ status }) => status === "Active" || status === "Suspended");
  const policies = [...life.stage.escrow.state.policies];
  const policyId = life.pick(policies, ([, { token }]) => token === m.token)![0];
  return life.call("setMerchantPolicy", life.from(life.people.regulator), [m.id, policyId]);
};

const setOutstandingCap: Handler = (life) => {
  const m = life.merchant();
  const outstanding = life.stage.escrow.outstanding(m.id) / TOKEN;
  const near = (outstanding * life.random.pick([80n, 100n, 105n, 111n, 118n, 150n])) / 100n;
  return life.call("setOutstandingCap", life.from(life.people.regulator), [m.id, life.random.pick([0n, near, near])]);
};

const setOperator: Handler = (life) => {
  const m = life.merchant();
  const operator = life.random.pick([life.people.operator, life.people.secondOperator, life.people.secondOperator]);
  const enabled = operator === life.people.operator || life.random.chance(60n);
  return life.call("setOperator", life.from(m.owner), [m.id, life.honest(96n) ? operator : ZeroAddress, enabled]);
};

const setPayout: Handler = (life) => {
  const m = life.merchant();
  const to = life.honest() ? life.random.pick([life.people.payout, life.people.secondPayout]) : life.account();
  const at = life.around(m.payoutChange?.effectiveAt ?? 0n, 50n);
  return life.call("setPayout", life.from(m.owner), [m.id, to], { at });
};

const cancelPayout: Handler = (life) => {
  const m = life.merchant(({ payoutChange }) => (payoutChange?.effectiveAt ?? 0n) > life.stage.now + 1n);
  const at = life.before(m.payoutChange?.effectiveAt ?? 0n);
  return life.call("cancelPayout", life.from(m.owner), [m.id], { at });
};

const transferOwnership: Handler = (life) => {
  const m = life.merchant(({ ownershipChange }) => ownershipChange === undefined);
  const to = life.honest(96n) ? life.random.pick([life.people.owner, life.people.secondOwner]) : ZeroAddress;
  return life.call("transferOwnership", life.from(m.owner), [m.id, to]);
};

const cancelOwnershipTransfer: Handler = (life) => {
  const m = life.merchant(({ ownershipChange }) => ownershipChange !== undefined);
  return life.call("cancelOwnershipTransfer", life.from(m.owner), [m.id]);
};

const acceptOwnership: Handler = (life) => {
  const m = life.merchant(({ ownershipChange }) => ownershipChange !== undefined);
  const change = m.ownershipChange;
  const at = life.around(change?.acceptableAt ?? 0n);
  return life.call("acceptOwnership", life.from(change?.to ?? life.people.secondOwner), [m.id], { at });
};

/** Terms as the contract takes them. */
const encoded = (terms: Terms) => ({ ...terms, kind: ProgramKind[terms.kind] });

export const publishFor = (life: Life, m: Merchant, sender: string): Call => {
  let terms = termsOf(life, life.stage.escrow.policyOf(m.policyId));
  if (!life.honest(92n)) {
    const { price, units, listPrice } = terms;
    const wrong = [
      { units: 0n },
      { units: 2n ** 88n - 1n },
      { listPrice: listPrice + price * 3n + 1n },
      { listPrice: 0n },
      { price: 0n },
      { price: price + 10n ** 12n, units, listPrice: price + 10n ** 12n },
    ];
    terms = { ...terms, ...life.random.pick(wrong) };
  }
  return life.call("publishProgram", sender, [m.id, encoded(terms)], { told: [m.id, terms] });
};

const publishProgram: Handler = (life) => {
  const m = life.merchant(isBusy(life));
  return publishFor(life, m, life.from(m.owner));
};

const retireProgram: Handler = (life) => {
  const programs = [...life.stage.escrow.state.programs];
  const program = life.pick(programs, ([, { retired }]) => !retired);
  if (program === undefined) return undefined;
  const owner = life.stage.escrow.merchantOf(program[1].merchantId).owner;
  return life.call("retireProgram", life.from(owner), [life.honest(96n) ? program[0] : 9_999n]);
};

/* BUYING */

/** A purchase that could be made now, mostly. */
function purchaseOf(life: Life, fitting: (kind: string) => boolean = () => true): Purchase {
  const { stage, random } = life;
  const programs = [...stage.escrow.state.programs];
  const [programId, program] = life.pick(programs, ([, { retired, merchantId, policyId, kind }]) => {
    const m = stage.escrow.merchantOf(merchantId);
    return !retired && fitting(kind) && m.policyId === policyId && isBusy(life)(m);
  })!;
  const policy = stage.escrow.policyOf(program.policyId);
  const holder = life.honest(96n) ? random.pick(life.holders) : life.account();
  const limit = program.bearer ? policy.maxBearer : policy.maxNamed;
  let principal = program.price;
  if (principal === 0n) {
    principal = random.between(1n, random.pick([9n, 20n * TOKEN, 800n * TOKEN]));
    if (limit !== 0n && random.chance(15n)) principal = limit + random.pick([0n, 1n]);
  }
  if (random.chance(3n)) principal = random.pick([0n, principal + 1n]);
  const serial = life.freeSerial(holder, programId);
  return { programId: life.honest(99n) ? programId : 9_999n, holder, principal, serial, startsAt: 0n };
}

/** When a purchase says it starts, if it is a pass and says so. */
function startOf(life: Life, purchase: Purchase, at: bigint): bigint {
  const program = life.stage.escrow.state.programs.get(purchase.programId);
  if (program === undefined || (program.kind !== "Term" && life.honest(95n))) return 0n;
  const { maxAdvance } = life.stage.escrow.policyOf(program.policyId);
  return (
    at + life.random.pick([0n, maxAdvance, life.random.below(maxAdvance + 1n), life.honest() ? 0n : maxAdvance + 1n])
  );
}

const payers = (life: Life) => life.random.pick([life.people.payer, life.people.holder, life.people.other]);

const buy: Handler = (life) => {
  const { programId, holder, principal, serial } = purchaseOf(life);
  const payer = life.honest(96n) ? payers(life) : life.people.stranger;
  return life.call("buy", payer, [programId, holder, principal, serial]);
};

const buyPass: Handler = (life) => {
  const purchase = purchaseOf(life, (kind) => kind === "Term");
  const { programId, holder, principal, serial } = purchase;
  const at = life.soon();
  const startsAt = startOf(life, purchase, at);
  return life.call("buyPass", payers(life), [programId, holder, principal, serial, startsAt], { at });
};

/** The token of a program's merchant, as far as there is one. */
const tokenOf = (life: Life, programId: bigint): string => {
  const program = life.stage.escrow.state.programs.get(programId);
  return program === undefined
    ? life.stage.set.addresses.plainToken
    : life.stage.escrow.merchantOf(program.merchantId).token;
};

/** The relayer has approved nothing: it pays by permits alone. */
const buyWithPermit: Handler = (life) => {
  const { stage, people, random } = life;
  const at = life.soon();
  const bare = purchaseOf(life);
  const purchase = { ...bare, startsAt: random.chance(50n) ? startOf(life, bare, at) : 0n };
  const payer = people.relayer;
  const token = tokenOf(life, purchase.programId);
  const current = stage.tokens.get(token)!.state.permitNonces.get(payer) ?? 0n;
  const nonce = life.honest(93n) ? current : current + 1n;
  const signer = life.honest(93n) ? payer : life.anybody();
  const deadline = at + DAY;
  const message = { owner: payer, spender: stage.set.addresses.escrow, value: purchase.principal, nonce, deadline };
  const { v, r, s } = stage.sign(stage.tokenDomain(token), "Permit", message, signer);
  const signed: Signed = { signer, nonce };
  return life.call("buyWithPermit", payer, [purchase, deadline, v, r, s], { at, told: [purchase], signed });
};

const buyWithAuthorization: Handler = (life) => {
  const { stage, people, random } = life;
  const at = life.soon();
  const bare = purchaseOf(life);
  const purchase = { ...bare, startsAt: random.chance(50n) ? startOf(life, bare, at) : 0n };
  const program = stage.escrow.state.programs.get(purchase.programId);
  if (program === undefined) return undefined;
  const { vault, token } = stage.escrow.merchantOf(program.merchantId);
  const payer = payers(life);
  const signer = life.honest(95n) ? payer : life.anybody();
  const salt = random.chance(10n) ? ZeroHash : life.hash();
  const nonce = purchaseNonce({ ...purchase, escrow: stage.set.addresses.escrow, salt });
  const validAfter = life.honest(97n) ? 0n : at;
  const validBefore = life.honest(97n) ? at + 1n : at;
  const made = { from: payer, to: vault, value: purchase.principal, validAfter, validBefore, nonce };
  const { v, r, s } = stage.sign(stage.tokenDomain(token), "ReceiveWithAuthorization", made, signer);
  const args = [purchase, payer, validAfter, validBefore, salt, v, r, s];
  const told = [purchase, payer, validAfter, validBefore, nonce, signer === payer];
  return life.call("buyWithAuthorization", life.random.pick([people.relayer, people.stranger]), args, { at, told });
};

/* CONSUMPTION */

const settles = (life: Life) => (m: Merchant) =>
  m.status === "Defaulted" ? life.stage.now + 1n < life.stage.escrow.flagOf(m).windowEndsAt : m.status !== "Closed";

const settle: Handler = (life) => {
  const { m, rows } = life.batch(settles(life));
  const sender = m.status === "Defaulted" ? life.anybody() : life.operator(m);
  const signed = rows.map((row) => life.stage.signRow(row));
  const windowEndsAt = m.status === "Defaulted" ? life.stage.escrow.flagOf(m).windowEndsAt : 0n;
  const at = life.random.chance(15n) ? life.around(windowEndsAt) : life.soon();
  return life.call("settle", sender, [m.id, signed], { told: [m.id, rows], at });
};

/** A row in the last second before a pending request falls due: it must still count. */
const settleLastMinute: Handler = (life) => {
  const { stage } = life;
  const cardId = life.card(
    (card, one) => canLeave(life, one) && (pendingExit(life, one) !== 0n || card.move !== undefined),
  );
  if (cardId === undefined) return undefined;
  const { m, policy } = life.originOf(cardId);
  const dueAt = pendingExit(life, cardId) + policy.exitDelay;
  const row = life.row(cardId);
  const at = dueAt - 1n > stage.now ? dueAt - 1n : life.soon();
  return life.call("settle", life.operator(m), [m.id, [stage.signRow(row)]], { told: [m.id, [row]], at });
};

/** Rows that were booked before are sent again, as they were. */
const settleAgain: Handler = (life) => {
  if (life.booked.length === 0) return undefined;
  const { merchantId, row } = life.random.pick(life.booked);
  const m = life.stage.escrow.merchantOf(merchantId);
  const signed = life.stage.signRow(row);
  return life.call("settle", life.operator(m), [merchantId, [signed, signed]], { told: [merchantId, [row, row]] });
};

const settleAndPayOut: Handler = (life) => {
  const { m, rows } = life.batch((one) =>
    ["Active", "RunOff"].includes(life.stage.escrow.statusOf(one, life.stage.now)),
  );
  const signed = rows.map((row) => life.stage.signRow(row));
  return life.call("settleAndPayOut", life.operator(m), [m.id, signed], { told: [m.id, rows] });
};

const settleWithSignature: Handler = (life) => {
  const { stage } = life;
  const { m, rows } = life.batch(settles(life));
  const at = life.soon();
  const deadline = deadlineOf(life, at);
  const operator = life.operator(m);
  const signer = life.honest(94n) ? operator : life.anybody();
  if (!stage.set.keys.has(operator) || !stage.set.keys.has(signer)) return undefined;
  const consumptions = rows.map(({ cardId, cumulative, receipt }) => ({ cardId, cumulative, receipt }));
  const good = life.honest(95n);
  const message = { merchantId: m.id, consumptions, deadline: good ? deadline : deadline + 1n };
  const { serialized } = stage.sign(stage.escrowDomain, "Settlement", message, signer);
  const args = [m.id, rows.map((row) => stage.signRow(row)), deadline, operator, serialized];
  return life.call("settleWithSignature", life.anybody(), args, {
    told: [m.id, rows, deadline, operator, good],
    signed: { signer },
    at,
  });
};

/** A deadline of a signed request, mostly in time. */
function deadlineOf(life: Life, at: bigint): bigint {
  if (life.honest(94n)) return at + life.random.pick([0n, 1n, DAY, 30n * DAY]);
  return life.random.pick([at - 1n, at + 30n * DAY + 1n]);
}

const settleContractHolders: Handler = (life) => {
  const { m, rows } = life.batch(settles(life));
  const wallets = life.stage.escrow.openCards(m.id).filter(([one]) => isContract(life, one));
  const all = [...rows, ...wallets.slice(0, 2).map(([cardId]) => life.row(cardId))];
  const sender = m.status === "Defaulted" ? life.anybody() : life.operator(m);
  const signed = all.map((row) => life.stage.signContractRow(row));
  return life.call("settleContractHolders", sender, [m.id, signed], { told: [m.id, all] });
};

const isContract = (life: Life, cardId: string): boolean =>
  decodeCardId(cardId).holder === life.stage.set.contractHolder;

const accrue: Handler = (life) => {
  const cards = [...life.stage.escrow.state.cards];
  if (cards.length === 0) return undefined;
  const passes = cards.filter(([cardId]) => life.originOf(cardId).program.kind === "Term");
  const some: string[] = [];
  for (let i = life.random.between(1n, 5n); i > 0n; i--) {
    const from = life.honest(85n) && passes.length > 0 ? passes : cards;
    some.push(life.random.pick(from)[0]);
  }
  if (life.random.chance(3n)) some.push(encodeCardId({ holder: life.people.stranger, programId: 9_999n, serial: 0n }));
  const [first] = some;
  const card = life.stage.escrow.state.cards.get(first!)!;
  const { program, policy } = life.originOf(first!);
  const dates = [card.openedAt + policy.coolingOff, card.openedAt + policy.accrualDelay, card.openedAt + program.units];
  const at = life.random.chance(30n) ? life.around(life.random.pick(dates)) : life.soon();
  return life.call("accrue", life.anybody(), [some], { at });
};

const payOut: Handler = (life) => {
  const { escrow } = life.stage;
  const m = life.merchant((one) => escrow.releasable(one) > 0n && escrow.statusOf(one, life.stage.now) !== "Suspended");
  const date = m.status === "Defaulted" ? escrow.flagOf(m).windowEndsAt : (m.payoutChange?.effectiveAt ?? 0n);
  return life.call("payOut", life.anybody(), [m.id], { at: life.around(date, 50n) });
};

/* LEAVING */

const requestExit: Handler = (life) => {
  const cardId = life.card((_, one) => canLeave(life, one) && pendingExit(life, one) === 0n);
  if (cardId === undefined) return undefined;
  const { holder } = decodeCardId(cardId);
  const card = life.stage.escrow.state.cards.get(cardId)!;
  const at = life.random.chance(20n)
    ? life.around(card.openedAt + life.originOf(cardId).policy.coolingOff)
    : life.soon();
  return life.call("requestExit", life.from(holder), [cardId], { at });
};

/** A holder's request under a signature: whose it is and over which nonce. */
function signRequest(
  life: Life,
  name: "ExitRequest" | "Complaint",
  cardId: string,
  at: bigint,
): { readonly deadline: bigint; readonly evidence: string; readonly signature: string; readonly signed: Signed } {
  const { stage } = life;
  const { holder } = decodeCardId(cardId);
  const card = stage.escrow.state.cards.get(cardId)!;
  const deadline = deadlineOf(life, at);
  const nonce = life.honest(94n) ? card.nonce : (card.nonce + 255n) % 256n;
  const key = stage.escrow.keyOf(holder);
  const signer = life.honest(95n) && stage.set.keys.has(key) ? key : life.anybody();
  const evidence = life.hash();
  const { serialized } =
    name === "ExitRequest"
      ? stage.sign(stage.escrowDomain, name, { cardId, nonce, deadline }, signer)
      : stage.sign(stage.escrowDomain, name, { cardId, evidence, nonce, deadline }, signer);
  const more = name === "Complaint" ? { evidence } : {};
  return { deadline, evidence, signature: serialized, signed: { signer, nonce, cardId, ...more } };
}

const requestExitWithSignature: Handler = (life) => {
  const cardId = life.card((_, one) => canLeave(life, one) && pendingExit(life, one) === 0n);
  if (cardId === undefined) return undefined;
  const at = life.soon();
  const { deadline, signature, signed } = signRequest(life, "ExitRequest", cardId, at);
  const told = [cardId, deadline];
  return life.call("requestExitWithSignature", life.anybody(), [cardId, deadline, signature], { at, told, signed });
};

const cancelExit: Handler = (life) => {
  const cardId = life.card();
  return cardId === undefined ? undefined : life.call("cancelExit", life.from(decodeCardId(cardId).holder), [cardId]);
};

/** When a pending request falls due, or lapses. */
function exitDate(life: Life, cardId: string): bigint {
  const since = life.stage.escrow.state.cards.get(cardId)!.exitRequestedAt;
  const { exitDelay } = life.originOf(cardId).policy;
  return since + (life.random.chance(80n) ? exitDelay : 2n * exitDelay);
}

const executeExit: Handler = (life) => {
  const cardId = life.card(
    ({ dispute }, one) => canLeave(life, one) && dispute === undefined && pendingExit(life, one) !== 0n,
  );
  if (cardId === undefined) return undefined;
  return life.call("executeExit", life.anybody(), [cardId], { at: life.around(exitDate(life, cardId), 97n) });
};

/** When a holder can have the money elsewhere. */
function leavingDate(life: Life, cardId: string): bigint {
  const { m } = life.originOf(cardId);
  const { dispute } = life.stage.escrow.state.cards.get(cardId)!;
  if (m.status === "Defaulted") return life.stage.escrow.flagOf(m).windowEndsAt;
  if (dispute !== undefined) return dispute.rulingUntil;
  return exitDate(life, cardId);
}

const executeExitTo: Handler = (life) => {
  const { stage } = life;
  const cardId = life.card(({ dispute }, one) => {
    const { m } = life.originOf(one);
    return m.status === "Defaulted" || dispute !== undefined || stage.escrow.pendingExit(one, stage.now) !== 0n;
  });
  if (cardId === undefined) return undefined;
  const at = life.around(leavingDate(life, cardId), 92n);
  return life.call("executeExitTo", life.from(decodeCardId(cardId).holder), [cardId, life.account()], { at });
};

const refundCard: Handler = (life) => {
  const cardId = life.card((_, one) => canLeave(life, one));
  return cardId === undefined ? undefined : life.call("refundCard", life.operator(life.originOf(cardId).m), [cardId]);
};

const refundCards: Handler = (life) => {
  const { escrow } = life.stage;
  const m = life.merchant((one) => ["RunOff", "Defaulted"].includes(one.status) && escrow.openCards(one.id).length > 0);
  const mine = [...escrow.state.cards].filter(([cardId]) => life.originOf(cardId).m === m).map(([cardId]) => cardId);
  if (mine.length === 0) return undefined;
  const some = Array.from({ length: Number(life.random.between(1n, 5n)) }, () => life.random.pick(mine));
  const stray = life.honest(97n) ? undefined : life.card();
  if (stray !== undefined) some.push(stray);
  const date = m.status === "Defaulted" ? escrow.flagOf(m).windowEndsAt : (m.runOff?.noticeEndsAt ?? 0n);
  return life.call("refundCards", life.anybody(), [m.id, some], { at: life.around(date, 90n) });
};

/* DISPUTES */

const complain: Handler = (life) => {
  const cardId = life.card(
    ({ dispute }, one) => canLeave(life, one) && dispute === undefined && pendingExit(life, one) === 0n,
  );
  if (cardId === undefined) return undefined;
  const at = life.around(life.stage.escrow.state.complaintFrom.get(cardId) ?? 0n);
  return life.call("complain", life.from(decodeCardId(cardId).holder), [cardId, life.hash()], { at });
};

const complainWithSignature: Handler = (life) => {
  const cardId = life.card(
    ({ dispute }, one) => canLeave(life, one) && dispute === undefined && pendingExit(life, one) === 0n,
  );
  if (cardId === undefined) return undefined;
  const at = life.around(life.stage.escrow.state.complaintFrom.get(cardId) ?? 0n);
  const { deadline, evidence, signature, signed } = signRequest(life, "Complaint", cardId, at);
  const args = [cardId, evidence, deadline, signature];
  return life.call("complainWithSignature", life.anybody(), args, { at, told: [cardId, evidence, deadline], signed });
};

const contestExit: Handler = (life) => {
  const { stage } = life;
  const cardId = life.card((card, one) => {
    const { m, policy } = life.originOf(one);
    const since = pendingExit(life, one);
    const contestable = since !== 0n && since >= card.openedAt + policy.coolingOff && !policy.unilateralExit;
    const open = canLeave(life, one) && m.status !== "RunOff" && card.dispute === undefined;
    return contestable && open && since + policy.exitDelay > stage.now + 1n;
  });
  if (cardId === undefined) return undefined;
  const { m, policy } = life.originOf(cardId);
  const at = life.before(pendingExit(life, cardId) + policy.exitDelay);
  return life.call("contestExit", life.operator(m), [cardId, life.hash()], { at });
};

const resolve: Handler = (life) => {
  const { random, stage } = life;
  const cardId = life.card(({ dispute }, one) => canLeave(life, one) && (dispute?.rulingUntil ?? 0n) > stage.now + 1n);
  if (cardId === undefined) return undefined;
  const { principal, dispute } = stage.escrow.state.cards.get(cardId)!;
  const from = dispute?.rulingFrom ?? 0n;
  const at = from > stage.now ? life.around(from, 95n) : life.around(dispute?.rulingUntil ?? 0n, 10n);
  const upheld = random.chance(50n);
  const awarded = upheld ? random.below(principal + 2n) : life.honest(93n) ? 0n : 1n;
  return life.call("resolve", life.from(life.people.association), [cardId, upheld, awarded, life.hash()], { at });
};

const executeDispute: Handler = (life) => {
  const cardId = life.card(({ dispute }, one) => canLeave(life, one) && dispute !== undefined);
  if (cardId === undefined) return undefined;
  const rulingUntil = life.stage.escrow.state.cards.get(cardId)!.dispute?.rulingUntil ?? 0n;
  return life.call("executeDispute", life.anybody(), [cardId], { at: life.around(rulingUntil, 97n) });
};

/* MOVES */

const requestMove: Handler = (life) => {
  const { stage, random } = life;
  const cardId = life.card((card, one) => {
    const free = pendingExit(life, one) === 0n && card.dispute === undefined;
    const { m } = life.originOf(one);
    const movable = canLeave(life, one) && !stage.escrow.refundsOpen(m, stage.now);
    const pending = stage.escrow.pendingMove(one, stage.now);
    return free && movable && (pending === undefined || pending.naming !== undefined);
  });
  if (cardId === undefined) return undefined;
  const { holder } = decodeCardId(cardId);
  const recovery = stage.escrow.state.recoveries.get(holder)?.account;
  const by = recovery !== undefined && recovery !== ZeroAddress && random.chance(60n) ? recovery : holder;
  return life.call("requestMove", life.from(by), [cardId, life.account()]);
};

const consentMove: Handler = (life) => {
  const { stage } = life;
  const cardId = life.card((_, one) => {
    const move = stage.escrow.pendingMove(one, stage.now);
    return canLeave(life, one) && move !== undefined && move.naming === undefined && move.notBefore > stage.now + 1n;
  });
  if (cardId === undefined) return undefined;
  const { nonce, move } = stage.escrow.state.cards.get(cardId)!;
  const at = life.before(move?.notBefore ?? 0n);
  const said = life.honest(94n) ? nonce : (nonce + 1n) % 256n;
  return life.call("consentMove", life.operator(life.originOf(cardId).m), [cardId, said], { at });
};

const cancelMove: Handler = (life) => {
  const cardId = life.card((_, one) => life.stage.escrow.pendingMove(one, life.stage.now) !== undefined);
  return cardId === undefined ? undefined : life.call("cancelMove", life.from(decodeCardId(cardId).holder), [cardId]);
};

const executeMove: Handler = (life) => {
  const { stage, random } = life;
  const cardId = life.card((_, one) => canLeave(life, one) && stage.escrow.pendingMove(one, stage.now) !== undefined);
  if (cardId === undefined) return undefined;
  const { move } = stage.escrow.state.cards.get(cardId)!;
  const { exitDelay } = life.originOf(cardId).policy;
  const { programId } = decodeCardId(cardId);
  const serial = life.freeSerial(move?.to ?? life.people.friend, programId);
  const date = (move?.notBefore ?? 0n) + (random.chance(85n) ? 0n : exitDelay);
  return life.call("executeMove", life.anybody(), [cardId, serial], { at: life.around(date, 97n) });
};

const setRecovery: Handler = (life) => {
  const { escrow } = life.stage.set.addresses;
  const account = life.honest() ? life.random.pick([life.people.friend, life.people.relayer, ZeroAddress]) : escrow;
  return life.call("setRecovery", life.random.pick(life.holders), [account]);
};

/* SUPERVISION */

const suspend: Handler = (life) => {
  const { stage } = life;
  const m = life.merchant(
    (one) => isBusy(life)(one) && (one.suspendedUntil === 0n || stage.now > one.suspendedUntil + 60n * DAY),
  );
  const at = life.around(m.suspendedUntil === 0n ? 0n : m.suspendedUntil + 90n * DAY, 70n);
  return life.call("suspend", life.from(life.people.regulator), [m.id, life.hash()], { at });
};

const resume: Handler = (life) => {
  const m = life.merchant((one) => life.stage.escrow.statusOf(one, life.stage.now) === "Suspended");
  const at = life.random.chance(20n) ? life.around(m.suspendedUntil) : life.soon();
  return life.call("resume", life.from(life.people.regulator), [m.id], { at });
};

const startRunOff: Handler = (life) => {
  const m = life.merchant(isBusy(life));
  const at = life.soon();
  const { runOffNotice } = life.stage.escrow.policyOf(m.policyId);
  const lastServiceAt = life.honest()
    ? at + life.random.below(runOffNotice + 1n)
    : life.random.pick([at - 1n, at + runOffNotice + 1n]);
  return life.call(
    "startRunOff",
    life.from(life.random.pick([m.owner, life.people.regulator])),
    [m.id, lastServiceAt],
    { at },
  );
};

const closeMerchant: Handler = (life) => {
  const { escrow } = life.stage;
  const m = life.merchant((one) => one.status === "RunOff" && escrow.outstanding(one.id) === 0n);
  return life.call("closeMerchant", life.anybody(), [m.id], { at: life.around(m.runOff?.noticeEndsAt ?? 0n) });
};

const flagDefault: Handler = (life) => {
  const m = life.merchant(({ status }) => status !== "Defaulted");
  const at = life.soon();
  const ago = life.honest(93n) ? life.random.below(60n * DAY) : -1n;
  // One in twenty says that there was no service at all.
  const stoppedAt = ago > 57n * DAY ? 0n : at - ago;
  return life.call("flagDefault", life.from(life.people.regulator), [m.id, stoppedAt, life.hash()], { at });
};

const withdrawDefault: Handler = (life) => {
  const { stage } = life;
  const m = life.merchant(
    (one) =>
      one.status === "Defaulted" &&
      one.withdrawn === undefined &&
      stage.escrow.flagOf(one).windowEndsAt > stage.now + 1n,
  );
  const at = m.status === "Defaulted" ? life.before(stage.escrow.flagOf(m).windowEndsAt) : life.soon();
  return life.call("withdrawDefault", life.from(life.people.regulator), [m.id], { at });
};

const reportHolderExposure: Handler = (life) => {
  const { escrow } = life.stage;
  const idsOf = (m: Merchant, holder: string): string[] =>
    escrow
      .openCards(m.id)
      .map(([cardId]) => cardId)
      .filter((cardId) => decodeCardId(cardId).holder === holder)
      .toSorted();
  const sumOf = (ids: readonly string[]): bigint =>
    ids.reduce((sum, cardId) => sum + escrow.state.cards.get(cardId)!.principal, 0n);
  const all = [...escrow.state.merchants.values()].flatMap((m) => life.holders.map((holder) => ({ m, holder })));
  const over = life.pick(all, ({ m, holder }) => {
    const limit = escrow.policyOf(m.policyId).maxHolderExposure;
    const sum = sumOf(idsOf(m, holder));
    return limit !== 0n && sum > limit && sum > (m.highestExposure.get(holder) ?? 0n);
  });
  if (over === undefined) return undefined;
  const ids = idsOf(over.m, over.holder);
  if (!life.honest(90n)) ids.reverse();
  const m = life.honest(97n) ? over.m : life.merchant();
  return life.call("reportHolderExposure", life.anybody(), [m.id, ids]);
};

/* THE TOKEN'S ISSUER, AND GIFTS */

const setBlocked: Handler = (life) => {
  const { people, random } = life;
  const account = random.pick([
    people.blockedHolder,
    people.blockedHolder,
    people.secondPayout,
    people.bank,
    people.other,
  ]);
  const value = account === people.blockedHolder ? random.chance(80n) : random.chance(35n);
  return life.call("setBlocked", people.admin, [account, value], { to: "blockingToken" });
};

/** Somebody sends tokens to a vault past the contracts. */
const transfer: Handler = (life) => {
  const m = life.merchant();
  const to: Target = m.token === life.stage.set.addresses.plainToken ? "plainToken" : "blockingToken";
  const vault = life.random.chance(50n) ? m.vault : life.stage.register.vaultOf(m, life.random.chance(40n));
  return life.call("transfer", life.people.other, [vault, life.random.between(1n, 50n * TOKEN)], { to });
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
  settleAgain: { handler: settleAgain, weight: 3, share: 25 },
  settleAndPayOut: { handler: settleAndPayOut, weight: 5, share: 35 },
  settleWithSignature: { handler: settleWithSignature, weight: 4, share: 30 },
  settleContractHolders: { handler: settleContractHolders, weight: 6, share: 50 },
  accrue: { handler: accrue, weight: 10, share: 100 },
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
  executeDispute: { handler: executeDispute, weight: 5, share: 15 },
  requestMove: { handler: requestMove, weight: 9, share: 35 },
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
  setBlocked: { handler: setBlocked, weight: 3, share: 100 },
  transfer: { handler: transfer, weight: 2, share: 60 },
};

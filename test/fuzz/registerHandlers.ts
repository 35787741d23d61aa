import { ZeroAddress, ZeroHash } from "ethers";

import { listOf } from "../helpers/register.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { ClaimSent, Rule } from "../model/register.js";
import { flagNumber } from "../model/register.js";
import type { Merchant } from "../model/state.js";
import { claimQuote } from "../model/views.js";
import type { Handler, FuzzRun, ListedClaim, Part } from "./handlers.js";
import type { Call } from "./stage.js";

/* The same for the deposit register. */

const call = (run: FuzzRun, name: string, sender: string, args: readonly unknown[], more: Partial<Call> = {}): Call =>
  run.call(name, sender, args, { to: "register", ...more });

const accountOf = (run: FuzzRun, m: Merchant) => run.stage.register.accountOf(m.id);

const isDefaulted = ({ status }: Merchant): boolean => status === "Defaulted";

const setRule: Handler = (run) => {
  const { random } = run;
  const m = run.merchant();
  const bps = Array.from({ length: 3 }, () => random.pick([0n, 2_000n, 3_000n, 5_000n, 20_000n]));
  bps.sort((a, b) => (a < b ? -1 : 1));
  const threshold1 = random.pick([0n, 1_000n, 2_000n]) * TOKEN;
  let rule: Rule = {
    bps0: bps[0]!,
    threshold1,
    bps1: bps[1]!,
    threshold2: threshold1 + random.pick([0n, 1_000n]) * TOKEN,
    bps2: bps[2]!,
    reportDays: random.pick([0n, 30n, 90n]),
  };
  if (!run.honest()) {
    rule = {
      ...rule,
      ...random.pick([
        { bps0: 20_000n, bps1: 1n },
        { bps1: 20_000n, bps2: 5n },
        { bps2: 20_001n },
        { threshold1: rule.threshold2 + 1n },
      ]),
    };
  }
  const at = run.around(accountOf(run, m).nextRule?.at ?? 0n, 40n);
  const cureBy = run.honest(95n) ? at + random.below(10n * DAY) : at - 1n;
  return call(run, "setRule", run.from(run.people.regulator), [m.id, rule, cureBy], { at });
};

const reportOutstanding: Handler = (run) => {
  const { random } = run;
  const m = run.merchant();
  const a = accountOf(run, m);
  const by = random.pick([m.owner, run.people.reporter]);
  const next = a.waiting[random.chance(50n) ? 0 : a.waiting.length - 1];
  const at = run.around(next?.actsAt ?? 0n, 40n);
  const last = by === m.owner ? a.ownerAsOf : a.certified.asOf;
  const others = by === m.owner ? a.certified.asOf : a.ownerAsOf;
  let asOf = random.pick([at, at - random.below(20n * DAY), last + 1n, others]);
  if (run.honest(92n)) asOf = asOf > at ? at : asOf <= last ? last + 1n : asOf;
  const known = [a.reported.amount, a.certified.amount, ...a.waiting.map(({ amount }) => amount)];
  const amount = random.chance(30n) ? random.pick(known) : random.below(4_000n) * TOKEN + random.below(7n);
  return call(run, "reportOutstanding", run.from(by), [m.id, amount, asOf < 0n ? 0n : asOf, run.hash()], { at });
};

const refreshWarnings: Handler = (run) => {
  const m = run.merchant();
  const a = accountOf(run, m);
  const dates = [run.stage.register.reportDueAt(a, run.stage.now), a.suretyEndsAt - 30n * DAY, a.nextRule?.at ?? 0n];
  const merchantId = run.honest(97n) ? m.id : 9_999n;
  return call(run, "refreshWarnings", run.anybody(), [merchantId], { at: run.around(run.random.pick(dates), 60n) });
};

const deposit: Handler = (run) => {
  const m = run.merchant();
  const amount = run.honest(96n) ? run.random.between(1n, 1_500n * TOKEN) : 0n;
  return call(run, "deposit", run.from(run.random.pick([run.people.owner, run.people.liquidator])), [m.id, amount]);
};

/** Gifts to the vault are what there is to book. */
const bookDeposit: Handler = (run) => {
  const { register } = run.stage;
  const gift = (m: Merchant): bigint =>
    register.tokenOf(m).balanceOf(register.vaultOf(m, false)) - register.accountOf(m.id).deposit;
  return call(run, "bookDeposit", run.anybody(), [run.merchant((m) => gift(m) > 0n).id]);
};

const withdraw: Handler = (run) => {
  const { register, escrow, now } = run.stage;
  const spare = (m: Merchant): bigint =>
    register.accountOf(m.id).deposit - register.required(register.accountOf(m.id), now);
  const m = run.merchant(
    (one) => spare(one) > 0n && ["Active", "RunOff", "Closed"].includes(escrow.statusOf(one, now)),
  );
  const most = spare(m);
  const amount = most <= 0n ? 1n : run.random.pick([1n, most, most + 1n, run.random.between(1n, most)]);
  return call(run, "withdraw", run.from(m.owner), [m.id, amount]);
};

const nameSurety: Handler = (run) => {
  const m = run.merchant();
  const surety = run.random.pick([run.people.bank, run.people.bank, run.people.liquidator, ZeroAddress]);
  return call(run, "nameSurety", run.from(m.owner), [m.id, surety]);
};

const placeSurety: Handler = (run) => {
  const m = run.merchant((one) => !isDefaulted(one) && accountOf(run, one).suretyNamed !== ZeroAddress);
  const a = accountOf(run, m);
  const at = run.soon();
  const earliest = a.suretyEndsAt > at + 30n * DAY + 1n ? a.suretyEndsAt : at + 30n * DAY + 1n;
  const endsAt = run.honest(92n) ? earliest + run.random.pick([0n, DAY, 40n * DAY]) : earliest - 1n;
  const sender = a.suretyNamed === ZeroAddress ? run.people.bank : a.suretyNamed;
  const amount = run.honest(90n) ? run.random.between(1n, 800n * TOKEN) : 0n;
  return call(run, "placeSurety", run.from(sender), [m.id, amount, endsAt], { at });
};

const takeBackSurety: Handler = (run) => {
  const m = run.merchant((one) => accountOf(run, one).surety !== 0n);
  const { suretyParty, suretyEndsAt } = accountOf(run, m);
  const party = suretyParty === ZeroAddress ? run.people.bank : suretyParty;
  const to = run.random.chance(60n) ? party : run.account();
  const at = run.random.chance(55n) ? run.around(suretyEndsAt) : run.soon();
  return call(run, "takeBackSurety", run.from(party), [m.id, to], { at });
};

/* DEFAULT */

const distributionOf = (run: FuzzRun, m: Merchant) => accountOf(run, m).distributions[flagNumber(m)];
const hasList = (run: FuzzRun) => (m: Merchant) => isDefaulted(m) && distributionOf(run, m).publishedAt !== 0n;

const publishClaims: Handler = (run) => {
  const { random } = run;
  const m = run.merchant((one) => isDefaulted(one) && distributionOf(run, one).publishedAt === 0n);
  const accounts = [...run.holders, run.people.stranger];
  const lines = Array.from({ length: Number(random.between(1n, 6n)) }, () => ({
    account: random.pick(accounts),
    amount: random.between(1n, random.pick([5n, 400n * TOKEN])),
  }));
  if (random.chance(10n)) lines.push({ account: run.stage.register.vaultOf(m, false), amount: 5n });
  const list = listOf(lines);
  const claims = lines.map((line, index): ListedClaim => {
    const { proof } = list.claim(index);
    return { index: BigInt(index), ...line, proof: proof as string[] };
  });
  run.lists.set(list.root, claims);
  // Now and then the association adds up wrongly.
  const total = random.chance(85n) ? list.total : list.total - random.below(list.total);
  const nobody = random.chance(6n);
  const args = nobody ? [m.id, ZeroHash, random.pick([0n, 0n, 5n]), run.hash()] : [m.id, list.root, total, run.hash()];
  return call(run, "publishClaims", run.from(run.people.association), args);
};

const objectToClaims: Handler = (run) => {
  const m = run.merchant(
    (one) => hasList(run)(one) && distributionOf(run, one).publishedAt + 14n * DAY > run.stage.now + 1n,
  );
  const a = accountOf(run, m);
  const { root, publishedAt } = distributionOf(run, m);
  const by = run.random.pick([m.owner, run.people.regulator, a.suretyParty === ZeroAddress ? m.owner : a.suretyParty]);
  const at = run.before(publishedAt + 14n * DAY);
  const named = run.honest(95n) ? root : run.hash();
  return call(run, "objectToClaims", run.from(by), [m.id, named, run.hash()], { at });
};

/** When the claims on a merchant open. */
function opensAt(run: FuzzRun, m: Merchant): bigint {
  if (!hasList(run)(m)) return 0n;
  return run.stage.register.periodsOf(m, distributionOf(run, m)).opensAt;
}

const openClaims: Handler = (run) => {
  const m = run.merchant((one) => hasList(run)(one) && accountOf(run, one).openUnder === undefined);
  return call(run, "openClaims", run.anybody(), [m.id], { at: run.around(opensAt(run, m), 97n) });
};

/** Somebody on the list that stands can be paid more than before. */
const owes =
  (run: FuzzRun) =>
  (m: Merchant): boolean => {
    if (!hasList(run)(m)) return false;
    const list = run.lists.get(distributionOf(run, m).root) ?? [];
    return list.some((one) => claimQuote(run.stage.register, m.id, one, run.stage.now)[1] > 0n);
  };

/** A claim of the list that stands, mostly as it is there. */
function claimOf(run: FuzzRun, m: Merchant): { readonly sent: ListedClaim; readonly told: ClaimSent } {
  const { root } = distributionOf(run, m);
  const list = run.lists.get(root);
  if (list === undefined || !run.honest(93n)) {
    const sent = { index: 0n, account: run.people.stranger, amount: 7n, proof: [run.hash()] };
    return { sent, told: { ...sent, provesRoot: ZeroHash } };
  }
  const dueTo = (one: ListedClaim): boolean => claimQuote(run.stage.register, m.id, one, run.stage.now)[1] > 0n;
  const due = run.honest() ? list.filter(dueTo) : [];
  const sent = run.random.pick(due.length === 0 ? list : due);
  return { sent, told: { ...sent, provesRoot: root } };
}

const claim: Handler = (run) => {
  const m = run.merchant(owes(run));
  const { sent, told } = claimOf(run, m);
  const at = run.around(opensAt(run, m), 97n);
  return call(run, "claim", run.anybody(), [m.id, sent], { at, told: [m.id, told] });
};

const claimTo: Handler = (run) => {
  const m = run.merchant(owes(run));
  const { sent, told } = claimOf(run, m);
  const at = run.around(opensAt(run, m), 97n);
  const recipient = run.account();
  return call(run, "claimTo", run.from(sent.account), [m.id, sent, recipient], { at, told: [m.id, told, recipient] });
};

const claimMany: Handler = (run) => {
  const m = run.merchant(hasList(run));
  const some = Array.from({ length: Number(run.random.between(1n, 5n)) }, () => claimOf(run, m));
  const at = run.around(opensAt(run, m), 97n);
  const args = [m.id, some.map(({ sent }) => sent)];
  return call(run, "claimMany", run.anybody(), args, { at, told: [m.id, some.map(({ told }) => told)] });
};

const paySurplus: Handler = (run) => {
  const { register } = run.stage;
  const m = run.merchant((one) => {
    const d = distributionOf(run, one);
    return hasList(run)(one) && accountOf(run, one).deposit + register.paid(d) > d.claims;
  });
  return call(run, "paySurplus", run.anybody(), [m.id], { at: run.around(opensAt(run, m), 97n) });
};

export const registerParts: Readonly<Record<string, Part>> = {
  setRule: { handler: setRule, weight: 5, share: 50 },
  reportOutstanding: { handler: reportOutstanding, weight: 9, share: 40 },
  refreshWarnings: { handler: refreshWarnings, weight: 5, share: 80 },
  deposit: { handler: deposit, weight: 5, share: 60 },
  bookDeposit: { handler: bookDeposit, weight: 3, share: 10 },
  withdraw: { handler: withdraw, weight: 5, share: 10 },
  nameSurety: { handler: nameSurety, weight: 5, share: 60 },
  placeSurety: { handler: placeSurety, weight: 6, share: 30 },
  takeBackSurety: { handler: takeBackSurety, weight: 4, share: 10 },
  publishClaims: { handler: publishClaims, weight: 5, share: 20 },
  objectToClaims: { handler: objectToClaims, weight: 3, share: 10 },
  openClaims: { handler: openClaims, weight: 3, share: 10 },
  claim: { handler: claim, weight: 5, share: 10 },
  claimTo: { handler: claimTo, weight: 3, share: 5 },
  claimMany: { handler: claimMany, weight: 5, share: 20 },
  paySurplus: { handler: paySurplus, weight: 4, share: 5 },
};

import { ZeroAddress, ZeroHash } from "ethers";

import { listOf } from "../helpers/register.js";
import { DAY, TOKEN } from "../helpers/fixture.js";
import type { ClaimSent, Rule } from "../model/register.js";
import { flagNumber } from "../model/register.js";
import type { Merchant } from "../model/state.js";
import { claimQuote } from "../model/views.js";
import type { Handler, Life, ListedClaim, Part } from "./handlers.js";
import type { Call } from "./stage.js";

/* The same for the deposit register. */

const call = (life: Life, name: string, sender: string, args: readonly unknown[], more: Partial<Call> = {}): Call =>
  life.call(name, sender, args, { to: "register", ...more });

const accountOf = (life: Life, m: Merchant) => life.stage.register.accountOf(m.id);

const isDefaulted = ({ status }: Merchant): boolean => status === "Defaulted";

const setRule: Handler = (life) => {
  const { random } = life;
  const m = life.merchant();
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
  if (!life.honest()) {
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
  const at = life.around(accountOf(life, m).nextRule?.at ?? 0n, 40n);
  const cureBy = life.honest(95n) ? at + random.below(10n * DAY) : at - 1n;
  return call(life, "setRule", life.from(life.people.regulator), [m.id, rule, cureBy], { at });
};

const reportOutstanding: Handler = (life) => {
  const { random } = life;
  const m = life.merchant();
  const a = accountOf(life, m);
  const by = random.pick([m.owner, life.people.reporter]);
  const next = a.waiting[random.chance(50n) ? 0 : a.waiting.length - 1];
  const at = life.around(next?.actsAt ?? 0n, 40n);
  const last = by === m.owner ? a.ownerAsOf : a.certified.asOf;
  const others = by === m.owner ? a.certified.asOf : a.ownerAsOf;
  let asOf = random.pick([at, at - random.below(20n * DAY), last + 1n, others]);
  if (life.honest(92n)) asOf = asOf > at ? at : asOf <= last ? last + 1n : asOf;
  const known = [a.reported.amount, a.certified.amount, ...a.waiting.map(({ amount }) => amount)];
  const amount = random.chance(30n) ? random.pick(known) : random.below(4_000n) * TOKEN + random.below(7n);
  return call(life, "reportOutstanding", life.from(by), [m.id, amount, asOf < 0n ? 0n : asOf, life.hash()], { at });
};

const refreshWarnings: Handler = (life) => {
  const m = life.merchant();
  const a = accountOf(life, m);
  const dates = [life.stage.register.reportDueAt(a, life.stage.now), a.suretyEndsAt - 30n * DAY, a.nextRule?.at ?? 0n];
  const merchantId = life.honest(97n) ? m.id : 9_999n;
  return call(life, "refreshWarnings", life.anybody(), [merchantId], { at: life.around(life.random.pick(dates), 60n) });
};

const deposit: Handler = (life) => {
  const m = life.merchant();
  const amount = life.honest(96n) ? life.random.between(1n, 1_500n * TOKEN) : 0n;
  return call(life, "deposit", life.from(life.random.pick([life.people.owner, life.people.liquidator])), [
    m.id,
    amount,
  ]);
};

/** Gifts to the vault are what there is to book. */
const bookDeposit: Handler = (life) => {
  const { register } = life.stage;
  const gift = (m: Merchant): bigint =>
    register.tokenOf(m).balanceOf(register.vaultOf(m, false)) - register.accountOf(m.id).deposit;
  return call(life, "bookDeposit", life.anybody(), [life.merchant((m) => gift(m) > 0n).id]);
};

const withdraw: Handler = (life) => {
  const { register, escrow, now } = life.stage;
  const spare = (m: Merchant): bigint =>
    register.accountOf(m.id).deposit - register.required(register.accountOf(m.id), now);
  const m = life.merchant(
    (one) => spare(one) > 0n && ["Active", "RunOff", "Closed"].includes(escrow.statusOf(one, now)),
  );
  const most = spare(m);
  const amount = most <= 0n ? 1n : life.random.pick([1n, most, most + 1n, life.random.between(1n, most)]);
  return call(life, "withdraw", life.from(m.owner), [m.id, amount]);
};

const nameSurety: Handler = (life) => {
  const m = life.merchant();
  const surety = life.random.pick([life.people.bank, life.people.bank, life.people.liquidator, ZeroAddress]);
  return call(life, "nameSurety", life.from(m.owner), [m.id, surety]);
};

const placeSurety: Handler = (life) => {
  const m = life.merchant((one) => !isDefaulted(one) && accountOf(life, one).suretyNamed !== ZeroAddress);
  const a = accountOf(life, m);
  const at = life.soon();
  const earliest = a.suretyEndsAt > at + 30n * DAY + 1n ? a.suretyEndsAt : at + 30n * DAY + 1n;
  const endsAt = life.honest(92n) ? earliest + life.random.pick([0n, DAY, 40n * DAY]) : earliest - 1n;
  const sender = a.suretyNamed === ZeroAddress ? life.people.bank : a.suretyNamed;
  const amount = life.honest(90n) ? life.random.between(1n, 800n * TOKEN) : 0n;
  return call(life, "placeSurety", life.from(sender), [m.id, amount, endsAt], { at });
};

const takeBackSurety: Handler = (life) => {
  const m = life.merchant((one) => accountOf(life, one).surety !== 0n);
  const { suretyParty, suretyEndsAt } = accountOf(life, m);
  const party = suretyParty === ZeroAddress ? life.people.bank : suretyParty;
  const to = life.random.chance(60n) ? party : life.account();
  const at = life.random.chance(55n) ? life.around(suretyEndsAt) : life.soon();
  return call(life, "takeBackSurety", life.from(party), [m.id, to], { at });
};

/* DEFAULT */

const distributionOf = (life: Life, m: Merchant) => accountOf(life, m).distributions[flagNumber(m)];
const hasList = (life: Life) => (m: Merchant) => isDefaulted(m) && distributionOf(life, m).publishedAt !== 0n;

const publishClaims: Handler = (life) => {
  const { random } = life;
  const m = life.merchant((one) => isDefaulted(one) && distributionOf(life, one).publishedAt === 0n);
  const accounts = [...life.holders, life.people.stranger];
  const lines = Array.from({ length: Number(random.between(1n, 6n)) }, () => ({
    account: random.pick(accounts),
    amount: random.between(1n, random.pick([5n, 400n * TOKEN])),
  }));
  if (random.chance(10n)) lines.push({ account: life.stage.register.vaultOf(m, false), amount: 5n });
  const list = listOf(lines);
  const claims = lines.map((line, index): ListedClaim => {
    const { proof } = list.claim(index);
    return { index: BigInt(index), ...line, proof: proof as string[] };
  });
  life.lists.set(list.root, claims);
  // Now and then the association adds up wrongly.
  const total = random.chance(85n) ? list.total : list.total - random.below(list.total);
  const nobody = random.chance(6n);
  const args = nobody
    ? [m.id, ZeroHash, random.pick([0n, 0n, 5n]), life.hash()]
    : [m.id, list.root, total, life.hash()];
  return call(life, "publishClaims", life.from(life.people.association), args);
};

const objectToClaims: Handler = (life) => {
  const m = life.merchant(
    (one) => hasList(life)(one) && distributionOf(life, one).publishedAt + 14n * DAY > life.stage.now + 1n,
  );
  const a = accountOf(life, m);
  const { root, publishedAt } = distributionOf(life, m);
  const by = life.random.pick([
    m.owner,
    life.people.regulator,
    a.suretyParty === ZeroAddress ? m.owner : a.suretyParty,
  ]);
  const at = life.before(publishedAt + 14n * DAY);
  const named = life.honest(95n) ? root : life.hash();
  return call(life, "objectToClaims", life.from(by), [m.id, named, life.hash()], { at });
};

/** When the claims on a merchant open. */
function opensAt(life: Life, m: Merchant): bigint {
  if (!hasList(life)(m)) return 0n;
  return life.stage.register.periodsOf(m, distributionOf(life, m)).opensAt;
}

const openClaims: Handler = (life) => {
  const m = life.merchant((one) => hasList(life)(one) && accountOf(life, one).openUnder === undefined);
  return call(life, "openClaims", life.anybody(), [m.id], { at: life.around(opensAt(life, m), 97n) });
};

/** Somebody on the list that stands can be paid more than before. */
const owes =
  (life: Life) =>
  (m: Merchant): boolean => {
    if (!hasList(life)(m)) return false;
    const list = life.lists.get(distributionOf(life, m).root) ?? [];
    return list.some((one) => claimQuote(life.stage.register, m.id, one, life.stage.now)[1] > 0n);
  };

/** A claim of the list that stands, mostly as it is there. */
function claimOf(life: Life, m: Merchant): { readonly sent: ListedClaim; readonly told: ClaimSent } {
  const { root } = distributionOf(life, m);
  const list = life.lists.get(root);
  if (list === undefined || !life.honest(93n)) {
    const sent = { index: 0n, account: life.people.stranger, amount: 7n, proof: [life.hash()] };
    return { sent, told: { ...sent, provesRoot: ZeroHash } };
  }
  const dueTo = (one: ListedClaim): boolean => claimQuote(life.stage.register, m.id, one, life.stage.now)[1] > 0n;
  const due = life.honest() ? list.filter(dueTo) : [];
  const sent = life.random.pick(due.length === 0 ? list : due);
  return { sent, told: { ...sent, provesRoot: root } };
}

const claim: Handler = (life) => {
  const m = life.merchant(owes(life));
  const { sent, told } = claimOf(life, m);
  const at = life.around(opensAt(life, m), 97n);
  return call(life, "claim", life.anybody(), [m.id, sent], { at, told: [m.id, told] });
};

const claimTo: Handler = (life) => {
  const m = life.merchant(owes(life));
  const { sent, told } = claimOf(life, m);
  const at = life.around(opensAt(life, m), 97n);
  const recipient = life.account();
  return call(life, "claimTo", life.from(sent.account), [m.id, sent, recipient], { at, told: [m.id, told, recipient] });
};

const claimMany: Handler = (life) => {
  const m = life.merchant(hasList(life));
  const some = Array.from({ length: Number(life.random.between(1n, 5n)) }, () => claimOf(life, m));
  const at = life.around(opensAt(life, m), 97n);
  const args = [m.id, some.map(({ sent }) => sent)];
  return call(life, "claimMany", life.anybody(), args, { at, told: [m.id, some.map(({ told }) => told)] });
};

const paySurplus: Handler = (life) => {
  const { register } = life.stage;
  const m = life.merchant((one) => {
    const d = distributionOf(life, one);
    return hasList(life)(one) && accountOf(life, one).deposit + register.paid(d) > d.claims;
  });
  return call(life, "paySurplus", life.anybody(), [m.id], { at: life.around(opensAt(life, m), 97n) });
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

import { styleText } from "node:util";

import type { MerchantStatusName } from "../../src/contracts/enums.js";
import { DAY } from "../../src/contracts/policy.js";
import { accountOf } from "./result.js";
import type { CardMovement } from "./ledger.js";
import { remainingOf } from "./ledger.js";
import { counted, grouped, percentOf } from "./money.js";
import type { Money } from "./money.js";
import { beginningOf } from "./model.js";
import type { Act, Program, Scenario } from "./model.js";
import type { MerchantStanding } from "./player.js";
import type { CardAccount, ClaimantsResult, DepositResult, DemoResult } from "./result.js";
import type { Difference } from "./reconciliation.js";
import { table, wrap, WIDTH } from "../terminal/text.js";
import type { Column } from "../terminal/text.js";
import type { World } from "./world.js";

/** The headings and tables that the demo prints besides its steps. */

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });
const dim = (text: string): string => styleText("dim", text);
const bold = (text: string): string => styleText("bold", text);

/* HEADINGS */

export function titleOf(scenario: Scenario): string {
  const { merchants, consumers, crowds, claimants, preset, currency, start } = scenario;
  const people = [...crowds, ...claimants].map(({ count, name }) => counted(count, name));
  const cast = [counted(merchants.length, "merchant"), counted(consumers.length, "consumer"), ...people].join(", ");
  const facts = [`Rules ${preset.name}`, currency, `day 0 is ${dateOf(start)}`, cast].join(" · ");
  const summary = scenario.summary === undefined ? [] : [wrap(scenario.summary, WIDTH)];
  return ["", bold(scenario.title), ...summary, dim(wrap(facts, WIDTH))].join("\n");
}

export function actHeading(number: number, act: Act, scenario: Scenario): string {
  const days = act.steps.map(({ day }) => day);
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const when =
    first === last
      ? `day ${first}, ${dateOf(beginningOf(scenario, first))}`
      : `day ${first} to ${last}, ${period(beginningOf(scenario, first), beginningOf(scenario, last))}`;
  const text = act.text === undefined ? [] : [wrap(act.text, WIDTH)];
  return ["", `${bold(`Act ${number} · ${act.title}`)}  ${dim(when)}`, ...text].join("\n");
}

export function heading(text: string): string {
  return `\n${bold(text)}`;
}

/* TABLES */

/** The programs of all merchants. */
export function programTable(world: World): string {
  const { money } = world;
  const rows = [...world.programs.values()].map((program, i, all) => [
    all[i - 1]?.merchant === program.merchant ? "" : world.merchantOf(program).name,
    program.name,
    program.price === 0n ? "any amount" : money.bare(program.price),
    givesOf(program, money),
    program.price === 0n ? "–" : money.bare(program.listPrice),
  ]);
  const columns = [left("Merchant"), left("Program"), right("Price"), right("Gives"), right("Without discount")];
  return `\n${table(columns, rows, dim)}`;
}

function givesOf({ kind, price, units }: Program, money: Money): string {
  switch (kind) {
    case "StoredValue":
      return price === 0n ? "the same in goods" : `${money.bare(units)} in goods`;
    case "Count":
      return counted(units, "visit");
    case "Pass":
      return counted(units / DAY, "day");
  }
}

/** The movements of an act: each merchant, and under it the cards of the act. */
export function actTable(
  world: World,
  movements: readonly CardMovement[],
  standings: readonly MerchantStanding[],
): string {
  const { money } = world;
  const rows: string[][] = [];
  for (const { merchant, status } of standings) {
    const own = movements.filter(({ card }) => card.merchantId === merchant.merchantId);
    const cards = [...world.ledger.cards.values()].filter(({ merchantId }) => merchantId === merchant.merchantId);
    const held = accountOf(cards).remaining;
    const name = status === "Active" ? merchant.name : `${merchant.name} (${statusWords[status]})`;
    rows.push([name, ...movementCells(money, sumOf(own)), money.cell(held)].map(bold));
    for (const { label, group } of groupsOf(world, own)) {
      const remaining = group.reduce((sum, { card }) => sum + remainingOf(card), 0n);
      rows.push([`  ${label}`, ...movementCells(money, sumOf(group)), money.cell(remaining)]);
    }
  }
  const columns = [left("In this act"), right("Paid in"), right("To merchant"), right("Refunded"), right("Still held")];
  return `\n${table(columns, rows, dim)}`;
}

/** The deposit register at the end of an act, for the merchants with a movement there. */
export function depositTable(
  { money }: World,
  merchants: ReadonlySet<bigint>,
  standings: readonly MerchantStanding[],
): string {
  const rows: string[][] = [];
  for (const { merchant, deposit: standing } of standings) {
    if (standing === undefined || !merchants.has(merchant.merchantId)) continue;
    const { reported, required, deposit, surety, claims, paid } = standing;
    rows.push([merchant.name, ...[reported, required, deposit, surety, claims, paid].map((sum) => money.cell(sum))]);
  }
  const columns = [
    left("Deposit register"),
    right("Reported"),
    right("Required"),
    right("Deposit"),
    right("Surety"),
    right("Claims"),
    right("Paid"),
  ];
  return `\n${table(columns, rows, dim)}`;
}

const statusWords: Readonly<Record<MerchantStatusName, string>> = {
  None: "unknown",
  Active: "active",
  Suspended: "suspended",
  RunOff: "closing",
  Closed: "closed",
  Defaulted: "defaulted",
};

type Moved = Omit<CardMovement, "card">;

function sumOf(movements: readonly CardMovement[]): Moved {
  const sum = { paid: 0n, released: 0n, forfeited: 0n, refunded: 0n };
  for (const { paid, released, forfeited, refunded } of movements) {
    sum.paid += paid;
    sum.released += released;
    sum.forfeited += forfeited;
    sum.refunded += refunded;
  }
  return sum;
}

function movementCells(money: Money, { paid, released, forfeited, refunded }: Moved): string[] {
  return [money.cell(paid), money.cell(released + forfeited), money.cell(refunded)];
}

/** Groups the movements: each card of a named consumer alone, all cards of a crowd together. */
function groupsOf(world: World, movements: readonly CardMovement[]) {
  const named = new Map([...world.cards.values()].map((card) => [card.cardId, card]));
  const crowds = new Map<string, CardMovement[]>();
  const groups: { label: string; group: readonly CardMovement[] }[] = [];
  for (const movement of movements) {
    const card = named.get(movement.card.cardId);
    if (card !== undefined) {
      groups.push({ label: `${world.consumerName(card.holder)} · ${card.program.name}`, group: [movement] });
      continue;
    }
    const crowd = world.cast.crowdOf(movement.card.holder) ?? "";
    const group = crowds.get(crowd) ?? [];
    group.push(movement);
    crowds.set(crowd, group);
  }
  for (const [id, group] of crowds) {
    const { name, program } = world.crowd(id);
    groups.push({ label: `${counted(group.length, name)} · ${program.name}`, group });
  }
  return groups;
}

/** At the end: the payments of all consumers, and where the money is now. */
export function consumerTable(result: DemoResult, money: Money): string {
  const cells = ({ paid, released, forfeited, refunded, remaining }: CardAccount): string[] =>
    [paid, released, forfeited, refunded, remaining].map((amount) => money.cell(amount));
  const rows = [
    ...result.consumers.map((consumer) => [consumer.name, ...cells(consumer)]),
    ...result.crowds.map((crowd) => [counted(crowd.people, crowd.name), ...cells(crowd)]),
  ];
  const columns = [
    left("Consumer"),
    right("Paid"),
    right("Consumed"),
    right("Discount lost"),
    right("Refunded"),
    right("On cards"),
  ];
  return table(columns, rows, dim);
}

/** A line under that table about cards that one consumer paid for and another used. */
export function givenLine({ consumers }: DemoResult): string | undefined {
  const names = consumers
    .filter(
      ({ paid, released, forfeited, refunded, remaining }) => paid !== released + forfeited + refunded + remaining,
    )
    .map(({ name }) => name);
  if (names.length === 0) return undefined;
  return `Cards of ${listed(names)} were presents or moved: paid for in one row, used in another.`;
}

/** At the end: each merchant's books beside the contracts. */
export function reconciliationTable(result: DemoResult, money: Money): string {
  const rows = result.merchants.map(({ name, reconciliation }) => {
    const { deposits, payouts, refunds, balance, held, differences } = reconciliation;
    const cells = [deposits, payouts, refunds, balance, held].map((amount) => money.cell(amount));
    return [name, ...cells, verdictOf(differences)];
  });
  const columns = [
    left("Merchant"),
    right("Deposits"),
    right("− Payouts"),
    right("− Refunds"),
    right("Pool"),
    right("Vault"),
    right("Difference"),
  ];
  return table(columns, rows, dim);
}

/** At the end: the books of the deposit register, the vaults of deposit and surety together. */
export function depositReconciliationTable(result: DemoResult, money: Money): string {
  const rows = result.merchants.flatMap(({ name, deposit: books }) => {
    if (books === null) return [];
    const { paidIn, placed, claimsPaid, givenBack, deposit, surety, depositHeld, suretyHeld, differences } =
      books.reconciliation;
    const cells = [paidIn, placed, claimsPaid, givenBack, deposit + surety, depositHeld + suretyHeld];
    return [[name, ...cells.map((amount) => money.cell(amount)), verdictOf(differences)]];
  });
  const columns = [
    left("Merchant"),
    right("Deposits"),
    right("+ Surety"),
    right("− Claims"),
    right("− Returned"),
    right("Booked"),
    right("Vaults"),
    right("Difference"),
  ];
  return table(columns, rows, dim);
}

function verdictOf(differences: readonly Difference[]): string {
  const wrong = differences.find(({ amount }) => amount !== 0n);
  return wrong === undefined ? styleText("green", "0 ✔") : styleText("red", `${wrong.amount} ✘`);
}

/* THE END */

/** The closing lines of the demo. */
export function closingLines(world: World, result: DemoResult): string[] {
  const { money } = world;
  const { network, consumers, merchants } = result;
  const lines: string[] = [];
  for (const { id, name, status, merchantId, reconciliation, deposit } of merchants) {
    if (status !== "Defaulted") continue;
    const cards = [...world.ledger.cards.values()].filter((card) => card.merchantId === merchantId);
    const { refunded, paid, remaining } = accountOf(cards);
    const waiting = remaining === 0n ? "" : ` ${money.full(remaining)} waits for them in its vault.`;
    const custody = deposit === null ? "" : " through the escrow";
    lines.push(
      cards.length === 0
        ? `${name} ran away with nobody's money in the escrow.`
        : `${name} took ${money.full(paid)} in advance${custody} and ran away: it was paid ` +
            `${money.full(reconciliation.payouts)} for what it had served, and ${money.full(refunded)} went back to the ` +
            `holders of ${counted(cards.length, "card")}.${waiting}`,
    );
    const people = result.claimants.find((group) => group.merchant === id && group.owed > 0n);
    if (deposit !== null && people !== undefined) lines.push(outsideTheEscrow(money, deposit, people));
  }
  const signers = consumers.filter(({ onlySigned }) => onlySigned).map(({ name }) => name);
  if (signers.length > 0) {
    const wallets = signers.length === 1 ? "a wallet" : "wallets";
    lines.push(`${listed(signers)} only ever signed, from ${wallets} without ether.`);
  }
  lines.push(
    `${grouped(network.transactions)} transactions in ${counted(network.blocks, "block")}, ` +
      `${grouped(network.gasUsed)} gas, played in ${network.seconds.toFixed(1)} s.`,
  );
  return lines;
}

/** The payments to people who bought outside the escrow, and the money that waits for them. */
function outsideTheEscrow(money: Money, deposit: DepositResult, people: ClaimantsResult): string {
  const { claims, funded, paid, reconciliation } = deposit;
  const sources = reconciliation.drawn === 0n ? "its deposit" : "its deposit and its surety";
  // Rounding down leaves less than one base unit for each claim.
  const left = funded - paid;
  const waits = left < BigInt(people.people) ? "" : `, and ${money.full(left)} waits for them`;
  return (
    `Outside the escrow it owed ${money.full(claims)} to ${counted(people.people, people.name)}: they have had ` +
    `${money.full(paid)} from ${sources}, ${percentOf(funded, claims)} being the rate for all${waits}.`
  );
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

const dates = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });

function dateOf(time: bigint): string {
  return dates.format(Number(time) * 1000);
}

function period(from: bigint, to: bigint): string {
  return dates.formatRange(Number(from) * 1000, Number(to) * 1000);
}

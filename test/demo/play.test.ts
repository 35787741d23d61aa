import { expect } from "chai";
import { network } from "hardhat";

import type { EscrowEvent } from "../../src/contracts/events.js";
import { DAY } from "../../src/contracts/policy.js";
import { Cast } from "../../scripts/demo/cast.js";
import { ReconciliationError, StepError } from "../../scripts/demo/errors.js";
import { DemoLedger } from "../../scripts/demo/ledger.js";
import { silentNarrator } from "../../scripts/demo/narrator.js";
import { planScenario } from "../../scripts/demo/plan.js";
import { play } from "../../scripts/demo/player.js";
import type { PlayOptions } from "../../scripts/demo/player.js";
import { toJson } from "../../scripts/demo/result.js";
import type { DemoResult } from "../../scripts/demo/result.js";
import { TOKEN } from "../helpers/fixture.js";
import { bundled, smallScenario } from "./scenarios.js";
import type { WrittenStep } from "./scenarios.js";

/** A ledger that remembers every event it books. */
class RememberingLedger extends DemoLedger {
  readonly events: EscrowEvent[] = [];

  protected override bookEvent(event: EscrowEvent): void {
    this.events.push(event);
    super.bookEvent(event);
  }
}

async function playSmall(acts: readonly WrittenStep[][], options: PlayOptions = {}): Promise<DemoResult> {
  return await play(planScenario("small.json", smallScenario(...acts)), network, silentNarrator, options);
}

/** What a rejected promise was rejected with. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

const annBuys = { day: 1, do: "buy", consumer: "ann", program: "hairdresser/cuts", card: "ann-cuts" };
const annSigns = { do: "visit", card: "ann-cuts", visits: 3 };

describe("a demo", () => {
  describe("the season that comes with the project", () => {
    let result: DemoResult;
    let ledger: RememberingLedger;

    before(async () => {
      const { file, data } = bundled("season");
      result = await play(planScenario(file, data, 20), network, silentNarrator, {
        openLedger: (addresses) => (ledger = new RememberingLedger(addresses)),
      });
    });

    it("gives every consumer what rulings and rules give, to the base unit", () => {
      const got = result.consumers.map(({ id, paid, released, forfeited, refunded, remaining, balance }) => [
        ...[id, paid, released, forfeited, refunded, remaining, balance],
      ]);
      expect(got).to.deep.equal([
        // 3 000 + 1 000 bonus, 3 594 used, merchant's cause (acceptance case B1)
        ["li", 3_000n * TOKEN, 2_695_500_000n, 0n, 304_500_000n, 0n, 304_500_000n],
        ["wang", 1_200n * TOKEN, 420n * TOKEN, 0n, 0n, 780n * TOKEN, 0n],
        // the second purchase was refused, its money never left the wallet
        ["zhao", 8_000n * TOKEN, 260n * TOKEN, 0n, 7_740n * TOKEN, 0n, (7_740n + 2_180n) * TOKEN],
        ["chen", 1_200n * TOKEN, 60n * TOKEN, 0n, 1_140n * TOKEN, 0n, 1_140n * TOKEN],
        // 1 000 + 200 bonus, 600 used, consumer's cause (acceptance case B3)
        ["sun", 1_000n * TOKEN, 500n * TOKEN, 100n * TOKEN, 400n * TOKEN, 0n, 400n * TOKEN],
        // 3 600 for 365 days, service stopped after day 100 (acceptance case T1)
        ["liu", 3_600n * TOKEN, 986_301_369n, 0n, 2_613_698_631n, 0n, 2_613_698_631n],
        ["wu", 1_200n * TOKEN, 0n, 0n, 0n, 0n, 0n],
        ["xiaowu", 0n, 540n * TOKEN, 0n, 0n, 660n * TOKEN, 0n],
        // 12 evenings for 600, 2 used: all that was not used by the association's ruling
        ["he", 600n * TOKEN, 100n * TOKEN, 0n, 500n * TOKEN, 0n, 500n * TOKEN],
        // the complaint was dismissed
        ["gao", 600n * TOKEN, 300n * TOKEN, 0n, 0n, 300n * TOKEN, 0n],
        // 1 used, at the list price of 60
        ["lin", 600n * TOKEN, 50n * TOKEN, 10n * TOKEN, 540n * TOKEN, 0n, 540n * TOKEN],
        // 5 used, contested and not ruled on: at the list price
        ["tang", 600n * TOKEN, 250n * TOKEN, 50n * TOKEN, 300n * TOKEN, 0n, 300n * TOKEN],
        // 3 of 20 cuts by the first holder, 2 by the second, 2 on the new phone; the voucher of the moved card was skipped
        ["zhou", 1_200n * TOKEN, 180n * TOKEN, 0n, 0n, 0n, 0n],
        ["zhouli", 0n, 120n * TOKEN, 0n, 0n, 0n, 0n],
        ["zhouli-new", 0n, 120n * TOKEN, 0n, 0n, 780n * TOKEN, 0n],
        // 10 baths for 900, 4 used; the bathhouse defaulted, and this card was in the escrow
        ["qian", 900n * TOKEN, 360n * TOKEN, 0n, 540n * TOKEN, 0n, 540n * TOKEN],
      ]);
    });

    it("refunds every member of the gym the time after service stopped, and nobody else's money", () => {
      const stopped = result.scenario.start + 143n * DAY;
      const price = 2_180n * TOKEN;
      const opened = ledger.events.filter((event) => event.name === "CardOpened");
      const members = opened.filter(({ args }) => args.merchantId === 3n && args.principal === price);
      expect(members).to.have.length(20);
      for (const { args } of members) {
        const served = ((stopped - args.startsAt) * price) / (365n * DAY);
        expect(ledger.cards.get(args.cardId)).to.include({ refunded: price - served, closedBy: "Default" });
      }
      const [, crowd] = result.crowds;
      expect(crowd).to.include({ id: "members", people: 20, paid: 20n * price, remaining: 0n, forfeited: 0n });
      expect((crowd?.released ?? 0n) + (crowd?.refunded ?? 0n)).to.equal(20n * price);
    });

    it("reconciles every merchant, and pays each what was consumed or forfeited", () => {
      expect(result.reconciled).to.equal(true);
      expect(result.merchants.map(({ id, status }) => [id, status])).to.deep.equal([
        ["restaurant", "Closed"],
        ["hairdresser", "Active"],
        ["gym", "Defaulted"],
        ["teahouse", "Active"],
        ["baths", "Defaulted"],
      ]);
      for (const { merchantId, received, reconciliation } of result.merchants) {
        const book = ledger.merchants.get(merchantId);
        expect(received).to.equal(reconciliation.payouts);
        expect(received).to.equal((book?.released ?? 0n) + (book?.forfeited ?? 0n));
        expect(reconciliation.balance).to.equal(reconciliation.held);
        expect(reconciliation.differences.every(({ amount }) => amount === 0n)).to.equal(true);
      }
    });

    it("pays all who paid cash the same share of the deposit, to one base unit, whenever they come", () => {
      const { file, data } = bundled("season");
      const cast = new Cast(planScenario(file, data, 20));
      const owed = Array.from({ length: 300 }, (_, i) => {
        return BigInt(cast.draw(`claimant/bathers/${String(i)}`, 300, 3_300)) * TOKEN;
      });
      const claims = owed.reduce((sum, amount) => sum + amount, 0n);
      expect(claims).to.equal(524_676n * TOKEN);
      const paid = ledger.events.filter((event) => event.name === "ClaimPaid");
      const [first, later] = [paid.slice(0, 180), paid.slice(180)];
      const expectRate = (events: typeof paid, funded: bigint) => {
        for (const { args } of events) {
          const index = Number(args.index);
          expect([index, args.total]).to.deep.equal([index, ((owed[index] ?? 0n) * funded) / claims]);
        }
      };
      // the deposit and the surety; then what the liquidator brings
      expectRate(first, 208_000n * TOKEN);
      expectRate(later, 298_000n * TOKEN);
      expect(first.map(({ args }) => Number(args.index))).to.deep.equal([...Array(180).keys()]);
      expect(later.map(({ args }) => Number(args.index))).to.deep.equal([...Array(300).keys()]);
      expect(result.claimants).to.deep.equal([
        {
          id: "bathers",
          name: "bather",
          merchant: "baths",
          people: 300,
          owed: claims,
          paid: owed.reduce((sum, amount) => sum + (amount * 298_000n * TOKEN) / claims, 0n),
          paidPeople: 300,
        },
      ]);
    });

    it("reconciles the vaults of deposit and surety with their books, and has no others", () => {
      const [baths, ...others] = result.merchants.filter(({ deposit }) => deposit !== null);
      expect([baths?.id, others]).to.deep.equal(["baths", []]);
      const paid = result.claimants[0]?.paid ?? 0n;
      expect(baths?.deposit).to.include({
        reported: 610_000n * TOKEN,
        required: 244_000n * TOKEN,
        claims: 524_676n * TOKEN,
        funded: 298_000n * TOKEN,
        paid,
      });
      const dust = 298_000n * TOKEN - paid;
      expect(dust < 300n).to.equal(true);
      expect(baths?.deposit?.reconciliation).to.include({
        paidIn: 248_000n * TOKEN,
        placed: 50_000n * TOKEN,
        drawn: 50_000n * TOKEN,
        claimsPaid: paid,
        givenBack: 0n,
        deposit: dust,
        depositHeld: dust,
        surety: 0n,
        suretyHeld: 0n,
      });
      expect(baths?.deposit?.reconciliation.differences.map(({ amount }) => amount)).to.deep.equal(Array(6).fill(0n));
    });

    it("hears the deposit register as well as the escrow, in days and base units", () => {
      const heard = result.warnings.filter(({ merchant }) => merchant === "baths");
      const values = heard.map(({ day, kind, level, observed, limit }) => [day, kind, level, observed, limit]);
      const hour = 3_600n;
      const expiring = heard.find(({ kind }) => kind === "SuretyExpiring")?.observed ?? 0n;
      const overdue = heard.find(({ kind }) => kind === "ReportOverdue")?.observed ?? 0n;
      expect(expiring > 26n * DAY && expiring < 27n * DAY - 9n * hour).to.equal(true);
      expect(overdue).to.equal(148n * DAY - expiring);
      expect(values).to.deep.equal([
        [292, "DepositShort", "Warning", 0n, 208_000n * TOKEN],
        [305, "DepositShort", "Cleared", undefined, undefined],
        [413, "DepositShort", "Warning", 158_000n * TOKEN, 208_000n * TOKEN],
        [413, "SuretyExpiring", "Warning", expiring, 30n * DAY],
        [413, "ReportOverdue", "Warning", overdue, 120n * DAY],
        [415, "ReportOverdue", "Cleared", undefined, undefined],
      ]);
    });

    it("hears every warning through the subscription, in the order of the chain", () => {
      const raised = ledger.events.filter(({ name }) => name === "WarningRaised" || name === "WarningCleared");
      expect(result.warnings.map(({ block }) => block)).to.deep.equal(raised.map(({ blockNumber }) => blockNumber));
      expect(result.warnings[0]).to.include({
        day: 1,
        merchant: "restaurant",
        kind: "CardOverLimit",
        level: "Warning",
        observed: 8_000n * TOKEN,
        limit: 5_000n * TOKEN,
      });
    });

    it("lets those who only sign do without ether", () => {
      const signers = result.consumers.filter(({ onlySigned }) => onlySigned).map(({ id }) => id);
      expect(signers).to.deep.equal([
        "wang",
        "chen",
        "liu",
        "xiaowu",
        "he",
        "gao",
        "lin",
        "tang",
        "zhouli-new",
        "qian",
      ]);
    });

    it("is written for programs with amounts as strings", () => {
      const read = JSON.parse(toJson(result)) as { consumers: { refunded: string }[]; network: { gasUsed: unknown } };
      expect(read.consumers[0]?.refunded).to.equal("304500000");
      expect(read.network.gasUsed).to.be.a("string");
    });
  });

  it("is the same on every run", async () => {
    const { file, data } = bundled("hairdresser");
    const runs = [];
    for (let run = 0; run < 2; run++) {
      const result = await play(planScenario(file, data), network, silentNarrator);
      runs.push({ ...result, network: { ...result.network, seconds: 0 } });
    }
    const [first, second] = runs;
    expect(first).to.deep.equal(second);
  });

  it("plays every kind of step", async () => {
    const result = await playSmall([
      [
        annBuys,
        {
          do: "buy",
          consumer: "bob",
          program: "hairdresser/purse",
          card: "bob-purse",
          amount: "500.50",
          pay: "permit",
        },
        {
          do: "buy",
          consumer: "cat",
          paidBy: "bob",
          program: "hairdresser/cuts",
          card: "cat-cuts",
          pay: "authorization",
        },
        { do: "crowdBuys", crowd: "members", percent: 60 },
        { day: 2, ...annSigns },
        { do: "visit", card: "bob-purse", spend: "100.25" },
        { do: "settle", merchant: "hairdresser", relayed: true, payOut: true },
        { do: "settle", merchant: "hairdresser" },
      ],
      [
        { day: 3, do: "requestExit", card: "ann-cuts" },
        { do: "cancelExit", card: "ann-cuts" },
        { do: "requestExit", card: "cat-cuts", relayed: true },
        { do: "refundCard", card: "bob-purse" },
        { day: 8, do: "executeExit", card: "cat-cuts" },
        { do: "suspend", merchant: "gym", evidence: "no answer for a week" },
        { do: "crowdBuys", crowd: "members", percent: 40, refused: "MerchantStatusForbids" },
        { day: 9, do: "resume", merchant: "gym" },
      ],
      [
        { day: 20, do: "accrue", merchant: "gym" },
        { do: "flagDefault", merchant: "gym", serviceStoppedDay: 15, evidence: "a mistake" },
        { day: 21, do: "withdrawDefault", merchant: "gym" },
        { do: "resume", merchant: "gym" },
        { do: "payOut", merchant: "gym" },
        { day: 22, do: "startRunOff", merchant: "gym", lastServiceDay: 30 },
        { day: 52, do: "refundAll", merchant: "gym" },
        { do: "payOut", merchant: "gym" },
        { do: "closeMerchant", merchant: "gym" },
      ],
      [
        { day: 53, do: "complain", card: "ann-cuts", evidence: "closed on Mondays" },
        { do: "setRecovery", consumer: "ann", recovery: "bob" },
        { day: 58, do: "resolve", card: "ann-cuts", upheld: false, decision: "Mondays were never promised" },
        { do: "requestMove", card: "ann-cuts", to: "cat", byRecovery: true },
        { do: "cancelMove", card: "ann-cuts" },
        { do: "requestMove", card: "ann-cuts", to: "cat" },
        { do: "contestExit", card: "ann-cuts", evidence: "nobody leaves", refused: "CardExitNotRequested" },
        { do: "consentMove", card: "ann-cuts" },
        { do: "executeMove", card: "ann-cuts", as: "cat-cuts-2" },
        {
          do: "complain",
          card: "cat-cuts-2",
          evidence: "closed on Mondays",
          relayed: true,
          refused: "CardComplaintTooEarly",
        },
        { day: 88, do: "complain", card: "cat-cuts-2", evidence: "closed on Tuesdays", relayed: true },
        { day: 118, do: "executeDispute", card: "cat-cuts-2" },
      ],
    ]);
    const account = (id: string) => result.consumers.find((consumer) => consumer.id === id);
    expect(account("ann")).to.include({ paid: 1_200n * TOKEN, released: 180n * TOKEN, remaining: 0n });
    expect(account("bob")).to.include({
      paid: 1_700_500_000n,
      released: 100_250_000n,
      refunded: 400_250_000n,
      remaining: 0n,
    });
    // The card of her own, and at list price the one that came from Ann.
    expect(account("cat")).to.include({ paid: 0n, refunded: (1_200n + 960n) * TOKEN, forfeited: 60n * TOKEN });
    expect(result.crowds[0]).to.include({ people: 3, remaining: 0n });
    expect(result.acts[1]?.steps.map(({ refused }) => refused)).to.include("MerchantStatusForbids");
    expect(result.merchants.map(({ status }) => status)).to.deep.equal(["Active", "Closed"]);
    expect(result.merchants[0]?.received).to.equal(280_250_000n);
  });

  it("plays every kind of step of the deposit register", async () => {
    const shop = { merchant: "hairdresser" };
    const rule = { do: "setDepositRule", ...shop, preset: "CN-MOFCOM-2012" };
    const report = { do: "reportOutstanding", ...shop, evidence: "a list" };
    const result = await playSmall([
      [
        { day: 1, ...rule, rule: "BRAND", cureByDay: 1 },
        { ...report, amount: 1_000 },
        { day: 2, do: "placeSurety", ...shop, party: "bank", amount: 100, endDay: 40, refused: "SuretyNamedOnly" },
        { do: "nameSurety", ...shop, party: "bank" },
        { do: "placeSurety", ...shop, party: "bank", amount: 100, endDay: 40 },
        { do: "deposit", ...shop, amount: 350 },
        { do: "withdraw", ...shop, amount: 50 },
        { do: "nameSurety", merchant: "gym", party: "bank" },
        { do: "placeSurety", merchant: "gym", party: "bank", amount: 10, endDay: 40 },
        { day: 3, do: "placeSurety", ...shop, party: "bank", endDay: 60 },
        { day: 4, ...rule, rule: "SCALE", cureByDay: 10 },
        { day: 5, ...report, amount: 800 },
        { ...report, amount: 700, refused: "ReportDateOutOfRange" },
        { day: 7, ...report, amount: 900, asOfDay: 6, byReporter: true },
        { do: "withdraw", ...shop, amount: 100, refused: "DepositBelowRequired" },
        { do: "withdraw", ...shop, amount: 301, refused: "DepositExceeded" },
        { do: "refreshWarnings", ...shop },
        { day: 31, do: "refreshWarnings", ...shop },
        { day: 39, do: "takeBackSurety", merchant: "gym", party: "bank", refused: "SuretyNotEnded" },
        { day: 40, do: "takeBackSurety", merchant: "gym", party: "bank" },
        { do: "refreshWarnings", ...shop },
      ],
      [
        { day: 41, do: "flagDefault", ...shop, serviceStoppedDay: 41, evidence: "closed" },
        { day: 48, do: "publishClaims", ...shop, claimants: "guests" },
        { do: "publishClaims", ...shop, claimants: "guests", refused: "ClaimsAlreadyPublished" },
        { day: 61, do: "claimAll", ...shop, refused: "ClaimsNotOpen" },
        { do: "takeBackSurety", ...shop, party: "bank", refused: "SuretyBound" },
        { day: 62, do: "claimAll", ...shop, percent: 30 },
        { do: "takeBackSurety", ...shop, party: "bank", refused: "SuretyNone" },
        { day: 63, do: "claimAll", ...shop },
        { do: "paySurplus", ...shop, refused: "SurplusNone" },
        { day: 64, do: "deposit", ...shop, amount: 230, from: "bank" },
        { do: "claimAll", ...shop },
        { do: "paySurplus", ...shop },
      ],
    ]);
    const texts = result.acts.flatMap(({ steps }) => steps.map(({ text }) => text));
    const said = (start: string) => texts.filter((text) => text.startsWith(start));
    expect(said("The regulator asks")).to.deep.equal([
      "The regulator asks a deposit of Hairdresser (BRAND of CN-MOFCOM-2012): 40 % of what it owes outside the escrow, " +
        "to be there by the end of day 1; a report is due 120 days after the last",
      "The regulator asks a deposit of Hairdresser (SCALE of CN-MOFCOM-2012): 20 % of what it owes outside the escrow, " +
        "which asks less and counts from day 34",
    ]);
    expect(said("Hairdresser reports that it owes 800.00 CNY")).to.deep.equal([
      "Hairdresser reports that it owes 800.00 CNY outside the escrow (a list): 300.00 CNY must be in its deposit, " +
        "for the 1,000.00 CNY reported before still count until day 35",
    ]);
    expect(said("The register is asked").map((text) => text.split(": ")[1])).to.deep.equal([
      "no warning",
      "2 warnings raised",
      "1 warning cleared",
    ]);
    expect(texts.filter((text) => / guests? of Hairdresser get/.test(text))).to.deep.equal([
      "2 guests of Hairdresser get 160.00 CNY in 1 batch, so that each of them has had 80 % of the claim; " +
        "the surety gives 100.00 CNY for what is missing",
      "3 guests of Hairdresser get 240.00 CNY in 1 batch, so that each of them has had 80 % of the claim; " +
        "2 claims had nothing to get now",
      "5 guests of Hairdresser get 100.00 CNY in 1 batch, so that each of them has had 100 % of the claim",
    ]);
    expect(texts.at(-1)).to.equal(
      "What exceeds the claims on Hairdresser is paid: 100.00 CNY back to the surety, then 30.00 CNY to Hairdresser",
    );
    const [hairdresser, gym] = result.merchants;
    expect(hairdresser?.deposit).to.include({ claims: 500n * TOKEN, funded: 500n * TOKEN, paid: 500n * TOKEN });
    expect(hairdresser?.deposit?.reconciliation).to.include({
      paidIn: 580n * TOKEN,
      placed: 100n * TOKEN,
      claimsPaid: 500n * TOKEN,
      givenBack: 180n * TOKEN,
      deposit: 0n,
      surety: 0n,
    });
    expect(hairdresser?.received).to.equal(80n * TOKEN);
    expect(gym?.deposit?.reconciliation).to.include({ placed: 10n * TOKEN, givenBack: 10n * TOKEN, surety: 0n });
    expect(result.claimants[0]).to.include({ people: 5, paidPeople: 5, owed: 500n * TOKEN, paid: 500n * TOKEN });
    expect(result.warnings.map(({ day, kind, level }) => [day, kind, level])).to.deep.equal([
      [1, "DepositShort", "Warning"],
      [2, "DepositShort", "Cleared"],
      [31, "DepositShort", "Warning"],
      [31, "SuretyExpiring", "Warning"],
      [40, "DepositShort", "Cleared"],
    ]);
  });

  describe("a step that goes wrong", () => {
    it("is named with the escrow's error, if it is refused", async () => {
      const error = await failureOf(playSmall([[annBuys, { day: 2, do: "executeExit", card: "ann-cuts" }]]));
      expect(error).to.be.instanceOf(StepError);
      expect(error).to.include({ path: "acts[0].steps[1]", step: "executeExit", day: 2 });
    });

    it("is named if it was to be refused and is not", async () => {
      const error = await failureOf(playSmall([[{ ...annBuys, refused: "MerchantStatusForbids" }]]));
      expect(error).to.be.instanceOf(StepError);
      expect(error).to.include({ path: "acts[0].steps[0]", step: "buy", day: 1 });
    });

    it("is named if it is refused for another reason than expected", async () => {
      const steps = [annBuys, { do: "executeExit", card: "ann-cuts", refused: "CardNotOpen" }];
      expect(await failureOf(playSmall([steps]))).to.be.instanceOf(StepError);
    });

    it("is named if it is one of many in a batch", async () => {
      const flag = { day: 2, do: "flagDefault", merchant: "gym", serviceStoppedDay: 2, evidence: "closed" };
      const error = await failureOf(playSmall([[flag, { do: "crowdBuys", crowd: "members", percent: 50 }]]));
      expect(error).to.be.instanceOf(StepError);
      expect(error).to.include({ path: "acts[0].steps[1]", step: "crowdBuys", day: 2 });
    });
  });

  describe("books that do not add up", () => {
    const acts = [[annBuys, annSigns, { do: "settle", merchant: "hairdresser", payOut: true }]];

    /** A ledger that overlooks events of one name. */
    function overlooking(name: EscrowEvent["name"]): PlayOptions {
      class BrokenLedger extends DemoLedger {
        protected override bookEvent(event: EscrowEvent): void {
          if (event.name !== name) super.bookEvent(event);
        }
      }
      return { openLedger: (addresses) => new BrokenLedger(addresses) };
    }

    it("fail the demo when a payout is overlooked", async () => {
      const error = await failureOf(playSmall(acts, overlooking("PaidOut")));
      expect(error).to.be.instanceOf(ReconciliationError);
      expect(error).to.include({
        merchant: "Hairdresser",
        check: "deposits − payouts − refunds − pool",
        difference: 180n * TOKEN,
      });
    });

    it("fail the demo when a consumption is overlooked", async () => {
      const error = await failureOf(playSmall(acts, overlooking("ConsumptionSettled")));
      expect(error).to.be.instanceOf(ReconciliationError);
      expect(error).to.include({
        check: "what remains on the cards − outstanding",
        difference: 180n * TOKEN,
      });
    });

    const register = [
      [
        { day: 1, do: "nameSurety", merchant: "gym", party: "bank" },
        { do: "placeSurety", merchant: "gym", party: "bank", amount: 30, endDay: 60 },
        { do: "deposit", merchant: "gym", amount: 50 },
        { do: "withdraw", merchant: "gym", amount: 20 },
      ],
    ];
    const overlooked = [
      { name: "Deposited", check: "paid in + drawn − restored − paid out − deposit", difference: -50n * TOKEN },
      { name: "Withdrawn", check: "paid in + drawn − restored − paid out − deposit", difference: 20n * TOKEN },
      { name: "SuretyPlaced", check: "placed + restored − drawn − taken back − surety", difference: -30n * TOKEN },
      { name: "VaultOpened", check: "tokens in − tokens out − deposit vault", difference: -30n * TOKEN },
    ] as const;
    for (const { name, check, difference } of overlooked) {
      it(`fail the demo when the register's ${name} is overlooked`, async () => {
        const error = await failureOf(playSmall(register, overlooking(name)));
        expect(error).to.be.instanceOf(ReconciliationError);
        expect(error).to.include({ merchant: "Gym", check, difference });
      });
    }

    it("fail the demo when a transfer of the token is overlooked", async () => {
      class BrokenLedger extends DemoLedger {
        protected override bookTransfer(): void {
          // It never looks at the token.
        }
      }
      const error = await failureOf(playSmall(acts, { openLedger: (addresses) => new BrokenLedger(addresses) }));
      expect(error).to.be.instanceOf(ReconciliationError);
      expect(error).to.include({ check: "tokens in − tokens out − vault", difference: -1_020n * TOKEN });
    });
  });
});

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { ZeroHash, id } from "ethers";

import { ProgramKind, SkipReason } from "../../src/contracts/enums.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import { advance, anotherPolicy, at, buyCard, now, signVoucher } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, deployShop } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { page, read, rowsOf, section } from "../helpers/markdown.js";

const index = page("docs/operations/README.md");
const [columns = [], ...table] = tableOf("What each status allows");

/** The table under a heading, its head first. */
function tableOf(heading: string): string[][] {
  const text = section(index, heading)
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .join("\n");
  const [head = []] = rowsOf(text.replace(/^\|(?: *:?-+:? *\|)+$/m, ""));
  return [head, ...rowsOf(text)];
}

/** The rows of the table by their call: a call that several people may send has a row for each of them. */
const rowsByCall = new Map<string, { readonly who: readonly string[]; readonly cells: readonly string[] }[]>();
for (const [call = "", who = "", ...cells] of table) {
  const name = call.replaceAll("`", "");
  rowsByCall.set(name, [...(rowsByCall.get(name) ?? []), { who: who.split(", "), cells }]);
}

/* A MERCHANT IN EACH STATUS */

/**
 * A merchant with something releasable, a card whose exit is due, one whose exit can be contested, one without a request, and two
 * passes, one of them for a dispute; and cards whose money is spent, which stay open to the end: one whose exit is due, one
 * over the limit of exposure, three for complaints, and two that are to move: one is due, the other just asked for.
 */
async function deployBusiness() {
  const shop = await deployShop();
  const { escrow, operator, holder, other, merchantId, programs, regulator } = shop;
  const { open, count, pass: year } = programs;
  const leaving = await buyCard(shop, { program: count });
  const kept = await buyCard(shop, { program: count });
  const spent = await buyCard(shop, { program: count });
  const unruled = await buyCard(shop, { program: count });
  const forgotten = await buyCard(shop, { program: count });
  const disputed = await buyCard(shop, { program: count });
  const contestable = await buyCard(shop, { program: count });
  const moving = await buyCard(shop, { program: count });
  const asked = await buyCard(shop, { program: count });
  const large = await buyCard(shop, { program: open, principal: 20_001n * TOKEN });
  const pass = await buyCard(shop, { program: year });
  const disputedPass = await buyCard(shop, { program: year });
  const voucher = await signVoucher(escrow, holder, kept, 1n);
  const visits = [spent, unruled, forgotten, disputed, moving, asked].map((card) =>
    signVoucher(escrow, holder, card, 20n),
  );
  const others = [signVoucher(escrow, holder, contestable, 5n), signVoucher(escrow, holder, large, 20_001n * TOKEN)];
  const vouchers = await Promise.all([...visits, ...others]);
  await escrow.connect(operator).settle(merchantId, vouchers);
  await escrow.connect(holder).setRecovery(other);
  await shop.token.connect(shop.payer).transfer(shop.stranger, TOKEN);
  await shop.token.connect(shop.stranger).approve(escrow, TOKEN);
  const newPolicy = await anotherPolicy(shop, { coolingOff: DAY });
  await advance(15n * DAY);
  // Nobody rules on it, and the holder forgets it.
  await escrow.connect(holder).complain(forgotten, ZeroHash);
  await advance(5n * DAY);
  await escrow.connect(regulator).setOutstandingCap(merchantId, 0n);
  return {
    ...shop,
    leaving,
    kept,
    spent,
    unruled,
    forgotten,
    disputed,
    disputedPass,
    contestable,
    moving,
    asked,
    large,
    pass,
    voucher,
    newPolicy,
  };
}

type Business = Awaited<ReturnType<typeof deployBusiness>>;

/** The cards with money on them. */
const worthSomething = ({ leaving, kept, contestable, pass, disputedPass }: Business): string[] => {
  return [leaving, kept, contestable, pass, disputedPass];
};

/**
 * Opens a complaint that nobody rules on. The time to rule on it ends with that of `letAllFallDue`, and so does the holder's time to
 * execute the one that was opened before.
 */
async function letTimePass({ escrow, holder, unruled }: Business): Promise<void> {
  await escrow.connect(holder).complain(unruled, ZeroHash);
  await advance(25n * DAY);
}

/** Lets exits, one move and the first complaints fall due, and the time to rule on two others begin, at the next moment. */
async function letAllFallDue(business: Business): Promise<void> {
  const { leaving, spent, disputed, disputedPass, contestable, moving, other } = business;
  const holder = business.escrow.connect(business.holder);
  await holder.requestExit(leaving);
  await holder.requestExit(spent);
  await holder.complain(disputed, ZeroHash);
  await holder.complain(disputedPass, ZeroHash);
  await holder.requestMove(moving, other);
  await advance(5n * DAY);
  await holder.requestExit(contestable);
}

async function deployActive() {
  const business = await deployBusiness();
  await letTimePass(business);
  await letAllFallDue(business);
  await business.escrow.connect(business.holder).requestMove(business.asked, business.other);
  return business;
}

async function deploySuspended() {
  const business = await deployActive();
  await business.escrow.connect(business.regulator).suspend(business.merchantId, ZeroHash);
  return business;
}

async function deployRunOff() {
  const business = await deployActive();
  await business.escrow.connect(business.owner).startRunOff(business.merchantId, (await now()) + 10n * DAY);
  return business;
}

async function deployRunOffAfterNotice() {
  const business = await deployBusiness();
  const { escrow, owner, merchantId } = business;
  await escrow.connect(owner).startRunOff(merchantId, (await now()) + 10n * DAY);
  await letTimePass(business);
  await letAllFallDue(business);
  return business;
}

async function deployClosed() {
  const business = await deployRunOffAfterNotice();
  const { escrow, stranger, merchantId, spent } = business;
  await escrow.connect(stranger).refundCards(merchantId, worthSomething(business));
  await escrow.connect(stranger).closeMerchant(merchantId);
  // An empty card stays open, so that it is the status that refuses.
  return { ...business, leaving: spent, kept: spent, contestable: spent, disputedPass: business.disputed };
}

async function deployDefaulted() {
  const business = await deployActive();
  const { escrow, regulator, merchantId } = business;
  await escrow.connect(regulator).flagDefault(merchantId, await now(), ZeroHash);
  return business;
}

async function deployDefaultedAfterWindow() {
  const business = await deployDefaulted();
  await at((await business.escrow.merchant(business.merchantId)).windowEndsAt);
  await networkHelpers.mine();
  return business;
}

const fixtures: Readonly<Record<string, () => Promise<Business>>> = {
  Active: deployActive,
  Suspended: deploySuspended,
  Notice: deployRunOff,
  RunOff: deployRunOffAfterNotice,
  Closed: deployClosed,
  Window: deployDefaulted,
  Default: deployDefaultedAfterWindow,
};

/* THE CALLS */

const terms = {
  kind: ProgramKind.Count,
  bearer: false,
  price: TOKEN,
  units: 1n,
  listPrice: TOKEN,
  feeFree: false,
  metadataURI: "",
};

/** A call as an actor would send it, without sending it. */
type Call = (by: PrepaidEscrow, business: Business, time: bigint) => Promise<unknown>;

/** What each call of the table stands for; several calls in a row are all tried. */
const calls: Readonly<Record<string, readonly Call[]>> = {
  publishProgram: [(by, b) => by.publishProgram.staticCall(b.merchantId, terms)],
  setMerchantPolicy: [(by, b) => by.setMerchantPolicy.staticCall(b.merchantId, b.newPolicy)],
  setOutstandingCap: [(by, b) => by.setOutstandingCap.staticCall(b.merchantId, 5n)],
  setOperator: [(by, b) => by.setOperator.staticCall(b.merchantId, b.other, true)],
  setPayout: [(by, b) => by.setPayout.staticCall(b.merchantId, b.other)],
  transferOwnership: [(by, b) => by.transferOwnership.staticCall(b.merchantId, b.other)],
  retireProgram: [(by, b) => by.retireProgram.staticCall(b.programs.count)],
  buy: [(by, b) => by.buy.staticCall(b.programs.open, b.holder, TOKEN, 1n)],
  settle: [(by, b) => by.settle.staticCall(b.merchantId, [b.voucher])],
  settleAndPayOut: [(by, b) => by.settleAndPayOut.staticCall(b.merchantId, [b.voucher])],
  accrue: [(by, b) => by.accrue.staticCall([b.pass])],
  extendPasses: [(by, b) => by.extendPasses.staticCall([b.pass], DAY)],
  payOut: [(by, b) => by.payOut.staticCall(b.merchantId)],
  requestExit: [(by, b) => by.requestExit.staticCall(b.kept)],
  cancelExit: [(by, b) => by.cancelExit.staticCall(b.leaving)],
  "executeExit, when due": [(by, b) => by.executeExit.staticCall(b.leaving)],
  "executeExitTo, when due": [(by, b) => by.executeExitTo.staticCall(b.leaving, b.other)],
  "executeExitTo, no request": [(by, b) => by.executeExitTo.staticCall(b.kept, b.other)],
  refundCard: [(by, b) => by.refundCard.staticCall(b.kept)],
  refundCards: [(by, b) => by.refundCards.staticCall(b.merchantId, [b.kept])],
  complain: [(by, b) => by.complain.staticCall(b.kept, id("evidence"))],
  contestExit: [(by, b) => by.contestExit.staticCall(b.contestable, id("evidence"))],
  "resolve, in its time": [
    (by, b) => by.resolve.staticCall(b.disputed, true, 0n, id("decision")),
    (by, b) => by.resolve.staticCall(b.disputed, false, 0n, id("decision")),
  ],
  "resolveByExtension, in time": [(by, b) => by.resolveByExtension.staticCall(b.disputedPass, DAY, id("decision"))],
  "executeDispute, when due": [(by, b) => by.executeDispute.staticCall(b.unruled)],
  "endComplaint, when due": [(by, b) => by.endComplaint.staticCall(b.forgotten)],
  requestMove: [(by, b) => by.requestMove.staticCall(b.kept, b.payer)],
  consentMove: [async (by, b) => by.consentMove.staticCall(b.asked, (await b.escrow.card(b.asked)).nonce)],
  cancelMove: [(by, b) => by.cancelMove.staticCall(b.moving)],
  "executeMove, when due": [(by, b) => by.executeMove.staticCall(b.moving, 0n)],
  reviewWarnings: [(by, b) => by.reviewWarnings.staticCall(b.merchantId)],
  reportHolderExposure: [(by, b) => by.reportHolderExposure.staticCall(b.merchantId, [b.large])],
  suspend: [(by, b) => by.suspend.staticCall(b.merchantId, id("evidence"))],
  resume: [(by, b) => by.resume.staticCall(b.merchantId)],
  startRunOff: [(by, b, time) => by.startRunOff.staticCall(b.merchantId, time + DAY)],
  "closeMerchant, nothing owed": [(by, b) => by.closeMerchant.staticCall(b.merchantId)],
  flagDefault: [(by, b) => by.flagDefault.staticCall(b.merchantId, 0n, id("evidence"))],
  "withdrawDefault, first flag": [(by, b) => by.withdrawDefault.staticCall(b.merchantId)],
};

/** The accounts behind the words of the table. */
function actorsOf(shop: Shop): Readonly<Record<string, HardhatEthersSigner>> {
  const { owner, operator, holder, other, regulator, association, stranger } = shop;
  return { owner, operator, holder, recovery: other, regulator, association, anyone: stranger };
}

async function accepts(call: Call, by: HardhatEthersSigner, business: Business): Promise<boolean> {
  try {
    await call(business.escrow.connect(by), business, await now());
    return true;
  } catch (error) {
    const revert = business.escrow.interface.parseError((error as { data?: string }).data ?? "0x");
    if (revert === null) throw error;
    return false;
  }
}

describe("What each status allows, says docs/operations/README.md", () => {
  it("for every status and every call", () => {
    expect(columns.slice(2)).to.deep.equal(Object.keys(fixtures));
    expect([...rowsByCall.keys()]).to.deep.equal(Object.keys(calls));
    expect([...new Set(table.flatMap(([, , ...cells]) => cells))]).to.have.members(["yes", "–", "waits"]);
    expect(read("docs/operations/README.md")).to.include("Waits");
  });

  columns.slice(2).forEach((column, i) => {
    describe(column, () => {
      for (const [name, rows] of rowsByCall) {
        const named = rows.flatMap(({ who, cells }) => (cells[i] === "yes" ? who : []));
        it(`${name}: ${named.join(", ") || "nobody"}`, async () => {
          const business = await networkHelpers.loadFixture(fixtures[column]!);
          const { escrow, stranger, merchantId, pass } = business;
          if (name.startsWith("closeMerchant") && column === "RunOff") {
            await escrow.connect(stranger).refundCards(merchantId, worthSomething(business));
          }
          if (name === "accrue") {
            const counted = expect(escrow.connect(stranger).accrue([pass])).to;
            if (named.includes("anyone")) await counted.emit(escrow, "PassAccrued");
            else {
              const reason = rows[0]!.cells[i] === "waits" ? SkipReason.Waiting : SkipReason.CardNotOpen;
              await counted.emit(escrow, "ConsumptionSkipped").withArgs(pass, reason);
            }
            return;
          }
          // Everybody who may send it in some status, and somebody who has no role.
          const tried = new Set([...rows.flatMap(({ who }) => who), "anyone"]);
          const actors = actorsOf(business);
          expect(Object.keys(actors)).to.include.members([...tried]);
          for (const call of calls[name]!) {
            for (const actor of tried) {
              const expected = named.includes(actor) || named.includes("anyone");
              expect(await accepts(call, actors[actor]!, business), `${actor} may`).to.equal(expected);
            }
          }
        });
      }
    });
  });
});

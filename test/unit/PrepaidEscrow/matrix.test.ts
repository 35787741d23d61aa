import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { Signature } from "ethers";

import { MerchantStatus, ProgramKind, SkipReason } from "../../../src/contracts/enums.js";
import type { MerchantStatusName } from "../../../src/contracts/enums.js";
import { PrepaidEscrow__factory } from "../../../types/ethers-contracts/index.js";
import {
  advance,
  anotherPolicy,
  anotherProgram,
  at,
  authorize,
  buyCard,
  now,
  permit,
  signComplaint,
  signExit,
  signVoucher,
  signSettlement,
} from "../../helpers/actions.js";
import { networkHelpers } from "../../helpers/chain.js";
import { DAY, TOKEN, deployShop, testPolicy } from "../../helpers/fixture.js";
import type { Shop } from "../../helpers/fixture.js";
import {
  EVIDENCE,
  EXIT_DELAY,
  RULING_TIMEOUT,
  askToLeave,
  consume,
  flagDefault,
  runOff,
  suspend,
} from "../../helpers/leaving.js";
import { SUSPENSION } from "../../helpers/statuses.js";

/*
 * What each function answers in each situation of a merchant. The caller is always one who may call it.
 *
 *   yes     done                                          no      MerchantStatusForbids, with the status that forbids
 *   early   MerchantTooEarly                              over    MerchantSettlementClosed: the window has ended
 *   none    CardExitNotRequested                          left    MerchantOutstandingLeft
 *   till    MerchantOperatorOnly                          waits   skipped: Waiting        stale   skipped: nothing to count
 *
 * Lapsed: a suspension that has lapsed. NoticeOver: a run-off whose notice has ended. Flagged: in the final settlement
 * window; WindowOver: after it.
 */
const table = `
                                  Active  Suspended  Lapsed  RunOff  NoticeOver  Closed  Flagged  WindowOver
  addPolicy                       yes     yes        yes     yes     yes         yes     yes      yes
  registerMerchant                yes     yes        yes     yes     yes         yes     yes      yes
  setAuthority                    yes     yes        yes     yes     yes         yes     yes      yes
  setMerchantPolicy               yes     yes        yes     no      no          no      no       no
  setOutstandingCap               yes     yes        yes     yes     yes         yes     yes      yes
  setOperator                     yes     yes        yes     yes     yes         yes     yes      yes
  setPayout                       yes     yes        yes     yes     yes         yes     yes      yes
  cancelPayout                    yes     yes        yes     yes     yes         yes     yes      yes
  transferOwnership               yes     yes        yes     yes     yes         yes     yes      yes
  cancelOwnershipTransfer         yes     yes        yes     yes     yes         yes     yes      yes
  acceptOwnership                 yes     yes        yes     yes     yes         yes     yes      yes
  publishProgram                  yes     no         yes     no      no          no      no       no
  retireProgram                   yes     yes        yes     yes     yes         yes     yes      yes
  buy                             yes     no         yes     no      no          no      no       no
  buyPass                         yes     no         yes     no      no          no      no       no
  buyWithPermit                   yes     no         yes     no      no          no      no       no
  buyWithAuthorization            yes     no         yes     no      no          no      no       no
  settle                          yes     yes        yes     yes     yes         no      yes      over
  settle/byAnyone                 till    till       till    till    till        no      yes      over
  settleAndPayOut                 yes     no         yes     yes     yes         no      no       over
  settleWithSignature             yes     yes        yes     yes     yes         no      yes      over
  settleContractHolders           yes     yes        yes     yes     yes         no      yes      over
  accrue                          yes     waits      yes     yes     yes         stale   yes      yes
  extendPasses                    yes     yes        yes     yes     yes         no      no       no
  payOut                          yes     no         yes     yes     yes         yes     no       yes
  requestExit                     yes     yes        yes     yes     yes         no      no       no
  requestExitWithSignature        yes     yes        yes     yes     yes         no      no       no
  cancelExit                      yes     yes        yes     yes     yes         yes     yes      yes
  executeExit                     yes     yes        yes     yes     yes         no      no       no
  executeExitTo                   yes     yes        yes     yes     yes         no      no       yes
  executeExitTo/notRequested      none    none       none    none    yes         no      no       yes
  refundCard                      yes     yes        yes     yes     yes         no      no       no
  complain                        yes     yes        yes     yes     yes         no      no       no
  complainWithSignature           yes     yes        yes     yes     yes         no      no       no
  contestExit                     yes     yes        yes     no      no          no      no       no
  resolve                         yes     yes        yes     yes     yes         no      no       no
  resolveByExtension              yes     yes        yes     yes     yes         no      no       no
  executeDispute                  yes     yes        yes     yes     yes         no      no       no
  endComplaint                    yes     yes        yes     yes     yes         no      no       no
  requestMove                     yes     yes        yes     yes     no          no      no       no
  consentMove                     yes     yes        yes     yes     no          no      no       no
  cancelMove                      yes     yes        yes     yes     yes         yes     yes      yes
  executeMove                     yes     yes        yes     yes     no          no      no       no
  setRecovery                     yes     yes        yes     yes     yes         yes     yes      yes
  reportHolderExposure            yes     yes        yes     yes     yes         yes     yes      yes
  reviewWarnings                  yes     yes        yes     yes     yes         yes     yes      yes
  suspend                         yes     no         early   no      no          no      no       no
  resume                          no      yes        no      no      no          no      no       no
  startRunOff                     yes     no         yes     no      no          no      no       no
  startRunOff/byRegulator         yes     yes        yes     no      no          no      no       no
  closeMerchant                   no      no         no      early   left        no      no       no
  closeMerchant/nothingLeft       no      no         no      early   yes         no      no       no
  flagDefault                     yes     yes        yes     yes     yes         yes     no       no
  withdrawDefault                 no      no         no      no      no          no      yes      over
  refundCards                     no      no         no      early   yes         no      early    yes
`;

/*
 * Who may call each function. Everybody else is refused; `anyone` is proved by a stranger's call.
 */
const callers = {
  authority: ["setAuthority"],
  regulator: [
    "addPolicy",
    "registerMerchant",
    "setMerchantPolicy",
    "setOutstandingCap",
    "suspend",
    "resume",
    "flagDefault",
    "withdrawDefault",
  ],
  regulatorOrOwner: ["startRunOff"],
  owner: [
    "setOperator",
    "setPayout",
    "cancelPayout",
    "transferOwnership",
    "cancelOwnershipTransfer",
    "publishProgram",
    "retireProgram",
  ],
  nextOwner: ["acceptOwnership"],
  operator: [
    "settle",
    "settleAndPayOut",
    "settleContractHolders",
    "settleWithSignature",
    "extendPasses",
    "refundCard",
    "contestExit",
    "consentMove",
  ],
  association: ["resolve", "resolveByExtension"],
  holder: [
    "requestExit",
    "cancelExit",
    "executeExitTo",
    // Of a complaint that costs something. A contested exit is anyone's: see executeDispute.test.ts.
    "executeDispute",
    "requestExitWithSignature",
    "complain",
    "complainWithSignature",
    "requestMove",
    "cancelMove",
  ],
  anyone: [
    "buy",
    "buyPass",
    "buyWithPermit",
    "buyWithAuthorization",
    "accrue",
    "payOut",
    "executeExit",
    "endComplaint",
    "executeMove",
    "setRecovery",
    "reportHolderExposure",
    "reviewWarnings",
    "closeMerchant",
    "refundCards",
  ],
} as const satisfies Record<string, readonly string[]>;

/* SITUATIONS */

/** The status that `MerchantStatusForbids` names in each situation. */
const situations = {
  Active: "Active",
  Suspended: "Suspended",
  Lapsed: "Active",
  RunOff: "RunOff",
  NoticeOver: "RunOff",
  Closed: "Closed",
  Flagged: "Defaulted",
  WindowOver: "Defaulted",
} as const satisfies Record<string, MerchantStatusName>;
type Situation = keyof typeof situations;
const situationNames = Object.keys(situations) as Situation[];

/** Whether holders still ask, and are not refunded without asking. */
const servesHolders = (situation: Situation): boolean => !["Closed", "Flagged", "WindowOver"].includes(situation);

/** A shop that has done business, in one of the situations. */
interface Scene extends Shop {
  /** A card of twenty visits, some of them used. */
  readonly idle: string;
  /** The same, and its holder's request to leave is due. */
  readonly leaving: string;
  /** The same, and its holder has complained: the association can rule. */
  readonly disputed: string;
  /** The same, and its holder's request to move it is due. */
  readonly moving: string;
  /** A card that alone passes what one holder may have at the merchant. */
  readonly large: string;
  /** A pass of ten days that have passed and are not booked. */
  readonly pass: string;
  readonly passProgram: bigint;
  readonly nextPolicy: bigint;
  /** Who may accept the ownership. */
  readonly nextOwner: HardhatEthersSigner;
  /** When the period ends that a call in vain must wait for, or has missed. */
  readonly endsAt: bigint;
}

const LARGE = 20_001n * TOKEN;

/** Sells what every scene has; in a closed shop everything must have been consumed. */
async function open(consumed: bigint) {
  const shop = await deployShop();
  const { escrow, owner, relayer, merchantId, programs } = shop;
  const terms = { kind: ProgramKind.Pass, price: 100n * TOKEN, units: 10n * DAY, listPrice: 100n * TOKEN };
  const passProgram = await anotherProgram(shop, terms);
  const nextPolicy = await anotherPolicy(shop, { exitDelay: DAY });
  await escrow.connect(owner).transferOwnership(merchantId, relayer);
  const idle = await buyCard(shop, { program: programs.count });
  const leaving = await buyCard(shop, { program: programs.count });
  const disputed = await buyCard(shop, { program: programs.count });
  const moving = await buyCard(shop, { program: programs.count });
  const large = await buyCard(shop, { program: programs.open, principal: LARGE });
  const pass = await buyCard(shop, { program: passProgram });
  for (const cardId of [idle, leaving, disputed, moving]) await consume(shop, cardId, consumed);
  if (consumed === 20n) await consume(shop, large, LARGE);
  return {
    ...shop,
    idle,
    leaving,
    disputed,
    moving,
    large,
    pass,
    passProgram,
    nextPolicy,
    nextOwner: relayer,
    endsAt: 0n,
  };
}

const askAndWait = async (scene: Scene): Promise<void> => {
  await askToLeave(scene, scene.leaving);
  await scene.escrow.connect(scene.holder).complain(scene.disputed, EVIDENCE);
  await scene.escrow.connect(scene.holder).requestMove(scene.moving, scene.other);
  await advance(EXIT_DELAY);
};

/** How each scene is made. In all of them the requests to leave and to move are due and have not lapsed (under a flag they cannot). */
const scenes: Record<Situation, () => Promise<Scene>> = {
  async Active() {
    const scene = await open(1n);
    await advance(20n * DAY);
    await askAndWait(scene);
    return scene;
  },
  async Suspended() {
    const scene = await open(1n);
    await advance(20n * DAY);
    await suspend(scene);
    await askAndWait(scene);
    return scene;
  },
  async Lapsed() {
    const scene = await open(1n);
    const until = await suspend(scene);
    await advance(SUSPENSION - 2n * DAY);
    await askAndWait(scene);
    return { ...scene, endsAt: until + SUSPENSION };
  },
  async RunOff() {
    const scene = await open(1n);
    await advance(20n * DAY);
    const { noticeEndsAt } = await runOff(scene);
    await askAndWait(scene);
    return { ...scene, endsAt: noticeEndsAt };
  },
  async NoticeOver() {
    const scene = await open(1n);
    await runOff(scene, 20n * DAY);
    await advance(27n * DAY);
    await askAndWait(scene);
    return scene;
  },
  async Closed() {
    const scene = await open(20n);
    await runOff(scene, 20n * DAY);
    await advance(27n * DAY);
    await scene.escrow.accrue([scene.pass]);
    await askAndWait(scene);
    await scene.escrow.closeMerchant(scene.merchantId);
    return scene;
  },
  async Flagged() {
    const scene = await open(1n);
    await advance(20n * DAY);
    await askAndWait(scene);
    const { windowEndsAt } = await flagDefault(scene);
    await advance(DAY);
    return { ...scene, endsAt: windowEndsAt };
  },
  async WindowOver() {
    const scene = await open(1n);
    await advance(20n * DAY);
    await askAndWait(scene);
    const { windowEndsAt } = await flagDefault(scene);
    await advance(8n * DAY);
    return { ...scene, endsAt: windowEndsAt };
  },
};

/* CALLS */

type Sent = Promise<ContractTransactionResponse>;
type Person =
  "association" | "regulator" | "owner" | "operator" | "holder" | "relayer" | "stranger" | "payer" | "admin";

/** One function and how it is called. */
interface Call {
  /** Who calls, or signs, when the call is to succeed. */
  readonly as: Person;
  readonly send: (scene: Scene, caller: HardhatEthersSigner) => Sent | Promise<Sent>;
  /** The event of success; missing if a call can succeed without one. */
  readonly event?: string;
  /** What must have happened before. */
  readonly before?: (scene: Scene, situation: Situation) => Promise<unknown>;
}

const nextVoucher = async ({ escrow, holder, idle }: Scene) => [await signVoucher(escrow, holder, idle, 2n)];

const calls: Record<string, Call> = {
  addPolicy: {
    as: "regulator",
    send: async ({ escrow, token }, caller) => {
      return escrow.connect(caller).addPolicy(testPolicy(await token.getAddress()));
    },
    event: "PolicyAdded",
  },
  registerMerchant: {
    as: "regulator",
    send: ({ escrow, owner, payout, policyId }, caller) =>
      escrow.connect(caller).registerMerchant(owner, payout, policyId, 0n, "ipfs://merchant"),
    event: "MerchantRegistered",
  },
  setAuthority: {
    as: "admin",
    // The escrow obeys its manager alone, the manager its administrator.
    send: ({ escrow, manager, token, admin }, caller) =>
      caller === admin
        ? manager.connect(caller).updateAuthority(escrow, token)
        : escrow.connect(caller).setAuthority(token),
    event: "AuthorityUpdated",
  },
  setMerchantPolicy: {
    as: "regulator",
    send: ({ escrow, merchantId, nextPolicy }, caller) =>
      escrow.connect(caller).setMerchantPolicy(merchantId, nextPolicy),
    event: "MerchantPolicySet",
  },
  setOutstandingCap: {
    as: "regulator",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).setOutstandingCap(merchantId, 9n),
    event: "OutstandingCapSet",
  },
  setOperator: {
    as: "owner",
    send: ({ escrow, merchantId, stranger }, caller) => escrow.connect(caller).setOperator(merchantId, stranger, true),
    event: "OperatorSet",
  },
  setPayout: {
    as: "owner",
    send: ({ escrow, merchantId, stranger }, caller) => escrow.connect(caller).setPayout(merchantId, stranger),
    event: "PayoutChangeStarted",
  },
  cancelPayout: {
    as: "owner",
    before: ({ escrow, owner, merchantId, stranger }) => escrow.connect(owner).setPayout(merchantId, stranger),
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).cancelPayout(merchantId),
    event: "PayoutChangeCancelled",
  },
  transferOwnership: {
    as: "owner",
    send: ({ escrow, merchantId, stranger }, caller) => escrow.connect(caller).transferOwnership(merchantId, stranger),
    event: "OwnershipTransferStarted",
  },
  cancelOwnershipTransfer: {
    as: "owner",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).cancelOwnershipTransfer(merchantId),
    event: "OwnershipTransferCancelled",
  },
  acceptOwnership: {
    as: "relayer",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).acceptOwnership(merchantId),
    event: "OwnershipTransferred",
  },
  publishProgram: {
    as: "owner",
    send: ({ escrow, merchantId }, caller) =>
      escrow.connect(caller).publishProgram(merchantId, {
        kind: ProgramKind.Count,
        bearer: false,
        feeFree: false,
        price: 100n,
        units: 10n,
        listPrice: 100n,
        metadataURI: "ipfs://program",
      }),
    event: "ProgramPublished",
  },
  retireProgram: {
    as: "owner",
    send: ({ escrow, programs }, caller) => escrow.connect(caller).retireProgram(programs.open),
    event: "ProgramRetired",
  },
  buy: {
    as: "payer",
    send: ({ escrow, holder, programs }, caller) =>
      escrow.connect(caller).buy(programs.plan, holder, 3_000n * TOKEN, 0n),
    event: "CardOpened",
  },
  buyPass: {
    as: "payer",
    send: async ({ escrow, holder, programs }, caller) => {
      const startsAt = (await now()) + DAY;
      return escrow.connect(caller).buyPass(programs.pass, holder, 3_600n * TOKEN, 0n, startsAt);
    },
    event: "CardOpened",
  },
  buyWithPermit: {
    as: "payer",
    send: async (scene, caller) => {
      const principal = 3_000n * TOKEN;
      const purchase = { programId: scene.programs.plan, holder: scene.holder, principal, serial: 0n, startsAt: 0n };
      return scene.escrow.connect(caller).buyWithPermit(purchase, ...(await permit(scene, caller, principal)));
    },
    event: "CardOpened",
  },
  buyWithAuthorization: {
    as: "relayer",
    send: async (scene, caller) => {
      const { args } = await authorize(scene, { program: scene.programs.plan });
      return scene.escrow.connect(caller).buyWithAuthorization(...args);
    },
    event: "CardOpened",
  },
  settle: {
    as: "operator",
    send: async (scene, caller) => scene.escrow.connect(caller).settle(scene.merchantId, await nextVoucher(scene)),
    event: "ConsumptionSettled",
  },
  settleAndPayOut: {
    as: "operator",
    send: async (scene, caller) => {
      return scene.escrow.connect(caller).settleAndPayOut(scene.merchantId, await nextVoucher(scene));
    },
    event: "PaidOut",
  },
  settleWithSignature: {
    as: "operator",
    send: async ({ escrow, merchantId, stranger, ...scene }, signer) => {
      const rows = await nextVoucher({ escrow, merchantId, stranger, ...scene });
      const { deadline, signature } = await signSettlement(escrow, signer, merchantId, rows);
      return escrow.connect(stranger).settleWithSignature(merchantId, rows, deadline, signer, signature);
    },
    event: "ConsumptionSettled",
  },
  settleContractHolders: {
    as: "operator",
    send: async (scene, caller) => {
      // An account's own signature is good here too.
      const rows = (await nextVoucher(scene)).map(({ r, vs, ...row }) => ({
        ...row,
        signature: Signature.from({ r, yParityAndS: vs }).serialized,
      }));
      return scene.escrow.connect(caller).settleContractHolders(scene.merchantId, rows);
    },
    event: "ConsumptionSettled",
  },
  accrue: {
    as: "stranger",
    send: ({ escrow, pass }, caller) => escrow.connect(caller).accrue([pass]),
    event: "PassAccrued",
  },
  extendPasses: {
    as: "operator",
    send: ({ escrow, pass }, caller) => escrow.connect(caller).extendPasses([pass], DAY),
    event: "PassExtended",
  },
  payOut: {
    as: "stranger",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).payOut(merchantId),
    event: "PaidOut",
  },
  requestExit: {
    as: "holder",
    send: ({ escrow, idle }, caller) => escrow.connect(caller).requestExit(idle),
    event: "ExitRequested",
  },
  requestExitWithSignature: {
    as: "holder",
    send: async ({ escrow, stranger, idle }, signer) => {
      const { deadline, signature } = await signExit(escrow, signer, idle);
      return escrow.connect(stranger).requestExitWithSignature(idle, deadline, signature);
    },
    event: "ExitRequested",
  },
  cancelExit: {
    as: "holder",
    send: ({ escrow, leaving }, caller) => escrow.connect(caller).cancelExit(leaving),
    event: "ExitCancelled",
  },
  executeExit: {
    as: "stranger",
    send: ({ escrow, leaving }, caller) => escrow.connect(caller).executeExit(leaving),
    event: "CardRefunded",
  },
  executeExitTo: {
    as: "holder",
    send: ({ escrow, leaving, other }, caller) => escrow.connect(caller).executeExitTo(leaving, other),
    event: "CardRefunded",
  },
  refundCard: {
    as: "operator",
    send: ({ escrow, idle }, caller) => escrow.connect(caller).refundCard(idle),
    event: "CardRefunded",
  },
  complain: {
    as: "holder",
    send: ({ escrow, idle }, caller) => escrow.connect(caller).complain(idle, EVIDENCE),
    event: "ComplaintOpened",
  },
  complainWithSignature: {
    as: "holder",
    send: async ({ escrow, stranger, idle }, signer) => {
      const { deadline, signature } = await signComplaint(escrow, signer, idle, EVIDENCE);
      return escrow.connect(stranger).complainWithSignature(idle, EVIDENCE, deadline, signature);
    },
    event: "ComplaintOpened",
  },
  contestExit: {
    as: "operator",
    before: async (scene, situation) => {
      if (servesHolders(situation)) await askToLeave(scene, scene.idle);
    },
    send: ({ escrow, idle }, caller) => escrow.connect(caller).contestExit(idle, EVIDENCE),
    event: "ExitContested",
  },
  resolve: {
    as: "association",
    send: ({ escrow, disputed }, caller) => escrow.connect(caller).resolve(disputed, true, 0n, EVIDENCE),
    event: "DisputeUpheld",
  },
  resolveByExtension: {
    as: "association",
    before: async ({ escrow, holder, pass }, situation) => {
      if (!servesHolders(situation)) return;
      await escrow.connect(holder).complain(pass, EVIDENCE);
      await advance(EXIT_DELAY);
    },
    // Where holders are served no more, the complaint is about another card: the status is looked at first.
    send: async ({ escrow, pass, disputed }, caller) => {
      const complained = (await escrow.card(pass)).disputed ? pass : disputed;
      return escrow.connect(caller).resolveByExtension(complained, DAY, EVIDENCE);
    },
    event: "PassExtended",
  },
  endComplaint: {
    as: "stranger",
    before: async (_, situation) => {
      if (servesHolders(situation)) await advance(RULING_TIMEOUT);
    },
    send: ({ escrow, disputed }, caller) => escrow.connect(caller).endComplaint(disputed),
    event: "ComplaintEnded",
  },
  executeDispute: {
    as: "holder",
    before: async (_, situation) => {
      if (servesHolders(situation)) await advance(RULING_TIMEOUT - EXIT_DELAY);
    },
    send: ({ escrow, disputed }, caller) => escrow.connect(caller).executeDispute(disputed),
    event: "CardRefunded",
  },
  requestMove: {
    as: "holder",
    send: ({ escrow, idle, other }, caller) => escrow.connect(caller).requestMove(idle, other),
    event: "MoveRequested",
  },
  consentMove: {
    as: "operator",
    // A move that is due needs no consent: another is asked for.
    before: async ({ escrow, holder, other, moving }, situation) => {
      if (!servesHolders(situation) || situation === "NoticeOver") return;
      await escrow.connect(holder).cancelMove(moving);
      await escrow.connect(holder).requestMove(moving, other);
    },
    send: async ({ escrow, moving }, caller) =>
      escrow.connect(caller).consentMove(moving, (await escrow.card(moving)).nonce),
    event: "MoveConsented",
  },
  cancelMove: {
    as: "holder",
    send: ({ escrow, moving }, caller) => escrow.connect(caller).cancelMove(moving),
    event: "MoveCancelled",
  },
  executeMove: {
    as: "stranger",
    send: ({ escrow, moving }, caller) => escrow.connect(caller).executeMove(moving, 0n),
    event: "CardMoved",
  },
  setRecovery: {
    as: "stranger",
    send: ({ escrow, other }, caller) => escrow.connect(caller).setRecovery(other),
    event: "RecoverySet",
  },
  reviewWarnings: {
    as: "stranger",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).reviewWarnings(merchantId),
  },
  reportHolderExposure: {
    as: "stranger",
    send: ({ escrow, merchantId, large }, caller) => escrow.connect(caller).reportHolderExposure(merchantId, [large]),
    event: "WarningRaised",
  },
  suspend: {
    as: "regulator",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).suspend(merchantId, EVIDENCE),
    event: "MerchantSuspended",
  },
  resume: {
    as: "regulator",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).resume(merchantId),
    event: "MerchantResumed",
  },
  startRunOff: {
    as: "owner",
    send: async ({ escrow, merchantId }, caller) => {
      return escrow.connect(caller).startRunOff(merchantId, (await now()) + DAY);
    },
    event: "RunOffStarted",
  },
  closeMerchant: {
    as: "stranger",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).closeMerchant(merchantId),
    event: "MerchantClosed",
  },
  flagDefault: {
    as: "regulator",
    send: async ({ escrow, merchantId }, caller) => {
      return escrow.connect(caller).flagDefault(merchantId, await now(), EVIDENCE);
    },
    event: "DefaultFlagged",
  },
  withdrawDefault: {
    as: "regulator",
    send: ({ escrow, merchantId }, caller) => escrow.connect(caller).withdrawDefault(merchantId),
    event: "DefaultWithdrawn",
  },
  refundCards: {
    as: "stranger",
    send: ({ escrow, merchantId, idle, leaving }, caller) =>
      escrow.connect(caller).refundCards(merchantId, [idle, leaving]),
    event: "CardRefunded",
  },
};

/** Another way to call a function, in a row of its own. */
const variants: Record<string, Call> = {
  "settle/byAnyone": { ...calls.settle!, as: "stranger" },
  "executeExitTo/notRequested": {
    as: "holder",
    send: ({ escrow, idle, other }, caller) => escrow.connect(caller).executeExitTo(idle, other),
    event: "CardRefunded",
  },
  "startRunOff/byRegulator": { ...calls.startRunOff!, as: "regulator" },
  "closeMerchant/nothingLeft": {
    ...calls.closeMerchant!,
    before: async ({ escrow, merchantId, idle, leaving, disputed, moving, large, pass }, situation) => {
      if (situation === "NoticeOver")
        await escrow.refundCards(merchantId, [idle, leaving, disputed, moving, large, pass]);
    },
  },
};

/* THE TABLES, READ */

interface Row {
  readonly name: string;
  readonly outcomes: Record<Situation, string>;
}

function rowsOf(text: string): Row[] {
  const [head, ...lines] = text.trim().split("\n");
  expect(head!.trim().split(/\s+/)).to.deep.equal(situationNames);
  return lines.map((line) => {
    const [name, ...cells] = line.trim().split(/\s+/);
    const outcomes = Object.fromEntries(situationNames.map((situation, i) => [situation, cells[i]!]));
    return { name: name!, outcomes: outcomes as Record<Situation, string> };
  });
}

const rows = rowsOf(table);
/** Expects that a call has succeeded. */
async function expectDone(escrow: Scene["escrow"], sent: Sent | Promise<Sent>, { event }: Call): Promise<void> {
  if (event === undefined) expect((await (await sent).wait())?.status).to.equal(1);
  else await expect(sent).to.emit(escrow, event);
}

const callOf = (name: string): Call => (calls[name] ?? variants[name])!;

/** Every function of the escrow that can change state. */
const functions = PrepaidEscrow__factory.createInterface()
  .fragments.filter((fragment) => fragment.type === "function")
  .map((fragment) => fragment as unknown as { readonly name: string; readonly stateMutability: string })
  .filter(({ stateMutability }) => stateMutability !== "view" && stateMutability !== "pure")
  .map(({ name }) => name);

describe("what each status allows", () => {
  it("has a row for every function that changes state", () => {
    expect(rows.map(({ name }) => name).filter((name) => !name.includes("/"))).to.have.members(functions);
    expect(Object.keys(calls)).to.have.members(functions);
  });

  for (const situation of situationNames) {
    describe(situation, () => {
      const load = () => networkHelpers.loadFixture(scenes[situation]);
      const status = MerchantStatus[situations[situation]];

      it("is the status that is answered", async () => {
        const { escrow, merchantId } = await load();
        expect((await escrow.merchant(merchantId)).status).to.equal(status);
      });

      for (const { name, outcomes } of rows) {
        const outcome = outcomes[situation];
        it(`${name}: ${outcome}`, async () => {
          const scene = await load();
          const { escrow, merchantId, idle, pass, endsAt } = scene;
          const call = callOf(name);
          await call.before?.(scene, situation);
          const time = (await now()) + 1n;
          await at(time);
          const sent = call.send(scene, scene[call.as]);
          switch (outcome) {
            case "yes":
              await expectDone(escrow, sent, call);
              break;
            case "no":
              await expect(sent)
                .to.be.revertedWithCustomError(escrow, "MerchantStatusForbids")
                .withArgs(merchantId, status);
              break;
            case "early":
              await expect(sent)
                .to.be.revertedWithCustomError(escrow, "MerchantTooEarly")
                .withArgs(merchantId, time, endsAt);
              break;
            case "over":
              await expect(sent)
                .to.be.revertedWithCustomError(escrow, "MerchantSettlementClosed")
                .withArgs(merchantId, time, endsAt);
              break;
            case "none":
              await expect(sent).to.be.revertedWithCustomError(escrow, "CardExitNotRequested").withArgs(idle);
              break;
            case "left":
              await expect(sent)
                .to.be.revertedWithCustomError(escrow, "MerchantOutstandingLeft")
                .withArgs(merchantId, (await escrow.pool(merchantId)).outstanding);
              break;
            case "till":
              await expect(sent)
                .to.be.revertedWithCustomError(escrow, "MerchantOperatorOnly")
                .withArgs(merchantId, scene[call.as]);
              break;
            case "waits":
              await expect(sent).to.emit(escrow, "ConsumptionSkipped").withArgs(pass, SkipReason.Waiting);
              break;
            case "stale":
              await expect(sent).to.emit(escrow, "ConsumptionSkipped").withArgs(pass, SkipReason.Stale);
              break;
            default:
              expect.fail(`the table has no outcome "${outcome}"`);
          }
        });
      }
    });
  }
});

describe("who may call each function", () => {
  const load = () => networkHelpers.loadFixture(scenes.Active);
  const everybody = [
    "admin",
    "regulator",
    "association",
    "reporter",
    "owner",
    "operator",
    "payout",
    "holder",
    "other",
    "relayer",
    "stranger",
  ] as const;

  it("has a row for every function that changes state", () => {
    expect(Object.values(callers).flat()).to.have.members(functions);
  });

  /** The error that a refused caller gets. */
  const refusals: Record<
    Exclude<keyof typeof callers, "anyone">,
    {
      readonly may: readonly (typeof everybody)[number][];
      readonly error: string;
      readonly args: (scene: Scene, name: string, caller: HardhatEthersSigner) => unknown[];
    }
  > = {
    // The administrator reaches it through the manager.
    authority: { may: ["admin"], error: "AccessManagedUnauthorized", args: (_, __, caller) => [caller] },
    regulator: { may: ["regulator"], error: "AccessManagedUnauthorized", args: (_, __, caller) => [caller] },
    regulatorOrOwner: {
      may: ["regulator", "owner"],
      error: "AccessManagedUnauthorized",
      args: (_, __, caller) => [caller],
    },
    owner: {
      may: ["owner"],
      error: "MerchantOwnerOnly",
      args: ({ merchantId, owner }, _, caller) => [merchantId, caller, owner],
    },
    nextOwner: {
      may: ["relayer"],
      error: "MerchantNextOwnerOnly",
      args: ({ merchantId, nextOwner }, _, caller) => [merchantId, caller, nextOwner],
    },
    operator: {
      may: ["operator"],
      error: "MerchantOperatorOnly",
      args: ({ merchantId }, _, caller) => [merchantId, caller],
    },
    holder: {
      may: ["holder"],
      error: "CardHolderOnly",
      args: ({ idle, leaving, moving, disputed, holder }, name, caller) => {
        const cards = {
          requestExit: idle,
          complain: idle,
          requestMove: idle,
          cancelMove: moving,
          executeDispute: disputed,
        };
        const cardId = (cards as Record<string, string>)[name] ?? leaving;
        return [cardId, caller, holder];
      },
    },
    association: { may: ["association"], error: "AccessManagedUnauthorized", args: (_, __, caller) => [caller] },
  };

  for (const [whose, { may, error, args }] of Object.entries(refusals)) {
    for (const name of callers[whose as keyof typeof refusals]) {
      it(`${name} is refused to everybody but the ${may.join(" and the ")}`, async () => {
        const scene = await load();
        const call = callOf(name);
        await call.before?.(scene, "Active");
        for (const person of everybody.filter((one) => !may.includes(one))) {
          const refused = expect(call.send(scene, scene[person]), person).to.be;
          if (name === "requestExitWithSignature" || name === "complainWithSignature") {
            // Anyone may bring it, nobody else may sign it.
            await refused.revertedWithCustomError(scene.escrow, "SignatureInvalid").withArgs(scene.holder);
          } else {
            await refused.revertedWithCustomError(scene.escrow, error).withArgs(...args(scene, name, scene[person]));
          }
        }
      });
    }
  }

  for (const name of callers.anyone) {
    it(`${name} is anyone's`, async () => {
      const situation = name === "closeMerchant" || name === "refundCards" ? "NoticeOver" : "Active";
      const scene = await networkHelpers.loadFixture(scenes[situation]);
      const { escrow, token, stranger } = scene;
      if (name.startsWith("buy")) {
        await token.mint(stranger, 10_000n * TOKEN);
        await token.connect(stranger).approve(escrow, 10_000n * TOKEN);
      }
      const call = name === "closeMerchant" ? variants["closeMerchant/nothingLeft"]! : callOf(name);
      await call.before?.(scene, situation);
      await expectDone(escrow, call.send(scene, stranger), call);
    });
  }

  it("setAuthority is not the administrator's either, but by the manager", async () => {
    const { escrow, token, admin } = await load();
    await expect(escrow.connect(admin).setAuthority(token))
      .to.be.revertedWithCustomError(escrow, "AccessManagedUnauthorized")
      .withArgs(admin);
  });

  it("the administrator of the roles has none of the regulator's powers by itself", async () => {
    const { escrow, admin, merchantId } = await load();
    await expect(escrow.connect(admin).flagDefault(merchantId, await now(), EVIDENCE))
      .to.be.revertedWithCustomError(escrow, "AccessManagedUnauthorized")
      .withArgs(admin);
  });
});

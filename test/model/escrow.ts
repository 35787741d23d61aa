import { MaxUint256, ZeroAddress, ZeroHash, getCreate2Address, toBeHex } from "ethers";

import { decodeCardId, encodeCardId } from "../../src/contracts/cardId.js";
import type { ExitRuleName, MerchantStatusName, SkipReasonName } from "../../src/contracts/enums.js";
import { clockAt, timeAt } from "./clock.js";
import { Fraction, excess, max, min } from "./fraction.js";
import { closingOf } from "./refund.js";
import type { Closing, Fees } from "./refund.js";
import type { Card, Dispute, EscrowState, Merchant, Move, Policy, Program } from "./state.js";
import type { TokenModel } from "./token.js";
import { require } from "./transaction.js";
import type { Signed, Transaction } from "./transaction.js";

const DAY = 86_400n;
const SUSPENSION = 90n * DAY;
const CHANGE_DELAY = 7n * DAY;
const RECOVERY_DELAY = 30n * DAY;
const MAX_AGE = 30n * DAY;
const MAX_TERM = 3_650n * DAY;
const LATEST_START = 365n * DAY;
const MAX_COOLING_OFF_SHARE = 60n * DAY;
const REPEAT_AFTER = 30n * DAY;
const BPS = 10_000n;
const DECIMALS = 6n;

export interface Terms {
  readonly kind: Program["kind"];
  readonly bearer: boolean;
  readonly price: bigint;
  readonly units: bigint;
  readonly listPrice: bigint;
  readonly feeFree: boolean;
  readonly metadataURI: string;
}

export interface Purchase {
  readonly programId: bigint;
  readonly holder: string;
  readonly principal: bigint;
  readonly serial: bigint;
  readonly startsAt: bigint;
}

/** A voucher of a batch, and whose key made its signature (over exactly this voucher). */
export interface Voucher {
  readonly cardId: string;
  readonly cumulative: bigint;
  readonly receipt: string;
  readonly signedBy: string;
}

/** What a closing pays and to whom it leaves the rest. */
export interface Quote {
  readonly rule: ExitRuleName;
  readonly consumed: bigint;
  readonly released: bigint;
  readonly refund: bigint;
  readonly forfeited: bigint;
  /** The part of what is forfeited that is a fee. */
  readonly fee: bigint;
}

/** Where the model's escrow stands, and who has which role. */
export interface Setting {
  readonly escrow: string;
  readonly regulator: string;
  readonly association: string;
  readonly vaultCodeHash: string;
  /** Keys of the holders that are contracts. */
  readonly walletKeys: ReadonlyMap<string, string>;
}

/**
 * The escrow as its documentation tells it, in plain steps: slow, and with nothing stored that can be worked out. Every call
 * answers by what it says in the transaction, by the tokens it moves, and by a `Refusal`.
 */
export class EscrowModel {
  state: EscrowState = {
    policies: new Map(),
    programs: new Map(),
    merchants: new Map(),
    cards: new Map(),
    complaintFrom: new Map(),
    recoveries: new Map(),
  };

  constructor(
    readonly setting: Setting,
    readonly tokens: ReadonlyMap<string, TokenModel>,
  ) {}

  /* POLICIES AND MERCHANTS */

  addPolicy(tx: Transaction, policy: Policy): void {
    this.requireRole(tx, this.setting.regulator);
    const within = (field: keyof Policy, least: bigint, most: bigint): void => {
      const value = policy[field] as bigint;
      require(value >= least && value <= most, "PolicyFieldOutOfBounds", { field, value, min: least, max: most });
    };
    require(this.tokens.has(policy.token), "PolicyTokenWithoutCode", { token: policy.token });
    within("exitDelay", DAY, 30n * DAY);
    within("coolingOff", 0n, 30n * DAY);
    within("maxPassTerm", 0n, MAX_TERM);
    within("maxListBps", BPS, 3n * BPS);
    within("accrualDelay", 0n, 60n * DAY);
    within("rulingTimeout", max(policy.exitDelay + DAY, 7n * DAY), 90n * DAY);
    within("runOffNotice", max(policy.exitDelay, 7n * DAY), 90n * DAY);
    within("finalSettlement", 3n * DAY, 30n * DAY);
    within("complaintBps", 0n, BPS);
    within("maxAdvance", 0n, 365n * DAY);
    within("feePriceBps", 0n, 3_000n);
    within("feeRestBps", 0n, 5_000n);
    within("coolingOffFeeBps", 0n, 1_000n);
    within("coolingOffTermBps", 0n, 1_000n);
    const policyId = BigInt(this.state.policies.size) + 1n;
    this.state.policies.set(policyId, policy);
    tx.emit("PolicyAdded", { policyId, token: policy.token, policy });
  }

  registerMerchant(
    tx: Transaction,
    owner: string,
    payout: string,
    policyId: bigint,
    cap: bigint,
    metadataURI: string,
  ): void {
    this.requireRole(tx, this.setting.regulator);
    const policy = this.policyOf(policyId);
    require(owner !== ZeroAddress, "RecipientForbidden", { recipient: owner });
    const id = BigInt(this.state.merchants.size) + 1n;
    const { token, finalSettlement } = policy;
    const vault = getCreate2Address(this.setting.escrow, toBeHex(id, 32), this.setting.vaultCodeHash);
    this.state.merchants.set(id, {
      id,
      token,
      vault,
      owner,
      payout,
      policyId,
      cap,
      operators: new Set(),
      status: "Active",
      suspendedUntil: 0n,
      finalSettlement,
      balance: 0n,
      hadClosed: false,
      complaintsWarning: false,
      complaintsAgainst: 0n,
      exposures: new Map(),
    });
    this.requireUsable(token, payout);
    tx.emit("MerchantRegistered", { merchantId: id, owner, vault, token, payout, policyId, metadataURI });
    tx.emit("OutstandingCapSet", { merchantId: id, outstandingCap: cap });
  }

  setMerchantPolicy(tx: Transaction, merchantId: bigint, policyId: bigint): void {
    this.requireRole(tx, this.setting.regulator);
    const m = this.merchantOf(merchantId);
    this.requireStatus(m, m.status === "Active" || m.status === "Suspended", m.status);
    const { token, finalSettlement } = this.policyOf(policyId);
    require(token === m.token, "PolicyTokenMismatch", { token, merchantToken: m.token });
    m.policyId = policyId;
    m.finalSettlement = finalSettlement;
    tx.emit("MerchantPolicySet", { merchantId, policyId });
  }

  setOutstandingCap(tx: Transaction, merchantId: bigint, cap: bigint): void {
    this.requireRole(tx, this.setting.regulator);
    const m = this.merchantOf(merchantId);
    m.cap = cap;
    tx.emit("OutstandingCapSet", { merchantId, outstandingCap: cap });
    this.lowerCapWarning(tx, m);
    this.raiseCapWarning(tx, m);
  }

  setOperator(tx: Transaction, merchantId: bigint, operator: string, enabled: boolean): void {
    const m = this.ownedMerchant(tx, merchantId);
    require(operator !== ZeroAddress, "RecipientForbidden", { recipient: operator });
    if (enabled) m.operators.add(operator);
    else m.operators.delete(operator);
    tx.emit("OperatorSet", { merchantId, operator, enabled });
  }

  setPayout(tx: Transaction, merchantId: bigint, payout: string): void {
    const m = this.ownedMerchant(tx, merchantId);
    this.requireUsable(m.token, payout);
    m.payout = this.payoutOf(m, tx.now);
    m.payoutChange = { to: payout, effectiveAt: tx.now + CHANGE_DELAY };
    tx.emit("PayoutChangeStarted", { merchantId, payout, effectiveAt: tx.now + CHANGE_DELAY });
  }

  cancelPayout(tx: Transaction, merchantId: bigint): void {
    const m = this.ownedMerchant(tx, merchantId);
    const change = m.payoutChange;
    require(change !== undefined && tx.now < change.effectiveAt, "MerchantNothingPending", { merchantId });
    delete m.payoutChange;
    tx.emit("PayoutChangeCancelled", { merchantId, payout: change.to });
  }

  transferOwnership(tx: Transaction, merchantId: bigint, newOwner: string): void {
    const m = this.ownedMerchant(tx, merchantId);
    require(newOwner !== ZeroAddress, "RecipientForbidden", { recipient: newOwner });
    m.ownershipChange = { to: newOwner, acceptableAt: tx.now + CHANGE_DELAY };
    tx.emit("OwnershipTransferStarted", { merchantId, newOwner, acceptableAt: tx.now + CHANGE_DELAY });
  }

  cancelOwnershipTransfer(tx: Transaction, merchantId: bigint): void {
    const m = this.ownedMerchant(tx, merchantId);
    const change = m.ownershipChange;
    require(change !== undefined, "MerchantNothingPending", { merchantId });
    delete m.ownershipChange;
    tx.emit("OwnershipTransferCancelled", { merchantId, newOwner: change.to });
  }

  acceptOwnership(tx: Transaction, merchantId: bigint): void {
    const m = this.merchantOf(merchantId);
    const change = m.ownershipChange;
    const nextOwner = change?.to ?? ZeroAddress;
    require(change !== undefined && tx.sender === nextOwner, "MerchantNextOwnerOnly", {
      merchantId,
      caller: tx.sender,
      nextOwner,
    });
    this.requireFrom(tx, merchantId, change.acceptableAt);
    const previousOwner = m.owner;
    m.owner = nextOwner;
    delete m.ownershipChange;
    tx.emit("OwnershipTransferred", { merchantId, previousOwner, newOwner: nextOwner });
  }

  /* PROGRAMS */

  publishProgram(tx: Transaction, merchantId: bigint, terms: Terms): void {
    const m = this.ownedMerchant(tx, merchantId);
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "Active", status);
    const policy = this.policyOf(m.policyId);
    const { kind, bearer, price, units, listPrice } = terms;
    const highestList = new Fraction(price * policy.maxListBps, BPS).floor();
    const unitsWithin = (least: bigint, most: bigint): void => {
      require(units >= least && units <= most, "ProgramUnitsOutOfBounds", { units, min: least, max: most });
    };
    const listWithin = (least: bigint, most: bigint): void => {
      const fits = listPrice >= least && listPrice <= most;
      require(fits, "ProgramListPriceOutOfBounds", { listPrice, min: least, max: most });
    };
    if (kind === "StoredValue") {
      // Of an open amount nothing is fixed; the face of a plan is money, and its own list price.
      unitsWithin(price, highestList);
      listWithin(units, units);
    } else {
      require(price !== 0n, "ProgramPriceZero", { kind });
      if (kind === "Count") {
        unitsWithin(1n, policy.maxCount === 0n ? 2n ** 88n - 1n : policy.maxCount);
        listWithin(price, highestList);
      } else {
        unitsWithin(1n, policy.maxPassTerm === 0n ? MAX_TERM : policy.maxPassTerm);
        listWithin(price, price);
      }
    }
    const coolingOff = kind === "Pass" ? max(policy.coolingOff, shareOfTerm(policy, units)) : policy.coolingOff;
    const feeFree = terms.feeFree || !hasFees(policy);
    if (kind === "Pass") this.requirePaidCoolingOff(policy, units, coolingOff, feeFree);
    const limit = bearer ? policy.maxBearer : policy.maxNamed;
    const overLimit = limit !== 0n && price > limit;
    require(!overLimit || !policy.rejectOverLimit, "ProgramPriceOverLimit", { price, limit });
    const programId = BigInt(this.state.programs.size) + 1n;
    const { policyId } = m;
    const offer = { merchantId, policyId, kind, bearer, price, units, listPrice, feeFree, coolingOff };
    this.state.programs.set(programId, { ...offer, retired: false });
    tx.emit("ProgramPublished", { programId, merchantId, policyId, terms });
  }

  /** Where the days of a pass do not count in cooling-off, they are not to be had for nothing. */
  private requirePaidCoolingOff(policy: Policy, units: bigint, coolingOff: bigint, feeFree: boolean): void {
    if (!policy.coolingOffInFull || policy.coolingOffRequiresUnused || coolingOff === 0n) return;
    const feeBps = feeFree || policy.feeMax !== 0n ? 0n : policy.coolingOffFeeBps;
    const neededBps = new Fraction(min(coolingOff, units) * BPS, units).ceil();
    require(feeBps >= neededBps, "ProgramCoolingOffFree", { feeBps, neededBps });
  }

  retireProgram(tx: Transaction, programId: bigint): void {
    const program = this.state.programs.get(programId);
    require(program !== undefined, "ProgramUnknown", { programId });
    this.ownedMerchant(tx, program.merchantId);
    require(!program.retired, "ProgramAlreadyRetired", { programId });
    program.retired = true;
    tx.emit("ProgramRetired", { programId, merchantId: program.merchantId });
  }

  /* BUYING */

  buy(tx: Transaction, programId: bigint, holder: string, principal: bigint, serial: bigint): void {
    this.buyFromCaller(tx, { programId, holder, principal, serial, startsAt: 0n });
  }

  buyPass(
    tx: Transaction,
    programId: bigint,
    holder: string,
    principal: bigint,
    serial: bigint,
    startsAt: bigint,
  ): void {
    this.buyFromCaller(tx, { programId, holder, principal, serial, startsAt: startsAt === 0n ? tx.now : startsAt });
  }

  /** The transaction's signature is the permit: `signer` and the permit nonce that was signed. */
  buyWithPermit(tx: Transaction, purchase: Purchase): void {
    const program = this.state.programs.get(purchase.programId);
    require(program !== undefined, "ProgramUnknown", { programId: purchase.programId });
    const token = this.tokenOf(this.merchantOf(program.merchantId));
    const { signer, nonce = 0n } = this.signatureOf(tx);
    token.permit(tx.sender, this.setting.escrow, purchase.principal, signer, nonce);
    this.buyFromCaller(tx, purchase);
  }

  /** `nonce` and `good`: what the payer has signed, and whether it is this purchase. */
  buyWithAuthorization(
    tx: Transaction,
    purchase: Purchase,
    payer: string,
    validAfter: bigint,
    validBefore: bigint,
    nonce: string,
    good: boolean,
  ): void {
    const m = this.open(tx, purchase, payer);
    const { principal } = purchase;
    this.tokenOf(m).receiveWithAuthorization(tx, payer, m.vault, principal, validAfter, validBefore, nonce, good);
  }

  private buyFromCaller(tx: Transaction, purchase: Purchase): void {
    const m = this.open(tx, purchase, tx.sender);
    this.tokenOf(m).take(tx, this.setting.escrow, tx.sender, m.vault, purchase.principal);
  }

  private open(tx: Transaction, purchase: Purchase, payer: string): Merchant {
    const { programId, holder, principal, serial } = purchase;
    const program = this.state.programs.get(programId);
    require(program !== undefined, "ProgramUnknown", { programId });
    require(!program.retired, "ProgramAlreadyRetired", { programId });
    const { merchantId, policyId, price } = program;
    const m = this.merchantOf(merchantId);
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "Active", status);
    require(policyId === m.policyId, "ProgramPolicyOutdated", { programId, policyId, merchantPolicyId: m.policyId });
    this.requireUsable(m.token, holder);
    require(principal !== 0n, "CardPrincipalZero");
    require(price === 0n || principal === price, "CardPriceMismatch", { principal, price });
    if (tx.sender !== holder) this.requireNextSerial(holder, programId, serial);
    const cardId = encodeCardId({ holder, programId, serial });
    require(!this.state.cards.has(cardId), "CardSerialTaken", { cardId });
    const policy = this.policyOf(policyId);
    let { startsAt } = purchase;
    if (startsAt === 0n) startsAt = tx.now;
    else {
      require(program.kind === "Pass", "CardNotAPass", { programId });
      const latest = tx.now + policy.maxAdvance;
      const inRange = startsAt >= tx.now && startsAt <= latest;
      require(inRange, "CardStartOutOfRange", { startsAt, min: tx.now, max: latest });
    }
    this.state.cards.set(cardId, {
      principal,
      openedAt: startsAt,
      coolingOffOver: false,
      consumed: 0n,
      exitRequestedAt: 0n,
      nonce: 0n,
      open: true,
      contestDismissed: false,
    });
    m.balance += principal;
    const outstanding = this.outstanding(m.id);
    tx.emit("CardOpened", {
      merchantId,
      cardId,
      holder,
      payer,
      principal,
      startsAt,
      outstanding,
      balance: m.balance,
    });
    const limit = program.bearer ? policy.maxBearer : policy.maxNamed;
    if (limit !== 0n && principal > limit) {
      require(!policy.rejectOverLimit, "CardPrincipalOverLimit", { principal, limit });
      warn(tx, merchantId, "CardOverLimit", cardId, principal, limit, "Warning");
    }
    if (m.cap !== 0n) {
      const cap = inBaseUnits(m.cap);
      const within = outstanding <= cap || !policy.rejectOverCap;
      require(within, "MerchantCapExceeded", { merchantId, outstanding, cap });
      this.raiseCapWarning(tx, m);
    }
    return m;
  }

  /* SETTLING */

  settle(tx: Transaction, merchantId: bigint, vouchers: readonly Voucher[]): void {
    this.settleAs(tx, tx.sender, merchantId, vouchers);
  }

  settleAndPayOut(tx: Transaction, merchantId: bigint, vouchers: readonly Voucher[]): void {
    const m = this.requireSettler(tx, merchantId, tx.sender);
    this.bookVouchers(tx, m, vouchers, false);
    this.payOutOf(tx, m);
  }

  /** The transaction's signature is the operator's; `good` says whether it is over these vouchers and this deadline. */
  settleWithSignature(
    tx: Transaction,
    merchantId: bigint,
    vouchers: readonly Voucher[],
    deadline: bigint,
    operator: string,
    good: boolean,
  ): void {
    this.requireDeadline(tx, deadline);
    const valid = good && this.signatureOf(tx).signer === this.keyOf(operator);
    require(valid, "SignatureInvalid", { signer: operator });
    this.settleAs(tx, operator, merchantId, vouchers);
  }

  settleContractHolders(tx: Transaction, merchantId: bigint, vouchers: readonly Voucher[]): void {
    const m = this.requireSettler(tx, merchantId, tx.sender);
    this.bookVouchers(tx, m, vouchers, true);
    this.emitPool(tx, m);
  }

  private settleAs(tx: Transaction, settler: string, merchantId: bigint, vouchers: readonly Voucher[]): void {
    const m = this.requireSettler(tx, merchantId, settler);
    this.bookVouchers(tx, m, vouchers, false);
    this.emitPool(tx, m);
  }

  private requireSettler(tx: Transaction, merchantId: bigint, settler: string): Merchant {
    const m = this.merchantOf(merchantId);
    if (m.status === "Defaulted") {
      const { windowEndsAt } = this.flagOf(m);
      require(tx.now < windowEndsAt, "MerchantSettlementClosed", {
        merchantId,
        nowAt: tx.now,
        windowEndedAt: windowEndsAt,
      });
    } else {
      this.requireStatus(m, m.status !== "Closed", m.status);
      require(m.operators.has(settler), "MerchantOperatorOnly", { merchantId, account: settler });
    }
    return m;
  }

  private bookVouchers(tx: Transaction, m: Merchant, vouchers: readonly Voucher[], askContracts: boolean): void {
    for (const voucher of vouchers) {
      const reason = this.reasonToSkip(m.id, voucher, askContracts);
      const { cardId, cumulative, receipt } = voucher;
      if (reason !== undefined) {
        tx.emit("ConsumptionSkipped", { cardId, reason });
        continue;
      }
      const released = this.consume(cardId, cumulative);
      tx.emit("ConsumptionSettled", { merchantId: m.id, cardId, released, cumulative, receipt });
    }
    this.lowerCapWarning(tx, m);
  }

  private reasonToSkip(merchantId: bigint, voucher: Voucher, askContracts: boolean): SkipReasonName | undefined {
    const { holder, programId } = decodeCardId(voucher.cardId);
    const program = this.state.programs.get(programId);
    if (program?.merchantId !== merchantId) return "OtherMerchant";
    // Time consumes a pass. Where it has to be unused in cooling-off, its first visit is signed as one second.
    const firstVisit = voucher.cumulative === 1n && this.policyOf(program.policyId).coolingOffRequiresUnused;
    if (program.kind === "Pass" && !firstVisit) return "Pass";
    const card = this.state.cards.get(voucher.cardId);
    if (!card?.open) return "CardNotOpen";
    if (voucher.cumulative <= card.consumed) return "Stale";
    if (voucher.cumulative > (program.price === 0n ? card.principal : program.units)) return "OverFace";
    return voucher.signedBy === (askContracts ? this.keyOf(holder) : holder) ? undefined : "BadSignature";
  }

  /** Books consumption, and answers the principal it releases. */
  private consume(cardId: string, cumulative: bigint): bigint {
    const card = this.state.cards.get(cardId)!;
    const before = this.remaining(cardId);
    card.consumed = cumulative;
    return before - this.remaining(cardId);
  }

  /* PASSES */

  accrue(tx: Transaction, cardIds: readonly string[]): void {
    let run: Merchant | undefined;
    let released = 0n;
    const end = (): void => {
      if (run !== undefined && released !== 0n) {
        this.lowerCapWarning(tx, run);
        this.emitPool(tx, run);
      }
      released = 0n;
    };
    for (const cardId of cardIds) {
      const program = this.state.programs.get(decodeCardId(cardId).programId);
      const m = program === undefined ? undefined : this.merchantOf(program.merchantId);
      // The pool is told of once for each run of cards of one merchant.
      if (m !== run) end();
      run = m;
      const counted = this.countPass(cardId, tx.now);
      if (typeof counted === "string") {
        tx.emit("ConsumptionSkipped", { cardId, reason: counted });
        continue;
      }
      const more = this.consume(cardId, counted);
      released += more;
      tx.emit("PassAccrued", { merchantId: m!.id, cardId, released: more, cumulative: counted });
    }
    end();
  }

  /** The seconds of a pass that count now, or why none do. */
  private countPass(cardId: string, now: bigint): bigint | SkipReasonName {
    const card = this.state.cards.get(cardId);
    if (!card?.open) return "CardNotOpen";
    const { m, program, policy } = this.originOf(cardId);
    if (program.kind !== "Pass") return "NotAPass";
    const awaitsRuling = card.dispute !== undefined && now < card.dispute.rulingUntil;
    const closing = this.reckonedAt(cardId, now);
    const waits =
      awaitsRuling ||
      this.statusOf(m, now) === "Suspended" ||
      this.isInCoolingOff(cardId, now) ||
      this.isRegretted(cardId, closing);
    if (waits) return "Waiting";
    const counted = max(card.consumed, this.ranBy(cardId, min(closing, now - policy.accrualDelay)));
    return counted === card.consumed ? "Stale" : counted;
  }

  /* EXTENDING PASSES */

  extendPasses(tx: Transaction, cardIds: readonly string[], extension: bigint): void {
    for (const cardId of cardIds) {
      const program = this.state.programs.get(decodeCardId(cardId).programId);
      const merchantId = program?.merchantId ?? 0n;
      const operates = this.state.merchants.get(merchantId)?.operators.has(tx.sender) ?? false;
      require(operates, "MerchantOperatorOnly", { merchantId, account: tx.sender });
      this.leaving(cardId);
      const reason = this.reasonNotToExtend(cardId) ?? (extension === 0n ? "Stale" : undefined);
      if (reason === undefined) this.extend(tx, cardId, extension);
      else tx.emit("ConsumptionSkipped", { cardId, reason });
    }
  }

  private reasonNotToExtend(cardId: string): SkipReasonName | undefined {
    const card = this.state.cards.get(cardId);
    if (!card?.open) return "CardNotOpen";
    if (this.originOf(cardId).program.kind !== "Pass") return "NotAPass";
    return card.exitRequestedAt !== 0n || card.dispute !== undefined ? "Waiting" : undefined;
  }

  /** By so many seconds of the pass's clock, but not beyond a year ahead. */
  private extend(tx: Transaction, cardId: string, extension: bigint): void {
    const { openedAt } = this.state.cards.get(cardId)!;
    const [startsAt, latest] = [this.startAfter(cardId, extension), tx.now + LATEST_START];
    require(startsAt <= latest, "CardStartOutOfRange", { startsAt, min: openedAt, max: latest });
    // An extension takes no right away that a closing would have now.
    this.start(tx, cardId, extension, startsAt, this.reckonedAt(cardId, tx.now));
  }

  /** By the time since a moment. Nothing was lost before the pass began. */
  private extendSince(tx: Transaction, cardId: string, since: bigint): void {
    const { m } = this.originOf(cardId);
    const from = max(since, this.state.cards.get(cardId)!.openedAt);
    if (tx.now <= from) return;
    const lost = clockAt(tx.now, m.withdrawn) - clockAt(from, m.withdrawn);
    const asOf = min(from, this.serviceStop(m) ?? from);
    if (lost !== 0n) this.start(tx, cardId, lost, this.startAfter(cardId, lost), asOf);
  }

  private startAfter(cardId: string, extension: bigint): bigint {
    const { m } = this.originOf(cardId);
    const { openedAt } = this.state.cards.get(cardId)!;
    return timeAt(clockAt(openedAt, m.withdrawn) + extension, m.withdrawn);
  }

  /** A cooling-off that was over at `asOf` does not begin again. */
  private start(tx: Transaction, cardId: string, extension: bigint, startsAt: bigint, asOf: bigint): void {
    const card = this.state.cards.get(cardId)!;
    card.coolingOffOver = !this.isInCoolingOff(cardId, asOf);
    card.openedAt = startsAt;
    const { coolingOffOver } = card;
    tx.emit("PassExtended", { merchantId: this.originOf(cardId).m.id, cardId, extension, startsAt, coolingOffOver });
  }

  /* THE MOMENT OF A CLOSING */

  /** The moment a closing is reckoned as of: the request, else the flag that is up, else now; not after the stop of service. */
  reckonedAt(cardId: string, now: bigint): bigint {
    const { m } = this.originOf(cardId);
    const unasked = m.status === "Defaulted" ? this.flagOf(m).flaggedAt : now;
    const claim = this.pendingExit(cardId, now) || unasked;
    return min(claim, this.serviceStop(m) ?? claim);
  }

  /** Seconds of a pass that have run by a moment. */
  private ranBy(cardId: string, moment: bigint): bigint {
    const { m, program } = this.originOf(cardId);
    const { openedAt } = this.state.cards.get(cardId)!;
    return min(excess(clockAt(moment, m.withdrawn), clockAt(openedAt, m.withdrawn)), program.units);
  }

  isInCoolingOff(cardId: string, moment: bigint): boolean {
    const { m, program } = this.originOf(cardId);
    const { openedAt, coolingOffOver } = this.state.cards.get(cardId)!;
    if (program.coolingOff === 0n || coolingOffOver) return false;
    return clockAt(moment, m.withdrawn) < clockAt(openedAt, m.withdrawn) + program.coolingOff;
  }

  /** When cooling-off ends. */
  coolingOffEndsAt(cardId: string): bigint {
    const { m, program } = this.originOf(cardId);
    const { openedAt } = this.state.cards.get(cardId)!;
    return timeAt(clockAt(openedAt, m.withdrawn) + program.coolingOff, m.withdrawn);
  }

  /** Whether who closes the card as of a moment regrets having bought it. */
  isRegretted(cardId: string, moment: bigint): boolean {
    const { policy } = this.originOf(cardId);
    const unused = this.state.cards.get(cardId)!.consumed === 0n;
    return this.isInCoolingOff(cardId, moment) && (unused || !policy.coolingOffRequiresUnused);
  }

  /** When the merchant stopped, or will stop, to serve. */
  private serviceStop(m: Merchant): bigint | undefined {
    const stops: bigint[] = [];
    if (m.runOff !== undefined) stops.push(m.runOff.lastServiceAt);
    if (m.status === "Defaulted") stops.push(this.flagOf(m).serviceStoppedAt);
    return stops.length === 0 ? undefined : stops.reduce(min);
  }

  /* PAYING OUT */

  payOut(tx: Transaction, merchantId: bigint): void {
    const m = this.merchantOf(merchantId);
    require(this.releasable(m) !== 0n, "PoolNothingReleasable", { merchantId });
    this.payOutOf(tx, m);
  }

  private payOutOf(tx: Transaction, m: Merchant): void {
    const status = this.statusOf(m, tx.now);
    const over = status !== "Defaulted" || tx.now >= this.flagOf(m).windowEndsAt;
    this.requireStatus(m, status !== "Suspended" && over, status);
    const amount = this.releasable(m);
    const payout = this.payoutOf(m, tx.now);
    m.balance -= amount;
    tx.emit("PaidOut", { merchantId: m.id, payout, amount, outstanding: m.balance });
    this.pay(tx, m, payout, amount);
  }

  /* LEAVING */

  requestExit(tx: Transaction, cardId: string): void {
    this.requireHolder(tx, cardId);
    this.openCard(cardId);
    this.askToLeave(tx, cardId);
  }

  requestExitWithSignature(tx: Transaction, cardId: string, deadline: bigint): void {
    this.openCard(cardId);
    this.requireSignedRequest(tx, cardId, deadline);
    this.askToLeave(tx, cardId);
  }

  private askToLeave(tx: Transaction, cardId: string): void {
    const card = this.openCard(cardId);
    const { m, program, policy } = this.leaving(cardId);
    this.requireNoExit(tx, cardId);
    const complained = card.dispute !== undefined;
    card.exitRequestedAt = tx.now;
    card.dispute = undefined;
    card.move = undefined;
    raiseNonce(card);
    tx.emit("ExitRequested", {
      merchantId: m.id,
      cardId,
      holder: decodeCardId(cardId).holder,
      executableAt: tx.now + policy.exitDelay,
      lapsesAt: program.kind === "Pass" ? 0n : tx.now + 2n * policy.exitDelay,
      nonce: card.nonce,
    });
    if (complained) this.endWithoutEffect(tx, cardId);
  }

  cancelExit(tx: Transaction, cardId: string): void {
    const holder = this.requireHolder(tx, cardId);
    const card = this.openCard(cardId);
    card.exitRequestedAt = 0n;
    card.move = undefined;
    if (card.dispute?.kind === "Contest") card.dispute = undefined;
    raiseNonce(card);
    const { m } = this.originOf(cardId);
    tx.emit("ExitCancelled", { merchantId: m.id, cardId, holder, nonce: card.nonce });
  }

  executeExit(tx: Transaction, cardId: string): void {
    this.openCard(cardId);
    this.leave(tx, cardId, decodeCardId(cardId).holder);
  }

  executeExitTo(tx: Transaction, cardId: string, recipient: string): void {
    this.requireHolder(tx, cardId);
    const card = this.openCard(cardId);
    const { m } = this.originOf(cardId);
    this.requireUsable(m.token, recipient);
    if (!this.refundsOpen(m, tx.now)) {
      if (card.dispute === undefined) this.leave(tx, cardId, recipient);
      else this.endDispute(tx, cardId, recipient);
      return;
    }
    const { released, refund } = this.inFull(cardId, tx.now);
    this.state.cards.delete(cardId);
    this.close(tx, m, cardId, card, recipient, ruleForAll(m), released, refund);
  }

  refundCard(tx: Transaction, cardId: string): void {
    const card = this.openCard(cardId);
    const { m } = this.leaving(cardId);
    this.requireOperator(tx, m);
    const move = this.pendingMove(cardId, tx.now);
    require(move?.naming === undefined, "CardMovePending", { cardId, executableAt: move?.notBefore });
    // Who was not asked to agree pays what is booked to remain: time is counted by `accrue` alone.
    const asBooked = { released: 0n, refund: this.remaining(cardId) };
    const asked = this.pendingExit(cardId, tx.now) !== 0n;
    const { released, refund } = asked ? this.inFull(cardId, tx.now) : asBooked;
    card.open = false;
    this.close(tx, m, cardId, card, decodeCardId(cardId).holder, "MerchantConsent", released, refund);
  }

  refundCards(tx: Transaction, merchantId: bigint, cardIds: readonly string[]): void {
    const m = this.merchantOf(merchantId);
    this.requireRefundsOpen(tx, m);
    // The pool is written at the end: until then complaints are held against what was outstanding before.
    const outstanding = this.outstanding(merchantId);
    for (const cardId of cardIds) {
      const card = this.state.cards.get(cardId);
      if (!card?.open) continue;
      const { program } = this.originOf(cardId);
      require(program.merchantId === merchantId, "CardOtherMerchant", { cardId, merchantId });
      if (card.dispute?.kind === "Complaint") {
        card.dispute = undefined;
        this.lookAtComplaints(tx, m, outstanding);
      }
      const { holder } = decodeCardId(cardId);
      const { released, refund } = this.inFull(cardId, tx.now);
      if (refund !== 0n && !this.tokenOf(m).accepts(m.vault, holder)) {
        tx.emit("RefundFailed", { merchantId, cardId, holder, amount: refund });
        continue;
      }
      this.pay(tx, m, holder, refund);
      m.balance -= refund;
      this.state.cards.delete(cardId);
      const rule = ruleForAll(m);
      tx.emit("CardRefunded", { merchantId, cardId, recipient: holder, rule, released, refunded: refund });
    }
    this.lowerCapWarning(tx, m);
    this.emitPool(tx, m);
  }

  private leave(tx: Transaction, cardId: string, recipient: string): void {
    const card = this.openCard(cardId);
    const { m, policy } = this.leaving(cardId);
    const since = this.pendingExit(cardId, tx.now);
    require(since !== 0n, "CardExitNotRequested", { cardId });
    require(card.dispute === undefined, "CardInDispute", { cardId, kind: "Contest" });
    const executableAt = since + policy.exitDelay;
    require(tx.now >= executableAt, "CardExitTooEarly", { cardId, nowAt: tx.now, executableAt });
    const { rule, released, refund, forfeited } = this.quote(cardId, this.reckonedAt(cardId, tx.now), tx.now);
    this.closeSlot(cardId, rule, tx.now);
    this.close(tx, m, cardId, card, recipient, rule, released + forfeited, refund);
  }

  /** What a card pays that closes as of `moment` and is paid at `executedAt`. */
  quote(cardId: string, moment: bigint, executedAt: bigint): Quote {
    const { m } = this.originOf(cardId);
    const { consumed, full, holder, fee } = this.closing(cardId, moment, this.feesDue(cardId, executedAt));
    const released = this.remaining(cardId) - full;
    const inFull = { consumed, released, refund: full, forfeited: 0n, fee: 0n };
    if (m.status === "Defaulted") return { rule: "Default", ...inFull };
    if (m.runOff !== undefined && executedAt >= m.runOff.lastServiceAt) return { rule: "RunOff", ...inFull };
    return { rule: this.ruleFor(cardId, moment), consumed, released, refund: holder, forfeited: full - holder, fee };
  }

  /** What a card pays at issuer's cause. */
  private inFull(cardId: string, now: bigint): { released: bigint; refund: bigint } {
    const { full } = this.closing(cardId, this.reckonedAt(cardId, now), undefined);
    return { released: this.remaining(cardId) - full, refund: full };
  }

  private closing(cardId: string, moment: bigint, fees: Fees | undefined): Closing {
    const card = this.state.cards.get(cardId)!;
    const { program, policy } = this.originOf(cardId);
    const isPass = program.kind === "Pass";
    return closingOf({
      principal: card.principal,
      units: program.units,
      listPrice: program.listPrice,
      isPass,
      booked: card.consumed,
      ran: isPass ? this.ranBy(cardId, moment) : 0n,
      regretted: this.isRegretted(cardId, moment),
      coolingOffInFull: policy.coolingOffInFull,
      beforeStart: moment < card.openedAt,
      fees,
    });
  }

  /** A merchant that is suspended or closing takes no fee. */
  private feesDue(cardId: string, executedAt: bigint): Fees | undefined {
    const { m, program, policy } = this.originOf(cardId);
    const status = this.statusOf(m, executedAt);
    return program.feeFree || status === "Suspended" || status === "RunOff" ? undefined : policy;
  }

  private ruleFor(cardId: string, moment: bigint): ExitRuleName {
    if (this.isRegretted(cardId, moment)) return "CoolingOff";
    return this.originOf(cardId).policy.unilateralExit ? "Unilateral" : "NoObjection";
  }

  /** A closed card keeps its place; once everybody is refunded it does not. */
  private closeSlot(cardId: string, rule: ExitRuleName, now: bigint): void {
    const { m } = this.originOf(cardId);
    if (rule === "RunOff" && now >= m.runOff!.noticeEndsAt) this.state.cards.delete(cardId);
    else this.state.cards.get(cardId)!.open = false;
  }

  /** Books a closing of a card that is closed already, and pays. */
  private close(
    tx: Transaction,
    m: Merchant,
    cardId: string,
    card: Card,
    recipient: string,
    rule: ExitRuleName,
    released: bigint,
    refund: bigint,
  ): void {
    const complained = card.dispute?.kind === "Complaint";
    Object.assign(card, noFlags);
    m.balance -= refund;
    tx.emit("CardRefunded", { merchantId: m.id, cardId, recipient, rule, released, refunded: refund });
    this.lowerCapWarning(tx, m);
    this.emitPool(tx, m);
    if (complained) this.lookAtComplaints(tx, m);
    this.pay(tx, m, recipient, refund);
  }

  /* DISPUTES */

  complain(tx: Transaction, cardId: string, evidence: string): void {
    this.requireHolder(tx, cardId);
    this.openComplaint(tx, cardId, evidence);
  }

  complainWithSignature(tx: Transaction, cardId: string, evidence: string, deadline: bigint): void {
    this.openCard(cardId);
    this.requireSignedRequest(tx, cardId, deadline, evidence);
    this.openComplaint(tx, cardId, evidence);
  }

  private openComplaint(tx: Transaction, cardId: string, evidence: string): void {
    const card = this.openCard(cardId);
    this.requireNoDispute(cardId);
    const { m } = this.leaving(cardId);
    this.requireNoExit(tx, cardId);
    const regretted = this.isRegretted(cardId, this.reckonedAt(cardId, tx.now));
    const end = this.coolingOffEndsAt(cardId);
    const until = (this.serviceStop(m) ?? end) < end ? MaxUint256 : end;
    require(!regretted, "CardInCoolingOff", { cardId, nowAt: tx.now, until });
    const complaintFrom = this.state.complaintFrom.get(cardId) ?? 0n;
    require(tx.now >= complaintFrom, "CardComplaintTooEarly", { cardId, nowAt: tx.now, complaintFrom });
    card.exitRequestedAt = 0n;
    card.move = undefined;
    raiseNonce(card);
    const value = this.remaining(cardId);
    const { rulingFrom, rulingUntil } = this.beginDispute(tx, cardId, "Complaint", value);
    tx.emit("ComplaintOpened", {
      merchantId: m.id,
      cardId,
      holder: decodeCardId(cardId).holder,
      value,
      rulingFrom,
      rulingUntil,
      nonce: card.nonce,
      evidence,
    });
    this.lookAtComplaints(tx, m);
  }

  contestExit(tx: Transaction, cardId: string, evidence: string): void {
    const card = this.openCard(cardId);
    const { m, policy } = this.leaving(cardId);
    this.requireOperator(tx, m);
    this.requireStatus(m, m.status !== "RunOff", m.status);
    this.requireNoDispute(cardId);
    const since = this.pendingExit(cardId, tx.now);
    require(since !== 0n, "CardExitNotRequested", { cardId });
    require(!card.contestDismissed, "CardContestDismissed", { cardId });
    const executableAt = since + policy.exitDelay;
    require(tx.now < executableAt, "CardContestTooLate", { cardId, nowAt: tx.now, executableAt });
    // At stake is what the request pays when it falls due.
    const { rule, refund, forfeited } = this.quote(cardId, this.reckonedAt(cardId, tx.now), executableAt);
    require(rule === "NoObjection", "CardExitNotContestable", { cardId, rule });
    require(forfeited !== 0n, "CardExitPaysInFull", { cardId, refund });
    const { rulingFrom, rulingUntil } = this.beginDispute(tx, cardId, "Contest", 0n);
    tx.emit("ExitContested", { merchantId: m.id, cardId, operator: tx.sender, rulingFrom, rulingUntil, evidence });
  }

  resolve(tx: Transaction, cardId: string, upheld: boolean, awarded: bigint, decision: string): void {
    this.requireRole(tx, this.setting.association);
    const { card, dispute } = this.disputedCard(cardId);
    const { m } = this.leaving(cardId);
    this.requireRulingTime(tx, cardId, dispute);
    const { kind } = dispute;
    const merchantId = m.id;
    if (!upheld) {
      require(awarded === 0n, "CardAwardOnDismissal", { cardId, awarded });
      this.dismiss(tx, cardId, kind, decision);
      return;
    }
    tx.emit("DisputeUpheld", { merchantId, cardId, kind, awarded, decision });
    const { released, refund, forfeited } = this.quote(cardId, this.reckonedAt(cardId, tx.now), tx.now);
    const all = released + refund + forfeited;
    // From the amount at holder's cause on, as it is at the ruling.
    const paid = max(min(awarded, this.mostAwarded(cardId, tx.now)), refund);
    card.open = false;
    this.close(tx, m, cardId, card, decodeCardId(cardId).holder, "Ruling", all - paid, paid);
  }

  /** The most a ruling can give: of a complaint about a pass, no time counts that may have been shut when it was made. */
  private mostAwarded(cardId: string, now: bigint): bigint {
    const card = this.state.cards.get(cardId)!;
    const { program, policy } = this.originOf(cardId);
    const moment = this.reckonedAt(cardId, now);
    const { kind, beganAt } = card.dispute!;
    if (kind === "Contest" || program.kind !== "Pass") return this.inFull(cardId, now).refund;
    const ran = this.ranBy(cardId, min(moment, beganAt - policy.accrualDelay));
    return card.principal - releasedBy(program, max(card.consumed, ran));
  }

  private dismiss(tx: Transaction, cardId: string, kind: Dispute["kind"], decision: string): void {
    const card = this.state.cards.get(cardId)!;
    const { m, program } = this.originOf(cardId);
    card.dispute = undefined;
    const complaintFrom = kind === "Complaint" ? this.delayComplaint(tx, cardId) : 0n;
    tx.emit("DisputeDismissed", { merchantId: m.id, cardId, kind, complaintFrom, decision });
    if (kind === "Complaint") {
      this.lookAtComplaints(tx, m);
      return;
    }
    // A pass was not used while the contest about it lasted.
    if (program.kind === "Pass") this.extendSince(tx, cardId, card.exitRequestedAt);
    card.exitRequestedAt = 0n;
    card.contestDismissed = true;
  }

  resolveByExtension(tx: Transaction, cardId: string, extension: bigint, decision: string): void {
    this.requireRole(tx, this.setting.association);
    const { card, dispute } = this.complainedCard(cardId);
    const { m, program } = this.leaving(cardId);
    this.requireRulingTime(tx, cardId, dispute);
    require(program.kind === "Pass", "CardNotAPass", { programId: decodeCardId(cardId).programId });
    this.extend(tx, cardId, extension);
    card.dispute = undefined;
    tx.emit("ComplaintEnded", { merchantId: m.id, cardId, complaintFrom: 0n, decision });
    this.lookAtComplaints(tx, m);
  }

  endComplaint(tx: Transaction, cardId: string): void {
    const { card } = this.complainedCard(cardId);
    this.leaving(cardId);
    const endsAt = this.complaintEndsAt(cardId);
    require(tx.now >= endsAt, "CardComplaintPending", { cardId, nowAt: tx.now, endsAt });
    card.dispute = undefined;
    this.endWithoutEffect(tx, cardId);
  }

  private endWithoutEffect(tx: Transaction, cardId: string): void {
    const { m } = this.originOf(cardId);
    const complaintFrom = this.delayComplaint(tx, cardId);
    tx.emit("ComplaintEnded", { merchantId: m.id, cardId, complaintFrom, decision: ZeroHash });
    this.lookAtComplaints(tx, m);
  }

  /** The next complaint about the card waits. */
  private delayComplaint(tx: Transaction, cardId: string): bigint {
    const complaintFrom = tx.now + this.originOf(cardId).policy.rulingTimeout;
    this.state.complaintFrom.set(cardId, complaintFrom);
    return complaintFrom;
  }

  /** From when anyone may end a complaint that nobody ruled on: its holder has an exit delay, and the time of a flag raised since. */
  complaintEndsAt(cardId: string): bigint {
    const { m, policy } = this.originOf(cardId);
    const { beganAt, rulingUntil } = this.state.cards.get(cardId)!.dispute!;
    const end = rulingUntil + policy.exitDelay;
    if (m.withdrawn === undefined || m.withdrawn.flaggedAt < beganAt) return end;
    return end + m.withdrawn.withdrawnAt - m.withdrawn.flaggedAt;
  }

  executeDispute(tx: Transaction, cardId: string): void {
    this.endDispute(tx, cardId, decodeCardId(cardId).holder);
  }

  private endDispute(tx: Transaction, cardId: string, recipient: string): void {
    const { card, dispute } = this.disputedCard(cardId);
    const { m } = this.leaving(cardId);
    const { rulingUntil } = dispute;
    require(tx.now >= rulingUntil, "CardRulingPending", { cardId, nowAt: tx.now, rulingUntil });
    const { rule, released, refund, forfeited } = this.quote(cardId, this.reckonedAt(cardId, tx.now), tx.now);
    // Who complains has not asked to leave: nobody else makes the holder lose anything by it.
    if (dispute.kind === "Complaint" && forfeited !== 0n) this.requireHolder(tx, cardId);
    this.closeSlot(cardId, rule, tx.now);
    const named = rule === "RunOff" ? rule : "RulingTimeout";
    this.close(tx, m, cardId, card, recipient, named, released + forfeited, refund);
  }

  private beginDispute(tx: Transaction, cardId: string, kind: Dispute["kind"], value: bigint): Dispute {
    const { policy } = this.originOf(cardId);
    const dispute = {
      kind,
      value,
      beganAt: tx.now,
      rulingFrom: tx.now + policy.exitDelay,
      rulingUntil: tx.now + policy.rulingTimeout,
    };
    this.state.cards.get(cardId)!.dispute = dispute;
    return dispute;
  }

  /* MOVES */

  requestMove(tx: Transaction, cardId: string, to: string): void {
    const card = this.openCard(cardId);
    const { holder } = decodeCardId(cardId);
    const byHolder = tx.sender === holder;
    const recovery = this.state.recoveries.get(holder);
    const allowed = byHolder || tx.sender === recovery?.account;
    require(allowed, "CardHolderOnly", { cardId, caller: tx.sender, holder });
    const { m, policy } = this.leaving(cardId);
    this.requireMovable(m, tx.now);
    this.requireNoDispute(cardId);
    if (!byHolder && this.yieldsToRecovery(cardId, tx.now)) {
      this.extendSince(tx, cardId, card.exitRequestedAt);
      card.exitRequestedAt = 0n;
    }
    this.requireNoExit(tx, cardId);
    this.requireUsable(m.token, to);
    const pending = this.pendingMove(cardId, tx.now);
    const free = pending === undefined || (byHolder && pending.naming !== undefined);
    require(free, "CardMovePending", { cardId, executableAt: pending?.notBefore });
    const notBefore = tx.now + (byHolder ? policy.exitDelay : RECOVERY_DELAY);
    card.move = { to, requestedAt: tx.now, notBefore, ...(byHolder ? {} : { naming: recovery!.naming }) };
    if (byHolder) raiseNonce(card);
    tx.emit("MoveRequested", {
      merchantId: m.id,
      cardId,
      to,
      by: tx.sender,
      executableAt: notBefore,
      lapsesAt: notBefore + policy.exitDelay,
      nonce: card.nonce,
    });
  }

  /** A request to leave a pass that nobody has executed: if the key is lost, nobody can take it back. */
  private yieldsToRecovery(cardId: string, now: bigint): boolean {
    const { m, program, policy } = this.originOf(cardId);
    const since = this.pendingExit(cardId, now);
    if (program.kind !== "Pass" || since === 0n) return false;
    return now >= this.lapsesAt(m, since, since + policy.exitDelay, policy.exitDelay);
  }

  consentMove(tx: Transaction, cardId: string, nonce: bigint): void {
    const card = this.openCard(cardId);
    const { m, policy, move } = this.moving(tx, cardId);
    this.requireOperator(tx, m);
    require(move.naming === undefined, "CardMoveByRecovery", { cardId });
    require(card.nonce === nonce, "CardNonceMismatch", { cardId, nonce, cardNonce: card.nonce });
    const executableAt = move.notBefore;
    require(tx.now < executableAt, "CardMoveAlreadyDue", { cardId, nowAt: tx.now, executableAt });
    card.move = { to: move.to, requestedAt: tx.now, notBefore: tx.now };
    tx.emit("MoveConsented", {
      merchantId: m.id,
      cardId,
      operator: tx.sender,
      executableAt: tx.now,
      lapsesAt: tx.now + policy.exitDelay,
    });
  }

  cancelMove(tx: Transaction, cardId: string): void {
    const card = this.openCard(cardId);
    const holder = this.requireHolder(tx, cardId);
    require(this.pendingMove(cardId, tx.now) !== undefined, "CardMoveNotRequested", { cardId });
    card.move = undefined;
    tx.emit("MoveCancelled", { merchantId: this.originOf(cardId).m.id, cardId, holder });
  }

  executeMove(tx: Transaction, cardId: string, serial: bigint): void {
    const card = this.openCard(cardId);
    const { m, move } = this.moving(tx, cardId);
    const executableAt = move.notBefore;
    require(tx.now >= executableAt, "CardMoveTooEarly", { cardId, nowAt: tx.now, executableAt });
    const { programId } = decodeCardId(cardId);
    const newCardId = encodeCardId({ holder: move.to, programId, serial });
    require(!this.state.cards.has(newCardId), "CardSerialTaken", { cardId: newCardId });
    this.requireNextSerial(move.to, programId, serial);
    this.state.cards.set(newCardId, { ...card, move: undefined });
    Object.assign(card, noFlags, { open: false });
    const complaintFrom = this.state.complaintFrom.get(cardId);
    if (complaintFrom !== undefined) this.state.complaintFrom.set(newCardId, complaintFrom);
    tx.emit("CardMoved", { merchantId: m.id, cardId, to: move.to, newCardId });
  }

  setRecovery(tx: Transaction, account: string): void {
    const forbidden = account === this.setting.escrow || this.isVault(account);
    require(!forbidden, "RecipientForbidden", { recipient: account });
    const naming = (this.state.recoveries.get(tx.sender)?.naming ?? 0n) + 1n;
    this.state.recoveries.set(tx.sender, { account, naming });
    tx.emit("RecoverySet", { holder: tx.sender, recovery: account });
  }

  /* SUPERVISION */

  suspend(tx: Transaction, merchantId: bigint, evidence: string): void {
    this.requireRole(tx, this.setting.regulator);
    const m = this.merchantOf(merchantId);
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "Active", status);
    if (m.suspendedUntil !== 0n) this.requireFrom(tx, merchantId, m.suspendedUntil + SUSPENSION);
    m.status = "Suspended";
    m.suspendedUntil = tx.now + SUSPENSION;
    tx.emit("MerchantSuspended", { merchantId, until: m.suspendedUntil, evidence });
  }

  resume(tx: Transaction, merchantId: bigint): void {
    this.requireRole(tx, this.setting.regulator);
    const m = this.merchantOf(merchantId);
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "Suspended", status);
    m.status = "Active";
    m.suspendedUntil = tx.now;
    tx.emit("MerchantResumed", { merchantId, suspendedUntil: tx.now });
  }

  startRunOff(tx: Transaction, merchantId: bigint, lastServiceAt: bigint): void {
    const byOwner = tx.sender === this.state.merchants.get(merchantId)?.owner;
    if (!byOwner) this.requireRole(tx, this.setting.regulator);
    const m = this.merchantOf(merchantId);
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "Active" || (status === "Suspended" && !byOwner), status);
    const noticeEndsAt = tx.now + this.policyOf(m.policyId).runOffNotice;
    require(lastServiceAt >= tx.now && lastServiceAt <= noticeEndsAt, "MerchantTimeOutOfRange", {
      merchantId,
      time: lastServiceAt,
      min: tx.now,
      max: noticeEndsAt,
    });
    m.status = "RunOff";
    m.runOff = { lastServiceAt, noticeEndsAt };
    tx.emit("RunOffStarted", { merchantId, lastServiceAt, noticeEndsAt });
  }

  closeMerchant(tx: Transaction, merchantId: bigint): void {
    const m = this.merchantOf(merchantId);
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "RunOff", status);
    this.requireFrom(tx, merchantId, m.runOff!.noticeEndsAt);
    const outstanding = this.outstanding(merchantId);
    require(outstanding === 0n, "MerchantOutstandingLeft", { merchantId, outstanding });
    m.status = "Closed";
    m.hadClosed = true;
    tx.emit("MerchantClosed", { merchantId });
  }

  flagDefault(tx: Transaction, merchantId: bigint, serviceStoppedAt: bigint, evidence: string): void {
    this.requireRole(tx, this.setting.regulator);
    const m = this.merchantOf(merchantId);
    this.requireStatus(m, m.status !== "Defaulted", m.status);
    require(serviceStoppedAt <= tx.now, "MerchantTimeOutOfRange", {
      merchantId,
      time: serviceStoppedAt,
      min: 0n,
      max: tx.now,
    });
    const windowEndsAt = tx.now + m.finalSettlement;
    m.status = "Defaulted";
    m.flag = { flaggedAt: tx.now, serviceStoppedAt, windowEndsAt };
    const withdrawable = m.withdrawn === undefined;
    tx.emit("DefaultFlagged", { merchantId, serviceStoppedAt, windowEndsAt, withdrawable, evidence });
  }

  withdrawDefault(tx: Transaction, merchantId: bigint): void {
    this.requireRole(tx, this.setting.regulator);
    const m = this.merchantOf(merchantId);
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "Defaulted", status);
    require(m.withdrawn === undefined, "MerchantFlagStands", { merchantId });
    const { flaggedAt, windowEndsAt } = this.flagOf(m);
    const inTime = tx.now < windowEndsAt;
    require(inTime, "MerchantSettlementClosed", { merchantId, nowAt: tx.now, windowEndedAt: windowEndsAt });
    m.withdrawn = { flaggedAt, withdrawnAt: tx.now };
    m.status = this.beforeFlag(m);
    if (m.status === "Suspended") m.suspendedUntil = tx.now + SUSPENSION;
    tx.emit("DefaultWithdrawn", {
      merchantId,
      status: m.status,
      suspendedUntil: m.suspendedUntil,
      withdrawnAt: tx.now,
    });
  }

  /** What a merchant goes back to: who did business is suspended; a run-off goes on; who had closed is closed. */
  private beforeFlag(m: Merchant): MerchantStatusName {
    if (m.runOff === undefined) return "Suspended";
    return m.hadClosed ? "Closed" : "RunOff";
  }

  reportHolderExposure(tx: Transaction, merchantId: bigint, cardIds: readonly string[]): void {
    const m = this.merchantOf(merchantId);
    let principal = 0n;
    let previous = ZeroHash;
    for (const [i, cardId] of cardIds.entries()) {
      const sameHolder = decodeCardId(cardId).holder === decodeCardId(previous).holder;
      const next = i === 0 || (BigInt(cardId) > BigInt(previous) && sameHolder);
      require(next, "ExposureCardsUnordered", { cardId, previous });
      const program = this.state.programs.get(decodeCardId(cardId).programId);
      require(program?.merchantId === merchantId, "CardOtherMerchant", { cardId, merchantId });
      principal += this.openCard(cardId).principal;
      previous = cardId;
    }
    const limit = this.policyOf(m.policyId).maxHolderExposure;
    require(limit !== 0n && principal > limit, "ExposureWithinLimit", { principal, limit });
    const { holder } = decodeCardId(previous);
    const { principal: highest, repeatableFrom } = m.exposures.get(holder) ?? { principal: 0n, repeatableFrom: 0n };
    const reportable = principal > highest || tx.now >= repeatableFrom;
    require(reportable, "ExposureReported", { principal, highest, repeatableFrom });
    m.exposures.set(holder, { principal, repeatableFrom: tx.now + REPEAT_AFTER });
    warn(tx, merchantId, "HolderExposure", cardIds[0]!, principal, limit, "Warning");
  }

  /* WARNINGS */

  reviewWarnings(tx: Transaction, merchantId: bigint): void {
    const m = this.merchantOf(merchantId);
    this.lowerCapWarning(tx, m);
    this.raiseCapWarning(tx, m);
    this.lookAtComplaints(tx, m);
  }

  private raiseCapWarning(tx: Transaction, m: Merchant): void {
    if (m.cap === 0n) return;
    const cap = inBaseUnits(m.cap);
    const outstanding = this.outstanding(m.id);
    if (outstanding > cap) {
      if (m.capWarning !== "Warning") this.setCapWarning(tx, m, "Warning", cap, outstanding);
    } else if (m.capWarning === undefined && !percent(cap, 90n).isAtLeast(outstanding)) {
      this.setCapWarning(tx, m, "Notice", percent(cap, 90n).floor(), outstanding);
    }
  }

  private lowerCapWarning(tx: Transaction, m: Merchant): void {
    if (m.capWarning === undefined) return;
    const cap = inBaseUnits(m.cap);
    const outstanding = this.outstanding(m.id);
    if (m.cap === 0n || percent(cap, 85n).isAtLeast(outstanding)) {
      m.capWarning = undefined;
      tx.emit("WarningCleared", { merchantId: m.id, kind: "OutstandingCap" });
    } else if (m.capWarning === "Warning" && percent(cap, 95n).isAtLeast(outstanding)) {
      this.setCapWarning(tx, m, "Notice", percent(cap, 90n).floor(), outstanding);
    }
  }

  private setCapWarning(
    tx: Transaction,
    m: Merchant,
    level: "Notice" | "Warning",
    limit: bigint,
    outstanding: bigint,
  ): void {
    m.capWarning = level;
    warn(tx, m.id, "OutstandingCap", ZeroHash, outstanding, limit, level);
  }

  /** Raised by a count and a share of what is outstanding together; more that is outstanding since does not clear it. */
  private lookAtComplaints(tx: Transaction, m: Merchant, outstanding = this.outstanding(m.id)): void {
    const { complaintCount: limit, complaintBps } = this.policyOf(m.policyId);
    const { count, value } = this.complaintsOf(m.id);
    const grown = m.complaintsWarning && outstanding > m.complaintsAgainst;
    if (!grown) m.complaintsAgainst = outstanding;
    const share = new Fraction(m.complaintsAgainst * complaintBps, BPS);
    const passed = limit !== 0n && count >= limit && !share.isAbove(value);
    if (passed === m.complaintsWarning) return;
    m.complaintsWarning = passed;
    if (passed) warn(tx, m.id, "Complaints", ZeroHash, count, limit, "Warning");
    else tx.emit("WarningCleared", { merchantId: m.id, kind: "Complaints" });
  }

  /* WHAT FOLLOWS FROM THE RECORDS */

  statusOf(m: Merchant, now: bigint): MerchantStatusName {
    return m.status === "Suspended" && now >= m.suspendedUntil ? "Active" : m.status;
  }

  payoutOf(m: Merchant, now: bigint): string {
    const change = m.payoutChange;
    return change !== undefined && now >= change.effectiveAt ? change.to : m.payout;
  }

  /** The open cards of a merchant, by id. */
  openCards(merchantId: bigint): [string, Card][] {
    return [...this.state.cards].filter(
      ([id, card]) => card.open && this.state.programs.get(decodeCardId(id).programId)!.merchantId === merchantId,
    );
  }

  outstanding(merchantId: bigint): bigint {
    return this.openCards(merchantId).reduce((sum, [id]) => sum + this.remaining(id), 0n);
  }

  releasable(m: Merchant): bigint {
    return m.balance - this.outstanding(m.id);
  }

  complaintsOf(merchantId: bigint): { count: bigint; value: bigint } {
    const complaints = this.openCards(merchantId).filter(([, card]) => card.dispute?.kind === "Complaint");
    return {
      count: BigInt(complaints.length),
      value: complaints.reduce((sum, [, card]) => sum + card.dispute!.value, 0n),
    };
  }

  /** Principal not yet released, as booked; zero of a card that is not open. */
  remaining(cardId: string): bigint {
    const card = this.state.cards.get(cardId);
    if (!card?.open) return 0n;
    return card.principal - releasedBy(this.originOf(cardId).program, card.consumed);
  }

  originOf(cardId: string): { m: Merchant; program: Program; policy: Policy } {
    const program = this.state.programs.get(decodeCardId(cardId).programId)!;
    return { m: this.merchantOf(program.merchantId), program, policy: this.policyOf(program.policyId) };
  }

  /** When the pending request to leave was made; zero if there is none or it has lapsed. None lapses in a contest or of a pass. */
  pendingExit(cardId: string, now: bigint): bigint {
    const { exitRequestedAt, dispute } = this.state.cards.get(cardId)!;
    if (exitRequestedAt === 0n || dispute !== undefined) return exitRequestedAt;
    const { m, program, policy } = this.originOf(cardId);
    if (program.kind === "Pass") return exitRequestedAt;
    const lapsesAt = this.lapsesAt(m, exitRequestedAt, exitRequestedAt + policy.exitDelay, policy.exitDelay);
    return this.clock(m, now) < lapsesAt ? exitRequestedAt : 0n;
  }

  pendingMove(cardId: string, now: bigint): Move | undefined {
    const card = this.state.cards.get(cardId);
    const move = card?.move;
    if (!card?.open || move === undefined) return undefined;
    const { m, policy } = this.originOf(cardId);
    const naming = this.state.recoveries.get(decodeCardId(cardId).holder)?.naming;
    if (move.naming !== undefined && move.naming !== naming) return undefined;
    const lapsesAt = this.lapsesAt(m, move.requestedAt, move.notBefore, policy.exitDelay);
    return this.clock(m, now) < lapsesAt ? move : undefined;
  }

  /** One exit delay after it fell due; the time a flag was up while it was pending does not count. */
  lapsesAt(m: Merchant, requestedAt: bigint, dueAt: bigint, exitDelay: bigint): bigint {
    const end = dueAt + exitDelay;
    if (m.withdrawn === undefined) return end;
    const { flaggedAt, withdrawnAt } = m.withdrawn;
    const pendingAtFlag = requestedAt < withdrawnAt && flaggedAt < end;
    return pendingAtFlag ? end + withdrawnAt - flaggedAt : end;
  }

  /** A flag that is up stops the clock of lapses. */
  private clock(m: Merchant, now: bigint): bigint {
    return m.status === "Defaulted" ? this.flagOf(m).flaggedAt : now;
  }

  refundsOpen(m: Merchant, now: bigint): boolean {
    if (m.status === "Defaulted") return now >= this.flagOf(m).windowEndsAt;
    return m.status === "RunOff" && now >= m.runOff!.noticeEndsAt;
  }

  isVault(account: string): boolean {
    return [...this.state.merchants.values()].some(({ vault }) => vault === account);
  }

  flagOf(m: Merchant): NonNullable<Merchant["flag"]> {
    return m.flag!;
  }

  /** The key that signs for an account: its own, or that of a contract wallet. */
  keyOf(account: string): string {
    return this.setting.walletKeys.get(account) ?? account;
  }

  /* CHECKS */

  private requireRole(tx: Transaction, account: string): void {
    require(tx.sender === account, "AccessManagedUnauthorized", { caller: tx.sender });
  }

  private requireStatus(m: Merchant, holds: boolean, status: MerchantStatusName): void {
    require(holds, "MerchantStatusForbids", { merchantId: m.id, status });
  }

  private requireFrom(tx: Transaction, merchantId: bigint, notBefore: bigint): void {
    require(tx.now >= notBefore, "MerchantTooEarly", { merchantId, nowAt: tx.now, notBefore });
  }

  merchantOf(merchantId: bigint): Merchant {
    const m = this.state.merchants.get(merchantId);
    require(m !== undefined, "MerchantUnknown", { merchantId });
    return m;
  }

  private ownedMerchant(tx: Transaction, merchantId: bigint): Merchant {
    const m = this.merchantOf(merchantId);
    require(tx.sender === m.owner, "MerchantOwnerOnly", { merchantId, caller: tx.sender, owner: m.owner });
    return m;
  }

  policyOf(policyId: bigint): Policy {
    const policy = this.state.policies.get(policyId);
    require(policy !== undefined, "PolicyUnknown", { policyId });
    return policy;
  }

  private requireOperator(tx: Transaction, m: Merchant): void {
    require(m.operators.has(tx.sender), "MerchantOperatorOnly", { merchantId: m.id, account: tx.sender });
  }

  private requireUsable(token: string, account: string): void {
    const forbidden =
      account === ZeroAddress || account === this.setting.escrow || account === token || this.isVault(account);
    require(!forbidden, "RecipientForbidden", { recipient: account });
  }

  private requireNextSerial(holder: string, programId: bigint, serial: bigint): void {
    if (serial === 0n) return;
    const previous = encodeCardId({ holder, programId, serial: serial - 1n });
    require(this.state.cards.has(previous), "CardSerialNotNext", { cardId: previous });
  }

  private openCard(cardId: string): Card {
    const card = this.state.cards.get(cardId);
    require(card?.open === true, "CardNotOpen", { cardId, status: card === undefined ? "None" : "Closed" });
    return card;
  }

  private requireHolder(tx: Transaction, cardId: string): string {
    const { holder } = decodeCardId(cardId);
    require(tx.sender === holder, "CardHolderOnly", { cardId, caller: tx.sender, holder });
    return holder;
  }

  /** A flag, and the end of a run-off, replace whatever a holder can do alone. */
  private leaving(cardId: string): { m: Merchant; program: Program; policy: Policy } {
    const origin = this.originOf(cardId);
    const { m } = origin;
    this.requireStatus(m, m.status !== "Defaulted" && m.status !== "Closed", m.status);
    return origin;
  }

  private requireNoExit(tx: Transaction, cardId: string): void {
    const since = this.pendingExit(cardId, tx.now);
    const executableAt = since + this.originOf(cardId).policy.exitDelay;
    require(since === 0n, "CardExitPending", { cardId, executableAt });
  }

  private requireNoDispute(cardId: string): void {
    const dispute = this.state.cards.get(cardId)!.dispute;
    require(dispute === undefined, "CardInDispute", { cardId, kind: dispute?.kind });
  }

  private disputedCard(cardId: string): { card: Card; dispute: Dispute } {
    const card = this.openCard(cardId);
    require(card.dispute !== undefined, "CardNotInDispute", { cardId });
    return { card, dispute: card.dispute };
  }

  private complainedCard(cardId: string): { card: Card; dispute: Dispute } {
    const disputed = this.disputedCard(cardId);
    require(disputed.dispute.kind === "Complaint", "CardNoComplaint", { cardId, kind: "Contest" });
    return disputed;
  }

  private requireRulingTime(tx: Transaction, cardId: string, { rulingFrom, rulingUntil }: Dispute): void {
    const inTime = tx.now >= rulingFrom && tx.now < rulingUntil;
    require(inTime, "CardRulingOutOfTime", { cardId, nowAt: tx.now, rulingFrom, rulingUntil });
  }

  private requireMovable(m: Merchant, now: bigint): void {
    this.requireStatus(m, !this.refundsOpen(m, now), m.status);
  }

  private moving(tx: Transaction, cardId: string): { m: Merchant; policy: Policy; move: Move } {
    const { m, policy } = this.leaving(cardId);
    this.requireMovable(m, tx.now);
    const move = this.pendingMove(cardId, tx.now);
    require(move !== undefined, "CardMoveNotRequested", { cardId });
    return { m, policy, move };
  }

  private requireRefundsOpen(tx: Transaction, m: Merchant): void {
    const status = this.statusOf(m, tx.now);
    this.requireStatus(m, status === "Defaulted" || status === "RunOff", status);
    this.requireFrom(tx, m.id, status === "Defaulted" ? this.flagOf(m).windowEndsAt : m.runOff!.noticeEndsAt);
  }

  private requireDeadline(tx: Transaction, deadline: bigint): void {
    require(tx.now <= deadline, "SignatureExpired", { nowAt: tx.now, deadline });
    const latest = tx.now + MAX_AGE;
    require(deadline <= latest, "SignatureDeadlineTooFar", { deadline, max: latest });
  }

  /** The holder signed this card, its nonce, and what else there is to sign. */
  private requireSignedRequest(tx: Transaction, cardId: string, deadline: bigint, evidence?: string): void {
    this.requireDeadline(tx, deadline);
    const { holder } = decodeCardId(cardId);
    const { nonce } = this.state.cards.get(cardId)!;
    const signed = this.signatureOf(tx);
    const valid =
      signed.signer === this.keyOf(holder) &&
      signed.cardId === cardId &&
      signed.nonce === nonce &&
      signed.evidence === evidence;
    require(valid, "SignatureInvalid", { signer: holder });
  }

  private signatureOf(tx: Transaction): Signed {
    if (tx.signed === undefined) throw new Error("The call carries a signature; say whose.");
    return tx.signed;
  }

  private tokenOf(m: Merchant): TokenModel {
    return this.tokens.get(m.token)!;
  }

  private pay(tx: Transaction, m: Merchant, to: string, amount: bigint): void {
    if (amount !== 0n) this.tokenOf(m).move(tx, m.vault, to, amount);
  }

  private emitPool(tx: Transaction, m: Merchant): void {
    tx.emit("PoolUpdated", { merchantId: m.id, outstanding: this.outstanding(m.id), balance: m.balance });
  }
}

/** floor(consumed × price / units); an open amount is spent one for one. */
function releasedBy(program: Program, consumed: bigint): bigint {
  return program.price === 0n ? consumed : new Fraction(program.price, program.units).times(consumed).floor();
}

function ruleForAll(m: Merchant): ExitRuleName {
  return m.status === "Defaulted" ? "Default" : "RunOff";
}

/** What ends with a card that is closed or goes to another holder. */
const noFlags = { move: undefined, dispute: undefined, contestDismissed: false, coolingOffOver: false } as const;

/** Cooling-off of a pass as a share of its term. */
function shareOfTerm({ coolingOffTermBps }: Policy, term: bigint): bigint {
  return min(new Fraction(term * coolingOffTermBps, BPS).floor(), MAX_COOLING_OFF_SHARE);
}

function hasFees({ feeFlat, feePriceBps, feeRestBps, coolingOffFeeBps }: Policy): boolean {
  return [feeFlat, feePriceBps, feeRestBps, coolingOffFeeBps].some((fee) => fee !== 0n);
}

function raiseNonce(card: Card): void {
  card.nonce = (card.nonce + 1n) % 256n;
}

function inBaseUnits(wholeTokens: bigint): bigint {
  return wholeTokens * 10n ** DECIMALS;
}

function percent(value: bigint, percents: bigint): Fraction {
  return new Fraction(value * percents, 100n);
}

function warn(
  tx: Transaction,
  merchantId: bigint,
  kind: string,
  cardId: string,
  observed: bigint,
  limit: bigint,
  level: "Notice" | "Warning",
): void {
  tx.emit("WarningRaised", { merchantId, kind, cardId, observed, limit, level });
}

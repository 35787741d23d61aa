// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IWarnings} from "./IWarnings.sol";

/* TYPES */

/// @notice What the units of a program are: money, visits or seconds.
enum ProgramKind {
    StoredValue,
    Count,
    Pass
}

/// @notice The life of a merchant: `Active → Suspended ↔ Active`, `Active → RunOff → Closed`, and any of them `→ Defaulted`.
enum MerchantStatus {
    None,
    Active,
    Suspended,
    RunOff,
    Closed,
    Defaulted
}

/// @notice The life of a card. A closed card keeps its slot, so that no old signature revives with its id.
enum CardStatus {
    None,
    Open,
    Closed
}

/// @notice Why an item of a batch, a voucher or a pass, changed nothing.
/// @dev `Stale`: not above what is booked already. `CardNotOpen`: no such card, or closed. `OtherMerchant`: not this
/// merchant's card. `OverFace`: more than the card's units. `BadSignature`: not the holder's. `Pass`: a pass, which is
/// consumed by time. `NotAPass`: not consumed by time. `Waiting`: a pass whose time is not counted for the present.
enum SkipReason {
    Stale,
    CardNotOpen,
    OtherMerchant,
    OverFace,
    BadSignature,
    Pass,
    NotAPass,
    Waiting
}

/// @notice The rule that decides what a closing card pays.
/// @dev Issuer's cause, the whole of `remaining`: `CoolingOff`, `MerchantConsent`, `RunOff`, `Default`. Holder's cause, the
/// list price for what was consumed: `Unilateral` (cannot be contested), `NoObjection` (the merchant did not contest) and
/// `RulingTimeout` (the association did not rule in time; within cooling-off all that remains). Between the two: `Ruling`.
enum ExitRule {
    None,
    CoolingOff,
    Unilateral,
    NoObjection,
    MerchantConsent,
    RunOff,
    Default,
    Ruling,
    RulingTimeout
}

/// @notice What a dispute is about: a holder's complaint, or a merchant's contest of a holder's exit.
enum DisputeKind {
    None,
    Complaint,
    Contest
}

/// @notice The rules a merchant is under. Immutable once added. A limit of zero means that there is none.
/// @param token ERC-20 token of every card under the policy.
/// @param exitDelay Seconds between a request to leave and its execution, for the merchant to settle what is signed; 1–30 days.
/// @param coolingOff Seconds from a card's start in which the holder may leave at issuer's cause; 0–30 days.
/// @param coolingOffRequiresUnused Whether that right ends with the first consumption.
/// @param unilateralExit Whether the holder may leave at any time without the merchant's consent.
/// @param rejectOverLimit Whether a card over its limit is refused rather than sold with a warning.
/// @param rejectOverCap Whether a sale over the merchant's cap is refused rather than made with a warning.
/// @param maxNamed Largest principal of a named card, in token base units.
/// @param maxBearer Largest principal of a bearer card, in token base units.
/// @param maxPassTerm Longest pass, in seconds; never above 10 years.
/// @param maxCount Most visits of a count card.
/// @param maxListBps Largest list price in basis points of the price; 10 000–30 000.
/// @param maxHolderExposure Largest principal of one holder's cards at one merchant, in token base units.
/// @param accrualDelay Seconds that the release of a pass lags behind its time; 0–60 days.
/// @param rulingTimeout Seconds from a dispute's beginning after which it can no longer be ruled on; the association rules from
/// `exitDelay` on, and has a day at least: max(exitDelay + 1 day, 7 days)–90 days.
/// @param runOffNotice Seconds between a run-off's announcement and the refund of every card; max(exitDelay, 7 days)–90 days.
/// @param finalSettlement Seconds after a default flag in which vouchers can still be settled; 3–30 days.
/// @param complaintCount Open complaints from which `Complaints` is raised.
/// @param complaintBps Share of the outstanding value in basis points that the open complaints must reach as well.
/// @param maxAdvance Seconds a pass may start after its purchase; at most 1 year.
struct Policy {
    // slot 0
    address token;
    uint32 exitDelay;
    uint32 coolingOff;
    bool coolingOffRequiresUnused;
    bool unilateralExit;
    bool rejectOverLimit;
    bool rejectOverCap;
    // slot 1
    uint88 maxNamed;
    uint88 maxBearer;
    uint32 maxPassTerm;
    uint32 maxCount;
    uint16 maxListBps;
    // slot 2
    uint88 maxHolderExposure;
    uint32 accrualDelay;
    uint32 rulingTimeout;
    uint32 runOffNotice;
    uint32 finalSettlement;
    uint16 complaintCount;
    uint16 complaintBps;
    // slot 3
    uint32 maxAdvance;
}

/// @notice What a merchant offers. A card is one package of it.
/// @param kind What the units are.
/// @param bearer Whether the card is a bearer card; the policy limits bearer and named cards apart.
/// @param price Principal of a card in token base units; zero for a stored-value card of any amount.
/// @param units Face of a card: money in token base units, visits, or seconds; zero when `price` is zero.
/// @param listPrice Price of all units without discount: `units` for stored value, `price` for passes; zero when `price` is zero.
/// @param metadataURI Where a person reads what is sold. Only emitted.
struct ProgramTerms {
    ProgramKind kind;
    bool bearer;
    uint88 price;
    uint88 units;
    uint88 listPrice;
    string metadataURI;
}

/// @notice One card to be bought.
/// @param programId What is bought.
/// @param holder Who will own the card.
/// @param principal Amount paid, in token base units.
/// @param serial Number of the card among the holder's cards of the program; the lowest free one by convention. Only the holder
/// may leave a gap: sent by anyone else, it is zero or the one after a taken one.
/// @param startsAt Unix time at which a pass begins; zero for now and for every other kind.
struct Purchase {
    uint32 programId;
    address holder;
    uint88 principal;
    uint64 serial;
    uint32 startsAt;
}

/// @notice A voucher: a consumption signed by an account with a key.
/// @param cardId The card.
/// @param cumulative The card's consumption so far, this consumption included, in units of its program.
/// @param receipt Head of the card's receipt chain.
/// @param r Signature, compact form of ERC-2098, with `vs`.
struct KeyVoucher {
    bytes32 cardId;
    uint88 cumulative;
    bytes32 receipt;
    bytes32 r;
    bytes32 vs;
}

/// @notice A voucher of a holder that is a contract (ERC-1271).
/// @param signature Whatever the holder's contract accepts.
struct ContractVoucher {
    bytes32 cardId;
    uint88 cumulative;
    bytes32 receipt;
    bytes signature;
}

/// @notice A merchant as it stands now.
/// @param status The effective one: a lapsed suspension reads as `Active`.
/// @param owner Manages programs, operators, payout and run-off.
/// @param payout Receives what is released; the effective one.
/// @param vault Holds the merchant's tokens.
/// @param token The only token of this merchant.
/// @param policyId The policy new programs are published under.
/// @param nextOwner Who may accept the ownership from `ownershipAcceptableAt`; zero if nobody.
/// @param nextPayout Who becomes `payout` at `payoutChangesAt`; zero if nobody.
/// @param suspendedUntil End of the last suspension.
/// @param lastServiceAt Last moment of service announced with a run-off.
/// @param noticeEndsAt End of the run-off's notice.
/// @param serviceStoppedAt When service stopped, said the default flag.
/// @param flaggedAt When default was flagged.
/// @param windowEndsAt End of the final settlement window of that flag.
/// @param withdrawnAt When the first flag was withdrawn; zero if it was not. A flag after that stands.
/// @param complaintCount Complaints that are open.
/// @param complaintValue What remained of their cards when they were opened, in token base units.
struct MerchantView {
    MerchantStatus status;
    address owner;
    address payout;
    address vault;
    address token;
    uint32 policyId;
    address nextOwner;
    uint32 ownershipAcceptableAt;
    address nextPayout;
    uint32 payoutChangesAt;
    uint32 suspendedUntil;
    uint32 lastServiceAt;
    uint32 noticeEndsAt;
    uint32 serviceStoppedAt;
    uint32 flaggedAt;
    uint32 windowEndsAt;
    uint32 withdrawnAt;
    uint32 complaintCount;
    uint128 complaintValue;
}

/// @notice A merchant's money, in token base units.
/// @param outstanding What holders can still use or take back.
/// @param balance What is accounted to the vault; never below `outstanding`.
/// @param outstandingCap The regulator's ceiling on `outstanding` in whole tokens; zero for none.
struct PoolView {
    uint256 outstanding;
    uint256 balance;
    uint256 outstandingCap;
}

/// @notice A program as published.
/// @param retired Whether it is sold no more; its cards keep their rights.
/// @param policyId The policy it was published under, whose rights its cards keep.
struct ProgramView {
    uint32 merchantId;
    uint32 policyId;
    ProgramKind kind;
    bool bearer;
    bool retired;
    uint88 price;
    uint88 units;
    uint88 listPrice;
}

/// @notice A card as booked; what time alone changes is in `quoteExit`. A closed card keeps what was booked before its closing.
/// @param principal Amount paid, in token base units.
/// @param consumed Units consumed.
/// @param openedAt When it began; of a pass bought in advance, when it will begin.
/// @param exitRequestedAt When its holder asked to leave; zero if not, or lapsed.
/// @param nonce The next signed request carries it.
/// @param disputed Whether a dispute is open, see `dispute`.
/// @param moving Whether a move is pending, see `pendingMove`.
struct CardView {
    CardStatus status;
    uint88 principal;
    uint88 consumed;
    uint32 openedAt;
    uint32 exitRequestedAt;
    uint8 nonce;
    bool disputed;
    bool moving;
}

/// @notice A card's dispute, and what earlier ones left behind.
/// @param kind What it is about; `None` if no dispute is open, and then `value` and the dates of the ruling are zero.
/// @param value What remained of the card when the complaint was opened, in token base units; zero for a contest.
/// @param rulingFrom From when the association can rule.
/// @param rulingUntil From when it no longer can, and anyone may execute.
/// @param complaintFrom From when the holder can complain again; zero if no complaint was dismissed.
/// @param contestDismissed Whether an exit was contested and dismissed: the merchant cannot contest another.
struct DisputeView {
    DisputeKind kind;
    uint96 value;
    uint32 rulingFrom;
    uint32 rulingUntil;
    uint32 complaintFrom;
    bool contestDismissed;
}

/// @notice A card's pending move; all zero if there is none, or it has lapsed. After a flag, which stops the clock, and after a
/// run-off's notice it is shown but cannot be executed.
/// @param to Who will hold the card.
/// @param by Who asked: the holder, or the recovery address the holder had named.
/// @param executableAt From when anyone may execute it.
/// @param lapsesAt When it lapses if nobody has.
struct MoveView {
    address to;
    address by;
    uint256 executableAt;
    uint256 lapsesAt;
}

/// @notice What a holder gets on leaving, everything counted to now.
/// @param rule The rule that decides; `None` for a card that is not open.
/// @param refund Goes to the holder, in token base units.
/// @param forfeited Goes to the merchant on top of what was released: the discount taken back at holder's cause.
/// @param released Time of a pass not booked yet, in token base units; goes to the merchant.
/// @param consumed Units consumed, counted to now.
/// @param executableAt When the refund can be had: of the pending request, or of one made now; of a contested one, when the time
/// to rule on it ends; after a flag, when its window ends.
/// @param lapsesAt When that request lapses; zero after a flag and for a contested one, which do not.
struct ExitQuote {
    ExitRule rule;
    uint256 refund;
    uint256 forfeited;
    uint256 released;
    uint256 consumed;
    uint256 executableAt;
    uint256 lapsesAt;
}

/// @title Prepaid Escrow
/// @notice Keeps what consumers pay in advance out of the merchant's reach, releases it as consumption is confirmed by the
/// holder's signature, gives it back when the merchant is flagged as defaulted, and warns merchants and regulators.
/// It charges no fee, and there is no code path for one.
/// @dev Amounts are token base units: a card's fit `uint88`, a pool's `uint96`. Times are Unix seconds in `uint32`, until 2106;
/// a period is closed at its start and open at its end, but a signature's deadline is its last good moment (as in ERC-2612).
/// Assumption: tokens take no fee, do not rebase, have no hooks, and fail with `false` or a revert at bounded cost.
interface IPrepaidEscrow is IWarnings {
    /* EVENTS: MERCHANTS AND PROGRAMS */

    /// @notice Emitted when the regulator adds a policy.
    event PolicyAdded(uint32 indexed policyId, address indexed token, Policy policy);
    /// @notice Emitted when the regulator registers a merchant.
    event MerchantRegistered(
        uint32 indexed merchantId,
        address indexed owner,
        address vault,
        address token,
        address payout,
        uint32 policyId,
        string metadataURI
    );
    /// @notice Emitted when a merchant moves to another policy.
    event MerchantPolicySet(uint32 indexed merchantId, uint32 indexed policyId);
    /// @notice Emitted when a merchant's ceiling changes, in whole tokens; zero for none.
    event OutstandingCapSet(uint32 indexed merchantId, uint256 outstandingCap);
    /// @notice Emitted when a till is added or removed.
    event OperatorSet(uint32 indexed merchantId, address indexed operator, bool enabled);
    /// @notice Emitted when a new payout address is named; it takes effect by itself at `effectiveAt`.
    event PayoutChangeStarted(uint32 indexed merchantId, address indexed payout, uint256 effectiveAt);
    /// @notice Emitted when a pending payout address is dropped.
    event PayoutChangeCancelled(uint32 indexed merchantId, address indexed payout);
    /// @notice Emitted when an owner offers the ownership; it can be accepted from `acceptableAt`.
    event OwnershipTransferStarted(uint32 indexed merchantId, address indexed newOwner, uint256 acceptableAt);
    /// @notice Emitted when an offer of ownership is withdrawn.
    event OwnershipTransferCancelled(uint32 indexed merchantId, address indexed newOwner);
    /// @notice Emitted when a merchant has a new owner.
    event OwnershipTransferred(uint32 indexed merchantId, address indexed previousOwner, address indexed newOwner);
    /// @notice Emitted when a merchant offers a program.
    event ProgramPublished(
        uint32 indexed programId,
        uint32 indexed merchantId,
        uint32 indexed policyId,
        ProgramTerms terms
    );
    /// @notice Emitted when a program is sold no more.
    event ProgramRetired(uint32 indexed programId, uint32 indexed merchantId);

    /* EVENTS: CARDS */

    /// @notice Emitted when a card is sold. Program and serial are in the id.
    /// @param payer Who paid the principal.
    /// @param principal Amount paid, in token base units.
    /// @param startsAt When it begins.
    /// @param outstanding The merchant's, after the sale, in token base units.
    /// @param balance The merchant's, after the sale, in token base units.
    event CardOpened(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed holder,
        address payer,
        uint256 principal,
        uint256 startsAt,
        uint256 outstanding,
        uint256 balance
    );
    /// @notice Emitted when a confirmed consumption moves principal from the holder to the merchant.
    /// @param released Principal released by this voucher, in token base units.
    /// @param cumulative The card's consumption after this voucher, in units of its program.
    /// @param receipt Head of the card's receipt chain.
    event ConsumptionSettled(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        uint256 released,
        uint256 cumulative,
        bytes32 receipt
    );
    /// @notice Emitted when an item of a batch, a voucher or a pass, changes nothing.
    event ConsumptionSkipped(bytes32 indexed cardId, SkipReason reason);
    /// @notice Emitted when the time of a pass moves principal from the holder to the merchant.
    /// @param released Principal released, in token base units.
    /// @param cumulative Seconds consumed since the pass began.
    event PassAccrued(uint32 indexed merchantId, bytes32 indexed cardId, uint256 released, uint256 cumulative);
    /// @notice Emitted when a holder asks to leave. Ends a pending move and an open complaint.
    /// @param executableAt From when anyone may execute it.
    /// @param lapsesAt When it lapses if nobody has.
    /// @param nonce The card's next nonce.
    event ExitRequested(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed holder,
        uint256 executableAt,
        uint256 lapsesAt,
        uint8 nonce
    );
    /// @notice Emitted when a holder takes a request to leave back, or voids one that was only signed. Ends a pending move and a
    /// contest of the request.
    event ExitCancelled(uint32 indexed merchantId, bytes32 indexed cardId, address indexed holder, uint8 nonce);
    /// @notice Emitted when a card is closed and paid.
    /// @param recipient Who was paid: the holder, or whom the holder named.
    /// @param rule The rule that decided.
    /// @param released What the closing gives the merchant, in token base units: of a pass its time not booked before, of any
    /// other card at holder's cause the discount taken back, which the holder forfeits.
    /// @param refunded Paid to `recipient`, in token base units.
    event CardRefunded(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed recipient,
        ExitRule rule,
        uint256 released,
        uint256 refunded
    );
    /// @notice Emitted when a token refuses a holder in a batch of refunds; the holder keeps the claim.
    event RefundFailed(uint32 indexed merchantId, bytes32 indexed cardId, address indexed holder, uint256 amount);
    /// @notice Emitted when released money is paid to the merchant: its pool's balance is then what is outstanding.
    /// @param amount Paid, in token base units.
    /// @param outstanding The merchant's, and its balance, after the payment, in token base units.
    event PaidOut(uint32 indexed merchantId, address indexed payout, uint256 amount, uint256 outstanding);
    /// @notice Emitted at the end of every other call that changed a merchant's money; it closes a batch of vouchers.
    /// @param outstanding What holders can still use or take back, in token base units.
    /// @param balance What is accounted to the vault, in token base units.
    event PoolUpdated(uint32 indexed merchantId, uint256 outstanding, uint256 balance);

    /* EVENTS: DISPUTES */

    /// @notice Emitted when a holder complains. Ends a pending move.
    /// @param value What remains of the card, in token base units; it counts in `Complaints` until the complaint ends.
    /// @param rulingFrom From when the association can rule.
    /// @param rulingUntil From when it no longer can, and anyone may execute.
    /// @param nonce The card's next nonce.
    /// @param evidence Hash of what the holder brings forward.
    event ComplaintOpened(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed holder,
        uint256 value,
        uint256 rulingFrom,
        uint256 rulingUntil,
        uint8 nonce,
        bytes32 evidence
    );
    /// @notice Emitted when a merchant contests a request to leave, which then waits for a ruling.
    /// @param rulingFrom From when the association can rule.
    /// @param rulingUntil From when it no longer can, and anyone may execute.
    /// @param evidence Hash of what the merchant brings forward.
    event ExitContested(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed operator,
        uint256 rulingFrom,
        uint256 rulingUntil,
        bytes32 evidence
    );
    /// @notice Emitted when the association rejects the holder's claim: a complaint ends without effect, a contested request to
    /// leave ends and the card goes on.
    /// @param complaintFrom From when the holder can complain again; zero if a contest was decided.
    /// @param decision Hash of the ruling.
    event DisputeDismissed(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        DisputeKind kind,
        uint256 complaintFrom,
        bytes32 decision
    );
    /// @notice Emitted when the association decides for the holder; the card is closed by `Ruling`, see `CardRefunded`.
    /// @param awarded What it awarded, in token base units; paid is the nearest amount between holder's and issuer's cause.
    /// @param decision Hash of the ruling.
    event DisputeUpheld(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        DisputeKind kind,
        uint256 awarded,
        bytes32 decision
    );

    /* EVENTS: MOVES */

    /// @notice Emitted when a move of a card is asked for.
    /// @param to Who will hold the card.
    /// @param by Who asked: the holder, or the recovery address the holder had named.
    /// @param executableAt From when anyone may execute it.
    /// @param lapsesAt When it lapses if nobody has.
    /// @param nonce The card's next nonce.
    event MoveRequested(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed to,
        address by,
        uint256 executableAt,
        uint256 lapsesAt,
        uint8 nonce
    );
    /// @notice Emitted when a merchant consents to a move, which anyone may execute from now on.
    /// @param executableAt Now.
    /// @param lapsesAt When it lapses if nobody has.
    event MoveConsented(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed operator,
        uint256 executableAt,
        uint256 lapsesAt
    );
    /// @notice Emitted when a holder ends a pending move.
    event MoveCancelled(uint32 indexed merchantId, bytes32 indexed cardId, address indexed holder);
    /// @notice Emitted when a card has another holder, and with it another id. The old id is closed for ever, the new one is the
    /// card as it was, its dates and its nonce included.
    event CardMoved(uint32 indexed merchantId, bytes32 indexed cardId, address indexed to, bytes32 newCardId);
    /// @notice Emitted when a holder names a recovery address, or none (zero). Ends every move that an earlier one asked for.
    event RecoverySet(address indexed holder, address indexed recovery);

    /* EVENTS: SUPERVISION */

    /// @notice Emitted when the regulator suspends a merchant; lapses at `until`.
    event MerchantSuspended(uint32 indexed merchantId, uint256 until, bytes32 evidence);
    /// @notice Emitted when the regulator ends a suspension, at `suspendedUntil`: from then the wait for another counts.
    event MerchantResumed(uint32 indexed merchantId, uint256 suspendedUntil);
    /// @notice Emitted when a merchant begins to close in order.
    event RunOffStarted(uint32 indexed merchantId, uint256 lastServiceAt, uint256 noticeEndsAt);
    /// @notice Emitted when a run-off is complete.
    event MerchantClosed(uint32 indexed merchantId);
    /// @notice Emitted when the regulator flags a default.
    /// @param serviceStoppedAt Passes are counted to this moment.
    /// @param windowEndsAt Until then vouchers are settled, from then everybody is refunded.
    /// @param withdrawable Whether the flag can be withdrawn: the first can, the second stands.
    event DefaultFlagged(
        uint32 indexed merchantId,
        uint256 serviceStoppedAt,
        uint256 windowEndsAt,
        bool withdrawable,
        bytes32 evidence
    );
    /// @notice Emitted when the regulator withdraws a flag.
    /// @param status What the merchant is again.
    /// @param suspendedUntil End of the last suspension: of the one it is under now, if `status` says so.
    /// @param withdrawnAt Now; a pending request lapses later by the time the flag was up.
    event DefaultWithdrawn(
        uint32 indexed merchantId,
        MerchantStatus status,
        uint256 suspendedUntil,
        uint256 withdrawnAt
    );

    /* ERRORS */

    /// @notice Thrown when a policy's field is outside the bounds every policy keeps.
    error PolicyFieldOutOfBounds(string field, uint256 value, uint256 min, uint256 max);
    /// @notice Thrown when a policy's token is no contract.
    error PolicyTokenWithoutCode(address token);
    /// @notice Thrown when a policy's token has more decimals than the arithmetic carries, or (255) does not say how many.
    error PolicyTokenDecimalsTooMany(address token, uint256 decimals, uint256 max);
    /// @notice Thrown when no such policy was added.
    error PolicyUnknown(uint32 policyId);
    /// @notice Thrown when a policy under another token is given to a merchant.
    error PolicyTokenMismatch(address token, address merchantToken);

    /// @notice Thrown when no such merchant is registered.
    error MerchantUnknown(uint32 merchantId);
    /// @notice Thrown when a merchant's status does not allow the call.
    error MerchantStatusForbids(uint32 merchantId, MerchantStatus status);
    /// @notice Thrown when a caller is not the merchant's owner.
    error MerchantOwnerOnly(uint32 merchantId, address caller, address owner);
    /// @notice Thrown when a caller or signer is not one of the merchant's operators.
    error MerchantOperatorOnly(uint32 merchantId, address account);
    /// @notice Thrown when a caller is not the one the ownership is offered to.
    error MerchantNextOwnerOnly(uint32 merchantId, address caller, address nextOwner);
    /// @notice Thrown when nothing is pending that could be cancelled.
    error MerchantNothingPending(uint32 merchantId);
    /// @notice Thrown when something is called before its time.
    error MerchantTooEarly(uint32 merchantId, uint256 nowAt, uint256 notBefore);
    /// @notice Thrown when the final settlement window is over.
    error MerchantSettlementClosed(uint32 merchantId, uint256 nowAt, uint256 windowEndedAt);
    /// @notice Thrown when a second flag is to be withdrawn.
    error MerchantFlagStands(uint32 merchantId);
    /// @notice Thrown when a merchant with outstanding money is to be closed.
    error MerchantOutstandingLeft(uint32 merchantId, uint256 outstanding);
    /// @notice Thrown when a moment lies outside the period it must lie in.
    error MerchantTimeOutOfRange(uint32 merchantId, uint256 time, uint256 min, uint256 max);
    /// @notice Thrown when a sale would take a merchant over its cap and the policy rejects that.
    error MerchantCapExceeded(uint32 merchantId, uint256 outstanding, uint256 cap);
    /// @notice Thrown when there is nothing to pay out.
    error PoolNothingReleasable(uint32 merchantId);
    /// @notice Thrown when less arrived in the vault than was paid: the token keeps a fee, or lies.
    error PoolDepositShort(uint32 merchantId, uint256 held, uint256 accounted);

    /// @notice Thrown when no such program was published.
    error ProgramUnknown(uint32 programId);
    /// @notice Thrown when a program was retired.
    error ProgramAlreadyRetired(uint32 programId);
    /// @notice Thrown when a program was published under another policy than the merchant's.
    error ProgramPolicyOutdated(uint32 programId, uint32 policyId, uint32 merchantPolicyId);
    /// @notice Thrown when a program's price is over the card limit and the policy rejects that.
    error ProgramPriceOverLimit(uint256 price, uint256 limit);
    /// @notice Thrown when a program's units are outside what its kind and the policy allow.
    error ProgramUnitsOutOfBounds(uint256 units, uint256 min, uint256 max);
    /// @notice Thrown when a program's list price is outside what its kind and the policy allow.
    error ProgramListPriceOutOfBounds(uint256 listPrice, uint256 min, uint256 max);
    /// @notice Thrown when a count card or a pass has no price.
    error ProgramPriceZero(ProgramKind kind);

    /// @notice Thrown when a card's serial is already in use.
    error CardSerialTaken(bytes32 cardId);
    /// @notice Thrown when a purchase sent by anyone but the holder, or a move, would leave a gap in the serials its holder searches.
    error CardSerialNotNext(bytes32 cardId);
    /// @notice Thrown when nothing is paid.
    error CardPrincipalZero();
    /// @notice Thrown when a fixed program is not paid exactly.
    error CardPriceMismatch(uint256 principal, uint256 price);
    /// @notice Thrown when a card is over its limit and the policy rejects that.
    error CardPrincipalOverLimit(uint256 principal, uint256 limit);
    /// @notice Thrown when a start is given for a card that is no pass.
    error CardNotAPass(uint32 programId);
    /// @notice Thrown when a pass starts in the past or too far ahead.
    error CardStartOutOfRange(uint256 startsAt, uint256 min, uint256 max);
    /// @notice Thrown when a card does not exist or is closed.
    error CardNotOpen(bytes32 cardId, CardStatus status);
    /// @notice Thrown when a card is another merchant's.
    error CardOtherMerchant(bytes32 cardId, uint32 merchantId);
    /// @notice Thrown when a caller is not the card's holder.
    error CardHolderOnly(bytes32 cardId, address caller, address holder);
    /// @notice Thrown when a request to leave is already pending.
    error CardExitPending(bytes32 cardId, uint256 executableAt);
    /// @notice Thrown when there is no request to leave, or it has lapsed.
    error CardExitNotRequested(bytes32 cardId);
    /// @notice Thrown when a request to leave is not due yet.
    error CardExitTooEarly(bytes32 cardId, uint256 nowAt, uint256 executableAt);
    /// @notice Thrown when a card's dispute stands in the way.
    error CardInDispute(bytes32 cardId, DisputeKind kind);
    /// @notice Thrown when no dispute about a card is open.
    error CardNotInDispute(bytes32 cardId);
    /// @notice Thrown when a holder complains too soon after a dismissed complaint.
    error CardComplaintTooEarly(bytes32 cardId, uint256 nowAt, uint256 complaintFrom);
    /// @notice Thrown when a request to leave cannot be contested, by the rule it goes by.
    error CardExitNotContestable(bytes32 cardId, ExitRule rule);
    /// @notice Thrown when the time to contest a request to leave is over.
    error CardContestTooLate(bytes32 cardId, uint256 nowAt, uint256 executableAt);
    /// @notice Thrown when an exit of the card was contested and dismissed before.
    error CardContestDismissed(bytes32 cardId);
    /// @notice Thrown when the association rules too early or too late.
    error CardRulingOutOfTime(bytes32 cardId, uint256 nowAt, uint256 rulingFrom, uint256 rulingUntil);
    /// @notice Thrown when a dispute is to be executed while it can still be ruled on.
    error CardRulingPending(bytes32 cardId, uint256 nowAt, uint256 rulingUntil);
    /// @notice Thrown when a dismissal awards something.
    error CardAwardOnDismissal(bytes32 cardId, uint256 awarded);
    /// @notice Thrown when a move is already pending.
    error CardMovePending(bytes32 cardId, uint256 executableAt);
    /// @notice Thrown when no move is pending, or it has lapsed.
    error CardMoveNotRequested(bytes32 cardId);
    /// @notice Thrown when a pending move is not due yet.
    error CardMoveTooEarly(bytes32 cardId, uint256 nowAt, uint256 executableAt);
    /// @notice Thrown when a merchant consents to a move that is due without its consent.
    error CardMoveAlreadyDue(bytes32 cardId, uint256 nowAt, uint256 executableAt);
    /// @notice Thrown when a merchant consents to a move that a recovery address asked for.
    error CardMoveByRecovery(bytes32 cardId);
    /// @notice Thrown when a merchant consents to another request than the pending one.
    error CardNonceMismatch(bytes32 cardId, uint8 nonce, uint8 cardNonce);
    /// @notice Thrown when a card to report on is not of the same holder as the one before it, or not above it.
    error ExposureCardsUnordered(bytes32 cardId, bytes32 previous);
    /// @notice Thrown when cards reported together do not pass the limit, or there is none (zero).
    error ExposureWithinLimit(uint256 principal, uint256 limit);
    /// @notice Thrown when as much has been reported before.
    error ExposureReported(uint256 principal, uint256 highest);
    /// @notice Thrown when money would go where nobody could use it: to zero, the escrow, a vault or the token.
    error RecipientForbidden(address recipient);

    /// @notice Thrown when a signature is not the one of the account it should be of.
    error SignatureInvalid(address signer);
    /// @notice Thrown when a signature is too old.
    error SignatureExpired(uint256 nowAt, uint256 deadline);
    /// @notice Thrown when a signature would be good for too long.
    error SignatureDeadlineTooFar(uint256 deadline, uint256 max);
    /// @notice Thrown when the caller left too little gas to ask a contract holder for its signature.
    error GasInsufficient(uint256 available, uint256 needed);

    /* MERCHANTS */

    /// @notice Adds a policy. Regulator.
    /// @return policyId Numbered from 1.
    function addPolicy(Policy calldata policy_) external returns (uint32 policyId);
    /// @notice Registers a merchant under a policy and creates its vault. Regulator.
    /// @param outstandingCap Ceiling on the outstanding balance in whole tokens; zero for none.
    /// @param metadataURI Where a person reads who this is. Only emitted.
    /// @return merchantId Numbered from 1.
    function registerMerchant(
        address owner,
        address payout,
        uint32 policyId,
        uint48 outstandingCap,
        string calldata metadataURI
    ) external returns (uint32 merchantId);
    /// @notice Moves a merchant to another policy under the same token; programs of the old one stop selling. Regulator.
    function setMerchantPolicy(uint32 merchantId, uint32 policyId) external;
    /// @notice Sets the ceiling on the outstanding balance in whole tokens; zero for none. Regulator.
    function setOutstandingCap(uint32 merchantId, uint48 outstandingCap) external;
    /// @notice Adds or removes a till. Owner.
    function setOperator(uint32 merchantId, address operator, bool enabled) external;
    /// @notice Names another payout address; it takes effect by itself 7 days later. Owner.
    function setPayout(uint32 merchantId, address payout) external;
    /// @notice Drops a pending payout address. Owner.
    function cancelPayout(uint32 merchantId) external;
    /// @notice Offers the ownership to another account, which can accept it 7 days later. Owner.
    function transferOwnership(uint32 merchantId, address newOwner) external;
    /// @notice Withdraws an offer of ownership. Owner.
    function cancelOwnershipTransfer(uint32 merchantId) external;
    /// @notice Accepts the ownership. The account it is offered to.
    function acceptOwnership(uint32 merchantId) external;

    /* PROGRAMS */

    /// @notice Offers a program under the merchant's policy. Owner.
    /// @return programId Numbered from 1 over all merchants.
    function publishProgram(uint32 merchantId, ProgramTerms calldata terms) external returns (uint32 programId);
    /// @notice Ends the sale of a program; its cards keep their rights. Owner.
    function retireProgram(uint32 programId) external;

    /* CARDS */

    /// @notice Buys a card for `holder`; the caller pays and must have approved the escrow. See `Purchase` for the serial.
    function buy(uint32 programId, address holder, uint88 principal, uint64 serial) external returns (bytes32 cardId);
    /// @notice Buys a pass that begins at `startsAt`: between now and the policy's `maxAdvance`, or zero for now.
    function buyPass(
        uint32 programId,
        address holder,
        uint88 principal,
        uint64 serial,
        uint32 startsAt
    ) external returns (bytes32 cardId);
    /// @notice Buys with an ERC-2612 permit of the caller; a permit that fails is ignored and the allowance decides.
    function buyWithPermit(
        Purchase calldata purchase,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (bytes32 cardId);
    /// @notice Buys with an ERC-3009 authorization of `payer`, made out to the merchant's vault; anyone may relay it.
    /// @dev The authorization's nonce is keccak256(abi.encode(escrow, programId, holder, principal, startsAt, salt)), so that it
    /// pays for this purchase only. The serial is the sender's to choose.
    function buyWithAuthorization(
        Purchase calldata purchase,
        address payer,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (bytes32 cardId);

    /* CONSUMPTION */

    /// @notice Books consumption that holders have signed. Operators; after a default flag anyone, until the window ends.
    function settle(uint32 merchantId, KeyVoucher[] calldata vouchers) external;
    /// @notice Books consumption and pays the merchant in one transaction. As `settle`.
    function settleAndPayOut(uint32 merchantId, KeyVoucher[] calldata vouchers) external;
    /// @notice Books consumption under an operator's signature; anyone may relay it.
    /// @param operator Who signed the `Settlement` of these vouchers and this deadline.
    function settleWithSignature(
        uint32 merchantId,
        KeyVoucher[] calldata vouchers,
        uint48 deadline,
        address operator,
        bytes calldata signature
    ) external;
    /// @notice Books consumption signed by contract holders (ERC-1271). As `settle`.
    function settleContractHolders(uint32 merchantId, ContractVoucher[] calldata vouchers) external;
    /// @notice Counts the time of passes. Anyone.
    function accrue(bytes32[] calldata cardIds) external;
    /// @notice Pays what is released to the merchant's payout address. Anyone.
    function payOut(uint32 merchantId) external;

    /* LEAVING */

    /// @notice Asks to leave. Ends a pending move and an open complaint. Holder.
    function requestExit(bytes32 cardId) external;
    /// @notice Asks to leave under the holder's signature; anyone may relay it.
    function requestExitWithSignature(bytes32 cardId, uint48 deadline, bytes calldata signature) external;
    /// @notice Takes a request to leave back, and voids every one that was only signed. Ends a pending move. Holder.
    function cancelExit(bytes32 cardId) external;
    /// @notice Closes a card whose request is due, and pays its holder. Anyone.
    function executeExit(bytes32 cardId) external;
    /// @notice The same, or what `executeDispute` does, paid to `recipient`; once a defaulted or closing merchant's refunds are
    /// open it needs no request. Holder.
    function executeExitTo(bytes32 cardId, address recipient) external;
    /// @notice Closes a card at once and pays its holder all that remains. Operators.
    function refundCard(bytes32 cardId) external;

    /* DISPUTES */

    /// @notice Complains about the merchant. Refused while a request to leave is pending. Holder.
    /// @param evidence Hash of what the holder brings forward.
    function complain(bytes32 cardId, bytes32 evidence) external;
    /// @notice Complains under the holder's signature; anyone may relay it.
    function complainWithSignature(
        bytes32 cardId,
        bytes32 evidence,
        uint48 deadline,
        bytes calldata signature
    ) external;
    /// @notice Contests a request to leave within its exit delay; not one in cooling-off, nor where the program lets holders leave
    /// at any time, nor after an exit of the card was contested and dismissed, nor in a run-off. Operators.
    /// @param evidence Hash of what the merchant brings forward.
    function contestExit(bytes32 cardId, bytes32 evidence) external;
    /// @notice Rules on a dispute. Association, from one exit delay after its beginning until the ruling timeout.
    /// @param upheld Whether the holder is right: the card is closed and paid. If not, the holder's claim ends.
    /// @param awarded Refund in token base units; paid is the nearest amount between what holder's cause and issuer's cause give.
    /// Zero for a dismissal.
    /// @param decision Hash of the ruling.
    function resolve(bytes32 cardId, bool upheld, uint88 awarded, bytes32 decision) external;
    /// @notice Closes a card whose dispute was not ruled on in time, and pays its holder as an exit asked for now would, a contested
    /// one as it was asked for: at holder's cause, but for cooling-off and from a run-off's last day of service. Anyone.
    function executeDispute(bytes32 cardId) external;

    /* MOVES */

    /// @notice Asks to move a card to another holder. Holder, due after the exit delay; the holder's recovery address, due after 30
    /// days, if the holder has not asked for a move. A holder's request replaces one of the recovery address.
    function requestMove(bytes32 cardId, address to) external;
    /// @notice Lets a move that the holder asked for, and that is not due yet, be executed at once. Operators.
    /// @param nonce The card's nonce since the request, so that no later one is consented to unseen.
    function consentMove(bytes32 cardId, uint8 nonce) external;
    /// @notice Ends a pending move. Holder.
    function cancelMove(bytes32 cardId) external;
    /// @notice Moves a card whose pending move is due. Anyone.
    /// @param serial Of the card at its new holder: free, and zero or the one after a taken one.
    /// @return newCardId Its id from now on.
    function executeMove(bytes32 cardId, uint64 serial) external returns (bytes32 newCardId);
    /// @notice Names the account that may ask to move any of the caller's cards should the key be lost; zero for none.
    function setRecovery(address recovery) external;

    /* SUPERVISION */

    /// @notice Stops sales and payouts for 90 days. Regulator.
    function suspend(uint32 merchantId, bytes32 evidence) external;
    /// @notice Ends a suspension. Regulator.
    function resume(uint32 merchantId) external;
    /// @notice Begins to close a merchant in order. Owner, from Active; regulator, also from Suspended. An owner who is regulator
    /// as well acts as owner.
    /// @param lastServiceAt Last moment of service, between now and the end of the notice.
    function startRunOff(uint32 merchantId, uint32 lastServiceAt) external;
    /// @notice Ends a run-off after its notice when nothing is outstanding. Anyone.
    function closeMerchant(uint32 merchantId) external;
    /// @notice Flags a merchant as defaulted, at the same cost for any number of cards. Regulator.
    /// @param serviceStoppedAt When service stopped; not in the future.
    function flagDefault(uint32 merchantId, uint32 serviceStoppedAt, bytes32 evidence) external;
    /// @notice Withdraws the first flag before its window ends. Regulator.
    function withdrawDefault(uint32 merchantId) external;
    /// @notice Refunds cards of a merchant whose final window or run-off notice is over. Anyone.
    /// @dev Cards that are not open are passed over; a holder whom the token refuses keeps the claim. A complaint about a card ends
    /// here, paid or not.
    function refundCards(uint32 merchantId, bytes32[] calldata cardIds) external;
    /// @notice Raises `HolderExposure` for open cards of one holder at one merchant that together pass the policy's limit; again
    /// only above what was reported before. Anyone.
    /// @param cardIds Strictly increasing.
    function reportHolderExposure(uint32 merchantId, bytes32[] calldata cardIds) external;

    /* VIEWS */

    /// @notice A merchant as it stands now.
    function merchant(uint32 merchantId) external view returns (MerchantView memory);
    /// @notice The vault of a merchant, registered or to come.
    function vaultOf(uint32 merchantId) external view returns (address);
    /// @notice Whether an account is one of a merchant's tills.
    function isOperator(uint32 merchantId, address account) external view returns (bool);
    /// @notice A merchant's money.
    function pool(uint32 merchantId) external view returns (PoolView memory);
    /// @notice What `payOut` would pay if the status allows it, in token base units.
    function releasable(uint32 merchantId) external view returns (uint256);
    /// @notice A policy as added.
    function policy(uint32 policyId) external view returns (Policy memory);
    /// @notice A program as published.
    function program(uint32 programId) external view returns (ProgramView memory);
    /// @notice A card as booked.
    function card(bytes32 cardId) external view returns (CardView memory);
    /// @notice The id of a card: holder (160 bits) ‖ program (32) ‖ serial (64).
    function cardIdOf(address holder, uint32 programId, uint64 serial) external pure returns (bytes32);
    /// @notice The holder in a card's id.
    function holderOf(bytes32 cardId) external pure returns (address);
    /// @notice Principal not yet released, as booked, in token base units; zero for a card that is not open.
    function remaining(bytes32 cardId) external view returns (uint256);
    /// @notice A card's dispute.
    function dispute(bytes32 cardId) external view returns (DisputeView memory);
    /// @notice A card's pending move.
    function pendingMove(bytes32 cardId) external view returns (MoveView memory);
    /// @notice The account that may ask to move a holder's cards should the key be lost; zero for none.
    function recoveryOf(address holder) external view returns (address);
    /// @notice What leaving pays, counted to now, and by which rule.
    function quoteExit(bytes32 cardId) external view returns (ExitQuote memory);
}

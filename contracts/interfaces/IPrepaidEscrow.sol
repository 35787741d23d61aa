// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IWarnings} from "./IWarnings.sol";

/* TYPES */

/// @notice The unit of a program: money, visits or seconds.
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
/// @dev `Stale`: not above the booked consumption. `CardNotOpen`: no such card, or closed. `OtherMerchant`: not this
/// merchant's card. `OverFace`: more than the card's units. `BadSignature`: not the holder's. `Pass`: a pass, which time
/// consumes. `NotAPass`: a card that time does not consume. `Waiting`: a pass that does not accrue now, or that cannot be extended
/// while a request to leave or a dispute is pending.
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

/// @notice The rule by which a card closes. It decides what the holder gets.
/// @dev Issuer's cause, all that remains: `MerchantConsent`, `RunOff`, `Default`. `CoolingOff`: all that remains, less the policy's
/// fee for cooling-off. Holder's cause, the list price for what was consumed and the policy's fee for leaving: `Unilateral` (cannot
/// be contested), `NoObjection` (the merchant did not contest) and `RulingTimeout` (the association did not rule in time). Between
/// the two: `Ruling`.
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

/// @notice The subject of a dispute: a holder's complaint, or a merchant's contest of a holder's exit.
enum DisputeKind {
    None,
    Complaint,
    Contest
}

/// @notice The rules a merchant is under. Immutable once added. A limit of zero means that there is none.
/// @param token ERC-20 token of every card under the policy.
/// @param exitDelay Seconds between a request to leave and its execution, for the merchant to settle signed visits; 1–30 days.
/// @param coolingOff Seconds from a card's start in which the holder may leave at issuer's cause; 0–30 days.
/// @param coolingOffRequiresUnused Whether that right ends with the first signed consumption. The first visit of a pass can then be
/// signed as a consumption of one second.
/// @param unilateralExit Whether the holder may leave at any time without the merchant's consent.
/// @param rejectOverLimit Whether a card over its limit is refused rather than sold with a warning.
/// @param rejectOverCap Whether a sale over the merchant's cap is refused rather than made with a warning.
/// @param maxNamed Largest principal of a named card, in token base units.
/// @param maxBearer Largest principal of a bearer card, in token base units.
/// @param maxPassTerm Longest pass, in seconds; never above 10 years.
/// @param maxCount Most visits of a count card.
/// @param maxListBps Largest list price in basis points of the price; 10 000–30 000.
/// @param maxHolderExposure Largest principal of one holder's cards at one merchant, in token base units.
/// @param accrualDelay Seconds by which the release of a pass lags behind its time; 0–60 days.
/// @param rulingTimeout Seconds from a dispute's beginning to the end of the time to rule on it. The association can rule from
/// `exitDelay` on, and has at least a day: max(exitDelay + 1 day, 7 days)–90 days.
/// @param runOffNotice Seconds between a run-off's announcement and the refund of every card; max(exitDelay, 7 days)–90 days.
/// @param finalSettlement Seconds after a default flag in which vouchers can still be settled; 3–30 days.
/// @param complaintCount Number of open complaints that raises `Complaints`.
/// @param complaintBps Share of the outstanding value in basis points that the open complaints must reach as well.
/// @param maxAdvance Seconds a pass may start after its purchase; at most 1 year.
/// @param feeFlat Fee for leaving an unused card that is no pass, in token base units; zero: the shares below decide.
/// @param feeMax Largest fee, in token base units. No fee is above half the principal either.
/// @param feePriceBps Fee for leaving, as a share of the principal in basis points; at most 3 000.
/// @param feeRestBps Fee for leaving, as a share of what remains at the list price, in basis points; at most 5 000.
/// @param coolingOffFeeBps Fee for leaving in cooling-off, as a share of the principal in basis points; at most 1 000.
/// @param coolingOffTermBps Cooling-off of a pass as a share of its term in basis points, if that is longer than `coolingOff`; at
/// most 1 000, and at most 60 days.
/// @param coolingOffInFull Whether the days of a pass are not counted if its holder leaves in cooling-off.
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
    uint88 feeFlat;
    uint88 feeMax;
    uint16 feePriceBps;
    uint16 feeRestBps;
    uint16 coolingOffFeeBps;
    // slot 4
    uint16 coolingOffTermBps;
    bool coolingOffInFull;
}

/// @notice The terms of a program. A card is one package of it.
/// @param kind The unit.
/// @param bearer Whether the card is a bearer card; the policy limits bearer and named cards apart.
/// @param price Principal of a card in token base units; zero for a stored-value card of any amount.
/// @param units Face of a card: money in token base units, visits, or seconds; zero when `price` is zero.
/// @param listPrice Price of all units without discount: `units` for stored value, `price` for passes; zero when `price` is zero.
/// @param feeFree Whether the merchant charges none of the policy's fees for leaving.
/// @param metadataURI Address of a description of the offer. Only emitted.
struct ProgramTerms {
    ProgramKind kind;
    bool bearer;
    uint88 price;
    uint88 units;
    uint88 listPrice;
    bool feeFree;
    string metadataURI;
}

/// @notice One card to be bought.
/// @param programId The program to buy.
/// @param holder The owner of the card.
/// @param principal Amount paid, in token base units.
/// @param serial Number of the card among the holder's cards of the program; the lowest free one by convention. Only the holder
/// may leave a gap: in a purchase sent by anyone else it is zero, or the number after a taken one.
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
/// @param signature In the form that the holder's contract accepts.
struct ContractVoucher {
    bytes32 cardId;
    uint88 cumulative;
    bytes32 receipt;
    bytes signature;
}

/// @notice A merchant as it stands now.
/// @param status The effective status: a lapsed suspension reads as `Active`.
/// @param owner Manages programs, operators, payout and run-off.
/// @param payout Receives released money; the effective address.
/// @param vault Holds the merchant's tokens.
/// @param token The only token of this merchant.
/// @param policyId The policy new programs are published under.
/// @param nextOwner The account that may accept the ownership from `ownershipAcceptableAt`; zero if none is pending.
/// @param nextPayout The address that becomes `payout` at `payoutChangesAt`; zero if none is pending.
/// @param suspendedUntil End of the last suspension.
/// @param lastServiceAt Last moment of service announced with a run-off.
/// @param noticeEndsAt End of the run-off's notice.
/// @param serviceStoppedAt When service stopped, according to the default flag.
/// @param flaggedAt When default was flagged.
/// @param windowEndsAt End of the final settlement window of that flag.
/// @param withdrawnAt When the first flag was withdrawn; zero if it was not. A later flag cannot be withdrawn.
/// @param complaintCount Complaints that are open.
/// @param complaintValue Sum of what remained of their cards when they were opened, in token base units.
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
/// @param outstanding The part that holders can still use or take back.
/// @param balance The amount accounted to the vault; never below `outstanding`.
/// @param outstandingCap The regulator's cap on `outstanding` in whole tokens; zero for none.
struct PoolView {
    uint256 outstanding;
    uint256 balance;
    uint256 outstandingCap;
}

/// @notice A program as published.
/// @param retired Whether its sale has ended; its cards keep their rights.
/// @param policyId The policy it was published under, whose rights its cards keep.
/// @param feeFree Whether its cards can be left without a fee: the policy has none, or the merchant charges none.
struct ProgramView {
    uint32 merchantId;
    uint32 policyId;
    ProgramKind kind;
    bool bearer;
    bool retired;
    uint88 price;
    uint88 units;
    uint88 listPrice;
    bool feeFree;
}

/// @notice A card as booked; `quoteExit` adds the effect of time. A closed card keeps the figures booked before its closing.
/// @param principal Amount paid, in token base units.
/// @param consumed Units consumed.
/// @param openedAt When the card began; for a pass bought in advance, when it will begin. An extension of a pass moves it.
/// @param exitRequestedAt When its holder asked to leave; zero if no request is pending.
/// @param nonce The nonce of the next signed request.
/// @param disputed Whether a dispute is open, see `dispute`.
/// @param moving Whether a move is pending, see `pendingMove`.
/// @param coolingOffOver Whether cooling-off was over when the pass was extended: the extension begins no second one.
struct CardView {
    CardStatus status;
    uint88 principal;
    uint88 consumed;
    uint32 openedAt;
    uint32 exitRequestedAt;
    uint8 nonce;
    bool disputed;
    bool moving;
    bool coolingOffOver;
}

/// @notice A card's dispute, and the effects of earlier ones.
/// @param kind Its subject; `None` if no dispute is open, and then `value` and the dates of the ruling are zero.
/// @param value What remained of the card when the complaint was opened, in token base units; zero for a contest.
/// @param rulingFrom From when the association can rule.
/// @param rulingUntil From when the association no longer can, and the dispute can be executed.
/// @param complaintFrom From when the holder can complain again; zero if no complaint ended without success.
/// @param contestDismissed Whether an exit was contested and the contest dismissed: the merchant cannot contest another exit.
struct DisputeView {
    DisputeKind kind;
    uint96 value;
    uint32 rulingFrom;
    uint32 rulingUntil;
    uint32 complaintFrom;
    bool contestDismissed;
}

/// @notice A card's pending move; all zero if there is none, or it has lapsed. Under a flag, which stops the clock, and after the
/// notice of a run-off a move is shown but cannot be executed.
/// @param to The next holder.
/// @param by The account that made the request: the holder, or the recovery address the holder had named.
/// @param executableAt From when anyone may execute it.
/// @param lapsesAt When it lapses if nobody has executed it.
struct MoveView {
    address to;
    address by;
    uint256 executableAt;
    uint256 lapsesAt;
}

/// @notice What a holder gets on leaving: with the pending request, or one made now, at the moment it falls due. The merchant's
/// status and the known end of service are those of now.
/// @param rule The rule that decides; `None` for a card that is not open.
/// @param refund Goes to the holder, in token base units.
/// @param forfeited Goes to the merchant in addition to released money: the discount taken back and the fee, at holder's cause.
/// @param fee The part of `forfeited` that is the policy's fee.
/// @param released Time of a pass that is not booked yet, in token base units; goes to the merchant.
/// @param consumed Units consumed, with the time of a pass counted to the request, or to the end of service if that is earlier.
/// @param executableAt When the refund can be paid: for the pending request, or for one made now. In a dispute on which nobody ruled
/// in time, the end of the time to rule; after a flag, the end of its window.
/// @param lapsesAt When that request lapses, or the complaint can be ended by anyone; zero if neither happens: for a pass, a contested
/// request, and after a flag.
struct ExitQuote {
    ExitRule rule;
    uint256 refund;
    uint256 forfeited;
    uint256 fee;
    uint256 released;
    uint256 consumed;
    uint256 executableAt;
    uint256 lapsesAt;
}

/// @title Prepaid Escrow
/// @notice Keeps prepaid money out of the merchant's reach, releases it as holders confirm their consumption by signature, refunds
/// it when the merchant is flagged as defaulted, and warns merchants and regulators. The platform charges no fee, and there is no
/// code for one: a fee for leaving, where a policy has one, goes to the merchant.
/// @dev Amounts are token base units: a card's fit `uint88`, a pool's `uint96`. Times are Unix seconds in `uint32`, until 2106;
/// a period includes its start and excludes its end, but a signature is valid at its deadline (as in ERC-2612).
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
    /// @notice Emitted when the regulator moves a merchant to another policy.
    event MerchantPolicySet(uint32 indexed merchantId, uint32 indexed policyId);
    /// @notice Emitted when a merchant's cap on the outstanding balance changes, in whole tokens; zero for none.
    event OutstandingCapSet(uint32 indexed merchantId, uint256 outstandingCap);
    /// @notice Emitted when a till is added or removed.
    event OperatorSet(uint32 indexed merchantId, address indexed operator, bool enabled);
    /// @notice Emitted when a new payout address is named; it takes effect by itself at `effectiveAt`.
    event PayoutChangeStarted(uint32 indexed merchantId, address indexed payout, uint256 effectiveAt);
    /// @notice Emitted when the owner cancels a pending payout address.
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
    /// @notice Emitted when the sale of a program ends.
    event ProgramRetired(uint32 indexed programId, uint32 indexed merchantId);

    /* EVENTS: CARDS */

    /// @notice Emitted when a card is sold. Program and serial are in the id.
    /// @param payer The account that paid the principal.
    /// @param principal Amount paid, in token base units.
    /// @param startsAt When it begins.
    /// @param outstanding The merchant's outstanding balance after the sale, in token base units.
    /// @param balance The balance of the merchant's pool after the sale, in token base units.
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
    /// @notice Emitted when a pass is extended: by its merchant, by a ruling on a complaint, by the dismissal of a contest, or because
    /// a recovery address ends a request to leave.
    /// @param extension Seconds by which it was asked to be extended.
    /// @param startsAt The time at which the pass counts as begun from now on.
    /// @param coolingOffOver Whether its cooling-off is over: the extension begins no second one.
    event PassExtended(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        uint256 extension,
        uint256 startsAt,
        bool coolingOffOver
    );
    /// @notice Emitted when a holder asks to leave. Ends a pending move and an open complaint.
    /// @param executableAt From when anyone may execute it.
    /// @param lapsesAt When it lapses if nobody has executed it; zero for a pass, whose request does not lapse.
    /// @param nonce The card's next nonce.
    event ExitRequested(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed holder,
        uint256 executableAt,
        uint256 lapsesAt,
        uint8 nonce
    );
    /// @notice Emitted when a holder cancels a request to leave, or voids signed requests that were not sent. Ends a pending move and
    /// a contest of the request.
    event ExitCancelled(uint32 indexed merchantId, bytes32 indexed cardId, address indexed holder, uint8 nonce);
    /// @notice Emitted when a card is closed and paid.
    /// @param recipient The paid account: the holder, or one that the holder named.
    /// @param rule The rule that decided.
    /// @param released The merchant's part of the closing, in token base units: for a pass the time not booked before, and at
    /// holder's cause the discount taken back, which the holder forfeits.
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
    /// @notice Emitted when released money is paid to the merchant. The pool's balance then equals the outstanding balance.
    /// @param amount Paid, in token base units.
    /// @param outstanding The merchant's outstanding balance, and its pool's balance, after the payment, in token base units.
    event PaidOut(uint32 indexed merchantId, address indexed payout, uint256 amount, uint256 outstanding);
    /// @notice Emitted at the end of every other call that changed a merchant's money, and at the end of a batch of vouchers.
    /// @param outstanding The part that holders can still use or take back, in token base units.
    /// @param balance The amount accounted to the vault, in token base units.
    event PoolUpdated(uint32 indexed merchantId, uint256 outstanding, uint256 balance);

    /* EVENTS: DISPUTES */

    /// @notice Emitted when a holder complains. Ends a pending move.
    /// @param value What remains of the card, in token base units; it counts in `Complaints` until the complaint ends.
    /// @param rulingFrom From when the association can rule.
    /// @param rulingUntil From when the association no longer can, and the complaint can be executed.
    /// @param nonce The card's next nonce.
    /// @param evidence Hash of the holder's evidence.
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
    /// @param rulingUntil From when the association no longer can, and anyone may execute.
    /// @param evidence Hash of the merchant's evidence.
    event ExitContested(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed operator,
        uint256 rulingFrom,
        uint256 rulingUntil,
        bytes32 evidence
    );
    /// @notice Emitted when a complaint ends and the card stays open: the holder asks to leave instead, nobody ruled on it, or the
    /// association extended the pass.
    /// @param complaintFrom From when the holder can complain again; zero for at once.
    /// @param decision Hash of the ruling; zero if there was none.
    event ComplaintEnded(uint32 indexed merchantId, bytes32 indexed cardId, uint256 complaintFrom, bytes32 decision);
    /// @notice Emitted when the association rejects the holder's claim. A complaint ends without effect; a contested request to
    /// leave ends and the card stays open.
    /// @param complaintFrom From when the holder can complain again; zero if a contest was decided.
    /// @param decision Hash of the ruling.
    event DisputeDismissed(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        DisputeKind kind,
        uint256 complaintFrom,
        bytes32 decision
    );
    /// @notice Emitted when the association decides for the holder. The card closes by `Ruling`, see `CardRefunded`.
    /// @param awarded The award, in token base units. The refund is the nearest amount between holder's and issuer's cause.
    /// @param decision Hash of the ruling.
    event DisputeUpheld(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        DisputeKind kind,
        uint256 awarded,
        bytes32 decision
    );

    /* EVENTS: MOVES */

    /// @notice Emitted when a holder, or a recovery address, asks to move a card. A recovery address's request ends an old request to
    /// leave a pass; see `PassExtended`.
    /// @param to The next holder.
    /// @param by The account that made the request: the holder, or the recovery address the holder had named.
    /// @param executableAt From when anyone may execute it.
    /// @param lapsesAt When it lapses if nobody has executed it.
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
    /// @notice Emitted when a merchant consents to a move. Anyone may execute it from now on.
    /// @param executableAt The time of the consent.
    /// @param lapsesAt When it lapses if nobody has executed it.
    event MoveConsented(
        uint32 indexed merchantId,
        bytes32 indexed cardId,
        address indexed operator,
        uint256 executableAt,
        uint256 lapsesAt
    );
    /// @notice Emitted when a holder ends a pending move.
    event MoveCancelled(uint32 indexed merchantId, bytes32 indexed cardId, address indexed holder);
    /// @notice Emitted when a card goes to another holder, and so to another id. The old id is closed for ever. The card under the
    /// new id is unchanged, its dates and its nonce included.
    event CardMoved(uint32 indexed merchantId, bytes32 indexed cardId, address indexed to, bytes32 newCardId);
    /// @notice Emitted when a holder names a recovery address, or none (zero). Ends every pending move of an earlier recovery address.
    event RecoverySet(address indexed holder, address indexed recovery);

    /* EVENTS: SUPERVISION */

    /// @notice Emitted when the regulator suspends a merchant. The suspension lapses at `until`.
    event MerchantSuspended(uint32 indexed merchantId, uint256 until, bytes32 evidence);
    /// @notice Emitted when the regulator ends a suspension, at `suspendedUntil`. The wait for another suspension counts from then.
    event MerchantResumed(uint32 indexed merchantId, uint256 suspendedUntil);
    /// @notice Emitted when a merchant begins to close in order.
    event RunOffStarted(uint32 indexed merchantId, uint256 lastServiceAt, uint256 noticeEndsAt);
    /// @notice Emitted when a run-off is complete.
    event MerchantClosed(uint32 indexed merchantId);
    /// @notice Emitted when the regulator flags a default.
    /// @param serviceStoppedAt The time of passes counts up to this moment.
    /// @param windowEndsAt Signed visits can be settled before it; everybody can be refunded from it on.
    /// @param withdrawable Whether the flag can be withdrawn: the first can, the second cannot.
    event DefaultFlagged(
        uint32 indexed merchantId,
        uint256 serviceStoppedAt,
        uint256 windowEndsAt,
        bool withdrawable,
        bytes32 evidence
    );
    /// @notice Emitted when the regulator withdraws a flag.
    /// @param status The merchant's status again.
    /// @param suspendedUntil End of the last suspension: of the present one, if `status` is `Suspended`.
    /// @param withdrawnAt The time of the withdrawal. A pending request lapses later by the time the flag was up.
    event DefaultWithdrawn(
        uint32 indexed merchantId,
        MerchantStatus status,
        uint256 suspendedUntil,
        uint256 withdrawnAt
    );

    /* ERRORS */

    /// @notice Thrown when a policy's field is outside the bounds for every policy.
    error PolicyFieldOutOfBounds(string field, uint256 value, uint256 min, uint256 max);
    /// @notice Thrown when a policy's token is no contract.
    error PolicyTokenWithoutCode(address token);
    /// @notice Thrown when a policy's token has too many decimals for the arithmetic, or none that can be read (255).
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
    /// @notice Thrown when a caller or signer is no operator of the merchant.
    error MerchantOperatorOnly(uint32 merchantId, address account);
    /// @notice Thrown when a caller is not the account to which the ownership is offered.
    error MerchantNextOwnerOnly(uint32 merchantId, address caller, address nextOwner);
    /// @notice Thrown when there is nothing pending to cancel.
    error MerchantNothingPending(uint32 merchantId);
    /// @notice Thrown when a call comes before its time.
    error MerchantTooEarly(uint32 merchantId, uint256 nowAt, uint256 notBefore);
    /// @notice Thrown when the final settlement window is over.
    error MerchantSettlementClosed(uint32 merchantId, uint256 nowAt, uint256 windowEndedAt);
    /// @notice Thrown when the regulator withdraws a second flag.
    error MerchantFlagStands(uint32 merchantId);
    /// @notice Thrown when a merchant with outstanding money is closed.
    error MerchantOutstandingLeft(uint32 merchantId, uint256 outstanding);
    /// @notice Thrown when a moment lies outside the period it must lie in.
    error MerchantTimeOutOfRange(uint32 merchantId, uint256 time, uint256 min, uint256 max);
    /// @notice Thrown when a sale would take a merchant over its cap and the policy rejects that.
    error MerchantCapExceeded(uint32 merchantId, uint256 outstanding, uint256 cap);
    /// @notice Thrown when there is nothing to pay out.
    error PoolNothingReleasable(uint32 merchantId);
    /// @notice Thrown when less arrived in the vault than was paid: the token keeps a fee, or reports a wrong balance.
    error PoolDepositShort(uint32 merchantId, uint256 held, uint256 accounted);

    /// @notice Thrown when no such program was published.
    error ProgramUnknown(uint32 programId);
    /// @notice Thrown when a program was retired.
    error ProgramAlreadyRetired(uint32 programId);
    /// @notice Thrown when a program was published under another policy than the merchant's.
    error ProgramPolicyOutdated(uint32 programId, uint32 policyId, uint32 merchantPolicyId);
    /// @notice Thrown when a pass could be used and left in cooling-off for nothing, again and again: the policy does not count its
    /// days, asks neither that it is unused nor for a fee that covers them.
    /// @param feeBps The fee for leaving in cooling-off in basis points of the price; zero if the policy has a largest fee.
    /// @param neededBps The share of the term that cooling-off is, in basis points.
    error ProgramCoolingOffFree(uint256 feeBps, uint256 neededBps);
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
    /// @notice Thrown when a move, or a purchase sent by anyone but the holder, leaves a gap in the holder's serials: cards after it
    /// would be hidden.
    error CardSerialNotNext(bytes32 cardId);
    /// @notice Thrown when a purchase pays nothing.
    error CardPrincipalZero();
    /// @notice Thrown when a purchase does not pay the exact price of its program.
    error CardPriceMismatch(uint256 principal, uint256 price);
    /// @notice Thrown when a card is over its limit and the policy rejects that.
    error CardPrincipalOverLimit(uint256 principal, uint256 limit);
    /// @notice Thrown when a start or an extension is given for a card that is no pass.
    error CardNotAPass(uint32 programId);
    /// @notice Thrown when a pass starts in the past or too far ahead, or would by an extension.
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
    /// @notice Thrown when the card's open dispute forbids the call.
    error CardInDispute(bytes32 cardId, DisputeKind kind);
    /// @notice Thrown when no dispute about a card is open.
    error CardNotInDispute(bytes32 cardId);
    /// @notice Thrown when a holder complains in cooling-off: asking to leave pays by right, and sooner.
    /// @param until When cooling-off ends; the largest number if service has stopped in it, which it then outlasts.
    error CardInCoolingOff(bytes32 cardId, uint256 nowAt, uint256 until);
    /// @notice Thrown when anyone but its holder ends a complaint that is not over yet.
    error CardComplaintPending(bytes32 cardId, uint256 nowAt, uint256 endsAt);
    /// @notice Thrown when a contested request to leave is ended like a complaint.
    error CardNoComplaint(bytes32 cardId, DisputeKind kind);
    /// @notice Thrown when a holder complains too soon after a complaint that was dismissed, taken back or not ruled on.
    error CardComplaintTooEarly(bytes32 cardId, uint256 nowAt, uint256 complaintFrom);
    /// @notice Thrown when the rule of a request to leave does not allow a contest.
    error CardExitNotContestable(bytes32 cardId, ExitRule rule);
    /// @notice Thrown when a request to leave is contested that takes nothing from the holder.
    error CardExitPaysInFull(bytes32 cardId, uint256 refund);
    /// @notice Thrown when the time to contest a request to leave is over.
    error CardContestTooLate(bytes32 cardId, uint256 nowAt, uint256 executableAt);
    /// @notice Thrown when an exit of the card was contested before and the contest dismissed.
    error CardContestDismissed(bytes32 cardId);
    /// @notice Thrown when the association rules too early or too late.
    error CardRulingOutOfTime(bytes32 cardId, uint256 nowAt, uint256 rulingFrom, uint256 rulingUntil);
    /// @notice Thrown when a dispute is executed while the association can still rule on it.
    error CardRulingPending(bytes32 cardId, uint256 nowAt, uint256 rulingUntil);
    /// @notice Thrown when a dismissal awards money.
    error CardAwardOnDismissal(bytes32 cardId, uint256 awarded);
    /// @notice Thrown when a move is already pending.
    error CardMovePending(bytes32 cardId, uint256 executableAt);
    /// @notice Thrown when no move is pending, or it has lapsed.
    error CardMoveNotRequested(bytes32 cardId);
    /// @notice Thrown when a pending move is not due yet.
    error CardMoveTooEarly(bytes32 cardId, uint256 nowAt, uint256 executableAt);
    /// @notice Thrown when a merchant consents to a move that is already due.
    error CardMoveAlreadyDue(bytes32 cardId, uint256 nowAt, uint256 executableAt);
    /// @notice Thrown when a merchant consents to a move that a recovery address asked for.
    error CardMoveByRecovery(bytes32 cardId);
    /// @notice Thrown when a merchant consents with a nonce other than the card's: the pending request is another one.
    error CardNonceMismatch(bytes32 cardId, uint8 nonce, uint8 cardNonce);
    /// @notice Thrown when a reported card has another holder than the card before it, or no greater id.
    error ExposureCardsUnordered(bytes32 cardId, bytes32 previous);
    /// @notice Thrown when the reported cards together do not pass the limit, or there is no limit (zero).
    error ExposureWithinLimit(uint256 principal, uint256 limit);
    /// @notice Thrown when an equal or higher exposure was reported less than 30 days ago.
    error ExposureReported(uint256 principal, uint256 highest, uint256 repeatableFrom);
    /// @notice Thrown when nobody could use money at an address: zero, the escrow, a vault or the token.
    error RecipientForbidden(address recipient);

    /// @notice Thrown when a signature is not the named account's.
    error SignatureInvalid(address signer);
    /// @notice Thrown when a signature's deadline has passed.
    error SignatureExpired(uint256 nowAt, uint256 deadline);
    /// @notice Thrown when a signature's deadline is too far ahead.
    error SignatureDeadlineTooFar(uint256 deadline, uint256 max);
    /// @notice Thrown when too little gas is left for a contract holder to check a signature.
    error GasInsufficient(uint256 available, uint256 needed);

    /* MERCHANTS */

    /// @notice Adds a policy. Regulator.
    /// @return policyId Numbered from 1.
    function addPolicy(Policy calldata policy_) external returns (uint32 policyId);
    /// @notice Registers a merchant under a policy and creates its vault. Regulator.
    /// @param outstandingCap Cap on the outstanding balance in whole tokens; zero for none.
    /// @param metadataURI Address of a description of the merchant. Only emitted.
    /// @return merchantId Numbered from 1.
    function registerMerchant(
        address owner,
        address payout,
        uint32 policyId,
        uint48 outstandingCap,
        string calldata metadataURI
    ) external returns (uint32 merchantId);
    /// @notice Moves a merchant to another policy under the same token. The sale of its programs under the old policy ends. Regulator.
    function setMerchantPolicy(uint32 merchantId, uint32 policyId) external;
    /// @notice Sets the cap on the outstanding balance in whole tokens; zero for none. Regulator.
    function setOutstandingCap(uint32 merchantId, uint48 outstandingCap) external;
    /// @notice Adds or removes a till. Owner.
    function setOperator(uint32 merchantId, address operator, bool enabled) external;
    /// @notice Names another payout address; it takes effect by itself 7 days later. Owner.
    function setPayout(uint32 merchantId, address payout) external;
    /// @notice Cancels a pending payout address. Owner.
    function cancelPayout(uint32 merchantId) external;
    /// @notice Offers the ownership to another account, which can accept it 7 days later. Owner.
    function transferOwnership(uint32 merchantId, address newOwner) external;
    /// @notice Withdraws an offer of ownership. Owner.
    function cancelOwnershipTransfer(uint32 merchantId) external;
    /// @notice Accepts the ownership. The account to which it is offered.
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
    /// @notice Buys a pass that begins at `startsAt`: at most the policy's `maxAdvance` from now; zero means now.
    function buyPass(
        uint32 programId,
        address holder,
        uint88 principal,
        uint64 serial,
        uint32 startsAt
    ) external returns (bytes32 cardId);
    /// @notice Buys with an ERC-2612 permit of the caller. A permit that fails is ignored: the allowance decides.
    function buyWithPermit(
        Purchase calldata purchase,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (bytes32 cardId);
    /// @notice Buys with an ERC-3009 authorization of `payer`, made out to the merchant's vault. Anyone may send it.
    /// @dev The authorization's nonce is keccak256(abi.encode(escrow, programId, holder, principal, startsAt, salt)), so that it
    /// pays for this purchase only. The sender chooses the serial.
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

    /// @notice Books consumption that holders have signed. Operators; after a default flag anyone until the window ends.
    function settle(uint32 merchantId, KeyVoucher[] calldata vouchers) external;
    /// @notice Books consumption and pays the merchant in one transaction. The callers of `settle`.
    function settleAndPayOut(uint32 merchantId, KeyVoucher[] calldata vouchers) external;
    /// @notice Books consumption under an operator's signature. Anyone may send it.
    /// @param operator The account that signed the `Settlement` of these vouchers and this deadline.
    function settleWithSignature(
        uint32 merchantId,
        KeyVoucher[] calldata vouchers,
        uint48 deadline,
        address operator,
        bytes calldata signature
    ) external;
    /// @notice Books consumption signed by contract holders (ERC-1271). The callers of `settle`.
    function settleContractHolders(uint32 merchantId, ContractVoucher[] calldata vouchers) external;
    /// @notice Books the time of passes, up to the accrual delay before now. Anyone.
    /// @dev Skips a pass in cooling-off, in dispute before the time to rule is over, and while its merchant is suspended.
    function accrue(bytes32[] calldata cardIds) external;
    /// @notice Extends passes: each counts as begun so much later. Operators of every pass's merchant, unless it is flagged or closed.
    /// @dev Skips a card that is not open or no pass, and a pass with a pending request to leave or a dispute. No start can be more than
    /// 365 days ahead.
    /// @param extension Seconds.
    function extendPasses(bytes32[] calldata cardIds, uint32 extension) external;
    /// @notice Pays released money to the merchant's payout address. Anyone.
    function payOut(uint32 merchantId) external;

    /* LEAVING */

    /// @notice Asks to leave. Ends a pending move and an open complaint. Holder.
    function requestExit(bytes32 cardId) external;
    /// @notice Asks to leave under the holder's signature. Anyone may send it.
    function requestExitWithSignature(bytes32 cardId, uint48 deadline, bytes calldata signature) external;
    /// @notice Cancels a request to leave, and voids every signed request that was not sent. Ends a pending move. Holder.
    function cancelExit(bytes32 cardId) external;
    /// @notice Closes a card whose request is due, and pays its holder. Anyone.
    function executeExit(bytes32 cardId) external;
    /// @notice As `executeExit`, or as `executeDispute` for a card in dispute, but pays `recipient`. Needs no request once anyone can
    /// refund the cards of a defaulted or closing merchant. Holder.
    function executeExitTo(bytes32 cardId, address recipient) external;
    /// @notice Closes a card at once and pays its holder all that remains. Operators.
    /// @dev The time of a pass counts as booked; with a pending request, up to the request. Refused while a recovery address's move is
    /// pending, because the holder may have lost the key.
    function refundCard(bytes32 cardId) external;

    /* DISPUTES */

    /// @notice Complains about the merchant. Refused while a request to leave is pending, and in cooling-off, where a request to leave
    /// pays as much and sooner. Holder.
    /// @param evidence Hash of the holder's evidence.
    function complain(bytes32 cardId, bytes32 evidence) external;
    /// @notice Complains under the holder's signature. Anyone may send it.
    function complainWithSignature(
        bytes32 cardId,
        bytes32 evidence,
        uint48 deadline,
        bytes calldata signature
    ) external;
    /// @notice Contests a request to leave within its exit delay. Refused in cooling-off, where the program lets holders leave at any
    /// time, where the holder gets all that remains anyway, after a contest about the card was dismissed, and in a run-off. Operators.
    /// @param evidence Hash of the merchant's evidence.
    function contestExit(bytes32 cardId, bytes32 evidence) external;
    /// @notice Rules on a dispute. Association, from one exit delay after its beginning until the ruling timeout.
    /// @dev A dismissed contest extends a pass by the time since the request.
    /// @param upheld Whether the holder is right: the card is closed and paid. If not, the holder's claim ends.
    /// @param awarded Award in token base units; zero for a dismissal. The refund is the nearest amount between the refund at holder's
    /// cause and the refund at issuer's cause. For a complaint about a pass, the latter counts no time after the complaint, nor within
    /// the accrual delay before it.
    /// @param decision Hash of the ruling.
    function resolve(bytes32 cardId, bool upheld, uint88 awarded, bytes32 decision) external;
    /// @notice Rules on a complaint about a pass by extending it; the card stays open. Association, in the time of `resolve`.
    /// @param extension Seconds. The start can be at most 365 days ahead.
    /// @param decision Hash of the ruling.
    function resolveByExtension(bytes32 cardId, uint32 extension, bytes32 decision) external;
    /// @notice Closes a card whose dispute was not ruled on in time, and pays its holder. After a contest it pays as the contested
    /// request would, after a complaint as a request made now: at holder's cause, except from a run-off's last day of service on.
    /// Anyone; a complaint that costs its holder anything, the holder alone.
    function executeDispute(bytes32 cardId) external;
    /// @notice Ends a complaint without effect that was not ruled on in time and that its holder has not executed within one exit
    /// delay. Anyone.
    function endComplaint(bytes32 cardId) external;

    /* MOVES */

    /// @notice Asks to move a card to another holder. A holder's request is due after the exit delay. A recovery address's request is
    /// due after 30 days, and refused while the holder's is pending; the holder's replaces it. Holder or its recovery address.
    /// @dev A recovery address's request ends a request to leave a pass that nobody has executed within two exit delays, and extends
    /// the pass by the time since.
    function requestMove(bytes32 cardId, address to) external;
    /// @notice Allows the immediate execution of a move that the holder asked for and that is not due yet. Operators.
    /// @param nonce The card's nonce since the request, so that nobody consents to a later request unseen.
    function consentMove(bytes32 cardId, uint8 nonce) external;
    /// @notice Ends a pending move. Holder.
    function cancelMove(bytes32 cardId) external;
    /// @notice Moves a card whose pending move is due. Anyone.
    /// @param serial Serial of the card at its new holder: free, and zero or the number after a taken one.
    /// @return newCardId The card's id from now on.
    function executeMove(bytes32 cardId, uint64 serial) external returns (bytes32 newCardId);
    /// @notice Names the account that may ask to move any of the caller's cards if the key is lost; zero for none.
    function setRecovery(address recovery) external;

    /* SUPERVISION */

    /// @notice Stops sales and payouts for 90 days. Regulator.
    function suspend(uint32 merchantId, bytes32 evidence) external;
    /// @notice Ends a suspension. Regulator.
    function resume(uint32 merchantId) external;
    /// @notice Begins the orderly closing of a merchant. Owner, from Active; regulator, also from Suspended. An owner who is also
    /// regulator acts as owner.
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
    /// @dev Skips cards that are not open. A holder whom the token refuses keeps the claim. A complaint about a card ends here, paid
    /// or not.
    function refundCards(uint32 merchantId, bytes32[] calldata cardIds) external;
    /// @notice Raises `HolderExposure` for open cards of one holder at one merchant that together pass the policy's limit. Within 30
    /// days it is raised again only for a higher sum. Anyone.
    /// @param cardIds Strictly increasing.
    function reportHolderExposure(uint32 merchantId, bytes32[] calldata cardIds) external;

    /// @notice Raises or clears the warnings `OutstandingCap` and `Complaints` by the merchant's figures of now. Anyone.
    /// @dev Every change raises and clears them by itself. This call finds what a sale to oneself hid while a holder complained.
    function reviewWarnings(uint32 merchantId) external;

    /* VIEWS */

    /// @notice A merchant as it stands now.
    function merchant(uint32 merchantId) external view returns (MerchantView memory);
    /// @notice The vault of a merchant, also of one that is not registered yet.
    function vaultOf(uint32 merchantId) external view returns (address);
    /// @notice Whether an account is one of a merchant's tills.
    function isOperator(uint32 merchantId, address account) external view returns (bool);
    /// @notice A merchant's money.
    function pool(uint32 merchantId) external view returns (PoolView memory);
    /// @notice The amount `payOut` pays if the status allows it, in token base units.
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
    /// @notice The account that may ask to move a holder's cards if the key is lost; zero for none.
    function recoveryOf(address holder) external view returns (address);
    /// @notice What leaving pays, when and by which rule. The amounts are those that are paid at `executableAt`, or now if it is past.
    function quoteExit(bytes32 cardId) external view returns (ExitQuote memory);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, MerchantStatus} from "./IPrepaidEscrow.sol";
import {IWarnings} from "./IWarnings.sol";

/* TYPES */

/// @notice What a merchant must keep for the balance of the cards it sold outside the escrow. One slot.
/// @dev The highest tier whose threshold lies strictly below the reported balance applies to the whole of it. A tier that does
/// not exist has the largest `uint96` as threshold, which no balance passes, and the share of the tier before it.
/// @param bps0 Share in basis points; 0–20 000, and never falling from tier to tier.
/// @param threshold1 Balance above which `bps1` applies, in token base units.
/// @param bps1 Share of the first tier.
/// @param threshold2 Balance above which `bps2` applies, in token base units; not below `threshold1`.
/// @param bps2 Share of the second tier.
/// @param reportDays Days after the date of a report by which the next must be there; zero for none.
struct DepositRule {
    uint16 bps0;
    uint96 threshold1;
    uint16 bps1;
    uint96 threshold2;
    uint16 bps2;
    uint16 reportDays;
}

/// @notice One line of the association's list of holders outside the escrow.
/// @dev Its leaf in the Merkle tree is keccak256(keccak256(abi.encode(index, account, amount))), OpenZeppelin's standard form.
/// @param index Number of the line.
/// @param account Who is paid.
/// @param amount What the account is owed, in token base units.
/// @param proof Siblings from the leaf to the root.
struct Claim {
    uint256 index;
    address account;
    uint256 amount;
    bytes32[] proof;
}

/// @notice Why a claim of a batch was not paid.
/// @dev `NotListed`: not in the published tree. `OverTotal`: it and those counted before would pass the published sum.
/// `NothingDue`: it has had all that the rate gives it now. `RecipientForbidden`: nobody could use money there. `Refused`: the
/// token refuses the account, which keeps its claim.
enum ClaimSkipReason {
    NotListed,
    OverTotal,
    NothingDue,
    RecipientForbidden,
    Refused
}

/// @notice A merchant's rule as it stands now.
/// @param rule In force; all zero if the merchant never had one.
/// @param since When it came into force.
/// @param cureBy By when the last tightening is to be met, said the regulator.
/// @param nextRule A rule that asks less and waits; all zero if none does.
/// @param nextRuleAt When it comes into force by itself; zero if none waits.
struct RuleView {
    DepositRule rule;
    uint32 since;
    uint32 cureBy;
    DepositRule nextRule;
    uint32 nextRuleAt;
}

/// @notice A merchant's deposit as it stands now, in token base units.
/// @param deposit What is accounted to the deposit vault.
/// @param required What must be there, the surety that counts taken off; rounded up.
/// @param reported The balance outside the escrow that is in force.
/// @param reportedAsOf The date it is of.
/// @param lastAsOf The latest date reported by anyone, whether its figure is in force or not.
/// @param reportDueAt From when a report is overdue; zero for never.
/// @param nextReported A lower figure of the owner that waits.
/// @param nextActsAt When it comes into force by itself; zero if none waits.
/// @param laterReported A figure lower still, reported while the first waits.
/// @param laterActsAt When that comes into force; zero if none waits.
/// @param certified The last figure of a reporter.
/// @param certifiedAsOf The date it is of.
/// @param vault Holds the deposit.
struct DepositView {
    uint256 deposit;
    uint256 required;
    uint256 reported;
    uint32 reportedAsOf;
    uint32 lastAsOf;
    uint256 reportDueAt;
    uint256 nextReported;
    uint32 nextActsAt;
    uint256 laterReported;
    uint32 laterActsAt;
    uint256 certified;
    uint32 certifiedAsOf;
    address vault;
}

/// @notice A merchant's surety as it stands now.
/// @param named Whom the owner named: who may place the surety.
/// @param party Who placed the one that stands, or stood last.
/// @param amount What is accounted to its vault, in token base units.
/// @param counted What of it counts towards the requirement now.
/// @param endsAt When it may be taken back, unless a default flag binds it.
/// @param bound Whether a default flag binds it now.
/// @param vault Holds it.
struct SuretyView {
    address named;
    address party;
    uint256 amount;
    uint256 counted;
    uint32 endsAt;
    bool bound;
    address vault;
}

/// @notice The distribution of a deposit under the default flag that is up; all zero without a flag.
/// @param root Merkle root of the list that stands; zero if none does.
/// @param claims Sum of the list, in token base units.
/// @param publishedAt When it was published; zero if none stands.
/// @param objectionsEndAt Until when it can be objected to.
/// @param opensAt From when it is paid: after that and after the escrow's final window.
/// @param objections How many lists were objected to.
/// @param counted Sum of the claims that came forward.
/// @param paid What they were paid.
/// @param funded What of `claims` there is money for, with a surety still to be drawn: the rate is `funded / claims`.
/// @param drawn What was drawn from the surety and not given back.
struct DistributionView {
    bytes32 root;
    uint256 claims;
    uint32 publishedAt;
    uint256 objectionsEndAt;
    uint256 opensAt;
    uint256 objections;
    uint256 counted;
    uint256 paid;
    uint256 funded;
    uint256 drawn;
}

/// @title Deposit register
/// @notice For cards that a merchant sells outside the escrow: the merchant reports what it owes on them and keeps a deposit, a
/// surety may stand in for a part, everybody is warned when it is short, and after a default it is paid out at one rate for all.
/// @dev Stands beside the escrow and reads its `merchant` view only. Amounts are token base units and fit `uint96`; times are Unix
/// seconds in `uint32`, until 2106; a period is closed at its start and open at its end.
/// Assumption: tokens take no fee, do not rebase, have no hooks, and fail with `false` or a revert at bounded cost.
/// Warning: the payees of a distribution are the association's list. It can touch nothing but that merchant's deposit and surety.
interface IDepositRegister is IWarnings {
    /* EVENTS: RULES AND REPORTS */

    /// @notice Emitted when a rule comes into force at once; it ends whatever looser one was waiting.
    /// @param since From when it is in force.
    /// @param cureBy By when the regulator wants the deposit to be there.
    /// @param required What must be there under the rule, in token base units.
    event RuleTightened(uint32 indexed merchantId, DepositRule rule, uint256 since, uint256 cureBy, uint256 required);
    /// @notice Emitted when a rule that asks less somewhere is announced; it comes into force by itself at `effectiveAt`.
    event RuleLooseningAnnounced(uint32 indexed merchantId, DepositRule rule, uint256 effectiveAt);
    /// @notice Emitted when a tightening ends an announced loosening.
    event RuleLooseningCancelled(uint32 indexed merchantId);
    /// @notice Emitted when a balance is reported.
    /// @param account Who reported.
    /// @param certified Whether a reporter did, not the merchant's owner.
    /// @param amount The balance of the cards sold outside the escrow, in token base units.
    /// @param asOf The date it is of.
    event OutstandingReported(
        uint32 indexed merchantId,
        address indexed account,
        bool certified,
        uint256 amount,
        uint256 asOf,
        bytes32 evidence
    );
    /// @notice Emitted after each report: the figures that count now and by themselves later.
    /// @param reported In force, in token base units.
    /// @param reportedAsOf The date it is of.
    /// @param next In force from `nextActsAt`; both zero if nothing waits.
    /// @param later In force from `laterActsAt`; both zero if nothing more waits.
    /// @param required What must be there, in token base units.
    event ReportedFiguresSet(
        uint32 indexed merchantId,
        uint256 reported,
        uint256 reportedAsOf,
        uint256 next,
        uint256 nextActsAt,
        uint256 later,
        uint256 laterActsAt,
        uint256 required
    );

    /* EVENTS: DEPOSIT AND SURETY */

    /// @notice Emitted when a vault is created, with the first money for it.
    /// @param forSurety Whether it holds the merchant's surety, not its deposit.
    event VaultOpened(uint32 indexed merchantId, address indexed vault, address indexed token, bool forSurety);
    /// @notice Emitted when anyone adds to a deposit.
    /// @param payer Who paid; zero for tokens that were sent straight to the vault.
    /// @param amount Paid, in token base units.
    /// @param deposit The deposit after it.
    event Deposited(uint32 indexed merchantId, address indexed payer, uint256 amount, uint256 deposit);
    /// @notice Emitted when an owner takes out what is not required.
    /// @param amount Paid to the merchant's payout address, in token base units.
    /// @param deposit The deposit after it.
    /// @param required What must be there; not above `deposit`.
    event Withdrawn(
        uint32 indexed merchantId,
        address indexed payout,
        uint256 amount,
        uint256 deposit,
        uint256 required
    );
    /// @notice Emitted when an owner names who may place a surety; zero for nobody.
    event SuretyNamed(uint32 indexed merchantId, address indexed surety);
    /// @notice Emitted when a surety is placed, added to or prolonged.
    /// @param added Paid in, in token base units.
    /// @param amount The surety after it.
    /// @param endsAt When it may be taken back.
    event SuretyPlaced(
        uint32 indexed merchantId,
        address indexed surety,
        uint256 added,
        uint256 amount,
        uint256 endsAt
    );
    /// @notice Emitted when a surety that has ended is taken back.
    event SuretyTakenBack(uint32 indexed merchantId, address indexed surety, address indexed recipient, uint256 amount);

    /* EVENTS: DEFAULT */

    /// @notice Emitted when the association publishes the list of claims.
    /// @param root Merkle root of the list; zero if nobody has a claim.
    /// @param claims Sum of the list, in token base units.
    /// @param objectionsEndAt Until when it can be objected to.
    /// @param opensAt From when it is paid.
    /// @param suretyBound Whether the surety answers for it.
    event ClaimsPublished(
        uint32 indexed merchantId,
        bytes32 indexed root,
        uint256 claims,
        uint256 objectionsEndAt,
        uint256 opensAt,
        bool suretyBound,
        bytes32 evidence
    );
    /// @notice Emitted when a list is objected to: the association publishes another.
    /// @param objections How many lists were objected to under this flag.
    /// @param objectedAt When; how long the surety is bound without a list counts from there.
    event ClaimsObjected(
        uint32 indexed merchantId,
        bytes32 indexed root,
        address indexed objector,
        uint256 objections,
        uint256 objectedAt,
        bytes32 evidence
    );
    /// @notice Emitted when the claims are open and the surety has given what it answers for.
    /// @param claims Sum of the list, in token base units.
    /// @param deposit What there is for it, with what was drawn.
    /// @param drawn What was drawn from the surety.
    event ClaimsOpened(uint32 indexed merchantId, uint256 claims, uint256 deposit, uint256 drawn);
    /// @notice Emitted when the surety gives for the shortfall.
    /// @param amount Moved to the deposit, in token base units.
    /// @param suretyLeft The surety after it.
    /// @param deposit The deposit after it.
    event SuretyDrawn(
        uint32 indexed merchantId,
        address indexed surety,
        uint256 amount,
        uint256 suretyLeft,
        uint256 deposit
    );
    /// @notice Emitted when the token refuses to move the surety. It stays bound, and the next call tries again.
    event SuretyDrawFailed(uint32 indexed merchantId, address indexed surety, uint256 amount);
    /// @notice Emitted when a claim is paid, at first or after more money has come.
    /// @param recipient Who was paid: the account, or whom it named.
    /// @param amount Paid now, in token base units.
    /// @param total Paid on this claim so far.
    /// @param claimed The claim as it is listed.
    event ClaimPaid(
        uint32 indexed merchantId,
        uint256 indexed index,
        address indexed account,
        address recipient,
        uint256 amount,
        uint256 total,
        uint256 claimed
    );
    /// @notice Emitted when a claim of a batch is not paid. Nothing is lost by it.
    event ClaimSkipped(
        uint32 indexed merchantId,
        uint256 indexed index,
        address indexed account,
        ClaimSkipReason reason
    );
    /// @notice Emitted at the end of every call that paid claims.
    /// @param counted Sum of the claims that came forward, in token base units.
    /// @param paid What they were paid.
    /// @param deposit What is left.
    event DistributionUpdated(uint32 indexed merchantId, uint256 counted, uint256 paid, uint256 deposit);
    /// @notice Emitted when a surety gets back what was drawn from it.
    /// @param drawn What it still has to get, in token base units.
    event SuretyRepaid(
        uint32 indexed merchantId,
        address indexed surety,
        uint256 amount,
        uint256 drawn,
        uint256 deposit
    );
    /// @notice Emitted when the token refuses the surety's party, so that what was drawn goes back into the surety's vault.
    /// @param amount Moved back, in token base units.
    /// @param restored The surety after it.
    /// @param drawn What it still has to get.
    event SuretyRestored(
        uint32 indexed merchantId,
        address indexed surety,
        uint256 amount,
        uint256 restored,
        uint256 drawn,
        uint256 deposit
    );
    /// @notice Emitted when the merchant gets what neither the claims nor the surety need.
    event SurplusPaid(uint32 indexed merchantId, address indexed payout, uint256 amount, uint256 deposit);

    /* ERRORS */

    /// @notice Thrown when no such merchant is registered with the escrow.
    error MerchantUnknown(uint32 merchantId);
    /// @notice Thrown when a merchant's status does not allow the call.
    error MerchantStatusForbids(uint32 merchantId, MerchantStatus status);
    /// @notice Thrown when a caller is not the merchant's owner.
    error MerchantOwnerOnly(uint32 merchantId, address caller, address owner);
    /// @notice Thrown when nothing would be moved.
    error AmountZero();
    /// @notice Thrown when money would go where nobody could use it: to zero, the register, a vault of the merchant or the
    /// token.
    error RecipientForbidden(address recipient);

    /// @notice Thrown when a share is above the highest there is.
    error RuleBpsTooHigh(uint256 bps, uint256 max);
    /// @notice Thrown when a share is below that of the tier before.
    error RuleBpsFalling(uint256 bps, uint256 previousBps);
    /// @notice Thrown when the second threshold is below the first.
    error RuleThresholdFalling(uint256 threshold, uint256 previousThreshold);
    /// @notice Thrown when a cure date has passed already.
    error RuleCureDatePassed(uint256 cureBy, uint256 nowAt);

    /// @notice Thrown when a report's date is not after the last one of the same side, or in the future.
    error ReportDateOutOfRange(uint32 merchantId, uint256 asOf, uint256 min, uint256 max);
    /// @notice Thrown when a withdrawal is asked for while no report is there, or the last is overdue.
    /// @param dueAt From when it is overdue; zero if none was ever made.
    error ReportNotInTime(uint32 merchantId, uint256 nowAt, uint256 dueAt);

    /// @notice Thrown when less arrived in a vault than was paid: the token keeps a fee, or lies.
    error DepositNotReceived(uint32 merchantId, uint256 held, uint256 accounted);
    /// @notice Thrown when more is asked for than there is.
    error DepositExceeded(uint32 merchantId, uint256 amount, uint256 deposit);
    /// @notice Thrown when a withdrawal would leave the deposit short.
    error DepositBelowRequired(uint32 merchantId, uint256 left, uint256 required);

    /// @notice Thrown when a caller is not whom the owner named.
    error SuretyNamedOnly(uint32 merchantId, address caller, address named);
    /// @notice Thrown when a surety of another stands.
    error SuretyOfAnotherStands(uint32 merchantId, address party, uint256 amount);
    /// @notice Thrown when a surety's end is too near, too far, or before the end it has.
    error SuretyEndOutOfRange(uint32 merchantId, uint256 endsAt, uint256 min, uint256 max);
    /// @notice Thrown when no surety stands.
    error SuretyNone(uint32 merchantId);
    /// @notice Thrown when a caller sends the surety elsewhere than to its party.
    error SuretyPartyOnly(uint32 merchantId, address caller, address party);
    /// @notice Thrown when a surety has not ended.
    error SuretyNotEnded(uint32 merchantId, uint256 nowAt, uint256 endsAt);
    /// @notice Thrown when a default flag binds the surety.
    error SuretyBound(uint32 merchantId);

    /// @notice Thrown when a list has claims and no root, or a root and no claims.
    error ClaimsRootMismatch(bytes32 root, uint256 claims);
    /// @notice Thrown when a list stands already.
    error ClaimsAlreadyPublished(uint32 merchantId, bytes32 root);
    /// @notice Thrown when no list stands, or another one.
    error ClaimsNotPublished(uint32 merchantId, bytes32 root);
    /// @notice Thrown when the time for objections is over.
    error ClaimsObjectionsEnded(uint32 merchantId, uint256 nowAt, uint256 endedAt);
    /// @notice Thrown when every objection there is was made.
    error ClaimsObjectionsUsed(uint32 merchantId, uint256 objections, uint256 max);
    /// @notice Thrown when the owner or the surety objects a second time under one flag.
    error ClaimsObjectedBefore(uint32 merchantId, address caller);
    /// @notice Thrown when claims are not open yet.
    error ClaimsNotOpen(uint32 merchantId, uint256 nowAt, uint256 opensAt);
    /// @notice Thrown when the claims are open already.
    error ClaimsAlreadyOpen(uint32 merchantId);
    /// @notice Thrown when a claim is not in the list.
    error ClaimNotListed(uint32 merchantId, uint256 index);
    /// @notice Thrown when a claim and those counted before it pass the published sum.
    error ClaimOverTotal(uint32 merchantId, uint256 counted, uint256 claims);
    /// @notice Thrown when a claim has had all that the rate gives it now.
    error ClaimNothingDue(uint32 merchantId, uint256 index, uint256 paid);
    /// @notice Thrown when somebody else names the recipient of a claim.
    error ClaimAccountOnly(uint32 merchantId, address caller, address account);
    /// @notice Thrown when there is no more than the claims need.
    error SurplusNone(uint32 merchantId, uint256 funds, uint256 claims);
    /// @notice Thrown when the token refuses everybody a surplus would go to.
    error SurplusRefused(uint32 merchantId);

    /* RULES AND REPORTS */

    /// @notice Sets what a merchant must keep. Regulator.
    /// @dev A rule that asks for nothing less acts at once and ends an announced loosening. One that asks less anywhere — a lower
    /// share, a higher threshold, a longer time to report — waits `LOOSENING_DELAY` as a whole, then acts by itself. Before the first
    /// report, lateness counts from when reports were first asked for, whatever rules follow.
    /// @param cureBy By when the deposit is to be there, not in the past; of no meaning for a rule that waits.
    function setRule(uint32 merchantId, DepositRule calldata rule_, uint32 cureBy) external;
    /// @notice Reports the balance of the cards sold outside the escrow. Owner or reporter.
    /// @dev A figure above the one in force acts at once. An owner's lower one waits `LOOSENING_DELAY`, and never falls below a
    /// reporter's figure for the same or a later date. A reporter's acts at once, except that one of an earlier date than the
    /// figure in force never lowers it; one that raises the figure in force ends the lower ones that wait. An owner who is a reporter as well reports as the owner.
    /// @param amount In token base units.
    /// @param asOf The date it is of: after the last one of the same side (the owner's, or the reporters'), not in the future.
    /// @param evidence Hash of what proves it.
    function reportOutstanding(uint32 merchantId, uint96 amount, uint32 asOf, bytes32 evidence) external;
    /// @notice Raises and clears the warnings that time has changed. Anyone.
    /// @dev Under a default flag warnings stay as they are.
    function refreshWarnings(uint32 merchantId) external;

    /* DEPOSIT AND SURETY */

    /// @notice Adds to a merchant's deposit; the caller pays and must have approved the register. Anyone, at any time.
    /// @dev Warning: tokens sent straight to the vault count only once they are booked with `bookDeposit`; those sent straight to a
    /// surety's vault never do.
    function deposit(uint32 merchantId, uint96 amount) external;
    /// @notice Books tokens that were sent straight to a merchant's deposit vault, as a court or a bank may do. Anyone.
    function bookDeposit(uint32 merchantId) external;
    /// @notice Takes out what is not required, to the merchant's payout address. Owner, with a report in time.
    function withdraw(uint32 merchantId, uint96 amount) external;
    /// @notice Names who may place a surety; a surety that stands is not touched. Owner.
    /// @dev Warning: as long as a party leaves its surety there, however small, nobody else can place one.
    function nameSurety(uint32 merchantId, address surety_) external;
    /// @notice Places a surety, adds to it or prolongs it. Whom the owner named.
    /// @dev It counts until 30 days before its end.
    /// @param amount Paid in, in token base units; zero to prolong.
    /// @param endsAt When it may be taken back: more than 30 days and at most 10 years from now, never before the end it has.
    function placeSurety(uint32 merchantId, uint96 amount, uint32 endsAt) external;
    /// @notice Gives a surety that has ended back. Its party; anyone when it goes to the party.
    /// @dev Under a default flag raised before its end it is bound until the claims are open; once it has ended, no longer than 365
    /// days without a list, from the flag or the last objection. A flag never gives it back before its end; one that is withdrawn
    /// after its end sets it free, whatever flag follows.
    function takeBackSurety(uint32 merchantId, address recipient) external;

    /* DEFAULT */

    /// @notice Publishes the list of claims of holders outside the escrow. Association.
    /// @param root Merkle root; zero, with `claims` zero, says that nobody has a claim.
    /// @param claims Sum of the list, in token base units.
    /// @param evidence Hash of the list as it can be read.
    function publishClaims(uint32 merchantId, bytes32 root, uint96 claims, bytes32 evidence) external;
    /// @notice Objects to a list within 14 days: another must be published. Owner, surety or regulator; three times in all.
    /// @dev Under one flag the owner may object once, the surety once, and the regulator as often as the three leave room.
    /// @param root The list that is meant.
    function objectToClaims(uint32 merchantId, bytes32 root, bytes32 evidence) external;
    /// @notice Opens the claims when they are due, and draws the surety for the shortfall. Anyone; the first claim does it too.
    function openClaims(uint32 merchantId) external;
    /// @notice Pays a claim what the rate gives it, less what it has had. Anyone; the account is paid.
    /// @dev Rounds down, by less than one base unit.
    function claim(uint32 merchantId, Claim calldata claim_) external;
    /// @notice The same, paid to `recipient`. The account.
    function claimTo(uint32 merchantId, Claim calldata claim_, address recipient) external;
    /// @notice Pays many claims; one that cannot be paid is skipped and reported. Anyone.
    function claimMany(uint32 merchantId, Claim[] calldata claims) external;
    /// @notice Pays what exceeds the claims: first to the surety what was drawn from it, then to the merchant. Anyone.
    /// @dev Where the token refuses the surety's party, its part goes back into the surety's vault.
    function paySurplus(uint32 merchantId) external;

    /* VIEWS */

    /// @notice The escrow whose merchants, statuses and tokens these are.
    function escrow() external view returns (IPrepaidEscrow);
    /// @notice A merchant's rule as it stands now.
    function rule(uint32 merchantId) external view returns (RuleView memory);
    /// @notice A merchant's deposit and reports as they stand now.
    function depositOf(uint32 merchantId) external view returns (DepositView memory);
    /// @notice A merchant's surety as it stands now.
    function surety(uint32 merchantId) external view returns (SuretyView memory);
    /// @notice The distribution under the default flag that is up.
    function distribution(uint32 merchantId) external view returns (DistributionView memory);
    /// @notice What must be in a merchant's deposit now, in token base units; rounded up.
    function required(uint32 merchantId) external view returns (uint256);
    /// @notice What a claim has been paid, and what it is to be paid at the rate of now, if it is in the list; rounded down.
    /// @dev With a surety still to be drawn.
    function quoteClaim(
        uint32 merchantId,
        uint256 index,
        address account,
        uint256 amount
    ) external view returns (uint256 paid, uint256 due);
    /// @notice The vault of a merchant's deposit, opened or to come.
    function depositVaultOf(uint32 merchantId) external view returns (address);
    /// @notice The vault of a merchant's surety, opened or to come.
    function suretyVaultOf(uint32 merchantId) external view returns (address);
}

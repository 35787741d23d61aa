// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, MerchantStatus} from "./IPrepaidEscrow.sol";
import {IWarnings} from "./IWarnings.sol";

/* TYPES */

/// @notice The share of the balance of cards sold outside the escrow that a merchant must deposit. One slot.
/// @dev The highest tier whose threshold is strictly below the reported balance applies to the whole balance. An unused tier has
/// the largest `uint96` as threshold, which no balance passes, and the share of the tier before it.
/// @param bps0 Share in basis points; 0–20 000. No share is below that of the tier before.
/// @param threshold1 Balance above which `bps1` applies, in token base units.
/// @param bps1 Share of the first tier.
/// @param threshold2 Balance above which `bps2` applies, in token base units; not below `threshold1`.
/// @param bps2 Share of the second tier.
/// @param reportDays Days from the date of a report to the day the next is due; zero if none is required.
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
/// @param account The creditor.
/// @param amount The claim, in token base units.
/// @param proof Siblings from the leaf to the root.
struct Claim {
    uint256 index;
    address account;
    uint256 amount;
    bytes32[] proof;
}

/// @notice Why a claim of a batch was not paid.
/// @dev `NotListed`: not in the published tree. `OverTotal`: together with the counted claims it would pass the published sum.
/// `NothingDue`: it is paid up to the present rate. `RecipientForbidden`: nobody could use money at this address. `Refused`: the
/// token refuses the account, which keeps its claim.
enum ClaimSkipReason {
    NotListed,
    OverTotal,
    NothingDue,
    RecipientForbidden,
    Refused
}

/// @notice A merchant's rule as it stands now.
/// @param rule The rule in force; all zero if the merchant never had one.
/// @param since When it came into force.
/// @param cureBy The regulator's date for meeting the last tightening.
/// @param nextRule A looser rule that waits; all zero if none waits.
/// @param nextRuleAt When it takes effect by itself; zero if none waits.
struct RuleView {
    DepositRule rule;
    uint32 since;
    uint32 cureBy;
    DepositRule nextRule;
    uint32 nextRuleAt;
}

/// @notice A merchant's deposit as it stands now, in token base units.
/// @param deposit The amount accounted to the deposit vault.
/// @param required The required deposit, after the counted surety is subtracted; rounded up.
/// @param reported The reported balance in force.
/// @param reportedAsOf The date of `reported`.
/// @param lastAsOf The latest date of any report, whether its figure is in force or not.
/// @param reportDueAt From when a report is overdue; zero for never.
/// @param nextReported A lower figure of the owner that waits.
/// @param nextActsAt When it takes effect by itself; zero if none waits.
/// @param laterReported A still lower figure, reported while the first waits.
/// @param laterActsAt When that takes effect; zero if none waits.
/// @param certified The last figure of a reporter.
/// @param certifiedAsOf The date of `certified`.
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
/// @param named The account that may place a surety, named by the owner.
/// @param party The account that placed the present surety, or the last one.
/// @param amount The amount accounted to its vault, in token base units.
/// @param counted The part that counts towards the requirement now, in token base units.
/// @param endsAt From when it may be taken back, unless a default flag binds it.
/// @param bound Whether a default flag binds it now.
/// @param vault Holds the surety.
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
/// @param root Merkle root of the published list; zero if none is published.
/// @param claims Sum of the list, in token base units.
/// @param publishedAt When it was published; zero if none is.
/// @param objectionsEndAt End of the time to object to it.
/// @param opensAt From when it is paid: after that time and after the escrow's final window.
/// @param objections Number of lists that were objected to.
/// @param counted Sum of the claims that came forward, in token base units.
/// @param paid Sum paid on them, in token base units.
/// @param funded The part of `claims` that is funded, a surety still to be drawn included: the rate is `funded / claims`.
/// @param drawn Taken from the surety and not given back, in token base units.
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
/// @notice For cards that a merchant sells outside the escrow. The merchant reports its balance of such cards and keeps a deposit;
/// a surety may stand in for a part. A warning shows when the deposit is short. After a default it is paid out at one rate for
/// all.
/// @dev Stands beside the escrow and reads its `merchant` view only. Amounts are token base units and fit `uint96`; times are Unix
/// seconds in `uint32`, until 2106; a period includes its start and excludes its end.
/// Assumption: tokens take no fee, do not rebase, have no hooks, and fail with `false` or a revert at bounded cost.
/// Warning: the association's list decides who is paid in a distribution. It reaches that merchant's deposit and surety only.
interface IDepositRegister is IWarnings {
    /* EVENTS: RULES AND REPORTS */

    /// @notice Emitted when a rule takes effect at once. It drops a looser rule that waits.
    /// @param since From when it is in force.
    /// @param cureBy The regulator's date for meeting the rule.
    /// @param required The deposit required under the rule, in token base units.
    event RuleTightened(uint32 indexed merchantId, DepositRule rule, uint256 since, uint256 cureBy, uint256 required);
    /// @notice Emitted when a looser rule is announced. It takes effect by itself at `effectiveAt`.
    event RuleLooseningAnnounced(uint32 indexed merchantId, DepositRule rule, uint256 effectiveAt);
    /// @notice Emitted when a tightening drops an announced loosening.
    event RuleLooseningCancelled(uint32 indexed merchantId);
    /// @notice Emitted when a balance is reported.
    /// @param account The account that reported.
    /// @param certified Whether a reporter reported, not the merchant's owner.
    /// @param amount The balance of the cards sold outside the escrow, in token base units.
    /// @param asOf The date of the balance.
    event OutstandingReported(
        uint32 indexed merchantId,
        address indexed account,
        bool certified,
        uint256 amount,
        uint256 asOf,
        bytes32 evidence
    );
    /// @notice Emitted after each report, with the figure in force and those that take effect by themselves later.
    /// @param reported The figure in force, in token base units.
    /// @param reportedAsOf The date of `reported`.
    /// @param next The figure in force from `nextActsAt`; both zero if none waits.
    /// @param later The figure in force from `laterActsAt`; both zero if no second one waits.
    /// @param required The required deposit, in token base units.
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
    /// @param forSurety Whether the vault holds the merchant's surety, not its deposit.
    event VaultOpened(uint32 indexed merchantId, address indexed vault, address indexed token, bool forSurety);
    /// @notice Emitted when anyone adds to a deposit.
    /// @param payer The account that paid; zero for tokens that were sent straight to the vault.
    /// @param amount Paid, in token base units.
    /// @param deposit The deposit after the payment.
    event Deposited(uint32 indexed merchantId, address indexed payer, uint256 amount, uint256 deposit);
    /// @notice Emitted when an owner withdraws a part of the deposit that is not required.
    /// @param amount Paid to the merchant's payout address, in token base units.
    /// @param deposit The deposit after the payment.
    /// @param required The required deposit; not above `deposit`.
    event Withdrawn(
        uint32 indexed merchantId,
        address indexed payout,
        uint256 amount,
        uint256 deposit,
        uint256 required
    );
    /// @notice Emitted when an owner names the account that may place a surety; zero for none.
    event SuretyNamed(uint32 indexed merchantId, address indexed surety);
    /// @notice Emitted when a surety is placed, added to or prolonged.
    /// @param added Paid in, in token base units.
    /// @param amount The surety after the payment.
    /// @param endsAt From when it may be taken back.
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
    /// @param objectionsEndAt End of the time to object to the list.
    /// @param opensAt From when the list is paid.
    /// @param suretyBound Whether the flag binds the surety.
    event ClaimsPublished(
        uint32 indexed merchantId,
        bytes32 indexed root,
        uint256 claims,
        uint256 objectionsEndAt,
        uint256 opensAt,
        bool suretyBound,
        bytes32 evidence
    );
    /// @notice Emitted when a party objects to a list. The association must publish another.
    /// @param objections Number of lists that were objected to under this flag.
    /// @param objectedAt The time of the objection. The time for which the surety is bound without a list counts from it.
    event ClaimsObjected(
        uint32 indexed merchantId,
        bytes32 indexed root,
        address indexed objector,
        uint256 objections,
        uint256 objectedAt,
        bytes32 evidence
    );
    /// @notice Emitted when the claims are open and the surety is drawn for the shortfall.
    /// @param claims Sum of the list, in token base units.
    /// @param deposit The deposit for them, with the drawn amount.
    /// @param drawn The amount drawn from the surety.
    event ClaimsOpened(uint32 indexed merchantId, uint256 claims, uint256 deposit, uint256 drawn);
    /// @notice Emitted when the surety is drawn for the shortfall.
    /// @param amount Moved to the deposit, in token base units.
    /// @param suretyLeft The surety after the payment.
    /// @param deposit The deposit after the payment.
    event SuretyDrawn(
        uint32 indexed merchantId,
        address indexed surety,
        uint256 amount,
        uint256 suretyLeft,
        uint256 deposit
    );
    /// @notice Emitted when the token refuses to move the surety. The surety stays bound, and the next call tries again.
    event SuretyDrawFailed(uint32 indexed merchantId, address indexed surety, uint256 amount);
    /// @notice Emitted when a claim is paid, for the first time or after a rise of the rate.
    /// @param recipient The paid address: the account, or one that the account named.
    /// @param amount Paid now, in token base units.
    /// @param total Paid on this claim so far.
    /// @param claimed The listed claim.
    event ClaimPaid(
        uint32 indexed merchantId,
        uint256 indexed index,
        address indexed account,
        address recipient,
        uint256 amount,
        uint256 total,
        uint256 claimed
    );
    /// @notice Emitted when a claim of a batch is not paid. The account keeps the claim.
    event ClaimSkipped(
        uint32 indexed merchantId,
        uint256 indexed index,
        address indexed account,
        ClaimSkipReason reason
    );
    /// @notice Emitted at the end of every call that paid claims.
    /// @param counted Sum of the claims that came forward, in token base units.
    /// @param paid Sum paid on them.
    /// @param deposit The deposit that is left.
    event DistributionUpdated(uint32 indexed merchantId, uint256 counted, uint256 paid, uint256 deposit);
    /// @notice Emitted when a drawn amount is paid back to the surety's party.
    /// @param drawn The drawn amount still to be paid back, in token base units.
    event SuretyRepaid(
        uint32 indexed merchantId,
        address indexed surety,
        uint256 amount,
        uint256 drawn,
        uint256 deposit
    );
    /// @notice Emitted when the token refuses the surety's party, so that the drawn amount goes back into the surety's vault.
    /// @param amount Moved back, in token base units.
    /// @param restored The surety after the payment.
    /// @param drawn The drawn amount still to be paid back.
    event SuretyRestored(
        uint32 indexed merchantId,
        address indexed surety,
        uint256 amount,
        uint256 restored,
        uint256 drawn,
        uint256 deposit
    );
    /// @notice Emitted when the merchant is paid the surplus that neither the claims nor the surety need.
    event SurplusPaid(uint32 indexed merchantId, address indexed payout, uint256 amount, uint256 deposit);

    /* ERRORS */

    /// @notice Thrown when no such merchant is registered with the escrow.
    error MerchantUnknown(uint32 merchantId);
    /// @notice Thrown when a merchant's status does not allow the call.
    error MerchantStatusForbids(uint32 merchantId, MerchantStatus status);
    /// @notice Thrown when a caller is not the merchant's owner.
    error MerchantOwnerOnly(uint32 merchantId, address caller, address owner);
    /// @notice Thrown when a call would move no money.
    error AmountZero();
    /// @notice Thrown when nobody could use money at an address: zero, the register, a vault of the merchant or the token.
    error RecipientForbidden(address recipient);

    /// @notice Thrown when a share is above the maximum.
    error RuleBpsTooHigh(uint256 bps, uint256 max);
    /// @notice Thrown when a share is below that of the tier before.
    error RuleBpsFalling(uint256 bps, uint256 previousBps);
    /// @notice Thrown when the second threshold is below the first.
    error RuleThresholdFalling(uint256 threshold, uint256 previousThreshold);
    /// @notice Thrown when a cure date has passed.
    error RuleCureDatePassed(uint256 cureBy, uint256 nowAt);

    /// @notice Thrown when a report's date is not after the last report of the same side, or is in the future.
    error ReportDateOutOfRange(uint32 merchantId, uint256 asOf, uint256 min, uint256 max);
    /// @notice Thrown when an owner withdraws without any report, or while the next report is overdue.
    /// @param dueAt From when it is overdue; zero if none was ever made.
    error ReportNotInTime(uint32 merchantId, uint256 nowAt, uint256 dueAt);

    /// @notice Thrown when less arrived in a vault than was paid: the token keeps a fee, or reports a wrong balance.
    error DepositNotReceived(uint32 merchantId, uint256 held, uint256 accounted);
    /// @notice Thrown when a withdrawal is above the deposit.
    error DepositExceeded(uint32 merchantId, uint256 amount, uint256 deposit);
    /// @notice Thrown when a withdrawal would leave less than the required deposit.
    error DepositBelowRequired(uint32 merchantId, uint256 left, uint256 required);

    /// @notice Thrown when a caller is not the account that the owner named.
    error SuretyNamedOnly(uint32 merchantId, address caller, address named);
    /// @notice Thrown when another party's surety stands.
    error SuretyOfAnotherStands(uint32 merchantId, address party, uint256 amount);
    /// @notice Thrown when a surety's end is too near, too far, or before its present end.
    error SuretyEndOutOfRange(uint32 merchantId, uint256 endsAt, uint256 min, uint256 max);
    /// @notice Thrown when no surety stands.
    error SuretyNone(uint32 merchantId);
    /// @notice Thrown when anyone but the surety's party names another recipient.
    error SuretyPartyOnly(uint32 merchantId, address caller, address party);
    /// @notice Thrown when a surety has not ended.
    error SuretyNotEnded(uint32 merchantId, uint256 nowAt, uint256 endsAt);
    /// @notice Thrown when a default flag binds the surety.
    error SuretyBound(uint32 merchantId);

    /// @notice Thrown when a list has claims and no root, or a root and no claims.
    error ClaimsRootMismatch(bytes32 root, uint256 claims);
    /// @notice Thrown when a list is published already.
    error ClaimsAlreadyPublished(uint32 merchantId, bytes32 root);
    /// @notice Thrown when no list is published, or another one is.
    error ClaimsNotPublished(uint32 merchantId, bytes32 root);
    /// @notice Thrown when the time for objections is over.
    error ClaimsObjectionsEnded(uint32 merchantId, uint256 nowAt, uint256 endedAt);
    /// @notice Thrown when no objection is left.
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
    /// @notice Thrown when a claim is paid up to the present rate.
    error ClaimNothingDue(uint32 merchantId, uint256 index, uint256 paid);
    /// @notice Thrown when anyone but the account names the recipient of a claim.
    error ClaimAccountOnly(uint32 merchantId, address caller, address account);
    /// @notice Thrown when the funds do not exceed the claims.
    error SurplusNone(uint32 merchantId, uint256 funds, uint256 claims);
    /// @notice Thrown when the token refuses every recipient of the surplus.
    error SurplusRefused(uint32 merchantId);

    /* RULES AND REPORTS */

    /// @notice Sets a merchant's deposit rule. Regulator.
    /// @dev A rule that is nowhere looser takes effect at once and drops an announced loosening. A rule that is looser in any respect
    /// (a lower share, a higher threshold, a longer time to report) waits `LOOSENING_DELAY` as a whole, then takes effect by itself.
    /// Before the first report, lateness counts from the day since which reports are required, whatever rules follow.
    /// @param cureBy Date for meeting the rule, not in the past. It has no effect for a rule that waits.
    function setRule(uint32 merchantId, DepositRule calldata rule_, uint32 cureBy) external;
    /// @notice Reports the balance of the cards sold outside the escrow. Owner or reporter.
    /// @dev A figure above the one in force takes effect at once. An owner's lower figure waits `LOOSENING_DELAY`, and never falls
    /// below a reporter's figure for the same or a later date. A reporter's figure takes effect at once, but one of an earlier date
    /// never lowers the figure in force, and one that raises it drops the lower figures that wait. An owner who is also a reporter
    /// reports as owner.
    /// @param amount In token base units.
    /// @param asOf The date of the balance: after the last report of the same side (the owner, or the reporters), not in the future.
    /// @param evidence Hash of the evidence.
    function reportOutstanding(uint32 merchantId, uint96 amount, uint32 asOf, bytes32 evidence) external;
    /// @notice Raises and clears warnings whose condition has changed with time. Anyone.
    /// @dev Under a default flag warnings stay as they are.
    function refreshWarnings(uint32 merchantId) external;

    /* DEPOSIT AND SURETY */

    /// @notice Adds to a merchant's deposit. The caller pays and must have approved the register. Anyone, at any time.
    /// @dev Warning: tokens sent straight to the vault count only once they are booked with `bookDeposit`; those sent straight to a
    /// surety's vault never do.
    function deposit(uint32 merchantId, uint96 amount) external;
    /// @notice Books tokens that were sent straight to a merchant's deposit vault, as a court or a bank may do. Anyone.
    function bookDeposit(uint32 merchantId) external;
    /// @notice Withdraws a part of the deposit that is not required to the merchant's payout address. Owner, with a report in time.
    function withdraw(uint32 merchantId, uint96 amount) external;
    /// @notice Names the account that may place a surety. A surety that stands is not changed. Owner.
    /// @dev Warning: as long as a party leaves its surety there, however small, nobody else can place one.
    function nameSurety(uint32 merchantId, address surety_) external;
    /// @notice Places a surety, adds to it or prolongs it. The account that the owner named.
    /// @dev It counts until 30 days before its end.
    /// @param amount Paid in, in token base units; zero to prolong.
    /// @param endsAt From when it may be taken back: more than 30 days and at most 10 years from now, never before its present end.
    function placeSurety(uint32 merchantId, uint96 amount, uint32 endsAt) external;
    /// @notice Pays back a surety that has ended. Its party; anyone if it goes to the party.
    /// @dev A default flag raised before the surety's end binds it until the claims are open. Once it has ended, it is bound at most
    /// 365 days without a list, counted from the flag or the last objection. No flag frees it before its end. A flag that is
    /// withdrawn after its end frees it, whatever flag follows.
    function takeBackSurety(uint32 merchantId, address recipient) external;

    /* DEFAULT */

    /// @notice Publishes the list of claims of holders outside the escrow. Association.
    /// @param root Merkle root; zero, together with `claims` zero, if nobody has a claim.
    /// @param claims Sum of the list, in token base units.
    /// @param evidence Hash of the list in readable form.
    function publishClaims(uint32 merchantId, bytes32 root, uint96 claims, bytes32 evidence) external;
    /// @notice Objects to a list within 14 days. The association must then publish another. Owner, surety or regulator; three times in
    /// all.
    /// @dev Under one flag the owner may object once, the surety once, and the regulator for the rest of the three times.
    /// @param root Merkle root of the list.
    function objectToClaims(uint32 merchantId, bytes32 root, bytes32 evidence) external;
    /// @notice Opens the claims once they are due, and draws the surety for the shortfall. The first claim does the same. Anyone.
    function openClaims(uint32 merchantId) external;
    /// @notice Pays a claim at the present rate, less earlier payments, to its account. Anyone.
    /// @dev Rounds down, by less than one base unit.
    function claim(uint32 merchantId, Claim calldata claim_) external;
    /// @notice As `claim`, but pays `recipient`. The account.
    function claimTo(uint32 merchantId, Claim calldata claim_, address recipient) external;
    /// @notice Pays many claims. A claim that cannot be paid is skipped and reported. Anyone.
    function claimMany(uint32 merchantId, Claim[] calldata claims) external;
    /// @notice Pays the surplus over the claims: first the drawn amount to the surety's party, then the rest to the merchant. Anyone.
    /// @dev If the token refuses the surety's party, its part goes back into the surety's vault.
    function paySurplus(uint32 merchantId) external;

    /* VIEWS */

    /// @notice The escrow whose merchants the register serves.
    function escrow() external view returns (IPrepaidEscrow);
    /// @notice A merchant's rule as it stands now.
    function rule(uint32 merchantId) external view returns (RuleView memory);
    /// @notice A merchant's deposit and reports as they stand now.
    function depositOf(uint32 merchantId) external view returns (DepositView memory);
    /// @notice A merchant's surety as it stands now.
    function surety(uint32 merchantId) external view returns (SuretyView memory);
    /// @notice The distribution under the default flag that is up.
    function distribution(uint32 merchantId) external view returns (DistributionView memory);
    /// @notice The deposit that is required of a merchant now, in token base units; rounded up.
    function required(uint32 merchantId) external view returns (uint256);
    /// @notice The amount paid on a claim, and the amount due at the present rate if the claim is in the list; rounded down.
    /// @dev Counts a surety that is still to be drawn.
    function quoteClaim(
        uint32 merchantId,
        uint256 index,
        address account,
        uint256 amount
    ) external view returns (uint256 paid, uint256 due);
    /// @notice The vault of a merchant's deposit, also before it is opened.
    function depositVaultOf(uint32 merchantId) external view returns (address);
    /// @notice The vault of a merchant's surety, also before it is opened.
    function suretyVaultOf(uint32 merchantId) external view returns (address);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {DepositVault} from "./DepositVault.sol";
import {
    Claim,
    ClaimSkipReason,
    DepositRule,
    DepositView,
    DistributionView,
    IDepositRegister,
    RuleView,
    SuretyView
} from "./interfaces/IDepositRegister.sol";
import {IPrepaidEscrow, MerchantStatus, MerchantView} from "./interfaces/IPrepaidEscrow.sol";
import {IVaultFactory} from "./interfaces/IVaultFactory.sol";
import {IWarnings, StandingWarning, WarningKind, WarningLevel} from "./interfaces/IWarnings.sol";
import {RegisterViews} from "./linked/RegisterViews.sol";
import {Linked} from "./logic/Linked.sol";
import {Accounts} from "./register/Accounts.sol";
import {Distributions} from "./register/Distributions.sol";
import {Account, Distribution, RegisterState, RegisterStorage} from "./register/RegisterState.sol";
import {ReportBook, Reports} from "./register/Reports.sol";
import {Rules} from "./register/Rules.sol";

/// @title Deposit register
/// @notice The life of a deposit from top to bottom: its rule, reports, payments in and out, and its distribution after a default.
/// @dev Stands beside the escrow. It shares no storage and no token with it, no contract calls it, and it reads the escrow's
/// `merchant` view only. The escrow decides whether a flag is up: after a withdrawal nothing done under the flag can be reached.
/// No role can move money: roles set rules, report, publish lists and object to them.
contract DepositRegister is IDepositRegister, IVaultFactory, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using Rules for DepositRule;
    using Accounts for Account;
    using Distributions for Distribution;
    using Distributions for RegisterState;

    /// @notice Delay before a looser rule or an owner's lower report takes effect, in seconds.
    uint256 public constant LOOSENING_DELAY = 30 days;
    /// @notice Seconds before its end at which a surety stops counting.
    uint256 public constant SURETY_NOTICE = Accounts.SURETY_NOTICE;
    /// @notice Longest term of a surety, in seconds.
    uint256 public constant SURETY_MAX_TERM = 3650 days;
    /// @notice Seconds without a list after which a default flag no longer holds a surety that has ended.
    uint256 public constant SURETY_BINDING = Distributions.SURETY_BINDING;
    /// @notice Time to object to a list, in seconds.
    uint256 public constant OBJECTION_PERIOD = Distributions.OBJECTION_PERIOD;
    /// @notice Number of lists that can be objected to under one flag.
    uint256 public constant MAX_OBJECTIONS = 3;

    /// @inheritdoc IDepositRegister
    IPrepaidEscrow public immutable escrow;

    bytes32 private immutable VAULT_CODE_HASH = keccak256(type(DepositVault).creationCode);

    /// @dev Bit of the vault salt that is set for a surety and clear for a deposit.
    uint256 private constant SURETY_SALT = 1 << 255;

    /// @dev Bits of the parties that may object once each. The regulator may object as often as the maximum allows.
    uint8 private constant BY_OWNER = 1;
    uint8 private constant BY_SURETY = 2;

    /// @dev A claim's payment.
    /// @param leaf The claim's leaf in the tree of the list.
    /// @param had Paid so far, in token base units.
    /// @param total Payment at the present rate, in token base units; zero for a claim over the published sum.
    /// @param counted Sum of the claims that came forward, this one included, in token base units.
    struct Due {
        bytes32 leaf;
        uint256 had;
        uint256 total;
        uint256 counted;
    }

    /// @inheritdoc IVaultFactory
    address public transient vaultToken;

    /// @param escrow_ The escrow whose merchants the register serves.
    /// @param authority The OpenZeppelin `AccessManager` that knows the roles.
    constructor(IPrepaidEscrow escrow_, address authority) AccessManaged(authority) {
        escrow = escrow_;
    }

    /* RULES AND REPORTS */

    /// @inheritdoc IDepositRegister
    function setRule(uint32 merchantId, DepositRule calldata rule_, uint32 cureBy) external nonReentrant restricted {
        MerchantStatus status = _merchant(merchantId).status;
        rule_.requireValid();
        Account storage account = _state().accounts[merchantId];
        bool announced = account.nextRuleAt != 0;
        if (announced && block.timestamp >= account.nextRuleAt) {
            account.reportsSince = account.reportsAskedSince();
            account.rule = account.nextRule;
            account.ruleSince = account.nextRuleAt;
            (account.nextRuleAt, announced) = (0, false);
        }
        if (account.ruleSince != 0 && rule_.asksLess(account.rule)) {
            uint256 effectiveAt = block.timestamp + LOOSENING_DELAY;
            account.nextRule = rule_;
            account.nextRuleAt = effectiveAt.toUint32();
            emit RuleLooseningAnnounced(merchantId, rule_, effectiveAt);
        } else {
            require(cureBy >= block.timestamp, RuleCureDatePassed(cureBy, block.timestamp));
            if (account.rule.reportDays == 0) account.reportsSince = block.timestamp.toUint32();
            account.rule = rule_;
            account.ruleSince = block.timestamp.toUint32();
            account.cureBy = cureBy;
            account.nextRuleAt = 0;
            if (announced) emit RuleLooseningCancelled(merchantId);
            emit RuleTightened(merchantId, rule_, block.timestamp, cureBy, account.required());
        }
        _refresh(merchantId, account, status);
    }

    /// @inheritdoc IDepositRegister
    function reportOutstanding(uint32 merchantId, uint96 amount, uint32 asOf, bytes32 evidence) external nonReentrant {
        MerchantView memory merchant = _merchant(merchantId);
        bool certified = msg.sender != merchant.owner;
        if (certified) _checkCanCall(msg.sender, msg.data);
        Account storage account = _state().accounts[merchantId];
        ReportBook memory book = account.reports;
        uint256 earliest = uint256(certified ? book.certifiedAsOf : book.ownerAsOf) + 1;
        require(
            asOf >= earliest && asOf <= block.timestamp,
            ReportDateOutOfRange(merchantId, asOf, earliest, block.timestamp)
        );
        Reports.settle(book, block.timestamp);
        if (certified) Reports.byReporter(book, amount, asOf);
        else Reports.byOwner(book, amount, asOf, (block.timestamp + LOOSENING_DELAY).toUint32());
        account.reports = book;
        emit OutstandingReported(merchantId, msg.sender, certified, amount, asOf, evidence);
        emit ReportedFiguresSet(
            merchantId,
            book.reported,
            book.asOf,
            book.next.amount,
            book.next.actsAt,
            book.later.amount,
            book.later.actsAt,
            account.required()
        );
        _refresh(merchantId, account, merchant.status);
    }

    /// @inheritdoc IDepositRegister
    function refreshWarnings(uint32 merchantId) external nonReentrant {
        _refresh(merchantId, _state().accounts[merchantId], _merchant(merchantId).status);
    }

    /* DEPOSIT */

    /// @inheritdoc IDepositRegister
    function deposit(uint32 merchantId, uint96 amount) external nonReentrant {
        MerchantView memory merchant = _merchant(merchantId);
        require(amount != 0, AmountZero());
        Account storage account = _state().accounts[merchantId];
        address vault = _openVault(merchantId, merchant.token, false);
        uint96 balance = account.deposit + amount;
        account.deposit = balance;
        emit Deposited(merchantId, msg.sender, amount, balance);
        _refresh(merchantId, account, merchant.status);
        _receive(merchantId, merchant.token, vault, amount, balance);
    }

    /// @inheritdoc IDepositRegister
    function bookDeposit(uint32 merchantId) external nonReentrant {
        MerchantView memory merchant = _merchant(merchantId);
        Account storage account = _state().accounts[merchantId];
        address vault = _openVault(merchantId, merchant.token, false);
        uint96 balance = IERC20(merchant.token).balanceOf(vault).toUint96();
        uint256 amount = Math.saturatingSub(balance, account.deposit);
        require(amount != 0, AmountZero());
        account.deposit = balance;
        emit Deposited(merchantId, address(0), amount, balance);
        _refresh(merchantId, account, merchant.status);
    }

    /// @inheritdoc IDepositRegister
    function withdraw(uint32 merchantId, uint96 amount) external nonReentrant {
        MerchantView memory merchant = _merchant(merchantId);
        _requireOwner(merchantId, merchant.owner);
        _requireStatus(
            merchant.status == MerchantStatus.Active ||
                merchant.status == MerchantStatus.RunOff ||
                merchant.status == MerchantStatus.Closed,
            merchantId,
            merchant.status
        );
        require(amount != 0, AmountZero());
        Account storage account = _state().accounts[merchantId];
        _requireReportInTime(merchantId, account);
        uint96 balance = account.deposit;
        require(amount <= balance, DepositExceeded(merchantId, amount, balance));
        balance -= amount;
        uint256 required_ = account.required();
        require(balance >= required_, DepositBelowRequired(merchantId, balance, required_));
        DepositVault vault = _depositVault(merchantId);
        _requireUsable(merchantId, vault, merchant.payout);
        account.deposit = balance;
        emit Withdrawn(merchantId, merchant.payout, amount, balance, required_);
        _refresh(merchantId, account, merchant.status);
        vault.pay(merchant.payout, amount);
    }

    /// @dev A merchant whose rule requires nothing need not report.
    function _requireReportInTime(uint32 merchantId, Account storage account) private view {
        (DepositRule memory rule_, ) = account.ruleNow();
        if (rule_.bps2 == 0 && rule_.reportDays == 0) return;
        uint256 dueAt = account.reportDueAt(rule_);
        bool overdue = dueAt != 0 && block.timestamp >= dueAt;
        require(!overdue && account.lastAsOf() != 0, ReportNotInTime(merchantId, block.timestamp, dueAt));
    }

    /* SURETY */

    /// @inheritdoc IDepositRegister
    function nameSurety(uint32 merchantId, address surety_) external nonReentrant {
        _requireOwner(merchantId, _merchant(merchantId).owner);
        _state().accounts[merchantId].suretyNamed = surety_;
        emit SuretyNamed(merchantId, surety_);
    }

    /// @inheritdoc IDepositRegister
    function placeSurety(uint32 merchantId, uint96 amount, uint32 endsAt) external nonReentrant {
        MerchantView memory merchant = _merchant(merchantId);
        Account storage account = _state().accounts[merchantId];
        address named = account.suretyNamed;
        require(msg.sender == named, SuretyNamedOnly(merchantId, msg.sender, named));
        _requireStatus(merchant.status != MerchantStatus.Defaulted, merchantId, merchant.status);
        (address party, uint96 balance) = (account.suretyParty, account.surety);
        require(balance == 0 || party == msg.sender, SuretyOfAnotherStands(merchantId, party, balance));
        // For a surety that was taken back, this date has passed.
        uint256 endedAt = account.suretyEndsAt;
        uint256 earliest = Math.max(block.timestamp + SURETY_NOTICE + 1, endedAt);
        uint256 latest = block.timestamp + SURETY_MAX_TERM;
        require(endsAt >= earliest && endsAt <= latest, SuretyEndOutOfRange(merchantId, endsAt, earliest, latest));
        balance += amount;
        require(balance != 0 && (amount != 0 || endsAt != endedAt), AmountZero());
        address vault = _openVault(merchantId, merchant.token, true);
        (account.suretyParty, account.surety, account.suretyEndsAt) = (msg.sender, balance, endsAt);
        emit SuretyPlaced(merchantId, msg.sender, amount, balance, endsAt);
        _refresh(merchantId, account, merchant.status);
        if (amount != 0) _receive(merchantId, merchant.token, vault, amount, balance);
    }

    /// @inheritdoc IDepositRegister
    function takeBackSurety(uint32 merchantId, address recipient) external nonReentrant {
        MerchantView memory merchant = _merchant(merchantId);
        Account storage account = _state().accounts[merchantId];
        (address party, uint96 amount) = (account.suretyParty, account.surety);
        require(amount != 0, SuretyNone(merchantId));
        require(msg.sender == party || recipient == party, SuretyPartyOnly(merchantId, msg.sender, party));
        uint256 endsAt = account.suretyEndsAt;
        require(block.timestamp >= endsAt, SuretyNotEnded(merchantId, block.timestamp, endsAt));
        require(!_state().isBound(merchantId, merchant), SuretyBound(merchantId));
        DepositVault vault = _suretyVault(merchantId);
        _requireUsable(merchantId, vault, recipient);
        account.surety = 0;
        emit SuretyTakenBack(merchantId, party, recipient, amount);
        _refresh(merchantId, account, merchant.status);
        vault.pay(recipient, amount);
    }

    /* DEFAULT */

    /// @inheritdoc IDepositRegister
    function publishClaims(
        uint32 merchantId,
        bytes32 root,
        uint96 claims,
        bytes32 evidence
    ) external nonReentrant restricted {
        (Distribution storage d, MerchantView memory merchant) = _distributionUnderFlag(merchantId);
        require(d.publishedAt == 0, ClaimsAlreadyPublished(merchantId, d.root));
        require((claims == 0) == (root == bytes32(0)), ClaimsRootMismatch(root, claims));
        bool bound = _state().isBound(merchantId, merchant);
        // A surety that is free stays free, whatever list is published later.
        d.suretyFree = !bound;
        d.root = root;
        d.claims = claims;
        d.publishedAt = block.timestamp.toUint32();
        (uint256 objectionsEndAt, uint256 opensAt) = d.periodsOf(merchant);
        emit ClaimsPublished(merchantId, root, claims, objectionsEndAt, opensAt, bound, evidence);
    }

    /// @inheritdoc IDepositRegister
    function objectToClaims(uint32 merchantId, bytes32 root, bytes32 evidence) external nonReentrant {
        (Distribution storage d, MerchantView memory merchant) = _distributionUnderFlag(merchantId);
        Account storage account = _state().accounts[merchantId];
        uint8 party = 0;
        if (msg.sender == merchant.owner) party = BY_OWNER;
        else if (msg.sender == account.suretyParty && account.surety != 0) party = BY_SURETY;
        else _checkCanCall(msg.sender, msg.data);
        require(d.publishedAt != 0 && d.root == root, ClaimsNotPublished(merchantId, root));
        (uint256 objectionsEndAt, ) = d.periodsOf(merchant);
        require(block.timestamp < objectionsEndAt, ClaimsObjectionsEnded(merchantId, block.timestamp, objectionsEndAt));
        uint8 objections = d.objections;
        require(objections < MAX_OBJECTIONS, ClaimsObjectionsUsed(merchantId, objections, MAX_OBJECTIONS));
        require(d.objectors & party == 0, ClaimsObjectedBefore(merchantId, msg.sender));
        ++objections;
        (d.root, d.claims, d.publishedAt) = (bytes32(0), 0, 0);
        (d.objections, d.objectors) = (objections, d.objectors | party);
        d.objectedAt = block.timestamp.toUint32();
        emit ClaimsObjected(merchantId, root, msg.sender, objections, block.timestamp, evidence);
    }

    /// @inheritdoc IDepositRegister
    function openClaims(uint32 merchantId) external nonReentrant {
        require(_state().accounts[merchantId].paidOutUnder == 0, ClaimsAlreadyOpen(merchantId));
        _openClaims(merchantId);
    }

    /// @inheritdoc IDepositRegister
    function claim(uint32 merchantId, Claim calldata claim_) external nonReentrant {
        _claim(merchantId, claim_, claim_.account);
    }

    /// @inheritdoc IDepositRegister
    function claimTo(uint32 merchantId, Claim calldata claim_, address recipient) external nonReentrant {
        require(msg.sender == claim_.account, ClaimAccountOnly(merchantId, msg.sender, claim_.account));
        _claim(merchantId, claim_, recipient);
    }

    /// @inheritdoc IDepositRegister
    function claimMany(uint32 merchantId, Claim[] calldata claims) external nonReentrant {
        Distribution storage d = _openClaims(merchantId);
        Account storage account = _state().accounts[merchantId];
        DepositVault vault = _depositVault(merchantId);
        for (uint256 i = 0; i < claims.length; ++i) {
            Claim calldata claim_ = claims[i];
            Due memory due = _assess(account, d, claim_);
            if (!MerkleProof.verifyCalldata(claim_.proof, d.root, due.leaf)) {
                _skip(merchantId, claim_, ClaimSkipReason.NotListed);
            } else if (due.counted > d.claims) {
                _skip(merchantId, claim_, ClaimSkipReason.OverTotal);
            } else if (due.total <= due.had) {
                _skip(merchantId, claim_, ClaimSkipReason.NothingDue);
            } else if (!_isUsable(merchantId, vault, claim_.account)) {
                _skip(merchantId, claim_, ClaimSkipReason.RecipientForbidden);
            } else {
                (uint96 balance, uint96 paid, uint96 counted) = (account.deposit, d.paid, d.counted);
                _book(account, d, due);
                if (vault.tryPay(claim_.account, due.total - due.had)) {
                    _emitPaid(merchantId, claim_, due, claim_.account);
                } else {
                    (account.deposit, d.paid, d.counted) = (balance, paid, counted);
                    d.paidOn[due.leaf] = due.had;
                    _skip(merchantId, claim_, ClaimSkipReason.Refused);
                }
            }
        }
        emit DistributionUpdated(merchantId, d.counted, d.paid, account.deposit);
    }

    /// @inheritdoc IDepositRegister
    function paySurplus(uint32 merchantId) external nonReentrant {
        Distribution storage d = _openClaims(merchantId);
        Account storage account = _state().accounts[merchantId];
        uint256 funds = uint256(account.deposit) + d.paid;
        require(funds > d.claims, SurplusNone(merchantId, funds, d.claims));
        uint256 surplus = funds - d.claims;
        DepositVault vault = _depositVault(merchantId);
        uint256 toSurety = Math.min(surplus, d.drawn);
        bool moved = toSurety != 0 && _repaySurety(merchantId, account, d, vault, uint96(toSurety));
        // The surety's part stays in the deposit for it, whomever the token refuses.
        uint256 toMerchant = surplus - toSurety;
        if (toMerchant != 0 && _paySurplus(merchantId, account, vault, uint96(toMerchant))) moved = true;
        require(moved, SurplusRefused(merchantId));
    }

    function _repaySurety(
        uint32 merchantId,
        Account storage account,
        Distribution storage d,
        DepositVault vault,
        uint96 amount
    ) private returns (bool paid) {
        (address party, uint96 balance, uint96 drawn) = (account.suretyParty, account.deposit, d.drawn);
        (account.deposit, d.drawn) = (balance - amount, drawn - amount);
        paid = vault.tryPay(party, amount);
        if (paid) {
            emit SuretyRepaid(merchantId, party, amount, drawn - amount, balance - amount);
            return true;
        }
        // The money goes back into the surety's vault. From there its party takes it to an address that the token accepts.
        paid = vault.tryPay(suretyVaultOf(merchantId), amount);
        if (paid) {
            uint96 restored = account.surety + amount;
            account.surety = restored;
            emit SuretyRestored(merchantId, party, amount, restored, drawn - amount, balance - amount);
        } else {
            (account.deposit, d.drawn) = (balance, drawn);
        }
    }

    function _paySurplus(
        uint32 merchantId,
        Account storage account,
        DepositVault vault,
        uint96 amount
    ) private returns (bool paid) {
        address payout = _merchant(merchantId).payout;
        if (!_isUsable(merchantId, vault, payout)) return false;
        uint96 balance = account.deposit;
        account.deposit = balance - amount;
        paid = vault.tryPay(payout, amount);
        if (paid) emit SurplusPaid(merchantId, payout, amount, balance - amount);
        else account.deposit = balance;
    }

    /// @dev The distribution whose claims are open. Opens them if they are due. A surety that the token refuses to move stays bound,
    /// and every call tries again; meanwhile claims are paid at the rate without it.
    function _openClaims(uint32 merchantId) private returns (Distribution storage d) {
        Account storage account = _state().accounts[merchantId];
        uint256 flag = account.paidOutUnder;
        // The flag of an open distribution can no longer be withdrawn.
        if (flag != 0) return _state().distributions[merchantId][flag];
        MerchantView memory merchant;
        (d, merchant) = _distributionUnderFlag(merchantId);
        require(d.publishedAt != 0, ClaimsNotPublished(merchantId, bytes32(0)));
        (, uint256 opensAt) = d.periodsOf(merchant);
        require(block.timestamp >= opensAt, ClaimsNotOpen(merchantId, block.timestamp, opensAt));
        if (!_drawSurety(merchantId, account, d, merchant)) return d;
        account.paidOutUnder = Distributions.flagOf(merchant);
        emit ClaimsOpened(merchantId, d.claims, account.deposit, d.drawn);
    }

    /// @dev Moves the part of the surety that the claims need into the deposit.
    /// @return done False if the token refused, true otherwise.
    function _drawSurety(
        uint32 merchantId,
        Account storage account,
        Distribution storage d,
        MerchantView memory merchant
    ) private returns (bool done) {
        (uint96 balance, uint96 left) = (account.deposit, account.surety);
        uint256 shortfall = Math.saturatingSub(d.claims, uint256(balance) + d.paid);
        if (shortfall == 0 || left == 0 || !_state().isBound(merchantId, merchant)) return true;
        uint96 amount = uint96(Math.min(shortfall, left));
        address vault = _openVault(merchantId, merchant.token, false);
        (account.deposit, account.surety, d.drawn) = (balance + amount, left - amount, amount);
        done = _suretyVault(merchantId).tryPay(vault, amount);
        if (done) {
            emit SuretyDrawn(merchantId, account.suretyParty, amount, left - amount, balance + amount);
        } else {
            (account.deposit, account.surety, d.drawn) = (balance, left, 0);
            emit SuretyDrawFailed(merchantId, account.suretyParty, amount);
        }
    }

    function _claim(uint32 merchantId, Claim calldata claim_, address recipient) private {
        Distribution storage d = _openClaims(merchantId);
        Account storage account = _state().accounts[merchantId];
        Due memory due = _assess(account, d, claim_);
        bool listed = MerkleProof.verifyCalldata(claim_.proof, d.root, due.leaf);
        require(listed, ClaimNotListed(merchantId, claim_.index));
        require(due.counted <= d.claims, ClaimOverTotal(merchantId, due.counted, d.claims));
        require(due.total > due.had, ClaimNothingDue(merchantId, claim_.index, due.had));
        DepositVault vault = _depositVault(merchantId);
        _requireUsable(merchantId, vault, recipient);
        _book(account, d, due);
        _emitPaid(merchantId, claim_, due, recipient);
        emit DistributionUpdated(merchantId, d.counted, d.paid, account.deposit);
        vault.pay(recipient, due.total - due.had);
    }

    function _assess(
        Account storage account,
        Distribution storage d,
        Claim calldata claim_
    ) private view returns (Due memory due) {
        due.leaf = Distributions.leafOf(claim_.index, claim_.account, claim_.amount);
        due.had = d.paidOn[due.leaf];
        due.counted = due.had == 0 ? Math.saturatingAdd(d.counted, claim_.amount) : d.counted;
        if (due.counted <= d.claims)
            due.total = Distributions.share(claim_.amount, uint256(account.deposit) + d.paid, d.claims);
    }

    /// @dev The counted sum stays within the claims, so the paid sum stays within the funds.
    function _book(Account storage account, Distribution storage d, Due memory due) private {
        uint96 amount = uint96(due.total - due.had);
        account.deposit -= amount;
        d.paid += amount;
        d.counted = uint96(due.counted);
        d.paidOn[due.leaf] = due.total;
    }

    function _emitPaid(uint32 merchantId, Claim calldata claim_, Due memory due, address recipient) private {
        uint256 amount = due.total - due.had;
        emit ClaimPaid(merchantId, claim_.index, claim_.account, recipient, amount, due.total, claim_.amount);
    }

    function _skip(uint32 merchantId, Claim calldata claim_, ClaimSkipReason reason) private {
        emit ClaimSkipped(merchantId, claim_.index, claim_.account, reason);
    }

    /// @dev The distribution of the flag that is up. Reverts if none is up.
    function _distributionUnderFlag(
        uint32 merchantId
    ) private view returns (Distribution storage d, MerchantView memory merchant) {
        merchant = _merchant(merchantId);
        _requireStatus(merchant.status == MerchantStatus.Defaulted, merchantId, merchant.status);
        d = _state().underFlag(merchantId, merchant);
    }

    /* VIEWS */

    /// @inheritdoc IDepositRegister
    function rule(uint32 /* merchantId */) external view returns (RuleView memory) {
        Linked.forwardView(address(RegisterViews), RegisterViews.rule.selector);
    }

    /// @inheritdoc IDepositRegister
    function depositOf(uint32 /* merchantId */) external view returns (DepositView memory) {
        Linked.forwardView(address(RegisterViews), RegisterViews.depositOf.selector);
    }

    /// @inheritdoc IDepositRegister
    function surety(uint32 /* merchantId */) external view returns (SuretyView memory) {
        Linked.forwardView(address(RegisterViews), RegisterViews.surety.selector);
    }

    /// @inheritdoc IDepositRegister
    function distribution(uint32 /* merchantId */) external view returns (DistributionView memory) {
        Linked.forwardView(address(RegisterViews), RegisterViews.distribution.selector);
    }

    /// @inheritdoc IDepositRegister
    function required(uint32 /* merchantId */) external view returns (uint256) {
        Linked.forwardView(address(RegisterViews), RegisterViews.required.selector);
    }

    /// @inheritdoc IDepositRegister
    function quoteClaim(
        uint32 /* merchantId */,
        uint256 /* index */,
        address /* account */,
        uint256 /* amount */
    ) external view returns (uint256, uint256) {
        Linked.forwardView(address(RegisterViews), RegisterViews.quoteClaim.selector);
    }

    /// @inheritdoc IWarnings
    function warnings(uint32 /* merchantId */) external view returns (StandingWarning[] memory) {
        Linked.forwardView(address(RegisterViews), RegisterViews.warnings.selector);
    }

    /// @inheritdoc IDepositRegister
    function depositVaultOf(uint32 merchantId) public view returns (address) {
        return address(_depositVault(merchantId));
    }

    /// @inheritdoc IDepositRegister
    function suretyVaultOf(uint32 merchantId) public view returns (address) {
        return address(_suretyVault(merchantId));
    }

    /* REQUIREMENT AND WARNINGS */

    /// @dev Raises and clears the lasting warnings by the present state. Under a flag they stay as they are: the distribution
    /// replaces them.
    function _refresh(uint32 merchantId, Account storage account, MerchantStatus status) private {
        if (status == MerchantStatus.Defaulted) return;
        uint256 before = account.warnings;
        uint256 raised = before;

        (uint256 observed, uint256 limit) = (account.deposit, account.required());
        raised = _warn(merchantId, raised, WarningKind.DepositShort, observed < limit, observed, limit);

        observed = Math.saturatingSub(account.suretyEndsAt, block.timestamp);
        bool expiring = account.surety != 0 && observed <= SURETY_NOTICE;
        raised = _warn(merchantId, raised, WarningKind.SuretyExpiring, expiring, observed, SURETY_NOTICE);

        (DepositRule memory rule_, ) = account.ruleNow();
        uint256 dueAt = account.reportDueAt(rule_);
        limit = uint256(rule_.reportDays) * 1 days;
        bool overdue = dueAt != 0 && block.timestamp >= dueAt;
        observed = overdue ? block.timestamp + limit - dueAt : 0;
        raised = _warn(merchantId, raised, WarningKind.ReportOverdue, overdue, observed, limit);

        if (raised != before) account.warnings = uint8(raised);
    }

    function _warn(
        uint32 merchantId,
        uint256 raised,
        WarningKind kind,
        bool is_,
        uint256 observed,
        uint256 limit
    ) private returns (uint256) {
        uint256 bit = Accounts.bitOf(kind);
        bool was = raised & bit != 0;
        if (is_ == was) return raised;
        if (is_) emit WarningRaised(merchantId, kind, bytes32(0), observed, limit, WarningLevel.Warning);
        else emit WarningCleared(merchantId, kind);
        return raised ^ bit;
    }

    /* INTERNAL */

    /// @dev The merchant in the escrow's view. The escrow reverts if it does not know the id.
    function _merchant(uint32 merchantId) private view returns (MerchantView memory) {
        return escrow.merchant(merchantId);
    }

    function _state() private pure returns (RegisterState storage) {
        return RegisterStorage.state();
    }

    /// @dev Takes `amount` from the caller, and asks the token whether the whole of it has arrived.
    function _receive(uint32 merchantId, address token, address vault, uint256 amount, uint256 accounted) private {
        IERC20(token).safeTransferFrom(msg.sender, vault, amount);
        uint256 held = IERC20(token).balanceOf(vault);
        require(held >= accounted, DepositNotReceived(merchantId, held, accounted));
    }

    /// @dev The vault. It is created for the first money.
    function _openVault(uint32 merchantId, address token, bool forSurety) private returns (address vault) {
        vault = forSurety ? suretyVaultOf(merchantId) : depositVaultOf(merchantId);
        if (vault.code.length != 0) return vault;
        bytes32 salt = forSurety ? _suretySalt(merchantId) : bytes32(uint256(merchantId));
        vaultToken = token;
        new DepositVault{salt: salt}();
        vaultToken = address(0);
        emit VaultOpened(merchantId, vault, token, forSurety);
    }

    function _depositVault(uint32 merchantId) private view returns (DepositVault) {
        return DepositVault(Create2.computeAddress(bytes32(uint256(merchantId)), VAULT_CODE_HASH));
    }

    function _suretyVault(uint32 merchantId) private view returns (DepositVault) {
        return DepositVault(Create2.computeAddress(_suretySalt(merchantId), VAULT_CODE_HASH));
    }

    function _suretySalt(uint32 merchantId) private pure returns (bytes32) {
        return bytes32(SURETY_SALT | merchantId);
    }

    /// @param vault The open vault that would pay.
    function _isUsable(uint32 merchantId, DepositVault vault, address recipient) private view returns (bool) {
        return
            recipient != address(0) &&
            recipient != address(this) &&
            recipient != depositVaultOf(merchantId) &&
            recipient != suretyVaultOf(merchantId) &&
            recipient != address(vault.token());
    }

    function _requireUsable(uint32 merchantId, DepositVault vault, address recipient) private view {
        require(_isUsable(merchantId, vault, recipient), RecipientForbidden(recipient));
    }

    function _requireOwner(uint32 merchantId, address owner) private view {
        require(msg.sender == owner, MerchantOwnerOnly(merchantId, msg.sender, owner));
    }

    function _requireStatus(bool allowed, uint32 merchantId, MerchantStatus status) private pure {
        require(allowed, MerchantStatusForbids(merchantId, status));
    }
}

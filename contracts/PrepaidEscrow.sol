// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {
    CardStatus,
    CardView,
    ContractConsumption,
    ExitQuote,
    ExitRule,
    IPrepaidEscrow,
    MerchantStatus,
    MerchantView,
    Policy,
    PoolView,
    ProgramKind,
    ProgramTerms,
    ProgramView,
    Purchase,
    SignedConsumption,
    SkipReason
} from "./interfaces/IPrepaidEscrow.sol";
import {IVaultFactory} from "./interfaces/IVaultFactory.sol";
import {StandingWarning, WarningKind, WarningLevel} from "./interfaces/IWarnings.sol";
import {CapWarning} from "./libraries/CapWarning.sol";
import {CardId} from "./libraries/CardId.sol";
import {Checks} from "./libraries/Checks.sol";
import {EscrowViews} from "./libraries/EscrowViews.sol";
import {
    Card,
    EscrowState,
    Merchant,
    Offer,
    Pool,
    Program,
    ProgramFlags,
    Rights,
    Timeline
} from "./libraries/EscrowState.sol";
import {Closing, Exits} from "./libraries/Exits.sol";
import {MerchantRegistry} from "./libraries/MerchantRegistry.sol";
import {Passes} from "./libraries/Passes.sol";
import {Release} from "./libraries/Release.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Supervision} from "./libraries/Supervision.sol";
import {TypedData} from "./libraries/TypedData.sol";
import {MerchantVault} from "./MerchantVault.sol";

/// @title Prepaid Escrow
/// @notice A card's life from top to bottom: bought, consumed, left, refunded.
/// @dev Whatever a day of business needs is in this file; registration, supervision and views are in libraries linked to it,
/// which work on the same storage. No role can move money: roles register, add rules, suspend and flag.
contract PrepaidEscrow is IPrepaidEscrow, IVaultFactory, AccessManaged, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The furthest a signed request's deadline may lie ahead.
    uint256 private constant MAX_SIGNATURE_AGE = 30 days;

    bytes32 private immutable VAULT_CODE_HASH = keccak256(type(MerchantVault).creationCode);

    EscrowState private _state;

    /// @inheritdoc IVaultFactory
    address public transient vaultToken;

    /// @param authority The OpenZeppelin `AccessManager` that says who is regulator.
    constructor(address authority) AccessManaged(authority) EIP712("PrepaidEscrow", "1") {}

    /* MERCHANTS */

    /// @inheritdoc IPrepaidEscrow
    function addPolicy(Policy calldata policy_) external nonReentrant restricted returns (uint32) {
        return MerchantRegistry.addPolicy(_state, policy_);
    }

    /// @inheritdoc IPrepaidEscrow
    function registerMerchant(
        address owner,
        address payout,
        uint32 policyId,
        uint48 outstandingCap,
        string calldata metadataURI
    ) external nonReentrant restricted returns (uint32 merchantId) {
        vaultToken = _state.policies[policyId].token;
        merchantId = MerchantRegistry.registerMerchant(_state, owner, payout, policyId, outstandingCap, metadataURI);
        vaultToken = address(0);
    }

    /// @inheritdoc IPrepaidEscrow
    function setMerchantPolicy(uint32 merchantId, uint32 policyId) external nonReentrant restricted {
        MerchantRegistry.setMerchantPolicy(_state, merchantId, policyId);
    }

    /// @inheritdoc IPrepaidEscrow
    function setOutstandingCap(uint32 merchantId, uint48 outstandingCap) external nonReentrant restricted {
        MerchantRegistry.setOutstandingCap(_state, merchantId, outstandingCap);
    }

    /// @inheritdoc IPrepaidEscrow
    function setOperator(uint32 merchantId, address operator, bool enabled) external nonReentrant {
        MerchantRegistry.setOperator(_state, merchantId, operator, enabled);
    }

    /// @inheritdoc IPrepaidEscrow
    function setPayout(uint32 merchantId, address payout) external nonReentrant {
        MerchantRegistry.setPayout(_state, merchantId, payout);
    }

    /// @inheritdoc IPrepaidEscrow
    function cancelPayout(uint32 merchantId) external nonReentrant {
        MerchantRegistry.cancelPayout(_state, merchantId);
    }

    /// @inheritdoc IPrepaidEscrow
    function transferOwnership(uint32 merchantId, address newOwner) external nonReentrant {
        MerchantRegistry.transferOwnership(_state, merchantId, newOwner);
    }

    /// @inheritdoc IPrepaidEscrow
    function cancelOwnershipTransfer(uint32 merchantId) external nonReentrant {
        MerchantRegistry.cancelOwnershipTransfer(_state, merchantId);
    }

    /// @inheritdoc IPrepaidEscrow
    function acceptOwnership(uint32 merchantId) external nonReentrant {
        MerchantRegistry.acceptOwnership(_state, merchantId);
    }

    /* PROGRAMS */

    /// @inheritdoc IPrepaidEscrow
    function publishProgram(uint32 merchantId, ProgramTerms calldata terms) external nonReentrant returns (uint32) {
        return MerchantRegistry.publishProgram(_state, merchantId, terms);
    }

    /// @inheritdoc IPrepaidEscrow
    function retireProgram(uint32 programId) external nonReentrant {
        MerchantRegistry.retireProgram(_state, programId);
    }

    /* BUYING */

    /// @inheritdoc IPrepaidEscrow
    function buy(
        uint32 programId,
        address holder,
        uint88 principal,
        uint64 serial
    ) external nonReentrant returns (bytes32) {
        return _buyFromCaller(Purchase(programId, holder, principal, serial, 0));
    }

    /// @inheritdoc IPrepaidEscrow
    function buyPass(
        uint32 programId,
        address holder,
        uint88 principal,
        uint64 serial,
        uint32 startsAt
    ) external nonReentrant returns (bytes32) {
        require(_state.programs[programId].offer.kind == ProgramKind.Term, CardNotAPass(programId));
        return _buyFromCaller(Purchase(programId, holder, principal, serial, startsAt));
    }

    /// @inheritdoc IPrepaidEscrow
    function buyWithPermit(
        Purchase calldata purchase,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32) {
        address token = _state.merchants[_state.programs[purchase.programId].offer.merchantId].registration.token;
        require(token != address(0), ProgramUnknown(purchase.programId));
        // A permit that somebody else has already submitted fails, and has done its work.
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(token).permit(msg.sender, address(this), purchase.principal, deadline, v, r, s) {} catch {}
        return _buyFromCaller(purchase);
    }

    /// @inheritdoc IPrepaidEscrow
    function buyWithAuthorization(
        Purchase calldata purchase,
        address payer,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32 cardId) {
        if (purchase.serial != 0) {
            bytes32 previous = CardId.encode(purchase.holder, purchase.programId, purchase.serial - 1);
            require(_state.cards[previous].status != CardStatus.None, CardSerialNotNext(previous));
        }
        uint32 merchantId;
        (cardId, merchantId) = _open(purchase, payer);
        bytes32 nonce = keccak256(
            abi.encode(
                address(this),
                purchase.programId,
                purchase.holder,
                purchase.principal,
                purchase.startsAt,
                salt
            )
        );
        MerchantVault vault = _vault(merchantId);
        vault.receiveWithAuthorization(payer, purchase.principal, validAfter, validBefore, nonce, v, r, s);
        _requireFunded(merchantId, vault.token(), address(vault));
    }

    function _buyFromCaller(Purchase memory purchase) private returns (bytes32 cardId) {
        uint32 merchantId;
        (cardId, merchantId) = _open(purchase, msg.sender);
        IERC20 token = IERC20(_state.merchants[merchantId].registration.token);
        address vault = address(_vault(merchantId));
        token.safeTransferFrom(msg.sender, vault, purchase.principal);
        _requireFunded(merchantId, token, vault);
    }

    /// @dev Checks, effects and events of a sale. The principal must be brought, and its arrival checked, after it.
    function _open(Purchase memory purchase, address payer) private returns (bytes32 cardId, uint32 merchantId) {
        Offer memory offer = _state.programs[purchase.programId].offer;
        merchantId = offer.merchantId;
        require(merchantId != 0, ProgramUnknown(purchase.programId));
        require(offer.flags & ProgramFlags.RETIRED == 0, ProgramAlreadyRetired(purchase.programId));
        Merchant storage m = _state.merchants[merchantId];
        Pool memory pool_ = m.pool;
        MerchantStatus status = Checks.effectiveStatus(m, pool_.status);
        require(status == MerchantStatus.Active, MerchantStatusForbids(merchantId, status));
        {
            uint32 policyId = m.registration.policyId;
            require(offer.policyId == policyId, ProgramPolicyOutdated(purchase.programId, offer.policyId, policyId));
        }
        Checks.requireUsable(_state, purchase.holder);
        require(purchase.principal != 0, CardPrincipalZero());
        require(
            offer.price == 0 || offer.price == purchase.principal,
            CardPriceMismatch(purchase.principal, offer.price)
        );
        cardId = CardId.encode(purchase.holder, purchase.programId, purchase.serial);
        Card storage card_ = _state.cards[cardId];
        require(card_.status == CardStatus.None, CardSerialTaken(cardId));

        uint32 startsAt = _startOf(purchase, offer);
        uint96 outstanding = SafeCast.toUint96(uint256(pool_.outstanding) + purchase.principal);
        uint96 balance = SafeCast.toUint96(uint256(pool_.balance) + purchase.principal);
        card_.principal = purchase.principal;
        card_.consumed = 0;
        card_.openedAt = startsAt;
        card_.exitRequestedAt = 0;
        card_.status = CardStatus.Open;
        card_.nonce = 0;
        m.pool.outstanding = outstanding;
        m.pool.balance = balance;

        emit CardOpened(merchantId, cardId, purchase.holder, payer, purchase.principal, startsAt);
        if (offer.flags & ProgramFlags.LIMITED != 0) _checkCardLimit(purchase, offer, cardId);
        if (pool_.outstandingCap != 0) _checkCap(m, merchantId, pool_, outstanding, offer.flags);
        emit PoolUpdated(merchantId, outstanding, balance);
    }

    /// @dev A pass may begin later; everything else begins when it is paid.
    function _startOf(Purchase memory purchase, Offer memory offer) private view returns (uint32) {
        if (purchase.startsAt == 0) return uint32(block.timestamp);
        require(offer.kind == ProgramKind.Term, CardNotAPass(purchase.programId));
        uint256 latest = block.timestamp + _state.policies[offer.policyId].maxAdvance;
        require(
            purchase.startsAt >= block.timestamp && purchase.startsAt <= latest,
            CardStartOutOfRange(purchase.startsAt, block.timestamp, latest)
        );
        return purchase.startsAt;
    }

    function _checkCardLimit(Purchase memory purchase, Offer memory offer, bytes32 cardId) private {
        uint256 limit = _state.programs[purchase.programId].rights.cardLimit;
        if (purchase.principal <= limit) return;
        require(
            offer.flags & ProgramFlags.REJECT_OVER_LIMIT == 0,
            CardPrincipalOverLimit(purchase.principal, limit)
        );
        emit WarningRaised(
            offer.merchantId,
            WarningKind.CardOverLimit,
            cardId,
            purchase.principal,
            limit,
            WarningLevel.Warning
        );
    }

    function _checkCap(
        Merchant storage m,
        uint32 merchantId,
        Pool memory pool_,
        uint256 outstanding,
        uint8 flags
    ) private {
        uint256 cap = CapWarning.baseUnits(pool_.outstandingCap, m.registration.tokenDecimals);
        require(
            outstanding <= cap || flags & ProgramFlags.REJECT_OVER_CAP == 0,
            MerchantCapExceeded(merchantId, outstanding, cap)
        );
        CapWarning.raise(m, merchantId, pool_.capLevel, outstanding, cap);
    }

    /// @dev The token's own word that the whole principal has arrived.
    function _requireFunded(uint32 merchantId, IERC20 token, address vault) private view {
        uint256 held = token.balanceOf(vault);
        uint256 accounted = _state.merchants[merchantId].pool.balance;
        require(held >= accounted, PoolDepositShort(merchantId, held, accounted));
    }

    /* SETTLING */

    /// @inheritdoc IPrepaidEscrow
    function settle(uint32 merchantId, SignedConsumption[] calldata rows) external nonReentrant {
        Merchant storage m = _state.merchants[merchantId];
        Pool memory pool_ = m.pool;
        _requireSettler(m, merchantId, pool_.status, msg.sender);
        _settle(m, merchantId, pool_, rows);
        emit PoolUpdated(merchantId, pool_.outstanding, pool_.balance);
    }

    /// @inheritdoc IPrepaidEscrow
    function settleAndPayOut(uint32 merchantId, SignedConsumption[] calldata rows) external nonReentrant {
        Merchant storage m = _state.merchants[merchantId];
        Pool memory pool_ = m.pool;
        _requireSettler(m, merchantId, pool_.status, msg.sender);
        _settle(m, merchantId, pool_, rows);
        _payOut(m, merchantId, pool_);
    }

    /// @inheritdoc IPrepaidEscrow
    function settleWithSignature(
        uint32 merchantId,
        SignedConsumption[] calldata rows,
        uint48 deadline,
        address operator,
        bytes calldata signature
    ) external nonReentrant {
        _requireDeadline(deadline);
        Merchant storage m = _state.merchants[merchantId];
        Pool memory pool_ = m.pool;
        _requireSettler(m, merchantId, pool_.status, operator);
        _requireSignature(operator, TypedData.hashSettlement(merchantId, rows, deadline), signature);
        _settle(m, merchantId, pool_, rows);
        emit PoolUpdated(merchantId, pool_.outstanding, pool_.balance);
    }

    /// @inheritdoc IPrepaidEscrow
    function settleContractHolders(
        uint32 merchantId,
        ContractConsumption[] calldata rows
    ) external nonReentrant {
        Merchant storage m = _state.merchants[merchantId];
        Pool memory pool_ = m.pool;
        _requireSettler(m, merchantId, pool_.status, msg.sender);
        bytes32 domainSeparator = _domainSeparatorV4();
        uint256 released = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            ContractConsumption calldata row = rows[i];
            Offer memory offer = _state.programs[CardId.programIdOf(row.cardId)].offer;
            (bool bookable, SkipReason reason) = _check(merchantId, offer, row.cardId, row.cumulative);
            if (bookable) {
                bytes32 structHash = TypedData.hashConsumption(row.cardId, row.cumulative, row.receipt);
                bytes32 digest = TypedData.digest(domainSeparator, structHash);
                bookable = Signatures.isValid(CardId.holderOf(row.cardId), digest, row.signature);
                reason = SkipReason.BadSignature;
            }
            if (bookable) released += _book(merchantId, offer, row.cardId, row.cumulative, row.receipt);
            else emit ConsumptionSkipped(row.cardId, reason);
        }
        _release(m, merchantId, pool_, released);
        emit PoolUpdated(merchantId, pool_.outstanding, pool_.balance);
    }

    /// @dev Books every good row, reports every other one, and takes what is released out of `pool_` and the stored pool.
    function _settle(
        Merchant storage m,
        uint32 merchantId,
        Pool memory pool_,
        SignedConsumption[] calldata rows
    ) private {
        bytes32 domainSeparator = _domainSeparatorV4();
        uint256 released = 0;
        uint32 programId = 0;
        Offer memory offer;
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint256 i = 0; i < rows.length; ++i) {
            SignedConsumption calldata row = rows[i];
            bytes32 cardId = row.cardId;
            if (CardId.programIdOf(cardId) != programId || i == 0) {
                programId = CardId.programIdOf(cardId);
                offer = _state.programs[programId].offer;
                free = Memory.getFreeMemoryPointer();
            }
            (bool bookable, SkipReason reason) = _check(merchantId, offer, cardId, row.cumulative);
            if (bookable) {
                bytes32 structHash = TypedData.hashConsumption(cardId, row.cumulative, row.receipt);
                bytes32 digest = TypedData.digest(domainSeparator, structHash);
                (address signer, , ) = ECDSA.tryRecover(digest, row.r, row.vs);
                // A failed recovery answers zero, and no card's holder is zero.
                bookable = signer == CardId.holderOf(cardId);
                reason = SkipReason.BadSignature;
            }
            if (bookable) released += _book(merchantId, offer, cardId, row.cumulative, row.receipt);
            else emit ConsumptionSkipped(cardId, reason);
            // Nothing allocated for a row outlives it: a long batch pays for no more memory than a short one.
            Memory.unsafeSetFreeMemoryPointer(free);
        }
        _release(m, merchantId, pool_, released);
    }

    /// @dev Whether a row can be booked if its signature is good, and if not why.
    function _check(
        uint32 merchantId,
        Offer memory offer,
        bytes32 cardId,
        uint256 cumulative
    ) private view returns (bool, SkipReason) {
        if (offer.merchantId != merchantId) return (false, SkipReason.OtherMerchant);
        if (offer.kind == ProgramKind.Term) return (false, SkipReason.Pass);
        Card memory card_ = _state.cards[cardId];
        if (card_.status != CardStatus.Open) return (false, SkipReason.CardNotOpen);
        if (cumulative <= card_.consumed) return (false, SkipReason.Stale);
        if (cumulative > Release.face(card_.principal, offer.units)) return (false, SkipReason.OverFace);
        return (true, SkipReason.Stale);
    }

    function _book(
        uint32 merchantId,
        Offer memory offer,
        bytes32 cardId,
        uint88 cumulative,
        bytes32 receipt
    ) private returns (uint256 released) {
        Card storage card_ = _state.cards[cardId];
        Card memory before = card_;
        released =
            Release.released(cumulative, before.principal, offer.units) -
            Release.released(before.consumed, before.principal, offer.units);
        card_.consumed = cumulative;
        emit ConsumptionSettled(merchantId, cardId, released, cumulative, receipt);
    }

    /// @dev Operators settle; after a default flag the holders' signatures are enough, until the window ends.
    function _requireSettler(
        Merchant storage m,
        uint32 merchantId,
        MerchantStatus status,
        address settler
    ) private view {
        if (status == MerchantStatus.Defaulted) {
            uint256 windowEndsAt = m.timeline.windowEndsAt;
            require(
                block.timestamp < windowEndsAt,
                MerchantSettlementClosed(merchantId, block.timestamp, windowEndsAt)
            );
        } else {
            require(status != MerchantStatus.None, MerchantUnknown(merchantId));
            require(status != MerchantStatus.Closed, MerchantStatusForbids(merchantId, status));
            require(m.operators[settler], MerchantOperatorOnly(merchantId, settler));
        }
    }

    /// @dev Takes `released` out of what is outstanding, in `pool_` and in storage.
    function _release(Merchant storage m, uint32 merchantId, Pool memory pool_, uint256 released) private {
        if (released == 0) return;
        // Outstanding is the sum of what remains on the cards, and no card releases more than that.
        pool_.outstanding = uint96(pool_.outstanding - released);
        m.pool.outstanding = pool_.outstanding;
        if (pool_.capLevel != 0) CapWarning.lower(m, merchantId, pool_);
    }

    /* PASSES */

    /// @inheritdoc IPrepaidEscrow
    function accrue(bytes32[] calldata cardIds) external nonReentrant {
        Passes.accrue(_state, cardIds);
    }

    /* PAYING OUT */

    /// @inheritdoc IPrepaidEscrow
    function payOut(uint32 merchantId) external nonReentrant {
        Merchant storage m = _state.merchants[merchantId];
        Pool memory pool_ = m.pool;
        require(pool_.balance != pool_.outstanding, PoolNothingReleasable(merchantId));
        _payOut(m, merchantId, pool_);
    }

    function _payOut(Merchant storage m, uint32 merchantId, Pool memory pool_) private {
        MerchantStatus status = Checks.effectiveStatus(m, pool_.status);
        bool afterWindow = status == MerchantStatus.Defaulted && block.timestamp >= m.timeline.windowEndsAt;
        require(
            status == MerchantStatus.Active ||
                status == MerchantStatus.RunOff ||
                status == MerchantStatus.Closed ||
                afterWindow,
            MerchantStatusForbids(merchantId, status)
        );
        uint256 amount = pool_.balance - pool_.outstanding;
        if (m.payoutChangesAt != 0 && block.timestamp >= m.payoutChangesAt) MerchantRegistry.applyPayout(m);
        address payout = m.payout;
        m.pool.balance = pool_.outstanding;
        emit PaidOut(merchantId, payout, amount);
        emit PoolUpdated(merchantId, pool_.outstanding, pool_.outstanding);
        if (amount != 0) _vault(merchantId).pay(payout, amount);
    }

    /* LEAVING */

    /// @inheritdoc IPrepaidEscrow
    function requestExit(bytes32 cardId) external nonReentrant {
        _requireHolder(cardId);
        _requestExit(cardId, _openCard(cardId));
    }

    /// @inheritdoc IPrepaidEscrow
    function requestExitWithSignature(
        bytes32 cardId,
        uint48 deadline,
        bytes calldata signature
    ) external nonReentrant {
        _requireDeadline(deadline);
        Card memory card_ = _openCard(cardId);
        bytes32 structHash = TypedData.hashExitRequest(cardId, card_.nonce, deadline);
        _requireSignature(CardId.holderOf(cardId), structHash, signature);
        _requestExit(cardId, card_);
    }

    function _requestExit(bytes32 cardId, Card memory card_) private {
        Program storage program_ = _state.programs[CardId.programIdOf(cardId)];
        uint32 merchantId = program_.offer.merchantId;
        Merchant storage m = _state.merchants[merchantId];
        Rights memory rights = program_.rights;
        MerchantStatus status = m.pool.status;
        require(_canLeave(status), MerchantStatusForbids(merchantId, status));
        uint256 executableAt = uint256(card_.exitRequestedAt) + rights.exitDelay;
        require(
            Exits.pendingSince(card_, rights, m.timeline, status, block.timestamp) == 0,
            CardExitPending(cardId, executableAt)
        );
        Card storage stored = _state.cards[cardId];
        uint8 nonce = _nextNonce(card_.nonce);
        stored.exitRequestedAt = uint32(block.timestamp);
        stored.nonce = nonce;
        executableAt = block.timestamp + rights.exitDelay;
        emit ExitRequested(
            merchantId,
            cardId,
            CardId.holderOf(cardId),
            executableAt,
            executableAt + rights.exitDelay,
            nonce
        );
    }

    /// @inheritdoc IPrepaidEscrow
    function cancelExit(bytes32 cardId) external nonReentrant {
        address holder = _requireHolder(cardId);
        uint8 nonce = _nextNonce(_openCard(cardId).nonce);
        uint32 merchantId = _state.programs[CardId.programIdOf(cardId)].offer.merchantId;
        Card storage stored = _state.cards[cardId];
        stored.exitRequestedAt = 0;
        stored.nonce = nonce;
        emit ExitCancelled(merchantId, cardId, holder, nonce);
    }

    /// @inheritdoc IPrepaidEscrow
    function executeExit(bytes32 cardId) external nonReentrant {
        _executeExit(cardId, _openCard(cardId), CardId.holderOf(cardId));
    }

    /// @inheritdoc IPrepaidEscrow
    function executeExitTo(bytes32 cardId, address recipient) external nonReentrant {
        _requireHolder(cardId);
        Checks.requireUsable(_state, recipient);
        Card memory card_ = _openCard(cardId);
        uint32 merchantId = _state.programs[CardId.programIdOf(cardId)].offer.merchantId;
        Merchant storage m = _state.merchants[merchantId];
        Timeline memory timeline = m.timeline;
        if (!Exits.refundsOpen(timeline, m.pool.status, block.timestamp)) {
            _executeExit(cardId, card_, recipient);
            return;
        }
        Closing memory closing = _closingRefund(cardId, card_, m.pool.status, timeline);
        delete _state.cards[cardId];
        _close(m, merchantId, cardId, recipient, closing);
    }

    /// @inheritdoc IPrepaidEscrow
    function refundCard(bytes32 cardId) external nonReentrant {
        Card memory card_ = _openCard(cardId);
        Program storage program_ = _state.programs[CardId.programIdOf(cardId)];
        Offer memory offer = program_.offer;
        Merchant storage m = _state.merchants[offer.merchantId];
        MerchantStatus status = m.pool.status;
        require(m.operators[msg.sender], MerchantOperatorOnly(offer.merchantId, msg.sender));
        require(_canLeave(status), MerchantStatusForbids(offer.merchantId, status));
        Timeline memory timeline = m.timeline;
        Rights memory rights = program_.rights;
        uint256 since = Exits.pendingSince(card_, rights, timeline, status, block.timestamp);
        uint256 servedUntil = Exits.serviceUntil(timeline, status, since == 0 ? block.timestamp : since);
        Closing memory closing = Exits.close(card_, offer, rights, ExitRule.MerchantConsent, servedUntil);
        _state.cards[cardId].status = CardStatus.Closed;
        _close(m, offer.merchantId, cardId, CardId.holderOf(cardId), closing);
    }

    /// @inheritdoc IPrepaidEscrow
    function refundCards(uint32 merchantId, bytes32[] calldata cardIds) external nonReentrant {
        Merchant storage m = _state.merchants[merchantId];
        Pool memory pool_ = m.pool;
        Timeline memory timeline = m.timeline;
        if (!Exits.refundsOpen(timeline, pool_.status, block.timestamp)) {
            _revertRefundsNotOpen(merchantId, pool_.status, timeline);
        }
        MerchantVault vault = _vault(merchantId);
        uint256 released = 0;
        uint256 refunded = 0;
        Memory.Pointer free = Memory.getFreeMemoryPointer();
        for (uint256 i = 0; i < cardIds.length; ++i) {
            bytes32 cardId = cardIds[i];
            Card memory card_ = _state.cards[cardId];
            if (card_.status == CardStatus.Open) {
                require(
                    _state.programs[CardId.programIdOf(cardId)].offer.merchantId == merchantId,
                    CardOtherMerchant(cardId, merchantId)
                );
                Closing memory closing = _closingRefund(cardId, card_, pool_.status, timeline);
                address holder = CardId.holderOf(cardId);
                // The guard keeps everybody out until the pool is written below; a token's refusal changes nothing.
                if (closing.refund == 0 || vault.tryPay(holder, closing.refund)) {
                    delete _state.cards[cardId];
                    released += closing.released;
                    refunded += closing.refund;
                    emit CardRefunded(merchantId, cardId, holder, closing.rule, closing.released, 0, closing.refund);
                } else {
                    emit RefundFailed(merchantId, cardId, holder, closing.refund);
                }
            }
            Memory.unsafeSetFreeMemoryPointer(free);
        }
        m.pool.balance = uint96(pool_.balance - refunded);
        pool_.balance = uint96(pool_.balance - refunded);
        _release(m, merchantId, pool_, released + refunded);
        emit PoolUpdated(merchantId, pool_.outstanding, pool_.balance);
    }

    function _executeExit(bytes32 cardId, Card memory card_, address recipient) private {
        Program storage program_ = _state.programs[CardId.programIdOf(cardId)];
        Offer memory offer = program_.offer;
        Rights memory rights = program_.rights;
        Merchant storage m = _state.merchants[offer.merchantId];
        MerchantStatus status = m.pool.status;
        require(_canLeave(status), MerchantStatusForbids(offer.merchantId, status));
        Timeline memory timeline = m.timeline;
        uint256 since = Exits.pendingSince(card_, rights, timeline, status, block.timestamp);
        require(since != 0, CardExitNotRequested(cardId));
        require(
            block.timestamp >= since + rights.exitDelay,
            CardExitTooEarly(cardId, block.timestamp, since + rights.exitDelay)
        );
        Closing memory closing = Exits.quote(card_, offer, rights, timeline, status, since, block.timestamp);
        _state.cards[cardId].status = CardStatus.Closed;
        _close(m, offer.merchantId, cardId, recipient, closing);
    }

    /// @dev All that remains, to the stop of service, once everybody is refunded.
    function _closingRefund(
        bytes32 cardId,
        Card memory card_,
        MerchantStatus status,
        Timeline memory timeline
    ) private view returns (Closing memory) {
        Program storage program_ = _state.programs[CardId.programIdOf(cardId)];
        Rights memory rights = program_.rights;
        uint256 since = Exits.pendingSince(card_, rights, timeline, status, block.timestamp);
        uint256 requestedAt = since == 0 ? block.timestamp : since;
        return Exits.quote(card_, program_.offer, rights, timeline, status, requestedAt, block.timestamp);
    }

    /// @dev Books and pays one closing; the card's slot is the caller's to close or delete first.
    function _close(
        Merchant storage m,
        uint32 merchantId,
        bytes32 cardId,
        address recipient,
        Closing memory closing
    ) private {
        Pool memory pool_ = m.pool;
        pool_.balance = uint96(pool_.balance - closing.refund);
        m.pool.balance = pool_.balance;
        _release(m, merchantId, pool_, closing.released + closing.forfeited + closing.refund);
        emit CardRefunded(
            merchantId,
            cardId,
            recipient,
            closing.rule,
            closing.released,
            closing.forfeited,
            closing.refund
        );
        emit PoolUpdated(merchantId, pool_.outstanding, pool_.balance);
        if (closing.refund != 0) _vault(merchantId).pay(recipient, closing.refund);
    }

    function _revertRefundsNotOpen(
        uint32 merchantId,
        MerchantStatus status,
        Timeline memory timeline
    ) private view {
        bool defaulted = status == MerchantStatus.Defaulted;
        require(defaulted || status == MerchantStatus.RunOff, MerchantStatusForbids(merchantId, status));
        revert MerchantTooEarly(
            merchantId,
            block.timestamp,
            defaulted ? timeline.windowEndsAt : timeline.noticeEndsAt
        );
    }

    /* SUPERVISION */

    /// @inheritdoc IPrepaidEscrow
    function suspend(uint32 merchantId, bytes32 evidence) external nonReentrant restricted {
        Supervision.suspend(_state, merchantId, evidence);
    }

    /// @inheritdoc IPrepaidEscrow
    function resume(uint32 merchantId) external nonReentrant restricted {
        Supervision.resume(_state, merchantId);
    }

    /// @inheritdoc IPrepaidEscrow
    function startRunOff(uint32 merchantId, uint32 lastServiceAt) external nonReentrant {
        bool byOwner = msg.sender == _state.merchants[merchantId].owner;
        if (!byOwner) _checkCanCall(msg.sender, msg.data);
        Supervision.startRunOff(_state, merchantId, lastServiceAt, byOwner);
    }

    /// @inheritdoc IPrepaidEscrow
    function closeMerchant(uint32 merchantId) external nonReentrant {
        Supervision.closeMerchant(_state, merchantId);
    }

    /// @inheritdoc IPrepaidEscrow
    function flagDefault(
        uint32 merchantId,
        uint32 serviceStoppedAt,
        bytes32 evidence
    ) external nonReentrant restricted {
        Supervision.flagDefault(_state, merchantId, serviceStoppedAt, evidence);
    }

    /// @inheritdoc IPrepaidEscrow
    function withdrawDefault(uint32 merchantId) external nonReentrant restricted {
        Supervision.withdrawDefault(_state, merchantId);
    }

    /* VIEWS */

    /// @inheritdoc IPrepaidEscrow
    function merchant(uint32 merchantId) external view returns (MerchantView memory) {
        return EscrowViews.merchant(_state, merchantId, vaultOf(merchantId));
    }

    /// @inheritdoc IPrepaidEscrow
    function vaultOf(uint32 merchantId) public view returns (address) {
        return address(_vault(merchantId));
    }

    /// @inheritdoc IPrepaidEscrow
    function isOperator(uint32 merchantId, address account) external view returns (bool) {
        return _state.merchants[merchantId].operators[account];
    }

    /// @inheritdoc IPrepaidEscrow
    function pool(uint32 merchantId) external view returns (PoolView memory) {
        return EscrowViews.pool(_state, merchantId);
    }

    /// @inheritdoc IPrepaidEscrow
    function releasable(uint32 merchantId) external view returns (uint256) {
        Pool memory pool_ = _state.merchants[merchantId].pool;
        return pool_.balance - pool_.outstanding;
    }

    /// @inheritdoc IPrepaidEscrow
    function policy(uint32 policyId) external view returns (Policy memory) {
        return EscrowViews.policy(_state, policyId);
    }

    /// @inheritdoc IPrepaidEscrow
    function program(uint32 programId) external view returns (ProgramView memory) {
        return EscrowViews.program(_state, programId);
    }

    /// @inheritdoc IPrepaidEscrow
    function card(bytes32 cardId) external view returns (CardView memory) {
        return EscrowViews.card(_state, cardId);
    }

    /// @inheritdoc IPrepaidEscrow
    function cardIdOf(address holder, uint32 programId, uint64 serial) external pure returns (bytes32) {
        return CardId.encode(holder, programId, serial);
    }

    /// @inheritdoc IPrepaidEscrow
    function holderOf(bytes32 cardId) external pure returns (address) {
        return CardId.holderOf(cardId);
    }

    /// @inheritdoc IPrepaidEscrow
    function remaining(bytes32 cardId) external view returns (uint256) {
        return EscrowViews.remaining(_state, cardId);
    }

    /// @inheritdoc IPrepaidEscrow
    function quoteExit(bytes32 cardId) external view returns (ExitQuote memory) {
        return EscrowViews.quoteExit(_state, cardId);
    }

    /// @notice The lasting warnings that are up for a merchant.
    function warnings(uint32 merchantId) external view returns (StandingWarning[] memory) {
        return EscrowViews.warnings(_state, merchantId);
    }

    /* INTERNAL */

    function _vault(uint32 merchantId) private view returns (MerchantVault) {
        return MerchantVault(Create2.computeAddress(bytes32(uint256(merchantId)), VAULT_CODE_HASH));
    }

    /// @dev Holders ask to leave, and operators refund, one by one until a flag or the end replaces that.
    function _canLeave(MerchantStatus status) private pure returns (bool) {
        return status != MerchantStatus.Defaulted && status != MerchantStatus.Closed;
    }

    function _openCard(bytes32 cardId) private view returns (Card memory card_) {
        card_ = _state.cards[cardId];
        require(card_.status == CardStatus.Open, CardNotOpen(cardId, card_.status));
    }

    function _nextNonce(uint8 nonce) private pure returns (uint8) {
        unchecked {
            // Wraps by design: a signed request lives 30 days, and is good for the nonce it names.
            return nonce + 1;
        }
    }

    function _requireHolder(bytes32 cardId) private view returns (address holder) {
        holder = CardId.holderOf(cardId);
        require(msg.sender == holder, CardHolderOnly(cardId, msg.sender, holder));
    }

    function _requireDeadline(uint48 deadline) private view {
        require(block.timestamp <= deadline, SignatureExpired(block.timestamp, deadline));
        uint256 latest = block.timestamp + MAX_SIGNATURE_AGE;
        require(deadline <= latest, SignatureDeadlineTooFar(deadline, latest));
    }

    function _requireSignature(address signer, bytes32 structHash, bytes calldata signature) private view {
        bytes32 digest = _hashTypedDataV4(structHash);
        require(Signatures.isValid(signer, digest, signature), SignatureInvalid(signer));
    }
}

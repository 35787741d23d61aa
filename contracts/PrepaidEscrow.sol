// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {
    CardStatus,
    CardView,
    ContractVoucher,
    DisputeKind,
    DisputeView,
    ExitQuote,
    ExitRule,
    IPrepaidEscrow,
    MerchantStatus,
    MerchantView,
    MoveView,
    Policy,
    PoolView,
    ProgramTerms,
    ProgramView,
    Purchase,
    KeyVoucher,
    SkipReason
} from "./interfaces/IPrepaidEscrow.sol";
import {IVaultFactory} from "./interfaces/IVaultFactory.sol";
import {IWarnings, StandingWarning, WarningKind, WarningLevel} from "./interfaces/IWarnings.sol";
import {ContractHolders} from "./linked/ContractHolders.sol";
import {Disputes} from "./linked/Disputes.sol";
import {EscrowViews} from "./linked/EscrowViews.sol";
import {Exposure} from "./linked/Exposure.sol";
import {MerchantRegistry} from "./linked/MerchantRegistry.sol";
import {Moves} from "./linked/Moves.sol";
import {Passes} from "./linked/Passes.sol";
import {SignedRequests} from "./linked/SignedRequests.sol";
import {Supervision} from "./linked/Supervision.sol";
import {CapWarning} from "./logic/CapWarning.sol";
import {Checks} from "./logic/Checks.sol";
import {Closing} from "./logic/Closing.sol";
import {Exits} from "./logic/Exits.sol";
import {Linked} from "./logic/Linked.sol";
import {PendingMoves} from "./logic/PendingMoves.sol";
import {Settling} from "./logic/Settling.sol";
import {TypedData} from "./logic/TypedData.sol";
import {MerchantVault} from "./MerchantVault.sol";
import {Card, Cards, CardSlot} from "./types/Card.sol";
import {CardId} from "./types/CardId.sol";
import {EscrowState, EscrowStorage, Merchant, Move, Program} from "./types/EscrowState.sol";
import {Offer, Offers} from "./types/Offer.sol";
import {Pool} from "./types/Pool.sol";
import {Registration} from "./types/Registration.sol";
import {Rights} from "./types/Rights.sol";
import {Timeline} from "./types/Timeline.sol";

/// @title Prepaid Escrow
/// @notice The life of a card from top to bottom: bought, consumed, left, refunded.
/// @dev The calls of every day are in this file, first the business, then the functions that linked libraries answer.
/// `types/` holds the packed words, `logic/` code that is inlined here, `linked/` code whose addresses the deployer chooses; all of
/// it works on the same storage. No role can move money: roles register, add rules, suspend, flag and rule on disputes.
contract PrepaidEscrow is IPrepaidEscrow, IVaultFactory, AccessManaged, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bytes32 private immutable VAULT_CODE_HASH = keccak256(type(MerchantVault).creationCode);

    /// @inheritdoc IVaultFactory
    address public transient vaultToken;

    /// @param authority The OpenZeppelin `AccessManager` that knows the roles.
    constructor(address authority) AccessManaged(authority) EIP712("PrepaidEscrow", "1") {}

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
        // Zero means now. Written out, it makes a card of any other kind be refused: only a pass has a start.
        uint32 start = startsAt == 0 ? uint32(block.timestamp) : startsAt;
        return _buyFromCaller(Purchase(programId, holder, principal, serial, start));
    }

    /// @inheritdoc IPrepaidEscrow
    function buyWithPermit(
        Purchase calldata purchase,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32) {
        uint32 merchantId = _state().programs[purchase.programId].offer.merchantId();
        address token = _state().merchants[merchantId].registration.token();
        require(token != address(0), ProgramUnknown(purchase.programId));
        // A permit that somebody else has submitted already fails, but has set the allowance.
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
        uint32 merchantId;
        IERC20 token;
        uint256 balance;
        (cardId, merchantId, token, balance) = _open(purchase, payer);
        bytes32 nonce = keccak256(
            abi.encode(address(this), purchase.programId, purchase.holder, purchase.principal, purchase.startsAt, salt)
        );
        MerchantVault vault = _vault(merchantId);
        uint256 before = token.balanceOf(address(vault));
        vault.receiveWithAuthorization(payer, purchase.principal, validAfter, validBefore, nonce, v, r, s);
        // A token without ERC-3009 may accept any call and do nothing. Tokens that were in the vault before must not pay.
        uint256 due = before + purchase.principal;
        _requireFunded(merchantId, token, address(vault), due > balance ? due : balance);
    }

    function _buyFromCaller(Purchase memory purchase) private returns (bytes32 cardId) {
        uint32 merchantId;
        IERC20 token;
        uint256 balance;
        (cardId, merchantId, token, balance) = _open(purchase, msg.sender);
        address vault = address(_vault(merchantId));
        token.safeTransferFrom(msg.sender, vault, purchase.principal);
        _requireFunded(merchantId, token, vault, balance);
    }

    /// @dev Checks, effects and events of a sale. The caller then moves the principal, after which the vault must hold `balance`.
    /// Four values, because a struct in memory makes every sale dearer.
    function _open(
        Purchase memory purchase,
        address payer
    ) private returns (bytes32 cardId, uint32 merchantId, IERC20 token, uint256 balance) {
        Offer offer = _state().programs[purchase.programId].offer;
        merchantId = offer.merchantId();
        require(merchantId != 0, ProgramUnknown(purchase.programId));
        require(!offer.has(Offers.RETIRED), ProgramAlreadyRetired(purchase.programId));
        Merchant storage m = _state().merchants[merchantId];
        Pool pool_ = m.pool;
        MerchantStatus status = Checks.effectiveStatus(m, pool_.status());
        Checks.requireStatus(status == MerchantStatus.Active, merchantId, status);
        Registration registration = m.registration;
        uint32 policyId = registration.policyId();
        require(offer.policyId() == policyId, ProgramPolicyOutdated(purchase.programId, offer.policyId(), policyId));
        token = IERC20(registration.token());
        // Whoever sends a transaction is none of the accounts that could not use the card.
        if (msg.sender != purchase.holder) Checks.requireUsable(_state(), address(token), purchase.holder);
        uint256 principal = purchase.principal;
        require(principal != 0, CardPrincipalZero());
        uint256 limit = _limitOf(purchase, offer);
        // A third party must use the next serial: a gap would hide later cards from `findCards`.
        if (msg.sender != purchase.holder) {
            Checks.requireNextSerial(_state(), purchase.holder, purchase.programId, purchase.serial);
        }
        cardId = CardId.encode(purchase.holder, purchase.programId, purchase.serial);
        CardSlot storage slot = _state().cards[cardId];
        require(slot.card.status() == CardStatus.None, CardSerialTaken(cardId));

        uint256 startsAt = _startOf(purchase, offer);
        uint256 outstanding;
        unchecked {
            // 96 bits and 88. The pool refuses a sum that does not fit its field.
            outstanding = pool_.outstanding() + principal;
            balance = pool_.balance() + principal;
        }
        slot.card = Cards.open(principal, startsAt);
        emit CardOpened(merchantId, cardId, purchase.holder, payer, principal, startsAt, outstanding, balance);
        if (limit != 0 && principal > limit) _passLimit(offer, cardId, principal, limit);
        pool_ = pool_.withOutstanding(outstanding).withBalance(balance);
        if (pool_.outstandingCap() != 0) pool_ = _checkCap(merchantId, pool_, offer, registration);
        m.pool = pool_;
    }

    /// @dev A pass may begin later. Every other card begins when it is paid.
    function _startOf(Purchase memory purchase, Offer offer) private view returns (uint256) {
        if (purchase.startsAt == 0) return block.timestamp;
        require(offer.isPass(), CardNotAPass(purchase.programId));
        uint256 latest = block.timestamp + _state().policies[offer.policyId()].maxAdvance;
        require(
            purchase.startsAt >= block.timestamp && purchase.startsAt <= latest,
            CardStartOutOfRange(purchase.startsAt, block.timestamp, latest)
        );
        return purchase.startsAt;
    }

    /// @dev Checks the price, and returns the card limit if this sale can pass it, else zero.
    function _limitOf(Purchase memory purchase, Offer offer) private view returns (uint256) {
        uint256 priceOrOpenLimit = offer.priceOrOpenLimit();
        if (offer.units() == 0) return priceOrOpenLimit;
        require(purchase.principal == priceOrOpenLimit, CardPriceMismatch(purchase.principal, priceOrOpenLimit));
        return offer.has(Offers.OVER_LIMIT) ? _state().programs[purchase.programId].rights.cardLimit() : 0;
    }

    function _passLimit(Offer offer, bytes32 cardId, uint256 principal, uint256 limit) private {
        require(!offer.has(Offers.REJECT_OVER_LIMIT), CardPrincipalOverLimit(principal, limit));
        emit WarningRaised(
            offer.merchantId(),
            WarningKind.CardOverLimit,
            cardId,
            principal,
            limit,
            WarningLevel.Warning
        );
    }

    function _checkCap(uint32 merchantId, Pool pool_, Offer offer, Registration registration) private returns (Pool) {
        uint256 cap = CapWarning.baseUnits(pool_.outstandingCap(), registration.tokenDecimals());
        require(
            pool_.outstanding() <= cap || !offer.has(Offers.REJECT_OVER_CAP),
            MerchantCapExceeded(merchantId, pool_.outstanding(), cap)
        );
        return CapWarning.raise(merchantId, pool_, cap);
    }

    /// @dev Asks the token whether the whole principal has arrived.
    function _requireFunded(uint32 merchantId, IERC20 token, address vault, uint256 balance) private view {
        uint256 held = token.balanceOf(vault);
        require(held >= balance, PoolDepositShort(merchantId, held, balance));
    }

    /* SETTLING */

    /// @inheritdoc IPrepaidEscrow
    function settle(uint32 merchantId, KeyVoucher[] calldata vouchers) external nonReentrant {
        _settleAs(msg.sender, merchantId, vouchers);
    }

    /// @inheritdoc IPrepaidEscrow
    function settleAndPayOut(uint32 merchantId, KeyVoucher[] calldata vouchers) external nonReentrant {
        Merchant storage m = _state().merchants[merchantId];
        Pool pool_ = m.pool;
        Settling.requireSettler(m, merchantId, pool_.status(), msg.sender);
        _payOut(m, merchantId, _settle(m, merchantId, pool_, vouchers));
    }

    /// @inheritdoc IPrepaidEscrow
    function settleWithSignature(
        uint32 merchantId,
        KeyVoucher[] calldata vouchers,
        uint48 /* deadline */,
        address operator,
        bytes calldata /* signature */
    ) external nonReentrant {
        Linked.forward(address(SignedRequests), SignedRequests.requireSettlement.selector);
        _settleAs(operator, merchantId, vouchers);
    }

    function _settleAs(address settler, uint32 merchantId, KeyVoucher[] calldata vouchers) private {
        Merchant storage m = _state().merchants[merchantId];
        Pool pool_ = m.pool;
        Settling.requireSettler(m, merchantId, pool_.status(), settler);
        pool_ = _settle(m, merchantId, pool_, vouchers);
        m.pool = pool_;
        emit PoolUpdated(merchantId, pool_.outstanding(), pool_.balance());
    }

    /// @dev Books every valid voucher, reports every other one, and returns the pool less the released principal. The caller stores it.
    function _settle(
        Merchant storage m,
        uint32 merchantId,
        Pool pool_,
        KeyVoucher[] calldata vouchers
    ) private returns (Pool) {
        bytes32 domainSeparator = _domainSeparatorV4();
        uint256 released = 0;
        uint256 programId = type(uint256).max;
        Offer offer;
        for (uint256 i = 0; i < vouchers.length; ++i) {
            KeyVoucher calldata voucher = vouchers[i];
            bytes32 cardId = voucher.cardId;
            if (CardId.programIdOf(cardId) != programId) {
                programId = CardId.programIdOf(cardId);
                offer = _state().programs[programId].offer;
            }
            CardSlot storage slot = _state().cards[cardId];
            Card card_ = slot.card;
            (bool bookable, SkipReason reason) = Settling.check(merchantId, offer, card_, voucher.cumulative);
            if (bookable) {
                bytes32 digest = TypedData.digest(domainSeparator, TypedData.hashConsumption(voucher));
                (address signer, , ) = ECDSA.tryRecover(digest, voucher.r, voucher.vs);
                // A failed recovery returns zero, and no card's holder is zero.
                bookable = signer == CardId.holderOf(cardId);
            }
            if (bookable) {
                unchecked {
                    // Principal of different cards, each of 88 bits.
                    released += Settling.book(
                        slot,
                        merchantId,
                        offer,
                        cardId,
                        card_,
                        voucher.cumulative,
                        voucher.receipt
                    );
                }
            } else {
                emit ConsumptionSkipped(cardId, reason);
            }
        }
        return Settling.reduceOutstanding(m, merchantId, pool_, pool_.outstanding() - released);
    }

    /* PAYING OUT */

    /// @inheritdoc IPrepaidEscrow
    function payOut(uint32 merchantId) external nonReentrant {
        Merchant storage m = _state().merchants[merchantId];
        Pool pool_ = m.pool;
        require(pool_.status() != MerchantStatus.None, MerchantUnknown(merchantId));
        require(pool_.balance() != pool_.outstanding(), PoolNothingReleasable(merchantId));
        _payOut(m, merchantId, pool_);
    }

    /// @dev Pays what is releasable of `pool_` to the merchant, and stores it.
    function _payOut(Merchant storage m, uint32 merchantId, Pool pool_) private {
        MerchantStatus status = Checks.effectiveStatus(m, pool_.status());
        Checks.requireStatus(
            status != MerchantStatus.Suspended &&
                (status != MerchantStatus.Defaulted || block.timestamp >= m.timeline.windowEndsAt()),
            merchantId,
            status
        );
        if (m.payoutChangesAt != 0 && block.timestamp >= m.payoutChangesAt) MerchantRegistry.applyPayout(m);
        address payout = m.payout;
        uint256 outstanding = pool_.outstanding();
        uint256 amount = pool_.balance() - outstanding;
        m.pool = pool_.withBalance(outstanding);
        emit PaidOut(merchantId, payout, amount, outstanding);
        if (amount != 0) _vault(merchantId).pay(payout, amount);
    }

    /* LEAVING */

    /// @inheritdoc IPrepaidEscrow
    function requestExit(bytes32 cardId) external nonReentrant {
        _requireHolder(cardId);
        _requestExit(cardId);
    }

    /// @inheritdoc IPrepaidEscrow
    function requestExitWithSignature(
        bytes32 cardId,
        uint48 /* deadline */,
        bytes calldata /* signature */
    ) external nonReentrant {
        Linked.forward(address(SignedRequests), SignedRequests.requireExitRequest.selector);
        _requestExit(cardId);
    }

    function _requestExit(bytes32 cardId) private {
        Card before = _requireOpenCard(cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(_state(), cardId);
        uint32 merchantId = offer.merchantId();
        (, uint256 since, ) = Exits.loadExit(m, before, offer, rights);
        uint256 exitDelay = rights.exitDelay();
        require(since == 0, CardExitPending(cardId, since + exitDelay));
        Card card_ = before.withExitRequestedAt(block.timestamp).without(Cards.DISPUTED | Cards.MOVING).withNextNonce();
        _state().cards[cardId].card = card_;
        unchecked {
            // Times have 32 bits, periods 24.
            uint256 executableAt = block.timestamp + exitDelay;
            emit ExitRequested(
                merchantId,
                cardId,
                CardId.holderOf(cardId),
                executableAt,
                offer.isPass() ? 0 : executableAt + exitDelay,
                card_.nonce()
            );
        }
        if (before.hasComplaint()) Disputes.takeBackComplaint(cardId);
    }

    /// @inheritdoc IPrepaidEscrow
    function cancelExit(bytes32 cardId) external nonReentrant {
        address holder = _requireHolder(cardId);
        Card card_ = _requireOpenCard(cardId);
        // A complaint is no request to leave, and goes on.
        uint256 ended = card_.hasComplaint() ? Cards.MOVING : Cards.MOVING | Cards.DISPUTED;
        card_ = card_.withExitRequestedAt(0).without(ended).withNextNonce();
        _state().cards[cardId].card = card_;
        uint32 merchantId = _state().programs[CardId.programIdOf(cardId)].offer.merchantId();
        emit ExitCancelled(merchantId, cardId, holder, card_.nonce());
    }

    /// @inheritdoc IPrepaidEscrow
    function executeExit(bytes32 cardId) external nonReentrant {
        _executeExit(cardId, _requireOpenCard(cardId), CardId.holderOf(cardId));
    }

    /// @inheritdoc IPrepaidEscrow
    function executeExitTo(bytes32 cardId, address recipient) external nonReentrant {
        _requireHolder(cardId);
        Card card_ = _requireOpenCard(cardId);
        Program storage program_ = _state().programs[CardId.programIdOf(cardId)];
        Offer offer = program_.offer;
        uint32 merchantId = offer.merchantId();
        Merchant storage m = _state().merchants[merchantId];
        Checks.requireUsable(_state(), m.registration.token(), recipient);
        Pool pool_ = m.pool;
        MerchantStatus status = pool_.status();
        Timeline timeline = m.timeline;
        if (Exits.refundsOpen(timeline, status)) {
            uint256 refund =
                offer.isPass()
                    ? _remainingOfPass(m, card_, offer, program_.rights, status, timeline)
                    : Exits.remaining(card_, offer);
            _state().cards[cardId].card = Card.wrap(0);
            _close(m, offer, pool_, cardId, card_, recipient, _ruleForAll(status), refund);
        } else if (card_.has(Cards.DISPUTED)) {
            Linked.forward(address(Disputes), Disputes.execute.selector);
        } else {
            _executeExit(cardId, card_, recipient);
        }
    }

    function _executeExit(bytes32 cardId, Card card_, address recipient) private {
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(_state(), cardId);
        (Pool pool_, uint256 since, uint256 stopsAt) = Exits.loadExit(m, card_, offer, rights);
        require(since != 0, CardExitNotRequested(cardId));
        require(!card_.has(Cards.DISPUTED), CardInDispute(cardId, DisputeKind.Contest));
        uint256 executableAt;
        unchecked {
            // 32 bits and 24.
            executableAt = since + rights.exitDelay();
        }
        require(block.timestamp >= executableAt, CardExitTooEarly(cardId, block.timestamp, executableAt));
        uint256 asOf = Exits.reckonedAt(since, stopsAt, 0);
        uint256 consumed = Exits.consumedAt(m, card_, offer, rights, asOf);
        (ExitRule rule, uint256 refund, ) = Exits.holderRefund(
            m,
            card_,
            offer,
            rights,
            pool_.status(),
            consumed,
            asOf,
            stopsAt,
            block.timestamp
        );
        _state().cards[cardId].card = Exits.closed(card_, rule, m);
        _close(m, offer, pool_, cardId, card_, recipient, rule, refund);
    }

    /* REFUNDING */

    /// @inheritdoc IPrepaidEscrow
    function refundCard(bytes32 cardId) external nonReentrant {
        Card card_ = _requireOpenCard(cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(_state(), cardId);
        uint32 merchantId = offer.merchantId();
        (Pool pool_, uint256 since, uint256 stopsAt) = Exits.loadExit(m, card_, offer, rights);
        Checks.requireOperator(m, merchantId);
        _requireNoRecovery(m, cardId, card_, pool_.status());
        // Without a request the time of a pass counts as booked: the delay and the waits of `accrue` hold for consent too.
        uint256 consumed =
            since == 0
                ? card_.consumed()
                : Exits.consumedAt(m, card_, offer, rights, Exits.reckonedAt(since, stopsAt, 0));
        uint256 refund = Exits.remainingAfter(card_, offer, consumed);
        _state().cards[cardId].card = card_.closed();
        _close(m, offer, pool_, cardId, card_, CardId.holderOf(cardId), ExitRule.MerchantConsent, refund);
    }

    /// @dev Refuses to pay a holder whose recovery address is about to move the card: the key may be lost.
    function _requireNoRecovery(Merchant storage m, bytes32 cardId, Card card_, MerchantStatus status) private view {
        if (!card_.has(Cards.MOVING)) return;
        Move storage move = _state().moves[cardId];
        bool pending = move.asRecovery != 0 && PendingMoves.isPending(_state(), cardId, card_, m.timeline, status);
        require(!pending, CardMovePending(cardId, move.notBefore));
    }

    /// @inheritdoc IPrepaidEscrow
    function refundCards(uint32 merchantId, bytes32[] calldata cardIds) external nonReentrant {
        Merchant storage m = _state().merchants[merchantId];
        MerchantStatus status = m.pool.status();
        Timeline timeline = m.timeline;
        _requireRefundsOpen(merchantId, status, timeline);
        ExitRule rule = _ruleForAll(status);
        MerchantVault vault = _vault(merchantId);
        uint256 released = 0;
        uint256 refunded = 0;
        uint256 programId = type(uint256).max;
        Offer offer;
        Rights rights;
        for (uint256 i = 0; i < cardIds.length; ++i) {
            bytes32 cardId = cardIds[i];
            CardSlot storage slot = _state().cards[cardId];
            Card card_ = slot.card;
            if (!card_.isPlainlyOpen()) {
                if (!card_.isOpen()) continue;
                // Paid or not, nobody rules on a complaint any more.
                _endComplaint(cardId, card_);
            }
            if (CardId.programIdOf(cardId) != programId) {
                programId = CardId.programIdOf(cardId);
                Program storage program_ = _state().programs[programId];
                offer = program_.offer;
                require(offer.merchantId() == merchantId, CardOtherMerchant(cardId, merchantId));
                if (offer.isPass()) rights = program_.rights;
            }
            uint256 time = 0;
            uint256 refund = Exits.remaining(card_, offer);
            if (offer.isPass()) {
                uint256 left = _remainingOfPass(m, card_, offer, rights, status, timeline);
                (time, refund) = (refund - left, left);
            }
            address holder = CardId.holderOf(cardId);
            // The guard keeps everybody out until the pool is written below. A refusal by the token changes nothing.
            if (refund == 0 || vault.tryPay(holder, refund)) {
                slot.card = Card.wrap(0);
                unchecked {
                    // Principal of different cards, each of 88 bits.
                    released += time;
                    refunded += refund;
                }
                emit CardRefunded(merchantId, cardId, holder, rule, time, refund);
            } else {
                emit RefundFailed(merchantId, cardId, holder, refund);
            }
        }
        Closing.storePool(m, merchantId, m.pool, released + refunded, refunded);
    }

    /// @dev What a pass pays once everybody is refunded: all that remains, its time counted up to the request to leave, the flag or the
    /// stop of service. Any other card pays what remains as booked.
    function _remainingOfPass(
        Merchant storage m,
        Card card_,
        Offer offer,
        Rights rights,
        MerchantStatus status,
        Timeline timeline
    ) private view returns (uint256) {
        uint256 stopsAt = Exits.serviceStopsAt(timeline, status);
        uint256 asOf = Exits.reckonedAt(card_.exitRequestedAt(), stopsAt, Exits.clock(timeline, status));
        return Exits.remainingAfter(card_, offer, Exits.consumedAt(m, card_, offer, rights, asOf));
    }

    /// @dev Books the closing of a card whose slot the caller has closed, and pays the recipient. The merchant gets the rest of what
    /// remained.
    /// @param before The card as it was.
    function _close(
        Merchant storage m,
        Offer offer,
        Pool pool_,
        bytes32 cardId,
        Card before,
        address recipient,
        ExitRule rule,
        uint256 refund
    ) private {
        uint32 merchantId = offer.merchantId();
        uint256 released = Exits.remaining(before, offer) - refund;
        Closing.book(m, merchantId, pool_, cardId, recipient, rule, released, refund);
        _endComplaint(cardId, before);
        if (refund != 0) _vault(merchantId).pay(recipient, refund);
    }

    /// @param before The card as it was.
    function _endComplaint(bytes32 cardId, Card before) private {
        if (before.hasComplaint()) Disputes.bookComplaintEnd(cardId);
    }

    function _ruleForAll(MerchantStatus status) private pure returns (ExitRule) {
        return status == MerchantStatus.Defaulted ? ExitRule.Default : ExitRule.RunOff;
    }

    function _requireRefundsOpen(uint32 merchantId, MerchantStatus status, Timeline timeline) private view {
        if (Exits.refundsOpen(timeline, status)) return;
        require(status != MerchantStatus.None, MerchantUnknown(merchantId));
        bool defaulted = status == MerchantStatus.Defaulted;
        Checks.requireStatus(
            defaulted || status == MerchantStatus.RunOff,
            merchantId,
            Checks.effectiveStatus(_state().merchants[merchantId], status)
        );
        uint256 opensAt = defaulted ? timeline.windowEndsAt() : timeline.noticeEndsAt();
        revert MerchantTooEarly(merchantId, block.timestamp, opensAt);
    }

    /* FLAGGING A DEFAULT */

    /// @inheritdoc IPrepaidEscrow
    function flagDefault(
        uint32 merchantId,
        uint32 serviceStoppedAt,
        bytes32 evidence
    ) external nonReentrant restricted {
        Merchant storage m = _state().merchants[merchantId];
        Pool pool_ = m.pool;
        MerchantStatus status = pool_.status();
        require(status != MerchantStatus.None, MerchantUnknown(merchantId));
        Checks.requireStatus(status != MerchantStatus.Defaulted, merchantId, status);
        require(
            serviceStoppedAt <= block.timestamp,
            MerchantTimeOutOfRange(merchantId, serviceStoppedAt, 0, block.timestamp)
        );
        Timeline timeline = m.timeline;
        uint256 windowEndsAt = block.timestamp + timeline.finalSettlement();
        m.pool = pool_.withStatus(MerchantStatus.Defaulted);
        m.timeline = timeline.withFlag(serviceStoppedAt, windowEndsAt);
        bool withdrawable = timeline.withdrawnAt() == 0;
        emit DefaultFlagged(merchantId, serviceStoppedAt, windowEndsAt, withdrawable, evidence);
    }

    /* REGISTERING: forwarded, but for the address of the vault */

    /// @inheritdoc IPrepaidEscrow
    function registerMerchant(
        address /* owner */,
        address /* payout */,
        uint32 policyId,
        uint48 /* outstandingCap */,
        string calldata /* metadataURI */
    ) external nonReentrant restricted returns (uint32 merchantId) {
        vaultToken = _state().policies[policyId].token;
        merchantId = uint32(
            Linked.forwardForWord(address(MerchantRegistry), MerchantRegistry.registerMerchant.selector)
        );
        vaultToken = address(0);
        // Linked code created the vault. Money will go to the address that this code computes, so the vault must be there.
        assert(address(_vault(merchantId)).code.length != 0);
    }

    /* FORWARDED: each of these functions hands its calldata to the linked library of that subject, which does the work. A check
       that depends on the escrow comes first. */

    /* POLICIES, MERCHANTS AND PROGRAMS */

    /// @inheritdoc IPrepaidEscrow
    function addPolicy(Policy calldata /* policy_ */) external nonReentrant restricted returns (uint32) {
        return uint32(Linked.forwardForWord(address(MerchantRegistry), MerchantRegistry.addPolicy.selector));
    }

    /// @inheritdoc IPrepaidEscrow
    function setMerchantPolicy(uint32 /* merchantId */, uint32 /* policyId */) external nonReentrant restricted {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.setMerchantPolicy.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function setOutstandingCap(uint32 /* merchantId */, uint48 /* outstandingCap */) external nonReentrant restricted {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.setOutstandingCap.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function setOperator(uint32 /* merchantId */, address /* operator */, bool /* enabled */) external nonReentrant {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.setOperator.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function setPayout(uint32 /* merchantId */, address /* payout */) external nonReentrant {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.setPayout.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function cancelPayout(uint32 /* merchantId */) external nonReentrant {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.cancelPayout.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function transferOwnership(uint32 /* merchantId */, address /* newOwner */) external nonReentrant {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.transferOwnership.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function cancelOwnershipTransfer(uint32 /* merchantId */) external nonReentrant {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.cancelOwnershipTransfer.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function acceptOwnership(uint32 /* merchantId */) external nonReentrant {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.acceptOwnership.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function publishProgram(
        uint32 /* merchantId */,
        ProgramTerms calldata /* terms */
    ) external nonReentrant returns (uint32) {
        return uint32(Linked.forwardForWord(address(MerchantRegistry), MerchantRegistry.publishProgram.selector));
    }

    /// @inheritdoc IPrepaidEscrow
    function retireProgram(uint32 /* programId */) external nonReentrant {
        Linked.forward(address(MerchantRegistry), MerchantRegistry.retireProgram.selector);
    }

    /* CONSUMPTION */

    /// @inheritdoc IPrepaidEscrow
    function settleContractHolders(
        uint32 /* merchantId */,
        ContractVoucher[] calldata /* vouchers */
    ) external nonReentrant {
        Linked.forward(address(ContractHolders), ContractHolders.settle.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function accrue(bytes32[] calldata /* cardIds */) external nonReentrant {
        Linked.forward(address(Passes), Passes.accrue.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function extendPasses(bytes32[] calldata /* cardIds */, uint32 /* extension */) external nonReentrant {
        Linked.forward(address(Passes), Passes.extendPasses.selector);
    }

    /* DISPUTES */

    /// @inheritdoc IPrepaidEscrow
    function complain(bytes32 cardId, bytes32 /* evidence */) external nonReentrant {
        _requireHolder(cardId);
        Linked.forward(address(Disputes), Disputes.complain.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function complainWithSignature(
        bytes32 /* cardId */,
        bytes32 /* evidence */,
        uint48 /* deadline */,
        bytes calldata /* signature */
    ) external nonReentrant {
        Linked.forward(address(SignedRequests), SignedRequests.requireComplaint.selector);
        // `complain` takes the first two arguments and does not read the others.
        Linked.forward(address(Disputes), Disputes.complain.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function contestExit(bytes32 /* cardId */, bytes32 /* evidence */) external nonReentrant {
        Linked.forward(address(Disputes), Disputes.contestExit.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function resolve(
        bytes32 /* cardId */,
        bool /* upheld */,
        uint88 /* awarded */,
        bytes32 /* decision */
    ) external nonReentrant restricted {
        Linked.forward(address(Disputes), Disputes.resolve.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function resolveByExtension(
        bytes32 /* cardId */,
        uint32 /* extension */,
        bytes32 /* decision */
    ) external nonReentrant restricted {
        Linked.forward(address(Disputes), Disputes.resolveByExtension.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function executeDispute(bytes32 /* cardId */) external nonReentrant {
        Linked.forward(address(Disputes), Disputes.executeDispute.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function endComplaint(bytes32 /* cardId */) external nonReentrant {
        Linked.forward(address(Disputes), Disputes.endComplaint.selector);
    }

    /* MOVES */

    /// @inheritdoc IPrepaidEscrow
    function requestMove(bytes32 /* cardId */, address /* to */) external nonReentrant {
        Linked.forward(address(Moves), Moves.requestMove.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function consentMove(bytes32 /* cardId */, uint8 /* nonce */) external nonReentrant {
        Linked.forward(address(Moves), Moves.consentMove.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function cancelMove(bytes32 /* cardId */) external nonReentrant {
        Linked.forward(address(Moves), Moves.cancelMove.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function executeMove(bytes32 /* cardId */, uint64 /* serial */) external nonReentrant returns (bytes32) {
        return bytes32(Linked.forwardForWord(address(Moves), Moves.executeMove.selector));
    }

    /// @inheritdoc IPrepaidEscrow
    function setRecovery(address /* recovery */) external nonReentrant {
        Linked.forward(address(Moves), Moves.setRecovery.selector);
    }

    /* SUPERVISION */

    /// @inheritdoc IPrepaidEscrow
    function suspend(uint32 /* merchantId */, bytes32 /* evidence */) external nonReentrant restricted {
        Linked.forward(address(Supervision), Supervision.suspend.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function resume(uint32 /* merchantId */) external nonReentrant restricted {
        Linked.forward(address(Supervision), Supervision.resume.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function startRunOff(uint32 merchantId, uint32 /* lastServiceAt */) external nonReentrant {
        if (msg.sender != _state().merchants[merchantId].owner) _checkCanCall(msg.sender, msg.data);
        Linked.forward(address(Supervision), Supervision.startRunOff.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function closeMerchant(uint32 /* merchantId */) external nonReentrant {
        Linked.forward(address(Supervision), Supervision.closeMerchant.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function withdrawDefault(uint32 /* merchantId */) external nonReentrant restricted {
        Linked.forward(address(Supervision), Supervision.withdrawDefault.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function reportHolderExposure(uint32 /* merchantId */, bytes32[] calldata /* cardIds */) external nonReentrant {
        Linked.forward(address(Exposure), Exposure.reportHolderExposure.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function reviewWarnings(uint32 /* merchantId */) external nonReentrant {
        Linked.forward(address(Disputes), Disputes.reviewWarnings.selector);
    }

    /* VIEWS */

    /// @inheritdoc IPrepaidEscrow
    function vaultOf(uint32 merchantId) public view returns (address) {
        return address(_vault(merchantId));
    }

    /// @inheritdoc IPrepaidEscrow
    function isOperator(uint32 merchantId, address account) external view returns (bool) {
        return _state().merchants[merchantId].operators[account];
    }

    /// @inheritdoc IPrepaidEscrow
    function releasable(uint32 merchantId) external view returns (uint256) {
        Pool pool_ = _state().merchants[merchantId].pool;
        return pool_.balance() - pool_.outstanding();
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
    function recoveryOf(address holder) external view returns (address) {
        return _state().recoveries[holder].account;
    }

    /* VIEWS, FORWARDED */

    /// @inheritdoc IPrepaidEscrow
    function merchant(uint32 /* merchantId */) external view returns (MerchantView memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.merchant.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function pool(uint32 /* merchantId */) external view returns (PoolView memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.pool.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function policy(uint32 /* policyId */) external view returns (Policy memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.policy.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function program(uint32 /* programId */) external view returns (ProgramView memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.program.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function card(bytes32 /* cardId */) external view returns (CardView memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.card.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function remaining(bytes32 /* cardId */) external view returns (uint256) {
        Linked.forwardView(address(EscrowViews), EscrowViews.remaining.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function dispute(bytes32 /* cardId */) external view returns (DisputeView memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.dispute.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function pendingMove(bytes32 /* cardId */) external view returns (MoveView memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.pendingMove.selector);
    }

    /// @inheritdoc IPrepaidEscrow
    function quoteExit(bytes32 /* cardId */) external view returns (ExitQuote memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.quoteExit.selector);
    }

    /// @inheritdoc IWarnings
    function warnings(uint32 /* merchantId */) external view returns (StandingWarning[] memory) {
        Linked.forwardView(address(EscrowViews), EscrowViews.warnings.selector);
    }

    /* INTERNAL */

    function _state() private pure returns (EscrowState storage) {
        return EscrowStorage.state();
    }

    function _vault(uint32 merchantId) private view returns (MerchantVault) {
        return MerchantVault(Create2.computeAddress(bytes32(uint256(merchantId)), VAULT_CODE_HASH));
    }

    function _requireOpenCard(bytes32 cardId) private view returns (Card) {
        return Checks.requireOpenCard(_state(), cardId);
    }

    function _requireHolder(bytes32 cardId) private view returns (address holder) {
        holder = CardId.holderOf(cardId);
        require(msg.sender == holder, CardHolderOnly(cardId, msg.sender, holder));
    }
}

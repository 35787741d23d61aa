// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {DisputeKind, ExitRule, IPrepaidEscrow, MerchantStatus, Policy} from "../interfaces/IPrepaidEscrow.sol";
import {IWarnings, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {CapWarning} from "../logic/CapWarning.sol";
import {Checks} from "../logic/Checks.sol";
import {Closing} from "../logic/Closing.sol";
import {Exits} from "../logic/Exits.sol";
import {Extension} from "../logic/Extension.sol";
import {MerchantVault} from "../MerchantVault.sol";
import {Card, Cards} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {Complaints, Dispute, EscrowState, EscrowStorage, Merchant} from "../types/EscrowState.sol";
import {Offer} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {Rights} from "../types/Rights.sol";

/// @title Disputes
/// @notice A holder complains, or a merchant contests a holder's exit. The association rules in time, or the holder leaves without
/// a ruling. Linked to the escrow and working on its storage.
library Disputes {
    uint256 private constant BPS = 10_000;

    /* BEGINNING */

    /// @dev The escrow checks that the holder complains.
    function complain(bytes32 cardId, bytes32 evidence) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        _requireNoDispute(cardId, card);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        uint32 merchantId = offer.merchantId();
        (, uint256 since, uint256 stopsAt) = Exits.loadExit(m, card, offer, rights);
        require(since == 0, IPrepaidEscrow.CardExitPending(cardId, since + rights.exitDelay()));
        _requireNoRegret(m, cardId, card, offer, rights, stopsAt);
        Dispute storage dispute = self.disputes[cardId];
        uint256 complaintFrom = dispute.complaintFrom;
        require(
            block.timestamp >= complaintFrom,
            IPrepaidEscrow.CardComplaintTooEarly(cardId, block.timestamp, complaintFrom)
        );
        // The date of a lapsed request is cleared: with it the dispute would count as a contest.
        card = card.withExitRequestedAt(0).without(Cards.MOVING).with(Cards.DISPUTED).withNextNonce();
        self.cards[cardId].card = card;
        uint256 value = Exits.remaining(card, offer);
        dispute.value = uint96(value);
        (uint256 rulingFrom, uint256 rulingUntil) = _setPeriod(self, dispute, offer, rights);
        emit IPrepaidEscrow.ComplaintOpened(
            merchantId,
            cardId,
            CardId.holderOf(cardId),
            value,
            rulingFrom,
            rulingUntil,
            card.nonce(),
            evidence
        );
        Complaints memory complaints = m.complaints;
        complaints.count += 1;
        complaints.value += uint120(value);
        _store(self, m, merchantId, complaints);
    }

    /// @dev In cooling-off a request to leave pays by right, and sooner than a ruling could. The holder of a card whose merchant has
    /// stopped to serve in its cooling-off keeps that right.
    function _requireNoRegret(
        Merchant storage m,
        bytes32 cardId,
        Card card,
        Offer offer,
        Rights rights,
        uint256 stopsAt
    ) private view {
        if (!Exits.isRegretted(m, card, offer, rights, Exits.reckonedAt(0, stopsAt, block.timestamp))) return;
        uint256 until = Exits.coolingOffEndsAt(m.timeline, card, rights);
        if (stopsAt < until) until = type(uint256).max;
        revert IPrepaidEscrow.CardInCoolingOff(cardId, block.timestamp, until);
    }

    function contestExit(bytes32 cardId, bytes32 evidence) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        uint32 merchantId = offer.merchantId();
        (Pool pool, uint256 since, uint256 stopsAt) = Exits.loadExit(m, card, offer, rights);
        MerchantStatus status = pool.status();
        Checks.requireOperator(m, merchantId);
        Checks.requireStatus(status != MerchantStatus.RunOff, merchantId, status);
        _requireNoDispute(cardId, card);
        require(since != 0, IPrepaidEscrow.CardExitNotRequested(cardId));
        require(!card.has(Cards.CONTEST_DISMISSED), IPrepaidEscrow.CardContestDismissed(cardId));
        uint256 executableAt;
        unchecked {
            // 32 bits and 24.
            executableAt = since + rights.exitDelay();
        }
        require(
            block.timestamp < executableAt,
            IPrepaidEscrow.CardContestTooLate(cardId, block.timestamp, executableAt)
        );
        // While the merchant does business, service has not stopped. What is at stake is what the request pays when it falls due.
        uint256 consumed = Exits.consumedAt(m, card, offer, rights, since);
        (ExitRule rule, uint256 own, ) = Exits.holderRefund(
            m,
            card,
            offer,
            rights,
            status,
            consumed,
            since,
            stopsAt,
            executableAt
        );
        require(rule == ExitRule.NoObjection, IPrepaidEscrow.CardExitNotContestable(cardId, rule));
        uint256 full = Exits.remainingAfter(card, offer, consumed);
        require(own < full, IPrepaidEscrow.CardExitPaysInFull(cardId, full));
        self.cards[cardId].card = card.with(Cards.DISPUTED);
        (uint256 rulingFrom, uint256 rulingUntil) = _setPeriod(self, self.disputes[cardId], offer, rights);
        emit IPrepaidEscrow.ExitContested(merchantId, cardId, msg.sender, rulingFrom, rulingUntil, evidence);
    }

    /// @dev Both parties have an exit delay to bring in signed visits before the association can rule.
    function _setPeriod(
        EscrowState storage self,
        Dispute storage dispute,
        Offer offer,
        Rights rights
    ) private returns (uint256 rulingFrom, uint256 rulingUntil) {
        unchecked {
            // Times and timeouts have 32 bits, periods 24.
            rulingFrom = block.timestamp + rights.exitDelay();
            rulingUntil = block.timestamp + self.policies[offer.policyId()].rulingTimeout;
        }
        // Truncated, an end after 2106 would be an end at once. The other date is earlier.
        (dispute.rulingFrom, dispute.rulingUntil) = (uint32(rulingFrom), SafeCast.toUint32(rulingUntil));
    }

    function _requireNoDispute(bytes32 cardId, Card card) private pure {
        require(!card.has(Cards.DISPUTED), IPrepaidEscrow.CardInDispute(cardId, card.disputeKind()));
    }

    /* ENDING */

    function resolve(bytes32 cardId, bool upheld, uint88 awarded, bytes32 decision) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = _disputedCard(self, cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        (Pool pool, uint256 since, uint256 stopsAt) = Exits.loadExit(m, card, offer, rights);
        Dispute storage dispute = self.disputes[cardId];
        _requireRulingTime(cardId, dispute);
        if (!upheld) {
            require(awarded == 0, IPrepaidEscrow.CardAwardOnDismissal(cardId, awarded));
            _dismiss(self, m, cardId, card, offer, rights, stopsAt, decision);
            return;
        }
        emit IPrepaidEscrow.DisputeUpheld(offer.merchantId(), cardId, card.disputeKind(), awarded, decision);
        // The value of a card changes until this very block, so the award is held to the bounds of this block.
        uint256 asOf = Exits.reckonedAt(since, stopsAt, block.timestamp);
        uint256 consumed = Exits.consumedAt(m, card, offer, rights, asOf);
        (, uint256 own, ) = Exits.holderRefund(
            m,
            card,
            offer,
            rights,
            pool.status(),
            consumed,
            asOf,
            stopsAt,
            block.timestamp
        );
        if (since == 0 && offer.isPass()) {
            // The holder of a pass complained because it did not serve: no time counts that could have been shut already.
            uint256 counted = dispute.rulingFrom - rights.exitDelay() - rights.accrualDelay();
            consumed = Exits.ran(card, offer, m.timeline, counted < asOf ? counted : asOf);
            if (consumed < card.consumed()) consumed = card.consumed();
        }
        uint256 refund = Exits.remainingAfter(card, offer, consumed);
        if (awarded < refund) refund = awarded;
        if (refund < own) refund = own;
        self.cards[cardId].card = card.closed();
        _close(m, offer, pool, cardId, card, CardId.holderOf(cardId), ExitRule.Ruling, refund);
    }

    /// @notice Rules on a complaint about a pass by extending it.
    function resolveByExtension(bytes32 cardId, uint32 extension, bytes32 decision) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = _complainedCard(self, cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        (, , uint256 stopsAt) = Exits.loadExit(m, card, offer, rights);
        _requireRulingTime(cardId, self.disputes[cardId]);
        require(offer.isPass(), IPrepaidEscrow.CardNotAPass(CardId.programIdOf(cardId)));
        uint32 merchantId = offer.merchantId();
        self.cards[cardId].card = Extension.extended(m, merchantId, cardId, card, rights, extension, stopsAt);
        emit IPrepaidEscrow.ComplaintEnded(merchantId, cardId, 0, decision);
        bookComplaintEnd(cardId);
    }

    function _requireRulingTime(bytes32 cardId, Dispute storage dispute) private view {
        require(
            block.timestamp >= dispute.rulingFrom && block.timestamp < dispute.rulingUntil,
            IPrepaidEscrow.CardRulingOutOfTime(cardId, block.timestamp, dispute.rulingFrom, dispute.rulingUntil)
        );
    }

    function _dismiss(
        EscrowState storage self,
        Merchant storage m,
        bytes32 cardId,
        Card card,
        Offer offer,
        Rights rights,
        uint256 stopsAt,
        bytes32 decision
    ) private {
        uint32 merchantId = offer.merchantId();
        if (card.hasComplaint()) {
            uint256 complaintFrom = _delayNextComplaint(self, cardId, offer);
            emit IPrepaidEscrow.DisputeDismissed(merchantId, cardId, DisputeKind.Complaint, complaintFrom, decision);
            bookComplaintEnd(cardId);
            return;
        }
        emit IPrepaidEscrow.DisputeDismissed(merchantId, cardId, DisputeKind.Contest, 0, decision);
        uint256 since = card.exitRequestedAt();
        // The holder did not use the pass while the contest lasted.
        if (offer.isPass()) card = Extension.extendedSince(m, merchantId, cardId, card, rights, since, stopsAt);
        self.cards[cardId].card = card.withExitRequestedAt(0).without(Cards.DISPUTED).with(Cards.CONTEST_DISMISSED);
    }

    function executeDispute(bytes32 cardId) external {
        _execute(cardId, CardId.holderOf(cardId));
    }

    /// @notice Closes a card whose dispute was not ruled on in time, and pays `recipient`.
    /// @dev The caller checks that the holder asks for it.
    function execute(bytes32 cardId, address recipient) external {
        _execute(cardId, recipient);
    }

    function _execute(bytes32 cardId, address recipient) private {
        EscrowState storage self = EscrowStorage.state();
        Card card = _disputedCard(self, cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        (Pool pool, uint256 since, uint256 stopsAt) = Exits.loadExit(m, card, offer, rights);
        uint256 rulingUntil = self.disputes[cardId].rulingUntil;
        require(block.timestamp >= rulingUntil, IPrepaidEscrow.CardRulingPending(cardId, block.timestamp, rulingUntil));
        uint256 asOf = Exits.reckonedAt(since, stopsAt, block.timestamp);
        uint256 consumed = Exits.consumedAt(m, card, offer, rights, asOf);
        (ExitRule rule, uint256 own, ) = Exits.holderRefund(
            m,
            card,
            offer,
            rights,
            pool.status(),
            consumed,
            asOf,
            stopsAt,
            block.timestamp
        );
        if (since == 0 && own < Exits.remainingAfter(card, offer, consumed)) {
            // A complaint is no request to leave: nobody else may make it cost the holder the discount or the fee.
            address holder = CardId.holderOf(cardId);
            require(msg.sender == holder, IPrepaidEscrow.CardHolderOnly(cardId, msg.sender, holder));
        }
        self.cards[cardId].card = Exits.closed(card, rule, m);
        if (rule != ExitRule.RunOff) rule = ExitRule.RulingTimeout;
        _close(m, offer, pool, cardId, card, recipient, rule, own);
    }

    /* COMPLAINTS THAT END WITHOUT A CLOSING */

    function endComplaint(bytes32 cardId) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = _complainedCard(self, cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        Exits.loadExit(m, card, offer, rights);
        uint256 endsAt = Exits.complaintEndsAt(self.disputes[cardId], rights, m.timeline);
        require(block.timestamp >= endsAt, IPrepaidEscrow.CardComplaintPending(cardId, block.timestamp, endsAt));
        _endWithoutEffect(self, cardId, offer);
    }

    /// @notice Ends a complaint whose holder asks to leave instead.
    function takeBackComplaint(bytes32 cardId) external {
        EscrowState storage self = EscrowStorage.state();
        _endWithoutEffect(self, cardId, self.programs[CardId.programIdOf(cardId)].offer);
    }

    function _endWithoutEffect(EscrowState storage self, bytes32 cardId, Offer offer) private {
        uint256 complaintFrom = _delayNextComplaint(self, cardId, offer);
        emit IPrepaidEscrow.ComplaintEnded(offer.merchantId(), cardId, complaintFrom, bytes32(0));
        bookComplaintEnd(cardId);
    }

    /// @dev Complaining again and again would keep a pass from accruing for ever.
    function _delayNextComplaint(
        EscrowState storage self,
        bytes32 cardId,
        Offer offer
    ) private returns (uint256 complaintFrom) {
        complaintFrom = block.timestamp + self.policies[offer.policyId()].rulingTimeout;
        self.disputes[cardId].complaintFrom = SafeCast.toUint32(complaintFrom);
    }

    /// @notice Books the end of a complaint with the merchant it was about.
    function bookComplaintEnd(bytes32 cardId) public {
        EscrowState storage self = EscrowStorage.state();
        self.cards[cardId].card = self.cards[cardId].card.without(Cards.DISPUTED);
        uint32 merchantId = self.programs[CardId.programIdOf(cardId)].offer.merchantId();
        Merchant storage m = self.merchants[merchantId];
        Complaints memory complaints = m.complaints;
        complaints.count -= 1;
        complaints.value -= self.disputes[cardId].value;
        _store(self, m, merchantId, complaints);
    }

    /// @dev Books the closing of a card whose slot the caller has closed, and pays the recipient. The merchant gets the rest of what
    /// remained.
    /// @param before The card as it was.
    function _close(
        Merchant storage m,
        Offer offer,
        Pool pool,
        bytes32 cardId,
        Card before,
        address recipient,
        ExitRule rule,
        uint256 refund
    ) private {
        uint32 merchantId = offer.merchantId();
        uint256 released = Exits.remaining(before, offer) - refund;
        Closing.book(m, merchantId, pool, cardId, recipient, rule, released, refund);
        if (before.hasComplaint()) bookComplaintEnd(cardId);
        if (refund != 0) MerchantVault(IPrepaidEscrow(address(this)).vaultOf(merchantId)).pay(recipient, refund);
    }

    function _disputedCard(EscrowState storage self, bytes32 cardId) private view returns (Card card) {
        card = Checks.requireOpenCard(self, cardId);
        require(card.has(Cards.DISPUTED), IPrepaidEscrow.CardNotInDispute(cardId));
    }

    function _complainedCard(EscrowState storage self, bytes32 cardId) private view returns (Card card) {
        card = _disputedCard(self, cardId);
        require(card.hasComplaint(), IPrepaidEscrow.CardNoComplaint(cardId, DisputeKind.Contest));
    }

    /* WARNINGS */

    /// @notice Raises or clears a merchant's warnings by its figures of now.
    function reviewWarnings(uint32 merchantId) external {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = self.merchants[merchantId];
        Pool pool = m.pool;
        require(pool.status() != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
        uint256 cap = CapWarning.baseUnits(pool.outstandingCap(), m.registration.tokenDecimals());
        if (pool.capLevel() != 0) pool = CapWarning.lower(merchantId, pool, cap);
        if (cap != 0) pool = CapWarning.raise(merchantId, pool, cap);
        m.pool = pool;
        _store(self, m, merchantId, m.complaints);
    }

    /// @dev Stores the complaints of a merchant, and raises or clears the warning about them. Many small cards alone do not raise it,
    /// and neither does one large card. While it is up, the complaints are compared with the least outstanding balance seen since:
    /// cards sold in the meantime, even to the merchant itself for the length of one transaction, do not clear it.
    function _store(
        EscrowState storage self,
        Merchant storage m,
        uint32 merchantId,
        Complaints memory complaints
    ) private {
        Policy storage policy = self.policies[m.registration.policyId()];
        uint256 limit = policy.complaintCount;
        uint256 outstanding = m.pool.outstanding();
        if (complaints.raised && complaints.outstanding < outstanding) outstanding = complaints.outstanding;
        bool passed =
            limit != 0 && complaints.count >= limit && complaints.value * BPS >= outstanding * policy.complaintBps;
        complaints.outstanding = passed ? uint96(outstanding) : 0;
        if (passed != complaints.raised) {
            complaints.raised = passed;
            if (passed) {
                emit IWarnings.WarningRaised(
                    merchantId,
                    WarningKind.Complaints,
                    bytes32(0),
                    complaints.count,
                    limit,
                    WarningLevel.Warning
                );
            } else {
                emit IWarnings.WarningCleared(merchantId, WarningKind.Complaints);
            }
        }
        m.complaints = complaints;
    }
}

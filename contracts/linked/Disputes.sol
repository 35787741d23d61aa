// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {DisputeKind, ExitRule, IPrepaidEscrow, MerchantStatus, Policy} from "../interfaces/IPrepaidEscrow.sol";
import {IWarnings, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {Checks} from "../logic/Checks.sol";
import {Closing} from "../logic/Closing.sol";
import {Exits} from "../logic/Exits.sol";
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
        (, uint256 since, ) = Exits.loadExit(m, merchantId, card, rights);
        require(since == 0, IPrepaidEscrow.CardExitPending(cardId, since + rights.exitDelay()));
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

    function contestExit(bytes32 cardId, bytes32 evidence) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        uint32 merchantId = offer.merchantId();
        (Pool pool, uint256 since, ) = Exits.loadExit(m, merchantId, card, rights);
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
        // While the merchant does business, service has not stopped.
        (uint256 consumed, , ) = Exits.closeInFull(card, offer, since);
        ExitRule rule = Exits.ruleFor(card, offer, rights, since, consumed);
        require(rule == ExitRule.NoObjection, IPrepaidEscrow.CardExitNotContestable(cardId, rule));
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
        uint32 merchantId = offer.merchantId();
        (Pool pool, uint256 since, uint256 stopsAt) = Exits.loadExit(m, merchantId, card, rights);
        Dispute storage dispute = self.disputes[cardId];
        require(
            block.timestamp >= dispute.rulingFrom && block.timestamp < dispute.rulingUntil,
            IPrepaidEscrow.CardRulingOutOfTime(cardId, block.timestamp, dispute.rulingFrom, dispute.rulingUntil)
        );
        if (!upheld) {
            require(awarded == 0, IPrepaidEscrow.CardAwardOnDismissal(cardId, awarded));
            _dismiss(self, cardId, card, offer, decision);
            return;
        }
        emit IPrepaidEscrow.DisputeUpheld(merchantId, cardId, card.disputeKind(), awarded, decision);
        // The value of a card changes until this very block, so the award is held to the bounds of this block.
        (, uint256 refund, uint256 forfeited) = Exits.quote(card, offer, rights, since, stopsAt);
        if (awarded > refund) refund = awarded < refund + forfeited ? awarded : refund + forfeited;
        self.cards[cardId].card = card.closed();
        address holder = CardId.holderOf(cardId);
        _close(m, offer, pool, cardId, card, holder, ExitRule.Ruling, refund);
    }

    function _dismiss(EscrowState storage self, bytes32 cardId, Card card, Offer offer, bytes32 decision) private {
        DisputeKind kind = card.disputeKind();
        uint256 complaintFrom = 0;
        card = card.without(Cards.DISPUTED);
        if (kind == DisputeKind.Contest) {
            self.cards[cardId].card = card.withExitRequestedAt(0).with(Cards.CONTEST_DISMISSED);
        } else {
            self.cards[cardId].card = card;
            complaintFrom = block.timestamp + self.policies[offer.policyId()].rulingTimeout;
            self.disputes[cardId].complaintFrom = uint32(complaintFrom);
        }
        emit IPrepaidEscrow.DisputeDismissed(offer.merchantId(), cardId, kind, complaintFrom, decision);
        if (kind == DisputeKind.Complaint) {
            endComplaint(cardId);
        }
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
        uint32 merchantId = offer.merchantId();
        (Pool pool, uint256 since, uint256 stopsAt) = Exits.loadExit(m, merchantId, card, rights);
        uint256 rulingUntil = self.disputes[cardId].rulingUntil;
        require(block.timestamp >= rulingUntil, IPrepaidEscrow.CardRulingPending(cardId, block.timestamp, rulingUntil));
        (ExitRule rule, uint256 refund, ) = Exits.quote(card, offer, rights, since, stopsAt);
        self.cards[cardId].card = Exits.closed(card, rule, m);
        // A rule that pays all that remains keeps its name.
        if (rule != ExitRule.RunOff && rule != ExitRule.CoolingOff) rule = ExitRule.RulingTimeout;
        _close(m, offer, pool, cardId, card, recipient, rule, refund);
    }

    /// @notice Books the end of a complaint with the merchant it was about.
    function endComplaint(bytes32 cardId) public {
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
        if (before.hasComplaint()) endComplaint(cardId);
        if (refund != 0) MerchantVault(IPrepaidEscrow(address(this)).vaultOf(merchantId)).pay(recipient, refund);
    }

    function _disputedCard(EscrowState storage self, bytes32 cardId) private view returns (Card card) {
        card = Checks.requireOpenCard(self, cardId);
        require(card.has(Cards.DISPUTED), IPrepaidEscrow.CardNotInDispute(cardId));
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

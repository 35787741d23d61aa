// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {DisputeKind, ExitRule, IPrepaidEscrow, MerchantStatus, Policy} from "../interfaces/IPrepaidEscrow.sol";
import {IWarnings, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {MerchantVault} from "../MerchantVault.sol";
import {CardId} from "./CardId.sol";
import {Checks} from "./Checks.sol";
import {Closing} from "./Closing.sol";
import {
    Card,
    Cards,
    Complaints,
    Dispute,
    EscrowState,
    EscrowStorage,
    Merchant,
    Offer,
    Rights,
    Timeline
} from "./EscrowState.sol";
import {Exits} from "./Exits.sol";

/// @title Disputes
/// @notice A holder complains, or a merchant contests a holder's exit; the association rules in time, or the holder leaves without
/// it. Linked to the escrow and working on its storage.
library Disputes {
    uint256 private constant BPS = 10_000;

    /* BEGINNING */

    /// @dev Who complains is the caller's to check.
    function complain(bytes32 cardId, bytes32 evidence) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        _requireNoDispute(cardId, card);
        (uint32 merchantId, , Offer offer, Rights rights, , uint256 since) = Exits.loadExit(self, cardId, card);
        require(since == 0, IPrepaidEscrow.CardExitPending(cardId, since + rights.exitDelay()));
        Dispute storage dispute = self.disputes[cardId];
        uint256 complaintFrom = dispute.complaintFrom;
        require(
            block.timestamp >= complaintFrom,
            IPrepaidEscrow.CardComplaintTooEarly(cardId, block.timestamp, complaintFrom)
        );
        // A request that has lapsed is gone: what is left of it would make a contest of the complaint.
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
        Merchant storage m = self.merchants[merchantId];
        Complaints memory complaints = m.complaints;
        complaints.count += 1;
        complaints.value += uint120(value);
        _store(self, m, merchantId, complaints);
    }

    function contestExit(bytes32 cardId, bytes32 evidence) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = Checks.requireOpenCard(self, cardId);
        (uint32 merchantId, MerchantStatus status, Offer offer, Rights rights, , uint256 since) = Exits.loadExit(
            self,
            cardId,
            card
        );
        Checks.requireOperator(self.merchants[merchantId], merchantId);
        Checks.requireStatus(status != MerchantStatus.RunOff, merchantId, status);
        _requireNoDispute(cardId, card);
        require(since != 0, IPrepaidEscrow.CardExitNotRequested(cardId));
        require(!card.has(Cards.CONTEST_DISMISSED), IPrepaidEscrow.CardContestDismissed(cardId));
        uint256 executableAt = since + rights.exitDelay();
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

    /// @dev Both parties have an exit delay to bring in what is signed before the association can rule.
    function _setPeriod(
        EscrowState storage self,
        Dispute storage dispute,
        Offer offer,
        Rights rights
    ) private returns (uint256 rulingFrom, uint256 rulingUntil) {
        rulingFrom = block.timestamp + rights.exitDelay();
        rulingUntil = block.timestamp + self.policies[offer.policyId()].rulingTimeout;
        // Cut short, an end in 2106 would be an end at once. The other one is earlier.
        (dispute.rulingFrom, dispute.rulingUntil) = (uint32(rulingFrom), SafeCast.toUint32(rulingUntil));
    }

    function _requireNoDispute(bytes32 cardId, Card card) private pure {
        require(!card.has(Cards.DISPUTED), IPrepaidEscrow.CardInDispute(cardId, kindOf(card)));
    }

    /// @notice What the dispute of an open card is about.
    function kindOf(Card card) internal pure returns (DisputeKind) {
        if (!card.has(Cards.DISPUTED)) return DisputeKind.None;
        return card.hasComplaint() ? DisputeKind.Complaint : DisputeKind.Contest;
    }

    /* ENDING */

    function resolve(bytes32 cardId, bool upheld, uint88 awarded, bytes32 decision) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = _disputedCard(self, cardId);
        (uint32 merchantId, MerchantStatus status, Offer offer, Rights rights, Timeline timeline, uint256 since) = Exits
            .loadExit(self, cardId, card);
        Dispute storage dispute = self.disputes[cardId];
        require(
            block.timestamp >= dispute.rulingFrom && block.timestamp < dispute.rulingUntil,
            IPrepaidEscrow.CardRulingOutOfTime(cardId, block.timestamp, dispute.rulingFrom, dispute.rulingUntil)
        );
        if (!upheld) {
            require(awarded == 0, IPrepaidEscrow.CardAwardOnDismissal(cardId, awarded));
            _dismiss(self, merchantId, cardId, card, offer, decision);
            return;
        }
        emit IPrepaidEscrow.DisputeUpheld(merchantId, cardId, kindOf(card), awarded, decision);
        uint256 requestedAt = since == 0 ? block.timestamp : since;
        (, , uint256 released, uint256 refund, uint256 forfeited) = Exits.quote(
            card,
            offer,
            rights,
            timeline,
            status,
            requestedAt
        );
        // What a card is worth changes until the very block: the ruling is held to the bounds it meets.
        if (awarded > refund) {
            uint256 more = awarded - refund;
            if (more > forfeited) more = forfeited;
            refund += more;
            forfeited -= more;
        }
        self.cards[cardId].card = card.closed();
        address holder = CardId.holderOf(cardId);
        _close(self, merchantId, cardId, card, holder, ExitRule.Ruling, released + forfeited, refund);
    }

    function _dismiss(
        EscrowState storage self,
        uint32 merchantId,
        bytes32 cardId,
        Card card,
        Offer offer,
        bytes32 decision
    ) private {
        DisputeKind kind = kindOf(card);
        uint256 complaintFrom = 0;
        card = card.without(Cards.DISPUTED);
        if (kind == DisputeKind.Contest) {
            self.cards[cardId].card = card.withExitRequestedAt(0).with(Cards.CONTEST_DISMISSED);
        } else {
            self.cards[cardId].card = card;
            complaintFrom = block.timestamp + self.policies[offer.policyId()].rulingTimeout;
            self.disputes[cardId].complaintFrom = uint32(complaintFrom);
        }
        emit IPrepaidEscrow.DisputeDismissed(merchantId, cardId, kind, complaintFrom, decision);
        if (kind == DisputeKind.Complaint) {
            endComplaint(cardId);
        }
    }

    /// @notice Closes a card whose dispute was not ruled on in time, and pays `recipient`, who is the caller's to check.
    function execute(bytes32 cardId, address recipient) external {
        EscrowState storage self = EscrowStorage.state();
        Card card = _disputedCard(self, cardId);
        (uint32 merchantId, MerchantStatus status, Offer offer, Rights rights, Timeline timeline, uint256 since) = Exits
            .loadExit(self, cardId, card);
        uint256 rulingUntil = self.disputes[cardId].rulingUntil;
        require(block.timestamp >= rulingUntil, IPrepaidEscrow.CardRulingPending(cardId, block.timestamp, rulingUntil));
        (ExitRule rule, , uint256 released, uint256 refund, uint256 forfeited) = Exits.quote(
            card,
            offer,
            rights,
            timeline,
            status,
            since == 0 ? block.timestamp : since
        );
        self.cards[cardId].card = Exits.closed(card, rule, timeline);
        // What pays all that remains keeps its name.
        if (rule != ExitRule.RunOff && rule != ExitRule.CoolingOff) rule = ExitRule.RulingTimeout;
        _close(self, merchantId, cardId, card, recipient, rule, released + forfeited, refund);
    }

    /// @notice Books the end of a complaint, whatever ended it, with the merchant it was about.
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

    /// @dev `card` as it was before it was closed.
    function _close(
        EscrowState storage self,
        uint32 merchantId,
        bytes32 cardId,
        Card card,
        address recipient,
        ExitRule rule,
        uint256 released,
        uint256 refund
    ) private {
        Merchant storage m = self.merchants[merchantId];
        Closing.book(m, merchantId, cardId, recipient, rule, released, refund);
        if (card.hasComplaint()) endComplaint(cardId);
        if (refund != 0) MerchantVault(IPrepaidEscrow(address(this)).vaultOf(merchantId)).pay(recipient, refund);
    }

    function _disputedCard(EscrowState storage self, bytes32 cardId) private view returns (Card card) {
        card = Checks.requireOpenCard(self, cardId);
        require(card.has(Cards.DISPUTED), IPrepaidEscrow.CardNotInDispute(cardId));
    }

    /// @dev Stores the complaints of a merchant, and raises or clears the warning about them: many small cards alone do not raise
    /// it, nor one large one. Once up it is held against the least there was at any look: cards that are sold while people
    /// complain, be it to the merchant itself and for the length of a transaction, do not take it down.
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

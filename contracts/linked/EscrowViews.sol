// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";

import {
    CardView,
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
    ProgramView
} from "../interfaces/IPrepaidEscrow.sol";
import {StandingWarning, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {Checks} from "../logic/Checks.sol";
import {Exits} from "../logic/Exits.sol";
import {PendingMoves} from "../logic/PendingMoves.sol";
import {MerchantVault} from "../MerchantVault.sol";
import {Card, Cards} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {Dispute, EscrowState, EscrowStorage, Merchant, Move, Program} from "../types/EscrowState.sol";
import {Offer, Offers} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {Rights} from "../types/Rights.sol";
import {Timeline} from "../types/Timeline.sol";

/// @title Views
/// @notice The views of the escrow. Linked to it and working on its storage.
library EscrowViews {
    function merchant(uint32 merchantId) external view returns (MerchantView memory) {
        EscrowState storage self = EscrowStorage.state();
        Merchant storage m = _merchant(self, merchantId);
        Timeline timeline = m.timeline;
        MerchantStatus status = Checks.effectiveStatus(m, m.pool.status());
        bool payoutDue = m.payoutChangesAt != 0 && block.timestamp >= m.payoutChangesAt;
        return
            MerchantView({
                status: status,
                owner: m.owner,
                payout: payoutDue ? m.nextPayout : m.payout,
                vault: Create2.computeAddress(
                    bytes32(uint256(merchantId)),
                    keccak256(type(MerchantVault).creationCode)
                ),
                token: m.registration.token(),
                policyId: m.registration.policyId(),
                nextOwner: m.nextOwner,
                ownershipAcceptableAt: m.ownershipAcceptableAt,
                nextPayout: payoutDue ? address(0) : m.nextPayout,
                payoutChangesAt: payoutDue ? 0 : m.payoutChangesAt,
                suspendedUntil: uint32(timeline.suspendedUntil()),
                lastServiceAt: uint32(timeline.lastServiceAt()),
                noticeEndsAt: uint32(timeline.noticeEndsAt()),
                serviceStoppedAt: uint32(timeline.serviceStoppedAt()),
                flaggedAt: uint32(_flaggedAt(timeline, status)),
                windowEndsAt: uint32(timeline.windowEndsAt()),
                withdrawnAt: uint32(timeline.withdrawnAt()),
                complaintCount: m.complaints.count,
                complaintValue: m.complaints.value
            });
    }

    function pool(uint32 merchantId) external view returns (PoolView memory) {
        EscrowState storage self = EscrowStorage.state();
        Pool pool_ = _merchant(self, merchantId).pool;
        return PoolView(pool_.outstanding(), pool_.balance(), pool_.outstandingCap());
    }

    function policy(uint32 policyId) external view returns (Policy memory policy_) {
        EscrowState storage self = EscrowStorage.state();
        policy_ = self.policies[policyId];
        require(policy_.token != address(0), IPrepaidEscrow.PolicyUnknown(policyId));
    }

    function program(uint32 programId) external view returns (ProgramView memory) {
        EscrowState storage self = EscrowStorage.state();
        Offer offer = self.programs[programId].offer;
        require(offer.merchantId() != 0, IPrepaidEscrow.ProgramUnknown(programId));
        return
            ProgramView({
                merchantId: offer.merchantId(),
                policyId: offer.policyId(),
                kind: offer.kind(),
                bearer: offer.has(Offers.BEARER),
                retired: offer.has(Offers.RETIRED),
                price: offer.units() == 0 ? 0 : uint88(offer.priceOrOpenLimit()),
                units: uint88(offer.units()),
                listPrice: uint88(self.programs[programId].rights.listPrice()),
                feeFree: !offer.has(Offers.CHARGES_FEES)
            });
    }

    function card(bytes32 cardId) external view returns (CardView memory) {
        EscrowState storage self = EscrowStorage.state();
        Card card_ = self.cards[cardId].card;
        (Program storage program_, Merchant storage m) = _origin(cardId);
        bool open = card_.isOpen();
        Timeline timeline = m.timeline;
        MerchantStatus status = m.pool.status();
        uint256 since = open ? Exits.pendingSince(card_, program_.offer, program_.rights, timeline, status) : 0;
        return
            CardView({
                status: card_.status(),
                principal: uint88(card_.principal()),
                consumed: uint88(card_.consumed()),
                openedAt: uint32(card_.openedAt()),
                exitRequestedAt: uint32(since),
                nonce: card_.nonce(),
                disputed: card_.has(Cards.DISPUTED),
                moving: PendingMoves.isPending(self, cardId, card_, timeline, status),
                coolingOffOver: card_.has(Cards.COOLING_OFF_OVER)
            });
    }

    function dispute(bytes32 cardId) external view returns (DisputeView memory view_) {
        EscrowState storage self = EscrowStorage.state();
        Card card_ = self.cards[cardId].card;
        Dispute memory dispute_ = self.disputes[cardId];
        view_.complaintFrom = dispute_.complaintFrom;
        view_.contestDismissed = card_.has(Cards.CONTEST_DISMISSED);
        view_.kind = card_.disputeKind();
        if (view_.kind == DisputeKind.None) return view_;
        (view_.rulingFrom, view_.rulingUntil) = (dispute_.rulingFrom, dispute_.rulingUntil);
        if (view_.kind == DisputeKind.Complaint) view_.value = dispute_.value;
    }

    function pendingMove(bytes32 cardId) external view returns (MoveView memory view_) {
        EscrowState storage self = EscrowStorage.state();
        (, Merchant storage m) = _origin(cardId);
        Timeline timeline = m.timeline;
        if (!PendingMoves.isPending(self, cardId, self.cards[cardId].card, timeline, m.pool.status())) return view_;
        Move memory move = self.moves[cardId];
        address holder = CardId.holderOf(cardId);
        view_.to = move.to;
        view_.by = move.asRecovery == 0 ? holder : self.recoveries[holder].account;
        view_.executableAt = move.notBefore;
        view_.lapsesAt = PendingMoves.lapsesAt(self, cardId, move, timeline);
    }

    function remaining(bytes32 cardId) external view returns (uint256) {
        Card card_ = EscrowStorage.state().cards[cardId].card;
        if (!card_.isOpen()) return 0;
        (Program storage program_, ) = _origin(cardId);
        return Exits.remaining(card_, program_.offer);
    }

    function quoteExit(bytes32 cardId) external view returns (ExitQuote memory quote) {
        EscrowState storage self = EscrowStorage.state();
        Card card_ = self.cards[cardId].card;
        if (!card_.isOpen()) return quote;
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        Timeline timeline = m.timeline;
        MerchantStatus status = m.pool.status();
        uint256 since = Exits.pendingSince(card_, offer, rights, timeline, status);
        uint256 stopsAt = Exits.serviceStopsAt(timeline, status);
        uint256 asOf = Exits.reckonedAt(since, stopsAt, Exits.clock(timeline, status));
        quote.consumed = Exits.consumedAt(m, card_, offer, rights, asOf);
        uint256 full = Exits.remainingAfter(card_, offer, quote.consumed);
        if (status == MerchantStatus.Defaulted) {
            (quote.rule, quote.refund) = (ExitRule.Default, full);
            quote.executableAt = timeline.windowEndsAt();
        } else {
            (quote.executableAt, quote.lapsesAt) = _dates(self, cardId, card_, offer, rights, timeline, since);
            bool noticeFirst = status == MerchantStatus.RunOff && timeline.noticeEndsAt() < quote.executableAt;
            if (noticeFirst) (quote.executableAt, quote.lapsesAt) = (timeline.noticeEndsAt(), 0);
            uint256 executedAt = quote.executableAt > block.timestamp ? quote.executableAt : block.timestamp;
            (quote.rule, quote.refund, quote.fee) = Exits.holderRefund(
                m,
                card_,
                offer,
                rights,
                status,
                quote.consumed,
                asOf,
                stopsAt,
                executedAt
            );
            if (quote.rule != ExitRule.RunOff && _closesByDispute(self, cardId, card_)) {
                quote.rule = ExitRule.RulingTimeout;
            }
        }
        quote.forfeited = full - quote.refund;
        quote.released = Exits.remaining(card_, offer) - full;
    }

    /// @dev When a card of a merchant that is not flagged can be closed, and when that chance ends; zero if it does not.
    function _dates(
        EscrowState storage self,
        bytes32 cardId,
        Card card_,
        Offer offer,
        Rights rights,
        Timeline timeline,
        uint256 since
    ) private view returns (uint256 executableAt, uint256 lapsesAt) {
        Dispute storage dispute_ = self.disputes[cardId];
        if (_closesByDispute(self, cardId, card_)) {
            executableAt = dispute_.rulingUntil;
            if (since == 0) lapsesAt = Exits.complaintEndsAt(dispute_, rights, timeline);
            return (executableAt, lapsesAt);
        }
        uint256 requestedAt = since == 0 ? block.timestamp : since;
        executableAt = requestedAt + rights.exitDelay();
        if (!offer.isPass()) lapsesAt = Exits.lapsesAt(requestedAt, executableAt, rights.exitDelay(), timeline);
    }

    /// @dev Whether the card's dispute decides how it closes: a contest does, and a complaint once the time to rule on it is over.
    function _closesByDispute(EscrowState storage self, bytes32 cardId, Card card_) private view returns (bool) {
        if (!card_.has(Cards.DISPUTED)) return false;
        return !card_.hasComplaint() || block.timestamp >= self.disputes[cardId].rulingUntil;
    }

    function warnings(uint32 merchantId) external view returns (StandingWarning[] memory standing) {
        Merchant storage m = _merchant(EscrowStorage.state(), merchantId);
        uint256 capLevel = m.pool.capLevel();
        bool complaints = m.complaints.raised;
        standing = new StandingWarning[]((capLevel == 0 ? 0 : 1) + (complaints ? 1 : 0));
        // A stored level is one above the level of the event; zero means that the warning is down.
        if (capLevel != 0) standing[0] = StandingWarning(WarningKind.OutstandingCap, WarningLevel(capLevel - 1));
        if (complaints) {
            standing[standing.length - 1] = StandingWarning(WarningKind.Complaints, WarningLevel.Warning);
        }
    }

    /// @dev When the flag that is up was raised, or the one that was withdrawn; zero if there was none.
    function _flaggedAt(Timeline timeline, MerchantStatus status) private pure returns (uint256) {
        if (status == MerchantStatus.Defaulted) return timeline.flaggedAt();
        return timeline.withdrawnAt() - timeline.pausedFor();
    }

    function _merchant(EscrowState storage self, uint32 merchantId) private view returns (Merchant storage m) {
        m = self.merchants[merchantId];
        require(m.pool.status() != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
    }

    function _origin(bytes32 cardId) private view returns (Program storage program_, Merchant storage m) {
        EscrowState storage self = EscrowStorage.state();
        program_ = self.programs[CardId.programIdOf(cardId)];
        m = self.merchants[program_.offer.merchantId()];
    }
}

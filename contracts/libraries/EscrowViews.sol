// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {
    CardStatus,
    CardView,
    ExitQuote,
    IPrepaidEscrow,
    MerchantStatus,
    MerchantView,
    Policy,
    PoolView,
    ProgramView
} from "../interfaces/IPrepaidEscrow.sol";
import {StandingWarning, WarningKind, WarningLevel} from "../interfaces/IWarnings.sol";
import {CardId} from "./CardId.sol";
import {Checks} from "./Checks.sol";
import {Card, EscrowState, Merchant, Offer, Pool, Program, ProgramFlags, Rights, Timeline} from "./EscrowState.sol";
import {Closing, Exits} from "./Exits.sol";
import {Release} from "./Release.sol";

/// @title Views
/// @notice What anyone can read. Linked to the escrow and working on its storage.
library EscrowViews {
    function merchant(
        EscrowState storage self,
        uint32 merchantId,
        address vault
    ) external view returns (MerchantView memory) {
        Merchant storage m = _merchant(self, merchantId);
        Timeline memory timeline = m.timeline;
        bool payoutDue = m.payoutChangesAt != 0 && block.timestamp >= m.payoutChangesAt;
        return
            MerchantView({
                status: Checks.effectiveStatus(m, m.pool.status),
                owner: m.owner,
                payout: payoutDue ? m.nextPayout : m.payout,
                vault: vault,
                token: m.registration.token,
                policyId: m.registration.policyId,
                nextOwner: m.nextOwner,
                ownershipAcceptableAt: m.ownershipAcceptableAt,
                nextPayout: payoutDue ? address(0) : m.nextPayout,
                payoutChangesAt: payoutDue ? 0 : m.payoutChangesAt,
                suspendedUntil: timeline.suspendedUntil,
                lastServiceAt: timeline.lastServiceAt,
                noticeEndsAt: timeline.noticeEndsAt,
                serviceStoppedAt: timeline.serviceStoppedAt,
                flaggedAt: timeline.flaggedAt,
                windowEndsAt: timeline.windowEndsAt,
                withdrawnAt: timeline.withdrawnAt
            });
    }

    function pool(EscrowState storage self, uint32 merchantId) external view returns (PoolView memory) {
        Pool memory pool_ = _merchant(self, merchantId).pool;
        return PoolView(pool_.outstanding, pool_.balance, pool_.outstandingCap);
    }

    function policy(EscrowState storage self, uint32 policyId) external view returns (Policy memory policy_) {
        policy_ = self.policies[policyId];
        require(policy_.token != address(0), IPrepaidEscrow.PolicyUnknown(policyId));
    }

    function program(EscrowState storage self, uint32 programId) external view returns (ProgramView memory) {
        Offer memory offer = self.programs[programId].offer;
        require(offer.merchantId != 0, IPrepaidEscrow.ProgramUnknown(programId));
        return
            ProgramView({
                merchantId: offer.merchantId,
                policyId: offer.policyId,
                kind: offer.kind,
                bearer: offer.flags & ProgramFlags.BEARER != 0,
                retired: offer.flags & ProgramFlags.RETIRED != 0,
                price: offer.price,
                units: offer.units,
                listPrice: self.programs[programId].rights.listPrice
            });
    }

    function card(EscrowState storage self, bytes32 cardId) external view returns (CardView memory) {
        Card memory card_ = self.cards[cardId];
        (Program storage program_, Merchant storage m) = _origin(self, cardId);
        MerchantStatus status = m.pool.status;
        uint256 since = Exits.pendingSince(card_, program_.rights, m.timeline, status, block.timestamp);
        return
            CardView({
                status: card_.status,
                principal: card_.principal,
                consumed: card_.consumed,
                openedAt: card_.openedAt,
                exitRequestedAt: card_.status == CardStatus.Open ? uint32(since) : 0,
                nonce: card_.nonce
            });
    }

    function remaining(EscrowState storage self, bytes32 cardId) external view returns (uint256) {
        Card memory card_ = self.cards[cardId];
        if (card_.status != CardStatus.Open) return 0;
        (Program storage program_, ) = _origin(self, cardId);
        return card_.principal - Release.released(card_.consumed, card_.principal, program_.offer.units);
    }

    function quoteExit(EscrowState storage self, bytes32 cardId) external view returns (ExitQuote memory quote) {
        Card memory card_ = self.cards[cardId];
        if (card_.status != CardStatus.Open) return quote;
        (Program storage program_, Merchant storage m) = _origin(self, cardId);
        Rights memory rights = program_.rights;
        Timeline memory timeline = m.timeline;
        MerchantStatus status = m.pool.status;
        uint256 since = Exits.pendingSince(card_, rights, timeline, status, block.timestamp);
        if (since == 0) since = block.timestamp;
        Closing memory closing = Exits.quote(card_, program_.offer, rights, timeline, status, since, block.timestamp);
        quote.rule = closing.rule;
        quote.refund = closing.refund;
        quote.forfeited = closing.forfeited;
        quote.released = closing.released;
        quote.consumed = closing.consumed;
        if (status == MerchantStatus.Defaulted) {
            quote.executableAt = timeline.windowEndsAt;
        } else {
            quote.executableAt = since + rights.exitDelay;
            quote.lapsesAt = Exits.lapsesAt(since, rights.exitDelay, timeline);
        }
    }

    function warnings(
        EscrowState storage self,
        uint32 merchantId
    ) external view returns (StandingWarning[] memory standing) {
        uint8 level = _merchant(self, merchantId).pool.capLevel;
        if (level == 0) return standing;
        standing = new StandingWarning[](1);
        // Stored levels are those of the event, and zero for none.
        standing[0] = StandingWarning(WarningKind.OutstandingCap, WarningLevel(level - 1));
    }

    function _merchant(EscrowState storage self, uint32 merchantId) private view returns (Merchant storage m) {
        m = self.merchants[merchantId];
        require(m.pool.status != MerchantStatus.None, IPrepaidEscrow.MerchantUnknown(merchantId));
    }

    function _origin(
        EscrowState storage self,
        bytes32 cardId
    ) private view returns (Program storage program_, Merchant storage m) {
        program_ = self.programs[CardId.programIdOf(cardId)];
        m = self.merchants[program_.offer.merchantId];
    }
}

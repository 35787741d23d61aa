// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, MerchantStatus, SkipReason} from "../interfaces/IPrepaidEscrow.sol";
import {Checks} from "../logic/Checks.sol";
import {Exits} from "../logic/Exits.sol";
import {Extension} from "../logic/Extension.sol";
import {Release} from "../logic/Release.sol";
import {Settling} from "../logic/Settling.sol";
import {Card, Cards, CardSlot} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowState, EscrowStorage, Merchant, Program} from "../types/EscrowState.sol";
import {Offer} from "../types/Offer.sol";
import {Pool} from "../types/Pool.sol";
import {Rights} from "../types/Rights.sol";
import {Timeline} from "../types/Timeline.sol";

/// @title Passes
/// @notice Releases the money of cards that time consumes, and extends such cards. Linked to the escrow and working on its storage.
library Passes {
    /* ACCRUING */

    /// @notice Releases the time of each pass up to the earliest of now less its accrual delay, the request to leave, the default
    /// flag, the stop of service and its end. A pass does not accrue in cooling-off, in a dispute before the time to rule is over,
    /// while the merchant is suspended, and while a request made in cooling-off is pending.
    /// @dev Writes a pool once for each run of cards of one merchant.
    function accrue(bytes32[] calldata cardIds) external {
        EscrowState storage self = EscrowStorage.state();
        uint32 merchantId = 0;
        uint256 released = 0;
        for (uint256 i = 0; i < cardIds.length; ++i) {
            uint32 cardMerchantId = self.programs[CardId.programIdOf(cardIds[i])].offer.merchantId();
            if (cardMerchantId != merchantId) {
                _release(self, merchantId, released);
                merchantId = cardMerchantId;
                released = 0;
            }
            released += _accrue(self, merchantId, cardIds[i]);
        }
        _release(self, merchantId, released);
    }

    function _accrue(EscrowState storage self, uint32 merchantId, bytes32 cardId) private returns (uint256 released) {
        Program storage program = self.programs[CardId.programIdOf(cardId)];
        CardSlot storage slot = self.cards[cardId];
        Card card = slot.card;
        Offer offer = program.offer;
        (uint256 consumed, SkipReason reason) = (card.consumed(), SkipReason.Stale);
        if (!card.isOpen()) {
            reason = SkipReason.CardNotOpen;
        } else if (!offer.isPass()) {
            reason = SkipReason.NotAPass;
        } else {
            Merchant storage m = self.merchants[merchantId];
            (bool accrues, uint256 time) = _timeToAccrue(self, m, cardId, card, offer, program.rights);
            if (!accrues) reason = SkipReason.Waiting;
            else if (time > consumed) consumed = time;
        }
        if (consumed == card.consumed()) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, reason);
            return 0;
        }
        uint256 principal = card.principal();
        uint256 units = offer.units();
        released = Release.released(consumed, principal, units) - Release.released(card.consumed(), principal, units);
        slot.card = card.withConsumed(consumed);
        emit IPrepaidEscrow.PassAccrued(merchantId, cardId, released, consumed);
    }

    /// @dev Whether the pass accrues now, and how many seconds of it in all. What a closing would have to give back is not booked.
    function _timeToAccrue(
        EscrowState storage self,
        Merchant storage m,
        bytes32 cardId,
        Card card,
        Offer offer,
        Rights rights
    ) private view returns (bool accrues, uint256 time) {
        if (card.has(Cards.DISPUTED) && block.timestamp < self.disputes[cardId].rulingUntil) return (false, 0);
        MerchantStatus status = m.pool.status();
        if (Checks.effectiveStatus(m, status) == MerchantStatus.Suspended) return (false, 0);
        if (Exits.isInCoolingOff(m, card, rights, block.timestamp)) return (false, 0);
        Timeline timeline = m.timeline;
        (uint256 since, uint256 stopsAt) = Exits.pending(m, status, card, offer, rights);
        uint256 asOf = Exits.reckonedAt(since, stopsAt, Exits.clock(timeline, status));
        if (asOf != block.timestamp && Exits.isRegretted(m, card, offer, rights, asOf)) return (false, 0);
        uint256 until = block.timestamp - rights.accrualDelay();
        return (true, Exits.ran(card, offer, timeline, asOf < until ? asOf : until));
    }

    function _release(EscrowState storage self, uint32 merchantId, uint256 released) private {
        if (released == 0) return;
        Merchant storage m = self.merchants[merchantId];
        Pool pool = m.pool;
        pool = Settling.reduceOutstanding(m, merchantId, pool, pool.outstanding() - released);
        m.pool = pool;
        emit IPrepaidEscrow.PoolUpdated(merchantId, pool.outstanding(), pool.balance());
    }

    /* EXTENDING */

    function extendPasses(bytes32[] calldata cardIds, uint32 extension) external {
        EscrowState storage self = EscrowStorage.state();
        for (uint256 i = 0; i < cardIds.length; ++i) {
            _extend(self, cardIds[i], extension);
        }
    }

    function _extend(EscrowState storage self, bytes32 cardId, uint256 extension) private {
        CardSlot storage slot = self.cards[cardId];
        Card card = slot.card;
        (Merchant storage m, Offer offer, Rights rights) = Exits.origin(self, cardId);
        uint32 merchantId = offer.merchantId();
        Checks.requireOperator(m, merchantId);
        // After a flag the time of passes is settled: an extension would only move money from one claim to another.
        (, uint256 since, uint256 stopsAt) = Exits.loadExit(m, card, offer, rights);
        if (!card.isOpen()) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.CardNotOpen);
        } else if (!offer.isPass()) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.NotAPass);
        } else if (since != 0 || card.has(Cards.DISPUTED)) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.Waiting);
        } else if (extension == 0) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.Stale);
        } else {
            slot.card = Extension.extended(m, merchantId, cardId, card, rights, extension, stopsAt);
        }
    }
}

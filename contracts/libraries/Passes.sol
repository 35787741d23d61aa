// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CardStatus, IPrepaidEscrow, MerchantStatus, ProgramKind, SkipReason} from "../interfaces/IPrepaidEscrow.sol";
import {CapWarning} from "./CapWarning.sol";
import {CardId} from "./CardId.sol";
import {Checks} from "./Checks.sol";
import {Card, EscrowState, Merchant, Offer, Pool, Program, Rights, Timeline} from "./EscrowState.sol";
import {Exits} from "./Exits.sol";
import {Release} from "./Release.sol";

/// @title Passes
/// @notice Counts the time of cards that are consumed by time. Linked to the escrow and working on its storage.
library Passes {
    /// @notice Counts each pass to the earliest of now less its accrual delay, the request to leave, the stop of service and its
    /// end. It waits for the end of cooling-off and while the merchant is suspended.
    /// @dev The pool is written once for each run of cards of one merchant.
    function accrue(EscrowState storage self, bytes32[] calldata cardIds) external {
        uint32 merchantId = 0;
        uint256 released = 0;
        for (uint256 i = 0; i < cardIds.length; ++i) {
            uint32 cardMerchantId = self.programs[CardId.programIdOf(cardIds[i])].offer.merchantId;
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
        Card memory card = self.cards[cardId];
        Offer memory offer = program.offer;
        if (card.status != CardStatus.Open) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.CardNotOpen);
            return 0;
        }
        if (offer.kind != ProgramKind.Term) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.NotAPass);
            return 0;
        }
        uint256 countedUntil = _countedUntil(self.merchants[merchantId], card, program.rights);
        if (countedUntil == 0) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.Waiting);
            return 0;
        }
        uint256 consumed = Exits.consumedAt(card, offer, countedUntil);
        if (consumed == card.consumed) {
            emit IPrepaidEscrow.ConsumptionSkipped(cardId, SkipReason.Stale);
            return 0;
        }
        released =
            Release.released(consumed, card.principal, offer.units) -
            Release.released(card.consumed, card.principal, offer.units);
        // At most the card's units, which fit 88 bits.
        self.cards[cardId].consumed = uint88(consumed);
        emit IPrepaidEscrow.PassAccrued(merchantId, cardId, released, consumed);
    }

    /// @dev Zero while the pass is not counted.
    function _countedUntil(Merchant storage m, Card memory card, Rights memory rights) private view returns (uint256) {
        MerchantStatus status = m.pool.status;
        if (Checks.effectiveStatus(m, status) == MerchantStatus.Suspended) return 0;
        if (block.timestamp < uint256(card.openedAt) + rights.coolingOff) return 0;
        Timeline memory timeline = m.timeline;
        uint256 until = block.timestamp - rights.accrualDelay;
        uint256 since = Exits.pendingSince(card, rights, timeline, status, block.timestamp);
        return Exits.serviceUntil(timeline, status, since != 0 && since < until ? since : until);
    }

    function _release(EscrowState storage self, uint32 merchantId, uint256 released) private {
        if (released == 0) return;
        Merchant storage m = self.merchants[merchantId];
        Pool memory pool = m.pool;
        // Outstanding is the sum of what remains on the cards, and no card releases more than that.
        pool.outstanding = uint96(pool.outstanding - released);
        m.pool.outstanding = pool.outstanding;
        if (pool.capLevel != 0) CapWarning.lower(m, merchantId, pool);
        emit IPrepaidEscrow.PoolUpdated(merchantId, pool.outstanding, pool.balance);
    }
}

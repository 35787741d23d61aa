// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, MerchantStatus, SkipReason} from "../interfaces/IPrepaidEscrow.sol";
import {CardId} from "./CardId.sol";
import {Checks} from "./Checks.sol";
import {
    Card,
    Cards,
    CardSlot,
    EscrowState,
    EscrowStorage,
    Merchant,
    Offer,
    Pool,
    Program,
    Rights,
    Timeline
} from "./EscrowState.sol";
import {Exits} from "./Exits.sol";
import {Release} from "./Release.sol";
import {Settling} from "./Settling.sol";

/// @title Passes
/// @notice Counts the time of cards that are consumed by time. Linked to the escrow and working on its storage.
library Passes {
    /// @notice Counts each pass to the earliest of now less its accrual delay, the request to leave, the stop of service and its
    /// end. It waits for the end of cooling-off, while the card is in dispute, and while the merchant is suspended.
    /// @dev The pool is written once for each run of cards of one merchant.
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
            (bool counts, uint256 until) = _accruesUntil(self.merchants[merchantId], card, program.rights);
            if (counts) consumed = Exits.consumedAt(card, offer, until);
            else reason = SkipReason.Waiting;
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

    /// @dev Whether the pass is counted for the present, and to when.
    function _accruesUntil(
        Merchant storage m,
        Card card,
        Rights rights
    ) private view returns (bool counts, uint256 until) {
        if (card.has(Cards.DISPUTED)) return (false, 0);
        MerchantStatus status = m.pool.status();
        if (Checks.effectiveStatus(m, status) == MerchantStatus.Suspended) return (false, 0);
        if (block.timestamp < card.openedAt() + rights.coolingOff()) return (false, 0);
        (Timeline timeline, uint256 since) = Exits.pending(m, status, card, rights);
        until = block.timestamp - rights.accrualDelay();
        if (since != 0 && since < until) until = since;
        return (true, Exits.serviceUntil(timeline, status, until));
    }

    function _release(EscrowState storage self, uint32 merchantId, uint256 released) private {
        if (released == 0) return;
        Merchant storage m = self.merchants[merchantId];
        Pool pool = m.pool;
        pool = Settling.reduceOutstanding(m, merchantId, pool, pool.outstanding() - released);
        m.pool = pool;
        emit IPrepaidEscrow.PoolUpdated(merchantId, pool.outstanding(), pool.balance());
    }
}

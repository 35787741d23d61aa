// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Card, Cards} from "../types/Card.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowState, Move} from "../types/EscrowState.sol";
import {Timeline} from "../types/Timeline.sol";
import {Exits} from "./Exits.sol";

/// @title Pending moves
/// @notice Whether a card is about to go to another holder, and until when.
library PendingMoves {
    /// @notice Whether a move of an open card is pending: requested and not lapsed. A recovery address's request ends when the
    /// holder names another.
    function isPending(
        EscrowState storage self,
        bytes32 cardId,
        Card card,
        Timeline timeline,
        MerchantStatus status
    ) internal view returns (bool) {
        if (!card.has(Cards.MOVING)) return false;
        Move memory move = self.moves[cardId];
        if (move.asRecovery != 0 && move.asRecovery != self.recoveries[CardId.holderOf(cardId)].naming) return false;
        return Exits.clock(timeline, status) < lapsesAt(self, cardId, move, timeline);
    }

    /// @notice When a pending move lapses.
    function lapsesAt(
        EscrowState storage self,
        bytes32 cardId,
        Move memory move,
        Timeline timeline
    ) internal view returns (uint256) {
        uint256 exitDelay = self.programs[CardId.programIdOf(cardId)].rights.exitDelay();
        return Exits.lapsesAt(move.requestedAt, move.notBefore, exitDelay, timeline);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IPrepaidEscrow} from "../interfaces/IPrepaidEscrow.sol";
import {Card, Cards} from "../types/Card.sol";
import {Merchant} from "../types/EscrowState.sol";
import {Rights} from "../types/Rights.sol";
import {Timeline} from "../types/Timeline.sol";
import {Exits} from "./Exits.sol";

/// @title Extending passes
/// @notice An extended pass counts as begun so much later. Nothing that is booked changes.
library Extension {
    /// @notice Longest time from now to the start of an extended pass, in seconds.
    uint256 internal constant MAX_ADVANCE = 365 days;

    /// @notice The pass extended by `extension` seconds. Reverts if it would begin too late.
    /// @param stopsAt When service stops: an extension takes no right away that a closing would have now.
    function extended(
        Merchant storage m,
        uint32 merchantId,
        bytes32 cardId,
        Card card,
        Rights rights,
        uint256 extension,
        uint256 stopsAt
    ) internal returns (Card) {
        uint256 startsAt = _startAfter(m.timeline, card, extension);
        uint256 latest = block.timestamp + MAX_ADVANCE;
        require(startsAt <= latest, IPrepaidEscrow.CardStartOutOfRange(startsAt, card.openedAt(), latest));
        uint256 asOf = Exits.reckonedAt(0, stopsAt, block.timestamp);
        return _withStart(m, merchantId, cardId, card, rights, extension, startsAt, asOf);
    }

    /// @notice The pass extended by the time that has run since `since`. It then counts as begun no later than now, so this does not
    /// revert: a ruling and a recovery must not fail because of it.
    function extendedSince(
        Merchant storage m,
        uint32 merchantId,
        bytes32 cardId,
        Card card,
        Rights rights,
        uint256 since,
        uint256 stopsAt
    ) internal returns (Card) {
        Timeline timeline = m.timeline;
        // A pass that has not begun has lost nothing.
        uint256 from = since > card.openedAt() ? since : card.openedAt();
        if (from >= block.timestamp) return card;
        uint256 extension = timeline.clockAt(block.timestamp) - timeline.clockAt(from);
        if (extension == 0) return card;
        uint256 startsAt = _startAfter(timeline, card, extension);
        uint256 asOf = Exits.reckonedAt(from, stopsAt, 0);
        return _withStart(m, merchantId, cardId, card, rights, extension, startsAt, asOf);
    }

    function _startAfter(Timeline timeline, Card card, uint256 extension) private pure returns (uint256) {
        return timeline.timeAt(timeline.clockAt(card.openedAt()) + extension);
    }

    /// @dev A cooling-off that is over at `asOf` stays over. Else it goes on with the pass.
    function _withStart(
        Merchant storage m,
        uint32 merchantId,
        bytes32 cardId,
        Card card,
        Rights rights,
        uint256 extension,
        uint256 startsAt,
        uint256 asOf
    ) private returns (Card) {
        bool over = !Exits.isInCoolingOff(m, card, rights, asOf);
        if (over) card = card.with(Cards.COOLING_OFF_OVER);
        emit IPrepaidEscrow.PassExtended(merchantId, cardId, extension, startsAt, over);
        return card.withOpenedAt(SafeCast.toUint32(startsAt));
    }
}

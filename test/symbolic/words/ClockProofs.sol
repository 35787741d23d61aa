// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Exits} from "../../../contracts/logic/Exits.sol";
import {Card, Cards} from "../../../contracts/types/Card.sol";
import {Merchant} from "../../../contracts/types/EscrowState.sol";
import {Rights} from "../../../contracts/types/Rights.sol";
import {Timeline} from "../../../contracts/types/Timeline.sol";

/// @title The clock of passes and of cooling-off, for every word that can be stored
/// @dev Proved by Halmos on the compiled code. A withdrawn flag was up for as long as it was, so never longer than since 1970.
contract ClockProofs {
    Merchant private merchant;

    function _isPossible(Timeline timeline) private pure returns (bool) {
        return timeline.pausedFor() <= timeline.withdrawnAt();
    }

    /// @notice The clock stands still while the withdrawn flag was up, and runs with time otherwise: it never runs back, never ahead
    /// of time, and lags behind by the pause at most.
    function check_StandsStillUnderTheFlag(Timeline timeline, uint40 earlier, uint40 later) external pure {
        if (!_isPossible(timeline) || earlier > later) return;
        uint256 flaggedAt = timeline.withdrawnAt() - timeline.pausedFor();
        (uint256 first, uint256 second) = (timeline.clockAt(earlier), timeline.clockAt(later));
        assert(first <= second && second - first <= later - earlier);
        assert(second <= later && later - second <= timeline.pausedFor());
        if (later <= flaggedAt || earlier >= timeline.withdrawnAt()) assert(second - first == later - earlier);
        if (earlier >= flaggedAt && later <= timeline.withdrawnAt()) assert(second == first);
    }

    /// @notice `timeAt` is the earliest time at which the clock shows a reading.
    function check_IsTheEarliestTime(Timeline timeline, uint40 reading, uint40 time) external pure {
        if (!_isPossible(timeline)) return;
        uint256 earliest = timeline.timeAt(reading);
        assert(timeline.clockAt(earliest) == reading);
        assert((time >= earliest) == (timeline.clockAt(time) >= reading));
    }

    /// @notice A moment is in cooling-off if the clock has run for less than the period since the card began, whichever dates the
    /// answer did without. No flag lasts longer than 30 days.
    function check_CoolingOffRunsOnTheClock(Timeline timeline, Card card, Rights rights, uint32 asOf) external {
        if (!_isPossible(timeline) || timeline.pausedFor() > 30 days) return;
        merchant.timeline = timeline;
        bool within = timeline.clockAt(asOf) < timeline.clockAt(card.openedAt()) + rights.coolingOff();
        bool ended = rights.coolingOff() == 0 || card.has(Cards.COOLING_OFF_OVER);
        assert(Exits.isInCoolingOff(merchant, card, rights, asOf) == (within && !ended));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Clock} from "../../../contracts/types/Clock.sol";

/// @title The clock of passes and of cooling-off, for every time there can be
/// @dev Proved by the compiler's model checker. A withdrawn flag was up before it was withdrawn, and not before 1970.
contract ClockProofs {
    /// @notice The clock never runs ahead of time, and lags behind by the pause at most.
    function lagsByThePauseAtMost(uint40 time, uint32 end, uint24 pause) external pure {
        require(pause <= end);
        uint256 reading = Clock.read(time, end, pause);
        assert(reading <= time);
        assert(time - reading <= pause);
    }

    /// @notice The clock never runs back, and never faster than time.
    function runsForwardNoFaster(uint40 earlier, uint40 later, uint32 end, uint24 pause) external pure {
        require(pause <= end && earlier <= later);
        uint256 first = Clock.read(earlier, end, pause);
        uint256 second = Clock.read(later, end, pause);
        assert(first <= second);
        assert(second - first <= later - earlier);
    }

    /// @notice The clock stands still while the flag was up, and runs with time otherwise.
    function standsStillUnderTheFlag(uint40 earlier, uint40 later, uint32 end, uint24 pause) external pure {
        require(pause <= end && earlier <= later);
        uint256 passed = Clock.read(later, end, pause) - Clock.read(earlier, end, pause);
        if (later <= end - pause || earlier >= end) assert(passed == later - earlier);
        if (earlier >= end - pause && later <= end) assert(passed == 0);
    }

    /// @notice `timeOf` is the earliest time at which the clock shows a reading.
    function isTheEarliestTime(uint40 reading, uint40 time, uint32 end, uint24 pause) external pure {
        require(pause <= end);
        uint256 earliest = Clock.timeOf(reading, end, pause);
        assert(Clock.read(earliest, end, pause) == reading);
        assert((time >= earliest) == (Clock.read(time, end, pause) >= reading));
    }

    /// @notice What `isInCoolingOff` answers without the merchant's dates is right: a moment before the period has passed in time lies
    /// in cooling-off, and one 30 days after that does not. No flag lasts longer than 30 days.
    function coolingOffWithoutDates(
        uint40 asOf,
        uint32 openedAt,
        uint24 period,
        uint32 end,
        uint24 pause
    ) external pure {
        require(pause <= end && pause <= 30 days && period != 0);
        bool within = Clock.read(asOf, end, pause) < Clock.read(openedAt, end, pause) + period;
        uint256 passes = uint256(openedAt) + period;
        if (asOf < passes) assert(within);
        if (asOf >= passes + 30 days) assert(!within);
    }
}

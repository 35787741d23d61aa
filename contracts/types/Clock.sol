// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title A clock that stands still for a while
/// @notice Passes and cooling-off run on it. It stands still in [end - pause, end), while a default flag was up that was withdrawn at
/// `end`. Without such a flag both are zero.
library Clock {
    /// @notice What the clock shows at `time`: `time`, less the part of the pause before it.
    /// @param pause Seconds; at most `end`.
    function read(uint256 time, uint256 end, uint256 pause) internal pure returns (uint256) {
        unchecked {
            // A pause lies before its end, which is not after `time` in the first case.
            if (time >= end) return time - pause;
            uint256 start = end - pause;
            return time < start ? time : start;
        }
    }

    /// @notice The earliest time at which the clock shows `reading`.
    /// @param pause Seconds; at most `end`.
    function timeOf(uint256 reading, uint256 end, uint256 pause) internal pure returns (uint256) {
        unchecked {
            // Times have 32 bits, pauses 24.
            return reading > end - pause ? reading + pause : reading;
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Release} from "../../contracts/logic/Release.sol";

/// @title The release arithmetic, callable from outside
contract ReleaseHarness {
    /// @notice See `Release.face`.
    function face(uint256 principal, uint256 units) external pure returns (uint256) {
        return Release.face(principal, units);
    }

    /// @notice See `Release.released`.
    function released(uint256 consumed, uint256 principal, uint256 units) external pure returns (uint256) {
        return Release.released(consumed, principal, units);
    }

    /// @notice See `Release.refundAtListPrice`.
    function refundAtListPrice(
        uint256 consumed,
        uint256 principal,
        uint256 units,
        uint256 listPrice
    ) external pure returns (uint256) {
        return Release.refundAtListPrice(consumed, principal, units, listPrice);
    }

    /// @notice See `Release.elapsed`.
    function elapsed(uint256 openedAt, uint256 until, uint256 units) external pure returns (uint256) {
        return Release.elapsed(openedAt, until, units);
    }
}

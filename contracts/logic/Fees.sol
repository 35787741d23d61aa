// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title Fees of a holder who leaves
/// @notice The arithmetic of a policy's fees. They go to the merchant. Every fee is rounded down, in the holder's favour, and is at
/// most half the principal. Principals fit `uint88` and shares `uint16`, so no product overflows.
library Fees {
    uint256 private constant BPS = 10_000;

    /// @notice Fee for leaving after cooling-off, in token base units: the flat fee, if one applies, else a share of the principal
    /// and a share of the rest.
    /// @param rest What remains of the principal at the list price, in token base units.
    /// @param flat The flat fee, in token base units; zero if none applies.
    /// @param max Largest fee that is not flat, in token base units; zero for none.
    function forLeaving(
        uint256 principal,
        uint256 rest,
        uint256 flat,
        uint256 priceBps,
        uint256 restBps,
        uint256 max
    ) internal pure returns (uint256 fee) {
        unchecked {
            // 88 bits × 16 bits
            fee = flat != 0 ? flat : _capped((principal * priceBps) / BPS + (rest * restBps) / BPS, max);
        }
        fee = _least(fee, principal / 2);
    }

    /// @notice Fee for leaving in cooling-off, in token base units: a share of the principal.
    /// @param max Largest fee, in token base units; zero for none.
    function inCoolingOff(uint256 principal, uint256 bps, uint256 max) internal pure returns (uint256) {
        unchecked {
            // 88 bits × 16 bits
            return _least(_capped((principal * bps) / BPS, max), principal / 2);
        }
    }

    /// @notice What is left of `amount` after a fee, and the part of the fee that it can pay.
    function deduct(uint256 amount, uint256 fee) internal pure returns (uint256 left, uint256 charged) {
        charged = _least(fee, amount);
        unchecked {
            // At most the amount.
            left = amount - charged;
        }
    }

    function _capped(uint256 fee, uint256 max) private pure returns (uint256) {
        return max == 0 ? fee : _least(fee, max);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}

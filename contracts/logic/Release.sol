// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title The value of consumption
/// @notice The release arithmetic of a card. Consumption, units and prices fit `uint88`, so no product overflows. Every function
/// rounds in the holder's favour: the merchant's part is rounded down, and the refund is the rest.
/// @dev `units` is zero for a stored-value card of any amount, whose units are its base units.
library Release {
    /// @notice The units of a card.
    function face(uint256 principal, uint256 units) internal pure returns (uint256) {
        return units == 0 ? principal : units;
    }

    /// @notice Principal released by `consumed` units, rounded down: floor(consumed × price / units).
    /// @dev A card's principal is its program's price, except for open amounts. At most `principal` while consumed ≤ face.
    function released(uint256 consumed, uint256 principal, uint256 units) internal pure returns (uint256) {
        unchecked {
            // 88 bits × 88 bits
            return units == 0 ? consumed : (consumed * principal) / units;
        }
    }

    /// @notice Refund at holder's cause: the principal less the list price of the consumed units, which is rounded down; never below
    /// zero (法释〔2025〕4号, art. 19 and 20).
    function refundAtListPrice(
        uint256 consumed,
        uint256 principal,
        uint256 units,
        uint256 listPrice
    ) internal pure returns (uint256) {
        unchecked {
            // 88 bits × 88 bits; the subtraction is guarded
            uint256 due = units == 0 ? consumed : (consumed * listPrice) / units;
            return due < principal ? principal - due : 0;
        }
    }

    /// @notice Seconds of a pass elapsed at `until`: none before it begins, all after it ends.
    function elapsed(uint256 openedAt, uint256 until, uint256 units) internal pure returns (uint256) {
        if (until <= openedAt) return 0;
        unchecked {
            // guarded above
            uint256 passed = until - openedAt;
            return passed < units ? passed : units;
        }
    }
}

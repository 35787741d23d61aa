// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {MerchantStatus} from "../interfaces/IPrepaidEscrow.sol";
import {Word} from "./Word.sol";

/// @notice A merchant's money, and what every sale and settlement must know of it:
/// outstanding (96 bits) | balance (96) | outstandingCap (48, whole tokens) | status (8) | capLevel (8).
type Pool is uint256;

using Pools for Pool global;

library Pools {
    uint256 private constant OUTSTANDING = 0;
    uint256 private constant BALANCE = 96;
    uint256 private constant OUTSTANDING_CAP = 192;
    uint256 private constant STATUS = 240;
    uint256 private constant CAP_LEVEL = 248;

    uint256 private constant AMOUNT_BITS = 96;
    uint256 private constant CAP_BITS = 48;
    uint256 private constant STATUS_BITS = 8;
    uint256 private constant LEVEL_BITS = 8;

    function outstanding(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), OUTSTANDING, AMOUNT_BITS);
    }

    function balance(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), BALANCE, AMOUNT_BITS);
    }

    /// @dev Whole tokens; zero means that there is no cap.
    function outstandingCap(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), OUTSTANDING_CAP, CAP_BITS);
    }

    function status(Pool self) internal pure returns (MerchantStatus) {
        return MerchantStatus(Word.get(Pool.unwrap(self), STATUS, STATUS_BITS));
    }

    /// @dev Level of the `OutstandingCap` warning, see `CapWarning`; zero while the warning is down.
    function capLevel(Pool self) internal pure returns (uint256) {
        return Word.get(Pool.unwrap(self), CAP_LEVEL, LEVEL_BITS);
    }

    function withOutstanding(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), OUTSTANDING, AMOUNT_BITS, value));
    }

    function withBalance(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), BALANCE, AMOUNT_BITS, value));
    }

    function withOutstandingCap(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), OUTSTANDING_CAP, CAP_BITS, value));
    }

    function withStatus(Pool self, MerchantStatus value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), STATUS, STATUS_BITS, uint256(value)));
    }

    function withCapLevel(Pool self, uint256 value) internal pure returns (Pool) {
        return Pool.wrap(Word.set(Pool.unwrap(self), CAP_LEVEL, LEVEL_BITS, value));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token that keeps a fee of each transfer
/// @notice The payee receives `fee` base units less than was sent.
contract FeeToken is TestToken {
    /// @notice Kept of each transfer, in base units.
    uint256 public fee;

    /// @notice Sets the fee.
    function setFee(uint256 value) external {
        fee = value;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || fee == 0) {
            super._update(from, to, value);
        } else {
            super._update(from, to, value - fee);
            super._update(from, address(0), fee);
        }
    }
}

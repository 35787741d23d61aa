// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token that answers `false` instead of failing
/// @notice While it refuses, nothing moves and nothing reverts.
contract FalseToken is TestToken {
    /// @notice Whether it moves nothing for the present.
    bool public refusing;

    /// @notice Lets it refuse, or serve again.
    function setRefusing(bool value) external {
        refusing = value;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !refusing && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !refusing && super.transferFrom(from, to, value);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token that answers nothing
/// @notice Transfers work and return no data, as with some of the oldest stablecoins.
contract SilentToken is TestToken {
    modifier silently() {
        _;
        assembly ("memory-safe") {
            return(0, 0)
        }
    }

    function transfer(address to, uint256 value) public override silently returns (bool) {
        return super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override silently returns (bool) {
        return super.transferFrom(from, to, value);
    }
}

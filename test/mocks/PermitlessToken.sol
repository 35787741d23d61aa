// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token whose permits always fail
contract PermitlessToken is TestToken {
    /// @notice Thrown by every permit.
    error PermitsUnsupported();

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) public pure override {
        revert PermitsUnsupported();
    }
}

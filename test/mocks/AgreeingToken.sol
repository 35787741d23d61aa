// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token that agrees to every signed transfer and makes none
/// @notice As one that takes calls of functions it does not have, without failing.
contract AgreeingToken is TestToken {
    function receiveWithAuthorization(
        address,
        address,
        uint256,
        uint256,
        uint256,
        bytes32,
        uint8,
        bytes32,
        bytes32
    ) public pure override {
        return;
    }
}

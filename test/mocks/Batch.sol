// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title An account that makes several calls in one transaction
contract Batch {
    /// @notice Calls `target` once with each of `calls`, and answers what each answers.
    function run(address target, bytes[] calldata calls) external returns (bytes[] memory answers) {
        answers = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) answers[i] = Address.functionCall(target, calls[i]);
    }
}

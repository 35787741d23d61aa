// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Word} from "./Word.sol";

/// @notice A merchant's token and policy: token (160 bits) | policyId (32) | tokenDecimals (8).
type Registration is uint256;

using Registrations for Registration global;

library Registrations {
    // The token is the lowest 160 bits.
    uint256 private constant POLICY_ID = 160;
    uint256 private constant TOKEN_DECIMALS = 192;

    uint256 private constant ID_BITS = 32;
    uint256 private constant DECIMALS_BITS = 8;

    function pack(address token_, uint256 policyId_, uint256 tokenDecimals_) internal pure returns (Registration) {
        uint256 word = Word.set(uint160(token_), POLICY_ID, ID_BITS, policyId_);
        return Registration.wrap(Word.set(word, TOKEN_DECIMALS, DECIMALS_BITS, tokenDecimals_));
    }

    function token(Registration self) internal pure returns (address) {
        return address(uint160(Registration.unwrap(self)));
    }

    function policyId(Registration self) internal pure returns (uint32) {
        return uint32(Word.get(Registration.unwrap(self), POLICY_ID, ID_BITS));
    }

    function tokenDecimals(Registration self) internal pure returns (uint256) {
        return Word.get(Registration.unwrap(self), TOKEN_DECIMALS, DECIMALS_BITS);
    }
}

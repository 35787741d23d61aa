// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title Card ids
/// @notice cardId = holder (160 bits) ‖ programId (32) ‖ serial (64). A holder who has lost every other record finds each card by
/// counting serials.
library CardId {
    function encode(address holder, uint32 programId, uint64 serial) internal pure returns (bytes32) {
        return bytes32((uint256(uint160(holder)) << 96) | (uint256(programId) << 64) | serial);
    }

    function holderOf(bytes32 cardId) internal pure returns (address) {
        return address(bytes20(cardId));
    }

    function programIdOf(bytes32 cardId) internal pure returns (uint32) {
        // Truncation drops the holder's bits.
        return uint32(uint256(cardId) >> 64);
    }
}

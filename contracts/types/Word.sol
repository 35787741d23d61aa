// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title Fields of one storage word
/// @dev `offset` and `bits` are constants at every call, so that the compiler computes the masks.
library Word {
    /// @notice Thrown when a value does not fit its field.
    error WordFieldOverflow(uint256 value, uint256 bits);

    function get(uint256 word, uint256 offset, uint256 bits) internal pure returns (uint256) {
        return (word >> offset) & ((1 << bits) - 1);
    }

    function set(uint256 word, uint256 offset, uint256 bits, uint256 value) internal pure returns (uint256) {
        require(value >> bits == 0, WordFieldOverflow(value, bits));
        return (word & ~(((1 << bits) - 1) << offset)) | (value << offset);
    }
}

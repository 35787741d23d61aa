// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Word} from "../../../contracts/types/Word.sol";

/// @title Fields of one word, wherever they lie and however wide they are
/// @dev Proved by Halmos on the compiled code.
contract WordProofs {
    function write(uint256 word, uint256 offset, uint256 bits, uint256 value) external pure returns (uint256) {
        return Word.set(word, offset, bits, value);
    }

    /// @notice What is written is read back and every other bit stays what it was, for each width that a field has, at every place
    /// of the word.
    function check_ReadsBackAndLeavesTheNeighbours(uint256 word, uint256 value) external pure {
        uint8[8] memory widths = [2, 8, 24, 32, 48, 64, 88, 96];
        for (uint256 i = 0; i < widths.length; ++i) {
            uint256 bits = widths[i];
            uint256 fitting = value & ((1 << bits) - 1);
            for (uint256 offset = 0; offset + bits <= 256; ++offset) {
                uint256 written = Word.set(word, offset, bits, fitting);
                assert(Word.get(written, offset, bits) == fitting);
                assert((written ^ word) & ~(((1 << bits) - 1) << offset) == 0);
            }
        }
    }

    /// @notice A value that does not fit is refused.
    function check_RefusesWhatDoesNotFit(uint256 word, uint256 offset, uint256 bits, uint256 value) external view {
        if (bits > 255 || offset > 255 || offset + bits > 256 || value >> bits == 0) return;
        try this.write(word, offset, bits, value) {
            assert(false);
        } catch {}
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Word} from "../../../contracts/types/Word.sol";

/// @title Fields of one word
contract WordTest {
    /// @dev Offset and width of a field that lies within the word, from any two numbers.
    function _field(uint256 offset, uint256 bits) private pure returns (uint256, uint256) {
        offset %= 255;
        return (offset, 1 + (bits % (256 - offset < 255 ? 256 - offset : 255)));
    }

    function write(uint256 word, uint256 offset, uint256 bits, uint256 value) external pure returns (uint256) {
        return Word.set(word, offset, bits, value);
    }

    /// @notice What is written is read back, and every other bit stays what it was.
    function testFuzz_RoundTrip(uint256 word, uint256 offset, uint256 bits, uint256 value) external pure {
        (offset, bits) = _field(offset, bits);
        uint256 mask = ((1 << bits) - 1) << offset;
        value &= (1 << bits) - 1;
        uint256 written = Word.set(word, offset, bits, value);
        require(Word.get(written, offset, bits) == value, "reads what was written");
        require((written ^ word) & ~mask == 0, "leaves the neighbours");
    }

    /// @notice Writing what is there changes nothing.
    function testFuzz_Identity(uint256 word, uint256 offset, uint256 bits) external pure {
        (offset, bits) = _field(offset, bits);
        require(Word.set(word, offset, bits, Word.get(word, offset, bits)) == word, "is unchanged");
    }

    /// @notice A value of one bit too many is refused, whatever its other bits are.
    function testFuzz_Overflow(uint256 word, uint256 offset, uint256 bits, uint256 value) external view {
        (offset, bits) = _field(offset, bits);
        value |= 1 << bits;
        try this.write(word, offset, bits, value) {
            revert("was written");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(Word.WordFieldOverflow.selector, value, bits);
            require(keccak256(reason) == keccak256(expected), "says value and width");
        }
    }

    /// @notice The largest value of a field is written, the next one is not.
    function testFuzz_Boundary(uint256 word, uint256 offset, uint256 bits) external view {
        (offset, bits) = _field(offset, bits);
        uint256 max = (1 << bits) - 1;
        require(Word.get(this.write(word, offset, bits, max), offset, bits) == max, "holds its largest value");
        try this.write(word, offset, bits, max + 1) {
            revert("was written");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(Word.WordFieldOverflow.selector, max + 1, bits);
            require(keccak256(reason) == keccak256(expected), "says value and width");
        }
    }
}

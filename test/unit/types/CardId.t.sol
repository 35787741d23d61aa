// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CardId} from "../../../contracts/types/CardId.sol";

/// @title Card ids
contract CardIdTest {
    /// @notice An id says whose it is, of what, and which one.
    function testFuzz_RoundTrip(address holder, uint32 programId, uint64 serial) external pure {
        bytes32 cardId = CardId.encode(holder, programId, serial);
        require(CardId.holderOf(cardId) == holder, "holder");
        require(CardId.programIdOf(cardId) == programId, "program");
        require(uint64(uint256(cardId)) == serial, "serial");
    }

    /// @notice Every 32 bytes are the id of exactly one card.
    function testFuzz_Bijective(bytes32 cardId) external pure {
        bytes32 again = CardId.encode(CardId.holderOf(cardId), CardId.programIdOf(cardId), uint64(uint256(cardId)));
        require(again == cardId, "the same id");
    }

    /// @notice The layout is that of the packed bytes, so that anybody can take an id apart.
    function testFuzz_Layout(address holder, uint32 programId, uint64 serial) external pure {
        bytes32 packed = bytes32(abi.encodePacked(holder, programId, serial));
        require(CardId.encode(holder, programId, serial) == packed, "holder, program, serial");
    }
}

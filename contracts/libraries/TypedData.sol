// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {KeyVoucher} from "../interfaces/IPrepaidEscrow.sol";

/// @title What wallets sign
/// @notice EIP-712 hashes of the messages of a card's life, in the domain `PrepaidEscrow`, version `1`.
library TypedData {
    bytes32 internal constant CONSUMPTION_TYPEHASH = keccak256(
        "Consumption(bytes32 cardId,uint88 cumulative,bytes32 receipt)"
    );
    bytes32 internal constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(uint32 merchantId,Consumption[] consumptions,uint48 deadline)Consumption(bytes32 cardId,uint88 cumulative,bytes32 receipt)"
    );
    bytes32 internal constant EXIT_REQUEST_TYPEHASH = keccak256(
        "ExitRequest(bytes32 cardId,uint8 nonce,uint48 deadline)"
    );
    bytes32 internal constant COMPLAINT_TYPEHASH = keccak256(
        "Complaint(bytes32 cardId,bytes32 evidence,uint8 nonce,uint48 deadline)"
    );

    function digest(bytes32 domainSeparator, bytes32 structHash) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }

    /// @dev The message's three members lie side by side in a voucher, in the order they are hashed in.
    function hashConsumption(KeyVoucher calldata voucher) internal pure returns (bytes32 structHash) {
        bytes32 typehash = CONSUMPTION_TYPEHASH;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, typehash)
            calldatacopy(add(data, 0x20), voucher, 0x60)
            structHash := keccak256(data, 0x80)
        }
    }

    function hashConsumption(bytes32 cardId, uint88 cumulative, bytes32 receipt) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONSUMPTION_TYPEHASH, cardId, cumulative, receipt));
    }

    /// @dev EIP-712: an array is hashed as the concatenation of its members' struct hashes.
    function hashSettlement(
        uint32 merchantId,
        KeyVoucher[] calldata vouchers,
        uint48 deadline
    ) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](vouchers.length);
        for (uint256 i = 0; i < vouchers.length; ++i) {
            hashes[i] = hashConsumption(vouchers[i]);
        }
        return keccak256(abi.encode(SETTLEMENT_TYPEHASH, merchantId, keccak256(abi.encodePacked(hashes)), deadline));
    }

    function hashExitRequest(bytes32 cardId, uint8 nonce, uint48 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(EXIT_REQUEST_TYPEHASH, cardId, nonce, deadline));
    }

    function hashComplaint(
        bytes32 cardId,
        bytes32 evidence,
        uint8 nonce,
        uint48 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(COMPLAINT_TYPEHASH, cardId, evidence, nonce, deadline));
    }
}

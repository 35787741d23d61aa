// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {KeyVoucher} from "../interfaces/IPrepaidEscrow.sol";

/// @title Messages that wallets sign
/// @notice EIP-712 hashes of the messages of a card's life, in the domain `PrepaidEscrow`, version `1`.
library TypedData {
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant NAME_HASH = keccak256("PrepaidEscrow");
    bytes32 private constant VERSION_HASH = keccak256("1");

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

    /// @notice The domain separator of the escrow this code runs in, for linked libraries: the core keeps its own in its code.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
    }

    function digest(bytes32 separator, bytes32 structHash) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }

    /// @dev The three members of the message are the first three words of a voucher, in the order in which they are hashed.
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

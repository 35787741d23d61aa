// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, KeyVoucher} from "../interfaces/IPrepaidEscrow.sol";
import {CardId} from "./CardId.sol";
import {Signatures} from "./Signatures.sol";
import {TypedData} from "./TypedData.sol";

/// @title Requests signed by one and sent by another
/// @notice Checks what a relayer brings. Linked to the escrow.
library SignedRequests {
    /// @notice The furthest a signed request's deadline may lie ahead.
    uint256 internal constant MAX_AGE = 30 days;

    /// @notice Reverts unless `operator` signed the settlement of these vouchers.
    function requireSettlement(
        bytes32 domainSeparator,
        uint32 merchantId,
        KeyVoucher[] calldata vouchers,
        uint48 deadline,
        address operator,
        bytes calldata signature
    ) external view {
        bytes32 structHash = TypedData.hashSettlement(merchantId, vouchers, deadline);
        _require(domainSeparator, structHash, deadline, operator, signature);
    }

    /// @notice Reverts unless the card's holder signed a request to leave with this nonce.
    function requireExitRequest(
        bytes32 domainSeparator,
        bytes32 cardId,
        uint8 nonce,
        uint48 deadline,
        bytes calldata signature
    ) external view {
        bytes32 structHash = TypedData.hashExitRequest(cardId, nonce, deadline);
        _require(domainSeparator, structHash, deadline, CardId.holderOf(cardId), signature);
    }

    /// @notice Reverts unless the card's holder signed this complaint with this nonce.
    function requireComplaint(
        bytes32 domainSeparator,
        bytes32 cardId,
        bytes32 evidence,
        uint8 nonce,
        uint48 deadline,
        bytes calldata signature
    ) external view {
        bytes32 structHash = TypedData.hashComplaint(cardId, evidence, nonce, deadline);
        _require(domainSeparator, structHash, deadline, CardId.holderOf(cardId), signature);
    }

    function _require(
        bytes32 domainSeparator,
        bytes32 structHash,
        uint48 deadline,
        address signer,
        bytes calldata signature
    ) private view {
        require(block.timestamp <= deadline, IPrepaidEscrow.SignatureExpired(block.timestamp, deadline));
        uint256 latest = block.timestamp + MAX_AGE;
        require(deadline <= latest, IPrepaidEscrow.SignatureDeadlineTooFar(deadline, latest));
        bytes32 digest = TypedData.digest(domainSeparator, structHash);
        require(Signatures.isValid(signer, digest, signature), IPrepaidEscrow.SignatureInvalid(signer));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IPrepaidEscrow, KeyVoucher} from "../interfaces/IPrepaidEscrow.sol";
import {Checks} from "../logic/Checks.sol";
import {Signatures} from "../logic/Signatures.sol";
import {TypedData} from "../logic/TypedData.sol";
import {CardId} from "../types/CardId.sol";
import {EscrowStorage} from "../types/EscrowState.sol";

/// @title Requests signed by one account and sent by another
/// @notice Checks the signatures that a relayer brings. Each function has the parameters of the escrow's function that calls it.
library SignedRequests {
    /// @notice Longest time from now to a signed request's deadline, in seconds.
    uint256 internal constant MAX_AGE = 30 days;

    /// @notice Reverts unless `operator` signed the settlement of these vouchers.
    function requireSettlement(
        uint32 merchantId,
        KeyVoucher[] calldata vouchers,
        uint48 deadline,
        address operator,
        bytes calldata signature
    ) external view {
        _require(TypedData.hashSettlement(merchantId, vouchers, deadline), deadline, operator, signature);
    }

    /// @notice Reverts unless the holder of an open card signed a request to leave with the card's nonce.
    function requireExitRequest(bytes32 cardId, uint48 deadline, bytes calldata signature) external view {
        bytes32 structHash = TypedData.hashExitRequest(cardId, _nonce(cardId), deadline);
        _require(structHash, deadline, CardId.holderOf(cardId), signature);
    }

    /// @notice Reverts unless the holder of an open card signed this complaint with the card's nonce.
    function requireComplaint(
        bytes32 cardId,
        bytes32 evidence,
        uint48 deadline,
        bytes calldata signature
    ) external view {
        bytes32 structHash = TypedData.hashComplaint(cardId, evidence, _nonce(cardId), deadline);
        _require(structHash, deadline, CardId.holderOf(cardId), signature);
    }

    function _nonce(bytes32 cardId) private view returns (uint8) {
        return Checks.requireOpenCard(EscrowStorage.state(), cardId).nonce();
    }

    function _require(bytes32 structHash, uint48 deadline, address signer, bytes calldata signature) private view {
        require(block.timestamp <= deadline, IPrepaidEscrow.SignatureExpired(block.timestamp, deadline));
        uint256 latest = block.timestamp + MAX_AGE;
        require(deadline <= latest, IPrepaidEscrow.SignatureDeadlineTooFar(deadline, latest));
        bytes32 digest = TypedData.digest(TypedData.domainSeparator(), structHash);
        require(Signatures.isValid(signer, digest, signature), IPrepaidEscrow.SignatureInvalid(signer));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IPrepaidEscrow} from "../interfaces/IPrepaidEscrow.sol";

/// @title Signatures of keys and contracts
/// @notice Tries the key first and the contract (ERC-1271) after, because an EIP-7702 account has code but signs with its key.
library Signatures {
    /// @notice Gas for a contract holder to check a signature: enough to verify a passkey in Solidity.
    uint256 internal constant ERC1271_GAS = 400_000;
    /// @dev Gas needed so that 63/64 of it are `ERC1271_GAS` (EIP-150), with a reserve for the rest of the call.
    uint256 internal constant ERC1271_GAS_NEEDED = (ERC1271_GAS * 64) / 63 + 10_000;

    /// @notice Whether `account` signed `digest`. A contract is called with fixed gas and 32 bytes of return data, so that it cannot
    /// block a batch. A sender cannot make a valid signature fail by giving little gas.
    function isValid(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (problem == ECDSA.RecoverError.NoError && signer == account) return true;
        return account.code.length != 0 && _isValidForContract(account, digest, signature);
    }

    function _isValidForContract(
        address account,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bool valid) {
        bytes memory data = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bytes4 magic = IERC1271.isValidSignature.selector;
        uint256 available = gasleft();
        require(available >= ERC1271_GAS_NEEDED, IPrepaidEscrow.GasInsufficient(available, ERC1271_GAS_NEEDED));
        uint256 gasLimit = ERC1271_GAS;
        // A Solidity call would copy all the data that a hostile contract returns.
        assembly ("memory-safe") {
            let success := staticcall(gasLimit, account, add(data, 0x20), mload(data), 0x00, 0x20)
            valid := and(and(success, gt(returndatasize(), 0x1f)), eq(mload(0x00), magic))
        }
    }
}

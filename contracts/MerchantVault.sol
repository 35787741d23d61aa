// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC3009} from "./interfaces/IERC3009.sol";
import {Vault} from "./Vault.sol";

/// @title One merchant's prepaid money
/// @notice Holds the tokens of one merchant's cards and obeys the escrow alone. A bug, a freeze or a bankruptcy of one merchant
/// stays in its vault.
contract MerchantVault is Vault {
    /// @notice Thrown when anyone but the escrow calls.
    error VaultCallerNotEscrow(address caller, address escrow);

    /// @notice The only address this vault obeys.
    address public immutable escrow = msg.sender;

    /// @notice Takes `amount` base units from `from` under an ERC-3009 authorization made out to this vault.
    function receiveWithAuthorization(
        address from,
        uint256 amount,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        _requireCreator();
        IERC3009(address(token)).receiveWithAuthorization(
            from,
            address(this),
            amount,
            validAfter,
            validBefore,
            nonce,
            v,
            r,
            s
        );
    }

    /// @inheritdoc Vault
    function _requireCreator() internal view override {
        require(msg.sender == escrow, VaultCallerNotEscrow(msg.sender, escrow));
    }
}

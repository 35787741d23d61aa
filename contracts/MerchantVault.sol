// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IERC3009} from "./interfaces/IERC3009.sol";
import {IVaultFactory} from "./interfaces/IVaultFactory.sol";

/// @title One merchant's prepaid money
/// @notice Holds the tokens of one merchant's cards and obeys the escrow alone. `token.balanceOf(vault)` is what a
/// regulator reads; a bug, a freeze or a bankruptcy of one merchant stays in its vault.
/// @dev Deployed with CREATE2 from a constant init code, so that its address needs no storage to be known.
/// Assumption: the token takes no fee, does not rebase, has no hooks, and fails with `false` or a revert at bounded cost.
contract MerchantVault {
    using SafeERC20 for IERC20;

    /// @notice Thrown when anyone but the escrow calls.
    error VaultCallerNotEscrow(address caller, address escrow);

    /// @notice The only address this vault obeys.
    address public immutable escrow;
    /// @notice The only token this vault moves.
    IERC20 public immutable token;

    modifier onlyEscrow() {
        require(msg.sender == escrow, VaultCallerNotEscrow(msg.sender, escrow));
        _;
    }

    constructor() {
        escrow = msg.sender;
        token = IERC20(IVaultFactory(msg.sender).vaultToken());
    }

    /// @notice Pays `amount` base units to `to`, or reverts.
    function pay(address to, uint256 amount) external onlyEscrow {
        token.safeTransfer(to, amount);
    }

    /// @notice Pays `amount` base units to `to`, or answers `false` and changes nothing.
    function tryPay(address to, uint256 amount) external onlyEscrow returns (bool paid) {
        return token.trySafeTransfer(to, amount);
    }

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
    ) external onlyEscrow {
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
}

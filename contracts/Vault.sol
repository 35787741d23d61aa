// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IVaultFactory} from "./interfaces/IVaultFactory.sol";

/// @title A vault
/// @notice Holds the tokens of one merchant for one purpose and obeys the contract that created it alone.
/// `token.balanceOf(vault)` is the figure a regulator reads.
/// @dev Deployed with CREATE2 from a constant init code, so that its address is known without storage.
/// Assumption: the token takes no fee, does not rebase, has no hooks, and fails with `false` or a revert at bounded cost.
abstract contract Vault {
    using SafeERC20 for IERC20;

    /// @notice The only token this vault moves.
    IERC20 public immutable token;

    constructor() {
        token = IERC20(IVaultFactory(msg.sender).vaultToken());
    }

    /// @notice Pays `amount` base units to `to`, or reverts.
    function pay(address to, uint256 amount) external {
        _requireCreator();
        token.safeTransfer(to, amount);
    }

    /// @notice Pays `amount` base units to `to`, or returns `false` and changes nothing.
    function tryPay(address to, uint256 amount) external returns (bool paid) {
        _requireCreator();
        return token.trySafeTransfer(to, amount);
    }

    /// @dev Refuses every caller but the contract that created this vault.
    function _requireCreator() internal view virtual;
}

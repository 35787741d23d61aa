// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IVaultFactory} from "./interfaces/IVaultFactory.sol";

/// @title One merchant's deposit, or the surety of one
/// @notice Holds the tokens of one deposit and obeys the deposit register alone. `token.balanceOf(vault)` is what a regulator
/// reads; no vault ever holds money of two merchants, nor a deposit and a surety together.
/// @dev Deployed with CREATE2 from a constant init code, so that its address needs no storage to be known.
/// Assumption: the token takes no fee, does not rebase, has no hooks, and fails with `false` or a revert at bounded cost.
contract DepositVault {
    using SafeERC20 for IERC20;

    /// @notice Thrown when anyone but the register calls.
    error VaultCallerNotRegister(address caller, address register);

    /// @notice The only address this vault obeys.
    address public immutable register;
    /// @notice The only token this vault moves.
    IERC20 public immutable token;

    modifier onlyRegister() {
        require(msg.sender == register, VaultCallerNotRegister(msg.sender, register));
        _;
    }

    constructor() {
        register = msg.sender;
        token = IERC20(IVaultFactory(msg.sender).vaultToken());
    }

    /// @notice Pays `amount` base units to `to`, or reverts.
    function pay(address to, uint256 amount) external onlyRegister {
        token.safeTransfer(to, amount);
    }

    /// @notice Pays `amount` base units to `to`, or answers `false` and changes nothing.
    function tryPay(address to, uint256 amount) external onlyRegister returns (bool paid) {
        return token.trySafeTransfer(to, amount);
    }
}

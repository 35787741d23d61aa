// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Vault} from "./Vault.sol";

/// @title One merchant's deposit, or the surety of one
/// @notice Holds the tokens of one deposit and obeys the deposit register alone. No vault ever holds money of two merchants, or a
/// deposit together with a surety.
contract DepositVault is Vault {
    /// @notice Thrown when anyone but the register calls.
    error VaultCallerNotRegister(address caller, address register);

    /// @notice The only address this vault obeys.
    address public immutable register = msg.sender;

    /// @inheritdoc Vault
    function _requireCreator() internal view override {
        require(msg.sender == register, VaultCallerNotRegister(msg.sender, register));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title The contract that creates a vault
/// @notice A vault takes no constructor argument, so that its address follows from its creator and the merchant id alone. It reads
/// its token from its creator instead.
interface IVaultFactory {
    /// @notice The token of the vault being created in this transaction; zero at any other time.
    function vaultToken() external view returns (address);
}

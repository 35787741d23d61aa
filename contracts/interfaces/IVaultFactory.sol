// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title What a new vault asks of the contract that creates it
/// @notice A vault takes no constructor argument, so that its address follows from the escrow and the merchant id alone.
interface IVaultFactory {
    /// @notice The token of the vault being created in this transaction; zero at any other time.
    function vaultToken() external view returns (address);
}

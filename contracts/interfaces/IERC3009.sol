// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title The part of ERC-3009 a vault uses
/// @notice A transfer signed by the payer that only the payee can submit, so that nobody can use it outside its purchase.
interface IERC3009 {
    /// @notice Moves `value` from `from` to `to`, the caller, under `from`'s signature.
    /// @param from The payer, who signed.
    /// @param to The payee; must be the caller.
    /// @param value Amount in token base units.
    /// @param validAfter Unix time after which the authorization is valid.
    /// @param validBefore Unix time before which the authorization is valid.
    /// @param nonce Chosen by the payer, valid once.
    /// @param v Signature, with `r` and `s`.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}

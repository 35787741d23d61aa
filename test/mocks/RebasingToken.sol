// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token whose issuer takes from balances, and stops all transfers
/// @notice As one that rebases, is seized from, or is paused.
contract RebasingToken is TestToken {
    /// @notice Thrown by every transfer while it is paused.
    error TokenPaused();

    /// @notice Whether nothing moves.
    bool public paused;

    /// @notice Stops or resumes all transfers.
    function setPaused(bool value) external {
        paused = value;
    }

    /// @notice Takes `amount` base units from an account.
    function shrink(address account, uint256 amount) external {
        _burn(account, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!paused || from == address(0) || to == address(0), TokenPaused());
        super._update(from, to, value);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token whose issuer blocks addresses
/// @notice A blocked account neither sends nor receives; everybody else is served.
contract BlockingToken is TestToken {
    /// @notice Thrown when a transfer touches a blocked account.
    error AccountBlocked(address account);

    /// @notice Whom the issuer has blocked.
    mapping(address account => bool) public blocked;

    /// @notice Blocks an account, or unblocks it.
    function setBlocked(address account, bool value) external {
        blocked[account] = value;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!blocked[from], AccountBlocked(from));
        require(!blocked[to], AccountBlocked(to));
        super._update(from, to, value);
    }
}

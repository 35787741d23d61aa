// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title A role manager that permits everything to everybody, after a wait, and calls somebody when it is asked to end the wait
/// @notice What an administrator can put in the place of the `AccessManager`. Failures of its call are kept, not passed on.
contract HostileManager {
    address private _target;
    bytes private _data;

    /// @notice Whether the last call back got through, and how often it was tried.
    bool public reached;
    uint256 public callbacks;

    /// @notice From now on it calls `target` with `data` whenever a permission is used.
    function arm(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// @dev Anybody may do anything; the delay makes the contract call back.
    function canCall(address, address, bytes4) external pure returns (bool immediate, uint32 delay) {
        return (false, 1);
    }

    /// @dev Called in the middle of a restricted function.
    function consumeScheduledOp(address, bytes calldata) external {
        if (_target == address(0)) return;
        ++callbacks;
        (reached, ) = _target.call(_data);
    }
}

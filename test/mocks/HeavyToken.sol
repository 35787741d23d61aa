// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "./TestToken.sol";

/// @title A token whose transfers cost what its issuer says, and whose refusals weigh what its issuer says
/// @notice Beyond what the escrow assumes of a token: the bounds of what such a one can do.
contract HeavyToken is TestToken {
    /// @notice Gas each transfer burns before it does anything.
    uint256 public burden;
    /// @notice Whom it refuses, with `weight` bytes of reason.
    mapping(address account => bool) public refused;
    uint256 public weight;

    /// @notice Sets what each transfer burns.
    function setBurden(uint256 gas_) external {
        burden = gas_;
    }

    /// @notice Refuses an account, with a reason of so many bytes.
    function refuse(address account, uint256 bytes_) external {
        refused[account] = true;
        weight = bytes_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        uint256 size = weight;
        if (refused[to]) {
            assembly {
                revert(0x00, size)
            }
        }
        uint256 atStart = gasleft();
        uint256 burnt = burden;
        while (atStart - gasleft() < burnt) continue;
        return super.transfer(to, value);
    }
}

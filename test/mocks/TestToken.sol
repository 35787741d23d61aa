// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title A stablecoin for local networks and tests
/// @notice Six decimals, permits (ERC-2612) and signed transfers (ERC-3009), as the large stablecoins have them. Anyone mints.
/// @dev One EIP-712 domain for both kinds of signature: the token's name, version `1`.
contract TestToken is ERC20, ERC20Permit, ERC3009 {
    constructor() ERC20("Test Yuan", "TCNY") ERC20Permit("Test Yuan") {}

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Six, as the large stablecoins have.
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token whose decimals change
/// @notice What an upgrade of a token behind a proxy can do.
contract UpgradeableToken is ERC20 {
    uint8 private _decimals = 6;

    constructor() ERC20("Test Coin", "COIN") {}

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice From now on the token says that it has `decimals_` decimals.
    function setDecimals(uint8 decimals_) external {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

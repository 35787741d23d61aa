// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token with a chosen number of decimals, which can change
contract DecimalsToken is ERC20 {
    uint8 private _decimals;

    constructor(uint8 decimals_) ERC20("Test Coin", "COIN") {
        _decimals = decimals_;
    }

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice From now on the token says that it has so many.
    function setDecimals(uint8 value) external {
        _decimals = value;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that accepts every call
/// @notice Knows no authorizations and no permits, but answers a call to any function it does not have by doing nothing, as
/// wrapped ether does.
contract AcceptingToken is ERC20 {
    constructor() ERC20("Test Ether", "TETH") {}

    // solhint-disable-next-line no-empty-blocks, payable-fallback
    fallback() external {}

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

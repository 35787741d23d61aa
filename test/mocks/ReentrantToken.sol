// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title A token that calls somebody before it does what it was asked
/// @notice `arm` says in which of its functions, and whom with what. A failure of that call is passed on as it is.
/// @dev Views call back statically.
contract ReentrantToken is ERC20, ERC20Permit, ERC3009 {
    bytes4 private _hook;
    address private _target;
    bytes private _data;

    /// @notice How often a function that is no view has called back, and what the last call answered.
    uint256 public callbacks;
    bytes public answer;

    modifier callsBack() {
        if (msg.sig == _hook) {
            ++callbacks;
            answer = Address.functionCall(_target, _data);
        }
        _;
    }

    modifier callsBackStatically() {
        if (msg.sig == _hook) Address.functionStaticCall(_target, _data);
        _;
    }

    constructor() ERC20("Test Yuan", "TCNY") ERC20Permit("Test Yuan") {}

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice From now on the function `hook` calls `target` with `data`; a zero `hook` ends it.
    function arm(bytes4 hook, address target, bytes calldata data) external {
        _hook = hook;
        _target = target;
        _data = data;
    }

    function transfer(address to, uint256 value) public override callsBack returns (bool) {
        return super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override callsBack returns (bool) {
        return super.transferFrom(from, to, value);
    }

    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public override callsBack {
        super.permit(owner, spender, value, deadline, v, r, s);
    }

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
    ) public override callsBack {
        super.receiveWithAuthorization(from, to, value, validAfter, validBefore, nonce, v, r, s);
    }

    function balanceOf(address account) public view override callsBackStatically returns (uint256) {
        return super.balanceOf(account);
    }

    function decimals() public view override callsBackStatically returns (uint8) {
        return 6;
    }
}

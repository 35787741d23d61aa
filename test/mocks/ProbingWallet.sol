// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title A wallet that makes a call while it is asked, and agrees only if a re-entrancy guard refuses it
contract ProbingWallet is IERC1271 {
    address private _target;
    bytes private _data;

    /// @notice From now on it calls `target` with `data` whenever it is asked for a signature.
    function arm(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    /// @notice Makes a call of one's choice, as a wallet does.
    function run(address target, bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory answer) = target.call(data);
        require(success);
        return answer;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        (bool success, bytes memory answer) = _target.staticcall{gas: 100_000}(_data);
        bool refused = !success && bytes4(answer) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        return refused ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

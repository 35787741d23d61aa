// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title Calls to linked libraries with the caller's own calldata
/// @notice What a typed call would do, without decoding the arguments and encoding them again: see docs/adr/0008.
library Linked {
    /// @notice Calls a linked library's function with the arguments of this call, and answers the first word it returns.
    function forward(address library_, bytes4 selector) internal returns (uint256 result) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            calldatacopy(add(data, 4), 4, sub(calldatasize(), 4))
            // A call to no code would succeed.
            if iszero(extcodesize(library_)) {
                revert(0x00, 0x00)
            }
            if iszero(delegatecall(gas(), library_, data, calldatasize(), 0x00, 0x20)) {
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
            result := mload(0x00)
        }
    }

    /// @notice Answers this call with a linked library's view of the same arguments. Does not return to its caller.
    function forwardView(address library_, bytes4 selector) internal view {
        function(address, bytes4) internal forwardAndReturn = _forwardAndReturn;
        function(address, bytes4) internal view asView;
        // The libraries' functions behind it are views; the compiler has no delegatecall that can say so.
        assembly ("memory-safe") {
            asView := forwardAndReturn
        }
        asView(library_, selector);
        // Not reached: the call has been answered.
        // solhint-disable-next-line gas-custom-errors
        revert();
    }

    // solhint-disable-next-line no-unused-private-funcs
    function _forwardAndReturn(address library_, bytes4 selector) private {
        forward(library_, selector);
        assembly ("memory-safe") {
            let data := mload(0x40)
            returndatacopy(data, 0, returndatasize())
            return(data, returndatasize())
        }
    }
}

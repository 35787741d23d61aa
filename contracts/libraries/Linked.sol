// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title Calls to linked libraries with the caller's own calldata
/// @notice What a typed call would do, without decoding and encoding: see docs/adr/0008.
library Linked {
    /// @notice Answers this call with a linked library's view of the same arguments. Does not return to its caller.
    function forwardView(address library_, bytes4 selector) internal view {
        function(address, bytes4) internal forward = _forward;
        function(address, bytes4) internal view forwardAsView;
        // The function behind it is a view; the compiler has no delegatecall that can say so.
        assembly ("memory-safe") {
            forwardAsView := forward
        }
        forwardAsView(library_, selector);
        // Not reached: the call has been answered.
        // solhint-disable-next-line gas-custom-errors
        revert();
    }

    // solhint-disable-next-line no-unused-private-funcs
    function _forward(address library_, bytes4 selector) private {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            calldatacopy(add(data, 4), 4, sub(calldatasize(), 4))
            // A call to no code would succeed.
            if iszero(extcodesize(library_)) {
                revert(0x00, 0x00)
            }
            let success := delegatecall(gas(), library_, data, calldatasize(), 0x00, 0x00)
            returndatacopy(data, 0, returndatasize())
            if iszero(success) {
                revert(data, returndatasize())
            }
            return(data, returndatasize())
        }
    }
}

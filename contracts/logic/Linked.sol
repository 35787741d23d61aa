// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title Calls of linked libraries with the caller's own calldata
/// @notice Does what a typed call would do, without decoding the arguments and encoding them again: see docs/adr/0008.
/// @dev The library's function must have the parameters of the function that forwards, or the first of them: it does not read what
/// follows. The compiler does not check that, so tests call every one of them with every argument.
library Linked {
    /// @notice Calls a linked library's function with the arguments of this call, and drops what it returns.
    function forward(address library_, bytes4 selector) internal {
        forwardForWord(library_, selector);
    }

    /// @notice Calls a linked library's function with the arguments of this call, and returns the first word of its answer.
    function forwardForWord(address library_, bytes4 selector) internal returns (uint256 result) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            calldatacopy(add(data, 4), 4, sub(calldatasize(), 4))
            // A call to an address without code would succeed and do nothing.
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
        _asView(_forwardAndAnswer)(library_, selector);
        // Never reached. It keeps the compiler from encoding an empty answer after it.
        // solhint-disable-next-line gas-custom-errors
        revert();
    }

    /// @dev Ends this call with the library's answer, as it is.
    // solhint-disable-next-line no-unused-private-funcs
    function _forwardAndAnswer(address library_, bytes4 selector) private {
        forwardForWord(library_, selector);
        assembly ("memory-safe") {
            let data := mload(0x40)
            returndatacopy(data, 0, returndatasize())
            return(data, returndatasize())
        }
    }

    /// @dev The same function under the type of a view. Solidity allows no `delegatecall` in a view, because it cannot know that
    /// the called code writes nothing. We know it: every function that is called through `forwardView` is itself a `view` of its
    /// library, which the compiler checks there.
    function _asView(
        function(address, bytes4) internal forwarding
    ) private pure returns (function(address, bytes4) internal view callAsView) {
        assembly ("memory-safe") {
            callAsView := forwarding
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ContractVoucher, IPrepaidEscrow} from "../../contracts/interfaces/IPrepaidEscrow.sol";

/// @title A wallet that does what its key says
contract KeyWallet is IERC1271 {
    address private immutable OWNER;

    constructor(address owner) {
        OWNER = owner;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes memory signature) external view returns (bytes4) {
        (address signer, , ) = ECDSA.tryRecover(hash, signature);
        return signer == OWNER ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title A wallet that answers 32 bytes of one's choice to everything
contract AnsweringWallet is IERC1271 {
    bytes32 private immutable ANSWER;

    constructor(bytes32 answer) {
        ANSWER = answer;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        bytes32 answer = ANSWER;
        assembly ("memory-safe") {
            mstore(0x00, answer)
            return(0x00, 0x20)
        }
    }
}

/// @title A wallet that answers the first bytes of the right word, but not all 32
contract ShortAnswerWallet is IERC1271 {
    uint256 private immutable LENGTH;

    constructor(uint256 length) {
        LENGTH = length;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        bytes32 magic = IERC1271.isValidSignature.selector;
        uint256 length = LENGTH;
        assembly ("memory-safe") {
            mstore(0x00, magic)
            return(0x00, length)
        }
    }
}

/// @title A wallet that reverts, and hands back the right word as the reason
contract RevertingWallet is IERC1271 {
    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external pure returns (bytes4) {
        bytes32 magic = IERC1271.isValidSignature.selector;
        assembly ("memory-safe") {
            mstore(0x00, magic)
            revert(0x00, 0x20)
        }
    }
}

/// @title A wallet that never comes to an end
contract GasBurnerWallet is IERC1271 {
    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        uint256 sum = 0;
        while (gasleft() > 0) sum += gasleft();
        return bytes4(uint32(sum));
    }
}

/// @title A wallet that agrees after hard work
/// @dev Agrees if it gets `needed` gas and uses most of it.
contract HungryWallet is IERC1271 {
    uint256 private immutable NEEDED;

    constructor(uint256 needed) {
        NEEDED = needed;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        uint256 atStart = gasleft();
        // What the call itself has cost by now.
        uint256 needed = NEEDED - 500;
        while (atStart - gasleft() < needed - 500) continue;
        return IERC1271.isValidSignature.selector;
    }
}

/// @title A wallet that agrees only if it is given as much gas as it expects
contract MeteringWallet is IERC1271 {
    uint256 private immutable MIN;
    uint256 private immutable MAX;

    constructor(uint256 min, uint256 max) {
        (MIN, MAX) = (min, max);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        uint256 given = gasleft();
        return given >= MIN && given <= MAX ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title A wallet that answers, or reverts with, far more than it was asked for
contract ReturnBombWallet is IERC1271 {
    bool private immutable AGREES;

    constructor(bool agrees) {
        AGREES = agrees;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        bytes32 magic = IERC1271.isValidSignature.selector;
        bool agrees = AGREES;
        // About 380 000 gas of memory.
        assembly {
            mstore(0x00, magic)
            if agrees {
                return(0x00, 410000)
            }
            revert(0x00, 410000)
        }
    }
}

/// @title A wallet that calls the escrow back while it is asked, and agrees only if that has no effect
/// @dev It agrees too if it may read, and sees its card not booked yet.
contract ReenteringWallet is IERC1271 {
    IPrepaidEscrow private immutable ESCROW;
    bytes32 private _cardId;

    constructor(IPrepaidEscrow escrow) {
        ESCROW = escrow;
    }

    /// @notice Names the card the wallet looks at.
    function watch(bytes32 cardId) external {
        _cardId = cardId;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        bytes32[] memory cardIds = new bytes32[](1);
        cardIds[0] = _cardId;
        ContractVoucher[] memory vouchers = new ContractVoucher[](0);
        bool reentered =
            _reaches(abi.encodeCall(ESCROW.settleContractHolders, (1, vouchers))) ||
                _reaches(abi.encodeCall(ESCROW.payOut, (1))) ||
                _reaches(abi.encodeCall(ESCROW.accrue, (cardIds))) ||
                _reaches(abi.encodeCall(ESCROW.executeExitTo, (cardIds[0], address(this)))) ||
                _reaches(abi.encodeCall(ESCROW.requestExit, (cardIds[0])));
        bool unbooked = ESCROW.card(cardIds[0]).consumed == 0;
        return unbooked && !reentered ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function _reaches(bytes memory data) private view returns (bool success) {
        (success, ) = address(ESCROW).staticcall{gas: 50_000}(data);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CardStatus, DisputeKind} from "../interfaces/IPrepaidEscrow.sol";
import {Word} from "./Word.sol";

/// @dev A card's slot. To find it costs a hash, so it is found once, then read and written.
struct CardSlot {
    Card card;
}

/// @notice A card:
/// principal (88 bits) | consumed (88) | openedAt (32) | exitRequestedAt (32) | status (2) | flags (6) | nonce (8).
type Card is uint256;

using Cards for Card global;

library Cards {
    uint256 private constant PRINCIPAL = 0;
    uint256 private constant CONSUMED = 88;
    uint256 private constant OPENED_AT = 176;
    uint256 private constant EXIT_REQUESTED_AT = 208;
    uint256 private constant STATUS = 240;
    uint256 private constant FLAGS = 242;
    uint256 private constant NONCE = 248;

    uint256 private constant AMOUNT_BITS = 88;
    uint256 private constant TIME_BITS = 32;
    uint256 private constant STATUS_BITS = 2;
    uint256 private constant STATUS_AND_FLAGS_BITS = 8;
    uint256 private constant NONCE_BITS = 8;

    /// @dev A dispute is open. It is about the request to leave if there is one, else it is a complaint.
    uint256 internal constant DISPUTED = 1 << FLAGS;
    /// @dev An exit was contested and the contest dismissed: the merchant cannot contest another exit.
    uint256 internal constant CONTEST_DISMISSED = 1 << (FLAGS + 1);
    /// @dev A move is pending, if it has not lapsed.
    uint256 internal constant MOVING = 1 << (FLAGS + 2);
    /// @dev The pass was extended after its cooling-off: the extension begins no second one.
    uint256 internal constant COOLING_OFF_OVER = 1 << (FLAGS + 3);

    function open(uint256 principal_, uint256 openedAt_) internal pure returns (Card) {
        uint256 word = Word.set(0, PRINCIPAL, AMOUNT_BITS, principal_);
        word = Word.set(word, OPENED_AT, TIME_BITS, openedAt_);
        return Card.wrap(Word.set(word, STATUS, STATUS_AND_FLAGS_BITS, uint256(CardStatus.Open)));
    }

    function principal(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), PRINCIPAL, AMOUNT_BITS);
    }

    function consumed(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), CONSUMED, AMOUNT_BITS);
    }

    function openedAt(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), OPENED_AT, TIME_BITS);
    }

    function exitRequestedAt(Card self) internal pure returns (uint256) {
        return Word.get(Card.unwrap(self), EXIT_REQUESTED_AT, TIME_BITS);
    }

    function status(Card self) internal pure returns (CardStatus) {
        return CardStatus(Word.get(Card.unwrap(self), STATUS, STATUS_BITS));
    }

    function isOpen(Card self) internal pure returns (bool) {
        return Word.get(Card.unwrap(self), STATUS, STATUS_BITS) == uint256(CardStatus.Open);
    }

    /// @dev Whether the card is open and has no flag: no dispute, no dismissed contest, no move, no extension.
    function isPlainlyOpen(Card self) internal pure returns (bool) {
        return Word.get(Card.unwrap(self), STATUS, STATUS_AND_FLAGS_BITS) == uint256(CardStatus.Open);
    }

    /// @param flag One of the constants above.
    function has(Card self, uint256 flag) internal pure returns (bool) {
        return Card.unwrap(self) & flag != 0;
    }

    /// @dev Whether the holder's complaint is open.
    function hasComplaint(Card self) internal pure returns (bool) {
        return self.has(DISPUTED) && self.exitRequestedAt() == 0;
    }

    /// @dev The subject of the dispute of an open card.
    function disputeKind(Card self) internal pure returns (DisputeKind) {
        if (!self.has(DISPUTED)) return DisputeKind.None;
        return self.hasComplaint() ? DisputeKind.Complaint : DisputeKind.Contest;
    }

    function nonce(Card self) internal pure returns (uint8) {
        return uint8(Word.get(Card.unwrap(self), NONCE, NONCE_BITS));
    }

    function withConsumed(Card self, uint256 value) internal pure returns (Card) {
        return Card.wrap(Word.set(Card.unwrap(self), CONSUMED, AMOUNT_BITS, value));
    }

    /// @dev The flags end with the card; nonce, amounts and dates stay.
    function closed(Card self) internal pure returns (Card) {
        return Card.wrap(Word.set(Card.unwrap(self), STATUS, STATUS_AND_FLAGS_BITS, uint256(CardStatus.Closed)));
    }

    function withExitRequestedAt(Card self, uint256 value) internal pure returns (Card) {
        return Card.wrap(Word.set(Card.unwrap(self), EXIT_REQUESTED_AT, TIME_BITS, value));
    }

    function withOpenedAt(Card self, uint256 value) internal pure returns (Card) {
        return Card.wrap(Word.set(Card.unwrap(self), OPENED_AT, TIME_BITS, value));
    }

    /// @param flags One or more of the constants above.
    function with(Card self, uint256 flags) internal pure returns (Card) {
        return Card.wrap(Card.unwrap(self) | flags);
    }

    /// @param flags One or more of the constants above.
    function without(Card self, uint256 flags) internal pure returns (Card) {
        return Card.wrap(Card.unwrap(self) & ~flags);
    }

    /// @dev Wraps by design: a signed request lives 30 days, and is good for the nonce it names.
    function withNextNonce(Card self) internal pure returns (Card) {
        unchecked {
            // The nonce is the topmost byte: a carry out of it is lost.
            return Card.wrap(Card.unwrap(self) + (1 << NONCE));
        }
    }
}

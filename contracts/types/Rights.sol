// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Word} from "./Word.sol";

/// @notice The rights of a program's cards, copied from its policy:
/// listPrice (88 bits) | cardLimit (88) | exitDelay (24) | coolingOff (24) | accrualDelay (24) | coolingOffInFull (8).
type Rights is uint256;

using RightsOf for Rights global;

library RightsOf {
    uint256 private constant LIST_PRICE = 0;
    uint256 private constant CARD_LIMIT = 88;
    uint256 private constant EXIT_DELAY = 176;
    uint256 private constant COOLING_OFF = 200;
    uint256 private constant ACCRUAL_DELAY = 224;
    uint256 private constant COOLING_OFF_IN_FULL = 248;

    uint256 private constant AMOUNT_BITS = 88;
    uint256 private constant PERIOD_BITS = 24;
    uint256 private constant FLAG_BITS = 8;

    function pack(
        uint256 listPrice_,
        uint256 cardLimit_,
        uint256 exitDelay_,
        uint256 coolingOff_,
        uint256 accrualDelay_,
        bool coolingOffInFull_
    ) internal pure returns (Rights) {
        uint256 word = Word.set(0, LIST_PRICE, AMOUNT_BITS, listPrice_);
        word = Word.set(word, CARD_LIMIT, AMOUNT_BITS, cardLimit_);
        word = Word.set(word, EXIT_DELAY, PERIOD_BITS, exitDelay_);
        word = Word.set(word, COOLING_OFF, PERIOD_BITS, coolingOff_);
        word = Word.set(word, ACCRUAL_DELAY, PERIOD_BITS, accrualDelay_);
        return Rights.wrap(Word.set(word, COOLING_OFF_IN_FULL, FLAG_BITS, coolingOffInFull_ ? 1 : 0));
    }

    function listPrice(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), LIST_PRICE, AMOUNT_BITS);
    }

    /// @dev Principal above which a card is over its limit; zero means that there is no limit.
    function cardLimit(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), CARD_LIMIT, AMOUNT_BITS);
    }

    function exitDelay(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), EXIT_DELAY, PERIOD_BITS);
    }

    function coolingOff(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), COOLING_OFF, PERIOD_BITS);
    }

    /// @dev Whether the days of a pass do not count if its holder leaves in cooling-off.
    function coolingOffInFull(Rights self) internal pure returns (bool) {
        return Word.get(Rights.unwrap(self), COOLING_OFF_IN_FULL, FLAG_BITS) != 0;
    }

    function accrualDelay(Rights self) internal pure returns (uint256) {
        return Word.get(Rights.unwrap(self), ACCRUAL_DELAY, PERIOD_BITS);
    }
}

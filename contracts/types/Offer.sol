// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ProgramKind} from "../interfaces/IPrepaidEscrow.sol";
import {Word} from "./Word.sol";

/// @notice What every sale and settlement must know of a program:
/// price (88 bits) | units (88) | merchantId (32) | policyId (32) | kind (8) | flags (8).
/// @dev A stored-value card of any amount has no price and no units. Its card limit is stored in place of the price, so that a
/// sale reads one slot.
type Offer is uint256;

using Offers for Offer global;

library Offers {
    uint256 internal constant RETIRED = 1 << 0;
    uint256 internal constant BEARER = 1 << 1;
    uint256 internal constant UNILATERAL_EXIT = 1 << 2;
    uint256 internal constant COOLING_OFF_REQUIRES_UNUSED = 1 << 3;
    uint256 internal constant REJECT_OVER_LIMIT = 1 << 4;
    uint256 internal constant REJECT_OVER_CAP = 1 << 5;
    /// @dev The price is above the card limit. A sale reads `Rights` only then.
    uint256 internal constant OVER_LIMIT = 1 << 6;
    /// @dev The policy has fees for leaving, and the program charges them. Leaving reads the policy only then.
    uint256 internal constant CHARGES_FEES = 1 << 7;

    uint256 private constant PRICE_OR_OPEN_LIMIT = 0;
    uint256 private constant UNITS = 88;
    uint256 private constant MERCHANT_ID = 176;
    uint256 private constant POLICY_ID = 208;
    uint256 private constant KIND = 240;
    uint256 private constant FLAGS = 248;

    uint256 private constant AMOUNT_BITS = 88;
    uint256 private constant ID_BITS = 32;
    uint256 private constant KIND_BITS = 8;
    uint256 private constant FLAGS_BITS = 8;

    function pack(
        uint256 priceOrOpenLimit_,
        uint256 units_,
        uint256 merchantId_,
        uint256 policyId_,
        ProgramKind kind_,
        uint256 flags
    ) internal pure returns (Offer) {
        uint256 word = Word.set(0, PRICE_OR_OPEN_LIMIT, AMOUNT_BITS, priceOrOpenLimit_);
        word = Word.set(word, UNITS, AMOUNT_BITS, units_);
        word = Word.set(word, MERCHANT_ID, ID_BITS, merchantId_);
        word = Word.set(word, POLICY_ID, ID_BITS, policyId_);
        word = Word.set(word, KIND, KIND_BITS, uint256(kind_));
        return Offer.wrap(Word.set(word, FLAGS, FLAGS_BITS, flags));
    }

    /// @dev The price. Of a stored-value card of any amount: its card limit, zero if there is none.
    function priceOrOpenLimit(Offer self) internal pure returns (uint256) {
        return Word.get(Offer.unwrap(self), PRICE_OR_OPEN_LIMIT, AMOUNT_BITS);
    }

    /// @dev Face of a card; zero for a stored-value card of any amount.
    function units(Offer self) internal pure returns (uint256) {
        return Word.get(Offer.unwrap(self), UNITS, AMOUNT_BITS);
    }

    function merchantId(Offer self) internal pure returns (uint32) {
        return uint32(Word.get(Offer.unwrap(self), MERCHANT_ID, ID_BITS));
    }

    function policyId(Offer self) internal pure returns (uint32) {
        return uint32(Word.get(Offer.unwrap(self), POLICY_ID, ID_BITS));
    }

    function kind(Offer self) internal pure returns (ProgramKind) {
        return ProgramKind(Word.get(Offer.unwrap(self), KIND, KIND_BITS));
    }

    /// @dev Whether time consumes the card.
    function isPass(Offer self) internal pure returns (bool) {
        return Word.get(Offer.unwrap(self), KIND, KIND_BITS) == uint256(ProgramKind.Pass);
    }

    /// @param flag One of the constants above.
    function has(Offer self, uint256 flag) internal pure returns (bool) {
        return Word.get(Offer.unwrap(self), FLAGS, FLAGS_BITS) & flag != 0;
    }

    function retire(Offer self) internal pure returns (Offer) {
        return Offer.wrap(Offer.unwrap(self) | (RETIRED << FLAGS));
    }
}

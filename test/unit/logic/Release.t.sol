// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Release} from "../../../contracts/logic/Release.sol";

/// @title What consumption is worth
contract ReleaseTest {
    /// @dev A number from 0 to `max`, from any number.
    function _upTo(uint256 value, uint256 max) private pure returns (uint256) {
        return max == type(uint256).max ? value : value % (max + 1);
    }

    /// @dev A program a merchant can publish: a price, and a list price of one to three times as much.
    function _listPrice(uint88 price, uint256 seed) private pure returns (uint256) {
        uint256 most = uint256(price) * 3;
        if (most > type(uint88).max) most = type(uint88).max;
        return price + _upTo(seed, most - price);
    }

    /// @notice The whole face releases the whole principal, none of it nothing, and no part more than the whole.
    function testFuzz_Bounds(uint88 consumed, uint88 principal, uint88 units) external pure {
        uint256 face = Release.face(principal, units);
        uint256 part = _upTo(consumed, face);
        require(Release.released(0, principal, units) == 0, "nothing for nothing");
        require(Release.released(part, principal, units) <= principal, "never more than the principal");
        require(Release.released(face, principal, units) == principal, "all for all");
    }

    /// @notice Released is the largest amount that is not more than consumption's exact share of the principal.
    function testFuzz_Floor(uint88 consumed, uint88 principal, uint88 units) external pure {
        if (units == 0) return;
        uint256 part = _upTo(consumed, units);
        uint256 amount = Release.released(part, principal, units);
        uint256 exact = uint256(part) * principal;
        require(amount * units <= exact, "not more than the exact share");
        require((amount + 1) * units > exact, "and less than one unit below it");
    }

    /// @notice Settling in steps releases in all what settling at once does, and no step takes anything back.
    function testFuzz_Steps(uint88 first, uint88 second, uint88 principal, uint88 units) external pure {
        uint256 face = Release.face(principal, units);
        (uint256 low, uint256 high) = (_upTo(first, face), _upTo(second, face));
        if (low > high) (low, high) = (high, low);
        uint256 before = Release.released(low, principal, units);
        require(before <= Release.released(high, principal, units), "never falls");
    }

    /// @notice An open amount is spent one for one.
    function testFuzz_OpenAmount(uint88 consumed, uint88 principal) external pure {
        uint256 part = _upTo(consumed, principal);
        require(Release.face(principal, 0) == principal, "as many units as principal");
        require(Release.released(part, principal, 0) == part, "one for one");
        require(Release.refundAtListPrice(part, principal, 0, 0) == principal - part, "the rest comes back");
    }

    /// @notice At holder's cause the refund is never above what remains, and never above the principal less the list price.
    function testFuzz_RefundAtListPrice(uint88 consumed, uint88 price, uint88 units, uint256 seed) external pure {
        if (units == 0) return;
        uint256 part = _upTo(consumed, units);
        uint256 listPrice = _listPrice(price, seed);
        uint256 refund = Release.refundAtListPrice(part, price, units, listPrice);
        require(refund <= price - Release.released(part, price, units), "no more than remains");
        // In units of 1 / units: what the holder keeps and what the list price takes are the principal, or the refund is zero.
        uint256 due = part * listPrice;
        if (refund == 0) require(due + units > uint256(price) * units, "zero only if the list price takes all");
        else {
            require(refund * units + due >= uint256(price) * units, "not less than the exact refund");
            require((refund - 1) * units + due < uint256(price) * units, "and less than one unit above it");
        }
    }

    /// @notice Where there is no discount both causes refund the same.
    function testFuzz_NoDiscount(uint88 consumed, uint88 price, uint88 units) external pure {
        if (units == 0) return;
        uint256 part = _upTo(consumed, units);
        uint256 remaining = price - Release.released(part, price, units);
        require(Release.refundAtListPrice(part, price, units, price) == remaining, "the same");
    }

    /// @notice Time counts second by second from the start to the end of a pass.
    function testFuzz_Elapsed(uint32 openedAt, uint32 until, uint32 units) external pure {
        uint256 seconds_ = Release.elapsed(openedAt, until, units);
        if (until <= openedAt) require(seconds_ == 0, "none before it begins");
        else if (until - openedAt >= units) require(seconds_ == units, "all after it ends");
        else require(seconds_ == until - openedAt, "one for each second");
    }
}

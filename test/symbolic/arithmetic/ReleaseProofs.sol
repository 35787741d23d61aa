// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Release} from "../../../contracts/logic/Release.sol";

/// @title What consumption is worth, for every number there can be
/// @dev Proved by the compiler's model checker: each assertion holds for all arguments of these widths, and nothing written here
/// overflows, which is what shows that the products in `Release` do not: they are compared with exact ones.
contract ReleaseProofs {
    /* RELEASED */

    /// @notice Nothing consumed, nothing released.
    function nothingForNothing(uint88 principal, uint88 units) external pure {
        assert(Release.released(0, principal, units) == 0);
    }

    /// @notice The whole face releases the whole principal.
    function allForAll(uint88 principal, uint88 units) external pure {
        assert(Release.released(Release.face(principal, units), principal, units) == principal);
    }

    /// @notice No part of the face releases more than the principal.
    function neverMoreThanThePrincipal(uint88 consumed, uint88 principal, uint88 units) external pure {
        require(consumed <= Release.face(principal, units));
        assert(Release.released(consumed, principal, units) <= principal);
    }

    /// @notice Released never falls as consumption grows.
    function neverFalls(uint88 less, uint88 more, uint88 principal, uint88 units) external pure {
        require(less <= more);
        assert(Release.released(less, principal, units) <= Release.released(more, principal, units));
    }

    /// @notice Released is the largest whole amount that is not above the exact share.
    function isTheFloor(uint88 consumed, uint88 principal, uint88 units) external pure {
        require(units != 0);
        uint256 exact = uint256(consumed) * principal;
        uint256 released = Release.released(consumed, principal, units);
        assert(released * units <= exact);
        assert((released + 1) * units > exact);
    }

    /// @notice An open amount is spent one for one.
    function openAmountOneForOne(uint88 consumed, uint88 principal, uint88 listPrice) external pure {
        require(consumed <= principal);
        assert(Release.face(principal, 0) == principal);
        assert(Release.released(consumed, principal, 0) == consumed);
        assert(Release.refundAtListPrice(consumed, principal, 0, listPrice) == principal - consumed);
    }

    /* REFUNDS */

    /// @notice At holder's cause no more is refunded than remains: what is forfeited to the merchant is never below zero.
    function holdersCauseNotAboveIssuers(uint88 consumed, uint88 price, uint88 units, uint88 listPrice) external pure {
        require(consumed <= Release.face(price, units));
        require(price <= listPrice);
        uint256 remaining = price - Release.released(consumed, price, units);
        assert(Release.refundAtListPrice(consumed, price, units, listPrice) <= remaining);
    }

    /// @notice Released, refunded and forfeited are the principal, whichever the cause.
    function conserved(uint88 consumed, uint88 price, uint88 units, uint88 listPrice) external pure {
        require(consumed <= Release.face(price, units));
        require(price <= listPrice);
        uint256 released = Release.released(consumed, price, units);
        uint256 refund = Release.refundAtListPrice(consumed, price, units, listPrice);
        uint256 forfeited = price - released - refund;
        assert(released + refund + forfeited == price);
        assert(forfeited <= price);
    }

    /// @notice The refund is the smallest whole amount that is not below the exact one, and zero where that is below zero.
    function refundIsTheCeiling(uint88 consumed, uint88 price, uint88 units, uint88 listPrice) external pure {
        require(units != 0);
        uint256 due = uint256(consumed) * listPrice;
        uint256 paid = uint256(price) * units;
        uint256 refund = Release.refundAtListPrice(consumed, price, units, listPrice);
        assert(refund * units + due >= paid);
        if (refund != 0) assert((refund - 1) * units + due < paid);
    }

    /// @notice A refund never grows as more is consumed.
    function refundNeverGrows(uint88 less, uint88 more, uint88 price, uint88 units, uint88 listPrice) external pure {
        require(less <= more);
        assert(
            Release.refundAtListPrice(more, price, units, listPrice) <=
                Release.refundAtListPrice(less, price, units, listPrice)
        );
    }

    /// @notice Nothing consumed, everything refunded.
    function unusedIsRefundedWhole(uint88 price, uint88 units, uint88 listPrice) external pure {
        assert(Release.refundAtListPrice(0, price, units, listPrice) == price);
    }

    /// @notice Where there is no discount both causes refund the same.
    function noDiscountNoDifference(uint88 consumed, uint88 price, uint88 units) external pure {
        require(consumed <= Release.face(price, units));
        uint256 remaining = price - Release.released(consumed, price, units);
        assert(Release.refundAtListPrice(consumed, price, units, price) == remaining);
    }

    /* TIME */

    /// @notice Time counts second by second from the start to the end of a pass, and never more than its units.
    function timeCountsFromStartToEnd(uint32 openedAt, uint32 until, uint88 units) external pure {
        uint256 passed = Release.elapsed(openedAt, until, units);
        assert(passed <= units);
        if (until <= openedAt) assert(passed == 0);
        else if (until - openedAt >= units) assert(passed == units);
        else assert(passed == until - openedAt);
    }

    /// @notice Time never runs back.
    function timeNeverRunsBack(uint32 openedAt, uint32 earlier, uint32 later, uint88 units) external pure {
        require(earlier <= later);
        assert(Release.elapsed(openedAt, earlier, units) <= Release.elapsed(openedAt, later, units));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Distributions} from "../../../contracts/register/Distributions.sol";

/// @title How a deposit is shared out, for every amount there can be
/// @dev Proved by the compiler's model checker. `claims` is never zero where anything is shared: a list without claims has no leaf.
contract DistributionProofs {
    /// @notice A share is the largest whole amount that is not above the exact one, and never above the claim.
    function isTheFloor(uint96 amount, uint96 funds, uint96 claims) external pure {
        require(claims != 0 && amount <= claims);
        uint256 share = Distributions.share(amount, funds, claims);
        assert(share <= amount);
        if (funds < claims) {
            assert(share * claims <= uint256(amount) * funds);
            assert((share + 1) * claims > uint256(amount) * funds);
        } else {
            assert(share == amount);
        }
    }

    /// @notice All have the same rate, to one base unit: of two claims no one gets a unit more than at the other's rate.
    function sameRate(uint96 one, uint96 other, uint96 funds, uint96 claims) external pure {
        require(claims != 0 && one <= claims && other <= claims);
        uint256 toOne = Distributions.share(one, funds, claims);
        uint256 toOther = Distributions.share(other, funds, claims);
        if (one == other) assert(toOne == toOther);
        if (one <= other) assert(toOne <= toOther);
        // toOther ÷ other < (toOne + 1) ÷ one, without the division.
        if (other != 0) assert(toOther * one < (toOne + 1) * other);
    }

    /// @notice A claim gains nothing by being split, and loses less than one base unit a part.
    function splittingGainsNothing(uint96 one, uint96 other, uint96 funds, uint96 claims) external pure {
        require(claims != 0 && uint256(one) + other <= claims);
        uint256 parts = Distributions.share(one, funds, claims) + Distributions.share(other, funds, claims);
        uint256 whole = Distributions.share(uint256(one) + other, funds, claims);
        assert(parts <= whole);
        assert(whole <= parts + 1);
    }

    /// @notice Later money never lowers what is due: who was paid is owed no less.
    function neverFalls(uint96 amount, uint96 funds, uint96 more, uint96 claims) external pure {
        require(claims != 0 && amount <= claims);
        require(funds <= more);
        assert(Distributions.share(amount, funds, claims) <= Distributions.share(amount, more, claims));
    }

    /// @notice One claim more keeps what all have been paid within the rate: with `paid ≤ counted × min(1, funds ÷ claims)` before,
    /// it is so after. From nothing paid and nothing counted on, every sequence of claims is covered; and as no more than `claims`
    /// is ever counted, paid never passes what there is.
    /// @param paid To all other claims so far.
    /// @param counted The sum of all other claims that were paid.
    function paidNeverPassesFunded(
        uint96 amount,
        uint96 paid,
        uint96 counted,
        uint96 funds,
        uint96 claims
    ) external pure {
        require(claims != 0 && uint256(counted) + amount <= claims);
        uint256 shared = funds < claims ? funds : claims;
        require(uint256(paid) * claims <= counted * shared);
        uint256 paidAfter = paid + Distributions.share(amount, funds, claims);
        assert(paidAfter * claims <= (uint256(counted) + amount) * shared);
        assert(paidAfter <= funds);
    }
}

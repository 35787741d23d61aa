// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Fees} from "../../../contracts/logic/Fees.sol";

/// @title Fees of a holder who leaves, for every number there can be
/// @dev Proved by the compiler's model checker. Principals have 88 bits, shares are at most the bounds that `addPolicy` allows.
contract FeeProofs {
    /// @notice No fee is above half the principal.
    function neverAboveHalf(
        uint88 principal,
        uint88 rest,
        uint88 flat,
        uint16 priceBps,
        uint16 restBps,
        uint88 max
    ) external pure {
        require(rest <= principal);
        assert(2 * Fees.forLeaving(principal, rest, flat, priceBps, restBps, max) <= principal);
        assert(2 * Fees.inCoolingOff(principal, priceBps, max) <= principal);
    }

    /// @notice A fee that is not flat is never above the policy's largest fee.
    function neverAboveTheLargest(
        uint88 principal,
        uint88 rest,
        uint16 priceBps,
        uint16 restBps,
        uint88 max
    ) external pure {
        require(rest <= principal && max != 0);
        assert(Fees.forLeaving(principal, rest, 0, priceBps, restBps, max) <= max);
        assert(Fees.inCoolingOff(principal, priceBps, max) <= max);
    }

    /// @notice A policy without fees takes none.
    function nothingForNothing(uint88 principal, uint88 rest, uint88 max) external pure {
        require(rest <= principal);
        assert(Fees.forLeaving(principal, rest, 0, 0, 0, max) == 0);
        assert(Fees.inCoolingOff(principal, 0, max) == 0);
    }

    /// @notice A fee and what is left are together what there was.
    function conserved(uint88 amount, uint88 fee) external pure {
        (uint256 left, uint256 charged) = Fees.deduct(amount, fee);
        assert(left + charged == amount);
        assert(charged <= fee);
        if (fee <= amount) assert(charged == fee);
        else assert(left == 0);
    }

    /// @notice With a share of the rest, what a leaving holder gets never grows as less remains: to wait, or to consume, never pays.
    /// @dev A share of the principal is the same whatever remains.
    function consumingNeverPays(uint88 more, uint88 less, uint16 restBps, uint88 max) external pure {
        require(less <= more && restBps <= 5_000);
        (uint256 early, ) = Fees.deduct(more, Fees.forLeaving(2 * uint256(more), more, 0, 0, restBps, max));
        (uint256 late, ) = Fees.deduct(less, Fees.forLeaving(2 * uint256(more), less, 0, 0, restBps, max));
        assert(late <= early);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {DepositRule} from "../../../contracts/interfaces/IDepositRegister.sol";
import {Rules} from "../../../contracts/register/Rules.sol";

/// @title What a deposit rule asks, for every valid rule and every balance
/// @dev Proved by the compiler's model checker. No sum or product in `Rules` overflows either: that is part of what it checks.
contract RuleProofs {
    /// @notice The tier is the highest whose threshold lies strictly below the balance, and it applies to the whole of it; what
    /// is asked is the smallest whole amount that is not below the exact share.
    function isTheCeilingOfItsTier(DepositRule calldata rule, uint96 reported) external pure {
        Rules.requireValid(rule);
        uint256 bps = rule.bps0;
        if (reported > rule.threshold1) bps = rule.bps1;
        if (reported > rule.threshold2) bps = rule.bps2;
        uint256 exact = uint256(reported) * bps;
        uint256 gross = Rules.gross(rule, reported);
        assert(gross * 10_000 >= exact);
        if (gross != 0) assert((gross - 1) * 10_000 < exact);
    }

    /// @notice What is asked never falls as the balance grows, within a tier and across tiers.
    function neverFalls(DepositRule calldata rule, uint96 less, uint96 more) external pure {
        Rules.requireValid(rule);
        require(less <= more);
        assert(Rules.gross(rule, less) <= Rules.gross(rule, more));
    }

    /// @notice Nothing is asked of nothing, and never more than twice the balance.
    function bounded(DepositRule calldata rule, uint96 reported) external pure {
        Rules.requireValid(rule);
        assert(Rules.gross(rule, 0) == 0);
        assert(Rules.gross(rule, reported) <= uint256(reported) * 2);
    }

    /// @notice A rule that asks less nowhere asks no less of any balance: an announced loosening is the only way down.
    function asksLessSomewhereOrNowhere(
        DepositRule calldata rule,
        DepositRule calldata than,
        uint96 reported
    ) external pure {
        Rules.requireValid(rule);
        Rules.requireValid(than);
        require(!Rules.asksLess(rule, than));
        assert(Rules.gross(rule, reported) >= Rules.gross(than, reported));
    }
}

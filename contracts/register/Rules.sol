// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {DepositRule, IDepositRegister} from "../interfaces/IDepositRegister.sol";

/// @title Requirements of a deposit rule
library Rules {
    /// @notice The highest share in basis points: twice the reported balance.
    uint256 internal constant MAX_BPS = 20_000;

    uint256 private constant BPS = 10_000;

    /// @notice Refuses a rule whose tiers are out of order or out of bounds.
    function requireValid(DepositRule calldata rule) internal pure {
        require(rule.bps1 >= rule.bps0, IDepositRegister.RuleBpsFalling(rule.bps1, rule.bps0));
        require(rule.bps2 >= rule.bps1, IDepositRegister.RuleBpsFalling(rule.bps2, rule.bps1));
        require(rule.bps2 <= MAX_BPS, IDepositRegister.RuleBpsTooHigh(rule.bps2, MAX_BPS));
        require(
            rule.threshold2 >= rule.threshold1,
            IDepositRegister.RuleThresholdFalling(rule.threshold2, rule.threshold1)
        );
    }

    /// @notice Whether a rule is looser than another in any respect: a lower share, a higher threshold, a longer time to report.
    function asksLess(DepositRule memory rule, DepositRule memory than) internal pure returns (bool) {
        bool reportsLater = than.reportDays != 0 && (rule.reportDays == 0 || rule.reportDays > than.reportDays);
        return
            rule.bps0 < than.bps0 ||
            rule.bps1 < than.bps1 ||
            rule.bps2 < than.bps2 ||
            rule.threshold1 > than.threshold1 ||
            rule.threshold2 > than.threshold2 ||
            reportsLater;
    }

    /// @notice The requirement for a balance before any surety is subtracted, in token base units. Rounded up. It never falls as the
    /// balance grows.
    function gross(DepositRule memory rule, uint256 reported) internal pure returns (uint256) {
        uint256 bps = rule.bps0;
        if (rule.threshold2 < reported) bps = rule.bps2;
        else if (rule.threshold1 < reported) bps = rule.bps1;
        // 96 bits and 15.
        return (reported * bps + BPS - 1) / BPS;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {DepositRule} from "../interfaces/IDepositRegister.sol";
import {WarningKind} from "../interfaces/IWarnings.sol";
import {Account} from "./RegisterState.sol";
import {ReportBook, Reports} from "./Reports.sol";
import {Rules} from "./Rules.sol";

/// @title A merchant's requirement
library Accounts {
    using Reports for ReportBook;
    using Rules for DepositRule;

    /// @notice Seconds before its end at which a surety stops counting.
    uint256 internal constant SURETY_NOTICE = 30 days;

    /// @notice The rule in force, and since when it is in force.
    function ruleNow(Account storage account) internal view returns (DepositRule memory, uint32 since) {
        uint32 nextRuleAt = account.nextRuleAt;
        if (nextRuleAt != 0 && block.timestamp >= nextRuleAt) return (account.nextRule, nextRuleAt);
        return (account.rule, account.ruleSince);
    }

    /// @notice The deposit that is required now, in token base units. Rounded up.
    function required(Account storage account) internal view returns (uint256) {
        (DepositRule memory rule, ) = ruleNow(account);
        (uint256 reported, ) = account.reports.current();
        return Math.saturatingSub(rule.gross(reported), countedSurety(account));
    }

    /// @notice The amount of the surety that counts towards the requirement now, in token base units.
    function countedSurety(Account storage account) internal view returns (uint256) {
        return block.timestamp + SURETY_NOTICE < account.suretyEndsAt ? account.surety : 0;
    }

    /// @notice The latest date of any report; zero if there is none.
    function lastAsOf(Account storage account) internal view returns (uint256) {
        return Math.max(account.reports.ownerAsOf, account.reports.certifiedAsOf);
    }

    /// @notice Since when reports are required without a break, by one rule or by several in a row. Call it only if the rule in force
    /// requires reports: if the stored rule does not, the announced one is in force.
    function reportsAskedSince(Account storage account) internal view returns (uint32) {
        return account.rule.reportDays == 0 ? account.nextRuleAt : account.reportsSince;
    }

    /// @notice From when a report is overdue under the rule in force; zero for never. Before the first report the time counts from
    /// the day since which reports are required. A new rule does not restart it.
    function reportDueAt(Account storage account, DepositRule memory rule) internal view returns (uint256) {
        if (rule.reportDays == 0) return 0;
        uint256 last = lastAsOf(account);
        return (last == 0 ? reportsAskedSince(account) : last) + uint256(rule.reportDays) * 1 days;
    }

    /// @notice The bit of a lasting warning.
    function bitOf(WarningKind kind) internal pure returns (uint256) {
        return 1 << (uint256(kind) - uint256(WarningKind.DepositShort));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {DepositRule} from "../../interfaces/IDepositRegister.sol";
import {WarningKind} from "../../interfaces/IWarnings.sol";
import {Account} from "./RegisterState.sol";
import {ReportBook, Reports} from "./Reports.sol";
import {Rules} from "./Rules.sol";

/// @title What is asked of a merchant now
library Accounts {
    using Reports for ReportBook;
    using Rules for DepositRule;

    /// @notice Seconds before its end from which a surety no longer counts.
    uint256 internal constant SURETY_NOTICE = 30 days;

    /// @notice The rule in force, and since when.
    function ruleNow(Account storage account) internal view returns (DepositRule memory, uint32 since) {
        uint32 nextRuleAt = account.nextRuleAt;
        if (nextRuleAt != 0 && block.timestamp >= nextRuleAt) return (account.nextRule, nextRuleAt);
        return (account.rule, account.ruleSince);
    }

    /// @notice What must be there now; rounded up.
    function required(Account storage account) internal view returns (uint256) {
        (DepositRule memory rule, ) = ruleNow(account);
        (uint256 reported, ) = account.reports.current();
        return Math.saturatingSub(rule.gross(reported), countedSurety(account));
    }

    /// @notice What of the surety counts towards that now.
    function countedSurety(Account storage account) internal view returns (uint256) {
        return block.timestamp + SURETY_NOTICE < account.suretyEndsAt ? account.surety : 0;
    }

    /// @notice The latest date reported by anyone; zero if there is no report.
    function lastAsOf(Account storage account) internal view returns (uint256) {
        return Math.max(account.reports.ownerAsOf, account.reports.certifiedAsOf);
    }

    /// @notice Since when reports are asked for, by one rule or by several in a row, while the rule in force asks for them: if the
    /// stored one does not, that is the announced one.
    function reportsAskedSince(Account storage account) internal view returns (uint32) {
        return account.rule.reportDays == 0 ? account.nextRuleAt : account.reportsSince;
    }

    /// @notice From when a report is overdue under the rule in force; zero for never. Before the first report the day counts from
    /// which reports are asked for: another rule is no report.
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
